"""Runs and measures commands, one after the other, from a process that stays small.

The peak memory of a process starts with the memory of the process that forks it. So the comparison, which is large, sends a
line of JSON for each command to this process and reads one with the result.
"""
import json, os, signal, sys, time

for line in sys.stdin:
    request = json.loads(line)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.sync()
    start = time.perf_counter()
    process = os.fork()
    if not process:
        os.chdir(request["folder"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.execvpe(request["command"][0], request["command"], request["environment"])
    signal.signal(signal.SIGALRM, lambda *_: os.kill(process, signal.SIGKILL))
    signal.alarm(request["limit"])
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    signal.alarm(0)
    os.close(log)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"code": os.waitstatus_to_exitcode(status), "seconds": seconds, "peak": peak}), flush=True)
