//! How much of an archive is read, whatever its own numbers say: what readers of archives keep in memory are names,
//! extended headers and lists, and none of them has a limit of its own.

use super::UnpackError;
use super::folder::Stop;
use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};

/// What may still be read.
pub struct Meter<'a> {
    stop: &'a Stop,
    limit: u64,
    read: Cell<u64>,
    head: Cell<Option<Head>>,
}

/// Bytes that a reader of archives keeps.
#[derive(Clone, Copy)]
struct Head {
    ends: u64,
    wrong: &'static str,
}

impl<'a> Meter<'a> {
    /// For as many bytes as there are.
    pub fn new(stop: &'a Stop) -> Self {
        Self::up_to(u64::MAX, stop)
    }

    /// For no more than so many bytes.
    pub fn up_to(limit: u64, stop: &'a Stop) -> Self {
        Self { stop, limit, read: Cell::new(0), head: Cell::new(None) }
    }

    /// What `read` does may take no more than `most` bytes; otherwise this is wrong with the archive.
    pub fn within<T>(&self, most: u64, wrong: &'static str, read: impl FnOnce() -> T) -> T {
        self.head.set(Some(Head { ends: self.read.get().saturating_add(most), wrong }));
        let done = read();
        self.head.set(None);
        done
    }

    /// A reader that goes by this meter.
    pub fn reader<R>(&'a self, inner: R) -> Metered<'a, R> {
        Metered { meter: self, inner }
    }

    fn room(&self) -> Result<u64, UnpackError> {
        let (read, head) = (self.read.get(), self.head.get());
        match head {
            _ if self.stop.is_wished() => Err(UnpackError::Stopped),
            Some(head) if read >= head.ends => Err(UnpackError::Corrupt(head.wrong.to_owned())),
            _ if read >= self.limit => Err(UnpackError::TooLarge { limit: self.limit }),
            Some(head) => Ok(head.ends.min(self.limit) - read),
            None => Ok(self.limit - read),
        }
    }
}

/// A reader with a meter.
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
    use crate::job::input::UnpackError;
    use crate::job::input::folder::Stop;
    use std::io::{self, Read};

    #[test]
    fn no_more_is_read_than_is_allowed() {
        let stop = Stop::default();
        let meter = Meter::up_to(10, &stop);
        let mut reader = meter.reader(io::repeat(7));
        let mut bytes = [0; 6];
        meter.within(6, "too long", || reader.read_exact(&mut bytes)).unwrap();
        let told = |error| UnpackError::reading(error).to_string();
        let ended = meter.within(2, "too long", || reader.read_exact(&mut bytes).unwrap_err());
        assert_eq!(told(ended), "the archive is damaged: too long");
        assert_eq!(told(reader.read_exact(&mut bytes).unwrap_err()), "unpacked, it is larger than 10 bytes");
        stop.wish();
        assert_eq!(told(reader.read(&mut bytes).unwrap_err()), "it was stopped");
    }
}
