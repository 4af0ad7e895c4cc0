//! Settings of `deploy` as they are meant, out of what was given.

mod refusals;
mod samconfigs;

use super::DeploySettings;
use crate::cli::{self, CommandName};
use crate::deploy::{
    NewChangeSet, OnEmpty, OnFailure, OnPaused, Scope, UnknownParameters, UnsetParameters, Until, Work,
};
use crate::facts::{Environment, Failure, Place, WarningKind};
use crate::settings::{Line, Resolved, Source};
use std::ffi::OsString;
use std::time::Duration;
use tempfile::TempDir;

/// A folder with files, in which settings are resolved.
struct Site {
    folder: TempDir,
    environment: Environment,
}

impl Site {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("template.yaml", "{}")].iter().chain(files) {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self { folder, environment: Environment::default() }
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment = self.environment.iter().chain([(name, value)]).collect();
        self
    }

    fn resolve(&self, words: &[&str]) -> Result<Resolved<DeploySettings>, Failure> {
        let typed = cli::typed(CommandName::Deploy, words.iter().map(OsString::from))?;
        DeploySettings::resolve(&Source::Line(Line { typed: &typed, folder: self.folder.path() }), &self.environment)
    }

    fn settings(&self, words: &[&str]) -> DeploySettings {
        self.resolve(words).unwrap_or_else(|failure| panic!("{words:?}: {}", failure.cause())).settings
    }

    /// With a stack name.
    fn change_set(&self, words: &[&str]) -> NewChangeSet {
        let words: Vec<_> = ["--stack-name", "shop"].iter().chain(words).copied().collect();
        match self.settings(&words).options.work {
            Work::Create(new) => *new,
            work @ (Work::Execute(_) | Work::Follow) => panic!("{work:?}"),
        }
    }

    fn refused(&self, words: &[&str]) -> String {
        let failure = self.resolve(words).unwrap_err();
        assert_eq!(failure.kind.exit_code(), 2);
        let text = format!("{} | {}", failure.cause(), failure.problems[0].hint.as_deref().unwrap_or("-"));
        text.replace(&self.folder.path().display().to_string(), "")
    }
}

/// The parameters as text, `→` between name and value.
fn parameters(new: &NewChangeSet) -> String {
    let pairs = new.parameters.iter().map(|(name, value)| format!("{name}→{}", value.expose()));
    pairs.collect::<Vec<_>>().join(" | ")
}

fn tags(new: &NewChangeSet) -> String {
    let pairs = new.tags.iter().flatten().map(|(name, value)| format!("{name}→{value}"));
    pairs.collect::<Vec<_>>().join(" | ")
}

const FILES: [(&str, &str); 8] = [
    ("map.json", r#"{"A": "a b", "N": 1, "L": ["x", "y"], "Q": "\"x\"", "E": null}"#),
    ("map.yaml", "A: a b\nN: 1\nT: true\nE:\nL: [x, ' y ', '']\n"),
    ("map.toml", "A = 'a b'\nN = 1.50\n"),
    ("pairs.json", r#"["A=a b=c", "B={\"x\": 1}"]"#),
    (
        "cloudformation.json",
        r#"[{"ParameterKey": "A", "ParameterValue": "a b"}, {"ParameterKey": "B", "UsePreviousValue": true}]"#,
    ),
    ("codepipeline.json", r#"{"Parameters": {"A": "a b"}, "Tags": {"team": "x"}, "StackPolicy": {"Statement": []}}"#),
    ("tags.json", r#"[{"Key": "team", "Value": "a b"}]"#),
    ("words.yaml", "- A=1 B=2\n- C=3\n"),
];

#[test]
fn parameters_are_read_in_every_form() {
    let rows: [(&[&str], &str); 31] = [
        (&["A=1 B=2"], "A→1 | B→2"),
        (&["A=1", "B=2"], "A→1 | B→2"),
        (&["A=\"a b\""], "A→a b"),
        (&["A=a\\ b"], "A→a b"),
        (&[r#"A="{\"x\": 1}""#], r#"A→{"x": 1}"#),
        (&["A=x=y"], "A→x=y"),
        (&["A=a,b"], "A→a,b"),
        (&["A=1,B=2"], "A→1,B=2"),
        (&["A="], "A→"),
        (&[""], ""),
        (&["ParameterKey=A,ParameterValue=v"], "A→v"),
        (&["ParameterKey=A,ParameterValue=v ParameterKey=B,ParameterValue=w"], "A→v | B→w"),
        (&["ParameterKey=A,UsePreviousValue=true", "B=1"], "B→1"),
        (&["A=1", "ParameterKey=A,UsePreviousValue=true"], ""),
        (&[r#"["A=a b", "B=c=d"]"#], "A→a b | B→c=d"),
        (&[r#"{"A": "a b", "B": 2}"#], "A→a b | B→2"),
        (&[r#"[{"ParameterKey": "A", "ParameterValue": "v"}]"#], "A→v"),
        (&["file://map.json"], "A→a b | E→ | L→x,y | N→1 | Q→\"x\""),
        (&["@map.json"], "A→a b | E→ | L→x,y | N→1 | Q→\"x\""),
        (&["file://map.yaml"], "A→a b | E→ | L→x,y | N→1 | T→True"),
        (&["file://map.toml"], "A→a b | N→1.50"),
        (&["file://pairs.json"], "A→a b=c | B→{\"x\": 1}"),
        (&["file://cloudformation.json"], "A→a b"),
        (&["file://codepipeline.json"], "A→a b"),
        (&["file://words.yaml"], "A→1 | B→2 | C→3"),
        (&["A=1", "A=2"], "A→2"),
        (&["A=1", r#"{"A":"2"}"#], "A→2"),
        (&[r#"{"A":"2"}"#, "A=1"], "A→1"),
        (&["A=1", r#"[{"ParameterKey": "A", "UsePreviousValue": true}]"#], ""),
        (&["A=1", "file://map.toml"], "A→1 | N→1.50"),
        (&["file://map.toml", "file://words.yaml"], "A→1 | B→2 | C→3 | N→1.50"),
    ];
    let site = Site::new(&FILES);
    for (words, expected) in rows {
        let words: Vec<_> = ["--parameter-overrides"].iter().chain(words).copied().collect();
        assert_eq!(parameters(&site.change_set(&words)), expected, "{words:?}");
    }
}

#[test]
fn tags_are_read_in_every_form() {
    let rows: [(&[&str], &str); 8] = [
        (&["a=b c=d"], "a→b | c→d"),
        (&["a=b", "c=d"], "a→b | c→d"),
        (&["c=d e"], "c→d e"),
        (&["a=\"b c\""], "a→b c"),
        (&["a=b=c"], "a→b=c"),
        (&[r#"{"a": "b"}"#], "a→b"),
        (&["file://tags.json"], "team→a b"),
        (&["file://codepipeline.json"], "team→x"),
    ];
    let site = Site::new(&FILES);
    for (words, expected) in rows {
        let words: Vec<_> = ["--tags"].iter().chain(words).copied().collect();
        assert_eq!(tags(&site.change_set(&words)), expected, "{words:?}");
    }
    assert_eq!(site.change_set(&[]).tags, None, "without tags, the stack keeps its own");
    assert_eq!(site.change_set(&["--tags", ""]).tags, None);
}

#[test]
fn each_parameter_and_tag_has_the_value_of_the_highest_source() {
    let samconfig = "[default.deploy.parameters]\nstack_name = 'shop'\nparameter_overrides = 'A=file B=file C=file D=file'\n\
                     tags = ['a=file', 'b=file']\ntemplate_configuration = 'c.json'\n";
    let configuration = r#"{"Parameters": {"B": "config", "C": "config", "D": "config"}, "Tags": {"b": "config"}, "StackPolicy": {"Statement": [1]}}"#;
    let site = Site::new(&[("samconfig.toml", samconfig), ("c.json", configuration)])
        .variable("SAMSTEP_PARAMETER_OVERRIDES", "C=variable D=variable");
    let new = site.change_set(&["--parameter-overrides", "D=typed", "E=typed"]);
    assert_eq!(parameters(&new), "A→file | B→config | C→variable | D→typed | E→typed");
    assert_eq!(tags(&new), "a→file | b→config");
    assert_eq!(site.settings(&[]).options.policy.as_deref(), Some(r#"{"Statement":[1]}"#));
    let given = site.settings(&["--stack-policy", r#"{"Statement": []}"#]);
    assert_eq!(given.options.policy.as_deref(), Some(r#"{"Statement": []}"#));
}

#[test]
fn nothing_given_is_the_default() {
    let site = Site::new(&[]);
    let settings = site.settings(&["--stack-name", "shop"]);
    let options = &settings.options;
    assert_eq!((options.stack.as_str(), options.until, options.empty), ("shop", Until::Deployed, OnEmpty::Succeed));
    assert_eq!((options.on_failure, options.on_paused), (OnFailure::Rollback, OnPaused::Refuse));
    assert_eq!((options.timeout, options.poll, options.wait_for_stack), (Duration::from_secs(43_200), None, None));
    assert_eq!((&options.gates.replacement, &options.gates.deletion), (&Scope::Nothing, &Scope::Nothing));
    assert_eq!((options.protection, &options.policy, &options.role_arn), (None, &None, &None));
    let new = site.change_set(&[]);
    assert_eq!((&new.tags, &new.capabilities, &new.topics, &new.triggers), (&None, &None, &None, &None));
    assert_eq!(
        (new.unknown_parameters, new.unset_parameters),
        (UnknownParameters::Warn, UnsetParameters::KeepPrevious)
    );
    assert!(new.includes_nested && !new.imports_existing && !new.reverts_drift);
    assert_eq!(settings.package.unwrap().targets.len(), 1);
}

#[test]
fn words_and_commas_separate_values() {
    let site = Site::new(&[]);
    let rows: [(&[&str], &[&str]); 5] = [
        (
            &["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            &["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        ),
        (&["--capabilities", "CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"], &["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]),
        (&["--capabilities=CAPABILITY_IAM,CAPABILITY_AUTO_EXPAND"], &["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]),
        (&["--capabilities", "A", "--capabilities", "B", "A"], &["A", "B"]),
        (&["--capabilities", ""], &[]),
    ];
    for (words, expected) in rows {
        let found = site.change_set(words).capabilities.unwrap_or_default();
        assert_eq!(found, expected, "{words:?}");
    }
    let new = site.change_set(&["--notification-arns", "arn:a", "arn:b", "--rollback-alarm", "arn:c"]);
    assert_eq!(new.topics.unwrap(), ["arn:a", "arn:b"]);
    assert_eq!(new.triggers.unwrap().alarms, ["arn:c"]);
    assert_eq!(site.change_set(&["--monitoring-minutes", "5"]).triggers.unwrap().minutes, Some(5));
}

#[test]
fn a_gate_given_alone_is_about_everything() {
    let only = |names: &[&str]| Scope::Only(names.iter().map(|&name| name.to_owned()).collect());
    let rows = [
        (vec!["--refuse-delete"], "", Scope::Everything),
        (
            vec!["--refuse-delete=AWS::S3::Bucket,Table", "--refuse-delete=Queue"],
            "",
            only(&["AWS::S3::Bucket", "Table", "Queue"]),
        ),
        (vec!["--refuse-delete=Table", "--refuse-delete"], "", Scope::Everything),
        (vec![], "refuse_delete = true", Scope::Everything),
        (vec![], "refuse_delete = false", Scope::Nothing),
        (vec![], "refuse_delete = 'Table'", only(&["Table"])),
        (vec![], "refuse_delete = ['Table', 'Queue']", only(&["Table", "Queue"])),
        (vec!["--refuse-delete=false"], "refuse_delete = true", Scope::Nothing),
    ];
    for (words, samconfig, expected) in rows {
        let text = format!("[default.deploy.parameters]\nstack_name = 'shop'\n{samconfig}\n");
        let site = Site::new(&[("samconfig.toml", &text)]);
        assert_eq!(site.settings(&words).options.gates.deletion, expected, "{words:?} {samconfig}");
    }
}

#[test]
fn what_happens_after_a_failure_is_what_the_highest_source_says() {
    let rows = [
        (vec![], "", OnFailure::Rollback),
        (vec!["--on-failure", "DELETE"], "", OnFailure::Delete),
        (vec!["--on-failure", "do_nothing"], "", OnFailure::DoNothing),
        (vec!["--disable-rollback"], "", OnFailure::DoNothing),
        (vec![], "disable_rollback = true", OnFailure::DoNothing),
        (vec!["--no-disable-rollback"], "disable_rollback = true", OnFailure::Rollback),
        (vec!["--on-failure", "DELETE"], "disable_rollback = true", OnFailure::Delete),
        (vec!["--disable-rollback"], "on_failure = 'DELETE'", OnFailure::DoNothing),
        (vec![], "disable_rollback = false\non_failure = 'DELETE'", OnFailure::Delete),
    ];
    for (words, samconfig, expected) in rows {
        let text = format!("[default.deploy.parameters]\nstack_name = 'shop'\n{samconfig}\n");
        let site = Site::new(&[("samconfig.toml", &text)]);
        assert_eq!(site.settings(&words).options.on_failure, expected, "{words:?} {samconfig}");
    }
}

#[test]
fn a_deadline_is_a_time_or_minutes_of_sam() {
    let rows = [
        (vec!["--timeout", "90m"], "", 5400),
        (vec!["--max-wait-duration", "90"], "", 5400),
        (vec![], "max_wait_duration = 90", 5400),
        (vec!["--timeout", "30"], "max_wait_duration = 90", 30),
    ];
    for (words, samconfig, seconds) in rows {
        let text = format!("[default.deploy.parameters]\nstack_name = 'shop'\n{samconfig}\n");
        let site = Site::new(&[("samconfig.toml", &text)]);
        assert_eq!(site.settings(&words).options.timeout, Duration::from_secs(seconds), "{words:?} {samconfig}");
    }
}

#[test]
fn the_poll_delay_of_sam_is_read_and_what_is_none_is_passed_over() {
    for (delay, expected) in
        [("2", Some(2000)), ("0.5", Some(500)), ("0", None), ("-1", None), ("soon", None), ("NaN", None)]
    {
        let settings = Site::new(&[]).variable("SAM_CLI_POLL_DELAY", delay).settings(&["--stack-name", "shop"]);
        assert_eq!(settings.options.poll, expected.map(Duration::from_millis), "{delay}");
    }
}

#[test]
fn a_change_set_is_made_or_executed_or_an_operation_is_followed() {
    let samconfig = "[default.deploy.parameters]\nstack_name = 'shop'\ncapabilities = 'CAPABILITY_IAM'\n\
                     no_execute_changeset = true\nresolve_s3 = true\nparameter_overrides = 'A=1'\n";
    let site = Site::new(&[("samconfig.toml", samconfig)]);
    let planned = site.settings(&[]);
    assert_eq!((planned.options.until, planned.package.is_some()), (Until::Planned, true));
    let executed = site.settings(&["--execute", "arn:set"]);
    let DeploySettings { package, options, .. } = executed;
    assert_eq!((package, options.work, options.until), (None, Work::Execute("arn:set".to_owned()), Until::Deployed));
    let detached = site.settings(&["--execute", "arn:set", "--detach"]);
    assert_eq!(detached.options.until, Until::Executed);
    let followed = site.settings(&["--follow", "other"]).options;
    assert_eq!((followed.work, followed.stack.as_str(), followed.until), (Work::Follow, "other", Until::Deployed));
    assert_eq!(site.settings(&["--execute-changeset"]).options.until, Until::Deployed);
}

#[test]
fn files_are_written_and_are_part_of_no_archive() {
    let site = Site::new(&[]);
    let settings = site.settings(&[
        "--stack-name",
        "shop",
        "--outputs-file",
        "o.json",
        "--changes-file",
        "c.md",
        "--junit",
        "j.xml",
    ]);
    let path = |name: &str| site.folder.path().join(name);
    assert_eq!((settings.outputs_file, settings.changes_file), (Some(path("o.json")), Some(path("c.md"))));
    let written = settings.package.unwrap().other_files;
    let written: Vec<_> = written.into_iter().map(|file| file.path).collect();
    assert_eq!(written, [path("j.xml"), path("o.json"), path("c.md")]);
}

#[test]
fn values_of_parameters_are_not_shown() {
    let site = Site::new(&[]).variable("SAMSTEP_PARAMETER_OVERRIDES", "B=hunter22");
    let words = ["--stack-name", "shop", "--parameter-overrides", "A=hunter22"];
    let settings = site.settings(&words);
    assert!(!format!("{settings:?}").contains("hunter22"));
    let typed = cli::typed(CommandName::Deploy, words.map(OsString::from)).unwrap();
    assert!(!format!("{typed:?}").contains("hunter22"));
}

/// The kinds and lines of the warnings of a samconfig.
fn warned(samconfig: &str, words: &[&str]) -> Vec<(WarningKind, Option<usize>)> {
    let site = Site::new(&[("samconfig.toml", samconfig)]);
    let warnings = site.resolve(words).unwrap().warnings;
    warnings.into_iter().map(|warning| (warning.kind, warning.place.map(|Place { line, .. }| line))).collect()
}

#[test]
fn overrides_of_a_samconfig_may_stand_on_several_lines() {
    let rows = [
        ("\"\"\"\n    Stage=\\\"dev\\\"\n    Size=3\n\"\"\"", "Size→3 | Stage→dev"),
        ("\"\"\"\nStage=dev \\\nSize=3\n\"\"\"", "Size→3 | Stage→dev"),
        ("\"\"\"\nStage=\"dev\"\nSize=\"3\"\n\"\"\"", "Size→3 | Stage→dev"),
        ("'''\n  Stage=dev \\\n  Size=3'''", "Size→3 | Stage→dev"),
    ];
    for (text, expected) in rows {
        let samconfig = format!("[default.deploy.parameters]\nparameter_overrides = {text}\n");
        let site = Site::new(&[("samconfig.toml", &samconfig)]);
        assert_eq!(parameters(&site.change_set(&[])), expected, "{samconfig}");
    }
}

#[test]
fn a_name_with_different_values_in_one_source_is_warned_of() {
    let twice = |name: &str| WarningKind::ValueGivenTwice { name: name.to_owned() };
    let samconfig = "[default.deploy.parameters]\nstack_name = 'shop'\nparameter_overrides = 'A=1 B=2 A=2 B=2'\n";
    assert_eq!(warned(samconfig, &["--parameter-overrides", "A=3"]), [(twice("A"), Some(3))]);
    let in_both_forms = ["--stack-name", "shop", "--parameter-overrides", "A=1 B=2", r#"{"A": "2", "B": "2"}"#];
    assert_eq!(warned("", &in_both_forms), [(twice("A"), None)]);
    let words = ["--parameter-overrides", "A=1", "A=2", "--tags", "team=a team=b"];
    assert_eq!(warned(samconfig, &words), [(twice("team"), None), (twice("A"), Some(3)), (twice("A"), None)]);
    let site = Site::new(&[("samconfig.toml", samconfig)]);
    assert_eq!(parameters(&site.change_set(&words)), "A→2 | B→2");
    assert_eq!(tags(&site.change_set(&words)), "team→b");
}

#[test]
fn what_sam_would_ask_or_save_is_warned_of_once() {
    let samconfig = "[default.deploy.parameters]\nstack_name = 'shop'\nconfirm_changeset = true\n";
    let confirmation = |setting: &str| WarningKind::ConfirmationLeftOut { setting: setting.to_owned() };
    assert_eq!(warned(samconfig, &[]), [(confirmation("confirm_changeset"), Some(3))]);
    assert_eq!(warned(samconfig, &["--confirm-changeset"]), [(confirmation("--confirm-changeset"), None)]);
    assert_eq!(warned(samconfig, &["--no-confirm-changeset"]), []);
    assert_eq!(warned(&samconfig.replace("true", "false"), &[]), []);
    let saved = WarningKind::ParametersNotSaved { setting: "--save-params".to_owned() };
    assert_eq!(warned(&samconfig.replace("true", "false"), &["--save-params"]), [(saved, None)]);
}
