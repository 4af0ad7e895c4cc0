//! Progress of a run in bytes and objects.

use crate::facts::PackageEvent;
use crate::text::human_bytes;

/// The stage that the progress is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Quiet,
    Reading,
    Uploading,
}

#[derive(Debug, Clone, Default)]
pub struct Progress {
    stage: Stage,
    to_read: u64,
    read: u64,
    to_upload: u64,
    uploaded: u64,
    started: usize,
    finished: usize,
}

impl Progress {
    /// Takes an event into account.
    pub fn note(&mut self, event: &PackageEvent) {
        match event {
            PackageEvent::ReadStarted { bytes, .. } => (self.stage, self.to_read) = (Stage::Reading, *bytes),
            PackageEvent::ReadAdvanced { bytes } => self.read += bytes,
            PackageEvent::ReadFinished => self.stage = Stage::Quiet,
            PackageEvent::UploadStarted { bytes, .. } => {
                (self.stage, self.started) = (Stage::Uploading, self.started + 1);
                self.to_upload += bytes;
            }
            PackageEvent::UploadAdvanced { bytes } => self.uploaded += bytes,
            PackageEvent::UploadFinished { .. } => self.finish_one(),
            PackageEvent::Discovered { .. } | PackageEvent::CreatingBucket { .. } | PackageEvent::Reused { .. } => {}
        }
    }

    fn finish_one(&mut self) {
        self.finished += 1;
        if self.finished >= self.started {
            self.stage = Stage::Quiet;
        }
    }

    /// The progress in one line; `None` if nothing is in progress.
    pub fn heartbeat(&self) -> Option<String> {
        match self.stage {
            Stage::Quiet => None,
            Stage::Reading => {
                Some(format!("Still reading: {} of {}", human_bytes(self.read), human_bytes(self.to_read)))
            }
            Stage::Uploading => Some(format!(
                "Still uploading: {} of {}, {} of {} objects done",
                human_bytes(self.uploaded),
                human_bytes(self.to_upload),
                self.finished,
                self.started
            )),
        }
    }

    /// Whether something is in progress.
    pub fn is_active(&self) -> bool {
        self.stage != Stage::Quiet
    }
}
