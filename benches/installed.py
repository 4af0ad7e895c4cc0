"""Installs what the comparisons need besides samstep: the two peers, an S3 server that is faster than all of them, an emulator."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

PEERS = ["aws-sam-cli==1.170.0", "awscli==1.46.3"]
SERVER = "0.14.1"
EMULATOR = ["ministack==1.5.33"]
BUCKET = "bench-artifacts"
KEY, SECRET = "bench", "bench-secret"


def peers(folder):
    """Install both peers in a virtual environment: its bin folder."""
    return packages(folder / "venv", PEERS)


def emulator_program(folder):
    """Install ministack, apart from the peers: the executable."""
    return packages(folder / "emulator-venv", EMULATOR) / "ministack"


def packages(venv, wanted):
    """Install packages in a virtual environment, unless they are: its bin folder."""
    done = venv / "installed.txt"
    if not done.exists() or done.read_text().split() != wanted:
        say(f"installing {' and '.join(wanted)}")
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin" / "pip", "install", "--quiet", *wanted], check=True)
        done.write_text("\n".join(wanted))
    return venv / "bin"


def site_packages(bin_folder):
    return next((bin_folder.parent / "lib").glob("python3*")) / "site-packages"


def server_program(folder):
    """Build s3s-fs for release: the executable."""
    program = folder / "s3s" / "bin" / "s3s-fs"
    if not program.exists():
        say(f"building s3s-fs {SERVER}")
        command = ["cargo", "install", "s3s-fs", "--version", SERVER, "--features", "binary", "--locked", "--quiet", "--root", folder / "s3s"]
        # In another target folder, because a build may lock that of the project.
        subprocess.run(command, check=True, env=os.environ | {"CARGO_TARGET_DIR": str(folder / "s3s-build")})
    return program


@contextlib.contextmanager
def server(program, root):
    """Serve `root` on a free loopback port, and yield the endpoint."""
    shutil.rmtree(root, ignore_errors=True)
    (root / BUCKET).mkdir(parents=True)
    port = free_port()
    command = [program, "--host", "127.0.0.1", "--port", str(port), "--access-key", KEY, "--secret-key", SECRET, root]
    try:
        with running(command, os.environ | {"RUST_LOG": "off"}, port) as endpoint:
            yield endpoint
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def emulator(program, folder):
    """Run ministack on a free loopback port, with its files in `folder`, and yield the endpoint."""
    files = folder / "emulator"
    files.mkdir(exist_ok=True)
    port = free_port()
    # AWS_… variables of the user are of no use to it.
    environment = {"PATH": os.environ["PATH"], "HOME": str(files), "TMPDIR": str(files), "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1"}
    with running([program], environment, port) as endpoint:
        yield endpoint


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def running(command, environment, port):
    """Run a server until the block ends, and yield its endpoint."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def wait_for(port, process):
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit(f"error: the server did not start (exit code {process.poll()})")


def environment(endpoint, folder, bin_folder):
    """The environment of the tools: the loopback endpoint, dummy credentials, no configuration of the user."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    return {
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
    }


def deflater():
    """The name and the command of the deflate tool for the floor."""
    for name, command in (("libdeflate-gzip -6", ["libdeflate-gzip", "-6", "-c", "-f"]), ("pigz -6 -p 1", ["pigz", "-6", "-p", "1", "-c", "-f"])):
        if path := shutil.which(command[0]):
            return name, [pathlib.Path(path), *command[1:]]
    raise SystemExit("error: no libdeflate-gzip and no pigz\nhint: apt-get install libdeflate-tools")


def say(text):
    print(text, file=sys.stderr, flush=True)
