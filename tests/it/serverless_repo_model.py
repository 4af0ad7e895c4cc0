"""Drives the fake repository as AWS's own tools would, and compares it with botocore's model.

Called with the URL of the service, to which samstep published the application by-samstep, and the table of its members
as JSON.
"""

import json
import os
import subprocess
import sys

import boto3
from botocore.config import Config

url, table = sys.argv[1], json.loads(sys.argv[2])
client = boto3.client("serverlessrepo", endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))
model = client.meta.service_model


def aws(*arguments):
    command = [os.path.join(os.path.dirname(sys.executable), "aws"), "serverlessrepo", *arguments, "--endpoint-url", url]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def on_wire(shape):
    return {member.serialization.get("name", name): (member.type_name, name in shape.required_members) for name, member in shape.members.items()}


def differences(operation):
    ours = {row["name"]: (row["kind"], row["required"]) for row in table[operation]}
    theirs = on_wire(model.operation_model(operation).input_shape)
    if ours != theirs:
        yield f"{operation}: {set(ours.items()) ^ set(theirs.items())}"


def unknown(value, shape, path):
    """What an answer has and the model has not."""
    if shape.type_name == "structure":
        members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, inner in value.items():
            if name not in members:
                yield f"{path}.{name}"
            else:
                yield from unknown(inner, members[name], f"{path}.{name}")
        for name in shape.required_members:
            if shape.members[name].serialization.get("name", name) not in value:
                yield f"{path}.{name} is missing"
    elif shape.type_name == "list":
        for inner in value:
            yield from unknown(inner, shape.member, path + "[]")
    elif shape.type_name == "boolean" and not isinstance(value, bool) or shape.type_name == "string" and not isinstance(value, str):
        yield f"{path}: {value!r}"


found, seen = [line for operation in table for line in differences(operation)], set()


def check(response_dict, operation_model):
    seen.add(operation_model.name)
    if response_dict["status_code"] < 300:
        found.extend(unknown(json.loads(response_dict["body"]), operation_model.output_shape, operation_model.name))
        expected = operation_model.http.get("responseCode", 200)
        if response_dict["status_code"] != expected:
            found.append(f"{operation_model.name}: {response_dict['status_code']}, not {expected}")


for operation in table:
    client.meta.events.register(f"before-parse.serverlessrepo.{operation}", lambda response_dict, operation_model, **_: check(response_dict, operation_model))


def refused(error, call, **arguments):
    try:
        call(**arguments)
    except error:
        return
    raise SystemExit(f"{call} was not refused")


errors = client.exceptions
created = client.create_application(
    Name="stock", Author="acme", Description="d", HomePageUrl="https://example.com", Labels=["a"], LicenseBody="free",
    ReadmeUrl="s3://docs/README.md", SpdxLicenseId="MIT", SemanticVersion="1.0.0", TemplateBody="Resources: {}",
    SourceCodeUrl="https://example.com/code", SourceCodeArchiveUrl="s3://docs/src.zip",
)
arn = created["ApplicationId"]
refused(errors.ConflictException, client.create_application, Name="stock", Author="acme", Description="d")
client.create_application_version(ApplicationId=arn, SemanticVersion="1.1.0", TemplateBody="Resources: {}")
refused(errors.ConflictException, client.create_application_version, ApplicationId=arn, SemanticVersion="1.1.0")
assert client.get_application(ApplicationId=arn, SemanticVersion="1.0.0")["Version"]["SemanticVersion"] == "1.0.0"
refused(errors.NotFoundException, client.get_application, ApplicationId=arn, SemanticVersion="9.0.0")
refused(errors.NotFoundException, client.get_application, ApplicationId=arn + "-other")
refused(errors.BadRequestException, client.update_application, ApplicationId=arn, ReadmeUrl="./README.md")
assert client.update_application(ApplicationId=arn, Labels=[])["Labels"] == []
statements = [{"StatementId": "one", "Principals": ["*"], "PrincipalOrgIDs": ["o-1"], "Actions": ["Deploy"]}]
client.put_application_policy(ApplicationId=arn, Statements=statements)
assert client.get_application_policy(ApplicationId=arn)["Statements"] == statements
assert [it["SemanticVersion"] for it in client.list_application_versions(ApplicationId=arn)["Versions"]] == ["1.0.0", "1.1.0"]
assert len(client.list_applications(MaxItems=10)["Applications"]) == 3

template = client.create_cloud_formation_template(ApplicationId=arn, SemanticVersion="1.0.0")
assert (template["Status"], template["SemanticVersion"]) == ("ACTIVE", "1.0.0"), template
again = client.get_cloud_formation_template(ApplicationId=arn, TemplateId=template["TemplateId"])
assert again["TemplateUrl"] == template["TemplateUrl"]
refused(errors.NotFoundException, client.get_cloud_formation_template, ApplicationId=arn, TemplateId="other")
refused(errors.NotFoundException, client.create_cloud_formation_template, ApplicationId=arn, SemanticVersion="9.0.0")
theirs = "arn:aws:serverlessrepo:us-east-1:444455556666:applications/theirs"
offered = client.get_application(ApplicationId=theirs)["Version"]
assert offered["ParameterDefinitions"][0]["NoEcho"] is True, offered
assert offered["RequiredCapabilities"] == ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"], offered
within = client.list_application_dependencies(ApplicationId=theirs, SemanticVersion="2.0.0")["Dependencies"]
assert within == [{"ApplicationId": "arn:x", "SemanticVersion": "0.1.0"}], within

ours = arn.replace("stock", "by-samstep")
read = aws("get-application", "--application-id", ours)
assert (read["Author"], read["Version"]["SemanticVersion"]) == ("acme", "1.2.0"), read
policy = aws("get-application-policy", "--application-id", ours)["Statements"]
assert policy == [{"StatementId": "SamstepAccounts", "Principals": ["444455556666"], "Actions": ["Deploy"]}], policy

assert seen == set(table), set(table) ^ seen
assert not found, found
