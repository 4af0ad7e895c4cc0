"""Installs what the comparison needs besides samstep: the two peers, and an S3 server that is faster than all of them."""

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
BUCKET = "bench-artifacts"
KEY, SECRET = "bench", "bench-secret"


def peers(folder):
    """Install both peers in a virtual environment: its bin folder."""
    venv = folder / "venv"
    done = venv / "installed.txt"
    if not done.exists() or done.read_text().split() != PEERS:
        say(f"installing {' and '.join(PEERS)}")
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin" / "pip", "install", "--quiet", *PEERS], check=True)
        done.write_text("\n".join(PEERS))
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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--host", "127.0.0.1", "--port", str(port), "--access-key", KEY, "--secret-key", SECRET, root]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"RUST_LOG": "off"})
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(root, ignore_errors=True)


def wait_for(port, process):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit(f"error: the S3 server did not start (exit code {process.poll()})")


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
