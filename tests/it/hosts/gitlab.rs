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
    assert_snapshot!(build.told(&ended, &files), @r#"
    exit 0
    --- stdout
    Successfully packaged artifacts and wrote output template to file packaged.yaml.
    --- stderr
    warning: Web is an image, which is left as it is
      --> template.yaml:10:17
       |
    10 |       ImageUri: web:latest
       |                 ^^^^^^^^^^
       |
       = help: push the image to a repository in ECR, and write its URI there
    Found 1 artifact in template.yaml (1 object)
    ␛[0Ksection_start:TIME:samstep_1[collapsed=true]␍␛[0KUploads
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Api
    ␛[0Ksection_end:TIME:samstep_1␍␛[0K
    Wrote packaged.yaml
    Packaged 1 artifact: 1 uploaded (115 B), 0 unchanged
    --- step.dotenv
    STEP_ARTIFACTS=1
    STEP_BUCKET=artifacts
    STEP_TEMPLATE_FILE=packaged.yaml
    STEP_TEMPLATE_SHA256=770d02e44b3b982384ecf0de9d36879c2e825eabce128d835af7a2c03b820ee9
    STEP_UNCHANGED=0
    STEP_UPLOADED=1
    STEP_UPLOADED_BYTES=115
    --- report.xml
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites>
      <testsuite name="samstep" tests="2" failures="0" errors="0" skipped="1" time="0">
        <testcase classname="samstep" name="run" time="0"/>
        <testcase classname="template.yaml" name="image of Web" file="template.yaml" time="0">
          <skipped message="warning: Web is an image, which is left as it is"/>
          <system-out>Web is an image, which is left as it is
    template.yaml:10:17
    help: push the image to a repository in ECR, and write its URI there</system-out>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
    let build = Build::of(BAD);
    let ended = build.run(GITLAB, &flags).end();
    assert_snapshot!(build.told(&ended, &files), @r#"
    exit 2
    --- stdout
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
    --- step.dotenv
    (none)
    --- report.xml
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites>
      <testsuite name="samstep" tests="2" failures="2" errors="0" skipped="0" time="0">
        <testcase classname="template.yaml" name="Api.CodeUri" file="template.yaml" time="0">
          <failure message="Api.CodeUri: srv: no such file or folder" type="error">Api.CodeUri: srv: no such file or folder
    template.yaml:5:16
    help: the nearest name there is src; paths are relative to the folder of the template that holds them</failure>
        </testcase>
        <testcase classname="template.yaml" name="Worker.CodeUri" file="template.yaml" time="0">
          <failure message="Worker.CodeUri: worker.zip: no such file or folder" type="error">Worker.CodeUri: worker.zip: no such file or folder
    template.yaml:8:27
    help: paths are relative to the folder of the template that holds them</failure>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
}
