"""Drives the fake CodeDeploy and CloudWatch as AWS's own tools would, and compares them with botocore's models.

Called with the URL of the services and the names of their actions as JSON. CloudWatch answers in JSON here, as botocore
asks for, and with the same documents in CBOR to the executable.
"""

import json
import sys
import time

import boto3
from botocore.config import Config

url, actions = sys.argv[1], set(json.loads(sys.argv[2]))
config = Config(retries={"total_max_attempts": 1})
stacks, codedeploy, cloudwatch = (boto3.client(name, endpoint_url=url, config=config) for name in ("cloudformation", "codedeploy", "cloudwatch"))
found, seen = [], set()


def unknown(value, shape, path):
    """What an answer has and the model has not."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            if name not in shape.members:
                yield f"{path}.{name}"
            else:
                yield from unknown(inner, shape.members[name], f"{path}.{name}")
        yield from (f"{path}.{name} is missing" for name in shape.required_members if name not in value)
    elif shape.type_name == "list":
        for inner in value:
            yield from unknown(inner, shape.member, path + "[]")
    elif shape.type_name == "string" and (not isinstance(value, str) or getattr(shape, "enum", None) and value not in shape.enum):
        yield f"{path}: {value!r}"
    elif shape.type_name in ("double", "integer", "long", "timestamp") and isinstance(value, (str, bool)):
        yield f"{path}: {value!r}"


def check(response_dict, operation_model):
    seen.add(operation_model.name)
    if response_dict["status_code"] < 300:
        found.extend(unknown(json.loads(response_dict["body"]), operation_model.output_shape, operation_model.name))


for client in (codedeploy, cloudwatch):
    client.meta.events.register("before-parse", lambda response_dict, operation_model, **_: check(response_dict, operation_model))


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except call.__self__.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error
    else:
        raise SystemExit(f"{call} was not refused")


def deploy(stack):
    name = stacks.create_change_set(StackName=stack, ChangeSetName="one", TemplateBody="Resources: {}")["Id"]
    stacks.execute_change_set(ChangeSetName=name)


def group_of(stack, function):
    pages = stacks.get_paginator("list_stack_resources").paginate(StackName=stack)
    ids = {it["LogicalResourceId"]: it["PhysicalResourceId"] for page in pages for it in page["StackResourceSummaries"]}
    return {"applicationName": ids["ServerlessDeploymentApplication"], "deploymentGroupName": ids[function + "DeploymentGroup"]}


def until(status, identifier, seconds=20):
    for _ in range(4 * seconds):
        described = codedeploy.batch_get_deployments(deploymentIds=[identifier])["deploymentsInfo"]
        if described and described[0]["status"] == status:
            return described[0]
        time.sleep(0.25)
    raise SystemExit(f"{identifier} is not {status}: {described}")


def target(identifier):
    ids = codedeploy.list_deployment_targets(deploymentId=identifier)["targetIds"]
    described = codedeploy.batch_get_deployment_targets(deploymentId=identifier, targetIds=ids)
    return described["deploymentTargets"][0]["lambdaTarget"]


for stack in ("app", "hook", "alarm"):
    deploy(stack)
template = stacks.get_template(StackName="app", TemplateStage="Processed")["TemplateBody"]
assert "CodeDeployLambdaAliasUpdate" in str(template), template

slow, quick, hook, alarm = group_of("app", "Slow"), group_of("app", "Quick"), group_of("hook", "Hello"), group_of("alarm", "Hello")
known = codedeploy.get_deployment_group(**slow)["deploymentGroupInfo"]
assert known["alarmConfiguration"]["alarms"] == [{"name": "Errors"}], known
routing = codedeploy.get_deployment_config(deploymentConfigName=known["deploymentConfigName"])
assert routing["deploymentConfigInfo"]["trafficRoutingConfig"]["timeBasedLinear"]["linearPercentage"] == 10, routing
time.sleep(4)
since = {"createTimeRange": {"start": time.time() - 600}}
ids = {name: codedeploy.list_deployments(**group, **since)["deployments"] for name, group in dict(slow=slow, quick=quick, hook=hook).items()}
assert all(ids.values()), ids

done = until("Succeeded", ids["quick"][-1])
assert done["creator"] == "CloudFormation" and done["completeTime"] > done["createTime"], done
assert target(ids["quick"][-1])["lambdaFunctionInfo"]["targetVersionWeight"] == 100.0
failed = until("Failed", ids["hook"][-1])
assert failed["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE" and failed["rollbackInfo"], failed
assert target(ids["hook"][-1])["lifecycleEvents"][0]["diagnostics"]["logTail"] == "log"
stopped = until("Stopped", codedeploy.list_deployments(**alarm)["deployments"][-1])
assert stopped["errorInformation"]["code"] == "ALARM_ACTIVE", stopped
assert target(stopped["rollbackInfo"]["rollbackDeploymentId"])["status"] == "Succeeded"
states = {it["AlarmName"]: it["StateValue"] for it in cloudwatch.describe_alarms(AlarmNames=["Errors", "Latency", "none"], AlarmTypes=["MetricAlarm"])["MetricAlarms"]}
assert states == {"Errors": "OK", "Latency": "ALARM"}, states

running = ids["slow"][-1]
assert codedeploy.list_deployments(**slow, includeOnlyStatuses=["InProgress"])["deployments"] == [running]
assert target(running)["lambdaFunctionInfo"]["targetVersionWeight"] == 10.0
assert codedeploy.stop_deployment(deploymentId=running, autoRollbackEnabled=True)["status"] == "Pending"
assert until("Stopped", running)["errorInformation"]["code"] == "MANUAL_STOP"
refused("DeploymentAlreadyCompletedException", codedeploy.stop_deployment, deploymentId=running, autoRollbackEnabled=True)
for _ in range(40):
    status = stacks.describe_stacks(StackName="app")["Stacks"][0]["StackStatus"]
    if status == "UPDATE_ROLLBACK_COMPLETE":
        break
    time.sleep(0.25)
assert status == "UPDATE_ROLLBACK_COMPLETE", status
refused("ApplicationDoesNotExistException", codedeploy.list_deployments, applicationName="x", deploymentGroupName="x")
refused("DeploymentGroupDoesNotExistException", codedeploy.get_deployment_group, **{**slow, "deploymentGroupName": "x"})
refused("DeploymentDoesNotExistException", codedeploy.list_deployment_targets, deploymentId="d-999999999")

assert seen == actions, actions ^ seen
assert not found, found
