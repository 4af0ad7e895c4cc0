//! What is planned for a tree of templates, and what is wrong with one, against files.

use super::overwrite::check_written;
use super::planned::{Artifact, Plan};
use super::planner::plan;
use crate::facts::{Event, Failure, FailureKind, Warning, WarningKind};
use crate::package::archive::OwnFile;
use crate::package::discovery::ByRound;
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
        self.plan_for(template, &Recorder::default())
    }

    fn plan_for(&self, template: &str, recorder: &Recorder) -> Result<Plan, Failure> {
        plan(Template::load(&self.path(template)).unwrap(), self.0.path(), None, recorder)
    }

    /// Plans a template in the folder `root`, outside of which a job reads nothing.
    fn plan_in_root(&self, template: &str) -> Result<Plan, Failure> {
        let template = Template::load(&self.path("root").join(template)).unwrap();
        plan(template, &self.path("root"), Some(&self.path("root")), &Recorder::default())
    }

    /// Each problem of a plan that fails: where, and what, without the place of the folder.
    fn problems(&self, template: &str) -> Vec<String> {
        let failure = self.plan(template).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Usage);
        let problems = failure.problems.iter().map(|problem| {
            let place = problem.place.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{place} {}", problem.message).replace(&format!("{}/", self.0.path().display()), "")
        });
        problems.collect()
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
    let starts: Vec<_> =
        desk.problems("root").iter().map(|problem| problem.split(' ').next().unwrap().to_owned()).collect();
    let places: Vec<_> = starts.iter().map(|place| place.rsplit_once(':').unwrap().0).collect();
    assert_eq!(places, ["root:2", "child:5", "root:4", "root:5"]);
}

#[test]
fn what_is_no_file_is_refused_without_opening_it() {
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

/// A nested stack that is passed parameters.
fn stack_with(child: &str, parameters: &str) -> String {
    format!("Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {child}, Parameters: {parameters}}}")
}

/// A child with a loop over its parameter `Names`, whose code lies in `a` to `c`, and a loop that no path depends on.
fn loop_over_names(desk: Desk) -> Desk {
    let looped = |variable: &str, list: &str, code: &str| {
        let function = resource("AWS::Serverless::Function", "CodeUri", code);
        format!("Fn::ForEach::{variable}s: [{variable}, !Ref {list}, {{'F${{{variable}}}': {{{function}}}}}]")
    };
    let parameters = "Parameters: {Names: {Default: 'a,b'}, Others: {Default: x}}";
    let child = format!(
        "{parameters}\nResources:\n  {}\n  {}\n",
        looped("Name", "Names", "'${Name}'"),
        looped("Other", "Others", "a")
    );
    let names = ["a", "b", "c"];
    names.into_iter().fold(desk.file("child", &child), |desk, folder| {
        fs::create_dir(desk.path(folder)).unwrap();
        desk
    })
}

/// The values of each loop over paths in each template.
fn rounds(plan: &Plan) -> Vec<String> {
    let values = |artifact: &Artifact| match &artifact.items {
        ByRound::PerRound { rounds, .. } => Some(rounds.iter().map(|(values, _)| values.join("-")).collect::<String>()),
        ByRound::Fixed(_) => None,
    };
    let templates =
        plan.templates.iter().map(|planned| planned.artifacts.iter().filter_map(values).collect::<String>());
    templates.filter(|rounds| !rounds.is_empty()).collect()
}

#[test]
fn a_child_is_planned_once_for_each_set_of_values_that_its_loops_run_over() {
    let pass = |names: &str| stack_with("child", &format!("{{Names: {names}}}"));
    let rows = [
        ("the default", vec![stack("child")], vec!["ab"]),
        ("a text", vec![pass("'a,b,c'")], vec!["abc"]),
        ("a list", vec![pass("[a, c]")], vec!["ac"]),
        ("two values", vec![pass("c"), pass("'a,b'"), pass("c")], vec!["c", "ab"]),
        ("the default, passed too", vec![stack("child"), pass("'a,b'")], vec!["ab"]),
        (
            "values that do not matter",
            vec![stack_with("child", "{Others: y}"), stack_with("child", "{Others: !Ref Z}")],
            vec!["ab"],
        ),
        (
            "an application",
            vec!["Type: AWS::Serverless::Application, Properties: {Location: child, Parameters: {Names: b}}".to_owned()],
            vec!["b"],
        ),
        (
            "a branch",
            vec!["Type: AWS::CloudFormation::Stack, Properties: !If [C, {TemplateURL: child, Parameters: {Names: b}}, {}]".to_owned()],
            vec!["b"],
        ),
    ];
    for (name, stacks, expected) in rows {
        let desk = loop_over_names(Desk::new()).file("root", &template(&stacks));
        assert_eq!(rounds(&desk.plan("root").unwrap()), expected, "{name}");
    }
}

#[test]
fn a_value_that_is_passed_on_is_known_below() {
    let middle =
        format!("Parameters: {{Up: {{}}, Idle: {{}}}}\n{}", template(&[stack_with("child", "{Names: !Ref Up}")]));
    let stacks = ["{Up: a, Idle: x}", "{Up: 'b,c', Idle: x}", "{Up: a, Idle: y}"];
    let stacks = stacks.map(|parameters| stack_with("middle", parameters));
    let desk = loop_over_names(Desk::new()).file("middle", &middle).file("root", &template(&stacks));
    let plan = desk.plan("root").unwrap();
    assert_eq!((rounds(&plan), plan.templates.len()), (vec!["a".to_owned(), "bc".to_owned()], 5));
}

#[test]
fn a_passed_value_that_only_a_deployment_knows_is_not_replaced_by_the_default() {
    let stacks = ["!Ref Bucket", "!GetAtt A.B"].map(|names| stack_with("child", &format!("{{Names: {names}}}")));
    let desk = loop_over_names(Desk::new()).file("root", &template(&stacks));
    let problems = desk.problems("root");
    let end = "F${Name}.CodeUri: ${Name} depends on Names, whose values are not written in the template";
    assert!(problems.len() == 1 && problems[0].starts_with("child:3:") && problems[0].ends_with(end), "{problems:?}");
}

#[test]
fn values_that_multiply_on_their_way_down_come_to_an_end() {
    let names: Vec<_> = (0..12).map(|level| format!("P{level}")).collect();
    let declared: Vec<_> = names.iter().map(|name| format!("{name}: {{Default: a}}")).collect();
    let declared = format!("Parameters: {{{}}}\n", declared.join(", "));
    let passed_on = |level: usize, value: &str| {
        let other = names.iter().filter(|name| **name != names[level]).map(|name| format!("{name}: !Ref {name}"));
        let all: Vec<_> = other.chain([format!("{}: {value}", names[level])]).collect();
        stack_with(&(level + 1).to_string(), &format!("{{{}}}", all.join(", ")))
    };
    let desk = (0..names.len()).fold(loop_over_names(Desk::new()), |desk, level| {
        let both = ["a", "b"].map(|value| passed_on(level, value));
        desk.file(&level.to_string(), &format!("{declared}{}", template(&both)))
    });
    let code = resource("AWS::Serverless::Function", "CodeUri", "'${V}'");
    let loops =
        names.iter().map(|name| format!("  Fn::ForEach::{name}: [V, !Ref {name}, {{'F${{V}}': {{{code}}}}}]\n"));
    let desk = desk.file("12", &format!("{declared}Resources:\n{}", loops.collect::<String>()));
    let end = "12 is nested with more than 500 sets of values for the parameters of its loops";
    assert!(desk.problems("0").iter().all(|problems| problems.ends_with(end)));
}

#[test]
fn a_loop_over_a_parameter_is_a_warning_once_where_a_path_depends_on_it() {
    let recorder = Recorder::default();
    let pass = |names: &str| stack_with("child", &format!("{{Names: {names}}}"));
    let desk = loop_over_names(Desk::new()).file("root", &template(&[pass("c"), stack("child"), pass("c")]));
    desk.plan_for("root", &recorder).unwrap();
    let problems = recorder.events().into_iter().filter_map(|event| match event {
        Event::Warning(Warning { kind: WarningKind::LoopFrozen { name, parameter, values }, place, .. }) => {
            let place = place.unwrap();
            Some(format!("{name} {parameter} {} {}:{}", values.join(","), place.line, place.column))
        }
        _ => None,
    });
    assert_eq!(problems.collect::<Vec<_>>(), ["Fn::ForEach::Names Names c 3:30", "Fn::ForEach::Names Names a,b 3:30"]);
}

#[test]
fn a_job_is_told_of_a_path_outside_whether_it_exists_or_not() {
    let desk = Desk::new();
    for folder in ["root", "root/src", "other"] {
        fs::create_dir(desk.path(folder)).unwrap();
    }
    fs::write(desk.path("other/child.yaml"), "Resources: {}\n").unwrap();
    for (link, target) in [("root/out", "../other"), ("root/dangling", "../other/none"), ("root/in", "src")] {
        std::os::unix::fs::symlink(target, desk.path(link)).unwrap();
    }
    let outside = |text: &str| Some(format!("{text} lies outside the input artifact"));
    let root = desk.path("root").display().to_string();
    let rows = [
        ("a folder that exists", "../other", outside("../other")),
        ("one that does not", "../none", outside("../none")),
        ("below one that does not", "../none/src", outside("../none/src")),
        ("the parent", "..", outside("..")),
        ("absolute", "/none", outside("/none")),
        ("through a link", "out/none", outside("out/none")),
        (
            "a link that points at nothing",
            "dangling",
            Some(format!("{root}/dangling: the symbolic link points at ../other/none, which does not exist")),
        ),
        ("inside", "none", Some(format!("{root}/none: no such file or folder"))),
        ("a link inside", "in", None),
        ("by a detour", "../root/src", None),
    ];
    for (name, code, expected) in rows {
        fs::write(desk.path("root/t"), template(&[resource("AWS::Serverless::Function", "CodeUri", code)])).unwrap();
        let failure = desk.plan_in_root("t").err();
        let message = failure.map(|failure| failure.problems[0].message.clone());
        assert_eq!(message, expected.map(|text| format!("R0.CodeUri: {text}")), "{name}");
    }
    fs::write(desk.path("root/t"), template(&[stack("../other/child.yaml"), stack("../other/gone.yaml")])).unwrap();
    let problems = desk.plan_in_root("t").unwrap_err().problems;
    let messages: Vec<_> = problems.iter().map(|problem| problem.message.split(' ').nth(1).unwrap()).collect();
    assert_eq!(messages, ["../other/child.yaml", "../other/gone.yaml"]);
}

#[test]
fn a_file_that_is_read_is_not_written() {
    let include = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: snippet}}".to_owned();
    let function = |code: &str| resource("AWS::Serverless::Function", "CodeUri", code);
    let root = template(&[stack("child"), function("app.py"), function("src"), include]);
    let desk = Desk::new().file("root", &root).file("child", "Resources: {}\n").file("app.py", "").file("snippet", "");
    fs::create_dir(desk.path("src")).unwrap();
    fs::write(desk.path("src/old"), "").unwrap();
    std::os::unix::fs::symlink("root", desk.path("link")).unwrap();
    let plan = desk.plan("root").unwrap();
    let rows = [
        ("root", Some("the template")),
        ("link", Some("the template")),
        ("./src/../root", Some("the template")),
        ("child", Some("a nested template")),
        ("app.py", Some("R1.CodeUri")),
        ("snippet", Some("AWS::Include.Parameters.Location")),
        ("src/old", None),
        ("new", None),
        ("none/new", None),
    ];
    for (written, expected) in rows {
        let own = [desk.path("new"), desk.path(written)].map(|path| OwnFile { path, is_ours: |_| true });
        let failure = check_written(&plan, &own).err();
        let path = desk.path(written);
        let message = expected.map(|role| format!("cannot write {}: this run reads it as {role}", path.display()));
        assert_eq!(failure.as_ref().map(Failure::cause), message, "{written}");
        assert!(failure.is_none_or(|failure| failure.kind == FailureKind::Usage));
    }
    assert!(check_written(&plan, &[OwnFile { path: "/dev/null".into(), is_ours: |_| true }]).is_ok());
}

#[test]
fn a_missing_path_has_the_nearest_name_as_advice_up_to_a_number() {
    let functions: Vec<_> = (0..25).map(|_| resource("AWS::Serverless::Function", "CodeUri", "srcs")).collect();
    let desk = Desk::new().file("root", &template(&functions)).file("src", "");
    let problems = desk.plan("root").unwrap_err().problems;
    let hints =
        problems.iter().map(|problem| problem.hint.as_deref().unwrap().starts_with("the nearest name there is src;"));
    assert_eq!((problems.len(), hints.filter(|has_name| *has_name).count()), (25, 20));
}
