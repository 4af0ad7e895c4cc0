//! The variables of each host, as its builds show them. FOLDER stands for the folder of the build.

/// A host's name and its variables.
pub type Dump = (&'static str, &'static [(&'static str, &'static str)]);

pub const LOCAL: Dump = ("local", &[("SHELL", "/bin/bash"), ("LANG", "C.UTF-8")]);

pub const CODEBUILD: Dump = (
    "codebuild",
    &[
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_EXECUTION_ENV", "AWS_ECS_EC2"),
        ("CODEBUILD_AUTH_TOKEN", "k7Qp2vTz9sLx4mWc8RbY1nHd"),
        (
            "CODEBUILD_BUILD_ARN",
            "arn:aws:codebuild:us-east-1:111122223333:build/orders:4b5c6d7e-1a2b-4c3d-9e8f-0a1b2c3d4e5f",
        ),
        ("CODEBUILD_BUILD_ID", "orders:4b5c6d7e-1a2b-4c3d-9e8f-0a1b2c3d4e5f"),
        ("CODEBUILD_BUILD_IMAGE", "aws/codebuild/amazonlinux-x86_64-standard:5.0"),
        ("CODEBUILD_BUILD_NUMBER", "17"),
        ("CODEBUILD_BUILD_SUCCEEDING", "1"),
        ("CODEBUILD_CI", "true"),
        ("CODEBUILD_INITIATOR", "codepipeline/orders"),
        ("CODEBUILD_SRC_DIR", "FOLDER"),
        ("CODEBUILD_SRC_DIR_Source-2", "FOLDER"),
        ("CODEBUILD_START_TIME", "1763856000000"),
    ],
);

pub const GITHUB: Dump = (
    "github",
    &[
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.e30.c2ln"),
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_ENV", "FOLDER/github.env"),
        ("GITHUB_OUTPUT", "FOLDER/github.output"),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_REPOSITORY", "acme/orders"),
        ("GITHUB_RUN_ID", "1658821493"),
        ("GITHUB_SHA", "ffac537e6cbbf934b08745a378932722df287a53"),
        ("GITHUB_STEP_SUMMARY", "FOLDER/github.summary"),
        ("GITHUB_WORKSPACE", "FOLDER"),
        ("RUNNER_ARCH", "X64"),
        ("RUNNER_OS", "Linux"),
        ("NO_COLOR", "1"),
    ],
);

pub const GITLAB: Dump = (
    "gitlab",
    &[
        ("CI", "true"),
        ("CI_COMMIT_SHA", "ffac537e6cbbf934b08745a378932722df287a53"),
        ("CI_JOB_ID", "50"),
        ("CI_JOB_TOKEN", "glcbt-64_aBcDeFgHiJkLmNoPqRs"),
        ("CI_PROJECT_DIR", "FOLDER"),
        ("CI_SERVER", "yes"),
        ("GITLAB_CI", "true"),
        ("NO_COLOR", "1"),
    ],
);

pub const JENKINS: Dump = (
    "jenkins",
    &[
        ("BUILD_NUMBER", "17"),
        ("BUILD_TAG", "jenkins-orders-17"),
        ("JENKINS_HOME", "/var/jenkins_home"),
        ("JENKINS_URL", "https://ci.example.com/"),
        ("WORKSPACE", "FOLDER"),
    ],
);

pub const AZURE: Dump =
    ("azure", &[("BUILD_SOURCESDIRECTORY", "FOLDER"), ("SYSTEM_TEAMPROJECT", "orders"), ("TF_BUILD", "True")]);
