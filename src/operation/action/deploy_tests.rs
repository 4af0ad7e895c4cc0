use super::{DEPLOY_PROPERTIES, DeployRequest, Reader};
use crate::cli::AllowArguments;
use crate::deploy::{NewChangeSet, OnFailure, Scope, Until, Work};
use crate::facts::{Environment, Failure, S3Location, Secret};
use crate::operation::action::{Action, ActionHost, ArtifactPath, InputFile, InputFiles, Request, all_properties};
use crate::operation::find_row;
use crate::settings::{AwsSettings, BucketChoice, DeploySettings, Encryption};
use crate::testing::jobs::JOB_ID;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const OF_HOST: &str = "arn:aws:iam::111122223333:role/host";
const SERVICE_ROLE: &str = "arn:aws:iam::111122223333:role/cloudformation";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";
const TEMPLATE: (&str, &str) = ("TemplatePath", "App::template.yaml");
const STACK: (&str, &str) = ("StackName", "shop");

/// Whether the action has an output artifact.
#[derive(Clone, Copy)]
enum Output {
    Declared,
    None,
}

fn request(properties: &[(&str, &str)], output: Output) -> Result<DeployRequest, String> {
    let parse = || {
        let operation = [("Operation", "deploy")];
        let mut properties = all_properties(operation.iter().chain(properties).copied())?;
        let row = find_row(&mut properties)?;
        let (app, config) =
            (S3Location::new("artifacts", "pipe/App/a.zip"), S3Location::new("artifacts", "pipe/Config/c"));
        let made = S3Location::new("artifacts", "pipe/Plan/p");
        let request = (row.parse)(Action {
            job_id: JOB_ID,
            properties,
            inputs: vec![("App", &app), ("Config", &config)],
            output: matches!(output, Output::Declared).then_some(&made),
            encryption_key: Some(KEY),
        })?;
        let Request::Deploy(request) = request else { panic!("{request:?}") };
        Ok(request)
    };
    parse().map_err(|failure: Failure| said(&failure))
}

fn said(failure: &Failure) -> String {
    format!("{}; {}", failure.cause(), failure.problems[0].hint.as_deref().unwrap_or_default())
}

/// The input artifacts `App` and `Config` as folders.
struct Site(TempDir);

impl Site {
    fn new(samconfig: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            ("App/template.yaml", "Resources: {}\n"),
            ("App/samconfig.toml", samconfig),
            ("App/policy.json", "{\"Statement\": []}"),
            ("App/more.json", "{\"Size\": 2}"),
            ("Config/prod.json", r#"{"Parameters": {"Stage": "prod", "Size": "1"}, "Tags": {"team": "shop"}}"#),
            ("Config/out.json", r#"{"Url": "https://x.test", "Count": 3, "List": []}"#),
            ("Config/bad.json", "[]"),
            ("outside.json", "{}"),
        ];
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(name)
    }

    fn resolve(&self, properties: &[(&str, &str)], allowed: &AllowArguments) -> Result<DeploySettings, String> {
        let variables = [
            ("SAMSTEP_ASSUME_ROLE_ARN", OF_HOST),
            ("SAMSTEP_STACK_NAME", "of-the-host"),
            ("SAMSTEP_ROLE_ARN", "arn:aws:iam::1:role/of-the-host"),
            ("SAMSTEP_TIMEOUT", "30"),
            ("AWS_REGION", "eu-west-1"),
        ];
        let environment: Environment = variables.into_iter().collect();
        let aws = AwsSettings {
            role_arn: Some(OF_HOST.to_owned()),
            external_id: Some(Secret::new("of-the-host")),
            ..AwsSettings::default()
        };
        let host = ActionHost { aws: &aws, environment: &environment, allowed };
        let resolved = request(properties, Output::Declared)?.resolve(self, &host);
        resolved.map(|resolved| resolved.settings).map_err(|failure| {
            said(&failure)
                .replace(&self.0.path().display().to_string(), "")
                .replace(&self.path("").display().to_string(), "/")
        })
    }

    fn settings(&self, properties: &[(&str, &str)]) -> DeploySettings {
        self.resolve(properties, &AllowArguments::default()).unwrap_or_else(|said| panic!("{properties:?}: {said}"))
    }

    /// Of an action with a template and a stack.
    fn change_set(&self, properties: &[(&str, &str)]) -> NewChangeSet {
        let properties: Vec<_> = [TEMPLATE, STACK].iter().chain(properties).copied().collect();
        match self.settings(&properties).options.work {
            Work::Create(new) => *new,
            work @ (Work::Execute(_) | Work::Follow) => panic!("{work:?}"),
        }
    }

    fn refused(&self, properties: &[(&str, &str)]) -> String {
        let properties: Vec<_> = [TEMPLATE, STACK].iter().chain(properties).copied().collect();
        self.resolve(&properties, &AllowArguments::default()).unwrap_err()
    }
}

impl InputFiles for Site {
    fn find(&self, path: &ArtifactPath) -> Result<InputFile, Failure> {
        let root = self.path(path.artifact.as_deref().unwrap_or("App"));
        let file = root.join(&path.path);
        let missing = || Failure::new(crate::facts::FailureKind::Input, format!("there is no {path}"));
        if file.is_file() { Ok(InputFile { root, path: file }) } else { Err(missing()) }
    }
}

fn parameters(new: &NewChangeSet) -> String {
    let pairs = new.parameters.iter().map(|(name, value)| format!("{name}→{}", value.expose()));
    pairs.collect::<Vec<_>>().join(" | ")
}

#[test]
fn the_properties_of_codepipeline_are_read() {
    let site = Site::new("");
    let properties = [
        TEMPLATE,
        STACK,
        ("Pool", "main"),
        ("ActionMode", "CREATE_UPDATE"),
        ("TemplateConfiguration", "Config::prod.json"),
        ("ParameterOverrides", r#"{"Size": "2", "Name": "a, b"}"#),
        ("Capabilities", "CAPABILITY_NAMED_IAM,CAPABILITY_AUTO_EXPAND"),
        ("RoleArn", SERVICE_ROLE),
        ("Options", r#"{"OutputFileName": "outputs/stack.json", "RefuseDelete": true, "OnFailure": "DO_NOTHING"}"#),
    ];
    let settings = site.settings(&properties);
    let DeploySettings { options, package, application, outputs_file, changes_file, report_file, aws } = settings;
    assert_eq!((options.stack.as_str(), options.role_arn.as_deref()), ("shop", Some(SERVICE_ROLE)));
    assert_eq!((options.on_failure, &options.gates.deletion), (OnFailure::DoNothing, &Scope::Everything));
    assert_eq!((options.until, options.timeout.as_secs()), (Until::Deployed, 43_200), "of the host only for its jobs");
    let Work::Create(new) = &options.work else { panic!("{:?}", options.work) };
    assert_eq!(parameters(new), "Name→a, b | Size→2 | Stage→prod");
    assert_eq!(new.tags.as_ref().unwrap()["team"], "shop");
    assert_eq!(new.capabilities.as_deref().unwrap(), ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]);
    assert_eq!(outputs_file.as_deref(), Some(Path::new("outputs/stack.json")));
    assert_eq!(changes_file.as_deref(), Some(Path::new("changes.json")));
    assert_eq!(report_file.as_deref(), Some(Path::new("report.html")));
    assert_eq!(aws.role_arn.as_deref(), Some(OF_HOST));
    assert_eq!(aws.role_session, Some(format!("samstep-{JOB_ID}")));
    let package = package.unwrap();
    assert_eq!(package.targets[0].bucket, Some(BucketChoice::Named("artifacts".to_owned())));
    assert_eq!(package.objects.encryption, Some(Encryption::Kms { key_id: Some(KEY.to_owned()) }));
    assert_eq!(application, None);
    assert_eq!((package.aws, package.root), (aws, Some(site.path("App"))));
}

#[test]
fn each_mode_is_the_work_that_it_stands_for() {
    let site = Site::new("");
    let told = |properties: &[(&str, &str)]| {
        let properties: Vec<_> = [TEMPLATE, STACK].iter().chain(properties).copied().collect();
        let DeploySettings { options, package, changes_file, .. } = site.settings(&properties);
        let work = match &options.work {
            Work::Create(new) => format!("create {}", new.name.as_deref().unwrap_or("-")),
            Work::Execute(change_set) => format!("execute {change_set}"),
            Work::Follow => "follow".to_owned(),
        };
        assert_eq!(package.is_some(), changes_file.is_some());
        format!("{work}, until {:?}, {}", options.until, if options.replaces_failed { "replaces" } else { "keeps" })
    };
    let set = ("ChangeSetName", "release");
    let of_creation = ("ParameterOverrides", r#"{"A": "1"}"#);
    let rows: [(&[(&str, &str)], &str); 8] = [
        (&[], "create -, until Deployed, keeps"),
        (&[("ActionMode", "CREATE_UPDATE")], "create -, until Deployed, keeps"),
        (&[("ActionMode", "REPLACE_ON_FAILURE")], "create -, until Deployed, replaces"),
        (&[("ActionMode", "CHANGE_SET_REPLACE"), set], "create release, until Planned, keeps"),
        (&[("ActionMode", "CHANGE_SET_REPLACE")], "create samstep, until Planned, keeps"),
        (&[("ActionMode", "CHANGE_SET_EXECUTE"), set, of_creation], "execute release, until Deployed, keeps"),
        (&[("ActionMode", "CHANGE_SET_EXECUTE"), ("RoleArn", SERVICE_ROLE)], "execute samstep, until Deployed, keeps"),
        (&[("ActionMode", "CHANGE_SET_EXECUTE"), ("Execute", "arn:set")], "execute arn:set, until Deployed, keeps"),
    ];
    for (properties, expected) in rows {
        assert_eq!(told(properties), expected, "{properties:?}");
    }
    let executed =
        site.settings(&[STACK, ("ActionMode", "CHANGE_SET_EXECUTE"), ("Options", r#"{"OutputFileName": "o.json"}"#)]);
    assert_eq!(executed.outputs_file.as_deref(), Some(Path::new("o.json")), "an execution needs no input artifact");
    assert_eq!(site.settings(&[("Follow", "shop")]).options.work, Work::Follow);
}

#[test]
fn functions_are_resolved_against_the_input_artifacts() {
    let site = Site::new("");
    let rows = [
        (r#"{"A": {"Fn::GetParam": ["Config", "out.json", "Url"]}}"#, "A→https://x.test"),
        (r#"{"A": {"Fn::GetParam": ["Config", "out.json", "Count"]}}"#, "A→3"),
        (r#"{"A": {"Fn::GetArtifactAtt": ["App", "BucketName"]}}"#, "A→artifacts"),
        (r#"{"A": {"Fn::GetArtifactAtt": ["App", "ObjectKey"]}}"#, "A→pipe/App/a.zip"),
        (
            r#"{"A": {"Fn::GetArtifactAtt": ["App", "URL"]}}"#,
            "A→https://s3.eu-west-1.amazonaws.com/artifacts/pipe/App/a.zip",
        ),
        (r#"{"A": "1", "B": 2}"#, "A→1 | B→2"),
        ("A=1 B=2", "A→1 | B→2"),
        ("file://more.json", "Size→2"),
    ];
    for (overrides, expected) in rows {
        assert_eq!(parameters(&site.change_set(&[("ParameterOverrides", overrides)])), expected, "{overrides}");
    }
    let options = r#"{"ParameterOverrides": {"A": {"Fn::GetParam": ["Config", "out.json", "Url"]}, "B": "x,y=z"}}"#;
    assert_eq!(parameters(&site.change_set(&[("Options", options)])), "A→https://x.test | B→x,y=z");
}

#[test]
fn a_function_that_finds_nothing_is_refused() {
    let site = Site::new("");
    let refused = |overrides: &str| site.refused(&[("ParameterOverrides", overrides)]);
    insta::assert_snapshot!(refused(r#"{"A": {"Fn::GetParam": ["Config", "out.json", "None"]}}"#), @"Fn::GetParam: Config::out.json has no None;");
    insta::assert_snapshot!(refused(r#"{"A": {"Fn::GetParam": ["Config", "out.json", "List"]}}"#), @"Fn::GetParam: List of Config::out.json is not a text;");
    insta::assert_snapshot!(refused(r#"{"A": {"Fn::GetParam": ["Config", "none.json", "Url"]}}"#), @"there is no Config::none.json;");
    insta::assert_snapshot!(refused(r#"{"A": {"Fn::GetParam": ["Config", "bad.json", "Url"]}}"#), @"Fn::GetParam: Config::bad.json is not a JSON object;");
    insta::assert_snapshot!(refused(r#"{"A": {"Fn::GetParam": ["Config", "../outside.json", "Url"]}}"#), @"Fn::GetParam: ../outside.json is not a path in an artifact;");
    insta::assert_snapshot!(refused(r#"{"A": {"Fn::GetParam": ["Config"]}}"#), @r#"ParameterOverrides of the action configuration: A must be {"Fn::GetParam": [artifact, file, key]} (line 1, column 7); write it as {"Name": "text", "Other": {"Fn::GetParam": ["Artifact", "file.json", "Key"]}}"#);
    insta::assert_snapshot!(refused(r#"{"A": {"Fn::GetArtifactAtt": ["Other", "URL"]}}"#), @"Fn::GetArtifactAtt: there is no input artifact Other; the input artifacts are: App, Config");
    insta::assert_snapshot!(refused(r#"{"A": {"Fn::GetArtifactAtt": ["App", "Url"]}}"#), @"Fn::GetArtifactAtt: there is no attribute Url; the attributes are: BucketName, ObjectKey, URL");
    insta::assert_snapshot!(refused(r#"{"A": {"Ref": "B"}}"#), @r#"ParameterOverrides of the action configuration: A must be text, Fn::GetParam or Fn::GetArtifactAtt (line 1, column 7); write it as {"Name": "text", "Other": {"Fn::GetParam": ["Artifact", "file.json", "Key"]}}"#);
    insta::assert_snapshot!(refused(r#"{"A": "#), @r#"ParameterOverrides of the action configuration: it is not valid JSON: EOF while parsing a value (line 1, column 6); write it as {"Name": "text", "Other": {"Fn::GetParam": ["Artifact", "file.json", "Key"]}}"#);
}

#[test]
fn a_samconfig_in_an_artifact_sets_parameters_and_no_stack_or_role() {
    let samconfig = "[default.deploy.parameters]\nstack_name = 'committed'\nrole_arn = 'arn:aws:iam::1:role/committed'\n\
                     s3_bucket = 'committed'\nparameter_overrides = 'A=1'\ntags = 'team=x'\ncapabilities = 'CAPABILITY_IAM'\n\
                     timeout = '5m'\nconfirm_changeset = true\n";
    let site = Site::new(samconfig);
    let settings = site.settings(&[TEMPLATE, STACK]);
    assert_eq!((settings.options.stack.as_str(), &settings.options.role_arn), ("shop", &None));
    assert_eq!(settings.options.timeout.as_secs(), 43_200);
    assert_eq!(settings.package.unwrap().targets[0].bucket, Some(BucketChoice::Named("artifacts".to_owned())));
    let new = site.change_set(&[]);
    assert_eq!((parameters(&new).as_str(), new.capabilities.unwrap()), ("A→1", vec!["CAPABILITY_IAM".to_owned()]));
    let error = request(&[TEMPLATE], Output::Declared).unwrap_err();
    assert!(error.starts_with("the action configuration has no StackName"), "{error}");
}

#[test]
fn an_action_reads_no_file_outside_its_artifacts() {
    let site = Site::new("");
    let stack_policy = |path: &str| site.refused(&[("StackPolicy", path)]);
    let expected = "the file ../outside.json is not in the input artifact; name a file of the artifact in which the \
                    template is";
    assert_eq!(stack_policy("../outside.json"), expected);
    assert_eq!(site.refused(&[("ParameterOverrides", "file://../outside.json")]), expected);
    assert!(stack_policy("/etc/hostname").starts_with("the file /etc/hostname is not in the input artifact"));
    let properties = [TEMPLATE, STACK, ("StackPolicy", "policy.json")];
    assert_eq!(site.settings(&properties).options.policy.as_deref(), Some("{\"Statement\": []}"));
    let committed = Site::new("[default.deploy.parameters]\ntemplate_configuration = '../Config/prod.json'\n");
    assert!(committed.refused(&[]).contains("is not in the input artifact"));
}

#[test]
fn an_operator_limits_stacks_roles_and_capabilities() {
    let patterns = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let allowed = AllowArguments {
        allow_stack: patterns(&["shop", "acme-*"]),
        allow_role: patterns(&["*:role/cloudformation"]),
        allow_application: patterns(&["arn:aws:serverlessrepo:*:111122223333:applications/*"]),
        allow_capability: patterns(&["CAPABILITY_IAM"]),
        ..AllowArguments::default()
    };
    let site = Site::new("[default.deploy.parameters]\nparameter_overrides = 'A=1'\n");
    let role = |arn| ("RoleArn", arn);
    let arn = "arn:aws:cloudformation:eu-west-1:111122223333:stack/";
    let (good, bad) = (format!("{arn}acme-web/0d4e"), format!("{arn}web/acme-0d4e"));
    let application = |arn| ("ApplicationId", arn);
    let rows: [(&[(&str, &str)], Result<(), &str>); 11] = [
        (&[STACK, application("arn:aws:serverlessrepo:us-east-1:111122223333:applications/orders")], Ok(())),
        (
            &[STACK, application("arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders")],
            Err("does not allow the application arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders"),
        ),
        (&[TEMPLATE, STACK], Ok(())),
        (&[TEMPLATE, ("StackName", &good)], Ok(())),
        (&[TEMPLATE, ("StackName", &bad)], Err("does not allow the stack web; name another")),
        (
            &[("Follow", "web")],
            Err("does not allow the stack web; name another, or ask the worker's operator for a wider --allow-stack"),
        ),
        (&[("StackName", "web"), ("Execute", "arn:set")], Err("does not allow the stack web")),
        (&[TEMPLATE, STACK, role(SERVICE_ROLE)], Ok(())),
        (&[TEMPLATE, STACK, role(OF_HOST)], Err("does not allow the role arn:aws:iam::111122223333:role/host")),
        (&[TEMPLATE, STACK, ("AssumeRoleArn", OF_HOST)], Err("does not allow the role")),
        (
            &[TEMPLATE, STACK, ("Capabilities", "CAPABILITY_IAM,CAPABILITY_NAMED_IAM")],
            Err("does not allow the capability CAPABILITY_NAMED_IAM"),
        ),
    ];
    for (properties, expected) in rows {
        match (site.resolve(properties, &allowed), expected) {
            (Ok(_), Ok(())) => {}
            (Err(said), Err(expected)) => assert!(said.contains(expected), "{properties:?}: {said}"),
            (other, _) => panic!("{properties:?}: {other:?}"),
        }
    }
    let committed = Site::new("[default.deploy.parameters]\ncapabilities = 'CAPABILITY_NAMED_IAM'\n");
    let said = committed.resolve(&[TEMPLATE, STACK], &allowed).unwrap_err();
    assert!(said.contains("does not allow the capability CAPABILITY_NAMED_IAM"), "{said}");
}

#[test]
fn an_application_is_deployed_in_place_of_a_template() {
    let site = Site::new("");
    let application = "arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders";
    let options = format!(r#"{{"ApplicationId": "{application}", "SemanticVersion": "1.2.0"}}"#);
    let settings = site.settings(&[STACK, ("Options", &options)]);
    let chosen = settings.application.map(|it| (it.id.to_string(), it.version.map(|version| version.to_string())));
    assert_eq!(chosen, Some((application.to_owned(), Some("1.2.0".to_owned()))));
    assert_eq!((settings.package, settings.changes_file), (None, Some(PathBuf::from("changes.json"))));
    let committed = Site::new(&format!("[default.deploy.parameters]\napplication_id = '{application}'\n"));
    assert_eq!(committed.settings(&[TEMPLATE, STACK]).application, None, "who may commit chooses no application");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let refused = |properties: &[(&str, &str)]| request(properties, Output::None).unwrap_err();
    insta::assert_snapshot!(refused(&[STACK]), @"the action configuration has no TemplatePath; give the template as Artifact::path, or as a path in the first input artifact");
    insta::assert_snapshot!(refused(&[TEMPLATE]), @"the action configuration has no StackName; name the stack to create or to update");
    insta::assert_snapshot!(refused(&[TEMPLATE, STACK, ("ActionMode", "DELETE_ONLY")]), @"ActionMode DELETE_ONLY is not supported: samstep deletes no stack that works; use the action of CloudFormation for it");
    insta::assert_snapshot!(refused(&[TEMPLATE, STACK, ("ActionMode", "CREATE_UPDAT")]), @"there is no ActionMode `CREATE_UPDAT`; the nearest is CREATE_UPDATE");
    insta::assert_snapshot!(refused(&[TEMPLATE, STACK, ("Execute", "arn:set")]), @"TemplatePath is App::template.yaml, and no change set is created; leave TemplatePath out, or Execute and Follow");
    insta::assert_snapshot!(refused(&[TEMPLATE, STACK, ("ApplicationId", "arn:x")]), @"TemplatePath is App::template.yaml, and ApplicationId is given; leave one of them out: an application has a template of its own");
    insta::assert_snapshot!(refused(&[TEMPLATE, STACK, ("OutputFileName", "o.json")]), @"OutputFileName is given, and the action has no output artifact; declare one artifact in the action's outputArtifacts");
    insta::assert_snapshot!(refused(&[TEMPLATE, STACK, ("OutputFileName", "step-outputs.json")]), @"two files of the output artifact would have the name step-outputs.json; give OutputFileName another name");
    insta::assert_snapshot!(refused(&[TEMPLATE, STACK, ("OutputFileName", "../o.json")]), @"OutputFileName of the action configuration is `../o.json`, which is not a path inside an artifact; write Artifact::path, with / between the steps and no step up");
    insta::assert_snapshot!(refused(&[TEMPLATE, STACK, ("TemplateConfiguration", "Config::../c.json")]), @"TemplateConfiguration of the action configuration is `Config::../c.json`, which is not a path inside an artifact; write Artifact::path, with / between the steps and no step up");
    insta::assert_snapshot!(refused(&[TEMPLATE, STACK, ("OutputsFile", "o.json")]), @"the action configuration sets OutputsFile, which a job may not; name it with OutputFileName");
    insta::assert_snapshot!(refused(&[TEMPLATE, STACK, ("Profile", "p")]), @"the action configuration sets Profile, which a job may not; the worker's own role is used");
    insta::assert_snapshot!(Site::new("").refused(&[("StackNam", "x")]), @"there is no property `StackNam`; the nearest property is StackName");
    insta::assert_snapshot!(Site::new("").refused(&[("OnFailure", "DELETE"), ("DisableRollback", "true")]), @"--on-failure and --disable-rollback are both given: use only one; --disable-rollback is --on-failure DO_NOTHING");
}

#[test]
fn what_the_action_type_offers_is_allowed() {
    for property in DEPLOY_PROPERTIES.iter().filter(|property| property.reader == Reader::Step) {
        let allowed = crate::cli::check_host_only(crate::cli::CommandName::Deploy, property.name);
        assert_eq!(allowed, Ok(()), "{}", property.name);
    }
}

#[test]
fn a_request_does_not_show_its_values() {
    let request = request(&[TEMPLATE, STACK, ("ParameterOverrides", r#"{"A": "hunter22"}"#)], Output::None).unwrap();
    assert!(!format!("{request:?}").contains("hunter22"));
}
