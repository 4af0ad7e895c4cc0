//! What is no template: the message, the place and the hint of each refusal, and the limits.

use crate::facts::{FailureKind, Problem};
use crate::template::{JsonForm, Template};
use std::time::{Duration, Instant};

fn refused(bytes: &[u8]) -> Problem {
    let failure = Template::parse("t.yaml", bytes.to_vec()).expect_err("a refusal");
    assert_eq!((failure.kind, failure.problems.len()), (FailureKind::Usage, 1));
    failure.problems.into_iter().next().expect("one problem")
}

fn position(problem: &Problem) -> Option<(usize, usize)> {
    problem.place.as_ref().map(|place| (place.line, place.column))
}

#[test]
fn each_refusal_says_what_is_wrong_and_where() {
    let rows: [(&str, &[u8], &str, Option<(usize, usize)>); 23] = [
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
        assert_eq!(error.message, message, "{name}");
        assert_eq!(position(&error), place, "{name}");
        assert!(error.hint.is_some(), "{name}: no hint");
    }
}

const UNRENDERED: &str = "this looks like a cookiecutter or Jinja template: render it, and package the result";
const DYNAMIC: &str = "put a dynamic reference in quotes: \"{{resolve:...}}\"";
const QUOTE: &str = "close the quote at the end of the value; write \\\" for a quote inside";

#[test]
fn a_common_mistake_has_a_hint() {
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
        ("a: 'b\u{7f}'\n", (1, 6), "remove this character, or write it as an escape in double quotes"),
        ("a: {b: 1\n", (1, 4), "close the bracket that opens here"),
        ("a:\n   b: 1\n  c: 2\n", (3, 3), "check the indentation of this line and of the line before"),
        ("{\"a\": 1\n \"b\": 2}", (2, 5), "put a comma before this key"),
        ("a: ['b' 'c']\n", (1, 9), "close the quote at the end of the value; write '' for a quote inside"),
        ("a: [[b] c]\n", (1, 9), "inside brackets, separate values with a comma, or quote this one"),
        ("a: {b: ./x/${N}, c: 1}\n", (1, 13), "inside brackets, quote a value that has braces or brackets in it"),
        ("a: [x[0], y]\n", (1, 6), "inside brackets, quote a value that has braces or brackets in it"),
        (
            "a: !Select [0, !GetAZs !Ref AWS::Region]\n",
            (1, 24),
            "a short form cannot be the value of another: write 'Fn::GetAZs: !Ref ...' for '!GetAZs !Ref ...'",
        ),
        (
            "a:\n- !Ref !Sub x\n",
            (2, 8),
            "a short form cannot be the value of another: write 'Ref: !Sub ...' for '!Ref !Sub ...'",
        ),
        ("a: {{ runtime }}\n", (1, 5), UNRENDERED),
        ("a: {{ runtime }}-x\n", (1, 5), UNRENDERED),
        ("a: {{cookiecutter.a}}\nb: 1\n", (1, 5), UNRENDERED),
        ("{% if x %}\na: 1\n{% endif %}\n", (1, 2), UNRENDERED),
        ("a:\n  b: 1\n  {%- if x %}\n  c: 2\n  {%- endif %}\n", (3, 4), UNRENDERED),
        ("{% raw %}a\n", (1, 2), UNRENDERED),
        ("a: {{resolve:ssm:/a/b:1}}\n", (1, 5), DYNAMIC),
        ("a: {{resolve:ssm:/a}}/x\n", (1, 5), DYNAMIC),
        ("a: [\"{{resolve:ssm:/a}}\" \"b\"]\n", (1, 26), QUOTE),
        ("a: '{{ x }}' 'b'\n", (1, 14), "close the quote at the end of the value; write '' for a quote inside"),
        ("? {a: b}\n: 1\n", (1, 3), "write the key as a plain or quoted string"),
        ("{[a]: 1}", (1, 2), "write the key as a plain or quoted string"),
        ("Type: *AWS::Lambda::Function\n", (1, 7), "quote a value that begins with *"),
        ("a: *.zip\n", (1, 4), "quote a value that begins with *"),
        ("a: [*x]\n", (1, 5), "define the anchor with '&name' before its first use"),
        ("a:\n\tb: 1\n", (2, 2), "indent with spaces"),
        ("a: b: c\n", (1, 5), "quote a value that contains ': ', and check the indentation"),
    ];
    for (text, place, hint) in rows {
        let error = refused(text.as_bytes());
        assert_eq!(error.hint.as_deref(), Some(hint), "{text}: {error:?}");
        assert_eq!(position(&error), Some(place), "{text}: {error:?}");
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
        assert_eq!(error.message, "template is nested deeper than 200 levels", "{name}");
    }
    let allowed = Template::parse("t", block(200).into_bytes()).expect("200 levels");
    assert!(allowed.to_json(JsonForm::Compact, 10_000).is_some());
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
    let too_many = "aliases expand the template to more than 100000 values or 10 MiB";
    let too_deep = "template is nested deeper than 200 levels";
    let rows = [
        ("lists", laughs("[", "]"), too_many),
        ("merges", format!("a0: &a0 {{k: lol}}\n{}", (1..20).map(merges).collect::<String>()), too_many),
        ("a long chain", format!("a0: &a0 [x]\n{}", (1..5_000).map(chain).collect::<String>()), too_deep),
        ("a long text", long, too_many),
    ];
    for (name, text, message) in rows {
        let start = Instant::now();
        assert_eq!(refused(text.as_bytes()).message, message, "{name}");
        assert!(start.elapsed() < Duration::from_secs(2), "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn files_are_read_within_the_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.yaml");
    let load = |path: &std::path::Path| Template::load(path).expect_err("a refusal").problems.remove(0);
    let missing = load(&path);
    let message = format!("cannot read template {}: No such file or directory (os error 2)", path.display());
    assert_eq!((missing.message, missing.hint.is_some()), (message, true));
    std::fs::File::create(&path).and_then(|file| file.set_len(30 << 20)).expect("a large file");
    assert_eq!(load(&path).message, format!("template {} is larger than 10 MiB", path.display()));
    std::fs::write(&path, "a: 1\n").expect("a small file");
    assert_eq!(Template::load(&path).expect("a template").text(), "a: 1\n");
    assert_eq!(load(folder.path()).hint.as_deref(), Some("name the template file, not its folder"));
}

#[test]
fn a_key_of_too_many_characters_is_refused() {
    let key = |length: usize| format!("{{\"{}\": 1}}", "é".repeat(length));
    assert!(Template::parse("t", key(65_000).into_bytes()).is_ok());
    let error = refused(key(66_000).as_bytes());
    assert_eq!(error.hint.as_deref(), Some("keys of more than 65536 characters are not read"));
}

#[test]
fn a_template_of_too_many_values_is_refused() {
    let list = |count: usize| format!("a: [{}]", "1,".repeat(count));
    assert!(Template::parse("t", list(499_997).into_bytes()).is_ok());
    let error = refused(list(499_998).as_bytes());
    assert_eq!(error.message, "template has more than 500000 values");
    assert!(error.hint.is_some());
}
