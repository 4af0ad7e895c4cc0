//! Limits on how much of an archive is read, whatever sizes it claims: the readers of archives keep names, extended
//! headers and lists in memory without a limit of their own.

use super::error::{UnpackError, damaged, stopped, too_large};
use super::folder::Stop;
use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};

/// Counts the bytes that its readers read.
pub struct Meter<'a> {
    stop: &'a Stop,
    limit: u64,
    read: Cell<u64>,
    section: Cell<Option<Section>>,
}

/// A part of the archive that its reader keeps in memory.
#[derive(Clone, Copy)]
struct Section {
    /// Where it must have ended, in bytes read.
    end: u64,
    /// What is wrong with the archive if it has not.
    problem: &'static str,
}

impl<'a> Meter<'a> {
    /// Without a limit in total.
    pub fn new(stop: &'a Stop) -> Self {
        Self::up_to(u64::MAX, stop)
    }

    pub fn up_to(limit: u64, stop: &'a Stop) -> Self {
        Self { stop, limit, read: Cell::new(0), section: Cell::new(None) }
    }

    /// Calls `read`, which may read at most `limit` bytes; otherwise the archive is damaged, with this problem.
    pub fn within<T>(&self, limit: u64, problem: &'static str, read: impl FnOnce() -> T) -> T {
        self.section.set(Some(Section { end: self.read.get().saturating_add(limit), problem }));
        let result = read();
        self.section.set(None);
        result
    }

    /// A reader that this meter limits.
    pub fn reader<R>(&'a self, inner: R) -> Metered<'a, R> {
        Metered { meter: self, inner }
    }

    /// How many bytes may be read now: at least one.
    fn room(&self) -> Result<u64, UnpackError> {
        let (read, section) = (self.read.get(), self.section.get());
        match section {
            _ if self.stop.is_set() => Err(stopped()),
            Some(section) if read >= section.end => Err(damaged(section.problem)),
            _ if read >= self.limit => Err(too_large(self.limit)),
            Some(section) => Ok(section.end.min(self.limit) - read),
            None => Ok(self.limit - read),
        }
    }
}

/// A reader with limits.
pub struct Metered<'a, R> {
    meter: &'a Meter<'a>,
    inner: R,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.meter.room().map_err(io::Error::other)?).unwrap_or(usize::MAX);
        let end = into.len().min(room);
        let count = self.inner.read(&mut into[..end])?;
        self.meter.read.set(self.meter.read.get().saturating_add(count as u64));
        Ok(count)
    }
}

impl<R: Seek> Seek for Metered<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::Meter;
    use crate::job::input::error::UnpackError;
    use crate::job::input::folder::Stop;
    use std::io::{self, Read};

    #[test]
    fn reading_ends_at_the_limits() {
        let stop = Stop::default();
        let meter = Meter::up_to(10, &stop);
        let mut reader = meter.reader(io::repeat(7));
        let mut bytes = [0; 6];
        meter.within(6, "too long", || reader.read_exact(&mut bytes)).unwrap();
        let message = |error| UnpackError::from_read(error).to_string();
        let error = meter.within(2, "too long", || reader.read_exact(&mut bytes).unwrap_err());
        assert_eq!(message(error), "the archive is damaged: too long");
        assert_eq!(message(reader.read_exact(&mut bytes).unwrap_err()), "unpacked, it is larger than 10 bytes");
        stop.set();
        assert_eq!(message(reader.read(&mut bytes).unwrap_err()), "it was stopped");
    }
}
