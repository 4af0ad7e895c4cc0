//! What readers of YAML 1.1 accept and YAML 1.2 does not is read as they read it, with exact spans.

use super::{find, template};
use crate::template::{Node, Template};

/// Every scalar with its bytes in the text.
fn scalars(template: &Template) -> Vec<(String, &str)> {
    let mut open = vec![template.root()];
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        found.extend(node.as_str().map(|value| (value.to_owned(), &template.text()[node.span()])));
        let below = node.entries().flat_map(|(key, value)| [key, value]).chain(node.items());
        open.extend(below.collect::<Vec<Node<'_>>>().into_iter().rev());
    }
    found
}

#[test]
fn a_dash_in_brackets_is_a_string() {
    let rows = [
        ("a: [ -, x ]", "-,x"),
        ("a: [-]", "-"),
        ("a: {k: -}", "k,-"),
        ("a: {k: -, l: [-, -,\n-]}", "k,-,l,-,-,-"),
        ("a: !Split [ -, !Ref b ]", ""),
        ("a: [\"-\",-,'-']", "-,-,-"),
        ("a: [-x, -1, --]", "-x,-1,--"),
    ];
    for (text, expected) in rows {
        let template = template(text);
        let values = scalars(&template);
        let below: Vec<&str> = values.iter().skip(1).map(|(value, _)| value.as_str()).collect();
        assert_eq!(below.join(","), expected, "{text}");
        for (value, written) in &values {
            assert_eq!(written.trim_matches(['"', '\'']), value, "{text}");
        }
    }
    let split = template("a: !Split [ -, !Ref b ]\n");
    let argument = split.node(find(&split, "a")).intrinsic().expect("a function").argument;
    assert_eq!(argument.items().next().and_then(|item| item.as_str()), Some("-"));
}

#[test]
fn a_comment_may_follow_a_quote_or_a_bracket_directly() {
    let rows = [
        ("a: \"src\"# the code", "a,src"),
        ("a: 'src'#x\nb: c", "a,src,b,c"),
        ("a: [b]# c\nd: e", "a,b,d,e"),
        ("a: {b: c}#d\ne: f", "a,b,c,e,f"),
        ("a: [b,#c\n d]", "a,b,d"),
        ("a: [#c\n d]", "a,d"),
        ("a: {\"b\": #c\n d}", "a,b,d"),
        ("\"a\"#\n: b", ""),
        ("a: |# c\n  x\n", "a,x\n"),
        ("a: \"#b\"#c #d\ne: '#'", "a,#b,e,#"),
        ("a: b#c\nd: [e#f, g\"#h]", "a,b#c,d,e#f,g\"#h"),
        ("a: \"x\"#é\u{1F600}\nb: ü", "a,x,b,ü"),
    ];
    for (text, expected) in rows {
        let Ok(template) = Template::parse("t.yaml", text.as_bytes().to_vec()) else {
            assert_eq!(expected, "", "{text}");
            continue;
        };
        let values = scalars(&template);
        let all: Vec<&str> = values.iter().map(|(value, _)| value.as_str()).collect();
        assert_eq!(all.join(","), expected, "{text}");
        for (value, written) in values.iter().filter(|(_, written)| !written.starts_with('|')) {
            assert_eq!(written.trim_matches(['"', '\'']), value.trim_matches('"'), "{text}");
        }
    }
}
