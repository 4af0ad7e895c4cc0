//! `samstep action-type`: the definition that an account is given is the one that jobs are read by.

use crate::run::samstep;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The templates of the pipeline folder, each with its operation.
const TEMPLATES: [(&str, &str); 3] =
    [("action-type.yaml", "package"), ("action-type-deploy.yaml", "deploy"), ("action-type-publish.yaml", "publish")];
/// The version of the service's model that the definition is held to.
const BOTOCORE: &str = "botocore==1.44.5";

/// Walks the definition along the shape of the operation's input: botocore's own validator knows neither patterns nor
/// enumerations nor what is too long.
const CHECK: &str = r#"
import json, re, sys, botocore.session

def problems(shape, value, path):
    limits = shape.metadata
    if shape.type_name == "structure":
        yield from (f"{path}: no {name}" for name in shape.required_members if name not in value)
        for name, member in value.items():
            if name in shape.members:
                yield from problems(shape.members[name], member, f"{path}.{name}")
            else:
                yield f"{path}: no such member: {name}"
        return
    if shape.type_name in ("boolean", "integer"):
        if type(value) is not {"boolean": bool, "integer": int}[shape.type_name]:
            yield f"{path}: {value} is not of the type {shape.type_name}"
            return
    size = len(value) if shape.type_name in ("list", "string") else value
    if not limits.get("min", size) <= size <= limits.get("max", size):
        yield f"{path}: {size} is not from {limits.get('min')} to {limits.get('max')}"
    if shape.type_name == "list":
        for index, item in enumerate(value):
            yield from problems(shape.member, item, f"{path}[{index}]")
    elif shape.type_name == "string":
        if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
            yield f"{path}: {value} does not match {limits['pattern']}"
        if getattr(shape, "enum", None) and value not in shape.enum:
            yield f"{path}: {value} is none of {shape.enum}"

model = botocore.session.get_session().get_service_model("codepipeline")
shape = model.operation_model("CreateCustomActionType").input_shape
print("\n".join(problems(shape, json.load(sys.stdin), "input")), end="")
"#;

/// A Python that has botocore, installed once below the target folder.
fn python() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(BOTOCORE);
    let (python, done) = (target.join("bin/python"), target.join("installed"));
    if !done.exists() {
        let ran = |command: &mut Command| assert!(command.status().unwrap().success(), "{command:?}");
        ran(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&target));
        ran(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", BOTOCORE]));
        std::fs::write(done, "").unwrap();
    }
    python
}

fn definition(arguments: &[&str]) -> String {
    samstep(["action-type"].iter().chain(arguments)).end().ok().stdout
}

fn names(list: &Value, key: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|it| it[key].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_definition_keeps_to_the_services_own_model() {
    let python = python();
    let problems = |definition: &str| {
        let mut command = Command::new(&python);
        let mut child = command
            .args(["-c", CHECK])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), definition.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(problems(&definition(&[])), "");
    for operation in ["deploy", "publish"] {
        assert_eq!(problems(&definition(&["--operation", operation])), "", "{operation}");
    }
    assert_eq!(problems(&definition(&["--provider", &"x".repeat(25), "--version", "2026-11-a"])), "");
    let wrong = definition(&[]).replace(r#""String""#, r#""Text""#);
    assert!(problems(&wrong).contains("Text is none of"), "the check checks");
}

#[test]
fn the_definition_keeps_the_rules_that_the_model_does_not_tell() {
    let types =
        [("package", "Build/Samstep/1"), ("deploy", "Deploy/Samstep/1"), ("publish", "Deploy/SamstepPublish/1")];
    for (operation, name) in types {
        let definition: Value = serde_json::from_str(&definition(&["--operation", operation])).unwrap();
        let parts = ["category", "provider", "version"].map(|key| definition[key].as_str().unwrap());
        assert_eq!(parts.join("/"), name, "no two operations share a type");
        let properties = definition["configurationProperties"].as_array().unwrap();
        assert!(properties.len() <= 10, "{operation}");
        let queryable: Vec<_> = properties.iter().filter(|it| it["queryable"] == true).collect();
        assert_eq!(queryable.len(), 1, "{operation}");
        assert_eq!((&queryable[0]["required"], &queryable[0]["secret"]), (&true.into(), &false.into()));
    }
}

#[test]
fn the_templates_of_the_pipeline_folder_are_what_the_command_prints() {
    for (name, operation) in TEMPLATES {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline").join(name);
        let printed = definition(&["--operation", operation, "--format", "cloudformation"]);
        let again = format!("write it again: samstep action-type --operation {operation} --format cloudformation");
        assert_eq!(std::fs::read_to_string(file).unwrap(), printed, "{again}");
    }
    assert_eq!(definition(&[]), definition(&["--operation", "package"]));
}

#[test]
fn both_formats_define_the_same_properties() {
    let json: Value = serde_json::from_str(&definition(&["--provider", "Acme", "--version", "7"])).unwrap();
    assert_eq!((json["provider"].as_str(), json["version"].as_str()), (Some("Acme"), Some("7")));
    let template = definition(&["--provider", "Acme", "--version", "7", "--format", "cloudformation"]);
    let template: serde_yaml::Value = serde_yaml::from_str(&untagged(&template)).unwrap();
    let template = serde_json::to_value(template).unwrap();
    let defaults = &template["Parameters"];
    assert_eq!(
        json["settings"]["executionUrlTemplate"],
        template["Resources"]["ActionType"]["Properties"]["Settings"]["ExecutionUrlTemplate"]
    );
    assert_eq!((&defaults["Provider"]["Default"], &defaults["Version"]["Default"]), (&"Acme".into(), &"7".into()));
    let (ours, theirs) = (
        &json["configurationProperties"],
        &template["Resources"]["ActionType"]["Properties"]["ConfigurationProperties"],
    );
    assert_eq!(names(ours, "name"), names(theirs, "Name"));
    for (ours, theirs) in ours.as_array().unwrap().iter().zip(theirs.as_array().unwrap()) {
        for (key, value) in ours.as_object().unwrap() {
            let key = key[..1].to_uppercase() + &key[1..];
            assert_eq!(&theirs[&key], value, "{key}");
        }
    }
}

/// Without the short forms of functions, of which only the arguments matter here.
fn untagged(template: &str) -> String {
    ["!Sub", "!Ref", "!Join", "!Split"].iter().fold(template.to_owned(), |text, tag| text.replace(tag, ""))
}

#[test]
fn an_operation_that_does_not_exist_is_refused_with_those_that_do() {
    let ended = samstep(["action-type", "--operation", "delete"]).end();
    assert_eq!((ended.code, ended.cause()), (2, "error: there is no operation `delete`"));
    assert!(ended.stderr.contains("the operations are: package, deploy"), "{}", ended.stderr);
}

#[test]
fn names_that_codepipeline_would_refuse_are_refused() {
    let rows = [
        (["--provider", "Sam Step"], "write 1 to 25 letters, digits, _ and -"),
        (["--provider", "abcdefghijklmnopqrstuvwxyz"], "write 1 to 25 letters, digits, _ and -"),
        (["--version", "1.0"], "write 1 to 9 letters, digits, _ and -"),
        (["--format", "yaml"], "[possible values: json, cloudformation]"),
    ];
    for (arguments, expected) in rows {
        let ended = samstep(["action-type"].iter().chain(&arguments)).end();
        assert_eq!(ended.code, 2, "{arguments:?}");
        assert!(ended.cause().contains(expected), "{}", ended.stderr);
    }
}
