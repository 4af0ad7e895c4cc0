//! What each host is told of a run that ends well and of one that does not: log, values, summary, report.

use crate::host_environments::{AZURE, CODEBUILD, Dump, GITHUB, GITLAB, JENKINS, LOCAL};
use crate::run::{Ended, Run, samstep};
use crate::s3_server::S3Server;
use insta::assert_snapshot;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

pub const GOOD: &str = "\
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./src
  Web:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      ImageUri: web:latest
";
pub const BAD: &str = "\
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./srv
  Worker:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: worker.zip}
";

/// A build of an application on some host.
pub struct Build {
    folder: TempDir,
    pub server: S3Server,
}

impl Build {
    pub fn of(template: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/app.py"), "pass\n").unwrap();
        fs::write(folder.path().join("template.yaml"), template).unwrap();
        Self { folder, server: S3Server::with_bucket("artifacts") }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn run(&self, (_, variables): Dump, flags: &[&str]) -> Run {
        let arguments = ["package", "--s3-bucket", "artifacts", "--output-template-file", "packaged.yaml"];
        let run = samstep(arguments.iter().chain(flags)).at(self.path()).against(&self.server);
        let folder = self.path().to_str().unwrap();
        variables.iter().fold(run, |run, (name, value)| run.env(name, value.replace("FOLDER", folder)))
    }

    /// Everything that a host was told.
    pub fn told(&self, ended: &Ended, files: &[&str]) -> String {
        let mut text = format!("exit {}\n--- stdout\n{}--- stderr\n{}", ended.code, ended.stdout, ended.stderr);
        for name in files {
            let file = fs::read_to_string(self.path().join(name)).unwrap_or_else(|_| "(none)\n".to_owned());
            text += &format!("--- {name}\n{file}");
        }
        let real = self.path().canonicalize().unwrap();
        let text = text.replace(real.to_str().unwrap(), "FOLDER").replace(self.path().to_str().unwrap(), "FOLDER");
        let text = text.split('\n').map(without_chance).collect::<Vec<_>>().join("\n");
        text.replace('\x1b', "␛").replace('\r', "␍")
    }
}

/// A line with TOKEN in place of what nobody can foresee, and TIME of the clock.
fn without_chance(line: &str) -> String {
    let line = match line.find("samstep-") {
        Some(at) if line.len() >= at + 40 => format!("{}TOKEN{}", &line[..at], &line[at + 40..]),
        Some(_) | None => line.to_owned(),
    };
    let parts: Vec<&str> = line.split(':').collect();
    match parts.iter().position(|part| part.ends_with("section_start") || part.ends_with("section_end")) {
        Some(at) => line.replace(parts[at + 1], "TIME"),
        None => line,
    }
}

const STREAMS: [&str; 0] = [];

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
    assert_snapshot!(told(GOOD, LOCAL), @r#"
exit 0
--- stdout

Successfully packaged artifacts and wrote output template to file packaged.yaml.
Execute the following command to deploy the packaged template
sam deploy --template-file FOLDER/packaged.yaml --stack-name <YOUR STACK NAME>

--- stderr
warning: Web is an image, which is left as it is
  --> template.yaml:10:17
   |
10 |       ImageUri: web:latest
   |                 ^^^^^^^^^^
Found 1 artifact in 1 template (1 archive)
Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)
Wrote packaged.yaml
Packaged 1 artifact: 1 uploaded (115 B), 0 unchanged
"#);
    assert_snapshot!(told(BAD, LOCAL), @r#"
exit 2
--- stdout
--- stderr
error: Api.CodeUri: FOLDER/srv: no such file or folder
 --> template.yaml:5:16
  |
5 |       CodeUri: ./srv
  |                ^^^^^
  |
  = help: paths are relative to the folder of the template that holds them

error: Worker.CodeUri: FOLDER/worker.zip: no such file or folder
 --> template.yaml:8:27
  |
8 |     Properties: {CodeUri: worker.zip}
  |                           ^^^^^^^^^^
  |
  = help: paths are relative to the folder of the template that holds them

error: template.yaml:5:16: Api.CodeUri: FOLDER/srv: no such file or folder (and 1 more problem)
"#);
}

#[test]
fn github_is_given_groups_annotations_outputs_and_a_summary() {
    let files = ["github.output", "github.summary"];
    let build = Build::of(GOOD);
    let ended = build.run(GITHUB, &[]).end();
    assert_snapshot!(build.told(&ended, &files), @r"
exit 0
--- stdout

Successfully packaged artifacts and wrote output template to file packaged.yaml.
Execute the following command to deploy the packaged template
sam deploy --template-file FOLDER/packaged.yaml --stack-name <YOUR STACK NAME>

--- stderr
::warning file=template.yaml,line=10,endLine=10,col=17,endColumn=27,title=samstep::Web is an image, which is left as it is
warning: Web is an image, which is left as it is
  --> template.yaml:10:17
   |
10 |       ImageUri: web:latest
   |                 ^^^^^^^^^^
Found 1 artifact in 1 template (1 archive)
::group::Uploads
Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)
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
--- github.summary
### Packaged 1 artifact: 1 uploaded (115 B), 0 unchanged

**warning**: Web is an image, which is left as it is

`template.yaml:10:17`

```
ImageUri: web:latest
```

| Resource | Property | Source | Size | Object | |
| --- | --- | --- | ---: | --- | --- |
| `Api` | `CodeUri` | `src` | 5&nbsp;B | `s3://artifacts/f99336afd7c927fbb351d56d67716df0` | uploaded |
");
    let build = Build::of(BAD);
    let ended = build.run(GITHUB, &[]).end();
    assert_snapshot!(build.told(&ended, &files), @r#"
exit 2
--- stdout
--- stderr
::error file=template.yaml,line=5,endLine=5,col=16,endColumn=21,title=samstep::Api.CodeUri: FOLDER/srv: no such file or folder%0Ahelp: paths are relative to the folder of the template that holds them
::error file=template.yaml,line=8,endLine=8,col=27,endColumn=37,title=samstep::Worker.CodeUri: FOLDER/worker.zip: no such file or folder%0Ahelp: paths are relative to the folder of the template that holds them
error: Api.CodeUri: FOLDER/srv: no such file or folder
 --> template.yaml:5:16
  |
5 |       CodeUri: ./srv
  |                ^^^^^
  |
  = help: paths are relative to the folder of the template that holds them

error: Worker.CodeUri: FOLDER/worker.zip: no such file or folder
 --> template.yaml:8:27
  |
8 |     Properties: {CodeUri: worker.zip}
  |                           ^^^^^^^^^^
  |
  = help: paths are relative to the folder of the template that holds them

error: template.yaml:5:16: Api.CodeUri: FOLDER/srv: no such file or folder (and 1 more problem)
--- github.output
(none)
--- github.summary
### samstep failed (exit code 2)

**error**: Api.CodeUri: FOLDER/srv: no such file or folder

`template.yaml:5:16`

```
CodeUri: ./srv
```

> help: paths are relative to the folder of the template that holds them

**error**: Worker.CodeUri: FOLDER/worker.zip: no such file or folder

`template.yaml:8:27`

```
Properties: {CodeUri: worker.zip}
```

> help: paths are relative to the folder of the template that holds them
"#);
}

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
Execute the following command to deploy the packaged template
sam deploy --template-file FOLDER/packaged.yaml --stack-name <YOUR STACK NAME>

--- stderr
warning: Web is an image, which is left as it is
  --> template.yaml:10:17
   |
10 |       ImageUri: web:latest
   |                 ^^^^^^^^^^
Found 1 artifact in 1 template (1 archive)
␛[0Ksection_start:TIME:samstep_1[collapsed=true]␍␛[0KUploads
Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)
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
    <testcase classname="template.yaml" name="Web is an image, which is left as it is" file="template.yaml" time="0">
      <skipped message="warning: Web is an image, which is left as it is"/>
      <system-out>Web is an image, which is left as it is
template.yaml:10:17</system-out>
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
error: Api.CodeUri: FOLDER/srv: no such file or folder
 --> template.yaml:5:16
  |
5 |       CodeUri: ./srv
  |                ^^^^^
  |
  = help: paths are relative to the folder of the template that holds them

error: Worker.CodeUri: FOLDER/worker.zip: no such file or folder
 --> template.yaml:8:27
  |
8 |     Properties: {CodeUri: worker.zip}
  |                           ^^^^^^^^^^
  |
  = help: paths are relative to the folder of the template that holds them

error: template.yaml:5:16: Api.CodeUri: FOLDER/srv: no such file or folder (and 1 more problem)
--- step.dotenv
(none)
--- report.xml
<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="samstep" tests="2" failures="2" errors="0" skipped="0" time="0">
    <testcase classname="template.yaml" name="Api.CodeUri: FOLDER/srv: no such file or folder" file="template.yaml" time="0">
      <failure message="Api.CodeUri: FOLDER/srv: no such file or folder" type="error">Api.CodeUri: FOLDER/srv: no such file or folder
template.yaml:5:16
help: paths are relative to the folder of the template that holds them</failure>
    </testcase>
    <testcase classname="template.yaml" name="Worker.CodeUri: FOLDER/worker.zip: no such file or folder" file="template.yaml" time="0">
      <failure message="Worker.CodeUri: FOLDER/worker.zip: no such file or folder" type="error">Worker.CodeUri: FOLDER/worker.zip: no such file or folder
template.yaml:8:27
help: paths are relative to the folder of the template that holds them</failure>
    </testcase>
  </testsuite>
</testsuites>
"#);
}

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
Found 1 artifact in 1 template (1 archive)
Uploading to f99336afd7c927fbb351d56d67716df0  (5 B)
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
    assert_snapshot!(build.told(&ended, &files), @r#"
exit 2
--- stdout
{ :;
(exit 2);
}
--- stderr
error: Api.CodeUri: FOLDER/srv: no such file or folder
 --> template.yaml:5:16
  |
5 |       CodeUri: ./srv
  |                ^^^^^
  |
  = help: paths are relative to the folder of the template that holds them

error: Worker.CodeUri: FOLDER/worker.zip: no such file or folder
 --> template.yaml:8:27
  |
8 |     Properties: {CodeUri: worker.zip}
  |                           ^^^^^^^^^^
  |
  = help: paths are relative to the folder of the template that holds them

error: template.yaml:5:16: Api.CodeUri: FOLDER/srv: no such file or folder (and 1 more problem)
--- step.env
(none)
--- step.json
(none)
"#);
}

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
{"type":"warning","message":"Web is an image, which is left as it is","resource":"Web","path":"template.yaml","line":10,"column":17,"end_column":27}
{"type":"discovered","templates":1,"artifacts":1,"archives":1}
{"type":"read","status":"started","files":1,"bytes":5}
{"type":"read","status":"finished"}
{"type":"upload","status":"started","bucket":"artifacts","key":"f99336afd7c927fbb351d56d67716df0","path":"FOLDER/src","bytes":5}
{"type":"upload","status":"finished","bucket":"artifacts","key":"f99336afd7c927fbb351d56d67716df0","bytes":115}
{"type":"file","path":"packaged.yaml"}
{"type":"result","status":"success","exit_code":0,"message":"packaged 1 artifact: 1 uploaded (115 B), 0 unchanged","outputs":{"Artifacts":"1","Bucket":"artifacts","TemplateFile":"packaged.yaml","TemplateSha256":"770d02e44b3b982384ecf0de9d36879c2e825eabce128d835af7a2c03b820ee9","Unchanged":"0","Uploaded":"1","UploadedBytes":"115"}}
--- stderr
warning: Web is an image, which is left as it is
  --> template.yaml:10:17
   |
10 |       ImageUri: web:latest
   |                 ^^^^^^^^^^
Wrote packaged.yaml
Packaged 1 artifact: 1 uploaded (115 B), 0 unchanged
"#);
    assert_snapshot!(told(BAD, &["--output", "json"]), @r#"
exit 2
--- stdout
{"type":"result","status":"failure","exit_code":2,"error":{"type":"Usage","message":"template.yaml:5:16: Api.CodeUri: FOLDER/srv: no such file or folder (and 1 more problem)","resources":null,"problems":[{"message":"Api.CodeUri: FOLDER/srv: no such file or folder","hint":"paths are relative to the folder of the template that holds them","path":"template.yaml","line":5,"column":16,"end_column":21},{"message":"Worker.CodeUri: FOLDER/worker.zip: no such file or folder","hint":"paths are relative to the folder of the template that holds them","path":"template.yaml","line":8,"column":27,"end_column":37}]}}
--- stderr
error: Api.CodeUri: FOLDER/srv: no such file or folder
 --> template.yaml:5:16
  |
5 |       CodeUri: ./srv
  |                ^^^^^
  |
  = help: paths are relative to the folder of the template that holds them

error: Worker.CodeUri: FOLDER/worker.zip: no such file or folder
 --> template.yaml:8:27
  |
8 |     Properties: {CodeUri: worker.zip}
  |                           ^^^^^^^^^^
  |
  = help: paths are relative to the folder of the template that holds them

error: template.yaml:5:16: Api.CodeUri: FOLDER/srv: no such file or folder (and 1 more problem)
"#);
    assert_snapshot!(told(GOOD, &["--host", "json"]), @r#"
exit 0
--- stdout

Successfully packaged artifacts and wrote output template to file packaged.yaml.
Execute the following command to deploy the packaged template
sam deploy --template-file FOLDER/packaged.yaml --stack-name <YOUR STACK NAME>

--- stderr
{"type":"warning","message":"Web is an image, which is left as it is","resource":"Web","path":"template.yaml","line":10,"column":17,"end_column":27}
{"type":"discovered","templates":1,"artifacts":1,"archives":1}
{"type":"read","status":"started","files":1,"bytes":5}
{"type":"read","status":"finished"}
{"type":"upload","status":"started","bucket":"artifacts","key":"f99336afd7c927fbb351d56d67716df0","path":"FOLDER/src","bytes":5}
{"type":"upload","status":"finished","bucket":"artifacts","key":"f99336afd7c927fbb351d56d67716df0","bytes":115}
{"type":"file","path":"packaged.yaml"}
{"type":"result","status":"success","exit_code":0,"message":"packaged 1 artifact: 1 uploaded (115 B), 0 unchanged","outputs":{"Artifacts":"1","Bucket":"artifacts","TemplateFile":"packaged.yaml","TemplateSha256":"770d02e44b3b982384ecf0de9d36879c2e825eabce128d835af7a2c03b820ee9","Unchanged":"0","Uploaded":"1","UploadedBytes":"115"}}
"#);
    assert_snapshot!(told(BAD, &["--host", "json"]), @r#"
exit 2
--- stdout
--- stderr
{"type":"result","status":"failure","exit_code":2,"error":{"type":"Usage","message":"template.yaml:5:16: Api.CodeUri: FOLDER/srv: no such file or folder (and 1 more problem)","resources":null,"problems":[{"message":"Api.CodeUri: FOLDER/srv: no such file or folder","hint":"paths are relative to the folder of the template that holds them","path":"template.yaml","line":5,"column":16,"end_column":21},{"message":"Worker.CodeUri: FOLDER/worker.zip: no such file or folder","hint":"paths are relative to the folder of the template that holds them","path":"template.yaml","line":8,"column":27,"end_column":37}]}}
"#);
    let evaluated = told(GOOD, &["--emit", "sh", "--dry-run"]);
    assert!(evaluated.starts_with("exit 0\n--- stdout\n{ :;\n}\n---"), "{evaluated}");
    assert!(evaluated.contains("\nWould upload FOLDER/src  (5 B)  to s3://artifacts/"), "{evaluated}");
    assert_snapshot!(told(GOOD, &["--output", "json", "--dry-run"]), @r#"
exit 0
--- stdout
{"type":"warning","message":"Web is an image, which is left as it is","resource":"Web","path":"template.yaml","line":10,"column":17,"end_column":27}
{"type":"discovered","templates":1,"artifacts":1,"archives":1}
{"type":"read","status":"started","files":1,"bytes":5}
{"type":"read","status":"finished"}
{"type":"upload","status":"planned","bucket":"artifacts","key":"f99336afd7c927fbb351d56d67716df0","path":"FOLDER/src","bytes":5}
{"type":"result","status":"success","exit_code":0,"message":"nothing was uploaded: this was a dry run","outputs":{}}
--- stderr
warning: Web is an image, which is left as it is
  --> template.yaml:10:17
   |
10 |       ImageUri: web:latest
   |                 ^^^^^^^^^^
Found 1 artifact in 1 template (1 archive)
"#);
}

#[test]
fn a_host_that_was_chosen_wins_and_changes_nothing_that_is_packaged() {
    let packaged = |host: Dump, flags: &[&str]| {
        let build = Build::of(GOOD);
        let ended = build.run(host, flags).end().ok();
        let objects = build.server.objects("artifacts");
        (fs::read_to_string(build.path().join("packaged.yaml")).unwrap(), objects, ended.stderr)
    };
    let (template, objects, _) = packaged(LOCAL, &[]);
    for host in [CODEBUILD, GITHUB, GITLAB, JENKINS, AZURE] {
        for flags in [&[][..], &["--host", "plain"]] {
            let told = packaged(host, flags);
            assert_eq!((&told.0, &told.1), (&template, &objects), "{}", host.0);
            assert!(flags.is_empty() || told.2.starts_with("warning: "), "{}: {}", host.0, told.2);
        }
    }
    let build = Build::of(GOOD);
    let ended = build.run(LOCAL, &[]).env("SAMSTEP_HOST", "github").end().ok();
    assert!(ended.stderr.contains("::group::Uploads"), "{}", ended.stderr);
}

#[test]
fn after_a_phase_that_failed_codebuild_packages_nothing() {
    let build = Build::of(GOOD);
    let ended = build.run(CODEBUILD, &[]).env("CODEBUILD_BUILD_SUCCEEDING", "0").end();
    assert_snapshot!(build.told(&ended, &["packaged.yaml"]), @r#"
exit 1
--- stdout
--- stderr
  help: CODEBUILD_BUILD_SUCCEEDING is 0: run samstep in the build phase, which CodeBuild leaves out then
error: nothing was packaged, since an earlier phase of this build failed
--- packaged.yaml
(none)
"#);
    assert_eq!(build.server.requests().len(), 0);
    let elsewhere = build.run(JENKINS, &[]).env("CODEBUILD_BUILD_SUCCEEDING", "0").end();
    assert_eq!(elsewhere.code, 0, "{}", elsewhere.stderr);
}
