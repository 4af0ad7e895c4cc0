//! GitHub Actions: groups, annotations, outputs and a summary.

use super::{BAD, Build, GOOD};
use crate::host_environments::GITHUB;
use insta::assert_snapshot;

#[test]
fn github_is_given_groups_annotations_outputs_and_a_summary() {
    let files = ["github.output", "github.summary"];
    let build = Build::of(GOOD);
    let ended = build.run(GITHUB, &[]).end();
    assert_snapshot!(build.told(&ended, &files), @r#"
    exit 0
    --- stdout
    Successfully packaged artifacts and wrote output template to file packaged.yaml.
    --- stderr
    ::warning file=template.yaml,line=10,endLine=10,col=17,endColumn=27,title=samstep::Web is an image, which is left as it is%0Ahelp: push the image to a repository in ECR, and write its URI there
    warning: Web is an image, which is left as it is
      --> template.yaml:10:17
       |
    10 |       ImageUri: web:latest
       |                 ^^^^^^^^^^
       |
       = help: push the image to a repository in ECR, and write its URI there
    Found 1 artifact in template.yaml (1 object)
    ::group::Uploads
    Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)  from src for Api
    ::endgroup::
    Wrote packaged.yaml
    Packaged 1 artifact: 1 uploaded (115 B), 0 unchanged
    --- github.output
    artifacts<<TOKEN
    1
    TOKEN
    bucket<<TOKEN
    artifacts
    TOKEN
    template-file<<TOKEN
    packaged.yaml
    TOKEN
    template-sha256<<TOKEN
    770d02e44b3b982384ecf0de9d36879c2e825eabce128d835af7a2c03b820ee9
    TOKEN
    unchanged<<TOKEN
    0
    TOKEN
    uploaded<<TOKEN
    1
    TOKEN
    uploaded-bytes<<TOKEN
    115
    TOKEN
    values<<TOKEN
    {"Artifacts":"1","Bucket":"artifacts","TemplateFile":"packaged.yaml","TemplateSha256":"770d02e44b3b982384ecf0de9d36879c2e825eabce128d835af7a2c03b820ee9","Unchanged":"0","Uploaded":"1","UploadedBytes":"115"}
    TOKEN
    --- github.summary
    ### Packaged 1 artifact: 1 uploaded (115 B), 0 unchanged

    `template.yaml` · `sha256:770d02e44b3b` · `artifacts` · us-east-1

    **warning**: Web is an image, which is left as it is

    `template.yaml:10:17`

    ```
    ImageUri: web:latest
    ```

    > help: push the image to a repository in ECR, and write its URI there

    **1 uploaded**

    | Resource | Size | Source |
    | --- | ---: | --- |
    | `Api.CodeUri` | 5&nbsp;B | `src` |
    "#);
    let build = Build::of(BAD);
    let ended = build.run(GITHUB, &[]).end();
    assert_snapshot!(build.told(&ended, &files), @"
    exit 2
    --- stdout
    --- stderr
    ::error file=template.yaml,line=5,endLine=5,col=16,endColumn=21,title=samstep::Api.CodeUri: srv: no such file or folder%0Ahelp: the nearest name there is src; paths are relative to the folder of the template that holds them
    ::error file=template.yaml,line=8,endLine=8,col=27,endColumn=37,title=samstep::Worker.CodeUri: worker.zip: no such file or folder%0Ahelp: paths are relative to the folder of the template that holds them
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
    --- github.output
    (none)
    --- github.summary
    ### samstep failed (exit code 2)

    **error**: Api.CodeUri: srv: no such file or folder

    `template.yaml:5:16`

    ```
    CodeUri: ./srv
    ```

    > help: the nearest name there is src; paths are relative to the folder of the template that holds them

    **error**: Worker.CodeUri: worker.zip: no such file or folder

    `template.yaml:8:27`

    ```
    Properties: {CodeUri: worker.zip}
    ```

    > help: paths are relative to the folder of the template that holds them
    ");
}
