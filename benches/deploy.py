#!/usr/bin/env python3
"""Compare samstep with `sam deploy` and `aws cloudformation deploy`, side by side in one run.

Installs the peers and an emulator in target/bench/ (which takes some minutes the first time). Needs no account, and a network
for the installation only.

    cargo build --release --locked && python3 benches/deploy.py

Short stacks: on the emulator (ministack), where a stack is ready at once, a new stack, a changed one and an unchanged one.
Busy stacks: new ones that take a minute or more on the stand-in of stacks.py, all tools at the same time, with the time from
the stack's end to the exit, and the calls in the busiest minute between the execution and the end.
Large stack: 500 resources in 5 nested levels with 5,000 events on the stand-in, with the peak memory.

Fails if samstep misses one of its limits.
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import signal
import statistics
import sys
import time

sys.dont_write_bytecode = True  # leave no __pycache__ in the source tree
import installed  # noqa: E402
import measured  # noqa: E402
import stacks  # noqa: E402

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")).resolve()
FOLDER = TARGET / "bench"
# The end of a stack falls differently into the waits of the tools.
BUSY_SECONDS = (64, 78, 91)
LARGE = stacks.Play(seconds=40, levels=5, resources=100, rows_of_each=10)
RUNS = ("new", "changed", "unchanged")
# What samstep must keep.
LEAST_RATIO_UNCHANGED = 3
MOST_SECONDS_AFTER_END = 3
MOST_CALLS_A_MINUTE = 30
MOST_BYTES = 48 * 2**20


def template(path, resources, retention):
    lines = ["Resources:"]
    for number in range(resources):
        lines += [f"  Queue{number:04}:", "    Type: AWS::SQS::Queue", "    Properties:", f"      MessageRetentionPeriod: {retention}"]
    path.write_text("\n".join(lines) + "\n")
    return path


class Tool:
    """A tool, which may run several times at once."""

    def __init__(self, name, command):
        self.name, self.command = name, command

    def deploy(self, launcher, template, stack, environment):
        arguments = ["--template-file", template, "--stack-name", stack, "--no-fail-on-empty-changeset"]
        return launcher.measure([*self.command, *arguments], FOLDER, environment, FOLDER / f"log-{stack}.txt")


def short(tools, rounds, environment):
    """Seconds of each tool and kind of run."""
    launcher = measured.Launcher()
    first, second = template(FOLDER / "first.yaml", 10, 3600), template(FOLDER / "second.yaml", 10, 7200)
    results = {tool.name: {kind: [] for kind in RUNS} for tool in tools}
    for number in range(rounds + 1):  # the first round is not measured: Python compiles its modules
        for tool in tools:
            for kind, text in zip(RUNS, (first, second, second)):
                time.sleep(1)  # the AWS CLI names change sets by the second
                seconds, peak = tool.deploy(launcher, text, f"short-{tool.name}-{number}", environment)
                if number:
                    results[tool.name][kind].append({"seconds": seconds, "peak_bytes": peak})
    return results


def busiest_minute(times):
    return max(sum(start <= at < start + 60 for at in times) for start in times)


def follow(tool, service, environment, play, stack):
    """Deploy a new stack on the stand-in: what a run costs."""
    service.plays[stack] = play
    text = template(FOLDER / f"{stack}.yaml", play.resources, 3600)
    seconds, peak = tool.deploy(measured.Launcher(), text, stack, environment)
    exited, end = time.time(), service.stacks[stack].end()
    calls = service.calls_of(stack)
    waiting = [at for at, _ in calls if service.stacks[stack].executed < at <= end]
    after_end = max(exited - end, 0)
    return {"seconds": seconds, "peak_bytes": peak, "after_end_seconds": after_end, "calls": len(calls), "busiest_minute": busiest_minute(waiting)}


def long(tools, environment):
    """What the busy stacks and the large one cost each tool, all at the same time: they wait most of it."""
    plays = [stacks.Play(seconds) for seconds in BUSY_SECONDS] + [LARGE]
    with stacks.server() as (service, endpoint), concurrent.futures.ThreadPoolExecutor(16) as pool:
        environment = environment | {"AWS_ENDPOINT_URL": endpoint}

        def start(tool):
            return [pool.submit(follow, tool, service, environment, play, f"{tool.name}-{play.seconds}") for play in plays]

        started = {tool.name: start(tool) for tool in tools}
        results = {name: [run.result() for run in runs] for name, runs in started.items()}
    return {
        "busy": {name: runs[:-1] for name, runs in results.items()},
        "large": {name: runs[-1] for name, runs in results.items()},
    }


def medians(results, kind):
    return {name: statistics.median(run["seconds"] for run in runs[kind]) for name, runs in results.items()}


def ratio(times):
    """How much faster samstep is than the faster peer."""
    return min(value for name, value in times.items() if name != "samstep") / times["samstep"]


def short_table(results):
    rows = []
    for kind in RUNS:
        times = medians(results, kind)
        cell = f"{ratio(times):.1f}×" if "samstep" in times else ""
        rows.append([f"{kind} stack", *map(measured.duration, times.values()), cell])
    return measured.table(["ministack", *results, "faster than the faster peer"], rows)


def busy_table(results, large):
    def row(title, cell):
        return [title, *(cell(name) for name in results)]

    def of_busy(name, key):
        return [run[key] for run in results[name]]

    def mib(run):
        return f"{run['peak_bytes'] / 2**20:.0f} MiB"

    rows = [
        row("from the end of a stack to the exit, longest", lambda name: f"{max(of_busy(name, 'after_end_seconds')):.1f} s"),
        row("calls in the busiest minute", lambda name: str(max(of_busy(name, "busiest_minute")))),
        row("peak memory", lambda name: mib(max(results[name], key=lambda run: run["peak_bytes"]))),
        row("the same with 500 resources and 5,000 events", lambda name: mib(large[name])),
    ]
    return measured.table(["stand-in", *results], rows)


def missed(results):
    """The limits that samstep misses."""
    busy, large = results["busy"]["samstep"], results["large"]["samstep"]
    limits = {
        "an unchanged stack": ratio(medians(results["short"], "unchanged")) >= LEAST_RATIO_UNCHANGED,
        "the time from the end to the exit": max(run["after_end_seconds"] for run in busy) <= MOST_SECONDS_AFTER_END,
        "the calls in a minute": max(run["busiest_minute"] for run in busy) <= MOST_CALLS_A_MINUTE,
        "the memory for a large stack": large["peak_bytes"] <= MOST_BYTES,
    }
    return [name for name, is_kept in limits.items() if not is_kept]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds of the short stacks")
    parser.add_argument("--tool", type=pathlib.Path, default=TARGET / "release" / "samstep", metavar="PATH", help="the samstep executable")
    parser.add_argument("--without-samstep", action="store_true", help="measure the peers alone")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every number to this file")
    return parser.parse_args()


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped too
    if not options.without_samstep and not options.tool.exists():
        raise SystemExit(f"error: there is no {options.tool}\nhint: cargo build --release --locked")
    FOLDER.mkdir(parents=True, exist_ok=True)
    bin_folder = installed.peers(FOLDER)
    programs = {"sam": bin_folder / "sam", "aws": bin_folder / "aws"}
    tools = [Tool("sam", [programs["sam"], "deploy"]), Tool("aws", [programs["aws"], "cloudformation", "deploy"])]
    if not options.without_samstep:
        programs = {"samstep": options.tool.resolve()} | programs
        tools.insert(0, Tool("samstep", [programs["samstep"], "deploy"]))
    with installed.emulator(installed.emulator_program(FOLDER), FOLDER) as endpoint:
        environment = installed.environment(endpoint, FOLDER, bin_folder)
        versions = [measured.version([program], environment) for program in programs.values()]
        results = {"short": short(tools, options.rounds, environment)}
    results |= long(tools, environment)
    about = f"Medians of {options.rounds} rounds on {datetime.date.today()}, {measured.machine()}; {'; '.join(versions)}."
    print(short_table(results["short"]), busy_table(results["busy"], results["large"]), about, sep="\n\n")
    if options.json:
        options.json.write_text(json.dumps({"about": about, **results}, indent=2) + "\n")
    if not options.without_samstep and (limits := missed(results)):
        raise SystemExit(f"error: samstep misses {', '.join(limits)}")


if __name__ == "__main__":
    main()
