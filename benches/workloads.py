"""Makes the applications that the comparison packages: the same on every machine that has the same peers."""

import dataclasses
import hashlib
import pathlib
import shutil

MB = 1_000_000
HEADER = 'AWSTemplateFormatVersion: "2010-09-09"\nTransform: AWS::Serverless-2016-10-31\n\nResources:\n'
# Part of the folder's name: increase it when the workloads change.
REVISION = 1


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    description: str
    folder: pathlib.Path
    functions: int
    children: int = 0

    @property
    def template(self):
        return self.folder / "template.yaml"

    def files(self):
        """Every file that has to be packaged."""
        return sorted(p for p in self.folder.rglob("*") if p.is_file() and p.name != "template.yaml")


class Material:
    """Real dependencies: the files of a site-packages folder, in the order of the digests of their paths.

    This order mixes sources, data and shared libraries. Compiled Python is left out, because it contains the time of the
    installation.
    """

    def __init__(self, site_packages):
        self.root = site_packages
        found = (p for p in site_packages.rglob("*") if p.is_file() and not p.is_symlink() and p.suffix != ".pyc")
        self.files = sorted(found, key=lambda p: hashlib.md5(str(p.relative_to(site_packages)).encode()).digest())
        self.next = 0

    def cut(self, size, folder):
        """Copy the next files into `folder`, 99 to 100 percent of `size` in bytes."""
        left = size
        while left > size // 100:
            if self.next == len(self.files):
                raise SystemExit(f"error: {self.root} has too few files for {folder}")
            path = self.files[self.next]
            self.next += 1
            length = path.stat().st_size
            if length <= left:
                copy(path, folder / path.relative_to(self.root))
                left -= length

    def take_largest_library(self, folder):
        """Copy the largest shared library into `folder`, so that no cut contains it: its size."""
        library = max((p for p in self.files if ".so" in p.suffixes), key=lambda p: p.stat().st_size)
        copy(library, folder / library.relative_to(self.root))
        self.files = [p for p in self.files if p != library]
        return library.stat().st_size


def copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def function(name, code):
    return (
        f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: {code}\n"
        "      Handler: app.handler\n      Runtime: python3.13\n"
    )


def stack(name, template):
    return f"  {name}:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {template}\n"


def small_function(folder, name):
    """A handler and two modules: about 6 KB."""
    write(folder / "app.py", f"from lib import model, store\n\n\ndef handler(event, context):\n    return store.save(model.of(event, {name!r}))\n")
    for module in ("model", "store"):
        lines = (f"def {module}_{i}(value):\n    return ({name!r}, {i}, value)\n\n\n" for i in range(50))
        write(folder / "lib" / f"{module}.py", "".join(lines))


def many(root, _material):
    names = [f"Function{i:02}" for i in range(60)]
    for name in names:
        small_function(root / "functions" / name, name)
    write(root / "template.yaml", HEADER + "".join(function(n, f"functions/{n}") for n in names))


def shared(root, material):
    material.cut(2 * MB, root / "src")
    write(root / "src" / "app.py", "def handler(event, context):\n    return event\n")
    write(root / "template.yaml", HEADER + "".join(function(f"Function{i:02}", "src") for i in range(40)))


def deps(root, material):
    names = [f"Function{i}" for i in range(8)]
    for name in names:
        material.cut(25 * MB, root / name)
        write(root / name / "app.py", f"def handler(event, context):\n    return {name!r}\n")
    write(root / "template.yaml", HEADER + "".join(function(n, n) for n in names))


def big(root, material):
    library = material.take_largest_library(root / "src")
    material.cut(200 * MB - library, root / "src")
    write(root / "src" / "app.py", "def handler(event, context):\n    return event\n")
    write(root / "template.yaml", HEADER + function("Function", "src"))


def nested(root, _material):
    stacks = [f"Stack{i:02}" for i in range(12)]
    for name in stacks:
        functions = [f"Function{i}" for i in range(4)]
        for one in functions:
            small_function(root / name / one, f"{name}/{one}")
        write(root / name / "template.yaml", HEADER + "".join(function(n, n) for n in functions))
    write(root / "template.yaml", HEADER + "".join(stack(n, f"{n}/template.yaml") for n in stacks))


WORKLOADS = {
    "many": (many, "60 small functions, a folder each", 60, 0),
    "shared": (shared, "40 functions on one folder of 2 MB", 40, 0),
    "deps": (deps, "8 functions with 25 MB of dependencies each", 8, 0),
    "big": (big, "one function of 200 MB", 1, 0),
    "nested": (nested, "12 nested stacks of 4 functions", 48, 12),
}


def make(names, parent, site_packages):
    """The workloads with these names, made in `parent` if they do not exist."""
    made = []
    for name in names:
        build, description, functions, children = WORKLOADS[name]
        folder = parent / f"{name}-{REVISION}"
        if not folder.exists():
            unfinished = parent / f"{name}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            build(unfinished, Material(site_packages))
            unfinished.rename(folder)
        made.append(Workload(name, description, folder, functions, children))
    return made
