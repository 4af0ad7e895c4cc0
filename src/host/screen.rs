//! A stream for people: secrets and, where nobody sees them, colours are taken out on the way.

use super::secrets::Secrets;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// One of the two streams. Clones write to the same one, a line at a time.
#[derive(Clone)]
pub struct Screen {
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    is_colored: bool,
    secrets: Secrets,
}

impl Screen {
    /// A stream that keeps these secrets.
    pub fn new(writer: Box<dyn Write + Send>, is_colored: bool, secrets: Secrets) -> Self {
        Self { writer: Arc::new(Mutex::new(writer)), is_colored, secrets }
    }

    /// Whether ANSI styles reach the reader.
    pub fn is_colored(&self) -> bool {
        self.is_colored
    }

    /// Writes lines. A reader that is gone is no reason to stop the work.
    pub fn line(&self, text: &str) {
        let _ = self.try_line(text);
    }

    /// Writes lines.
    pub fn try_line(&self, text: &str) -> io::Result<()> {
        self.write(&format!("{text}\n"))
    }

    /// Writes a text that ends its own lines.
    pub fn write(&self, text: &str) -> io::Result<()> {
        let text = self.secrets.redact(text);
        let text = if self.is_colored { text } else { anstream::adapter::strip_str(&text).to_string() };
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.write_all(text.as_bytes())?;
        writer.flush()
    }
}
