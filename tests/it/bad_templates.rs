//! Templates that are none: each is refused with its place, before the network is touched.

use crate::bad_case::{Case, function, said_offline};
use insta::assert_snapshot;
use std::path::Path;

#[test]
fn a_template_that_cannot_be_read_is_refused() {
    let remove = |folder: &Path| std::fs::remove_file(folder.join("template.yaml")).unwrap();
    let large = function("src") + &"# padding of a template\n".repeat((30 << 20) / 24);
    let file = |name, content: &[u8]| Case::new(name).template(content);
    assert_snapshot!(said_offline(vec![
        Case::new("missing").flags(&["-t", "nowhere.yaml"]),
        Case::new("none to find").with(remove),
        Case::new("a folder").flags(&["-t", "src"]),
        file("empty", b""),
        file("only comments", b"# nothing\n---\n"),
        file("binary", b"\x7fELF\x02\x01\x01\x00\x00"),
        file("a zip", b"PK\x03\x04\x14\x00\x00\x00"),
        file("not UTF-8", b"Resources:\n  # caf\xe9\n  A: 1\n"),
        file("UTF-16", b"\xff\xfeR\x00e\x00"),
        Case::new("30 MB").template(large),
    ]), @r"
    == missing: 2
      help: --template-file template.yaml would name one
    error: the template nowhere.yaml does not exist

    == none to find: 2
      help: name one with --template-file; looked for .aws-sam/build/template.yaml, template.yaml, template.yml, template.json
    error: no template was found in the current folder

    == a folder: 2
      help: name the template file with --template-file
    error: the template src is a folder

    == empty: 2
      help: a template needs at least a 'Resources' section
    error: template template.yaml is empty

    == only comments: 2
      help: a template needs at least a 'Resources' section
    error: template template.yaml is empty

    == binary: 2
     --> template.yaml:1:8
      |
    1 | \u{7f}ELF\u{2}\u{1}\u{1}\u{0}\u{0}
      |                         ^^^^^
      |
      = help: check that this file is the template; if it is UTF-16 text, save it as UTF-8
    error: template.yaml:1:8: template is not text: NUL byte at offset 7 on line 1

    == a zip: 2
     --> template.yaml:1:6
      |
    1 | PK\u{3}\u{4}\u{14}\u{0}\u{0}\u{0}
      |                   ^^^^^
      |
      = help: check that this file is the template; if it is UTF-16 text, save it as UTF-8
    error: template.yaml:1:6: template is not text: NUL byte at offset 5 on line 1

    == not UTF-8: 2
     --> template.yaml:2:8
      |
    2 |   # caf�
      |        ^
      |
      = help: save the file as UTF-8
    error: template.yaml:2:8: template is not UTF-8 text: invalid byte 0xE9 at offset 18 on line 2

    == UTF-16: 2
      help: save the file as UTF-8
    error: template template.yaml is encoded as UTF-16 (little endian), not UTF-8

    == 30 MB: 2
      help: CloudFormation accepts templates up to 1 MB; check that this file is the template
    error: template template.yaml is larger than 10 MiB
    ");
}

#[test]
fn a_text_that_is_no_template_is_refused() {
    let deep = format!("Resources: {}1{}\n", "[".repeat(10_000), "]".repeat(10_000));
    let deep_json = format!("{{\"Resources\": {}1{}}}", "{\"a\": ".repeat(10_000), "}".repeat(10_000));
    let laughs = "Resources:\n  a: &a [x, x, x, x, x, x, x, x, x]\n  b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n  \
                  c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\n  d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n  \
                  e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]\n  f: [*e, *e, *e, *e, *e, *e, *e, *e, *e]\n";
    let file = |name, text: &str| Case::new(name).template(text);
    let nested = "Resources:\n  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}\n";
    assert_snapshot!(said_offline(vec![
        file("a list", "- Resources\n"),
        file("a scalar", "hello\n"),
        file("10,000 deep", &deep),
        file("10,000 deep in JSON", &deep_json),
        file("a billion laughs", laughs),
        file("not closed", "Resources: {\n"),
        file("a tab", "Resources:\n\tA: 1\n"),
        file("resources as a list", "Resources:\n  - A\n"),
        file("resources with nothing below", "Resources:\nOutputs: {}\n"),
        file("no resources", "Transform: AWS::Serverless-2016-10-31\nOutputs: {}\n"),
        file("resources by a letter", "Description: x\nRessources:\n  A: {Type: AWS::SNS::Topic}\n"),
        file("no resources in a nested template", nested).file("child.yaml", "resources: {}\n"),
    ]), @"
    == a list: 2
     --> template.yaml:1:1
      |
    1 | - Resources
      | ^^^^^^^^^^^
      |
      = help: a template starts with sections such as 'Resources:'
    error: template.yaml:1:1: template must be a mapping at the top, but is a list

    == a scalar: 2
     --> template.yaml:1:1
      |
    1 | hello
      | ^^^^^
      |
      = help: a template starts with sections such as 'Resources:'
    error: template.yaml:1:1: template must be a mapping at the top, but is a single value

    == 10,000 deep: 2
    --> template.yaml:1:267
     = help: flatten the structure, or split the template into nested templates
    error: template.yaml:1:267: template is nested deeper than 200 levels

    == 10,000 deep in JSON: 2
    --> template.yaml:1:1539
     = help: flatten the structure, or split the template into nested templates
    error: template.yaml:1:1539: template is nested deeper than 200 levels

    == a billion laughs: 2
     --> template.yaml:2:31
      |
    2 |   a: &a [x, x, x, x, x, x, x, x, x]
      |                               ^
      |
      = help: use fewer aliases, or write the values out
    error: template.yaml:2:31: aliases expand the template to more than 100000 values or 10 MiB

    == not closed: 2
     --> template.yaml:1:12
      |
    1 | Resources: {
      |            ^
      |
      = help: close the bracket that opens here
    error: template.yaml:1:12: cannot parse template: unclosed bracket '{'

    == a tab: 2
     --> template.yaml:2:2
      |
    2 |     A: 1
      |     ^
      |
      = help: indent with spaces
    error: template.yaml:2:2: cannot parse template: tabs disallowed within this context (block indentation)

    == resources as a list: 2
     --> template.yaml:2:3
      |
    2 |   - A
      |   ^^^
    error: template.yaml:2:3: Resources is not a mapping

    == resources with nothing below: 2
     --> template.yaml:1:11
      |
    1 | Resources:
      |           ^
      |
      = help: a template needs one resource at least; check the indentation of what follows
    error: template.yaml:1:11: Resources is empty

    == no resources: 2
     --> template.yaml:1:1
      |
    1 | Transform: AWS::Serverless-2016-10-31
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: check that this file is the template
    error: template.yaml:1:1: the template has no Resources section

    == resources by a letter: 2
     --> template.yaml:2:1
      |
    2 | Ressources:
      | ^^^^^^^^^^
      |
      = help: the nearest section is Ressources; write Resources
    error: template.yaml:2:1: the template has no Resources section

    == no resources in a nested template: 2
     --> child.yaml:1:1
      |
    1 | resources: {}
      | ^^^^^^^^^
      |
      = help: the nearest section is resources; write Resources
    error: child.yaml:1:1: the template has no Resources section
    ");
}

#[test]
fn a_template_that_is_too_large_once_packaged_is_refused_before_anything_is_uploaded() {
    let large = format!("Metadata:\n  Padding: '{}'\n{}", "x".repeat(1 << 20), function("src"));
    let longer_as_json = format!("{}      Description: '{}'\n", function("src"), "\"".repeat(700_000));
    let parent =
        "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: child.yaml\n";
    // 8 MB that grow to more than is read of a template.
    let functions = (0..2500).map(|at| {
        let function = "{Type: AWS::Serverless::Function, Properties: {CodeUri: src}}";
        format!("  F{at}: {function}\n")
    });
    let growing = format!("Resources:\n{}# {}\n", functions.collect::<String>(), "x".repeat(8 << 20));
    let prefix: &'static str = "p".repeat(900).leak();
    assert_snapshot!(said_offline(vec![
        Case::new("the root").template(&large),
        Case::new("nested").template(parent).file("child.yaml", &large),
        Case::new("as JSON").template(longer_as_json).flags(&["--use-json"]),
        Case::new("in a preview").template(&large).flags(&["--dry-run"]),
        Case::new("8 MB").template(&growing).flags(&["--s3-prefix", prefix]),
        Case::new("8 MB as JSON").template(&growing).flags(&["--s3-prefix", prefix, "--use-json"]),
    ]), @"
    == the root: 1
    Found 1 artifact in template.yaml (1 object)
      help: move resources into nested stacks, or move inline code into files
    error: template.yaml: once packaged, the template has 1048747 bytes, and CloudFormation reads at most 1048576

    == nested: 1
    Found 2 artifacts in template.yaml and 1 nested template (2 objects)
      help: move resources into nested stacks, or move inline code into files
    error: child.yaml: once packaged, the template has 1048747 bytes, and CloudFormation reads at most 1048576

    == as JSON: 1
    Found 1 artifact in template.yaml (1 object)
      help: move resources into nested stacks, or move inline code into files
    error: template.yaml: once packaged, the template has 1400262 bytes, and CloudFormation reads at most 1048576

    == in a preview: 1
    Found 1 artifact in template.yaml (1 object)
      help: move resources into nested stacks, or move inline code into files
    error: template.yaml: once packaged, the template has 1048747 bytes, and CloudFormation reads at most 1048576

    == 8 MB: 1
    Found 2500 artifacts in template.yaml (1 object)
      help: move resources into nested stacks, or move inline code into files
    error: template.yaml: once packaged, the template has 10927512 bytes, and CloudFormation reads at most 1048576

    == 8 MB as JSON: 1
    Found 2500 artifacts in template.yaml (1 object)
      help: move resources into nested stacks, or move inline code into files
    error: template.yaml: once packaged, the template has 10927512 bytes, and CloudFormation reads at most 1048576
    ");
}
