//! A terminal that only appends, without the codes that move its cursor.

use indicatif::{ProgressDrawTarget, TermLike};
use std::io;
use std::sync::{Arc, Mutex};

/// What was drawn.
#[derive(Debug, Clone)]
pub struct Paper {
    width: u16,
    text: Arc<Mutex<String>>,
}

impl Paper {
    pub fn new(width: u16) -> Self {
        Self { width, text: Arc::default() }
    }

    pub fn target(&self) -> ProgressDrawTarget {
        ProgressDrawTarget::term_like(Box::new(self.clone()))
    }

    /// What was drawn since the last time.
    pub fn take(&self) -> String {
        std::mem::take(&mut *self.text.lock().unwrap()).trim().to_owned()
    }
}

impl TermLike for Paper {
    fn width(&self) -> u16 {
        self.width
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.text.lock().unwrap().push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
