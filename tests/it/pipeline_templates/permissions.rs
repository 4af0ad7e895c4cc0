//! The table of what each role may do: a role that gains or loses an action fails here.
//!
//! Each permission stands once, under the name of what it is needed for. Roles are lists of these names.

use super::template::{Template, conditional, list, text};
use serde_yaml::Value;
use std::collections::BTreeSet;

/// Actions on resources under a condition, in a statement that is there if the condition of the template is met.
#[derive(Clone, Copy)]
struct Grant {
    when: &'static str,
    actions: &'static [&'static str],
    resources: &'static [&'static str],
    condition: &'static str,
}

const fn grant(actions: &'static [&'static str], resources: &'static [&'static str], condition: &'static str) -> Grant {
    Grant { when: "", actions, resources, condition }
}

impl Grant {
    const fn when(self, when: &'static str) -> Self {
        Self { when, ..self }
    }

    fn lines(self) -> impl Iterator<Item = String> {
        let Self { when, actions, resources, condition } = self;
        let pairs = resources.iter().flat_map(move |resource| actions.iter().map(move |action| (action, resource)));
        pairs.map(move |(action, resource)| line(when, action, resource, condition))
    }
}

fn line(when: &str, action: &str, resource: &str, condition: &str) -> String {
    format!("{when}: {action} on {resource} if {condition}")
}

const OWN_ACCOUNT: &str = "StringEquals=aws:ResourceAccount=A";
pub const THROUGH_S3: &str = "StringEquals=kms:ViaService=s3.R.SUFFIX";
/// The five that CodePipeline and CodeBuild need of a key that they use themselves.
const USE_KEY: &[&str] = &["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];
const WRITE_OBJECTS: &[&str] = &["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"];
const READ_OBJECTS: &[&str] = &["s3:GetObject", "s3:GetObjectVersion"];

// Needed to run anywhere.
const LOGS: Grant = grant(&["logs:CreateLogStream", "logs:PutLogEvents"], &["Logs.Arn"], "");
const TOOL: Grant = grant(&["s3:GetObject"], &["arn:P:s3:::ToolsBucket/samstep/SamstepVersion/*"], "");

// Needed by `samstep package`: look code up, upload it, under a key.
const CODE: Grant = grant(WRITE_OBJECTS, &["arn:P:s3:::CodeBucket/CodePrefix/*"], OWN_ACCOUNT);
const CODE_OF_STACK: Grant = grant(WRITE_OBJECTS, &["arn:P:s3:::CodeBucket/CodePrefix/DeployedStack/*"], OWN_ACCOUNT);
const CODE_BUCKET: Grant = grant(&["s3:ListBucket"], &["arn:P:s3:::CodeBucket"], OWN_ACCOUNT);
const CODE_KEY: Grant = grant(&["kms:Decrypt", "kms:GenerateDataKey"], &["CodeKeyArn"], THROUGH_S3).when("HasCodeKey");
const CODE_ROLES: Grant =
    grant(&["sts:AssumeRole"], &["CodeRoleArns"], "StringLike=sts:RoleSessionName=samstep*").when("HasCodeRoles");

// Needed by jobs and workers. Artifacts are read and written with the credentials of the job.
const RESULTS: Grant = grant(
    &["codepipeline:GetJobDetails", "codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult"],
    &["*"],
    "",
);
const ACKNOWLEDGE: Grant = grant(&["codepipeline:AcknowledgeJob"], &["*"], "");
const POLL: Grant = grant(&["codepipeline:PollForJobs"], &["arn:P:codepipeline:R:A:actiontype:Custom/ActionType"], "");
const DEAD_LETTERS: Grant = grant(&["sqs:SendMessage"], &["Undelivered.Arn"], "");
const PROTECT: Grant = grant(
    &["ecs:UpdateTaskProtection"],
    &["arn:P:ecs:R:A:task/(HasCluster ? Cluster : STACK)/*"],
    "ArnEquals=ecs:cluster=arn:P:ecs:R:A:cluster/(HasCluster ? Cluster : STACK)",
);
const REGISTRY: Grant = grant(&["ecr:GetAuthorizationToken"], &["*"], "");
const IMAGES: Grant = grant(
    &["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    &["arn:P:ecr:R:A:repository/*"],
    "",
);
const RUN_TASK: Grant =
    grant(&["ecs:RunTask"], &["Task"], "ArnEquals=ecs:cluster=arn:P:ecs:R:A:cluster/(HasCluster ? Cluster : STACK)");
const PASS_TASK_ROLES: Grant = grant(
    &["iam:PassRole"],
    &["Role.Arn", "StartRole.Arn"],
    "StringEquals=iam:PassedToService=ecs-tasks.amazonaws.com",
);

// Needed by CodeBuild for the artifacts of a pipeline.
const BUILD_ARTIFACTS: Grant =
    grant(&["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], &["arn:P:s3:::PipelineArtifactBucket/*"], "");
const BUILD_ARTIFACT_BUCKET: Grant =
    grant(&["s3:GetBucketAcl", "s3:GetBucketLocation"], &["arn:P:s3:::PipelineArtifactBucket"], "");
const BUILD_KEY: Grant = grant(USE_KEY, &["PipelineArtifactKeyArn"], "").when("HasPipelineArtifactKey");

// Needed by a pipeline.
const ARTIFACTS: Grant =
    grant(&["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], &["arn:P:s3:::ArtifactBucket/*"], OWN_ACCOUNT);
const ARTIFACT_BUCKET: Grant = grant(
    &["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"],
    &["arn:P:s3:::ArtifactBucket"],
    OWN_ACCOUNT,
);
const PIPELINE_KEY: Grant =
    grant(USE_KEY, &["KeyArn"], "RunsCommands ? nothing : StringEquals=kms:ViaService=s3.R.SUFFIX");
const SOURCE: Grant =
    grant(&["codeconnections:UseConnection", "codestar-connections:UseConnection"], &["ConnectionArn"], "");
/// The last three are for what a template configuration holds.
const CHANGE_SETS: Grant = grant(
    &[
        "cloudformation:CreateChangeSet",
        "cloudformation:DeleteChangeSet",
        "cloudformation:DescribeChangeSet",
        "cloudformation:DescribeStackEvents",
        "cloudformation:DescribeStacks",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:SetStackPolicy",
        "cloudformation:TagResource",
        "cloudformation:UntagResource",
    ],
    &["arn:P:cloudformation:R:A:stack/DeployedStack/*"],
    "",
);
/// What `samstep deploy` calls beyond that: for its clean-up, and to explain a failure.
const FOLLOW_STACK: Grant = grant(
    &[
        "cloudformation:DescribeEvents",
        "cloudformation:GetTemplate",
        "cloudformation:ListChangeSets",
        "cloudformation:ListHookResults",
        "cloudformation:ListStackResources",
    ],
    &["arn:P:cloudformation:R:A:stack/DeployedStack/*"],
    "",
);
/// The documentation names the stack as the resource of these actions, and some public policies the change set.
const OWN_CHANGE_SETS: Grant = grant(
    &[
        "cloudformation:DeleteChangeSet",
        "cloudformation:DescribeChangeSet",
        "cloudformation:DescribeEvents",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:ListHookResults",
    ],
    &["arn:P:cloudformation:R:A:changeSet/samstep-*/*"],
    "",
);
const NESTED_STACKS: Grant = grant(SEE_NESTED, &["arn:P:cloudformation:R:A:stack/DeployedStack-*/*"], "");
const SEE_NESTED: &[&str] = &[
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudformation:ListStackResources",
];
/// To show how traffic shifts. None of these stops a shift.
const SHIFTS: Grant = grant(SEE_SHIFTS, &["arn:P:codedeploy:R:A:deploymentgroup:DeployedStack-*/*"], "");
const SEE_SHIFTS: &[&str] =
    &["codedeploy:BatchGetDeployments", "codedeploy:GetDeploymentGroup", "codedeploy:ListDeployments"];
const SHIFT_CONFIGURATIONS: Grant =
    grant(&["codedeploy:GetDeploymentConfig"], &["arn:P:codedeploy:R:A:deploymentconfig:*"], "");
const TRAFFIC_AND_ALARMS: Grant = grant(
    &["cloudwatch:DescribeAlarms", "codedeploy:BatchGetDeploymentTargets", "codedeploy:ListDeploymentTargets"],
    &["*"],
    "",
);
const EXPORTS_AND_HOOKS: Grant = grant(&["cloudformation:GetHookResult", "cloudformation:ListImports"], &["*"], "");
const TRANSFORMS: Grant = grant(
    &["cloudformation:CreateChangeSet"],
    &[
        "arn:P:cloudformation:R:aws:transform/Include",
        "arn:P:cloudformation:R:aws:transform/LanguageExtensions",
        "arn:P:cloudformation:R:aws:transform/Serverless-2016-10-31",
    ],
    "",
);
const PASS_DEPLOY_ROLE: Grant = grant(
    &["iam:PassRole"],
    &["DeployRole.Arn"],
    "StringEqualsIfExists=iam:PassedToService=cloudformation.amazonaws.com",
);
const PROJECT: Grant =
    grant(&["codebuild:BatchGetBuilds", "codebuild:StartBuild"], &["arn:P:codebuild:R:A:project/PackageWith"], "")
        .when("OnCodeBuild");
const FUNCTION: Grant =
    grant(&["lambda:InvokeFunction"], &["arn:P:lambda:R:A:function:PackageWith"], "").when("OnLambda");
const FUNCTIONS: Grant = grant(&["lambda:ListFunctions"], &["*"], "").when("OnLambda");
const COMMANDS_LOGS: Grant = grant(
    &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    &["arn:P:logs:R:A:log-group:/aws/codepipeline/STACK", "arn:P:logs:R:A:log-group:/aws/codepipeline/STACK:*"],
    "",
)
.when("RunsCommands");

// Needed by `samstep deploy` in any host: the managed policy of deploy.yaml.
const STACKS: &[&str] = &["arn:P:cloudformation:R:A:stack/DeployedStacks/*"];
const STACKS_AND_CHANGE_SETS: &[&str] =
    &["arn:P:cloudformation:R:A:stack/DeployedStacks/*", "arn:P:cloudformation:R:A:changeSet/*"];
const DEPLOY: [Grant; 13] = [
    grant(&["cloudformation:CreateChangeSet"], STACKS, "ArnEquals=cloudformation:RoleArn=DeployRole.Arn"),
    grant(
        &["cloudformation:DeleteChangeSet", "cloudformation:DescribeChangeSet", "cloudformation:ExecuteChangeSet"],
        &["arn:P:cloudformation:R:A:stack/DeployedStacks/*", "arn:P:cloudformation:R:A:changeSet/samstep-*/*"],
        "",
    ),
    grant(
        &[
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStacks",
            "cloudformation:GetTemplate",
            "cloudformation:ListChangeSets",
            "cloudformation:ListStackResources",
        ],
        STACKS,
        "",
    ),
    grant(
        &[
            "cloudformation:RollbackStack",
            "cloudformation:SetStackPolicy",
            "cloudformation:UpdateTerminationProtection",
        ],
        STACKS,
        "",
    ),
    grant(&["cloudformation:TagResource", "cloudformation:UntagResource"], STACKS_AND_CHANGE_SETS, ""),
    grant(&["cloudformation:DescribeEvents", "cloudformation:ListHookResults"], STACKS_AND_CHANGE_SETS, ""),
    grant(SEE_NESTED, &["arn:P:cloudformation:R:A:stack/DeployedStacks-*/*"], ""),
    grant(SEE_SHIFTS, &["arn:P:codedeploy:R:A:deploymentgroup:DeployedStacks-*/*"], ""),
    SHIFT_CONFIGURATIONS,
    TRAFFIC_AND_ALARMS,
    EXPORTS_AND_HOOKS,
    TRANSFORMS,
    PASS_DEPLOY_ROLE,
];
/// `--application-id`.
const APPLICATIONS: Grant = grant(
    &[
        "serverlessrepo:CreateCloudFormationTemplate",
        "serverlessrepo:GetApplication",
        "serverlessrepo:GetCloudFormationTemplate",
        "serverlessrepo:ListApplicationDependencies",
        "serverlessrepo:ListApplicationVersions",
    ],
    &["DeployedApplications"],
    "",
)
.when("HasApplications");
const REPLACE: Grant = grant(&["cloudformation:DeleteStack"], STACKS, "").when("MayReplace");

// Needed by the role of a stack, beside what its resources need.
const READ_CODE: Grant = grant(READ_OBJECTS, &["arn:P:s3:::CodeBucket/CodePrefix/DeployedStack/*"], "");
const DECRYPT_CODE: Grant = grant(&["kms:Decrypt"], &["KeyArn"], THROUGH_S3);
const READ_CODE_OF_STACKS: Grant = grant(READ_OBJECTS, &["arn:P:s3:::CodeBucket/CodePrefix/*"], "");
const DECRYPT_CODE_OF_STACKS: Grant = grant(&["kms:Decrypt"], &["CodeKeyArn"], THROUGH_S3).when("HasCodeKey");
const NESTED_APPLICATIONS: Grant = grant(
    &["serverlessrepo:CreateCloudFormationTemplate", "serverlessrepo:GetCloudFormationTemplate"],
    &["DeployedApplications"],
    "",
)
.when("HasApplications");
const CODE_OF_APPLICATIONS: Grant =
    grant(&["s3:GetObject"], &["arn:P:s3:::awsserverlessrepo-changesets-*/*"], "").when("HasApplications");

// Needed by `samstep publish` in any host: the managed policy of publish.yaml.
const PUBLISHED: &[&str] = &["arn:P:serverlessrepo:R:A:applications/PublishedApplications"];
const PUBLISH: [Grant; 4] = [
    grant(&["serverlessrepo:CreateApplication", "serverlessrepo:ListApplications"], &["*"], ""),
    grant(&["serverlessrepo:CreateApplicationVersion", "serverlessrepo:UpdateApplication"], PUBLISHED, ""),
    grant(&["serverlessrepo:GetApplication"], &["arn:P:serverlessrepo:*:*:applications/*"], ""),
    grant(&["serverlessrepo:GetApplicationPolicy", "serverlessrepo:PutApplicationPolicy"], PUBLISHED, "")
        .when("MayShare"),
];

/// Template, role, who may assume it under which condition, and what it may do.
const ROLES: [(&str, &str, &str, &str, &[Grant]); 11] = [
    (
        "codebuild.yaml",
        "Role",
        "codebuild",
        "StringEquals=aws:SourceAccount=A, aws:SourceArn=arn:P:codebuild:R:A:project/STACK",
        &[LOGS, TOOL, BUILD_ARTIFACTS, BUILD_ARTIFACT_BUCKET, BUILD_KEY, CODE, CODE_BUCKET, CODE_KEY],
    ),
    (
        "codepipeline.yaml",
        "DeployRole",
        "cloudformation",
        "StringEqualsIfExists=aws:SourceAccount=A",
        &[READ_CODE, DECRYPT_CODE, TRANSFORMS],
    ),
    (
        "codepipeline.yaml",
        "Role",
        "codepipeline",
        "StringEqualsIfExists=aws:SourceAccount=A, \
         ArnLikeIfExists=aws:SourceArn=arn:P:codepipeline:R:A:STACK, arn:P:codepipeline:R:A:STACK/*",
        &[
            ARTIFACTS,
            ARTIFACT_BUCKET,
            PIPELINE_KEY,
            SOURCE,
            CHANGE_SETS,
            FOLLOW_STACK.when("WithSamstep"),
            OWN_CHANGE_SETS.when("WithSamstep"),
            NESTED_STACKS.when("WithSamstep"),
            SHIFTS.when("WithSamstep"),
            SHIFT_CONFIGURATIONS.when("WithSamstep"),
            TRAFFIC_AND_ALARMS.when("WithSamstep"),
            EXPORTS_AND_HOOKS.when("WithSamstep"),
            TRANSFORMS,
            PASS_DEPLOY_ROLE,
            PROJECT,
            FUNCTION,
            FUNCTIONS,
            COMMANDS_LOGS,
            TOOL.when("RunsCommands"),
            CODE_OF_STACK.when("RunsCommands"),
            CODE_BUCKET.when("RunsCommands"),
        ],
    ),
    (
        "deploy.yaml",
        "DeployRole",
        "cloudformation",
        "StringEqualsIfExists=aws:SourceAccount=A",
        &[READ_CODE_OF_STACKS, DECRYPT_CODE_OF_STACKS, TRANSFORMS, NESTED_APPLICATIONS, CODE_OF_APPLICATIONS],
    ),
    (
        "lambda-invoke.yaml",
        "Role",
        "lambda",
        "StringEqualsIfExists=aws:SourceAccount=A",
        &[LOGS, RESULTS, CODE, CODE_BUCKET, CODE_KEY, CODE_ROLES],
    ),
    (
        "worker-event.yaml",
        "Role",
        "lambda",
        "StringEqualsIfExists=aws:SourceAccount=A",
        &[LOGS, DEAD_LETTERS, POLL, ACKNOWLEDGE, RESULTS, CODE, CODE_BUCKET, CODE_KEY, CODE_ROLES],
    ),
    (
        "worker-fargate.yaml",
        "Role",
        "ecs-tasks",
        TASKS,
        &[POLL, ACKNOWLEDGE, RESULTS, PROTECT, CODE, CODE_BUCKET, CODE_KEY, CODE_ROLES],
    ),
    ("worker-fargate.yaml", "StartRole", "ecs-tasks", TASKS, &[LOGS, REGISTRY, IMAGES]),
    (
        "worker-runtask.yaml",
        "Role",
        "ecs-tasks",
        TASKS,
        &[POLL, ACKNOWLEDGE, RESULTS, CODE, CODE_BUCKET, CODE_KEY, CODE_ROLES],
    ),
    ("worker-runtask.yaml", "StartRole", "ecs-tasks", TASKS, &[LOGS, REGISTRY, IMAGES]),
    (
        "worker-runtask.yaml",
        "WakeRole",
        "events",
        "StringEquals=aws:SourceAccount=A, ArnLike=aws:SourceArn=arn:P:events:R:A:rule/*",
        &[RUN_TASK, PASS_TASK_ROLES],
    ),
];
const TASKS: &str = "StringEquals=aws:SourceAccount=A, ArnLike=aws:SourceArn=arn:P:ecs:R:A:*";

pub fn statements(document: &Value) -> Vec<(String, &Value)> {
    let statements: Vec<_> = document["Statement"].as_sequence().unwrap().iter().map(conditional).collect();
    assert!(!statements.is_empty());
    statements
}

fn allowed<'a>(documents: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (when, statement) in documents.into_iter().flat_map(statements) {
        assert_eq!(text(&statement["Effect"]), "Allow");
        let condition = statement.get("Condition").map(text).unwrap_or_default();
        for resource in list(&statement["Resource"]) {
            let actions = list(&statement["Action"]);
            lines.extend(actions.iter().map(|action| line(&when, action, &resource, &condition)));
        }
    }
    lines
}

#[track_caller]
fn assert_grants(name: &str, grants: &[Grant], actual: &BTreeSet<String>) {
    let expected: BTreeSet<String> = grants.iter().flat_map(|grant| grant.lines()).collect();
    let more: Vec<_> = actual.difference(&expected).collect();
    let less: Vec<_> = expected.difference(actual).collect();
    assert!(more.is_empty() && less.is_empty(), "{name}: too much {more:#?}, missing {less:#?}");
}

#[test]
fn each_role_may_do_what_the_table_says_and_no_more() {
    for (template, name, _, _, grants) in ROLES {
        let template = Template::read(template);
        let policies = template.resource(name)["Policies"].as_sequence().unwrap();
        let actual = allowed(policies.iter().map(|policy| &policy["PolicyDocument"]));
        assert_grants(&format!("{} {name}", template.name), grants, &actual);
    }
    let known: BTreeSet<_> = ROLES.map(|row| (row.0.to_owned(), row.1.to_owned())).into();
    let mut there = BTreeSet::new();
    for template in Template::all() {
        let roles = template.of_type("AWS::IAM::Role").into_iter();
        there.extend(roles.map(|(name, _)| (template.name.clone(), name)));
        assert!(template.of_type("AWS::IAM::Policy").is_empty(), "{}", template.name);
    }
    assert_eq!(there, known, "each role has a row");
}

#[test]
fn the_policy_of_deployments_allows_what_the_table_says_and_no_more() {
    let template = Template::read("deploy.yaml");
    let grants: Vec<_> = DEPLOY.into_iter().chain([APPLICATIONS, REPLACE]).collect();
    assert_grants("DeployPolicy", &grants, &allowed([&template.resource("DeployPolicy")["PolicyDocument"]]));
    let with_policies: Vec<_> =
        Template::all().iter().flat_map(|it| it.of_type("AWS::IAM::ManagedPolicy")).map(|(name, _)| name).collect();
    assert_eq!(with_policies, ["DeployPolicy", "PublishPolicy"]);
}

#[test]
fn the_policy_of_publications_allows_what_the_table_says_and_no_more() {
    let template = Template::read("publish.yaml");
    assert_grants("PublishPolicy", &PUBLISH, &allowed([&template.resource("PublishPolicy")["PolicyDocument"]]));
}

/// The managed policies of each role.
#[test]
fn a_host_that_only_packages_may_neither_deploy_nor_publish() {
    let with_policies = "MayDeploy ? DeployPolicyArn : nothing, MayPublish ? PublishPolicyArn : nothing";
    let expected = [
        ("codebuild.yaml Role", "HasDeployPolicy ? DeployPolicyArn : nothing, MayPublish ? PublishPolicyArn : nothing"),
        ("codepipeline.yaml DeployRole", "DeployPolicyArns"),
        ("deploy.yaml DeployRole", "DeployPolicyArns"),
        ("lambda-invoke.yaml Role", with_policies),
        ("worker-event.yaml Role", with_policies),
        ("worker-fargate.yaml Role", with_policies),
        ("worker-runtask.yaml Role", with_policies),
    ];
    let mut found = Vec::new();
    for template in Template::all() {
        for (name, role) in template.of_type("AWS::IAM::Role") {
            let managed = role.get("ManagedPolicyArns").map(text);
            found.extend(managed.map(|managed| (format!("{} {name}", template.name), managed)));
        }
    }
    assert_eq!(found, expected.map(|(role, managed)| (role.to_owned(), managed.to_owned())));
}

#[test]
fn each_role_is_assumed_by_one_service_for_this_account() {
    for (template, name, service, condition, _) in ROLES {
        let template = Template::read(template);
        let trust = &template.resource(name)["AssumeRolePolicyDocument"];
        let [(_, statement)] = statements(trust)[..] else { panic!("{} {name}: one statement", template.name) };
        let actual = ["Effect", "Action", "Principal", "Condition"].map(|key| text(&statement[key]));
        let expected =
            ["Allow", "sts:AssumeRole", &format!("Service={service}.amazonaws.com"), condition].map(str::to_owned);
        assert_eq!(actual, expected, "{} {name}", template.name);
    }
}
