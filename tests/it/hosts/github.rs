//! GitHub Actions: groups, annotations, outputs and a summary.

use super::{BAD, Build, GOOD};
use crate::host_environments::GITHUB;
use insta::assert_snapshot;

#[test]
fn github_is_given_groups_annotations_outputs_and_a_summary() {
    let files = ["github.output", "github.summary"];
    let build = Build::of(GOOD);
    let ended = build.run(GITHUB, &[]).end();
    assert_snapshot!(build.told(&ended, &files), @r"
    exit 70
    --- stdout
    --- stderr
    ::error title=samstep::Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
      help: this is a bug in samstep: please report it, with --debug added if it happens again
    error: Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
    --- github.output
    (none)
    --- github.summary
    ### samstep failed (exit code 70)

    **error**: Mismatch between definition and access of \`report\`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
    ");
    let build = Build::of(BAD);
    let ended = build.run(GITHUB, &[]).end();
    assert_snapshot!(build.told(&ended, &files), @r"
    exit 70
    --- stdout
    --- stderr
    ::error title=samstep::Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
      help: this is a bug in samstep: please report it, with --debug added if it happens again
    error: Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
    --- github.output
    (none)
    --- github.summary
    ### samstep failed (exit code 70)

    **error**: Mismatch between definition and access of \`report\`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
    ");
}
