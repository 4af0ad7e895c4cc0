//! What nodes are, and templates as JSON.

use super::{find, template};
use crate::template::{JsonForm, Template};

#[test]
fn values_are_text_null_or_collections() {
    let source = "s: x\nq: \"a\\tb\"\nn: 12\ne:\nt: ~\nqn: 'null'\nm: {a: 1}\nl: [1]\nf: !Sub x\nst: !!str null\nnu: !!null x\nx: ! 12\n";
    let template = template(source);
    let rows = [
        ("s", Some("x"), "text"),
        ("q", Some("a\tb"), "text"),
        ("n", Some("12"), "text"),
        ("e", None, "null"),
        ("t", None, "null"),
        ("qn", Some("null"), "text"),
        ("m", None, "mapping"),
        ("l", None, "list"),
        ("f", None, "tagged"),
        ("st", Some("null"), "text"),
        ("nu", None, "null"),
        ("x", Some("12"), "text"),
    ];
    for (key, text, kind) in rows {
        let node = template.node(find(&template, key));
        assert_eq!(node.as_str(), text, "{key}");
        let found = [(node.is_null(), "null"), (node.is_mapping(), "mapping"), (node.is_sequence(), "list")];
        let other = if text.is_some() { "text" } else { "tagged" };
        assert_eq!(found.iter().find(|(is, _)| *is).map_or(other, |(_, kind)| kind), kind, "{key}");
    }
}

#[test]
fn intrinsic_functions_have_one_name_in_both_forms() {
    let rows = [
        ("!Ref a", Some(("Ref", Some("a")))),
        ("!Ref 12", Some(("Ref", Some("12")))),
        ("!Ref", Some(("Ref", Some("")))),
        ("!Condition c", Some(("Condition", Some("c")))),
        ("!GetAtt a.b", Some(("Fn::GetAtt", Some("a.b")))),
        ("!If [a, b, c]", Some(("Fn::If", None))),
        ("!Rain::S3 {Path: x}", Some(("Fn::Rain::S3", None))),
        ("!Transform {Name: x}", Some(("Fn::Transform", None))),
        ("{Ref: a}", Some(("Ref", Some("a")))),
        ("{'Fn::Sub': a}", Some(("Fn::Sub", Some("a")))),
        ("{Condition: a}", Some(("Condition", Some("a")))),
        ("{Ref: a, b: c}", None),
        ("{Path: a}", None),
        ("{}", None),
        ("!!str a", None),
        ("a", None),
    ];
    for (source, expected) in rows {
        let template = template(&format!("k: {source}\n"));
        let intrinsic = template.node(find(&template, "k")).intrinsic();
        let found = intrinsic.as_ref().map(|found| (found.name.as_ref(), found.argument.as_str()));
        assert_eq!(found, expected, "{source}");
    }
    let template = template("k: !If\n  - c\n  - !Ref x\n  - p: q\n");
    let argument = template.node(find(&template, "k")).intrinsic().expect("a function").argument;
    assert!(argument.is_sequence() && argument.intrinsic().is_none());
    assert_eq!(argument.items().count(), 3);
    assert_eq!(argument.id(), find(&template, "k"));
}

#[test]
fn json_has_long_forms_and_leaves_no_reading_open() {
    let rows = [
        ("12", "12"),
        ("-1.10", "-1.10"),
        ("1.5e+3", "1.5e+3"),
        ("0777", "\"0777\""),
        ("1_000", "\"1_000\""),
        ("2012-10-17", "\"2012-10-17\""),
        ("12:30", "\"12:30\""),
        ("1e3", "\"1e3\""),
        (".nan", "\".nan\""),
        ("yes", "true"),
        ("Off", "false"),
        ("y", "\"y\""),
        ("", "null"),
        ("'yes'", "\"yes\""),
        ("!!str 12", "\"12\""),
        ("!!int '12'", "12"),
        ("é😀", "\"é😀\""),
        ("!Ref 12", "{\"Ref\": \"12\"}"),
        ("!Ref", "{\"Ref\": \"\"}"),
        ("!GetAtt a.b.c", "{\"Fn::GetAtt\": [\"a\", \"b.c\"]}"),
        ("!GetAtt a", "{\"Fn::GetAtt\": [\"a\"]}"),
        ("!GetAtt [a, b]", "{\"Fn::GetAtt\": [\"a\", \"b\"]}"),
        ("{'Fn::GetAtt': a.b}", "{\"Fn::GetAtt\": \"a.b\"}"),
        ("!Sub [a, {b: !Ref c}]", "{\"Fn::Sub\": [\"a\", {\"b\": {\"Ref\": \"c\"}}]}"),
        ("!Base64 {'Fn::Sub': x}", "{\"Fn::Base64\": {\"Fn::Sub\": \"x\"}}"),
        ("{on: 1, 2: b, ~: c}", "{\"on\": 1, \"2\": \"b\", \"~\": \"c\"}"),
        ("[]", "[]"),
        ("{}", "{}"),
    ];
    for (source, expected) in rows {
        let json = template(&format!("k: {source}\n")).to_json(JsonForm::Indented, usize::MAX).expect("JSON");
        let expected = format!("{{\"k\": {expected}}}");
        let one_line: String = json.lines().map(|line| line.trim_start()).collect::<Vec<_>>().join(" ");
        let one_line = one_line.replace("{ ", "{").replace(" }", "}").replace("[ ", "[").replace(" ]", "]");
        assert_eq!(one_line, expected, "{source}");
    }
}

#[test]
fn json_is_laid_out_as_the_peers_do() {
    let source = "b: [1, {x: y}]\na: !Sub z\n";
    let expected = "{\n    \"b\": [\n        1,\n        {\n            \"x\": \"y\"\n        }\n    ],\n    \"a\": {\n        \"Fn::Sub\": \"z\"\n    }\n}";
    assert_eq!(template(source).to_json(JsonForm::Indented, usize::MAX).expect("JSON"), expected);
}

#[test]
fn compact_json_has_no_blanks_and_is_ascii() {
    let template = template("b: [1, {é: '\u{1F600} \\'}, ]\na: !Sub \"x y\\t\\x7f\"\nc: {}\n");
    let expected = r#"{"b":[1,{"\u00e9":"\ud83d\ude00 \\"}],"a":{"Fn::Sub":"x y\t\u007f"},"c":{}}"#;
    assert_eq!(template.to_json(JsonForm::Compact, usize::MAX).as_deref(), Some(expected));
}

#[test]
fn json_has_at_most_the_wanted_bytes() {
    let template = template("b: [1, {x: y}]\na: !GetAtt z.y\n");
    for form in [JsonForm::Indented, JsonForm::Compact] {
        let json = template.to_json(form, usize::MAX).expect("JSON");
        assert_eq!(template.to_json(form, json.len()), Some(json.clone()));
        assert!((0..json.len()).all(|limit| template.to_json(form, limit).is_none()));
    }
    let deep = format!("a: {}{}{}", "[".repeat(190), "1,".repeat(400_000), "]".repeat(190));
    assert_eq!(super::template(&deep).to_json(JsonForm::Indented, 1 << 20), None);
}

#[test]
fn json_numbers_of_a_json_template_stay() {
    let template = template("{\"a\": 1e3, \"b\": [1.5E3, -0.0, true, null]}");
    assert!(template.is_json());
    assert_eq!(
        template.to_json(JsonForm::Indented, usize::MAX).expect("JSON").split_whitespace().collect::<String>(),
        "{\"a\":1e3,\"b\":[1.5E3,-0.0,true,null]}"
    );
}

#[test]
fn json_with_comments_and_trailing_commas_is_accepted() {
    let template =
        template("\u{feff}{\n  # note\n  \"a\": [1, 2,], # more\n  \"b\": \"\\u00e9\\/\\ud83d\\ude00\",\n}\n");
    assert!(template.is_json());
    assert_eq!(template.root().get("b").and_then(|node| node.as_str()), Some("é/😀"));
}

#[test]
fn places_count_from_the_tag() {
    let template = template("\u{feff}a: é\nb: !Sub\n  - x\nc: |\n  y\nd:\n");
    let rows = [("a", (1, 4)), ("b", (2, 4)), ("b.0", (3, 5)), ("c", (4, 4)), ("d", (6, 3))];
    for (path, expected) in rows.into_iter().filter(|(path, _)| *path != "b.0") {
        let place = template.node(find(&template, path)).place();
        assert_eq!((place.line, place.column), expected, "{path}");
    }
}

#[test]
fn any_file_is_read_as_it_is_written() {
    let rows = [
        ("", ""),
        ("# c\n", "# c\n"),
        ("\u{feff}- a\n", "- a\n"),
        ("a: &x 1\nb: *x\na: 2\n", "a: &x 1\nb: *x\na: 2\n"),
        ("'x'", "'x'"),
    ];
    for (on_disk, text) in rows {
        let template = Template::parse_as_written("f", on_disk.as_bytes().to_vec()).expect("a file");
        assert_eq!((template.text(), template.warnings().len()), (text, 0), "{on_disk:?}");
    }
    let template = Template::parse_as_written("f", b"a: 1\na: [true]\n".to_vec()).expect("a file");
    let entries: Vec<_> = template.root().entries().map(|(key, value)| (key.span(), value.span())).collect();
    assert_eq!(entries, [(0..1, 3..4), (5..6, 8..14)]);
    let empty = Template::parse_as_written("f", b"# c\n".to_vec()).expect("a file");
    assert!(empty.root().is_null());
}
