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
    assert_snapshot!(build.told(&ended, &files), @r#"
    exit 0
    --- stdout
    { :;
    export STEP_ARTIFACTS='1';
    export STEP_BUCKET='artifacts';
    export STEP_TEMPLATE_FILE='packaged.yaml';
    export STEP_TEMPLATE_SHA256='770d02e44b3b982384ecf0de9d36879c2e825eabce128d835af7a2c03b820ee9';
    export STEP_UNCHANGED='0';
    export STEP_UPLOADED='1';
    export STEP_UPLOADED_BYTES='115';
    }
    --- stderr
    warning: Web is an image, which is left as it is
      --> template.yaml:10:17
       |
    10 |       ImageUri: web:latest
       |                 ^^^^^^^^^^
       |
       = help: push the image to a repository in ECR, and write its URI there
    Found 1 artifact in template.yaml (1 object)
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Api
    Wrote packaged.yaml
    Packaged 1 artifact: 1 uploaded (115 B), 0 unchanged
    --- step.env
    export STEP_ARTIFACTS='1';
    export STEP_BUCKET='artifacts';
    export STEP_TEMPLATE_FILE='packaged.yaml';
    export STEP_TEMPLATE_SHA256='770d02e44b3b982384ecf0de9d36879c2e825eabce128d835af7a2c03b820ee9';
    export STEP_UNCHANGED='0';
    export STEP_UPLOADED='1';
    export STEP_UPLOADED_BYTES='115';
    --- step.json
    {
      "Artifacts": "1",
      "Bucket": "artifacts",
      "TemplateFile": "packaged.yaml",
      "TemplateSha256": "770d02e44b3b982384ecf0de9d36879c2e825eabce128d835af7a2c03b820ee9",
      "Unchanged": "0",
      "Uploaded": "1",
      "UploadedBytes": "115"
    }
    "#);
    let build = Build::of(BAD);
    let ended = build.run(CODEBUILD, &flags).end();
    assert_snapshot!(build.told(&ended, &files), @"
    exit 2
    --- stdout
    { :;
    (exit 2);
    }
    --- stderr
    error: Worker.CodeUri: worker.zip: no such file or folder
     --> template.yaml:8:27
      |
    8 |     Properties: {CodeUri: worker.zip}
      |                           ^^^^^^^^^^
      |
      = help: paths are relative to the folder of the template that holds them

     --> template.yaml:5:16
      |
    5 |       CodeUri: ./srv
      |                ^^^^^
      |
      = help: the nearest name there is src; paths are relative to the folder of the template that holds them
    error: template.yaml:5:16: Api.CodeUri: srv: no such file or folder (and 1 more problem)
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
    assert_snapshot!(build.told(&ended, &["packaged.yaml"]), @r#"
exit 1
--- stdout
--- stderr
  help: CODEBUILD_BUILD_SUCCEEDING is 0: run samstep in the build phase, which CodeBuild skips then
error: nothing was done, because an earlier phase of this build failed
--- packaged.yaml
(none)
"#);
    assert_eq!(build.server.requests().len(), 0);
    let elsewhere = build.run(JENKINS, &[]).env("CODEBUILD_BUILD_SUCCEEDING", "0").end();
    assert_eq!(elsewhere.code, 0, "{}", elsewhere.stderr);
}
