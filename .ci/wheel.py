"""Installs the wheel of a release into an empty environment and packages a fixture with it: `wheel.py DIST FOLDER`.

Run by `.ci/run release`. Nothing is fetched: pip gets no index, and the rehearsal has folders in place of buckets.
"""

import json
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import venv

FIXTURE = pathlib.Path("tests/fixtures/orders")


def main(dist, folder):
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder / "venv", with_pip=True)
    bin_folder = folder / "venv/bin"
    run = lambda *words: subprocess.run([str(word) for word in words], check=True, stdout=subprocess.PIPE, text=True).stdout
    # pip takes the wheel of this machine by its tags.
    run(bin_folder / "pip", "install", "--disable-pip-version-check", "--no-index", "--find-links", dist, "samstep")
    print(run(bin_folder / "samstep", "--version").strip(), "from the wheel")
    run(bin_folder / "samstep", "rehearse", FIXTURE, "--output", folder / "rehearsal")
    result = json.loads((folder / "rehearsal/result.json").read_text())
    uploaded = int(result["outputVariables"]["Uploaded"])
    packaged = (folder / "rehearsal/PackagedArtifact/packaged.yaml").read_text()
    # The bucket of the fixture has another name, and its nested template is a file of its own.
    packaged = re.sub("[0-9a-f]{32}[.]template", "DIGEST.template", packaged.replace("pipeline-artifacts", "artifacts"))
    if uploaded == 0 or packaged != (FIXTURE / "packaged.yaml").read_text():
        sys.exit(f"error: the wheel packages {FIXTURE} into another template than expected")
    # How the documentation pins a wheel.
    wheel = next(dist.glob(f"samstep-*-py3-none-*{platform.machine()}.whl")).resolve().as_uri()
    pip = [bin_folder / "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--force-reinstall"]
    refused = subprocess.run([*pip, f"{wheel}#sha256={'0' * 64}"], stderr=subprocess.PIPE, text=True)
    if refused.returncode == 0 or "HASHES" not in refused.stderr:
        sys.exit(f"error: pip does not check the hash of the wheel: {refused.stderr}")
    run(bin_folder / "pip", "uninstall", "--disable-pip-version-check", "--yes", "samstep")
    if (bin_folder / "samstep").exists():
        sys.exit("error: the wheel does not list its executable in RECORD")
    print(f"packaged {FIXTURE} with it: {uploaded} uploaded")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
