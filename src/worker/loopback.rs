//! HTTP/1.1 to the agents of the host (Lambda's Runtime API, the container agent of ECS): one request on one connection,
//! small answers.

use bytes::Bytes;
use futures_util::future::join;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Lambda events have at most 6 MB.
const ANSWER_LIMIT: usize = 8 << 20;

/// Sends a request to `host[:port]`. Without a `limit`, waits for the answer as long as it takes.
pub async fn send(
    host: &str,
    (method, path): (Method, &str),
    body: String,
    limit: Option<Duration>,
) -> io::Result<Response<Bytes>> {
    let request = Request::builder().method(method).uri(path).header(HOST, host);
    let request = request.header(CONTENT_TYPE, "application/json").body(Full::from(body));
    let exchange = exchange(host, request.map_err(io::Error::other)?);
    match limit {
        None => exchange.await,
        Some(limit) => timeout(limit, exchange).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
    }
}

async fn exchange(host: &str, request: Request<Full<Bytes>>) -> io::Result<Response<Bytes>> {
    let address = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let stream = TcpStream::connect(address).await?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // The connection ends after the answer, since its one sender does. Its errors are those of the answer.
    let (answer, _) = join(answer(sender, request), connection).await;
    answer
}

async fn answer(mut sender: SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> io::Result<Response<Bytes>> {
    let (head, body) = sender.send_request(request).await.map_err(failed)?.into_parts();
    Ok(Response::from_parts(head, read(body).await?))
}

async fn read(body: Incoming) -> io::Result<Bytes> {
    match Limited::new(body, ANSWER_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(io::ErrorKind::FileTooLarge.into()),
        Err(error) => Err(io::Error::other(error)),
    }
}

/// The error with its cause: alone it names only the step.
fn failed(error: hyper::Error) -> io::Error {
    io::Error::other(match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::{ANSWER_LIMIT, send};
    use hyper::Method;
    use std::io::ErrorKind;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// The status, a header and the body of an answer that a server sends as it is, and what it was asked.
    async fn exchange(sent: Vec<u8>) -> (Result<(u16, String, String), ErrorKind>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            let count = stream.read(&mut asked).await.unwrap();
            // A client that stops reading is part of the test.
            let _ = stream.write_all(&sent).await;
            String::from_utf8_lossy(&asked[..count]).into_owned()
        };
        let limit = Some(Duration::from_secs(20));
        let (answer, asked) = tokio::join!(send(&host, (Method::PUT, "/a/b"), "{}".to_owned(), limit), server);
        let answer = answer.map_err(|error| error.kind()).map(|answer| {
            let header = answer.headers().get("a-b").map(|value| value.to_str().unwrap().to_owned());
            let body = String::from_utf8_lossy(answer.body()).into_owned();
            (answer.status().as_u16(), header.unwrap_or_default(), body)
        });
        (answer, asked)
    }

    #[tokio::test]
    async fn an_answer_is_read_when_it_is_whole() {
        let head = "HTTP/1.1 200 OK\r\nA-B: c\r\n";
        let rows = [
            ("with a length", format!("{head}Content-Length: 2\r\n\r\nhi"), Ok("hi")),
            ("not whole", format!("{head}Content-Length: 3\r\n\r\nhi"), Err(ErrorKind::Other)),
            ("in chunks", format!("{head}Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1;x\r\ni\r\n0\r\n\r\n"), Ok("hi")),
            ("chunks to come", format!("{head}Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n"), Err(ErrorKind::Other)),
            ("up to the end", format!("{head}\r\nhi"), Ok("hi")),
            ("no HTTP", "hello\r\n\r\n".to_owned(), Err(ErrorKind::Other)),
            ("nothing", String::new(), Err(ErrorKind::Other)),
            (
                "a length beyond the limit",
                format!("{head}Content-Length: {}\r\n\r\n{}", ANSWER_LIMIT + 1, "x".repeat(ANSWER_LIMIT + 1)),
                Err(ErrorKind::FileTooLarge),
            ),
            (
                "no end below the limit",
                format!("{head}\r\n{}", "x".repeat(ANSWER_LIMIT + 1)),
                Err(ErrorKind::FileTooLarge),
            ),
        ];
        for (name, sent, expected) in rows {
            let (answer, asked) = exchange(sent.into_bytes()).await;
            assert_eq!(answer, expected.map(|body| (200, "c".to_owned(), body.to_owned())), "{name}");
            assert!(asked.starts_with("PUT /a/b HTTP/1.1\r\nhost: 127.0.0.1:"), "{name}: {asked}");
            assert!(asked.contains("\r\ncontent-length: 2\r\n") && asked.ends_with("\r\n\r\n{}"), "{name}: {asked}");
        }
    }

    #[tokio::test]
    async fn a_silent_server_is_waited_for_up_to_the_limit() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let asked = send(&host, (Method::GET, "/"), String::new(), Some(Duration::from_millis(50))).await;
        assert_eq!(asked.unwrap_err().kind(), ErrorKind::TimedOut);
        let refused = send("127.0.0.1:1", (Method::GET, "/"), String::new(), None).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }
}
