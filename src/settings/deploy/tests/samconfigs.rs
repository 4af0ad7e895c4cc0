//! Files as they are in public repositories: what `sam deploy --guided` writes, and what people make of it.

use super::{Site, parameters, tags};
use crate::deploy::{OnFailure, Until, Work};
use crate::facts::WarningKind;
use crate::settings::{BucketChoice, DeploySettings};

/// Everything that a samconfig says of a deployment, as text.
fn told(name: &str, text: &str, words: &[&str]) -> String {
    let resolved = Site::new(&[(name, text)]).resolve(words);
    let resolved = resolved.unwrap_or_else(|failure| panic!("{}", failure.cause()));
    let DeploySettings { package, options, aws, .. } = resolved.settings;
    let Work::Create(new) = &options.work else { panic!("{:?}", options.work) };
    let target = &package.as_ref().unwrap().targets[0];
    let bucket = match &target.bucket {
        Some(BucketChoice::Named(name)) => name.as_str(),
        Some(BucketChoice::Managed) => "(managed)",
        None => "-",
    };
    let warnings = resolved.warnings.iter().map(|warning| match &warning.kind {
        WarningKind::ConfirmationLeftOut { .. } => "confirmation".to_owned(),
        WarningKind::UnknownConfigurationKey { key, nearest, .. } => format!("{key}→{nearest:?}"),
        other => panic!("{other:?}"),
    });
    let failure = match options.on_failure {
        OnFailure::Rollback => "rollback",
        OnFailure::Delete => "delete",
        OnFailure::DoNothing => "keep",
    };
    [
        format!("{} in {} {failure}", options.stack, aws.region.as_deref().unwrap_or("-")),
        format!("to {bucket}/{}", target.prefix.as_deref().unwrap_or("-")),
        format!("may {}", new.capabilities.as_deref().unwrap_or_default().join(" ")),
        format!("parameters {}", parameters(new)),
        format!("tags {}", tags(new)),
        format!("warned {}", warnings.collect::<Vec<_>>().join(", ")),
    ]
    .map(|line| format!("{}\n", line.trim_end()))
    .concat()
}

#[test]
fn what_the_guide_of_sam_writes() {
    let text = r#"version = 0.1
[default]
[default.deploy]
[default.deploy.parameters]
stack_name = "sam-app"
s3_bucket = "aws-sam-cli-managed-default-samclisourcebucket-1xyz"
s3_prefix = "sam-app"
region = "us-east-1"
confirm_changeset = true
capabilities = "CAPABILITY_IAM"
parameter_overrides = "Stage=\"dev\" Message=\"two words\" Empty=\"\""
image_repositories = []
"#;
    insta::assert_snapshot!(told("samconfig.toml", text, &[]), @"
    sam-app in us-east-1 rollback
    to aws-sam-cli-managed-default-samclisourcebucket-1xyz/sam-app
    may CAPABILITY_IAM
    parameters Empty→ | Message→two words | Stage→dev
    tags
    warned confirmation
    ");
}

#[test]
fn what_the_templates_of_sam_begin_with() {
    let text = r#"# More information about the configuration file can be found here:
version = 0.1

[default]
[default.global.parameters]
stack_name = "sam-app"

[default.build.parameters]
cached = true
parallel = true

[default.validate.parameters]
lint = true

[default.deploy.parameters]
capabilities = "CAPABILITY_IAM"
confirm_changeset = true
resolve_s3 = true

[default.package.parameters]
resolve_s3 = true

[default.sync.parameters]
watch = true

[default.local_start_api.parameters]
warm_containers = "EAGER"
"#;
    insta::assert_snapshot!(told("samconfig.toml", text, &[]), @"
    sam-app in - rollback
    to (managed)/-
    may CAPABILITY_IAM
    parameters
    tags
    warned confirmation
    ");
}

#[test]
fn lists_in_place_of_texts() {
    let text = r#"version = 0.1
[default.deploy.parameters]
stack_name = "orders"
resolve_s3 = true
s3_prefix = "orders"
region = "eu-central-1"
capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
parameter_overrides = ["Stage=prod", "Zones=a,b", "Name=\"my orders\""]
tags = ["team=orders", "cost-center=42"]
notification_arns = []
fail_on_empty_changeset = false
"#;
    insta::assert_snapshot!(told("samconfig.toml", text, &[]), @"
    orders in eu-central-1 rollback
    to (managed)/orders
    may CAPABILITY_IAM CAPABILITY_NAMED_IAM
    parameters Name→my orders | Stage→prod | Zones→a,b
    tags cost-center→42 | team→orders
    warned
    ");
}

#[test]
fn tables_in_place_of_texts() {
    let text = r#"version = 0.1
[default.deploy.parameters]
stack_name = "orders"
resolve_s3 = true
capabilities = "CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"
[default.deploy.parameters.parameter_overrides]
Stage = "prod"
Size = 3
Debug = false
Zones = ["a", "b"]
[default.deploy.parameters.tags]
team = "orders"
"#;
    insta::assert_snapshot!(told("samconfig.toml", text, &[]), @"
    orders in - rollback
    to (managed)/-
    may CAPABILITY_IAM CAPABILITY_AUTO_EXPAND
    parameters Debug→False | Size→3 | Stage→prod | Zones→a,b
    tags team→orders
    warned
    ");
}

#[test]
fn one_environment_for_each_stage() {
    let text = r#"version = 0.1
[default.global.parameters]
region = "eu-west-1"
[dev.deploy.parameters]
stack_name = "shop-dev"
s3_bucket = "shop-code-dev"
parameter_overrides = "Stage=dev"
[prod.deploy.parameters]
stack_name = "shop-prod"
s3_bucket = "shop-code-prod"
parameter_overrides = "Stage=prod"
disable_rollback = false
on_failure = "DELETE"
[prod.global.parameters]
region = "eu-central-1"
"#;
    let all =
        [&["--config-env", "dev"][..], &["--config-env", "prod"]].map(|words| told("samconfig.toml", text, words));
    insta::assert_snapshot!(all.concat(), @"
    shop-dev in - rollback
    to shop-code-dev/-
    may
    parameters Stage→dev
    tags
    warned
    shop-prod in eu-central-1 delete
    to shop-code-prod/-
    may
    parameters Stage→prod
    tags
    warned
    ");
}

#[test]
fn yaml_with_a_long_text() {
    let text = "version: 0.1
default:
  global:
    parameters:
      stack_name: shop
      region: eu-west-1
  deploy:
    parameters:
      s3_bucket: shop-code
      confirm_changeset: false
      disable_rollback: true
      capabilities:
        - CAPABILITY_IAM
      parameter_overrides: >-
        Stage=prod
        Url=https://example.com/?a=b&c=d
      tags: team=shop env=prod
";
    insta::assert_snapshot!(told("samconfig.yaml", text, &[]), @"
    shop in eu-west-1 keep
    to shop-code/-
    may CAPABILITY_IAM
    parameters Stage→prod | Url→https://example.com/?a=b&c=d
    tags env→prod | team→shop
    warned
    ");
}

#[test]
fn what_a_pipeline_of_sam_writes() {
    let text = r#"version = 0.1
[default.pipeline_bootstrap.parameters]
oidc_provider_url = "https://token.actions.githubusercontent.com"
[default.deploy.parameters]
stack_name = "shop"
template = "template.yaml"
role_arn = "arn:aws:iam::111122223333:role/cfn"
no_execute_changeset = true
fail_on_empty_changeset = true
profile = "default"
"#;
    let settings = Site::new(&[("samconfig.toml", text)]).settings(&[]);
    assert_eq!(settings.options.until, Until::Planned);
    assert_eq!(settings.options.role_arn.as_deref(), Some("arn:aws:iam::111122223333:role/cfn"));
    insta::assert_snapshot!(told("samconfig.toml", text, &[]), @"
    shop in - rollback
    to -/-
    may
    parameters
    tags
    warned
    ");
}

#[test]
fn keys_of_other_commands_and_misspelt_ones() {
    let text = r#"version = 0.1
[default.global.parameters]
stack_name = "shop"
manifest = "package.json"
output_template_file = "packaged.yaml"
base_dir = "src"
[default.deploy.parameters]
resolve_s3 = true
capabilites = "CAPABILITY_IAM"
resolve_image_repos = true
save_params = true
guided = true
parameter_override = "A=1"
"#;
    insta::assert_snapshot!(told("samconfig.toml", text, &[]), @r#"
    shop in - rollback
    to (managed)/-
    may
    parameters
    tags
    warned capabilites→Some("capabilities"), parameter_override→Some("parameter_overrides")
    "#);
}

#[test]
fn nested_lists_and_files() {
    let site = Site::new(&[
        (
            "samconfig.yaml",
            "default: {deploy: {parameters: {stack_name: shop, parameter_overrides: [A=1, [B=2], file://more.yaml]}}}",
        ),
        ("more.yaml", "C: 3\n$include: file://most.json\n"),
        ("most.json", r#"[{"ParameterKey": "D", "ParameterValue": "4"}, "E=a b"]"#),
    ]);
    assert_eq!(parameters(&site.change_set(&[])), "A→1 | B→2 | C→3 | D→4 | E→a b");
}

#[test]
fn a_value_typed_wins_over_that_of_the_file_and_leaves_the_others() {
    let text = r#"version = 0.1
[default.deploy.parameters]
stack_name = "shop"
resolve_s3 = true
region = "eu-west-1"
capabilities = "CAPABILITY_IAM"
parameter_overrides = "Stage=dev Size=1"
tags = "team=shop"
"#;
    let words = [
        "--stack-name",
        "shop-42",
        "--s3-bucket",
        "code",
        "--parameter-overrides",
        "Stage=prod",
        "--tags",
        "build=42",
        "--capabilities",
        "CAPABILITY_NAMED_IAM",
    ];
    insta::assert_snapshot!(told("samconfig.toml", text, &words), @"
    shop-42 in eu-west-1 rollback
    to code/-
    may CAPABILITY_NAMED_IAM
    parameters Size→1 | Stage→prod
    tags build→42 | team→shop
    warned
    ");
}
