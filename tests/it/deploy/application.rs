//! An application of the Serverless Application Repository is deployed in place of a template.

use super::success::{created, updated};
use super::{STACK, Site, said};
use crate::cloudformation::{Answer as StackAnswer, Call, Fault as StackFault, Script};
use crate::run::{Ended, Run};
use crate::serverless_repo::{Answer, Fault, ServerlessRepo};
use serde_json::{Value, json};

pub const ID: &str = "arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders";
pub const SECRET: &str = "hunter2-S3cr3t";
/// What the links to templates have, and nothing may show.
pub const SIGNATURE: &str = "5ecret";

/// A repository with the application `orders`, and CloudFormation.
struct Shop {
    site: Site,
    repository: ServerlessRepo,
}

impl Shop {
    fn new(script: Script) -> Self {
        Self::offering(script, json!({}))
    }

    /// Versions 1.0.0 and 1.1.0 have these members.
    fn offering(script: Script, members: Value) -> Self {
        let (site, repository) = (Site::new(script), ServerlessRepo::start());
        ["1.0.0", "1.1.0"].iter().for_each(|version| repository.offer(ID, version, &members));
        Self { site, repository }
    }

    fn run(&self, words: &[&str]) -> Run {
        let run = self.site.run(words).env("AWS_MAX_ATTEMPTS", "1");
        run.env("AWS_ENDPOINT_URL_SERVERLESSAPPLICATIONREPOSITORY", self.repository.url())
    }

    fn deploy(&self, words: &[&str]) -> Ended {
        let ended = self.run(&[&["--application-id", ID], words].concat()).end();
        let all = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!all.contains(SIGNATURE) && !all.contains(SECRET), "{all}");
        ended
    }

    /// A deployment that is refused before anything is created.
    fn refused(&self, words: &[&str]) -> String {
        let ended = self.deploy(words);
        assert_eq!((self.site.stacks.writes(), self.repository.writes()), (Vec::new(), Vec::new()), "{}", ended.stderr);
        format!("exit code: {}\n{}", ended.code, ended.stderr)
    }

    fn creation(&self) -> Call {
        self.site.stacks.calls_of("CreateChangeSet").pop().expect("a change set was created")
    }

    /// The tags that were sent.
    fn tags(&self) -> Vec<String> {
        let tag = |tag: &std::collections::BTreeMap<String, String>| format!("{}={}", tag["Key"], tag["Value"]);
        self.creation().items("Tags").iter().map(tag).collect()
    }
}

#[test]
fn the_latest_version_is_deployed_to_a_new_stack() {
    let shop = Shop::new(created());
    insta::assert_snapshot!(said(&shop.deploy(&["--output-json", "values.json"])), @"
    exit code: 0
    --- stdout
    Output    Value
    QueueUrl  https://sqs.us-east-1.amazonaws.com/111122223333/app-Queue
    --- stderr
    Deploying application orders 1.1.0 (latest)  arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders
    Computing the changes of the new stack app  arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002
    Changes: 1 to add
      Add  Queue  AWS::SQS::Queue
    Deploying app  arn:aws:cloudformation:us-east-1:111122223333:stack/app/00000000-0000-4000-8000-000000000001
    12:00:03Z  CREATE_IN_PROGRESS    app                       User Initiated
    12:00:04Z  CREATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    12:00:05Z  CREATE_IN_PROGRESS    Queue                     AWS::SQS::Queue  Resource creation Initiated
    12:00:07Z  CREATE_COMPLETE       Queue                     AWS::SQS::Queue
    12:00:08Z  CREATE_COMPLETE       app
    Deployed app (CREATE_COMPLETE) in N s
    ");
    let values: Value = serde_json::from_str(&shop.site.read("values.json")).unwrap();
    assert_eq!((&values["ApplicationId"], &values["ApplicationVersion"]), (&json!(ID), &json!("1.1.0")), "{values}");
    let creation = shop.creation();
    assert_eq!(creation.get("StackName"), Some(STACK), "nothing is put before the name");
    assert!(creation.get("TemplateURL").is_some_and(|url| url.contains("/copies/")), "{creation:?}");
    assert_eq!(
        shop.tags(),
        [format!("serverlessrepo:applicationId={ID}"), "serverlessrepo:semanticVersion=1.1.0".to_owned()]
    );
}

#[test]
fn a_stack_gets_another_version_and_keeps_its_tags() {
    let shop = Shop::new(updated());
    let tags = json!({"team": "a", "serverlessrepo:semanticVersion": "0.9.0"});
    shop.site.stacks.has_with(STACK, "CREATE_COMPLETE", json!({"Tags": tags}));
    insta::assert_snapshot!(said(&shop.deploy(&["--semantic-version", "1.0.0"])), @"
    exit code: 0
    --- stdout
    Output    Value
    QueueUrl  https://sqs.us-east-1.amazonaws.com/111122223333/app-Queue
    --- stderr
    Deploying application orders 1.0.0  arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders
    Computing the changes of app  arn:aws:cloudformation:us-east-1:111122223333:changeSet/samstep-NONCE-0/00000000-0000-4000-8000-000000000002
    Changes: 1 to change
      Modify  Queue  AWS::SQS::Queue
    Deploying app  arn:aws:cloudformation:us-east-1:111122223333:stack/app/00000000-0000-4000-8000-000000000001
    12:00:03Z  UPDATE_IN_PROGRESS    app                       User Initiated
    12:00:04Z  UPDATE_IN_PROGRESS    Queue                     AWS::SQS::Queue
    12:00:06Z  UPDATE_COMPLETE       Queue                     AWS::SQS::Queue
    12:00:07Z  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS  app
    12:00:08Z  UPDATE_COMPLETE       app
    Deployed app (UPDATE_COMPLETE) in N s
    ");
    let version = "serverlessrepo:semanticVersion=1.0.0".to_owned();
    assert_eq!(shop.tags(), [format!("serverlessrepo:applicationId={ID}"), version, "team=a".to_owned()]);
    assert_eq!(shop.repository.calls_of("GetApplication")[0].input["semanticVersion"], "1.0.0");
}

#[test]
fn what_an_application_asks_for_is_checked_before_anything_is_created() {
    let capabilities = json!({"requiredCapabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]});
    let shop = Shop::offering(created(), capabilities);
    shop.repository.nests("arn:aws:serverlessrepo:us-east-1:444455556666:applications/login", "0.1.0");
    insta::assert_snapshot!(shop.refused(&["--capabilities", "CAPABILITY_IAM"]), @"
    exit code: 2
    Deploying application orders 1.1.0 (latest)  arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders
      nested application arn:aws:serverlessrepo:us-east-1:444455556666:applications/login 0.1.0
      help: if it may do that, add --capabilities CAPABILITY_AUTO_EXPAND; CAPABILITY_AUTO_EXPAND lets it create the stacks of the applications within: arn:aws:serverlessrepo:us-east-1:444455556666:applications/login 0.1.0
    error: version 1.1.0 of arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders needs capabilities that are not given: CAPABILITY_AUTO_EXPAND
    ");
    let parameters = json!({"parameterDefinitions": [
        {"name": "Stage", "type": "String", "referencedByResources": []},
        {"name": "Size", "type": "Number", "defaultValue": "1", "referencedByResources": []},
        {"name": "Kind", "type": "String", "allowedValues": ["a", "b"], "defaultValue": "a", "referencedByResources": []},
        {"name": "Code", "type": "String", "maxLength": 3, "defaultValue": "a", "referencedByResources": []},
    ]});
    let shop = Shop::offering(created(), parameters);
    insta::assert_snapshot!(shop.refused(&["--parameter-overrides", "Stag=a"]), @"
    exit code: 2
    Deploying application orders 1.1.0 (latest)  arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders
    warning: the template has no parameter Stag, so its value is not used; did you mean Stage?
      help: Stag is given, which the template does not have: is it meant?
    error: the parameter Stage has no value and no default
    ");
    insta::assert_snapshot!(shop.refused(&["--parameter-overrides", "Stage=a", "Size=large"]), @"
    exit code: 2
    Deploying application orders 1.1.0 (latest)  arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders
    error: the value of the parameter Size is not a number
    ");
    insta::assert_snapshot!(shop.refused(&["--parameter-overrides", "Stage=a", "Kind=c", "Code=abcd"]), @"
    exit code: 2
    Deploying application orders 1.1.0 (latest)  arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders
    error: the value of the parameter Kind is not one of its AllowedValues
      help: the template allows a, b
    error: the value of the parameter Code is longer than its MaxLength of 3 (and 1 more problem)
    ");
    insta::assert_snapshot!(shop.refused(&["--parameter-overrides", "Stage=a", "Siz=1", "--strict-parameters"]), @"
    exit code: 2
    Deploying application orders 1.1.0 (latest)  arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders
      help: did you mean Size?
    error: the template has no parameter Siz
    ");
    let shop = Shop::offering(created(), json!({"resourcesSupported": false}));
    insta::assert_snapshot!(shop.refused(&[]), @"
    exit code: 2
    Deploying application orders 1.1.0 (latest)  arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders
      help: deploy it in another region with --region, or another version with --semantic-version
    error: version 1.1.0 of arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders has resources of types that us-east-1 does not have
    ");
}

#[test]
fn an_application_or_a_version_that_is_not_there_is_named() {
    let shop = Shop::new(created());
    insta::assert_snapshot!(shop.refused(&["--semantic-version", "1.0.1"]), @"
    exit code: 2
      help: did you mean 1.0.0? the latest is 1.1.0
    error: the application arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders has no version 1.0.1
    ");
    insta::assert_snapshot!(shop.refused(&["--semantic-version", "1.0"]), @"
    exit code: 2
      help: see samstep deploy --help
    error: invalid value '1.0' for '--semantic-version <VERSION>': 1.0 is a number to YAML: write all three parts, '1.0.0'
    ");
    let unknown = ID.replace("orders", "order");
    insta::assert_snapshot!(shop.refused(&["--application-id", &unknown]), @"
    exit code: 2
      help: check the ARN; the owner of the application must share it with this account
    error: the application arn:aws:serverlessrepo:us-east-1:444455556666:applications/order does not exist, has no version, or is not shared with this account
    ");
    insta::assert_snapshot!(shop.refused(&["--application-id", &unknown, "--region", "eu-west-1"]), @"
    exit code: 2
      help: an application that is not public is found in its own region alone: give --region us-east-1
    error: the application arn:aws:serverlessrepo:us-east-1:444455556666:applications/order does not exist, has no version, or is not shared with this account
    ");
    insta::assert_snapshot!(shop.refused(&["--application-id", "orders"]), @"
    exit code: 2
      help: see samstep deploy --help
    error: invalid value 'orders' for '--application-id <ARN>': write it as arn:aws:serverlessrepo:REGION:ACCOUNT:applications/NAME
    ");
    let denied = Answer::Error(
        403,
        "ForbiddenException",
        "User: arn:aws:sts::111122223333:assumed-role/ci/build is not authorized to perform: serverlessrepo:GetApplication",
    );
    shop.repository.fault(Fault::new("GetApplication", 1, denied));
    insta::assert_snapshot!(shop.refused(&[]), @"
    exit code: 77
      help: allow serverlessrepo:GetApplication on arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders to the role of this run; the owner of the application must share it with this account
    error: serverlessrepo:GetApplication arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders: User: arn:aws:sts::111122223333:assumed-role/ci/build is not authorized to perform: serverlessrepo:GetApplication (ForbiddenException) [request REQ-SAR-1]
    ");
}

#[test]
fn options_about_a_template_are_refused() {
    let shop = Shop::new(created());
    insta::assert_snapshot!(shop.refused(&["--template-file", "template.yaml"]), @"
    exit code: 2
      help: leave one of them out: the template and the code of an application are in the repository
    error: an application is deployed (--application-id), and --template-file is about a template
    ");
    insta::assert_snapshot!(shop.refused(&["--resolve-s3"]), @"
    exit code: 2
      help: leave one of them out: the template and the code of an application are in the repository
    error: an application is deployed (--application-id), and --resolve-s3 is about a template
    ");
    insta::assert_snapshot!(shop.refused(&["--execute", "arn:x"]), @"
    exit code: 2
      help: the change set was made with all of that; leave the other option out
    error: --execute and --application-id are both given: use only one
    ");
    let ended = shop.run(&["--semantic-version", "1.0.0"]).end();
    insta::assert_snapshot!(ended.stderr, @"
      help: name the application of which it is a version, or leave it out
    error: --semantic-version is given without --application-id
    ");
}

#[test]
fn an_application_may_be_named_in_a_samconfig() {
    let shop = Shop::new(created());
    let samconfig = format!(
        "version = 0.1\n[default.deploy.parameters]\nstack_name = '{STACK}'\napplication_id = '{ID}'\nsemantic_version = '1.0.0'\ns3_bucket = 'of-templates'\n"
    );
    let shop = Shop { site: shop.site.with("samconfig.toml", &samconfig), ..shop };
    let ended = shop.run(&[]).end().ok();
    assert!(ended.stderr.contains("Deploying application orders 1.0.0  "), "{}", ended.stderr);
    shop.site.stacks.then(updated());
    let ended = shop.run(&["--template-file", "template.yaml"]).end().ok();
    assert!(ended.stderr.contains("template.yaml:2:3"), "the template that is asked for is deployed: {}", ended.stderr);
}

#[test]
fn a_template_that_is_being_prepared_is_awaited_and_an_expired_one_replaced() {
    let shop = Shop::new(created());
    shop.repository.prepares(&["PREPARING", "PREPARING", "PREPARING", "ACTIVE"]);
    shop.deploy(&[]).ok();
    assert_eq!(shop.repository.writes(), ["CreateCloudFormationTemplate"]);
    assert_eq!(shop.repository.calls_of("GetCloudFormationTemplate").len(), 3);

    let shop = Shop::new(created());
    shop.repository.prepares(&["PREPARING", "EXPIRED"]);
    let ended = shop.run(&["--application-id", ID, "--timeout", "1s"]).end();
    insta::assert_snapshot!(said(&ended), @"
    exit code: 124
    --- stdout
    --- stderr
    Deploying application orders 1.1.0 (latest)  arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders
    error: the deployment of app did not end within 1 s: the change set is not created
    ");
    assert!(shop.site.stacks.writes().is_empty());
}

#[test]
fn a_lost_answer_makes_one_stack() {
    for operation in ["GetApplication", "CreateCloudFormationTemplate"] {
        let shop = Shop::new(created());
        shop.repository.fault(Fault::new(operation, 1, Answer::Lost));
        let ended = shop.run(&["--application-id", ID]).env("AWS_MAX_ATTEMPTS", "2").end().ok();
        assert_eq!(shop.site.stacks.change_sets().len(), 1, "{operation}: {}", ended.stderr);
    }
    let shop = Shop::new(created());
    shop.site.stacks.fault(StackFault::next("CreateChangeSet", 1, StackAnswer::Lost));
    shop.deploy(&[]).ok();
    let creations = shop.site.stacks.calls_of("CreateChangeSet");
    assert!(creations.len() == 2 && creations[0] == creations[1], "{creations:?}");
}

#[test]
fn a_lost_change_set_is_found_by_its_name_when_the_template_is_a_new_one() {
    let shop = Shop::new(created());
    shop.repository.prepares(&["ACTIVE", "EXPIRED"]);
    shop.site.stacks.fault(StackFault::next("CreateChangeSet", 1, StackAnswer::Lost));
    shop.deploy(&[]).ok();
    let creations = shop.site.stacks.calls_of("CreateChangeSet");
    assert_ne!(creations[0].get("TemplateURL"), creations[1].get("TemplateURL"));
    assert_eq!((creations.len(), shop.site.stacks.change_sets().len()), (2, 1));
}

#[test]
fn what_is_deployed_is_also_said_as_json() {
    let shop = Shop::offering(created(), json!({"requiredCapabilities": ["CAPABILITY_AUTO_EXPAND"]}));
    shop.repository.nests("arn:x", "0.1.0");
    let ended = shop.deploy(&["--output", "json", "--capabilities", "CAPABILITY_AUTO_EXPAND"]).ok();
    let lines: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let chosen = json!({
        "type": "deployment", "status": "application_chosen", "application_id": ID, "application_version": "1.1.0",
        "is_latest": true, "nested_applications": [{"id": "arn:x", "version": "0.1.0"}],
    });
    let is_chosen = |line: &&Value| chosen.as_object().unwrap().iter().all(|(key, value)| line[key] == *value);
    assert!(lines.iter().any(|line| is_chosen(&line)), "{}", ended.stdout);
    assert!(lines.last().unwrap().to_string().contains(r#""ApplicationVersion":"1.1.0""#), "{}", ended.stdout);
}

#[test]
fn a_secret_parameter_of_an_application_is_hidden() {
    let parameters = json!({"parameterDefinitions": [
        {"name": "Key", "type": "String", "noEcho": true, "referencedByResources": []},
    ]});
    let failed = format!(
        "0 / CREATE_IN_PROGRESS\n1 Queue AWS::SQS::Queue CREATE_FAILED the key {SECRET} is wrong\n2 / ROLLBACK_IN_PROGRESS\n3 / ROLLBACK_COMPLETE"
    );
    let shop = Shop::offering(Script::plays(&failed), parameters);
    let ended = shop.deploy(&["--parameter-overrides", &format!("Key={SECRET}"), "--debug"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("the key **** is wrong"), "{}", ended.stderr);
}

#[test]
fn a_plan_of_an_application_is_executed_later() {
    let shop = Shop::new(created());
    let planned = shop.deploy(&["--no-execute-changeset"]).ok();
    let id = planned.stderr.split_whitespace().find(|word| word.contains(":changeSet/")).expect("the plan has an ARN");
    let applied = shop.run(&["--execute", id]).end().ok();
    assert!(applied.stderr.contains("Deployed app (CREATE_COMPLETE)"), "{}", applied.stderr);
    assert_eq!(shop.repository.calls_of("GetApplication").len(), 1, "the plan has the template");
}

#[test]
fn a_denied_template_names_its_action() {
    let shop = Shop::new(created());
    let denied = Answer::Error(403, "ForbiddenException", "Forbidden");
    shop.repository.fault(Fault::new("CreateCloudFormationTemplate", 1, denied));
    let ended = shop.deploy(&[]);
    insta::assert_snapshot!(said(&ended), @"
    exit code: 77
    --- stdout
    --- stderr
    Deploying application orders 1.1.0 (latest)  arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders
      help: allow serverlessrepo:CreateCloudFormationTemplate on arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders to the role of this run; the owner of the application must share it with this account
    error: serverlessrepo:CreateCloudFormationTemplate arn:aws:serverlessrepo:us-east-1:444455556666:applications/orders: Forbidden (ForbiddenException) [request REQ-SAR-1]
    ");
    assert!(shop.site.stacks.writes().is_empty());
}
