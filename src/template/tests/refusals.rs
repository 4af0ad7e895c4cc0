//! What is no template: the message and the place of each refusal, and the limits.

use crate::facts::{Explain, FailureKind};
use crate::template::{Template, TemplateError};
use std::time::{Duration, Instant};

fn refused(bytes: &[u8]) -> TemplateError {
    let error = Template::parse("t.yaml", bytes.to_vec()).expect_err("a refusal");
    assert_eq!(error.kind(), FailureKind::Usage);
    error
}

#[test]
fn each_refusal_says_what_is_wrong_and_where() {
    let rows: [(&str, &[u8], &str, Option<(usize, usize)>); 26] = [
        ("empty", b"", "template t.yaml is empty", None),
        ("byte order mark alone", "\u{feff}".as_bytes(), "template t.yaml is empty", None),
        ("comments", b"# a\n\n# b\n", "template t.yaml is empty", None),
        ("start mark alone", b"---\n", "template t.yaml is empty", None),
        ("scalar", b"\nabc\n", "template must be a mapping at the top, but is a single value", Some((2, 1))),
        ("list", b"- a\n", "template must be a mapping at the top, but is a list", Some((1, 1))),
        ("tagged", b"!Sub {a: b}", "template must be a mapping at the top, but is an intrinsic function", Some((1, 1))),
        (
            "two documents",
            b"a: 1\n---\nb: 2\n",
            "template holds several YAML documents; the second starts on line 2",
            Some((2, 1)),
        ),
        (
            "two after an end mark",
            b"a: 1\n...\n---\nb: 2\n",
            "template holds several YAML documents; the second starts on line 3",
            Some((3, 1)),
        ),
        (
            "duplicate",
            b"a: 1\nb:\n  c: 1\n  'c': 2\n",
            "key 'c' is given twice: first on line 3, again on line 4",
            Some((4, 3)),
        ),
        (
            "duplicate in JSON",
            b"{\"a\": 1,\n\"a\": 2}",
            "key 'a' is given twice: first on line 1, again on line 2",
            Some((2, 1)),
        ),
        (
            "duplicate by alias",
            b"x: &k a\nm:\n  a: 1\n  *k : 2\n",
            "key 'a' is given twice: first on line 3, again on line 4",
            Some((4, 3)),
        ),
        ("list as key", b"a: 1\n? [b]\n: 2\n", "a key must be a string, but is a list", Some((2, 3))),
        ("mapping as key", b"{{a: b}: 2}", "a key must be a string, but is a mapping", Some((1, 2))),
        ("function as key", b"!Ref a: 2\n", "a key must be a string, but is an intrinsic function", Some((1, 1))),
        ("utf-16 little", b"\xff\xfea\0", "template t.yaml is encoded as UTF-16 (little endian), not UTF-8", None),
        ("utf-16 big", b"\xfe\xff\0a", "template t.yaml is encoded as UTF-16 (big endian), not UTF-8", None),
        ("utf-32", b"\xff\xfe\0\0a\0\0\0", "template t.yaml is encoded as UTF-32 (little endian), not UTF-8", None),
        (
            "latin-1",
            b"a: 1\nb: caf\xe9\n",
            "template is not UTF-8 text: invalid byte 0xE9 at offset 11 on line 2",
            Some((2, 7)),
        ),
        ("binary", b"a: 1\nb\0c", "template is not text: NUL byte at offset 6 on line 2", Some((2, 2))),
        (
            "alias inside its anchor",
            b"a: &x\n  b: *x\n",
            "alias '*x' stands inside the value that it refers to",
            Some((2, 6)),
        ),
        ("merge of itself", b"a: &x\n  <<: *x\n", "alias '*x' stands inside the value that it refers to", Some((2, 7))),
        (
            "merge of a scalar",
            b"x: &x 1\na:\n  <<: *x\n",
            "merge key '<<' needs a mapping or a list of mappings",
            Some((3, 7)),
        ),
        (
            "merge of a function",
            b"a:\n  <<: !Ref {p: 1}\n",
            "merge key '<<' needs a mapping or a list of mappings",
            Some((2, 7)),
        ),
        (
            "merge of a mixed list",
            b"x: &x {p: 1}\na:\n  <<: [*x, 1]\n",
            "merge key '<<' needs a mapping or a list of mappings",
            Some((3, 7)),
        ),
        ("unknown anchor", b"a: *x\n", "cannot parse template: while parsing node, found unknown anchor", Some((1, 4))),
    ];
    for (name, bytes, message, place) in rows {
        let error = refused(bytes);
        assert_eq!(error.to_string(), message, "{name}");
        assert_eq!(error.place().map(|place| (place.line, place.column)), place, "{name}");
        assert!(error.hint().is_some(), "{name}: no hint");
    }
}

#[test]
fn what_is_no_yaml_is_told_with_the_way_out() {
    let rows = [
        (
            "a:\n  b: \"x\n  c: 1\n  d: \"y\"\n",
            (4, 7),
            "the value that ends here begins on line 2: close its quote there",
        ),
        ("a:\n  b: 'x\n  c: it's\n", (3, 9), "the value that ends here begins on line 2: close its quote there"),
        ("a: 'it's fine'\n", (1, 8), "close the quote at the end of the value; write '' for a quote inside"),
        ("a: \"${x}\" y\n", (1, 11), "close the quote at the end of the value; write \\\" for a quote inside"),
        ("a: 'x\n", (1, 4), "close the quote that opens here"),
        ("a:\n  b: 1\n  Handler app.x\n  c: 1\n", (3, 3), "write \"Handler: app.x\""),
        ("a:\n  b: 1\n  Handler:app.x\n  c: 1\n", (3, 3), "write \"Handler: app.x\""),
        ("a:\n  b: 1\n  Properties\n  c: 1\n", (3, 3), "write \"Properties:\""),
        (
            "a:\n<<<<<<< HEAD\n  b: 1\n=======\n",
            (2, 1),
            "line 2 begins an unresolved merge conflict: keep one side of it",
        ),
        ("<<<<<<< HEAD\na: 1\n", (2, 2), "line 1 begins an unresolved merge conflict: keep one side of it"),
        ("a: @x\n", (1, 4), "quote a value that begins with @"),
        ("a: {b: 1\n", (1, 4), "close the bracket that opens here"),
        ("a:\n   b: 1\n  c: 2\n", (3, 3), "check the indentation of this line and of the line before"),
    ];
    for (text, place, hint) in rows {
        let error = refused(text.as_bytes());
        assert_eq!(error.place().map(|it| (it.line, it.column)), Some(place), "{text}: {error}");
        assert_eq!(error.hint().as_deref(), Some(hint), "{text}: {error}");
    }
}

#[test]
fn depth_is_limited_before_the_stack_is() {
    let block = |depth: usize| (0..depth).map(|level| format!("{}a:\n", " ".repeat(level))).collect::<String>();
    let deep: [(&str, String); 7] = [
        ("flow lists", format!("a: {}", "[".repeat(10_000))),
        ("closed flow lists", format!("a: {}{}", "[".repeat(10_000), "]".repeat(10_000))),
        ("flow mappings", "{a: ".repeat(10_000)),
        ("json", format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000))),
        ("dashes", format!("a:\n {}", "- ".repeat(10_000))),
        ("block mappings", block(3_000)),
        ("one too many", block(202)),
    ];
    for (name, text) in deep {
        let error = refused(text.as_bytes());
        assert!(matches!(error, TemplateError::TooDeep { .. }), "{name}: {error}");
    }
    let allowed = Template::parse("t", block(200).into_bytes()).expect("200 levels");
    assert!(allowed.to_json().ends_with('}'));
}

#[test]
fn aliases_that_multiply_are_refused_at_once() {
    let laughs = |open: &str, close: &str| {
        let line = |level: usize| {
            let uses = vec![format!("*a{}", level - 1); 9].join(",");
            format!("a{level}: &a{level} {open}{uses}{close}\n")
        };
        format!("a0: &a0 {{k: lol}}\n{}", (1..10).map(line).collect::<String>())
    };
    let merges = |level: usize| format!("a{level}: &a{level} {{<<: [*a{0}, *a{0}, *a{0}, *a{0}, *a{0}]}}\n", level - 1);
    let chain = |level: usize| format!("a{level}: &a{level} [*a{}]\n", level - 1);
    let long = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 1_000].join(","));
    let rows = [
        ("lists", laughs("[", "]")),
        ("merges", format!("a0: &a0 {{k: lol}}\n{}", (1..20).map(merges).collect::<String>())),
        ("a long chain", format!("a0: &a0 [x]\n{}", (1..5_000).map(chain).collect::<String>())),
        ("a long text", long),
    ];
    for (name, text) in rows {
        let start = Instant::now();
        let error = refused(text.as_bytes());
        assert!(
            matches!(error, TemplateError::TooManyAliases { .. } | TemplateError::TooDeep { .. }),
            "{name}: {error}"
        );
        assert!(start.elapsed() < Duration::from_secs(2), "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn files_are_read_within_the_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.yaml");
    let missing = Template::load(&path).expect_err("no file");
    assert_eq!(missing.to_string(), format!("cannot read template {}", path.display()));
    assert!(missing.hint().is_some());
    std::fs::File::create(&path).and_then(|file| file.set_len(30 << 20)).expect("a large file");
    let large = Template::load(&path).expect_err("30 MiB");
    assert_eq!(large.to_string(), format!("template {} is larger than 10 MiB", path.display()));
    std::fs::write(&path, "a: 1\n").expect("a small file");
    assert_eq!(Template::load(&path).expect("a template").text(), "a: 1\n");
    assert!(matches!(Template::load(folder.path()), Err(TemplateError::Unreadable { .. })));
}
