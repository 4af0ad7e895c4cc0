//! A scripted service on loopback: its state, and a thread that answers requests.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// The answer to a request; an error cuts the connection.
pub type Answered = Result<Response<Full<Bytes>>, Box<dyn Error + Send + Sync>>;

/// A running service; it ends with the value.
pub struct Loopback<S> {
    url: String,
    state: Arc<Mutex<S>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl<S: Send + 'static> Loopback<S> {
    /// Starts a service. `state` makes its state for its URL; `answer` answers each request.
    pub fn start<F>(
        state: impl FnOnce(&str) -> S,
        answer: impl Fn(Request<Incoming>, Arc<Mutex<S>>) -> F + Copy + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Answered> + Send + 'static,
    {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(state(&url)));
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                tokio::select! {
                    () = serve(listener, shared, answer) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { url, state, stop: Some(stop), thread: Some(thread) }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn lock(&self) -> MutexGuard<'_, S> {
        self.state.lock().unwrap()
    }
}

async fn serve<S, F>(
    listener: std::net::TcpListener,
    state: Arc<Mutex<S>>,
    answer: impl Fn(Request<Incoming>, Arc<Mutex<S>>) -> F + Copy + Send + Sync + 'static,
) where
    S: Send + 'static,
    F: Future<Output = Answered> + Send + 'static,
{
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let handler = service_fn(move |request| answer(request, Arc::clone(&state)));
            // A connection that is cut by script ends with an error.
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), handler).await;
        });
    }
}

impl<S> Drop for Loopback<S> {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        self.thread.take().map(JoinHandle::join);
    }
}
