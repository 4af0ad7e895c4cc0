//! GitLab CI: sections that fold, and reports.

use super::{BAD, Build, GOOD};
use crate::host_environments::GITLAB;
use insta::assert_snapshot;

#[test]
fn gitlab_is_given_sections_that_fold() {
    let flags = ["--output-dotenv", "step.dotenv", "--junit", "report.xml"];
    let files = ["step.dotenv", "report.xml"];
    let build = Build::of(GOOD);
    let ended = build.run(GITLAB, &flags).end();
    assert_snapshot!(build.told(&ended, &files), @"
    exit 70
    --- stdout
    --- stderr
      help: this is a bug in samstep: please report it, with --debug added if it happens again
    error: Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
    --- step.dotenv
    (none)
    --- report.xml
    (none)
    ");
    let build = Build::of(BAD);
    let ended = build.run(GITLAB, &flags).end();
    assert_snapshot!(build.told(&ended, &files), @"
    exit 70
    --- stdout
    --- stderr
      help: this is a bug in samstep: please report it, with --debug added if it happens again
    error: Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
    --- step.dotenv
    (none)
    --- report.xml
    (none)
    ");
}
