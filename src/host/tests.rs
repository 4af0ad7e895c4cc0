mod deployments;
mod paper;
mod warnings;

pub use paper::Paper;

use super::dialect::{Dialect, Section};
use super::failure::{self, Order};
use super::screen::Screen;
use super::text::TextReporter;
use super::words;
use crate::facts::{
    Event, Failure, FailureKind, FileEvent, Outcome, PackageEvent, Place, Problem, Redactor, ReportSettings, Reporter,
    S3Location, Secret, Warning, WarningKind,
};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Keeps what is written.
#[derive(Clone, Default)]
pub struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Page {
    pub fn screen(&self, is_colored: bool, secrets: &Redactor) -> Screen {
        Screen::new(Box::new(self.clone()), secrets.clone()).read_as(Dialect::Plain, is_colored)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn place() -> Place {
    let text = "Resources:\n  Api:\n    CodeUri: ./srv\n";
    let start = text.find("./srv").unwrap();
    Place::in_text(Path::new("app/template.yaml"), text, start..start + 5)
}

fn events() -> Vec<Event> {
    let location = S3Location::new("code", "app/0123");
    let source = Path::new("src").to_path_buf();
    vec![
        Event::Package(PackageEvent::Discovered { template: None, templates: 1, artifacts: 2, archives: 2 }),
        Event::Package(PackageEvent::CreatingBucket { stack: "aws-sam-cli-managed-default".to_owned() }),
        Event::Package(PackageEvent::ReadStarted { files: 3, bytes: 10 }),
        Event::Package(PackageEvent::ReadAdvanced { bytes: 10 }),
        Event::Package(PackageEvent::ReadFinished),
        Event::Package(PackageEvent::Reused { location: location.clone(), source: source.clone() }),
        Event::Package(PackageEvent::UploadStarted {
            location: location.clone(),
            source: source.clone(),
            resource: Some("Orders".to_owned()),
            bytes: 12_300_000,
            buckets: 1,
        }),
        Event::Package(PackageEvent::UploadAdvanced { bytes: 12_300_000 }),
        Event::Package(PackageEvent::UploadFinished { location, bytes: 5 }),
        Event::Warning(Warning::new("link src", WarningKind::LinkLeavesFolder { link: source, target: "/etc".into() })),
        Event::File(FileEvent::Written { path: "out.yaml".into() }),
    ]
}

#[test]
fn a_log_has_one_line_for_each_object() {
    let page = Page::default();
    let reporter = TextReporter::new(page.screen(false, &Redactor::default()));
    events().into_iter().for_each(|event| reporter.report(event));
    insta::assert_snapshot!(page.text(), @"
    Found 2 artifacts in 1 template (2 objects)
    Creating the managed bucket with the stack aws-sam-cli-managed-default
    Uploading to app/0123  (12.3 MB)  from src for Orders
    warning: src leads out of its folder; /etc is archived
    Wrote out.yaml
    ");
}

#[test]
fn a_template_that_nobody_named_is_told() {
    let found = |template: Option<&str>, templates, artifacts| {
        let template = template.map(Into::into);
        words::lines(
            &Event::Package(PackageEvent::Discovered { template, templates, artifacts, archives: artifacts }),
            words::Detail::Objects,
            &Redactor::default(),
        )
    };
    let default = Some(".aws-sam/build/template.yaml");
    let rows = [
        (found(None, 1, 1), Some("Found 1 artifact in 1 template (1 object)")),
        (found(None, 3, 2), Some("Found 2 artifacts in 3 templates (4 objects)")),
        (found(None, 1, 0), None),
        (found(default, 1, 2), Some("Found 2 artifacts in .aws-sam/build/template.yaml (2 objects)")),
        (found(default, 1, 0), Some("Found 0 artifacts in .aws-sam/build/template.yaml (0 objects)")),
        (
            found(default, 2, 2),
            Some("Found 2 artifacts in .aws-sam/build/template.yaml and 1 nested template (3 objects)"),
        ),
    ];
    for (told, expected) in rows {
        assert_eq!(told.as_deref(), expected);
    }
}

#[test]
fn a_quiet_log_has_no_line_for_an_object() {
    let page = Page::default();
    let reporter = TextReporter::quiet(page.screen(false, &Redactor::default()));
    events().into_iter().for_each(|event| reporter.report(event));
    insta::assert_snapshot!(page.text(), @r#"
warning: src leads out of its folder; /etc is archived
Wrote out.yaml
"#);
}

#[test]
fn a_failure_shows_each_place_and_ends_with_the_cause() {
    let missing = Problem {
        message: "Api: CodeUri names ./srv, which does not exist".to_owned(),
        hint: Some("the nearest is ./src".to_owned()),
        place: Some(place()),
    };
    let bare = Problem { message: "the bucket is gone".to_owned(), hint: None, place: None };
    let two = Failure { kind: FailureKind::Usage, problems: vec![missing, bare] };
    insta::assert_snapshot!(plain(&failure::render(&two, &Redactor::default(), Order::CauseLast)), @"
    error: the bucket is gone
     --> app/template.yaml:3:14
      |
    3 |     CodeUri: ./srv
      |              ^^^^^
      |
      = help: the nearest is ./src
    error: app/template.yaml:3:14: Api: CodeUri names ./srv, which does not exist (and 1 more problem)
    ");
    let one = Failure::new(FailureKind::Temporary, "s3:PutObject s3://b/k: slow down\r\nplease").with_hint("wait");
    insta::assert_snapshot!(plain(&failure::render(&one, &Redactor::default(), Order::CauseLast)), @r#"
  help: wait
  help: the same run may succeed later
error: s3:PutObject s3://b/k: slow down please
"#);
    let bug = Failure::new(FailureKind::Internal, "index out of bounds");
    insta::assert_snapshot!(plain(&failure::render(&bug, &Redactor::default(), Order::CauseLast)), @r#"
  help: this is a bug in samstep: please report it, with --debug added if it happens again
error: index out of bounds
"#);
}

#[test]
fn the_last_line_is_the_cause_whatever_the_messages_hold() {
    let rows = ["a\nb", "a\r\n\u{1b}[31mb", "", "\u{7}"];
    for message in rows {
        let failure = Failure {
            problems: vec![Problem { message: message.to_owned(), hint: None, place: Some(place()) }],
            kind: FailureKind::Failed,
        };
        let text = plain(&failure::render(&failure, &Redactor::default(), Order::CauseLast));
        assert!(text.lines().last().unwrap().starts_with("error: app/template.yaml:3:14: "), "{message:?}: {text}");
    }
}

#[test]
fn colours_reach_only_who_sees_them() {
    for (is_colored, expected) in [(true, "\u{1b}[1m\u{1b}[32mDone\u{1b}[0m\n"), (false, "Done\n")] {
        let page = Page::default();
        page.screen(is_colored, &Redactor::default())
            .line(&words::succeeded(&Outcome { summary: "done".to_owned(), ..Outcome::default() }, None));
        assert_eq!(page.text(), expected);
    }
}

#[test]
fn a_secret_reaches_no_stream_in_any_form() {
    let page = Page::default();
    let secrets = Redactor::default();
    let screen = page.screen(true, &secrets);
    secrets.hide([Secret::new("pa/ss+word 1")]);
    for form in ["pa/ss+word 1", "pa%2Fss%2Bword%201", "cGEvc3Mrd29yZCAx"] {
        screen.line(&format!("got {form}."));
    }
    assert_eq!(page.text(), "got ****.\n".repeat(3));
}

#[test]
fn a_line_that_holds_a_secret_is_not_quoted() {
    let redactor = Redactor::default();
    redactor.hide([Secret::new("./srv")]);
    let problem = Problem { message: "bad".to_owned(), hint: None, place: Some(place()) };
    let failure = Failure { kind: FailureKind::Usage, problems: vec![problem] };
    insta::assert_snapshot!(plain(&failure::render(&failure, &redactor, Order::CauseLast)), @"
    --> app/template.yaml:3:14
    error: app/template.yaml:3:14: bad
    ");
}

#[test]
fn a_sign_of_life_tells_how_far_it_is() {
    let mut progress = super::progress::Progress::default();
    assert_eq!(progress.heartbeat(), None);
    let location = S3Location::new("b", "k");
    let mut beat = |event: PackageEvent| {
        progress.note(&event);
        progress.heartbeat()
    };
    let started = PackageEvent::UploadStarted {
        location: location.clone(),
        source: "s".into(),
        resource: None,
        bytes: 2000,
        buckets: 1,
    };
    assert_eq!(beat(PackageEvent::ReadStarted { files: 1, bytes: 2000 }).unwrap(), "Still reading: 0 B of 2.0 kB");
    assert_eq!(beat(PackageEvent::ReadAdvanced { bytes: 1500 }).unwrap(), "Still reading: 1.5 kB of 2.0 kB");
    assert_eq!(beat(PackageEvent::ReadFinished), None);
    assert_eq!(beat(started).unwrap(), "Still uploading: 0 B of 2.0 kB, 0 of 1 objects done");
    assert_eq!(
        beat(PackageEvent::UploadAdvanced { bytes: 500 }).unwrap(),
        "Still uploading: 500 B of 2.0 kB, 0 of 1 objects done"
    );
    assert_eq!(beat(PackageEvent::UploadFinished { location, bytes: 9 }), None);
}

#[test]
fn lines_of_a_section_are_folded_and_signs_of_life_stay_in_it() {
    let page = Page::default();
    let screen = page.screen(false, &Redactor::default()).read_as(super::dialect::Dialect::GitHub, false);
    screen.line_in(Section::Uploads, "one");
    screen.write("still there\n").unwrap();
    screen.line_in(Section::Uploads, "two");
    screen.line("other\n ::set-env name=x::y");
    screen.line_in(Section::Uploads, "three");
    screen.command("::error::bad");
    let text = page.text();
    let token = text.lines().find_map(|line| line.strip_prefix("::stop-commands::")).unwrap();
    insta::assert_snapshot!(text.replace(token, "TOKEN"), @r#"
::group::Uploads
one
still there
two
::endgroup::
::stop-commands::TOKEN
other
 ::set-env name=x::y
::TOKEN::
::group::Uploads
three
::endgroup::
::error::bad
"#);
}

#[test]
fn a_line_of_a_template_brings_no_control_character_to_a_host_that_shows_colours() {
    let text = "a: \u{1b}[2Kx\rsection_end:1:b\r\u{1b}[0K\u{7}\n";
    let place = Place::in_text(Path::new("t\u{1b}[1m.yaml"), text, 0..1);
    let problem = Problem { message: "bad".to_owned(), hint: None, place: Some(place) };
    let failure = Failure { kind: FailureKind::Usage, problems: vec![problem] };
    let page = Page::default();
    page.screen(false, &Redactor::default()).read_as(super::dialect::Dialect::GitLab, true).line(&failure::render(
        &failure,
        &Redactor::default(),
        Order::CauseLast,
    ));
    assert!(!page.text().contains("\u{1b}[2K") && !page.text().contains('\r'), "{:?}", page.text());
    assert!(!page.text().contains("\u{1b}[1m.yaml"), "{:?}", page.text());
}

#[test]
fn a_report_is_well_formed_whatever_is_in_it() {
    use super::finding::{Finding, Severity};
    let place = Place { subject: Some("<F&\">.CodeUri".to_owned()), ..place() };
    let (message, hint) = ("<&\"'\u{0}\u{1b}]]>\n".to_owned(), Some("a\u{fffe}b".to_owned()));
    let problems = vec![Problem { message, hint, place: Some(place) }];
    let bad = Finding::all(&Failure { kind: FailureKind::Usage, problems }, &Redactor::default()).remove(0);
    let good = Finding { severity: Severity::Warning, ..bad.clone() };
    insta::assert_snapshot!(super::junit::report(&[bad.clone(), good.clone()], false, &Redactor::default()), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites>
      <testsuite name="samstep" tests="2" failures="1" errors="0" skipped="1" time="0">
        <testcase classname="app/template.yaml" name="&lt;F&amp;&quot;&gt;.CodeUri" file="app/template.yaml" time="0">
          <failure message="&lt;&amp;&quot;'\u{0}\u{1b}]]&gt;" type="error">&lt;&amp;&quot;'\u{0}\u{1b}]]&gt;
    app/template.yaml:3:14
    help: a?b</failure>
        </testcase>
        <testcase classname="app/template.yaml" name="&lt;F&amp;&quot;&gt;.CodeUri (2)" file="app/template.yaml" time="0">
          <skipped message="warning: &lt;&amp;&quot;'\u{0}\u{1b}]]&gt;"/>
          <system-out>&lt;&amp;&quot;'\u{0}\u{1b}]]&gt;
    app/template.yaml:3:14
    help: a?b</system-out>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
    let many = vec![good; 700];
    let report = super::junit::report(&many, true, &Redactor::default());
    assert!(report.contains(r#"tests="500" failures="0" errors="0" skipped="499""#), "{}", &report[..200]);
    assert_eq!(report.matches("<testcase ").count(), 500);
}

#[test]
fn a_case_of_a_report_keeps_its_name_whatever_is_wrong() {
    use super::finding::Finding;
    let names = |findings: &[Finding]| -> Vec<String> {
        let report = super::junit::report(findings, false, &Redactor::default());
        let cases = report.split("<testcase ").skip(1);
        cases.map(|case| case.split(['>', '\n']).next().unwrap().split(" time=").next().unwrap().to_owned()).collect()
    };
    let named = |message: &str, subject: Option<&str>| Problem {
        message: message.to_owned(),
        hint: None,
        place: Some(Place { subject: subject.map(str::to_owned), ..place() }),
    };
    let problems =
        |message: &str| vec![named(message, Some("F.CodeUri")), named("x", None), named("y", Some("F.CodeUri"))];
    let failure = |message: &str| Failure { kind: FailureKind::Usage, problems: problems(message) };
    let of_failure = names(&Finding::all(&failure("./srv is not there"), &Redactor::default()));
    assert_eq!(
        of_failure,
        [
            r#"classname="app/template.yaml" name="F.CodeUri" file="app/template.yaml""#,
            r#"classname="app/template.yaml" name="Usage" file="app/template.yaml""#,
            r#"classname="app/template.yaml" name="F.CodeUri (2)" file="app/template.yaml""#,
        ]
    );
    assert_eq!(names(&Finding::all(&failure("./other is not there"), &Redactor::default())), of_failure);
    let refused = Failure::new(FailureKind::Permission, "s3:PutObject s3://b/k: AccessDenied [request 17]");
    assert_eq!(names(&Finding::all(&refused, &Redactor::default())), [r#"classname="samstep" name="Permission""#]);
}

#[test]
fn json_has_a_line_for_each_step_and_none_for_progress_within() {
    let page = Page::default();
    let reporter = super::json::JsonReporter(page.screen(false, &Redactor::default()));
    events().into_iter().filter(|event| matches!(event, Event::Package(_))).for_each(|event| reporter.report(event));
    insta::assert_snapshot!(page.text(), @r#"
    {"type":"discovered","templates":1,"artifacts":2,"archives":2}
    {"type":"managed_bucket","status":"creating","stack_name":"aws-sam-cli-managed-default"}
    {"type":"read","status":"started","files":3,"bytes":10}
    {"type":"read","status":"finished"}
    {"type":"upload","status":"reused","bucket":"code","key":"app/0123","path":"src"}
    {"type":"upload","status":"started","bucket":"code","key":"app/0123","path":"src","bytes":12300000,"resource":"Orders"}
    {"type":"upload","status":"finished","bucket":"code","key":"app/0123","bytes":5}
    "#);
}

#[test]
fn a_secret_is_gone_from_json_before_it_is_quoted() {
    let (page, redactor) = (Page::default(), Redactor::default());
    redactor.hide([Secret::new("say \"please\"")]);
    let value = serde_json::json!({"a": ["say \"please\"", 1], "b": {"c": null}});
    super::json::write_line(&page.screen(false, &redactor), value).unwrap();
    assert_eq!(page.text(), "{\"a\":[\"****\",1],\"b\":{\"c\":null}}\n");
}

#[test]
fn secrets_of_the_environment_are_hidden_if_they_are_long_enough() {
    let variables =
        [("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMIK7MDENG"), ("AWS_SESSION_TOKEN", "test"), ("HOME", "/home/somebody")];
    let host = super::Host::new(&variables.into_iter().collect(), &ReportSettings::default());
    let text = "wJalrXUtnFEMIK7MDENG of /home/somebody in test";
    assert_eq!(host.redactor().redact(text), "**** of /home/somebody in test");
}

#[test]
fn a_secret_that_begins_with_another_one_is_hidden_as_a_whole() {
    let settings = ReportSettings::default();
    let mut host = super::Host::new(&std::iter::empty::<(&str, &str)>().collect(), &settings);
    let session = host.session(&settings, [Secret::new("hunter22")]).unwrap();
    session.hide([Secret::new("hunter22-and-more")]);
    assert_eq!(session.redactor().redact("hunter22 hunter22-and-more"), "**** ****");
}
