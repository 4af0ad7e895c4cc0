//! A file → a template configuration, as CodePipeline reads it.

use super::{Places, TemplateConfiguration, TemplateConfigurationError};
use crate::facts::Place;
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

/// Bytes of a file, at most. CodePipeline names no limit; what the file may hold stays far below this one.
const MOST_BYTES: u64 = 1 << 20;
/// Parameters that a template can have (CloudFormation quotas).
const MOST_PARAMETERS: usize = 200;
/// Tags that a stack can have (CloudFormation API 2010-05-15, `Tags`).
const MOST_TAGS: usize = 50;

/// What a value is shown as.
const HIDDEN: &str = "\"****\"";

impl TemplateConfiguration {
    /// The bytes of a file, unless they are more than any template configuration has.
    pub fn read(path: &Path) -> io::Result<Vec<u8>> {
        files::read(path, MOST_BYTES)
    }

    /// Takes a file apart: an object of `Parameters` and `Tags`, which hold texts, and of `StackPolicy`, an object.
    ///
    /// What the template has to do with it is for `check` to say. `path` is what errors call the file.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, TemplateConfigurationError> {
        let document = Document::parse(bytes).map_err(|error| no_object(path, bytes, &error))?;
        let page = Page::new(path, document.text(), &document.root());
        let root = document.root();
        root.entries().map_err(|error| no_object(path, bytes, &error))?;
        page.distinct(&root, "the template configuration")?;
        if let Some(other) = root.members().into_iter().find(|member| !PARTS.contains(&member.key.as_str())) {
            let message = format!(
                "the template configuration has `{}`, which is not known: it takes Parameters, Tags and StackPolicy",
                other.key
            );
            return Err(TemplateConfigurationError::Shape { message, place: Some(page.place(other.key_span)) });
        }
        let (parameters, of_parameters) = page.texts(&root, PARAMETERS, ("parameters", MOST_PARAMETERS))?;
        let (tags, of_tags) = page.texts(&root, TAGS, ("tags", MOST_TAGS))?;
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

/// The value of a key, null included: CodePipeline takes none where it wants an object.
fn present<'d>(root: &Cursor<'d>, key: &str) -> Option<Cursor<'d>> {
    let entries = root.entries().unwrap_or_default();
    entries.into_iter().find(|(name, _)| *name == key).map(|(_, value)| value)
}

/// Where the text is no object, nobody knows what is the value of a parameter.
fn no_object(path: &Path, bytes: &[u8], error: &JsonError) -> TemplateConfigurationError {
    let message = format!("the template configuration {}", error.problem);
    TemplateConfigurationError::Shape { message, place: Some(error.place(path, bytes).without_line()) }
}

/// A file as it may be shown: with the values of parameters hidden, and of what may be meant as such.
struct Page<'t> {
    path: &'t Path,
    text: &'t str,
    hidden: Vec<Range<usize>>,
    shown: String,
}

impl<'t> Page<'t> {
    fn new(path: &'t Path, text: &'t str, root: &Cursor<'_>) -> Self {
        // Also of a part that is not known: it may be a misspelt one.
        let secretive =
            root.members().into_iter().filter(|member| ![TAGS, STACK_POLICY].contains(&member.key.as_str()));
        let hidden: Vec<_> = secretive.flat_map(|member| values_in(text, member)).collect();
        let (mut shown, mut at) = (String::with_capacity(text.len()), 0);
        for value in &hidden {
            shown.push_str(&text[at..value.start]);
            shown.push_str(HIDDEN);
            at = value.end;
        }
        shown.push_str(&text[at..]);
        Self { path, text, hidden, shown }
    }

    /// The place of some bytes of the file, over the line without values.
    fn place(&self, span: Range<usize>) -> Place {
        let place = Place::in_text(self.path, self.text, span.clone());
        let shown = Place::in_text(self.path, &self.shown, self.moved(span.start)..self.moved(span.end));
        Place { source_line: shown.source_line, marked: shown.marked, ..place }
    }

    /// Where an offset of the text is in what is shown.
    fn moved(&self, offset: usize) -> usize {
        let before = self.hidden.iter().take_while(|value| value.end <= offset);
        let (hidden, values) = before.fold((0, 0), |(bytes, values), value| (bytes + value.len(), values + 1));
        offset - hidden + values * HIDDEN.len()
    }

    fn shape(&self, error: &JsonError) -> TemplateConfigurationError {
        let of = if error.path.is_empty() { String::new() } else { format!("{} of ", error.path) };
        let message = format!("{of}the template configuration {}", error.problem);
        TemplateConfigurationError::Shape { message, place: Some(self.place(error.span.clone())) }
    }

    /// The texts of a part, and where each is written.
    fn texts(
        &self,
        root: &Cursor<'_>,
        part: &'static str,
        (what, limit): (&'static str, usize),
    ) -> Result<(BTreeMap<String, String>, BTreeMap<String, Place>), TemplateConfigurationError> {
        let Some(object) = present(root, part) else { return Ok((BTreeMap::new(), BTreeMap::new())) };
        let entries = object.entries().map_err(|error| self.shape(&error))?;
        if entries.len() > limit {
            let of_part = root.members().into_iter().find(|member| member.key == part);
            let place = of_part.map(|member| self.place(member.key_span));
            return Err(TemplateConfigurationError::TooMany { what, count: entries.len(), limit, place });
        }
        self.distinct(&object, &format!("{part} of the template configuration"))?;
        let texts = entries.into_iter().map(|(key, value)| Ok((key.to_owned(), value.text()?.to_owned())));
        let texts = texts.collect::<Result<_, JsonError>>().map_err(|error| self.shape(&error))?;
        let places = object.members().into_iter().map(|member| (member.key, self.place(member.key_span)));
        Ok((texts, places.collect()))
    }

    /// Of a key that is given twice, a reader of JSON takes one.
    fn distinct(&self, object: &Cursor<'_>, what: &str) -> Result<(), TemplateConfigurationError> {
        let mut keys = BTreeSet::new();
        match object.members().into_iter().find(|member| !keys.insert(member.key.clone())) {
            None => Ok(()),
            Some(Member { key, key_span, .. }) => {
                let message = format!("{what} gives {key} twice");
                Err(TemplateConfigurationError::Shape { message, place: Some(self.place(key_span)) })
            }
        }
    }
}

/// The values of an object in the text, or the value itself when it is none.
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
