//! `samstep rehearse`: a job without an account, on the application of the fixtures.

use crate::run::samstep;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn orders() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/orders")
}

fn result(output: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(output.join("result.json")).unwrap()).unwrap()
}

#[test]
fn a_rehearsal_needs_nothing_and_leaves_everything_to_look_at() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("rehearsal");
    let rehearse = || {
        let run =
            samstep(["rehearse".as_ref(), orders().as_os_str(), "--configuration".as_ref(), "S3Prefix=app".as_ref()]);
        run.at(folder.path()).end().ok();
        result(&output)["outputVariables"].clone()
    };
    let first = rehearse();
    let packaged = std::fs::read_to_string(output.join("PackagedArtifact/packaged.yaml")).unwrap();
    let uploaded: usize = first["Uploaded"].as_str().unwrap().parse().unwrap();
    let objects = std::fs::read_dir(output.join("buckets/pipeline-artifacts/app")).unwrap().count();
    assert_eq!((objects, &first["Unchanged"]), (uploaded, &"0".into()));
    assert!(packaged.contains("s3://pipeline-artifacts/app/"), "{packaged}");
    for file in ["manifest.json", "step-outputs.json"] {
        assert!(output.join("PackagedArtifact").join(file).is_file(), "{file}");
    }
    let again = rehearse();
    assert_eq!((&again["Uploaded"], &again["Unchanged"]), (&"0".into(), &first["Uploaded"]));
    assert_eq!(again["TemplateSha256"], first["TemplateSha256"]);
}

#[test]
fn a_rehearsal_says_where_its_buckets_are_and_what_to_try_next() {
    let folder = tempfile::tempdir().unwrap();
    let run = samstep(["rehearse".as_ref(), orders().as_os_str()]).at(folder.path()).end().ok();
    let lines: Vec<_> = run.stderr.lines().collect();
    let found = lines.iter().find(|line| line.starts_with("Found ")).unwrap();
    let uploads = lines.iter().filter(|line| line.starts_with("Uploading to ")).count();
    assert!(found.ends_with(&format!("({uploads} objects)")), "{found}");
    let next = "The buckets are folders in rehearsal/buckets. Next, try your own application: samstep rehearse DIR";
    let [.., before_last, last] = lines[..] else { panic!("{}", run.stderr) };
    assert_eq!(before_last, next);
    assert!(last.starts_with("Packaged 8 artifacts: 8 uploaded"), "{last}");
    assert!(folder.path().join("rehearsal/buckets/pipeline-artifacts").is_dir());
}

#[test]
fn a_rehearsal_leaves_the_folder_of_another_one_alone() {
    let folder = tempfile::tempdir().unwrap();
    let rehearse = || samstep(["rehearse".as_ref(), orders().as_os_str()]).at(folder.path()).end();
    rehearse().ok();
    let output = folder.path().join("rehearsal");
    let before = std::fs::read(output.join("result.json")).unwrap();
    let held = std::fs::File::open(&output).unwrap();
    held.lock().unwrap();
    let ended = rehearse();
    let expected = (2, "", "error: another rehearsal writes to rehearsal");
    assert_eq!((ended.code, ended.stdout.as_str(), ended.cause()), expected);
    assert_eq!(std::fs::read(output.join("result.json")).unwrap(), before);
    drop(held);
    rehearse().ok();
}

#[test]
fn a_result_that_is_the_users_is_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("result.json"), "{\"mine\": 1}").unwrap();
    let run = samstep(["rehearse".as_ref(), orders().as_os_str(), "--output".as_ref(), ".".as_ref()]);
    let ended = run.at(folder.path()).end();
    let expected = (2, "", "error: ./result.json is not the result of a rehearsal");
    assert_eq!((ended.code, ended.stdout.as_str(), ended.cause()), expected);
}

#[test]
fn a_path_outside_the_input_artifact_is_shown_without_the_temporary_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("app")).unwrap();
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("src/app.py"), "").unwrap();
    let rows = [
        ("..", ".. lies outside the input artifact"),
        ("../src", "../src lies outside the input artifact"),
        ("../src/app.py", "../src/app.py lies outside the input artifact"),
        ("src", "SourceArtifact::src: no such file or folder"),
    ];
    for (path, expected) in rows {
        let properties = format!("{{CodeUri: {path}, Handler: app.handler, Runtime: python3.12}}");
        let template = format!("Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {properties}\n");
        std::fs::write(folder.path().join("app/template.yaml"), template).unwrap();
        // The temporary folder lies below the current one in the second run.
        for temporary in [std::env::temp_dir(), folder.path().to_path_buf()] {
            let run = samstep(["rehearse", "app"]).at(folder.path()).env("TMPDIR", &temporary).end();
            let expected = format!("error: SourceArtifact::template.yaml:4:27: F.CodeUri: {expected}");
            assert_eq!((run.code, run.cause()), (2, expected.as_str()));
            assert!(!format!("{}{}", run.stdout, run.stderr).contains("samstep-job-"), "{}{}", run.stdout, run.stderr);
        }
    }
}

#[test]
fn a_rehearsal_that_fails_ends_as_the_job_would() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out");
    let rows = [
        ("a property that does not exist", "S3Bukket=x", "S3Bukket"),
        ("the managed bucket", "ResolveS3=true", "managed bucket"),
        ("a template that is not there", "TemplateConfiguration=config/none.json", "config/none.json"),
    ];
    for (name, property, message) in rows {
        let run = samstep(["rehearse".as_ref(), orders().as_os_str(), "--configuration".as_ref(), property.as_ref()]);
        let ended = run.env("SAMSTEP_OUTPUT", &output).end();
        assert_eq!(ended.code, 2, "{name}: {}", ended.stderr);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&ended.stdout).unwrap(), result(&output), "{name}");
        assert!(ended.cause().contains(message), "{name}: {}", ended.stderr);
        assert_eq!(result(&output)["failureDetails"]["type"], "ConfigurationError", "{name}");
    }
}

#[test]
fn a_rehearsal_that_fails_leaves_nothing_of_an_earlier_one_but_code() {
    let folder = tempfile::tempdir().unwrap();
    let rehearse = |property: &str| {
        let run = samstep(["rehearse".as_ref(), orders().as_os_str(), "--configuration".as_ref(), property.as_ref()]);
        run.at(folder.path()).end().code
    };
    let output = folder.path().join("rehearsal");
    let left = |path: &str| {
        let names = std::fs::read_dir(output.join(path)).unwrap().map(|it| it.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(rehearse("S3Prefix=app"), 0);
    std::fs::write(output.join("notes.txt"), "of the user").unwrap();
    assert_eq!(left(""), ["PackagedArtifact", "buckets", "notes.txt", "result.json"]);
    assert_eq!(left("buckets/pipeline-artifacts/rehearsal"), ["PackagedArtifact", "SourceArtifact"]);
    let code = left("buckets/pipeline-artifacts/app");
    assert_eq!(rehearse("TemplateConfiguration=config/none.json"), 2);
    assert_eq!(left(""), ["buckets", "notes.txt", "result.json"]);
    assert_eq!(result(&output)["failureDetails"]["type"], "ConfigurationError");
    assert_eq!(left("buckets/pipeline-artifacts/rehearsal"), ["SourceArtifact"]);
    assert_eq!(left("buckets/pipeline-artifacts/app"), code);
}

#[test]
fn without_a_template_there_is_no_job() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("template.yml"), "Resources: {}\n").unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let rows = [
        (&["empty"][..], "there is no template in empty"),
        (&["nope"], "there is no folder nope"),
        (&["nope", "--template", "t.yaml"], "there is no folder nope"),
        (&["template.yml"], "template.yml is a file, not a folder"),
        (&["template.yml/x"], "there is no folder template.yml/x"),
    ];
    for (arguments, cause) in rows {
        let ended = samstep(["rehearse"].iter().chain(arguments)).at(folder.path()).end();
        assert_eq!((ended.code, ended.cause()), (2, format!("error: {cause}").as_str()));
        assert!(!folder.path().join("rehearsal").exists());
    }
}
