//! A template as JSON: order kept, short forms in their long form, four blanks of indentation, as the peers write it.

use super::node::Node;
use super::scalar::{self, Plain};
use super::tree::{Kind, Style};

/// Appends a node, indented to its depth.
pub fn write(node: Node<'_>, out: &mut String) {
    write_at(node, 0, out);
}

fn write_at(node: Node<'_>, depth: usize, out: &mut String) {
    match (node.short_name(), node.without_tag()) {
        (Some(name), argument) => write_object(&[(&name, Value::Argument(&name, argument))], depth, out),
        (None, node) => write_untagged(node, depth, out),
    }
}

/// What stands behind a key.
enum Value<'a, 't> {
    Node(Node<'t>),
    /// The argument of a short form, by the function's long name.
    Argument(&'a str, Node<'t>),
    Text(&'a str),
}

impl Value<'_, '_> {
    fn write(&self, depth: usize, out: &mut String) {
        match self {
            Self::Node(node) => write_at(*node, depth, out),
            Self::Argument(name, node) => write_argument(name, *node, depth, out),
            Self::Text(text) => out.push_str(&scalar::json_string(text)),
        }
    }
}

/// `!GetAtt a.b.c` is `["a", "b.c"]`; any other single value is a string, whatever it looks like.
fn write_argument(name: &str, node: Node<'_>, depth: usize, out: &mut String) {
    match (node.as_str(), name) {
        (Some(text), "Fn::GetAtt") => {
            let parts: Vec<Value<'_, '_>> = text.splitn(2, '.').map(Value::Text).collect();
            write_array(&parts, depth, out);
        }
        (Some(text), _) => out.push_str(&scalar::json_string(text)),
        (None, _) => write_untagged(node, depth, out),
    }
}

fn write_untagged(node: Node<'_>, depth: usize, out: &mut String) {
    match node.kind() {
        Kind::Scalar { style, .. } => write_scalar(node, *style, out),
        Kind::Sequence { .. } => {
            let items: Vec<Value<'_, '_>> = node.children().map(Value::Node).collect();
            write_array(&items, depth, out);
        }
        Kind::Mapping { .. } => {
            let pairs: Vec<(&str, Value<'_, '_>)> =
                node.pairs().map(|(key, value)| (key.source_text(), Value::Node(value))).collect();
            write_object(&pairs, depth, out);
        }
    }
}

fn write_scalar(node: Node<'_>, style: Style, out: &mut String) {
    let text = node.source_text();
    let meaning = match (node.core_tag(), style) {
        (Some("null"), _) => Plain::Null,
        (Some("bool" | "int" | "float"), _) | (None, Style::Plain) => scalar::plain_meaning(text),
        (Some(_), _) | (None, Style::SingleQuoted | Style::DoubleQuoted | Style::Block) => Plain::Text,
    };
    match meaning {
        Plain::Null => out.push_str("null"),
        Plain::Boolean(true) => out.push_str("true"),
        Plain::Boolean(false) => out.push_str("false"),
        Plain::Number => out.push_str(text),
        Plain::Text if style == Style::Plain && node.template().is_json() && scalar::is_json_number(text) => {
            out.push_str(text)
        }
        Plain::Text => out.push_str(&scalar::json_string(text)),
    }
}

fn write_array(items: &[Value<'_, '_>], depth: usize, out: &mut String) {
    let each = |index: usize, out: &mut String| items[index].write(depth + 1, out);
    write_lines(['[', ']'], items.len(), depth, out, each);
}

fn write_object(pairs: &[(&str, Value<'_, '_>)], depth: usize, out: &mut String) {
    let each = |index: usize, out: &mut String| {
        let (key, value) = &pairs[index];
        out.push_str(&scalar::json_string(key));
        out.push_str(": ");
        value.write(depth + 1, out);
    };
    write_lines(['{', '}'], pairs.len(), depth, out, each);
}

fn write_lines(brackets: [char; 2], count: usize, depth: usize, out: &mut String, each: impl Fn(usize, &mut String)) {
    out.push(brackets[0]);
    for index in 0..count {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        indent(depth + 1, out);
        each(index, out);
    }
    if count > 0 {
        out.push('\n');
        indent(depth, out);
    }
    out.push(brackets[1]);
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("    ", depth));
}
