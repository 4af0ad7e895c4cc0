//! Takes one entry out of a template. Every other byte stays.

use super::entries::Entries;
use super::splice::Splice;
use super::tree::{Kind, NodeId, Tree};

/// The splices that remove the entry with this value. A mapping that would be left empty goes too, except at the top.
pub fn removals(text: &str, tree: &Tree, value: NodeId) -> Vec<Splice> {
    let Some(parent) = tree.record(value).parent else { return vec![emptied(tree)] };
    match &tree.record(parent).kind {
        Kind::Mapping { entries, .. } if entries.len() == 1 => removals(text, tree, parent),
        Kind::Mapping { entries, layout } => {
            let is_kept: Vec<bool> = entries.iter().map(|(_, other)| *other != value).collect();
            Entries { text, tree, entries, layout: *layout, is_kept: &is_kept }.removals()
        }
        Kind::Scalar { .. } | Kind::Sequence { .. } => Vec::new(),
    }
}

fn emptied(tree: &Tree) -> Splice {
    Splice::new(tree.record(Tree::ROOT).full_span(), "{}")
}

#[cfg(test)]
mod tests {
    use crate::template::Template;

    fn cut(text: &str) -> Template {
        let template = Template::parse("t.yaml", text.as_bytes().to_vec()).unwrap();
        let value = template.root().get("M").and_then(|section| section.get("App")).unwrap().id();
        template.without(value).unwrap()
    }

    #[test]
    fn an_entry_goes_and_every_other_byte_stays() {
        let rows = [
            ("alone in its section", "a: 1 # c\nM:\n  App:\n    x: 1\n\n# d\nb: 2\n", "a: 1 # c\n# d\nb: 2\n"),
            ("beside another", "M:\n  App:\n    x: 1\n  Other: {y: 2} # c\nb: 2\n", "M:\n  Other: {y: 2} # c\nb: 2\n"),
            ("after another", "M:\n  Other: 1\n  App:\n    x: 1\nb: 2\n", "M:\n  Other: 1\nb: 2\n"),
            ("at the end", "b: 2\r\nM:\r\n  App:\r\n    x: 1\r\n", "b: 2\r\n"),
            ("below a block scalar", "b: |\n  x\n\nM:\n  App: 1\n", "b: |\n  x\n\n"),
            ("JSON", "{\"M\":{\"App\":{}},\"b\":1}", "{\"b\":1}"),
            ("JSON, at the end", "{\n  \"b\": 1,\n  \"M\": {\"App\": {}}\n}\n", "{\n  \"b\": 1\n}\n"),
            ("nothing else", "M: {App: 1}\n", "{}\n"),
        ];
        for (name, text, expected) in rows {
            assert_eq!(cut(text).text(), expected, "{name}");
        }
    }

    #[test]
    fn what_stays_is_found_where_it_stands_in_the_file() {
        let rows = [
            ("as written", "M:\n  App: 1\nb: {c: 2}\n", (3, 8)),
            ("after an anchor", "x: &long {y: 1}\nM:\n  App: 1\nz: *long\nb: {c: 2}\n", (5, 8)),
        ];
        for (name, text, expected) in rows {
            let template = cut(text);
            let place = template.root().get("b").and_then(|it| it.get("c")).unwrap().place();
            assert_eq!((place.line, place.column), expected, "{name}: {}", template.text());
        }
    }
}
