"""Runs commands one after the other and measures them, from a process that stays small.

The kernel counts the memory of the process that forks to the peak of the one that is started. So the script that makes
workloads and reads results asks this one, which holds nothing: a line of JSON comes in for each command, one goes out.
"""
import json, os, signal, sys, time

for line in sys.stdin:
    wish = json.loads(line)
    log = os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.sync()
    start = time.perf_counter()
    process = os.fork()
    if not process:
        os.chdir(wish["folder"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.execvpe(wish["command"][0], wish["command"], wish["environment"])
    signal.signal(signal.SIGALRM, lambda *_: os.kill(process, signal.SIGKILL))
    signal.alarm(wish["limit"])
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    signal.alarm(0)
    os.close(log)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"code": os.waitstatus_to_exitcode(status), "seconds": seconds, "peak": peak}), flush=True)
