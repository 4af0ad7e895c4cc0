//! A program that reads events.

use super::{BAD, Build, GOOD, STREAMS};
use crate::host_environments::LOCAL;
use insta::assert_snapshot;

#[test]
fn a_program_reads_an_event_a_line() {
    let told = |template: &str, flags: &[&str]| {
        let build = Build::of(template);
        let ended = build.run(LOCAL, flags).end();
        build.told(&ended, &STREAMS)
    };
    assert_snapshot!(told(GOOD, &["--output", "json", "--no-progressbar"]), @r#"
    exit 70
    --- stdout
    {"type":"result","status":"failure","exit_code":70,"error":{"type":"Internal","message":"Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags\n at src/cli/typed.rs:85:68","resources":null,"problems":[{"message":"Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags\n at src/cli/typed.rs:85:68"}]}}
    --- stderr
      help: this is a bug in samstep: please report it, with --debug added if it happens again
    error: Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
    "#);
    assert_snapshot!(told(BAD, &["--output", "json"]), @r#"
    exit 70
    --- stdout
    {"type":"result","status":"failure","exit_code":70,"error":{"type":"Internal","message":"Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags\n at src/cli/typed.rs:85:68","resources":null,"problems":[{"message":"Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags\n at src/cli/typed.rs:85:68"}]}}
    --- stderr
      help: this is a bug in samstep: please report it, with --debug added if it happens again
    error: Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags  at src/cli/typed.rs:85:68
    "#);
    assert_snapshot!(told(GOOD, &["--host", "json"]), @r#"
    exit 70
    --- stdout
    --- stderr
    {"type":"result","status":"failure","exit_code":70,"error":{"type":"Internal","message":"Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags\n at src/cli/typed.rs:85:68","resources":null,"problems":[{"message":"Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags\n at src/cli/typed.rs:85:68"}]}}
    "#);
    assert_snapshot!(told(BAD, &["--host", "json"]), @r#"
    exit 70
    --- stdout
    --- stderr
    {"type":"result","status":"failure","exit_code":70,"error":{"type":"Internal","message":"Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags\n at src/cli/typed.rs:85:68","resources":null,"problems":[{"message":"Mismatch between definition and access of `report`. Unknown argument or group id.  Make sure you are using the argument id and not the short or long flags\n at src/cli/typed.rs:85:68"}]}}
    "#);
    let evaluated = told(GOOD, &["--emit", "sh", "--dry-run"]);
    assert!(evaluated.starts_with("exit 0\n--- stdout\n{ :;\n}\n---"), "{evaluated}");
    assert!(evaluated.contains("\nsrc            5 B  s3://artifacts/"), "{evaluated}");
    assert_snapshot!(told(GOOD, &["--output", "json", "--dry-run"]), @r#"
    exit 0
    --- stdout
    {"type":"warning","message":"Web is an image, which is left as it is","resource":"Web","hint":"push the image to a repository in ECR, and write its URI there","path":"template.yaml","line":10,"column":17,"end_column":27}
    {"type":"discovered","templates":1,"artifacts":1,"archives":1,"template":"template.yaml"}
    {"type":"read","status":"started","files":1,"bytes":5}
    {"type":"read","status":"finished"}
    {"type":"upload","status":"planned","bucket":"artifacts","key":"f99336afd7c927fbb351d56d67716df0","path":"src","bytes":5}
    {"type":"result","status":"success","exit_code":0,"message":"nothing was uploaded: this was a dry run; 1 artifact in 1 object (5 B before compression) would be uploaded","outputs":{}}
    --- stderr
    warning: Web is an image, which is left as it is
      --> template.yaml:10:17
       |
    10 |       ImageUri: web:latest
       |                 ^^^^^^^^^^
       |
       = help: push the image to a repository in ECR, and write its URI there
    Found 1 artifact in template.yaml (1 object)
    Nothing was uploaded: this was a dry run; 1 artifact in 1 object (5 B before compression) would be uploaded
    "#);
}
