"""Drives the fake job service as AWS's own tools would, and compares its table of limits with botocore's model.

Called with the URL of the service, the id of a queued job of Build/Samstep/1, that of another, and the table as JSON.
"""

import json
import os
import re
import subprocess
import sys

import boto3

url, job, other, table = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
client = boto3.client("codepipeline", endpoint_url=url, region_name="us-east-1")


def aws(*arguments):
    command = [os.path.join(os.path.dirname(sys.executable), "aws"), "codepipeline", *arguments, "--endpoint-url", url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(told) if told.strip() else None


def differences(rule, shape, path):
    """What the fake and the model do not say alike of one shape."""
    kind, limits = rule["kind"], shape.metadata
    if kind == "object":
        members = {member["name"]: member for member in rule["members"]}
        required = {name for name, member in members.items() if member["required"]}
        # The revision is that of source actions; tags are of no use to tests.
        missing = set(shape.members) - set(members) - {"currentRevision"}
        if missing or required != set(shape.required_members):
            yield f"{path}: missing {missing}, required {required ^ set(shape.required_members)}"
        for name, member in members.items():
            yield from differences(member["rule"], shape.members[name], f"{path}.{name}")
    elif kind == "list":
        if limits.get("max", rule["most"]) != rule["most"]:
            yield f"{path}: {limits}"
        yield from differences(rule["of"], shape.member, path + "[]")
    elif kind == "map":
        if limits.get("max", rule["most"]) != rule["most"]:
            yield f"{path}: {limits}"
        yield from differences(rule["key"], shape.key, path + "{key}")
        yield from differences(rule["of"], shape.value, path + "{value}")
    elif kind == "one of":
        # Types of failure and categories are the same set.
        if set(rule["words"]) != set(shape.enum):
            yield f"{path}: {set(rule['words']) ^ set(shape.enum)}"
    elif kind in ("text", "word", "whole"):
        for name, ours in (("min", rule["least"]), ("max", rule["most"])):
            if ours is not None and limits.get(name, ours) != ours:
                yield f"{path}: {name} is {limits[name]}, not {ours}"
        if kind == "word" and "pattern" in limits:
            letters = [letter for letter in map(chr, range(33, 127)) if re.fullmatch(limits["pattern"], letter)]
            known = [letter for letter in map(chr, range(33, 127)) if letter.isalnum() or letter in rule["more"]]
            if letters != known:
                yield f"{path}: letters {set(letters) ^ set(known)}"


model = client.meta.service_model
found = [line for name, rule in table.items() for line in differences(rule, model.operation_model(name).input_shape, name)]
assert not found, found

details = {"minimumCount": 1, "maximumCount": 1}
created = client.create_custom_action_type(
    category="Build", provider="Stock", version="1", inputArtifactDetails=details, outputArtifactDetails=details,
    configurationProperties=[{"name": "Pool", "required": True, "key": True, "secret": False, "queryable": True}],
)
assert created["actionType"]["id"]["owner"] == "Custom", created
wanted = "category=Build,owner=Custom,provider=Samstep,version=1"
offered = aws("poll-for-jobs", "--action-type-id", wanted, "--max-batch-size", "2")["jobs"]
assert [offer["id"] for offer in offered] == [job, other], offered
for offer in offered:
    assert aws("acknowledge-job", "--job-id", offer["id"], "--nonce", offer["nonce"])["status"] == "InProgress"
try:
    client.acknowledge_job(jobId=job, nonce=offered[0]["nonce"])
    raise SystemExit("a job was acknowledged twice")
except client.exceptions.InvalidNonceException:
    pass
assert aws("get-job-details", "--job-id", job)["jobDetails"]["id"] == job
client.put_job_success_result(jobId=job, outputVariables={"Bucket": "code"})
try:
    client.put_job_success_result(jobId=job)
    raise SystemExit("a job took two results")
except client.exceptions.InvalidJobStateException:
    pass
assert aws("put-job-failure-result", "--job-id", other, "--failure-details", "type=JobFailed,message=no") is None
try:
    client.poll_for_jobs(actionTypeId={"category": "Build", "owner": "Custom", "provider": "Stock", "version": "1"})
    raise SystemExit("a pool was polled without its name")
except client.exceptions.ValidationException:
    pass
