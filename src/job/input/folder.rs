//! The folder of the artifacts, and the threads that write into it. It is deleted only after they have ended.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

/// Longest wait for a thread to end: it may hang in a disk operation.
const THREAD_END_TIMEOUT: Duration = Duration::from_secs(5);

/// Where artifacts are unpacked. Clones share it.
#[derive(Debug, Clone)]
pub enum Folder {
    /// Deleted with its last owner.
    Temporary(Arc<TempDir>),
    /// Not deleted.
    Kept(PathBuf),
}

impl Folder {
    pub fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}

/// Tells a thread to end, because its result is no longer needed. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Does work in the folder on a thread of its own. Dropping the future sets `Stop` and waits for the thread to end:
/// nothing is written after that.
pub async fn on_thread<T: Send + 'static>(folder: &Folder, work: impl FnOnce(&Stop) -> T + Send + 'static) -> T {
    let (stop, (running, ended)) = (Stop::default(), channel::<()>());
    let thread = tokio::task::spawn_blocking({
        let (stop, folder) = (stop.clone(), folder.clone());
        move || {
            let _running = running;
            // Dropped before `_running`, so that the waiting thread is the last owner and deletes the folder.
            let _folder = folder;
            work(&stop)
        }
    });
    let _ends_with_this = Running { stop, ended };
    thread.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

struct Running {
    stop: Stop,
    ended: Receiver<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.set();
        // Nothing is sent: the sender is dropped when the thread ends.
        let _ = self.ended.recv_timeout(THREAD_END_TIMEOUT);
    }
}

#[cfg(test)]
mod tests {
    use super::{Folder, on_thread};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[test]
    fn dropped_work_ends_before_its_folder_is_deleted() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let written = Arc::new(AtomicUsize::new(0));
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().to_path_buf();
        let folder = Folder::Temporary(Arc::new(temporary));
        let (count, place) = (Arc::clone(&written), path.clone());
        runtime.block_on(async {
            let long = on_thread(&folder, move |stop| {
                for number in 0..20_000 {
                    if stop.is_set() {
                        break;
                    }
                    std::fs::write(place.join(number.to_string()), "x").unwrap();
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
            let has_begun = async {
                while written.load(Ordering::Relaxed) < 10 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            tokio::select! {
                () = long => panic!("the work takes longer"),
                () = has_begun => {}
            }
        });
        let before = written.load(Ordering::Relaxed);
        drop(folder);
        assert!(!path.exists());
        assert_eq!(written.load(Ordering::Relaxed), before);
        assert!(before < 20_000, "the work was stopped");
    }
}
