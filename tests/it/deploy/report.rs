//! The page of a deployment, however it ends: by the command line, in a job, in a rehearsal, and of what another tool began.

use super::jobs::Pipeline;
use super::success::{created, updated};
use super::{STACK, Site};
use crate::cloudformation::{EXPIRED, Fault, Script};
use crate::job::output;
use crate::run::samstep;
use crate::worker::{PATIENCE, signal, wait_until};
use roxmltree::{Document, Node, ParsingOptions};
use std::path::Path;
use std::process::Stdio;

const REPORT: &str = "report.html";
const ENDLESS: &str = "
    0 / CREATE_IN_PROGRESS
    1 Queue AWS::SQS::Queue CREATE_IN_PROGRESS
    1000000 / CREATE_COMPLETE
";
const FAILED: &str = "
    0 / UPDATE_IN_PROGRESS User Initiated
    1 Queue AWS::SQS::Queue UPDATE_IN_PROGRESS
    3 Queue AWS::SQS::Queue UPDATE_FAILED no such key
    4 / UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Queue].
    5 Queue AWS::SQS::Queue UPDATE_COMPLETE
    6 / UPDATE_ROLLBACK_COMPLETE
";

/// What a reader of a page sees first.
#[derive(Debug, PartialEq)]
struct Seen {
    heading: String,
    /// Each row of the timeline, with the titles of its bars up to the time.
    bars: Vec<String>,
    sections: Vec<String>,
}

/// Reads a page, which fails if it is not well-formed.
fn read(page: &str) -> Seen {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let page = Document::parse_with_options(page, options).unwrap();
    let text =
        |node: Node<'_, '_>| node.descendants().filter(Node::is_text).filter_map(|it| it.text()).collect::<String>();
    let all = |name: &'static str| page.descendants().filter(move |node| node.has_tag_name(name));
    let is_bar = |svg: &Node<'_, '_>| svg.attribute("class") == Some("bar track");
    let row = |svg: Node<'_, '_>| {
        let titles = svg.descendants().filter(|node| node.has_tag_name("title")).map(text);
        let short: Vec<_> =
            titles.map(|it| it.split(" from ").next().unwrap().trim_end_matches(',').to_owned()).collect();
        format!("{} [{}]", svg.attribute("aria-label").unwrap(), short.join("; "))
    };
    let heading = all("h1").map(text).collect::<String>();
    let heading =
        heading.rsplit_once(" after ").or(heading.rsplit_once(" for ")).map_or(heading.clone(), |it| it.0.to_owned());
    Seen { heading, bars: all("svg").filter(is_bar).map(row).collect(), sections: all("h2").map(text).collect() }
}

const STACK_CREATED: &str = "the stack itself [CREATE_IN_PROGRESS]";
const QUEUE_CREATED: &str = "Queue [Queue: CREATE_COMPLETE after 3 s]";

#[test]
fn a_deployment_that_succeeds_has_a_page() {
    let site = Site::new(created());
    let ended = site.deploy(&["--report", REPORT]).ok();
    assert!(ended.stderr.contains("Wrote report.html\n"), "{}", ended.stderr);
    let seen = read(&site.read(REPORT));
    assert!(seen.heading.starts_with("Deployed app in "), "{seen:?}");
    assert_eq!(seen.bars, [STACK_CREATED, QUEUE_CREATED]);
    assert_eq!(seen.sections, ["Timeline", "Changes", "Outputs"]);
}

#[test]
fn a_deployment_that_fails_has_a_page_with_the_lines_of_its_cause() {
    let site = Site::new(Script::plays(FAILED));
    site.stacks.has(STACK, "CREATE_COMPLETE");
    assert_eq!(site.deploy(&["--report", REPORT]).code, 1);
    let page = site.read(REPORT);
    let seen = read(&page);
    assert_eq!(
        (seen.heading.as_str(), &seen.sections[..]),
        ("Deployment of app failed", &["Cause", "Timeline"].map(str::to_owned)[..])
    );
    assert_eq!(seen.bars[1], "Queue [Queue: UPDATE_FAILED after 2 s; Queue: UPDATE_COMPLETE after 0 s]");
    for expected in ["no such key", "template.yaml:2:3", "<i>4</i>    Properties:", "the previous version is serving"] {
        assert!(page.contains(expected), "{expected} in {page}");
    }
}

#[test]
fn a_deployment_whose_time_is_over_has_a_page_of_what_is_known() {
    let site = Site::new(Script::plays(ENDLESS));
    assert_eq!(site.deploy(&["--report", REPORT, "--timeout", "2s"]).code, 124);
    let seen = read(&site.read(REPORT));
    assert_eq!((seen.heading.as_str(), seen.bars[0].as_str()), ("Deployment of app is not over", STACK_CREATED));
    assert!(seen.bars[1].starts_with("Queue [Queue: CREATE_IN_PROGRESS after "), "{seen:?}");
}

#[test]
fn a_terminated_deployment_has_a_page_of_what_is_known() {
    let site = Site::new(Script::plays(ENDLESS));
    let mut command = site.run(&["--report", REPORT]).command();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(PATIENCE, || site.stacks.calls_of("DescribeStackEvents").len() >= 3);
    signal(child.id(), "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
    let stderr = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    assert!(stderr.lines().last().unwrap_or_default().contains("CloudFormation goes on"), "{stderr}");
    let page = site.read(REPORT);
    let seen = read(&page);
    assert_eq!((seen.heading.as_str(), seen.bars.len()), ("Deployment of app is not over", 2));
    assert!(page.contains("samstep deploy --follow arn:"), "{page}");
}

#[test]
fn a_deployment_that_cannot_begin_has_a_page_with_the_reason() {
    let site = Site::new(created());
    site.stacks.fault(Fault::always("DescribeStacks", EXPIRED));
    assert_eq!(site.deploy(&["--report", REPORT]).code, 77);
    let page = site.read(REPORT);
    assert_eq!(read(&page).sections, ["Cause"]);
    assert!(page.contains("cloudformation:DescribeStacks"), "{page}");
}

#[test]
fn a_page_replaces_that_of_an_earlier_run_and_no_other_file() {
    let site = Site::new(created()).with("own.html", "<!DOCTYPE html><title>mine</title>");
    let ended = site.deploy(&["--report", "own.html"]);
    assert!(ended.code == 2 && ended.cause().contains("exists and is not a samstep report"), "{}", ended.stderr);
    assert_eq!(site.read("own.html"), "<!DOCTYPE html><title>mine</title>");
    site.deploy(&["--report", REPORT]).ok();
    let ended = site.deploy(&["--report", REPORT, "--template-file", "none.yaml"]);
    assert_eq!((ended.code, site.path().join(REPORT).exists()), (2, false), "no page of an earlier run is left");
}

#[test]
fn the_last_operation_of_another_tool_has_a_page() {
    let site = Site::new(created());
    site.deploy(&["--detach"]).ok();
    let follow = || site.bare(&["--follow", STACK, "--report", REPORT]).end().ok();
    follow();
    let first = site.read(REPORT);
    let again = follow();
    let seen = read(&site.read(REPORT));
    assert_eq!(
        (seen.heading.as_str(), seen.bars),
        ("Deployed app in 5 s", vec![STACK_CREATED.to_owned(), QUEUE_CREATED.to_owned()])
    );
    assert_eq!(read(&first).heading, seen.heading);
    assert!(again.stderr.ends_with("Deployed app (CREATE_COMPLETE) in 5.0 s\n"), "{}", again.stderr);
}

/// The page in the output artifact of a job.
fn page_of(pipeline: &Pipeline) -> String {
    let files = output(&pipeline.world);
    files.into_iter().find(|(name, _)| name == REPORT).expect("the artifact has the page").1
}

#[test]
fn the_output_artifact_of_a_job_has_the_page() {
    let pipeline = Pipeline::new(updated());
    pipeline.stacks.has(STACK, "CREATE_COMPLETE");
    pipeline.run(&pipeline.world.job).end().ok();
    let names: Vec<_> = output(&pipeline.world).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["step-outputs.json", "changes.json", REPORT]);
    assert!(read(&page_of(&pipeline)).heading.starts_with("Deployed app in "));
}

#[test]
fn a_failed_job_leaves_the_page_and_nothing_that_a_later_action_could_use() {
    let pipeline = Pipeline::new(Script::plays(FAILED));
    pipeline.stacks.has(STACK, "CREATE_COMPLETE");
    pipeline.run(&pipeline.world.job).end();
    pipeline.world.result("PutJobFailureResult");
    let files = output(&pipeline.world);
    assert_eq!(files[0], ("step-outputs.json".to_owned(), "{}\n".to_owned()));
    assert_eq!((files.len(), read(&page_of(&pipeline)).heading.as_str()), (2, "Deployment of app failed"));
}

#[test]
fn a_suspended_job_leaves_what_is_known_and_the_next_one_completes_it() {
    let long = "0 / CREATE_IN_PROGRESS\n1 Role AWS::IAM::Role CREATE_IN_PROGRESS\n2 Role AWS::IAM::Role CREATE_COMPLETE\n2 Queue AWS::SQS::Queue CREATE_IN_PROGRESS\n60 Queue AWS::SQS::Queue CREATE_COMPLETE\n61 / CREATE_COMPLETE";
    let pipeline = Pipeline::new(Script::plays(long));
    let (token, _) = pipeline.suspend("DescribeStackEvents", 5);
    let suspended = read(&page_of(&pipeline));
    assert_eq!((suspended.heading.as_str(), suspended.bars.len()), ("Deploying app", 3));
    pipeline.go_on(&token);
    let complete =
        [STACK_CREATED, "Role [Role: CREATE_COMPLETE after 1 s]", "Queue [Queue: CREATE_COMPLETE after 58 s]"];
    assert_eq!(read(&page_of(&pipeline)).bars, complete, "with the rows that the first process read");
}

#[test]
fn a_rehearsal_has_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    std::fs::create_dir(&source).unwrap();
    std::fs::write(source.join("template.yaml"), super::QUEUE).unwrap();
    let words = ["rehearse", "--operation", "deploy", "source", "--configuration", "StackName=app"];
    samstep(words).at(folder.path()).end().ok();
    let page = std::fs::read_to_string(find(folder.path(), REPORT).expect("the page")).unwrap();
    assert!(read(&page).heading.starts_with("Deployed app in "), "{page}");
}

fn find(folder: &Path, name: &str) -> Option<std::path::PathBuf> {
    let entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let own = entries.iter().find(|path| path.file_name().is_some_and(|it| it == name)).cloned();
    own.or_else(|| entries.iter().filter(|path| path.is_dir()).find_map(|path| find(path, name)))
}

#[test]
fn the_summary_of_github_has_the_timeline() {
    let site = Site::new(created());
    let run = site.run(&["--host", "github"]).env("GITHUB_STEP_SUMMARY", site.path().join("summary.md"));
    run.end().ok();
    let summary = site.read("summary.md");
    let chart = summary.split_once("```mermaid\n").expect("a chart").1.split_once("```").unwrap().0;
    let lines: Vec<_> = chart.lines().map(|line| line.split(", ").next().unwrap()).collect();
    assert_eq!(
        lines,
        ["gantt", "dateFormat x", "axisFormat %H:%M:%S", "todayMarker off", "section app", "3 s Queue :active"]
    );
}
