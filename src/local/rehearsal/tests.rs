//! Rehearsals with an operation that copies the template.

use super::{Rehearsal, rehearse};
use crate::facts::{Failure, FailureKind, Made, Outcome, Redactor, Report, Reporter, Role, S3Location};
use crate::job::{Inputs, Operations, Start};
use crate::operation::action::{Action, ArtifactPath, InputFiles};
use crate::operation::{Advance, Pending, Row, State};
use crate::testing::artifacts::FakeArtifacts;
use crate::testing::recorder::Recorder;
use std::collections::BTreeMap;
use std::fs;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

/// Copies the template; its summary lists the files in the folder.
struct Copies;

impl Operations for Copies {
    type Request = BTreeMap<String, String>;

    fn parse(&self, _: &Row, action: Action<'_>) -> Result<Self::Request, Failure> {
        Ok(action.properties)
    }

    async fn advance(
        &self,
        properties: &Self::Request,
        inputs: &Inputs,
        Start { state, .. }: Start<'_>,
        _: &Arc<dyn Reporter>,
    ) -> Result<Advance, Failure> {
        if properties.contains_key("Fail") {
            return Err(Failure::new(FailureKind::Failed, "as configured"));
        }
        if state.is_none() && properties.contains_key("Wait") {
            return Ok(Advance::Pending(Pending {
                state: State("waits".to_owned()),
                wait: Duration::from_secs(5),
                percent: 5,
                summary: "waits".to_owned(),
                link: None,
                files: Vec::new(),
            }));
        }
        let file = inputs.find(&ArtifactPath::parse(&properties["TemplatePath"]).unwrap())?;
        let mut beside: Vec<_> =
            fs::read_dir(&file.root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        beside.sort();
        let text = fs::read_to_string(&file.path).unwrap();
        Ok(Advance::Done(Report {
            files: vec![Made { role: Role::Result, path: Some("packaged.json".into()), text }],
            outcome: Outcome { summary: beside.join(" "), outputs: [].into() },
            ..Report::default()
        }))
    }
}

fn run(rehearsal: &Rehearsal) -> Result<Outcome, Failure> {
    let store = FakeArtifacts::with(&S3Location::new("b", "k"), "");
    let reporter: Arc<dyn Reporter> = Arc::new(Recorder::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(rehearse(rehearsal, &store, &Copies, &Redactor::default(), &reporter, pending()))?.outcome
}

#[test]
fn a_rehearsal_leaves_the_output_artifact_and_the_result() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("template.json"), "{}").unwrap();
    fs::write(folder.path().join("app.py"), "").unwrap();
    let rehearsal = Rehearsal {
        folder: folder.path().to_path_buf(),
        operation: None,
        template: None,
        configuration: [("S3Prefix", "app"), ("Wait", "once")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        output: folder.path().join("out"),
    };
    // The second run finds the output of the first in the folder and leaves it out.
    for _ in 0..2 {
        assert_eq!(run(&rehearsal).unwrap().summary, "app.py template.json");
    }
    let packaged = fs::read_to_string(folder.path().join("out/PackagedArtifact/packaged.json")).unwrap();
    let result = fs::read_to_string(folder.path().join("out/result.json")).unwrap();
    assert_eq!(packaged, "{}");
    assert!(result.contains("\"summary\": \"app.py template.json\""), "{result}");
}

#[test]
fn a_failure_leaves_a_result_too() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.yaml"), "A: 1").unwrap();
    let mut rehearsal = Rehearsal {
        folder: folder.path().to_path_buf(),
        operation: None,
        template: None,
        configuration: vec![("Fail".to_owned(), "true".to_owned())],
        output: folder.path().join("a/b"),
    };
    let failure = run(&rehearsal).unwrap_err();
    assert!(failure.cause().starts_with("there is no template in "), "{}", failure.cause());
    rehearsal.template = Some("t.yaml".to_owned());
    assert_eq!(run(&rehearsal).unwrap_err().cause(), "as configured");
    let result = fs::read_to_string(folder.path().join("a/b/result.json")).unwrap();
    assert!(result.contains("\"type\": \"JobFailed\""), "{result}");
}

#[test]
fn nothing_is_written_or_deleted_through_a_link() {
    let artifacts = "out/buckets/pipeline-artifacts/rehearsal";
    for link in ["out", "out/buckets", "out/buckets/pipeline-artifacts", artifacts, "out/stacks"] {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(folder.path().join("template.json"), "{}").unwrap();
        let kept = elsewhere.path().join("SourceArtifact/kept");
        fs::create_dir(elsewhere.path().join("SourceArtifact")).unwrap();
        fs::write(&kept, "").unwrap();
        let path = folder.path().join(link);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), &path).unwrap();
        let rehearsal = Rehearsal {
            folder: folder.path().to_path_buf(),
            operation: None,
            template: None,
            configuration: Vec::new(),
            output: folder.path().join("out"),
        };
        let failure = run(&rehearsal).unwrap_err();
        let expected = format!("{} is a symbolic link, through which nothing is written", path.display());
        assert_eq!((failure.kind, failure.cause()), (FailureKind::Usage, expected), "{link}");
        assert!(kept.is_file(), "{link}");
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1, "{link}");
    }
}

#[test]
fn a_file_that_is_called_like_the_result_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("template.json"), "{}").unwrap();
    fs::write(folder.path().join("result.json"), "{\"mine\": 1}").unwrap();
    let rehearsal = Rehearsal {
        folder: folder.path().to_path_buf(),
        operation: None,
        template: None,
        configuration: Vec::new(),
        output: folder.path().to_path_buf(),
    };
    let failure = run(&rehearsal).unwrap_err();
    let expected = format!("{} is not the result of a rehearsal", folder.path().join("result.json").display());
    assert_eq!((failure.kind, failure.cause()), (FailureKind::Usage, expected));
    assert_eq!(fs::read_to_string(folder.path().join("result.json")).unwrap(), "{\"mine\": 1}");
}

#[test]
fn a_folder_that_no_rehearsal_wrote_is_not_deleted() {
    for name in ["applications", "PackagedArtifact"] {
        let folder = tempfile::tempdir().unwrap();
        let (mine, output) = (folder.path().join(name), folder.path().to_path_buf());
        fs::write(folder.path().join("template.json"), "{}").unwrap();
        fs::create_dir(&mine).unwrap();
        fs::write(mine.join("mine"), "").unwrap();
        let configuration = Vec::new();
        let rehearsal = Rehearsal { folder: output.clone(), operation: None, template: None, configuration, output };
        let failure = run(&rehearsal).unwrap_err();
        let expected = format!("{} is not of a rehearsal, which would replace it", mine.display());
        assert_eq!((failure.kind, failure.cause()), (FailureKind::Usage, expected));
        assert!(mine.join("mine").is_file());
    }
}

#[test]
fn a_file_in_place_of_the_output_folder_is_a_mistake_of_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("template.json");
    fs::write(&output, "{}").unwrap();
    let (folder, configuration) = (folder.path().to_path_buf(), Vec::new());
    let rehearsal = Rehearsal { folder, operation: None, template: None, configuration, output: output.clone() };
    let failure = run(&rehearsal).unwrap_err();
    assert_eq!(
        (failure.kind, failure.cause()),
        (FailureKind::Usage, format!("{} is a file, not a folder", output.display()))
    );
    assert_eq!(fs::read_to_string(&output).unwrap(), "{}");
}

#[test]
fn a_link_in_place_of_a_result_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("template.json"), "{}").unwrap();
    let target = folder.path().join("target");
    fs::write(&target, "kept").unwrap();
    let output = folder.path().join("out");
    fs::create_dir(&output).unwrap();
    for name in ["result.json", "PackagedArtifact", "PackagedArtifact.object"] {
        std::os::unix::fs::symlink(&target, output.join(name)).unwrap();
    }
    let rehearsal = Rehearsal {
        folder: folder.path().to_path_buf(),
        operation: None,
        template: None,
        configuration: Vec::new(),
        output: output.clone(),
    };
    run(&rehearsal).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "kept");
    assert!(!output.join("result.json").is_symlink() && output.join("PackagedArtifact/packaged.json").is_file());
}
