"""Drives the fake CloudFormation as AWS's own tools would, and compares it with botocore's model.

Called with the URL of the service and the table of its parameters as JSON.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

import boto3
from botocore.config import Config

url, table = sys.argv[1], json.loads(sys.argv[2])
client = boto3.client("cloudformation", endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))
model = client.meta.service_model

# Importing resources and stack sets are not part of a deployment.
LEFT_OUT = ("ResourcesToImport", "StackSetName", "CallAs")
# Rows of a stack itself have statuses that the enumeration of resource statuses lacks.
OWN_STATUSES = {"REVIEW_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"}


def parameters(shape, path=""):
    """Each parameter of a shape as the table names it, with its shape and whether it is required."""
    for name, member in shape.members.items():
        yield from parameter(member, f"{path}{name}", name in shape.required_members)


def parameter(shape, path, required):
    if path in LEFT_OUT:
        return
    if shape.type_name == "structure":
        yield from parameters(shape, path + ".")
        return
    yield path, (shape, required)
    if shape.type_name == "list":
        yield from parameter(shape.member, path + ".*", False)


def differences(action):
    ours, theirs = table[action], dict(parameters(model.operation_model(action).input_shape))
    if set(ours) != set(theirs):
        yield f"{action}: {set(ours) ^ set(theirs)}"
    for path in set(ours) & set(theirs):
        rule, (shape, required) = ours[path]["rule"], theirs[path]
        limits = shape.metadata
        known = {
            "required": (ours[path]["required"], required),
            "kind": (rule["kind"], shape.type_name),
            "max": (rule.get("max"), limits.get("max")),
            "words": (set(rule.get("words", ())), set(getattr(shape, "enum", ()) or ())),
        }
        if "min" in rule:
            known["min"] = (rule["min"], limits.get("min", 0))
        for name, (own, other) in known.items():
            if own != other:
                yield f"{action} {path}: {name} is {other}, not {own}"
        for text in rule.get("accepted", ()):
            if not re.fullmatch(limits["pattern"], text):
                yield f"{action} {path}: {text!r} does not match {limits['pattern']}"
        for text in rule.get("refused", ()):
            if re.fullmatch(limits["pattern"], text) and len(text) >= limits.get("min", 0):
                yield f"{action} {path}: {text!r} matches {limits['pattern']}"


def unknown(node, shape, path):
    """What an answer holds and the model does not have."""
    name = lambda element: element.tag.split("}")[-1]
    if shape.type_name == "structure":
        for child in node:
            if name(child) not in shape.members:
                yield f"{path}.{name(child)}"
            else:
                yield from unknown(child, shape.members[name(child)], f"{path}.{name(child)}")
    elif shape.type_name == "list":
        for child in node:
            if name(child) != "member":
                yield f"{path}: {name(child)} in place of member"
            yield from unknown(child, shape.member, path + "[]")
    elif getattr(shape, "enum", None) and node.text not in shape.enum and node.text not in OWN_STATUSES:
        yield f"{path}: {node.text}"


found, seen = [line for action in table for line in differences(action)], set()


def check(response_dict, model, **_):
    seen.add(model.name)
    wrapper = (model.output_shape.serialization if model.output_shape else {}).get("resultWrapper")
    for node in ElementTree.fromstring(response_dict["body"]):
        if wrapper and node.tag.endswith("}" + wrapper):
            found.extend(unknown(node, model.output_shape, model.name))


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except client.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error
    else:
        raise SystemExit(f"{call} was not refused")


for action in table:
    client.meta.events.register(f"before-parse.cloudformation.{action}", lambda response_dict, operation_model, **_: check(response_dict, operation_model))

TEMPLATE = "Parameters: {Name: {Type: String, Default: a}}\nResources: {Queue: {Type: AWS::SQS::Queue}}"
created = client.create_change_set(
    StackName="full", ChangeSetName="one", ChangeSetType="CREATE", TemplateBody=TEMPLATE, ClientToken="t",
    Tags=[{"Key": "team", "Value": "shop"}], Capabilities=["CAPABILITY_IAM"], IncludeNestedStacks=True,
    NotificationARNs=["arn:aws:sns:us-east-1:111122223333:topic"], Description="by boto3",
    RollbackConfiguration={"RollbackTriggers": [], "MonitoringTimeInMinutes": 1},
)
client.get_waiter("change_set_create_complete").wait(ChangeSetName=created["Id"])
described = client.describe_change_set(ChangeSetName=created["Id"], IncludePropertyValues=True)
assert described["Changes"][1]["ResourceChange"]["BeforeContext"] == '{"a":"b<c>&d"}', described
assert client.list_change_sets(StackName="full")["Summaries"][0]["ChangeSetName"] == "one"
client.execute_change_set(ChangeSetName=created["Id"], ClientRequestToken="e", DisableRollback=False)
client.get_waiter("stack_create_complete").wait(StackName=created["StackId"])
stack = client.describe_stacks(StackName="full")["Stacks"][0]
assert stack["Outputs"][0]["OutputValue"] == "https://example.com/?a=1&b=<2>", stack
assert stack["Tags"] == [{"Key": "team", "Value": "shop"}], stack
rows = client.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
nested = next(row["PhysicalResourceId"] for row in rows if row["LogicalResourceId"] == "Data")
assert client.describe_stack_events(StackName=nested)["StackEvents"][0]["LogicalResourceId"] == "Table"
assert client.list_exports()["Exports"][0]["Name"] == "url"
assert client.list_imports(ExportName="url")["Imports"] == ["shop"]
assert client.get_template_summary(StackName="full")["Parameters"][0]["ParameterKey"] == "Name"
assert "Queue" in str(client.get_template(StackName="full")["TemplateBody"])
client.set_stack_policy(StackName="full", StackPolicyBody="{}")
assert client.get_stack_policy(StackName="full")["StackPolicyBody"] == "{}"
client.update_termination_protection(StackName="full", EnableTerminationProtection=True)
refused("ValidationError", client.delete_stack, StackName="full")
refused("InvalidChangeSetStatus", client.execute_change_set, ChangeSetName=created["Id"], ClientRequestToken="f")
refused("ChangeSetNotFound", client.describe_change_set, ChangeSetName="none", StackName="full")
client.rollback_stack(StackName="failed", ClientRequestToken="r")

failing = client.create_change_set(StackName="full", ChangeSetName="two", TemplateBody=TEMPLATE)["Id"]
assert client.describe_change_set(ChangeSetName=failing)["Status"] == "FAILED"
assert client.describe_events(ChangeSetName=failing, Filters={"FailedEvents": True})["OperationEvents"][0]["ValidationPath"]
hook = client.list_hook_results(TargetType="CHANGE_SET", TargetId=failing)["HookResults"][0]["HookResultId"]
assert client.get_hook_result(HookResultId=hook)["Annotations"][0]["SeverityLevel"] == "HIGH"
client.delete_change_set(ChangeSetName=failing)
client.delete_stack(StackName="failed")
client.create_change_set(StackName="shifting", ChangeSetName="one", ChangeSetType="CREATE", TemplateBody=TEMPLATE, Parameters=[])
resources = client.list_stack_resources(StackName="shifting")["StackResourceSummaries"]
assert "HelloAliaslive" in [resource["LogicalResourceId"] for resource in resources], resources


def deploy(*arguments):
    # The AWS CLI names its change sets by the second.
    time.sleep(1)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(TEMPLATE)
        file.flush()
        aws = os.path.join(os.path.dirname(sys.executable), "aws")
        words = [aws, "cloudformation", "deploy", "--endpoint-url", url, "--stack-name", "cli", "--template-file", file.name]
        run = subprocess.run([*words, *arguments], capture_output=True, text=True)
        return run.returncode, run.stdout + run.stderr


outcomes = [deploy(), deploy("--parameter-overrides", "Name=b", "--tags", "a=b"), deploy("--no-fail-on-empty-changeset")]
assert [code for code, _ in outcomes] == [0, 0, 0], outcomes
assert "No changes to deploy" in outcomes[2][1], outcomes
assert client.describe_stacks(StackName="cli")["Stacks"][0]["StackStatus"] == "UPDATE_COMPLETE"

assert seen == set(table), set(table) ^ seen
assert not found, found
