//! A log without words of its own: a terminal, Jenkins, Azure.

use super::{BAD, Build, GOOD, STREAMS};
use crate::host_environments::{AZURE, CODEBUILD, Dump, JENKINS, LOCAL};
use insta::assert_snapshot;

#[test]
fn a_log_without_words_of_its_own_has_whole_lines() {
    let hosts = [LOCAL, CODEBUILD, JENKINS, AZURE];
    let told = |template: &str, host: Dump| {
        let build = Build::of(template);
        let ended = build.run(host, &[]).end();
        build.told(&ended, &STREAMS)
    };
    for host in hosts {
        assert_eq!(told(GOOD, host), told(GOOD, LOCAL), "{}", host.0);
        assert_eq!(told(BAD, host), told(BAD, LOCAL), "{}", host.0);
    }
    assert_snapshot!(told(GOOD, LOCAL), @"
    exit 70
    --- stdout
    --- stderr
      help: this is a bug in samstep: please report it, with --debug added if it happens again
    error: Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
    ");
    assert_snapshot!(told(BAD, LOCAL), @"
    exit 70
    --- stdout
    --- stderr
      help: this is a bug in samstep: please report it, with --debug added if it happens again
    error: Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
    ");
}
