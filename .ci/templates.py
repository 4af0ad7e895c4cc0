"""Checks what cfn-lint does not: the policies in the templates that are named as arguments.

Replaces intrinsic functions by sample values, then lints with parliament. Run by `.ci/run templates`. What each role may
do is checked by a test of the executable's test suite, against a table.
"""

import json
import pathlib
import sys

import parliament
from cfnlint.decode import cfn_yaml

# Findings that are intended, and why.
INTENDED = [
    # own_rules below requires a condition.
    ("PERMISSIONS_MANAGEMENT_ACTIONS", "iam:passrole"),
    # The purpose of the role: how its service hands out jobs, registry logins and sessions.
    ("CREDENTIALS_EXPOSURE", "codepipeline:pollforjobs"),
    ("CREDENTIALS_EXPOSURE", "ecr:getauthorizationtoken"),
    ("CREDENTIALS_EXPOSURE", "sts:assumerole"),
    # One service with an old and a new name: the ARN of a connection has one of the two.
    ("RESOURCE_MISMATCH", "codestar-connections:UseConnection"),
    # Composite alarms are described under no narrower resource.
    ("RESOURCE_STAR", "cloudwatch:DescribeAlarms"),
    # Actions that parliament does not know yet.
    ("UNKNOWN_ACTION", "cloudformation:DescribeEvents"),
    ("UNKNOWN_ACTION", "cloudformation:GetHookResult"),
    # The account in the ARN of a transform is `aws`.
    ("INVALID_ARN", ":aws:transform/"),
]


def resolve(value, name="x"):
    """Returns the value with every intrinsic function replaced by a value that it could have."""
    if isinstance(value, list):
        resolved = (resolve(item, name) for item in value)
        return [item for item in resolved if item is not None]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (key, argument), = value.items()
        if key == "Ref":
            return reference(argument)
        if key == "Fn::GetAtt":
            return reference(".".join(argument) if isinstance(argument, list) else argument)
        if key == "Fn::Sub":
            return substitute(argument)
        if key == "Fn::If":
            # Lints every statement that can be there.
            return next((it for it in (resolve(argument[1]), resolve(argument[2])) if it is not None), None)
        if key.startswith("Fn::"):
            return "x"
    return {key: resolve(item, key) for key, item in value.items()}


KNOWN = {
    "AWS::AccountId": "111122223333",
    "AWS::NoValue": None,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
    "ActionType": "Build/Samstep/1",
    "CodeRoleArns": ["arn:aws:iam::111122223333:role/code"],
    "ReaderAccounts": ["111122223333"],
    "ActionRoleArns": ["arn:aws:iam::111122223333:role/action"],
    "DeployedApplications": ["arn:aws:serverlessrepo:eu-west-1:111122223333:applications/x"],
}


def reference(name):
    """Returns a value for a parameter, an attribute or a pseudo parameter, by its name."""
    if name in KNOWN:
        return KNOWN[name]
    account = "eu-west-1:111122223333"
    if name.endswith("Role.Arn"):
        return "arn:aws:iam::111122223333:role/x"
    if name.endswith("Bucket.Arn"):
        return "arn:aws:s3:::bucket"
    if name.endswith("KeyArn"):
        return f"arn:aws:kms:{account}:key/00000000-0000-0000-0000-000000000000"
    if name == "ConnectionArn":
        return f"arn:aws:codeconnections:{account}:connection/00000000-0000-0000-0000-000000000000"
    if name == "Logs.Arn":
        return f"arn:aws:logs:{account}:log-group:/x:*"
    if name == "Undelivered.Arn":
        return f"arn:aws:sqs:{account}:x"
    if name == "Task":
        return f"arn:aws:ecs:{account}:task-definition/x:1"
    if name.endswith(".Arn"):
        return f"arn:aws:events:{account}:rule/x"
    return "x"


def substitute(argument):
    text, values = argument if isinstance(argument, list) else (argument, {})
    out = ""
    while "${" in text:
        before, rest = text.split("${", 1)
        name, text = rest.split("}", 1)
        value = resolve(values[name]) if name in values else reference(name)
        out += before + (value if isinstance(value, str) else "x")
    return out + text


def policies(template):
    """Yields each policy document of a template, with the path to it."""
    def walk(node, path):
        if isinstance(node, dict):
            for key, value in node.items():
                below = f"{path}.{key}"
                if key in ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument"):
                    yield below, key, resolve(value)
                else:
                    yield from walk(value, below)
        elif isinstance(node, list):
            for index, value in enumerate(node):
                yield from walk(value, f"{path}[{index}]")

    for name, resource in template["Resources"].items():
        for path, key, document in walk(resource, name):
            # The policy of a resource has principals.
            on_resource = key != "PolicyDocument" or resource["Type"].endswith(("BucketPolicy", "QueuePolicy"))
            yield path, on_resource, document


def lint(path):
    template = cfn_yaml.load(str(path))
    for place, on_resource, document in policies(template):
        for problem in own_rules(document) + ([] if on_resource else findings(document)):
            yield f"{path}: {place}: {problem}"


def own_rules(document):
    """Requires a condition on access for services and for everyone, and on passed roles."""
    problems = []
    for statement in document["Statement"]:
        name, conditions = statement.get("Sid", "a statement"), json.dumps(statement.get("Condition", {}))
        others = "Service" in statement.get("Principal", {}) or statement.get("Principal") == "*"
        if statement["Effect"] == "Allow" and others and "aws:Source" not in conditions:
            problems.append(f"{name} allows a service without aws:SourceAccount or aws:SourceArn")
        if "iam:PassRole" in statement["Action"] and "iam:PassedToService" not in conditions:
            problems.append(f"{name} passes roles without iam:PassedToService")
    return problems


def findings(document):
    """Returns what parliament finds in a policy of a role; it cannot read policies of resources."""
    found = parliament.analyze_policy_string(json.dumps(document), include_community_auditors=True).findings
    texts = ((it.issue, f"{it.detail} {it.location}") for it in found)
    intended = lambda issue, text: any(issue == name and part in text for name, part in INTENDED)
    return [f"{issue}: {text}" for issue, text in texts if not intended(issue, text)]


if __name__ == "__main__":
    problems = [problem for path in sys.argv[1:] for problem in lint(pathlib.Path(path))]
    print("\n".join(problems) or f"the policies of {len(sys.argv) - 1} templates: clean")
    sys.exit(1 if problems else 0)
