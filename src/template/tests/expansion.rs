//! Aliases, anchors and merge keys: the text without them, and where its nodes come from.

use super::{find, template, text};
use crate::template::Edits;

#[test]
fn aliases_are_written_out_where_they_are_used() {
    let rows = [
        ("scalar", "a: &x ./src # c\nb: *x # d\n", "a: ./src # c\nb: ./src # d\n"),
        ("number as written", "a: &x 0512\nb: *x\n", "a: 0512\nb: 0512\n"),
        ("quoted", "a: &x '1,2'\nb: [*x, *x]\n", "a: '1,2'\nb: ['1,2', '1,2']\n"),
        ("plain with a comma", "a: &x 1, 2\nb: *x\n", "a: 1, 2\nb: \"1, 2\"\n"),
        ("literal", "a: &x |\n  p\n  q\nb: *x\n", "a: |\n  p\n  q\nb: \"p\\nq\\n\"\n"),
        (
            "tagged",
            "a: &x !Sub '${b}'\nb: *x\nc: !Sub &y z\nd: *y\n",
            "a: !Sub '${b}'\nb: !Sub '${b}'\nc: !Sub z\nd: !Sub z\n",
        ),
        ("empty", "a: &x\nb: *x\n", "a: null\nb: null\n"),
        ("tagged empty", "a: &x !GetAZs\nb: *x\n", "a: !GetAZs\nb: !GetAZs \n"),
        ("mapping", "a: &x # c\n  p: 1 # d\n  q: [2]\nb: *x\n", "a: # c\n  p: 1 # d\n  q: [2]\nb: {p: 1, q: [2]}\n"),
        ("crlf", "a: &x\r\n  - 1\r\nb: *x\r\n", "a:\r\n  - 1\r\nb: [1]\r\n"),
        ("inside a list item", "a:\n- &x p: 1\n  q: *x\n- &y\n  r: 2\n", "a:\n- p: 1\n  q: p\n-\n  r: 2\n"),
        ("nested", "a: &x {p: &y 1, q: *y}\nb: *x\n", "a: {p: 1, q: 1}\nb: {p: 1, q: 1}\n"),
        ("key", "a: &x k\nb:\n  *x : 1\n", "a: k\nb:\n  k : 1\n"),
        ("never used", "x-common: &x\n  p: 1\na: 2\n", "x-common:\n  p: 1\na: 2\n"),
        (
            "numbers below zero",
            "a: &x [-1.5e+3, -.inf, -0x1, -1_000, -a]\nb: *x\n",
            "a: [-1.5e+3, -.inf, -0x1, -1_000, -a]\nb: [-1.5e+3, -.inf, -0x1, -1_000, -a]\n",
        ),
        (
            "question marks, at which YAML 1.1 ends a value in brackets",
            "a: &x\n  p: really?\n  q: s3://b/k?versionId=3\nb: *x\n",
            "a:\n  p: really?\n  q: s3://b/k?versionId=3\nb: {p: \"really?\", q: \"s3://b/k?versionId=3\"}\n",
        ),
        ("defined twice", "a: &x 1\nb: *x\nc: &x 2\nd: *x\n", "a: 1\nb: 1\nc: 2\nd: 2\n"),
    ];
    for (name, source, expected) in rows {
        assert_eq!(template(source).text(), expected, "{name}");
    }
}

#[test]
fn merge_keys_become_the_entries_that_they_bring() {
    let rows = [
        ("block", "x: &x\n  p: 1\n  q: 2\na:\n  <<: *x\n  q: 3\n", "x:\n  p: 1\n  q: 2\na:\n  p: 1\n  q: 3\n"),
        (
            "several lines",
            "x: &x {p: 1, q: [2]}\na:\n  r: 0 # c\n  <<: *x # d\n",
            "x: {p: 1, q: [2]}\na:\n  r: 0 # c\n  p: 1\n  q: [2] # d\n",
        ),
        ("crlf", "x: &x {p: 1, q: 2}\r\na:\r\n  <<: *x\r\n", "x: {p: 1, q: 2}\r\na:\r\n  p: 1\r\n  q: 2\r\n"),
        (
            "list, the earlier wins",
            "x: &x {p: 1}\ny: &y {p: 2, q: 2}\na:\n  <<: [*x, *y]\n",
            "x: {p: 1}\ny: {p: 2, q: 2}\na:\n  p: 1\n  q: 2\n",
        ),
        (
            "two keys, the later wins",
            "x: &x {p: 1}\ny: &y {p: 2}\na:\n  <<: *x\n  <<: *y\n",
            "x: {p: 1}\ny: {p: 2}\na:\n  p: 2\n",
        ),
        (
            "nested",
            "x: &x {p: 1}\ny: &y {<<: *x, q: 2}\na: {<<: *y, r: 3}\n",
            "x: {p: 1}\ny: {p: 1, q: 2}\na: {q: 2, p: 1, r: 3}\n",
        ),
        ("nothing left", "x: &x {p: 1}\na:\n  p: 2 # c\n  <<: *x\nb: 1\n", "x: {p: 1}\na:\n  p: 2 # c\nb: 1\n"),
        (
            "nothing left but a comment, below a block scalar",
            "x: &x {p: 1}\na:\n  p: |\n    q\n  <<: *x # c\nb: 1\n",
            "x: {p: 1}\na:\n  p: |\n    q\n  # c\nb: 1\n",
        ),
        (
            "nothing left but a comment, of a list",
            "x: &x {p: 1}\na:\n  p: >-\n    q\n  <<:\n    - *x\t# c\n  <<: *x\n",
            "x: {p: 1}\na:\n  p: >-\n    q\n  # c\n",
        ),
        (
            "anchored",
            "x: &x {p: 1, q: 2}\na:\n  - &y <<: *x\n    r: 3\n",
            "x: {p: 1, q: 2}\na:\n  - p: 1\n    q: 2\n    r: 3\n",
        ),
        ("nothing left, first in an item", "x: &x {p: 1}\na:\n- <<: *x\n  p: 2\n", "x: {p: 1}\na:\n- p: 2\n"),
        (
            "nothing left, flow",
            "x: &x {p: 1}\na: {<<: *x, p: 2}\nb: {p: 2, <<: *x}\n",
            "x: {p: 1}\na: {p: 2}\nb: {p: 2}\n",
        ),
        ("nothing at all", "x: &x {}\na:\n  <<: *x\nb: {<<: *x}\n", "x: {}\na:\n  {}\nb: {}\n"),
        (
            "two keys with nothing",
            "x: &x {}\na: {<<: *x, <<: *x, p: 1}\nb: {p: 1, <<: *x, <<: *x}\n",
            "x: {}\na: {p: 1}\nb: {p: 1}\n",
        ),
        ("two keys with nothing in an item", "x: &x {}\na:\n- <<: *x\n  <<: *x\n  p: 1\n", "x: {}\na:\n- p: 1\n"),
        ("inline", "a:\n  <<:\n    p: 1\n  q: 2\n", "a:\n  p: 1\n  q: 2\n"),
        ("in a list", "x: &x {p: 1}\na: [<<: *x]\n", "x: {p: 1}\na: [{p: 1}]\n"),
        ("quoted is a key like any other", "a:\n  '<<': 1\n", "a:\n  '<<': 1\n"),
    ];
    for (name, source, expected) in rows {
        assert_eq!(template(source).text(), expected, "{name}");
    }
}

#[test]
fn users_of_an_anchor_are_edited_one_by_one() {
    let template = template("x: &x\n  CodeUri: src\na: *x\nb:\n  <<: *x\n  h: 1\n");
    let mut edits = Edits::default();
    edits.replace(find(&template, "a.CodeUri"), text("s3://b/a"));
    edits.replace(find(&template, "b.CodeUri"), text("s3://b/b"));
    let expected = "x:\n  CodeUri: src\na: {CodeUri: s3://b/a}\nb:\n  CodeUri: s3://b/b\n  h: 1\n";
    assert_eq!(template.apply(&edits), expected);
}

#[test]
fn a_place_is_the_one_in_the_file() {
    let template = template("x: &x\n  p: 1\n  q: 2\na:\n  <<: *x\nb: [*x, z]\nc: d\n");
    let rows = [
        ("before", "x.p", (2, 6, "  p: 1")),
        ("merged", "a.q", (5, 3, "  <<: *x")),
        ("aliased", "b.0.p", (6, 5, "b: [*x, z]")),
        ("after an alias", "b.1", (6, 9, "b: [*x, z]")),
        ("after all", "c", (7, 4, "c: d")),
    ];
    for (name, path, expected) in rows {
        let place = template.node(find(&template, path)).place();
        assert_eq!((place.line, place.column, place.source_line.as_str()), expected, "{name}");
    }
}
