//! A stream for people. Removes secrets, styles that the reader does not show, and commands of the host.

use super::dialect::{Dialect, Section};
use crate::facts::Redactor;
use indicatif::MultiProgress;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One of the two streams. Clones write to the same one, a line at a time.
#[derive(Clone)]
pub struct Screen {
    page: Arc<Mutex<Page>>,
    is_colored: bool,
    dialect: Dialect,
    redactor: Redactor,
}

struct Page {
    writer: Box<dyn Write + Send>,
    /// What is drawn below the lines of a terminal.
    drawn: Option<MultiProgress>,
    /// The open section.
    section: Option<Section>,
    /// Number of sections so far.
    sections: usize,
}

impl Screen {
    /// A stream without styles.
    pub fn new(writer: Box<dyn Write + Send>, redactor: Redactor) -> Self {
        let page = Page { writer, drawn: None, section: None, sections: 0 };
        Self { page: Arc::new(Mutex::new(page)), is_colored: false, dialect: Dialect::Plain, redactor }
    }

    /// The same stream for another reader.
    #[must_use]
    pub fn read_as(&self, dialect: Dialect, is_colored: bool) -> Self {
        Self { dialect, is_colored, ..self.clone() }
    }

    /// Whether ANSI styles reach the reader.
    pub fn is_colored(&self) -> bool {
        self.is_colored
    }

    /// Clears what is drawn before each line from now on, and draws it again below.
    pub fn draw_below(&self, drawn: MultiProgress) {
        self.page().drawn = Some(drawn);
    }

    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Writes lines outside any section. Ignores errors: a closed stream must not stop the work.
    pub fn line(&self, text: &str) {
        let _ = self.try_line(text);
    }

    /// Writes lines outside any section.
    pub fn try_line(&self, text: &str) -> io::Result<()> {
        self.lines_in(None, self.clean(&format!("{text}\n")))
    }

    /// Writes whole lines outside any section.
    pub fn try_text(&self, text: &str) -> io::Result<()> {
        self.lines_in(None, self.clean(text))
    }

    /// Writes lines into a section, which the host may fold.
    pub fn line_in(&self, section: Section, text: &str) {
        let _ = self.lines_in(Some(section), self.clean(&format!("{text}\n")));
    }

    /// Writes a command for the host.
    pub fn command(&self, text: &str) {
        let _ = self.lines_in(None, format!("{}\n", self.redactor.redact(text)));
    }

    /// Writes the command by which the host hides a secret.
    pub fn mask(&self, text: &str) {
        let _ = self.lines_in(None, format!("{text}\n"));
    }

    /// Writes whole lines into the open section, if there is one.
    pub fn write(&self, text: &str) -> io::Result<()> {
        send(&mut self.page(), &self.clean(text))
    }

    fn lines_in(&self, section: Option<Section>, lines: String) -> io::Result<()> {
        let mut page = self.page();
        let mut text = String::new();
        if page.section != section {
            if page.section.is_some() {
                text += &self.dialect.close(page.sections);
            }
            if let Some(section) = section {
                page.sections += 1;
                text += &self.dialect.open(section, page.sections);
            }
            page.section = section;
        }
        text += &lines;
        send(&mut page, &text)
    }

    fn clean(&self, text: &str) -> String {
        let text = self.redactor.redact(text);
        let text = if self.is_colored { text } else { anstream::adapter::strip_str(&text).to_string() };
        self.dialect.shield(text)
    }

    fn page(&self) -> MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn send(page: &mut Page, text: &str) -> io::Result<()> {
    let Page { writer, drawn, .. } = page;
    let mut write = || writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
    match drawn {
        Some(drawn) => drawn.suspend(write),
        None => write(),
    }
}
