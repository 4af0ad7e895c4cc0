"""Makes the files of a release from one executable: `archives.py EXECUTABLE PLATFORM FOLDER`. Run by `.ci/release`.

The same executable makes the same bytes: names are sorted, times and modes fixed. Prints the names of the files.
"""

import base64
import csv
import gzip
import hashlib
import io
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import zipfile

COMPLETIONS = [("bash", "samstep.bash"), ("zsh", "_samstep"), ("fish", "samstep.fish")]
LICENSES = ["LICENSE-APACHE", "LICENSE-MIT"]
# A link to a file of the project: its text and its path.
LINK = re.compile(r"\[([^\]]+)\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")
# Where a wheel can be installed. manylinux2014 is glibc 2.17; pip before 20.3 knows no other name for it.
WHEEL_TAGS = {
    "x86_64-linux": ["manylinux2014_x86_64", "manylinux_2_17_x86_64"],
    "aarch64-linux": ["manylinux2014_aarch64", "manylinux_2_17_aarch64"],
    "aarch64-macos": ["macosx_11_0_arm64"],
}


def crate():
    """Returns name, version and the like, as Cargo.toml has them."""
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["packages"][0]


def printed(executable, *arguments):
    """Returns what the executable prints for these arguments."""
    return subprocess.run([executable.resolve(), *arguments], check=True, stdout=subprocess.PIPE).stdout


def generated(executable):
    """Returns the completions of shells and the manual pages: name and content. Only the executable can make them."""
    texts = [(f"completions/{name}", printed(executable, "completions", shell)) for shell, name in COMPLETIONS]
    texts.append(("man/samstep.1", printed(executable, "man")))
    return texts + [(f"man/samstep-{name}.1", printed(executable, "man", name)) for name in commands(executable)]


def commands(executable):
    """Returns the names of all commands, as the help lists them."""
    lines = printed(executable, "--help").decode().splitlines()
    listed = itertools.takewhile(str.strip, lines[lines.index("Commands:") + 1 :])
    return [line.split()[0] for line in listed]


def pages():
    """Returns the README, every file to which its pages lead, and what users deploy: no link of an archive leads nowhere."""
    found, left = set(), [pathlib.Path("README.md")]
    while left:
        page = left.pop()
        if page not in found and page.suffix == ".md":
            links = LINK.findall(page.read_text(encoding="utf-8"))
            left += [pathlib.Path(os.path.normpath(page.parent / path)) for _, path in links]
        found.add(page)
    return sorted(found | {path for path in pathlib.Path("pipeline").rglob("*") if path.is_file()})


def description():
    """Returns the README of a wheel, which has no other pages: links to them become text."""
    return LINK.sub(r"\1", pathlib.Path("README.md").read_text(encoding="utf-8"))


def tar_gz(path, folder, executable):
    """Writes the executable, completions, manual pages, and the pages with the licenses below one folder."""
    entries = [("samstep", executable.read_bytes(), 0o755)]
    entries += [(path.as_posix(), path.read_bytes(), 0o755 if os.access(path, os.X_OK) else 0o644) for path in pages()]
    entries += [(name, content, 0o644) for name, content in generated(executable)]
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as out:
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content, mode in sorted(entries):
                entry = tarfile.TarInfo(f"{folder}/{name}")
                entry.size, entry.mode = len(content), mode
                archive.addfile(entry, io.BytesIO(content))


def zip_file(path, entries):
    """Writes name, content and mode of each entry, in this order."""
    with zipfile.ZipFile(path, "w", compresslevel=9) as archive:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def wheel(folder, executable, package, tags):
    """Writes a wheel that installs the executable as a script, and returns its path."""
    name, version = package["name"], package["version"]
    info = f"{name}-{version}.dist-info"
    metadata = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        f"Summary: {package['description']}",
        f"License: {package['license']}",
        f"Keywords: {','.join(package['keywords'])}",
        "Classifier: Environment :: Console",
        "Classifier: Programming Language :: Rust",
        "Description-Content-Type: text/markdown",
    ]
    about = ["Wheel-Version: 1.0", "Generator: samstep", "Root-Is-Purelib: false"]
    about += [f"Tag: py3-none-{tag}" for tag in tags]
    text = lambda lines: ("\n".join(lines) + "\n").encode()
    entries = [
        (f"{name}-{version}.data/scripts/{name}", executable.read_bytes(), 0o755),
        *((f"{info}/licenses/{license}", pathlib.Path(license).read_bytes(), 0o644) for license in LICENSES),
        (f"{info}/METADATA", text(metadata) + b"\n" + description().encode(), 0o644),
        (f"{info}/WHEEL", text(about), 0o644),
    ]
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    for path, content, _ in entries:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.writerow([path, f"sha256={digest}", len(content)])
    rows.writerow([f"{info}/RECORD", "", ""])
    entries.append((f"{info}/RECORD", record.getvalue().encode(), 0o644))
    path = folder / f"{name}-{version}-py3-none-{'.'.join(tags)}.whl"
    zip_file(path, entries)
    return path


def main(executable, platform, folder):
    package = crate()
    machine, system = platform.split("-")
    base = f"{package['name']}-{package['version']}-{platform}"
    made = [folder / f"{base}.tar.gz", wheel(folder, executable, package, WHEEL_TAGS[platform])]
    tar_gz(made[0], base, executable)
    if system == "linux":
        made.append(folder / f"{package['name']}-{package['version']}-{machine}-lambda.zip")
        zip_file(made[-1], [("bootstrap", executable.read_bytes(), 0o755)])
    print("\n".join(path.name for path in made))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]))
