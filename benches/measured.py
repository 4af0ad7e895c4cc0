"""Runs commands that are measured, and says on which machine."""

import json
import os
import pathlib
import platform
import re
import subprocess
import sys

TIME_LIMIT = 600


class Launcher:
    """A process that stays small and starts commands one after the other."""

    def __init__(self):
        program = pathlib.Path(__file__).resolve().parent / "launcher.py"
        self.process = subprocess.Popen([sys.executable, "-I", "-S", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def measure(self, command, folder, environment, log):
        """Run a command that must succeed: its seconds, and its peak resident memory in bytes."""
        request = {"command": [str(word) for word in command], "folder": str(folder), "environment": environment, "log": str(log), "limit": TIME_LIMIT}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        result = json.loads(self.process.stdout.readline())
        if result["code"]:
            output = pathlib.Path(log).read_text(errors="replace")[-2000:]
            raise SystemExit(f"error: {' '.join(request['command'])} ended with {result['code']}\n{output}")
        return result["seconds"], result["peak"]


def machine():
    """Cores, processor and system."""
    model = platform.processor() or platform.machine()
    information = pathlib.Path("/proc/cpuinfo")
    if information.exists() and (found := re.search(r"model name\s*: (.*)", information.read_text())):
        model = found[1]
    return f"{os.cpu_count()} cores of {model}, {platform.system()} {platform.release()}"


def version(program, environment):
    done = subprocess.run([*program, "--version"], env=environment, capture_output=True, text=True, check=True)
    return (done.stdout or done.stderr).strip().splitlines()[0]


def duration(seconds):
    return f"{seconds:.3f} s" if seconds < 1 else f"{seconds:.2f} s"


def table(headings, rows):
    """A Markdown table whose first column is text."""
    lines = [headings, ["---"] + ["--:"] * (len(headings) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
