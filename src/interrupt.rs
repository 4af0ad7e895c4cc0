//! The wish that a run ends before its work is done: a signal came, or the time is over.

use crate::failure::Failure;
use tokio::sync::watch;

/// Who can end a run.
#[derive(Debug)]
pub struct Interrupter(watch::Sender<Option<Failure>>);

/// What a run looks at. Clones see the same wish.
#[derive(Debug, Clone)]
pub struct Interrupt(watch::Receiver<Option<Failure>>);

/// A run that nobody has ended yet.
pub fn interrupt() -> (Interrupter, Interrupt) {
    let (sender, receiver) = watch::channel(None);
    (Interrupter(sender), Interrupt(receiver))
}

impl Interrupter {
    /// Ends the run with this failure. The first wish counts.
    pub fn interrupt(&self, failure: Failure) {
        self.0.send_if_modified(|wish| {
            let is_first = wish.is_none();
            wish.get_or_insert(failure);
            is_first
        });
    }
}

impl Interrupt {
    /// Whether the run must end.
    pub fn is_wished(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Ends when the run must, with what it then ends as. Never, when nobody can wish so any more.
    pub async fn wait(&self) -> Failure {
        let mut receiver = self.0.clone();
        let wish = receiver.wait_for(Option::is_some).await.ok().and_then(|wish| wish.clone());
        match wish {
            Some(failure) => failure,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::interrupt;
    use crate::failure::{Failure, FailureKind};

    #[tokio::test]
    async fn the_first_wish_reaches_everyone() {
        let (interrupter, interrupt) = interrupt();
        let other = interrupt.clone();
        interrupter.interrupt(Failure::new(FailureKind::Deadline, "first"));
        interrupter.interrupt(Failure::new(FailureKind::Failed, "second"));
        assert_eq!(interrupt.wait().await.cause(), "first");
        assert_eq!(other.wait().await.cause(), "first");
    }
}
