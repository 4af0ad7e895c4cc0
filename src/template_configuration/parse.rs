//! A file → a template configuration, as CodePipeline reads it.

use super::configuration::{Places, TemplateConfiguration};
use super::problem;
use crate::facts::{Failure, LineIndex, Place};
use crate::files;
use crate::text::json::{Cursor, Document, JsonError, Member};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::path::Path;

const PARAMETERS: &str = "Parameters";
const TAGS: &str = "Tags";
const STACK_POLICY: &str = "StackPolicy";
/// The parts that a template configuration can have.
const PARTS: [&str; 3] = [PARAMETERS, TAGS, STACK_POLICY];

/// Bytes of a file. CodePipeline documents no limit; a valid file stays far below this one.
const MAX_BYTES: u64 = 1 << 20;
/// Parameters that a template can have (CloudFormation quotas).
const MAX_PARAMETERS: usize = 200;
/// Tags that a stack can have (CloudFormation API 2010-05-15, `Tags`).
const MAX_TAGS: usize = 50;

/// Stands in a quoted line for the value of a parameter.
const HIDDEN: &str = "\"****\"";

impl TemplateConfiguration {
    /// Reads a file of at most 1 MiB.
    pub fn read(path: &Path) -> io::Result<Vec<u8>> {
        files::read(path, MAX_BYTES)
    }

    /// Parses a file: an object of `Parameters` and `Tags`, which hold texts, and `StackPolicy`, an object. `path` is
    /// the file's name in errors.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, Failure> {
        let document = Document::parse(bytes).map_err(|error| no_object(path, bytes, &error))?;
        let page = Page::new(path, document.text(), &document.root());
        let root = document.root();
        root.entries().map_err(|error| no_object(path, bytes, &error))?;
        page.distinct(&root, "the template configuration")?;
        if let Some(other) = root.members().into_iter().find(|member| !PARTS.contains(&member.key.as_str())) {
            let message = format!(
                "the template configuration has `{}`, which is not known: it accepts Parameters, Tags and StackPolicy",
                other.key
            );
            return Err(problem::shape(message, page.place(other.key_span)));
        }
        let (parameters, of_parameters) = page.texts(&root, PARAMETERS, ("parameters", MAX_PARAMETERS))?;
        let (tags, of_tags) = page.texts(&root, TAGS, ("tags", MAX_TAGS))?;
        let policy = present(&root, STACK_POLICY);
        let stack_policy = policy.map(|policy| policy.entries().map(|_| policy.value().clone())).transpose();
        let of_policy = root.members().into_iter().find(|member| member.key == STACK_POLICY);
        Ok(Self {
            parameters,
            tags,
            stack_policy: stack_policy.map_err(|error| page.shape(&error))?,
            places: Places {
                parameters: of_parameters,
                tags: of_tags,
                stack_policy: of_policy.map(|member| page.place(member.key_span)),
                ..Places::default()
            },
        })
    }
}

/// The value of a key, even if it is null: CodePipeline refuses null in the place of an object.
fn present<'d>(root: &Cursor<'d>, key: &str) -> Option<Cursor<'d>> {
    let entries = root.entries().unwrap_or_default();
    entries.into_iter().find(|(name, _)| *name == key).map(|(_, value)| value)
}

/// The place has no line: without an object, it is not known what is the value of a parameter.
fn no_object(path: &Path, bytes: &[u8], error: &JsonError) -> Failure {
    let message = format!("the template configuration {}", error.problem);
    problem::shape(message, error.place(path, bytes).without_line())
}

/// A file as errors may quote it: without the values of parameters, and of unknown keys.
struct Page<'t> {
    path: &'t Path,
    text: &'t str,
    lines: LineIndex,
    hidden: Vec<Hidden>,
    shown: String,
    shown_lines: LineIndex,
}

/// A value that is not shown.
struct Hidden {
    /// Its end in the text, and the end of what is shown instead.
    end: usize,
    shown_end: usize,
}

impl<'t> Page<'t> {
    fn new(path: &'t Path, text: &'t str, root: &Cursor<'_>) -> Self {
        // An unknown key may be a misspelt one.
        let secretive =
            root.members().into_iter().filter(|member| ![TAGS, STACK_POLICY].contains(&member.key.as_str()));
        let (mut shown, mut at, mut hidden) = (String::with_capacity(text.len()), 0, Vec::new());
        for value in secretive.flat_map(|member| values_in(text, member)) {
            shown.push_str(&text[at..value.start]);
            shown.push_str(HIDDEN);
            at = value.end;
            hidden.push(Hidden { end: at, shown_end: shown.len() });
        }
        shown.push_str(&text[at..]);
        let (lines, shown_lines) = (LineIndex::new(text), LineIndex::new(&shown));
        Self { path, text, lines, hidden, shown, shown_lines }
    }

    /// The place of some bytes of the file, with a line that shows no values.
    fn place(&self, span: Range<usize>) -> Place {
        let shown = self.moved(span.start)..self.moved(span.end);
        let shown = self.shown_lines.place(self.path, &self.shown, shown);
        let place = self.lines.place(self.path, self.text, span);
        Place { source_line: shown.source_line, marked: shown.marked, ..place }
    }

    /// Where an offset of the text is in what is shown.
    fn moved(&self, offset: usize) -> usize {
        match self.hidden.partition_point(|value| value.end <= offset).checked_sub(1) {
            None => offset,
            Some(last) => offset - self.hidden[last].end + self.hidden[last].shown_end,
        }
    }

    fn shape(&self, error: &JsonError) -> Failure {
        let of = if error.path.is_empty() { String::new() } else { format!("{} of ", error.path) };
        let message = format!("{of}the template configuration {}", error.problem);
        problem::shape(message, self.place(error.span.clone()))
    }

    /// The texts of a part, and where each is written.
    fn texts(
        &self,
        root: &Cursor<'_>,
        part: &'static str,
        (what, limit): (&'static str, usize),
    ) -> Result<(BTreeMap<String, String>, BTreeMap<String, Place>), Failure> {
        let Some(object) = present(root, part) else { return Ok((BTreeMap::new(), BTreeMap::new())) };
        let entries = object.entries().map_err(|error| self.shape(&error))?;
        if entries.len() > limit {
            let of_part = root.members().into_iter().find(|member| member.key == part);
            let place = of_part.map(|member| self.place(member.key_span));
            return Err(problem::too_many(entries.len(), what, limit, place));
        }
        self.distinct(&object, &format!("{part} of the template configuration"))?;
        let texts = entries.into_iter().map(|(key, value)| Ok((key.to_owned(), value.text()?.to_owned())));
        let texts = texts.collect::<Result<_, JsonError>>().map_err(|error| self.shape(&error))?;
        let places = object.members().into_iter().map(|member| (member.key, self.place(member.key_span)));
        Ok((texts, places.collect()))
    }

    /// Refuses a key that is given twice: readers of JSON disagree on which one counts.
    fn distinct(&self, object: &Cursor<'_>, what: &str) -> Result<(), Failure> {
        let mut keys = BTreeSet::new();
        match object.members().into_iter().find(|member| !keys.insert(member.key.clone())) {
            None => Ok(()),
            Some(Member { key, key_span, .. }) => {
                let message = format!("{what} gives {key} twice");
                Err(problem::shape(message, self.place(key_span)))
            }
        }
    }
}

/// The values of an object in the text, or the value itself if it is no object.
fn values_in(text: &str, member: Member) -> Vec<Range<usize>> {
    let start = member.value_span.start;
    let inner = Document::parse(text[member.value_span.clone()].as_bytes());
    match inner.map(|inner| inner.root().entries().map(|_| inner.root().members())) {
        Ok(Ok(members)) => {
            let spans = members.into_iter().map(|inner| inner.value_span);
            spans.map(|span| span.start + start..span.end + start).collect()
        }
        Ok(Err(_)) | Err(_) => vec![member.value_span],
    }
}
