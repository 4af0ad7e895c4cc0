//! A template as JSON: order kept, short forms in their long form.

use super::node::{Node, Template};
use super::scalar::{self, Plain};
use super::tree::{Kind, Style};

/// How JSON is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonForm {
    /// A value on each line, indented by four blanks, as the peers write it.
    Indented,
    /// In as few bytes as possible, and in ASCII.
    Compact,
}

/// The JSON of a whole template; `None` if it has more than `max_bytes`.
pub fn written(template: &Template, form: JsonForm, max_bytes: usize) -> Option<String> {
    let mut writer = Writer { out: String::new(), form, max_bytes };
    writer.node(template.root(), 0)?;
    Some(writer.out)
}

/// What stands behind a key, or in a list.
enum Value<'a, 't> {
    Node(Node<'t>),
    /// The argument of a short form, with the function's long name.
    Argument(&'a str, Node<'t>),
    Text(&'a str),
}

/// Writes as long as the limit allows it; `None` ends the work.
struct Writer {
    out: String,
    form: JsonForm,
    max_bytes: usize,
}

impl Writer {
    fn push(&mut self, text: &str) -> Option<()> {
        (text.len() <= self.max_bytes - self.out.len()).then(|| self.out.push_str(text))
    }

    fn string(&mut self, text: &str) -> Option<()> {
        match self.form {
            JsonForm::Indented => self.push(&scalar::json_string(text)),
            JsonForm::Compact => self.push(&scalar::ascii_json_string(text)),
        }
    }

    fn node(&mut self, node: Node<'_>, depth: usize) -> Option<()> {
        match (node.short_name(), node.without_tag()) {
            (Some(name), argument) => self.object(&[(&name, Value::Argument(&name, argument))], depth),
            (None, node) => self.untagged(node, depth),
        }
    }

    fn value(&mut self, value: &Value<'_, '_>, depth: usize) -> Option<()> {
        match value {
            Value::Node(node) => self.node(*node, depth),
            Value::Argument(name, node) => self.argument(name, *node, depth),
            Value::Text(text) => self.string(text),
        }
    }

    /// `!GetAtt a.b.c` is `["a", "b.c"]`; any other scalar is a string, whatever it looks like.
    fn argument(&mut self, name: &str, node: Node<'_>, depth: usize) -> Option<()> {
        match (node.as_str(), name) {
            (Some(text), "Fn::GetAtt") => {
                let parts: Vec<Value<'_, '_>> = text.splitn(2, '.').map(Value::Text).collect();
                self.array(&parts, depth)
            }
            (Some(text), _) => self.string(text),
            (None, _) => self.untagged(node, depth),
        }
    }

    fn untagged(&mut self, node: Node<'_>, depth: usize) -> Option<()> {
        match node.kind() {
            Kind::Scalar { style, .. } => self.scalar(node, *style),
            Kind::Sequence { .. } => {
                let items: Vec<Value<'_, '_>> = node.children().map(Value::Node).collect();
                self.array(&items, depth)
            }
            Kind::Mapping { .. } => {
                let pairs: Vec<(&str, Value<'_, '_>)> =
                    node.pairs().map(|(key, value)| (key.source_text(), Value::Node(value))).collect();
                self.object(&pairs, depth)
            }
        }
    }

    fn scalar(&mut self, node: Node<'_>, style: Style) -> Option<()> {
        let text = node.source_text();
        let meaning = match (node.core_tag(), style) {
            (Some("null"), _) => Plain::Null,
            (Some("bool" | "int" | "float"), _) | (None, Style::Plain) => scalar::plain_meaning(text),
            (Some(_), _) | (None, Style::SingleQuoted | Style::DoubleQuoted | Style::Block) => Plain::Text,
        };
        let is_json_number = || style == Style::Plain && node.template().is_json() && scalar::is_json_number(text);
        match meaning {
            Plain::Null => self.push("null"),
            Plain::Boolean(true) => self.push("true"),
            Plain::Boolean(false) => self.push("false"),
            Plain::Number => self.push(text),
            Plain::Text if is_json_number() => self.push(text),
            Plain::Text => self.string(text),
        }
    }

    fn array(&mut self, items: &[Value<'_, '_>], depth: usize) -> Option<()> {
        self.lines(["[", "]"], items, depth, |writer, item| writer.value(item, depth + 1))
    }

    fn object(&mut self, pairs: &[(&str, Value<'_, '_>)], depth: usize) -> Option<()> {
        self.lines(["{", "}"], pairs, depth, |writer, (key, value)| {
            writer.string(key)?;
            writer.push(if writer.form == JsonForm::Compact { ":" } else { ": " })?;
            writer.value(value, depth + 1)
        })
    }

    fn lines<T>(
        &mut self,
        [open, close]: [&str; 2],
        parts: &[T],
        depth: usize,
        each: impl Fn(&mut Self, &T) -> Option<()>,
    ) -> Option<()> {
        self.push(open)?;
        for (index, part) in parts.iter().enumerate() {
            self.push(if index == 0 { "" } else { "," })?;
            self.line(depth + 1)?;
            each(self, part)?;
        }
        if !parts.is_empty() {
            self.line(depth)?;
        }
        self.push(close)
    }

    fn line(&mut self, depth: usize) -> Option<()> {
        match self.form {
            JsonForm::Compact => Some(()),
            JsonForm::Indented => self.push(&format!("\n{}", "    ".repeat(depth))),
        }
    }
}
