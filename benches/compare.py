#!/usr/bin/env python3
"""Compare samstep with `sam package` and `aws cloudformation package`, side by side in one run.

Installs the peers and an S3 server in target/bench/ (which takes some minutes the first time), makes the workloads there, and
runs every tool in turn against the server on loopback. Needs no account, and a network for the installation only.

    cargo build --release --locked && python3 benches/compare.py

Prints a Markdown table of medians. A first run uploads everything. An unchanged run follows it, with the same files.
After each run, every artifact must have a location in the packaged template, and an object there.
The floor is the time of public tools for the same files on this machine: md5sum, then deflate, on all cores.
Peak memory is that of the process as the kernel counts it: at least the 10 MB or so of the small process that starts it.

`cargo bench --bench md5` measures the MD5 of many small files alone.
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # leave no __pycache__ in the source tree
import installed  # noqa: E402
import measured  # noqa: E402
import workloads  # noqa: E402

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")).resolve()
FOLDER = TARGET / "bench"
LOCATION = re.compile(r"s3://%s/([^\s\"',}]+)" % installed.BUCKET)
CHILD = re.compile(r"http://127\.0\.0\.1:\d+/%s/([^\s\"',}]+\.template)" % installed.BUCKET)
LAUNCHER = measured.Launcher()


def check(workload, packaged, store):
    """Check that no tool left anything out: there is a location for each function, and a zip at each location."""
    texts = [packaged.read_text()]
    children = CHILD.findall(texts[0])
    if len(children) != workload.children:
        raise SystemExit(f"error: {packaged} names {len(children)} nested templates, not {workload.children}")
    texts += [(store / key).read_text() for key in children]
    keys = [key for text in texts for key in LOCATION.findall(text)]
    if len(keys) != workload.functions:
        raise SystemExit(f"error: {packaged} names {len(keys)} archives, not {workload.functions}")
    for key in keys:
        if not (store / key).is_file() or (store / key).read_bytes()[:4] != b"PK\x03\x04":
            raise SystemExit(f"error: {packaged} names {key}, which is not stored or no zip")


def run_once(tool, workload, prefix, environment, store):
    log, packaged = FOLDER / "log.txt", FOLDER / "packaged.yaml"
    packaged.unlink(missing_ok=True)
    arguments = ["--template-file", workload.template, "--s3-bucket", installed.BUCKET, "--s3-prefix", prefix, "--output-template-file", packaged]
    seconds, memory = LAUNCHER.measure([*tool, *arguments], workload.folder, environment, log)
    check(workload, packaged, store)
    # One of the peers does not delete its temporary folders.
    shutil.rmtree(environment["TMPDIR"])
    os.mkdir(environment["TMPDIR"])
    return {"seconds": seconds, "peak_bytes": memory}


def bins(files, count):
    """The files in `count` shares of about the same size."""
    shares = [[0, []] for _ in range(count)]
    for size, path in sorted(((p.stat().st_size, str(p)) for p in files), reverse=True):
        share = min(shares, key=lambda s: s[0])
        share[0] += size
        share[1].append(path)
    return [paths for _, paths in shares if paths]


def floor(workload, deflate):
    """Read, hash and deflate all files once, one share on each core, without keeping the output."""
    lists = []
    for number, paths in enumerate(bins(workload.files(), os.cpu_count())):
        lists.append(FOLDER / f"floor-{number}.txt")
        lists[-1].write_text("\0".join(paths) + "\0")
    script = 'list=$1; shift; xargs -0 -a "$list" md5sum >/dev/null && xargs -0 -a "$list" "$@" >/dev/null'
    start = time.perf_counter()
    processes = [subprocess.Popen(["sh", "-c", script, "sh", name, *deflate]) for name in lists]
    if any([process.wait() for process in processes]):
        raise SystemExit("error: the tools for the floor failed")
    return time.perf_counter() - start


def start_time(program, environment):
    return statistics.median(LAUNCHER.measure([*program, "--version"], FOLDER, environment, FOLDER / "log.txt")[0] for _ in range(20))


def compare(workload, tools, rounds, environment, store, deflate):
    runs = {name: {"first": [], "unchanged": []} for name in tools}
    floors = []
    for path in workload.files():
        path.read_bytes()  # so that the files are in the page cache for every tool
    for number in range(rounds):
        names = list(tools)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            prefix = f"{workload.name}-{name}-{number}"
            for kind in ("first", "unchanged"):
                result = run_once(tools[name], workload, prefix, environment, store)
                runs[name][kind].append(result)
                installed.say(f"{workload.name} {name} {kind}: {result['seconds']:.3f} s, {result['peak_bytes'] / 2**20:.0f} MiB")
            shutil.rmtree(store / prefix)
        floors.append(floor(workload, deflate))
    return {"workload": workload.name, "description": workload.description, "floor_seconds": floors, "runs": runs}


def median(runs, kind, of="seconds"):
    return statistics.median(run[of] for run in runs[kind])


def rows(result):
    runs = result["runs"]
    peers = [name for name in runs if name != "samstep"]
    for kind in ("first", "unchanged"):
        times = {name: median(runs[name], kind) for name in runs}
        cells = [f"{result['workload']}: {result['description']}" if kind == "first" else "", kind]
        cells += [measured.duration(times[name]) for name in runs]
        if "samstep" in runs:
            cells.append(f"{min(times[name] for name in peers) / times['samstep']:.1f}×")
            lowest = statistics.median(result["floor_seconds"])
            cells += [measured.duration(lowest), f"{times['samstep'] / lowest:.2f}×"] if kind == "first" else ["", ""]
        elif kind == "first":
            cells.append(measured.duration(statistics.median(result["floor_seconds"])))
        else:
            cells.append("")
        cells += [f"{max(median(runs[name], k, 'peak_bytes') for k in ('first', 'unchanged')) / 2**20:.0f} MiB" if kind == "first" else "" for name in runs]
        yield cells


def table(results, starts, description):
    names = list(results[0]["runs"])
    headings = ["workload", "run", *names]
    headings += ["faster than the fastest peer", "floor", "of the floor"] if "samstep" in names else ["floor"]
    headings += [f"peak of {name}" for name in names]
    lines = [headings, ["---"] * 2 + ["--:"] * (len(headings) - 2), *(row for result in results for row in rows(result))]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    start = ", ".join(f"{name} {value * 1000:.1f} ms" for name, value in starts.items())
    return f"{text}\n\nStart (`--version`): {start}.\n{description}"


def about(rounds, deflate_name, versions):
    return (
        f"Medians of {rounds} rounds on {datetime.date.today()}, {measured.machine()}; {'; '.join(versions)}. "
        f"Floor: md5sum and {deflate_name} over the same files on all cores."
    )


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--workload", action="append", choices=list(workloads.WORKLOADS), help="may be repeated; default: all")
    parser.add_argument("--tool", type=pathlib.Path, default=TARGET / "release" / "samstep", metavar="PATH", help="the samstep executable")
    parser.add_argument("--without-samstep", action="store_true", help="measure the peers alone")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every number to this file")
    return parser.parse_args()


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped too
    if not options.without_samstep and not options.tool.exists():
        raise SystemExit(f"error: there is no {options.tool}\nhint: cargo build --release --locked")
    FOLDER.mkdir(parents=True, exist_ok=True)
    deflate_name, deflate = installed.deflater()
    bin_folder = installed.peers(FOLDER)
    programs = {"sam": [bin_folder / "sam"], "aws": [bin_folder / "aws"]}
    tools = {"sam": [bin_folder / "sam", "package"], "aws": [bin_folder / "aws", "cloudformation", "package"]}
    if not options.without_samstep:
        programs = {"samstep": [options.tool.resolve()]} | programs
        tools = {"samstep": [options.tool.resolve(), "package"]} | tools
    chosen = workloads.make(options.workload or list(workloads.WORKLOADS), FOLDER / "workloads", installed.site_packages(bin_folder))
    root = FOLDER / "s3"
    with installed.server(installed.server_program(FOLDER), root) as endpoint:
        environment = installed.environment(endpoint, FOLDER, bin_folder)
        versions = [measured.version(program, environment) for program in programs.values()]
        starts = {name: start_time(program, environment) for name, program in programs.items()}
        store = root / installed.BUCKET
        for name, tool in tools.items():  # not measured: Python compiles its modules in the first run
            run_once(tool, chosen[0], f"warm-{name}", environment, store)
        results = [compare(workload, tools, options.rounds, environment, store, deflate) for workload in chosen]
    description = about(options.rounds, deflate_name, versions)
    print(table(results, starts, description))
    if options.json:
        options.json.write_text(json.dumps({"about": description, "start_seconds": starts, "results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
