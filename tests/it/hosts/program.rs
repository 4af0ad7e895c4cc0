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
    exit 0
    --- stdout
    {"type":"warning","message":"Web is an image, which is left as it is","resource":"Web","hint":"push the image to a repository in ECR, and write its URI there","path":"template.yaml","line":10,"column":17,"end_column":27}
    {"type":"discovered","templates":1,"artifacts":1,"archives":1,"template":"template.yaml"}
    {"type":"read","status":"started","files":1,"bytes":5}
    {"type":"read","status":"finished"}
    {"type":"upload","status":"started","bucket":"artifacts","key":"f99336afd7c927fbb351d56d67716df0","path":"src","bytes":5,"resource":"Api"}
    {"type":"upload","status":"finished","bucket":"artifacts","key":"f99336afd7c927fbb351d56d67716df0","bytes":115}
    {"type":"file","path":"packaged.yaml"}
    {"type":"result","status":"success","exit_code":0,"message":"packaged 1 artifact: 1 uploaded (115 B), 0 unchanged","outputs":{"Artifacts":"1","Bucket":"artifacts","TemplateFile":"packaged.yaml","TemplateSha256":"770d02e44b3b982384ecf0de9d36879c2e825eabce128d835af7a2c03b820ee9","Unchanged":"0","Uploaded":"1","UploadedBytes":"115"}}
    --- stderr
    warning: Web is an image, which is left as it is
      --> template.yaml:10:17
       |
    10 |       ImageUri: web:latest
       |                 ^^^^^^^^^^
       |
       = help: push the image to a repository in ECR, and write its URI there
    Found 1 artifact in template.yaml (1 object)
    Wrote packaged.yaml
    Packaged 1 artifact: 1 uploaded (115 B), 0 unchanged
    "#);
    assert_snapshot!(told(BAD, &["--output", "json"]), @r#"
    exit 2
    --- stdout
    {"type":"result","status":"failure","exit_code":2,"error":{"type":"Usage","message":"template.yaml:5:16: Api.CodeUri: srv: no such file or folder (and 1 more problem)","resources":null,"problems":[{"message":"Api.CodeUri: srv: no such file or folder","hint":"the nearest name there is src; paths are relative to the folder of the template that holds them","path":"template.yaml","line":5,"column":16,"end_column":21},{"message":"Worker.CodeUri: worker.zip: no such file or folder","hint":"paths are relative to the folder of the template that holds them","path":"template.yaml","line":8,"column":27,"end_column":37}]}}
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
    "#);
    assert_snapshot!(told(GOOD, &["--host", "json"]), @r#"
    exit 0
    --- stdout
    Successfully packaged artifacts and wrote output template to file packaged.yaml.
    --- stderr
    {"type":"warning","message":"Web is an image, which is left as it is","resource":"Web","hint":"push the image to a repository in ECR, and write its URI there","path":"template.yaml","line":10,"column":17,"end_column":27}
    {"type":"discovered","templates":1,"artifacts":1,"archives":1,"template":"template.yaml"}
    {"type":"read","status":"started","files":1,"bytes":5}
    {"type":"read","status":"finished"}
    {"type":"upload","status":"started","bucket":"artifacts","key":"f99336afd7c927fbb351d56d67716df0","path":"src","bytes":5,"resource":"Api"}
    {"type":"upload","status":"finished","bucket":"artifacts","key":"f99336afd7c927fbb351d56d67716df0","bytes":115}
    {"type":"file","path":"packaged.yaml"}
    {"type":"result","status":"success","exit_code":0,"message":"packaged 1 artifact: 1 uploaded (115 B), 0 unchanged","outputs":{"Artifacts":"1","Bucket":"artifacts","TemplateFile":"packaged.yaml","TemplateSha256":"770d02e44b3b982384ecf0de9d36879c2e825eabce128d835af7a2c03b820ee9","Unchanged":"0","Uploaded":"1","UploadedBytes":"115"}}
    "#);
    assert_snapshot!(told(BAD, &["--host", "json"]), @r#"
exit 2
--- stdout
--- stderr
{"type":"result","status":"failure","exit_code":2,"error":{"type":"Usage","message":"template.yaml:5:16: Api.CodeUri: srv: no such file or folder (and 1 more problem)","resources":null,"problems":[{"message":"Api.CodeUri: srv: no such file or folder","hint":"the nearest name there is src; paths are relative to the folder of the template that holds them","path":"template.yaml","line":5,"column":16,"end_column":21},{"message":"Worker.CodeUri: worker.zip: no such file or folder","hint":"paths are relative to the folder of the template that holds them","path":"template.yaml","line":8,"column":27,"end_column":37}]}}
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
