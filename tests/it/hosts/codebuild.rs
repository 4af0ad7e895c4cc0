//! AWS CodeBuild: values for the next command, and phases that failed.

use super::{BAD, Build, GOOD};
use crate::host_environments::{CODEBUILD, JENKINS};
use insta::assert_snapshot;

#[test]
fn codebuild_reads_values_from_a_file_or_evaluates_them() {
    let flags = ["--output-env", "step.env", "--output-json", "step.json", "--emit", "sh"];
    let files = ["step.env", "step.json"];
    let build = Build::of(GOOD);
    let ended = build.run(CODEBUILD, &flags).end();
    assert_snapshot!(build.told(&ended, &files), @"
    exit 70
    --- stdout
    (exit 70);
    --- stderr
      help: this is a bug in samstep: please report it, with --debug added if it happens again
    error: Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
    --- step.env
    (none)
    --- step.json
    (none)
    ");
    let build = Build::of(BAD);
    let ended = build.run(CODEBUILD, &flags).end();
    assert_snapshot!(build.told(&ended, &files), @"
    exit 70
    --- stdout
    (exit 70);
    --- stderr
      help: this is a bug in samstep: please report it, with --debug added if it happens again
    error: Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
    --- step.env
    (none)
    --- step.json
    (none)
    ");
}

#[test]
fn after_a_phase_that_failed_codebuild_packages_nothing() {
    let build = Build::of(GOOD);
    let ended = build.run(CODEBUILD, &[]).env("CODEBUILD_BUILD_SUCCEEDING", "0").end();
    assert_snapshot!(build.told(&ended, &["packaged.yaml"]), @"
    exit 70
    --- stdout
    --- stderr
      help: this is a bug in samstep: please report it, with --debug added if it happens again
    error: Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
    --- packaged.yaml
    (none)
    ");
    assert_eq!(build.server.requests().len(), 0);
    let elsewhere = build.run(JENKINS, &[]).env("CODEBUILD_BUILD_SUCCEEDING", "0").end();
    assert_eq!(elsewhere.code, 0, "{}", elsewhere.stderr);
}
