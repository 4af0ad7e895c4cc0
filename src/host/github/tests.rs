use super::command::{Annotations, mask};
use super::{Summary, append_to, outputs};
use crate::facts::{Cell, Column, Environment, Place, Redactor, Row, Secret, Show, Table};
use crate::host::dialect::Dialect;
use crate::host::finding::{Finding, Severity};
use crate::host::tests::Page;
use std::fs;
use std::path::Path;

fn finding(severity: Severity, message: &str, file: Option<&str>) -> Finding {
    let place = file.map(|file| Place::in_text(Path::new(file), "a: [é, b]\n", 4..6));
    Finding { severity, name: String::new(), message: message.to_owned(), hint: None, place, resource: None }
}

fn annotated(findings: &[Finding], workspace: &str, secrets: &Redactor) -> String {
    let environment: Environment = [("GITHUB_WORKSPACE", workspace)].into_iter().collect();
    let (page, annotations) = (Page::default(), Annotations::new(&environment));
    let screen = page.screen(false, secrets).read_as(Dialect::GitHub, false);
    for finding in findings {
        annotations.annotate(finding, &screen);
    }
    page.text()
}

#[test]
fn an_annotation_is_one_command_whatever_is_in_it() {
    let rows = [
        ("plain", "bad", None, "::error title=samstep::bad\n"),
        (
            "a place",
            "bad",
            Some("app/t.yaml"),
            "::error file=app/t.yaml,line=1,endLine=1,col=5,endColumn=6,title=samstep::bad\n",
        ),
        ("percent", "100%0A::x", None, "::error title=samstep::100%250A::x\n"),
        ("line ends", "a\r\n::set-output name=x::y", None, "::error title=samstep::a ::set-output name=x::y\n"),
        (
            "a file name that goes on",
            "bad",
            Some("./a,line=9::x:%\n.yaml"),
            "::error file=a%2Cline=9%3A%3Ax%3A%25%0A.yaml,line=1,endLine=1,col=5,endColumn=6,title=samstep::bad\n",
        ),
        (
            "of the workspace",
            "bad",
            Some("/ws/app/t.yaml"),
            "::error file=app/t.yaml,line=1,endLine=1,col=5,endColumn=6,title=samstep::bad\n",
        ),
    ];
    for (name, message, file, expected) in rows {
        let told = annotated(&[finding(Severity::Error, message, file)], "/ws", &Redactor::default());
        assert_eq!(told, expected, "{name}");
    }
}

#[test]
fn a_path_is_relative_to_the_workspace() {
    let environment: Environment = [("GITHUB_WORKSPACE", "/ws")].into_iter().collect();
    let rows = [("/ws", "."), ("/ws/app/src", "app/src"), ("/other/src", "/other/src"), ("./src", "src"), (".", ".")];
    for (path, expected) in rows {
        assert_eq!(Annotations::new(&environment).path(Path::new(path)), expected, "{path}");
    }
}

#[test]
fn ten_annotations_of_a_severity_are_made() {
    let many = |severity| (0..12).map(move |number| finding(severity, &number.to_string(), None));
    let findings: Vec<_> = many(Severity::Error).chain(many(Severity::Warning)).collect();
    let told = annotated(&findings, "", &Redactor::default());
    let count = |word: &str| told.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!((count("::error "), count("::warning ")), (10, 10));
}

#[test]
fn a_secret_is_gone_before_it_is_escaped() {
    let secrets = Redactor::default();
    secrets.hide([Secret::new("50%off:now")]);
    let file = "dir-50%off:now/t.yaml";
    let told = annotated(&[finding(Severity::Warning, "got 50%off:now", Some(file))], "", &secrets);
    assert!(told.contains("file=dir-****/t.yaml,") && told.ends_with("::got ****\n"), "{told}");
    assert_eq!(mask(&Secret::new("50%\noff")), "::add-mask::50%25%0Aoff");
}

#[test]
fn an_output_cannot_make_another() {
    let value = "x\nEOF\nevil=1\nghadelimiter\n";
    let text = outputs(&[("UploadedBytes".to_owned(), value.to_owned())].into());
    let (first, rest) = text.split_once('\n').unwrap();
    let delimiter = first.strip_prefix("uploaded-bytes<<").unwrap();
    let (rest, all) = rest.split_once("\nvalues<<").unwrap();
    assert_eq!(rest, format!("{value}\n{delimiter}"));
    assert_eq!(all.lines().nth(1).unwrap(), serde_json::json!({"UploadedBytes": value}).to_string());
    assert!(!value.contains(delimiter) && delimiter.len() >= 32);
    let again = outputs(&[("UploadedBytes".to_owned(), value.to_owned())].into());
    assert_ne!(text, again, "nobody can foresee it");
}

#[test]
fn what_is_appended_starts_on_a_line_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("output");
    let rows = [(None, "a=1\n"), (Some("b=2\n"), "b=2\na=1\n"), (Some("b=2"), "b=2\na=1\n"), (Some(""), "a=1\n")];
    for (before, expected) in rows {
        let _ = fs::remove_file(&path);
        before.into_iter().for_each(|text| fs::write(&path, text).unwrap());
        append_to(&path, |_| "a=1\n".to_owned()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), expected, "{before:?}");
    }
}

fn table(rows: usize) -> Table {
    let column = |title, is_numeric| Column { title, is_numeric };
    let columns = vec![column("Resource", false), column("Source", false), column("Size", true), column("", false)];
    let cells = vec![
        Cell::Code("A|`b`".to_owned()),
        Cell::Path("src/<b>&\n|".into()),
        Cell::Bytes(1),
        Cell::Text("*unchanged*".to_owned()),
    ];
    let row = Row { cells, object: serde_json::Value::Null };
    Table { show: Show::Summary, title: String::new(), columns, rows: vec![row; rows] }
}

fn summary(title: &str, findings: &[Finding], table: &Table, there: u64) -> String {
    let (annotations, redactor) = (Annotations::new(&Environment::default()), Redactor::default());
    let tables = std::slice::from_ref(table);
    let (annotations, redactor) = (&annotations, &redactor);
    Summary { title, subject: &[], notes: &[], link: None, findings, tables, verdict: None, annotations, redactor }
        .text(there)
}

#[test]
fn nothing_is_markup_in_a_summary() {
    let message = "<img src=x> [a](javascript:b) **c** `d` @team #1 $x$ ~~e~~\n# f";
    let mut bad = finding(Severity::Error, message, Some("a`b.yaml"));
    bad.place.as_mut().unwrap().source_line = "```\u{1b}[31m</pre>".to_owned();
    insta::assert_snapshot!(summary("Failed: a_b", &[bad], &table(1), 0), @r"
    ### Failed: a\_b

    **error**: \<img src=x\> \[a\](javascript:b) \*\*c\*\* \`d\` \@team \#1 \$x\$ \~\~e\~\~ \# f

    `` a`b.yaml:1:5 ``

    ````
    ```\u{1b}[31m</pre>
    ````

    | Resource | Source | Size | |
    | --- | --- | ---: | --- |
    | `` A\|`b` `` | `src/<b>& \|` | 1&nbsp;B | \*unchanged\* |
    ");
}

#[test]
fn a_summary_is_never_too_large() {
    let findings: Vec<_> = (0..300).map(|_| finding(Severity::Warning, &"m".repeat(1000), None)).collect();
    for there in [0, 900_000, 1_047_000, 1_048_000, 2_000_000] {
        let text = summary("t", &findings, &table(20_000), there);
        assert!(text.is_empty() || text.len() as u64 + there <= 1024 * 1024, "{there}: {}", text.len());
        assert_eq!(text.is_empty(), there >= 1_048_000, "{there}");
        assert!(text.is_empty() || text.contains(" more rows, see the log"), "{there}");
    }
}

#[test]
fn what_changed_comes_first_and_three_hundred_functions_fit() {
    let row = |number: usize| Row {
        cells: vec![
            Cell::Code(format!("ProcessIncomingOrder{number}Function.CodeUri")),
            Cell::Bytes(1_234_567),
            Cell::Path(format!("functions/process-incoming-order-{number}/build").into()),
        ],
        object: serde_json::Value::Null,
    };
    let columns = ["Resource", "Size", "Source"].map(|title| Column { title, is_numeric: title == "Size" }).to_vec();
    let table = |show, title: &str, rows: std::ops::Range<usize>| Table {
        show,
        title: title.to_owned(),
        columns: columns.clone(),
        rows: rows.map(row).collect(),
    };
    let tables = [table(Show::Summary, "2 uploaded", 0..2), table(Show::Folded, "298 unchanged", 2..300)];
    let (annotations, redactor) = (Annotations::new(&Environment::default()), Redactor::default());
    let subject = [Cell::Path("template.yaml".into()), Cell::Code("sha256:0123".to_owned())];
    let text = Summary {
        title: "Packaged 300 artifacts",
        subject: &subject,
        notes: &[],
        link: None,
        findings: &[],
        verdict: None,
        tables: &tables,
        annotations: &annotations,
        redactor: &redactor,
    }
    .text(0);
    insta::assert_snapshot!(text.lines().take(14).collect::<Vec<_>>().join("\n"), @"
    ### Packaged 300 artifacts

    `template.yaml` · `sha256:0123`

    **2 uploaded**

    | Resource | Size | Source |
    | --- | ---: | --- |
    | `ProcessIncomingOrder0Function.CodeUri` | 1.2&nbsp;MB | `functions/process-incoming-order-0/build` |
    | `ProcessIncomingOrder1Function.CodeUri` | 1.2&nbsp;MB | `functions/process-incoming-order-1/build` |

    <details><summary>298 unchanged</summary>

    | Resource | Size | Source |
    ");
    assert!(text.len() < 20_000, "{}", text.len());
    assert!(text.trim_end().ends_with("</details>") && text.contains(" more rows, see the log"), "{text}");
}
