"""A CloudFormation for the comparison: stacks that take their time, and a record of every call.

Plays new stacks over real time, which no emulator keeps busy for a minute. A stack has as many nested stacks below each other
as its play says, and every resource of each has several rows. Knows the calls that deploy a new stack.
"""

import contextlib
import dataclasses
import datetime
import functools
import http.server
import json
import threading
import time
import urllib.parse
import xml.sax.saxutils

NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
ARN = "arn:aws:cloudformation:us-east-1:111122223333"
PAGE_ROWS = 100
ROW_PROPERTIES = json.dumps({"QueueName": "orders", "Tags": [{"Key": f"tag-{i}", "Value": "x" * 40} for i in range(6)]})


@dataclasses.dataclass(frozen=True)
class Play:
    """How a new stack is created: in so many seconds, with so many stacks below each other."""

    seconds: float
    levels: int = 1
    resources: int = 10
    rows_of_each: int = 3
    # Until the change set is computed.
    computed_after: float = 2.0


class Refused(Exception):
    """An answer with an error."""


class Stack:
    def __init__(self, name, play, arguments):
        self.name, self.play = name, play
        self.id = f"{ARN}:stack/{name}/0"
        self.change_set = f"{ARN}:changeSet/{arguments['ChangeSetName']}/{name}"
        self.change_set_name = arguments["ChangeSetName"]
        self.created = time.time()
        self.executed = None
        review = self.row(self.id, 9, self.created, name, self.id, "AWS::CloudFormation::Stack", "REVIEW_IN_PROGRESS", "User Initiated")
        self.rows = {self.id: [review]}

    def end(self):
        """The time at which the last row is written."""
        return self.executed + self.play.seconds

    def execute(self, token):
        self.executed = time.time()
        for level in range(self.play.levels):
            self.rows.setdefault(self.stack_id(level), []).extend(self.rows_of(level, token))

    def stack_id(self, level):
        return self.id if level == 0 else f"{ARN}:stack/{self.name}-level-{level}/0"

    @staticmethod
    def row(stack, number, at, logical_id, physical_id, kind, status, reason=None, properties=None, token=None):
        name = stack.split("/")[1]
        return at, {
            "StackId": stack, "EventId": f"{name}-{number}-{status}", "StackName": name, "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id, "ResourceType": kind, "Timestamp": text(at), "ResourceStatus": status,
            "ResourceStatusReason": reason, "ResourceProperties": properties, "ClientRequestToken": token,
        }

    def rows_of(self, level, token):
        """The rows of one stack, oldest first. A nested stack takes less time than the one above."""
        margin = self.play.seconds * level / (4 * self.play.levels)
        start, end = self.executed + margin, self.end() - margin
        own = self.stack_id(level)
        name = own.split("/")[1]
        row = functools.partial(self.row, own, token=token)
        rows = [row(0, start, name, own, "AWS::CloudFormation::Stack", "CREATE_IN_PROGRESS", "User Initiated")]
        if level + 1 < self.play.levels:
            child = ("Nested", self.stack_id(level + 1), "AWS::CloudFormation::Stack")
            step = self.play.seconds / (8 * self.play.levels)
            rows.append(row(1, start + step / 2, *child, "CREATE_IN_PROGRESS", "Resource creation Initiated"))
            rows.append(row(2, end - step / 2, *child, "CREATE_COMPLETE"))
        count = self.play.resources * self.play.rows_of_each
        for number in range(count):
            resource, part = divmod(number, self.play.rows_of_each)
            at = start + (end - start) * (0.3 + 0.4 * number / count)
            is_last = part == self.play.rows_of_each - 1
            status, reason = ("CREATE_COMPLETE", None) if is_last else ("CREATE_IN_PROGRESS", f"step {part}")
            names = (f"Queue{resource:04}", f"https://sqs/{name}-{resource}", "AWS::SQS::Queue")
            rows.append(row(10 + number, at, *names, status, reason, ROW_PROPERTIES))
        rows.append(row(3, end, name, own, "AWS::CloudFormation::Stack", "CREATE_COMPLETE"))
        return sorted(rows, key=lambda row: row[0])

    def changes(self):
        change = {"Action": "Add", "Replacement": None, "Scope": []}
        resources = [change | {"LogicalResourceId": f"Queue{i:04}", "ResourceType": "AWS::SQS::Queue"} for i in range(self.play.resources)]
        return [{"Type": "Resource", "ResourceChange": resource} for resource in resources]

    def status(self):
        if self.executed is None:
            return "REVIEW_IN_PROGRESS"
        return "CREATE_COMPLETE" if time.time() >= self.end() else "CREATE_IN_PROGRESS"


class Service:
    """The stacks, and every call with its time."""

    def __init__(self):
        self.plays, self.stacks, self.calls = {}, {}, []
        self.lock = threading.Lock()

    def answer(self, arguments):
        action = arguments["Action"]
        with self.lock:
            self.calls.append((time.time(), action, arguments.get("StackName") or arguments.get("ChangeSetName", "")))
            return action, getattr(self, action, self.unknown)(arguments)

    def calls_of(self, name):
        """Times and names of the calls for a stack and those nested in it."""
        return [(at, action) for at, action, stack in self.calls if name in stack]

    def unknown(self, arguments):
        raise Refused("InvalidAction", f"{arguments['Action']} is not played here")

    def find(self, arguments):
        named = arguments.get("StackName") or arguments.get("ChangeSetName", "")
        for stack in self.stacks.values():
            if named in (stack.name, stack.id, stack.change_set, stack.change_set_name):
                return stack
        raise Refused("ValidationError", f"Stack with id {named} does not exist")

    def DescribeStacks(self, arguments):  # noqa: N802
        stack = self.find(arguments)
        return {"Stacks": [{
            "StackId": stack.id, "StackName": stack.name, "CreationTime": text(stack.created), "StackStatus": stack.status(),
            "DisableRollback": "false",
        }]}

    def CreateChangeSet(self, arguments):  # noqa: N802
        name = arguments["StackName"]
        stack = self.stacks[name] = Stack(name, self.plays[name], arguments)
        return {"Id": stack.change_set, "StackId": stack.id}

    def DescribeChangeSet(self, arguments):  # noqa: N802
        stack = self.find(arguments)
        is_ready = time.time() >= stack.created + stack.play.computed_after
        return {
            "ChangeSetName": stack.change_set_name, "ChangeSetId": stack.change_set, "StackId": stack.id, "StackName": stack.name,
            "CreationTime": text(stack.created), "Status": "CREATE_COMPLETE" if is_ready else "CREATE_IN_PROGRESS",
            "ExecutionStatus": "AVAILABLE" if is_ready else "UNAVAILABLE", "Changes": stack.changes() if is_ready else [],
        }

    def ExecuteChangeSet(self, arguments):  # noqa: N802
        self.find(arguments).execute(arguments.get("ClientRequestToken"))
        return {}

    def DescribeStackEvents(self, arguments):  # noqa: N802
        named = arguments["StackName"]
        known = {key: rows for stack in self.stacks.values() for key, rows in stack.rows.items()}
        rows = known.get(named)
        if rows is None:
            stack = self.find(arguments)
            rows = stack.rows[stack.id]
        seen = [row for at, row in reversed(rows) if at <= time.time()]
        start = int(arguments.get("NextToken", 0))
        following = start + PAGE_ROWS
        return {"StackEvents": seen[start:following], "NextToken": str(following) if following < len(seen) else None}


def text(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def element(name, value):
    """A value of an answer in the Query protocol."""
    if value is None:
        return ""
    if isinstance(value, dict):
        inner = "".join(element(key, item) for key, item in value.items())
    elif isinstance(value, list):
        inner = "".join(element("member", item) for item in value)
    else:
        inner = xml.sax.saxutils.escape(value)
    return f"<{name}>{inner}</{name}>"


def handler(service):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            try:
                action, result = service.answer(dict(urllib.parse.parse_qsl(body, keep_blank_values=True)))
                status, document = 200, element(f"{action}Result", result)
                document = f'<{action}Response xmlns="{NAMESPACE}">{document}</{action}Response>'
            except Refused as refused:
                status, (code, message) = 400, refused.args
                document = f"<ErrorResponse>{element('Error', {'Type': 'Sender', 'Code': code, 'Message': message})}</ErrorResponse>"
            answer = document.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    return Handler


@contextlib.contextmanager
def server():
    """Serve on a free loopback port: the service, and its endpoint."""
    service = Service()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(service)) as listening:
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield service, f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
