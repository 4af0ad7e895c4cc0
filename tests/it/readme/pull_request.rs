//! The script that comments on a pull request, with a stand-in for `gh`.

use super::page::{block, root, text};
use std::path::Path;
use std::process::Command;

/// Writes down what it is called with; lists the comments that a file holds.
const GH: &str = r#"#!/bin/bash
set -eu
echo "$*" >>calls
case " $* " in
*" --paginate repos/acme/orders/issues/7/comments "*) cat ids ;;
*" --method "*" body=@changes.md "*) [ -f changes.md ] ;;
*) exit 1 ;;
esac
"#;

/// The script of the step, as a runner gets it.
fn script() -> String {
    let workflow: serde_yaml::Value = serde_yaml::from_str(&block("docs/deploy.md", "yaml", "gh api")).unwrap();
    let steps = workflow["jobs"]["plan"]["steps"].as_sequence().unwrap();
    steps.iter().find_map(|step| step["run"].as_str()).unwrap().to_owned()
}

/// The calls of `gh` that write.
fn written(folder: &Path, ids: &str, has_changes: &str) -> Vec<String> {
    let (calls, path) = (folder.join("calls"), std::env::var("PATH").unwrap());
    std::fs::write(folder.join("ids"), ids).unwrap();
    std::fs::write(&calls, "").unwrap();
    let mut command = Command::new("bash");
    command.args(["-eo", "pipefail", "-c", &script()]).current_dir(folder);
    command.env("PATH", format!("{}:{path}", folder.display())).env("GITHUB_REPOSITORY", "acme/orders");
    command.env("NUMBER", "7").env("HAS_CHANGES", has_changes);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let calls = std::fs::read_to_string(calls).unwrap();
    calls.lines().filter(|call| call.contains("--method")).map(str::to_owned).collect()
}

#[test]
fn a_plan_is_one_comment_that_each_push_replaces() {
    let folder = tempfile::tempdir().unwrap();
    let gh = folder.path().join("gh");
    std::fs::write(&gh, GH).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(&gh).status().unwrap().success());
    std::fs::write(folder.path().join("changes.md"), "").unwrap();
    let created = "api --method POST repos/acme/orders/issues/7/comments --field body=@changes.md";
    let replaced = "api --method PATCH repos/acme/orders/issues/comments/11 --field body=@changes.md";
    let rows: [(&str, &str, &[&str]); 4] = [
        ("", "true", &[created]),
        ("", "false", &[]),
        ("11\n", "false", &[replaced]),
        ("11\n12\n", "true", &[replaced]),
    ];
    for (ids, has_changes, expected) in rows {
        assert_eq!(written(folder.path(), ids, has_changes), expected, "{ids:?} {has_changes}");
    }
}

#[test]
fn the_mark_of_the_comment_is_that_of_the_file() {
    let mark = "<!-- samstep deploy orders -->";
    assert!(script().contains(mark));
    let source = std::fs::read_to_string(root().join("src/operation/deploy/changes.rs")).unwrap();
    let (before, _) = mark.split_once(" orders").unwrap();
    assert!(source.contains(&format!("\"{before}\"")) && text("docs/deploy.md").contains(before));
}
