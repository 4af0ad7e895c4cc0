//! What is planned for a tree of templates, and what is wrong with one, against files.

use super::plan::Plan;
use super::planner::plan;
use crate::failure::{Failure, FailureKind};
use crate::template::Template;
use crate::testing::recorder::Recorder;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// A folder with templates.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.path(name), text).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn plan(&self, template: &str) -> Result<Plan, Failure> {
        plan(Template::load(&self.path(template)).unwrap(), self.0.path(), None, &Recorder::default())
    }

    /// Each problem of a plan that fails: where, and what, without the place of the folder.
    fn problems(&self, template: &str) -> Vec<String> {
        let failure = self.plan(template).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Usage);
        let told = failure.problems.iter().map(|problem| {
            let place = problem.place.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{place} {}", problem.message).replace(&format!("{}/", self.0.path().display()), "")
        });
        told.collect()
    }
}

fn resource(resource_type: &str, property: &str, value: &str) -> String {
    format!("Type: {resource_type}, Properties: {{{property}: {value}}}")
}

fn stack(child: &str) -> String {
    resource("AWS::CloudFormation::Stack", "TemplateURL", child)
}

fn template(resources: &[String]) -> String {
    let resources = resources.iter().enumerate().map(|(index, resource)| format!("  R{index}: {{{resource}}}\n"));
    format!("Resources:\n{}", resources.collect::<String>())
}

/// Templates of which each holds the next.
fn chain(length: usize) -> Desk {
    let desk = (0..length)
        .fold(Desk::new(), |desk, level| desk.file(&level.to_string(), &template(&[stack(&(level + 1).to_string())])));
    desk.file(&length.to_string(), "Resources: {}\n")
}

#[test]
fn nesting_ends_before_the_stack_of_the_thread_does() {
    assert_eq!(chain(100).plan("0").unwrap().templates.len(), 101);
    for length in [101, 2_000] {
        let problems = chain(length).problems("0");
        let end = "R0.TemplateURL: 101 is nested below 100 templates";
        assert!(problems.len() == 1 && problems[0].starts_with("100:2:") && problems[0].ends_with(end), "{problems:?}");
    }
}

#[test]
fn a_template_that_many_paths_lead_to_is_planned_once() {
    let desk = (0..40).fold(Desk::new(), |desk, level| {
        let next = stack(&(level + 1).to_string());
        desk.file(&level.to_string(), &template(&[next.clone(), next]))
    });
    assert_eq!(desk.file("40", "Resources: {}\n").plan("0").unwrap().templates.len(), 41);
}

#[test]
fn problems_stand_in_the_order_of_the_text_those_of_a_child_where_its_parent_names_it() {
    let function = |code: &str| resource("AWS::Serverless::Function", "CodeUri", code);
    let child = template(&["Type: X".to_owned(), "Type: X".to_owned(), "Type: X".to_owned(), function("c")]);
    let root = template(&[function("a"), stack("child"), function("[]"), function("b")]);
    let desk = Desk::new().file("root", &root).file("child", &child);
    let told: Vec<_> = desk.problems("root").iter().map(|told| told.split(' ').next().unwrap().to_owned()).collect();
    let places: Vec<_> = told.iter().map(|place| place.rsplit_once(':').unwrap().0).collect();
    assert_eq!(places, ["root:2", "child:5", "root:4", "root:5"]);
}

#[test]
fn what_is_no_file_is_told_without_opening_it() {
    let desk = Desk::new();
    fs::create_dir(desk.path("folder")).unwrap();
    assert!(Command::new("mkfifo").arg(desk.path("pipe")).status().unwrap().success());
    let include = |path: &str| format!("Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: {path}}}}}");
    let rows = [
        ("a pipe for a template", stack("pipe"), "pipe is a named pipe, neither a file nor a folder"),
        ("a folder for a template", stack("folder"), "folder is a folder, not a template"),
        ("a pipe for a snippet", include("pipe"), "pipe is a named pipe, neither a file nor a folder"),
        ("a folder for a snippet", include("folder"), "folder is a folder, not a snippet of a template"),
    ];
    for (name, resource, expected) in rows {
        fs::write(desk.path("root"), template(&[resource])).unwrap();
        let problems = desk.problems("root");
        assert!(problems.len() == 1 && problems[0].ends_with(expected), "{name}: {problems:?}");
    }
}
