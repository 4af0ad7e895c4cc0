//! Each warning in words.

use super::{Page, place};
use crate::facts::{DeployWarning, Event, Reason, Redactor, Reporter, S3Location, ServiceError, Warning, WarningKind};
use crate::host::text::TextReporter;

fn told(kinds: impl IntoIterator<Item = WarningKind>) -> String {
    let page = Page::default();
    let reporter = TextReporter::quiet(page.screen(false, &Redactor::default()));
    kinds.into_iter().for_each(|kind| reporter.report(Event::Warning(Warning::new("", kind))));
    page.text()
}

fn refused(operation: &'static str) -> ServiceError {
    ServiceError {
        operation,
        resource: "it".to_owned(),
        reason: Reason::AccessDenied,
        code: Some("AccessDenied".to_owned()),
        message: Some("no".to_owned()),
        request_id: None,
    }
}

#[test]
fn warnings_are_sentences_with_their_place() {
    let page = Page::default();
    let reporter = TextReporter::quiet(page.screen(false, &Redactor::default()));
    let kinds = [
        WarningKind::OverLambdaLimit {
            source: "src".into(),
            bytes: 300_000_000,
            limit: 262_144_000,
            biggest: vec![("src/node_modules".into(), 250_000_000), ("src/data".into(), 50_000_000)],
        },
        WarningKind::LinkLeavesFolder { link: "src/link".into(), target: "/etc".into() },
        WarningKind::ImageLeftAlone { logical_id: "Web".to_owned() },
        WarningKind::LoopFrozen {
            name: "Fn::ForEach::Functions".to_owned(),
            parameter: "Names".to_owned(),
            values: (1..13).map(|value| format!("v{value}")).collect(),
        },
        WarningKind::UnknownConfigurationKey {
            file: "samconfig.toml".into(),
            key: "s3_bukket".to_owned(),
            nearest: Some("s3_bucket".to_owned()),
        },
        WarningKind::ConfigurationKeyMisplaced {
            file: "samconfig.toml".into(),
            key: "s3_bucket".to_owned(),
            section: "default.package".to_owned(),
        },
        WarningKind::UnknownVariable { name: "SAMSTEP_SKY".to_owned(), nearest: None },
    ];
    let (logical_id, property) = ("Api".to_owned(), "CodeUri".to_owned());
    let folder = WarningKind::TemplateFolderPackaged { logical_id, property, folder: "".into() };
    let warnings = std::iter::once(Warning::new("Api.CodeUri", folder).with_place(Some(place())))
        .chain(kinds.map(|kind| Warning::new("", kind)));
    warnings.for_each(|warning| reporter.report(Event::Warning(warning)));
    insta::assert_snapshot!(page.text(), @r"
warning: Api has no CodeUri, so the whole folder . is packaged
 --> app/template.yaml:3:14
  |
3 |     CodeUri: ./srv
  |              ^^^^^
  |
  = help: name the code with CodeUri
warning: src is 300.0 MB unzipped, and Lambda takes at most 262.1 MB; the biggest in it: src/node_modules (250.0 MB), src/data (50.0 MB)
warning: src/link leads out of its folder; /etc is archived
warning: Web is an image, which is left as it is; push the image to a repository in ECR, and write its URI there
warning: Fn::ForEach::Functions runs over the parameter Names, whose value v1, v2, v3, v4, v5, v6, v7, v8, v9, v10 and 2 more is fixed when packaged; package again whenever the value changes
warning: samconfig.toml has `s3_bukket`, which is not an option; the nearest is `s3_bucket`
warning: samconfig.toml has `s3_bucket` directly below [default.package], where it is not read; write it below [default.package.parameters]
warning: the variable SAMSTEP_SKY is not read: no command has such an option
");
}

#[test]
fn warnings_about_the_text_of_a_template_are_sentences() {
    let kinds = [
        WarningKind::KeyGivenTwice { key: "Type".to_owned(), line: 4, column: 5 },
        WarningKind::MoreKeysGivenTwice { count: 7 },
        WarningKind::TypeAsAnchor { written: "&AWS::Lambda::Function".to_owned() },
        WarningKind::LineSeparator { character: '\u{2028}' },
        WarningKind::TabBetweenValues,
        WarningKind::ColonInBrackets { written: ":a".to_owned() },
        WarningKind::CommentsLeftOut { template: "template.yaml".into() },
    ];
    insta::assert_snapshot!(told(kinds), @"
    warning: key 'Type' is given twice, first at 4:5: only the last one counts; remove one of them; the packaged template leaves out the first
    warning: 7 more keys are given twice in this template: only the last ones count
    warning: '&AWS::Lambda::Function' is the name of a value (an anchor or alias of YAML), not a value; write 'AWS::Lambda::Function', or put it in quotes
    warning: U+2028 ends a line in YAML 1.1: CloudFormation may refuse the template; remove it, or write it as an escape in double quotes
    warning: a tab separates values: YAML 1.1 has only spaces there, and CloudFormation may refuse the template; use spaces
    warning: YAML 1.1 reads ':a' in brackets as a key or its value: CloudFormation may refuse it; put it in quotes
    warning: template.yaml: with its comments, the packaged template has more than the 1 MiB that CloudFormation reads; it is written as JSON, without them
    ");
}

#[test]
fn warnings_about_what_is_packaged_are_sentences() {
    let text = str::to_owned;
    let kinds = [
        WarningKind::LocalPathLeft { logical_id: text("Api"), property: text("CodeUri"), text: text("./src/") },
        WarningKind::SecretLeftOut { parameter: text("Password"), file: "samconfig.toml".into() },
        WarningKind::PartsLeftBehind { location: S3Location::new("b", "k"), error: refused("s3:AbortMultipartUpload") },
        WarningKind::BootstrapNotExecutable { file: "src/bootstrap".into(), in_zip: false, mode_in_key: false },
        WarningKind::BootstrapNotExecutable { file: "src/bootstrap".into(), in_zip: false, mode_in_key: true },
        WarningKind::BootstrapNotExecutable { file: "code.zip".into(), in_zip: true, mode_in_key: true },
        WarningKind::ConfirmationLeftOut { setting: text("confirm_changeset") },
        WarningKind::ParametersNotSaved { setting: text("--save-params") },
        WarningKind::ValueGivenTwice { name: text("Stage") },
    ];
    insta::assert_snapshot!(told(kinds), @"
    warning: Api.CodeUri: the local path ./src/ stays in the template, because a function makes it; write the path as text: CloudFormation reads no local path
    warning: the value that samconfig.toml gives the NoEcho parameter Password is left out of the template configuration; write a dynamic reference, such as {{resolve:secretsmanager:name}}, or give it with ParameterOverrides of the CloudFormation action
    warning: the parts of an upload to s3://b/k that was given up could not be removed: s3:AbortMultipartUpload it: no (AccessDenied); a lifecycle rule of the bucket (AbortIncompleteMultipartUpload) removes them
    warning: src/bootstrap is not executable: Lambda cannot start a custom runtime; make it executable (chmod +x) and package with --digest sha256: the default key does not cover modes, so that the object with the old mode would be used again
    warning: src/bootstrap is not executable: Lambda cannot start a custom runtime; make it executable (chmod +x)
    warning: bootstrap in code.zip is not executable: Lambda cannot start a custom runtime; make it executable (chmod +x) before it is zipped
    warning: confirm_changeset has no effect: no question is asked, and the change set is executed; to look at the changes first, give --no-execute-changeset
    warning: --save-params has no effect: configuration files are never written; write samconfig.toml by hand
    warning: Stage is given twice with different values: only the last one counts; remove one of them
    ");
}

#[test]
fn warnings_about_a_stack_are_sentences() {
    let text = str::to_owned;
    let list = |names: &[&str]| names.iter().map(|name| text(name)).collect::<Vec<_>>();
    let export = |goes| DeployWarning::ExportInUse { export: text("vpc"), importers: list(&["shop", "blog"]), goes };
    let kinds = [
        DeployWarning::UnknownParameter { parameter: text("Stgae"), nearest: Some(text("Stage")) },
        DeployWarning::UnknownParameter { parameter: text("Other"), nearest: None },
        DeployWarning::ReferencesNotCompared { references: list(&["{{resolve:ssm:/db}}", "the parameter Image"]) },
        DeployWarning::LeftBehind {
            stack: text("app"),
            resources: vec![
                (text("Bucket"), Some(text("app-bucket")), Some(text("not empty"))),
                (text("Old"), None, None),
            ],
        },
        DeployWarning::LeftBehind { stack: text("app"), resources: Vec::new() },
        export(true),
        export(false),
        DeployWarning::StackSettingFailed {
            stack: text("app"),
            setting: "the stack policy",
            error: refused("cloudformation:SetStackPolicy"),
        },
        DeployWarning::RoleKept { stack: text("app"), role_arn: text("arn:aws:iam::1:role/old") },
        DeployWarning::NestedChangesUnknown { stack: text("app") },
    ];
    insta::assert_snapshot!(told(kinds.map(WarningKind::Deploy)), @"
    warning: the template has no parameter Stgae, so its value is not used; did you mean Stage?
    warning: the template has no parameter Other, so its value is not used
    warning: CloudFormation does not compare the values behind {{resolve:ssm:/db}}, the parameter Image; if one of them changed, change the template too, such as the version in the reference
    warning: app is deployed, but these old resources could not be deleted, and no stack has them now: Bucket app-bucket (not empty), Old; delete them by hand
    warning: app is deployed, but CloudFormation could not delete old resources, and does not say which; look for DELETE_FAILED in the events of the stack and of its nested stacks
    warning: the export vpc goes, and other stacks import it: shop, blog; CloudFormation fails such a change late; --refuse-export-change refuses it before
    warning: the export vpc may change, and other stacks import it: shop, blog; CloudFormation fails such a change late; --refuse-export-change refuses it before
    warning: app is deployed, but the stack policy could not be set: cloudformation:SetStackPolicy it: no (AccessDenied); deploy again
    warning: app is changed with the role arn:aws:iam::1:role/old, which an earlier deployment gave it; give another role with --role-arn
    warning: the changes of the nested stacks of app could not be computed; they are not shown
    ");
}
