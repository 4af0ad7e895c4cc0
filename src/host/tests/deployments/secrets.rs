//! A hidden value reaches no output, wherever it comes from.

use super::ends::changed;
use super::{Played, QUEUE, Stage, options, play, script_with};
use crate::facts::{
    ChangeAction, ChangeCause, DeployWarning, Event, Form, HostChoice, Redactor, Secret, StackChange, Warning,
    WarningKind,
};
use crate::host::terminal::TerminalReporter;
use crate::host::tests::Paper;
use crate::host::words::Detail;
use crate::testing::stacks::{FakeStacks, Play};

const SECRET: &str = "hunter2-hunter2";
/// Its lines are joined by what writes one line.
const KEY: &str = "-----BEGIN KEY-----\nMIIEow  IBAAK\n\"x\"\n";

/// A deployment whose plan, rows, reasons, outputs and warnings hold both values.
async fn leaky(is_failing: bool) -> Played {
    let reason = format!("the password {SECRET} and the key {KEY} are not accepted");
    let works = Play::new().makes(SECRET, "Custom::Thing", (1, 200)).gives("Password", SECRET).gives("Key", KEY);
    let script = if is_failing { works.fails("Queue", QUEUE, (2, 150), &reason) } else { works.leaves("Old", &reason) };
    let cause = |entity: &str| ChangeCause {
        property: "Password".to_owned(),
        source: "ParameterReference".to_owned(),
        entity: Some(entity.to_owned()),
        recreation: None,
    };
    let change = StackChange { causes: vec![cause(SECRET), cause(KEY)], ..changed("Queue", QUEUE, ChangeAction::Add) };
    let fake = FakeStacks::with(script_with(script, vec![change]));
    fake.has("app", "UPDATE_COMPLETE");
    let mut played = play(&fake, &options()).await;
    let references = vec![SECRET.to_owned(), KEY.to_owned()];
    let warning = WarningKind::Deploy(DeployWarning::ReferencesNotCompared { references });
    played.events.push(Event::Warning(Warning::new(SECRET, warning)));
    played
}

fn check(name: &str, text: &str) {
    let squeezed: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [SECRET, "MIIEow", "BEGIN KEY"] {
        assert!(!squeezed.contains(part), "{name}: {text}");
    }
}

#[tokio::test]
async fn a_hidden_value_reaches_no_output_of_any_host() {
    let hosts = [
        HostChoice::Terminal,
        HostChoice::Plain,
        HostChoice::Codebuild,
        HostChoice::Github,
        HostChoice::Gitlab,
        HostChoice::Json,
    ];
    for is_failing in [false, true] {
        let played = leaky(is_failing).await;
        for (host, form) in
            hosts.into_iter().flat_map(|host| [Form::Text, Form::Json, Form::Sh].map(|form| (host, form)))
        {
            let redactor = Redactor::default();
            redactor.hide([SECRET, KEY].map(Secret::new));
            let stage = Stage::with(host, form, true, &redactor);
            assert_eq!(stage.tell(&played), u8::from(is_failing));
            let name = format!("{host:?} {form:?} {is_failing}");
            assert!(stage.stderr.text().contains("****"), "{name}: {}", stage.stderr.text());
            check(&name, &stage.stdout.text());
            check(&name, &stage.stderr.text());
            let files = ["github.output", "github.summary", "env", "dotenv", "json", "junit"];
            files.iter().for_each(|file| check(&format!("{name} {file}"), &stage.file(file)));
            assert!(stage.file("junit").contains("****"), "{name}: {}", stage.file("junit"));
            let is_summarized = stage.file("github.summary").contains(r"\*\*\*\*");
            assert_eq!(is_summarized, host == HostChoice::Github, "{name}");
        }
    }
}

#[tokio::test]
async fn a_hidden_value_is_not_drawn_either() {
    for width in [40, 80, 200] {
        let redactor = Redactor::default();
        redactor.hide([SECRET, KEY].map(Secret::new));
        let (stage, paper) = (Stage::with(HostChoice::Terminal, Form::Text, true, &redactor), Paper::new(width));
        let screen = stage.stderr.screen(true, &redactor);
        let reporter = TerminalReporter::on(paper.target(), Detail::Objects, move || (24, width), screen);
        let Played { events, .. } = leaky(true).await;
        for event in events {
            crate::facts::Reporter::report(&reporter, event);
            reporter.redraw();
        }
        let drawn = paper.take();
        assert!(drawn.contains("****"), "{drawn}");
        check("drawn", &drawn);
        check("written", &stage.stderr.text());
    }
}
