//! The ways to install: their commands run with stand-ins for what fetches, on archives as a release has them.

use super::page::{block, root};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Fetches from the folder of the release, by https alone and within a time.
const CURL: &str = r#"#!/bin/bash
case "$*" in *"--proto =https"*"--fail"*"--max-time"*"--remote-name https://"*/v"$VERSION"/*) exec cp "$DIST/$(basename "${*: -1}")" . ;; esac
echo "unexpected: curl $*" >&2 && exit 1
"#;
/// Refuses another hash, as pip does.
const PIP: &str = r#"#!/bin/bash
set -eu
[ "$1" = install ] && url=${2%%#*} && sum=${2##*#sha256=}
case $url in https://*/v"$VERSION"/*) ;; *) exit 1 ;; esac
echo "$sum  $DIST/${url##*/}" | sha256sum --check --strict
"#;
const DOCKER: &str = r#"#!/bin/bash
set -eu
case "$*" in "build --platform linux/amd64 -t samstep:$VERSION -f pipeline/Dockerfile target/dist") [ -f pipeline/Dockerfile ] ;; *) exit 1 ;; esac
"#;
/// An executable that is installed, and that has the texts of a release.
const SAMSTEP: &str = r#"#!/bin/sh
case $1 in --help) printf 'Commands:\n  package  Package\n\n' ;; completions | man) echo "$*" ;; *) echo installed ;; esac
"#;

/// A machine with a release to fetch.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        let [bin, dist, home] = ["bin", "dist", "home"].map(|name| machine.path(name));
        [&bin, &dist, &home].into_iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
        for (name, text) in [("bin/curl", CURL), ("bin/pip", PIP), ("bin/docker", DOCKER), ("samstep", SAMSTEP)] {
            let path = machine.path(name);
            std::fs::write(&path, text).unwrap();
            assert!(Command::new("chmod").arg("+x").arg(path).status().unwrap().success());
        }
        let mut make = Command::new("python3");
        make.arg(".ci/archives.py").arg(machine.path("samstep")).arg("x86_64-linux").arg(&dist).current_dir(root());
        let made = make.output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The checksum of the one file of the release with this ending.
    fn checksum(&self, ending: &str) -> String {
        let files = std::fs::read_dir(self.path("dist")).unwrap().map(|entry| entry.unwrap().path());
        let file = files.into_iter().find(|path| path.to_str().unwrap().ends_with(ending)).unwrap();
        let sum = Command::new("sha256sum").arg(file).output().unwrap().stdout;
        String::from_utf8(sum[..64].to_vec()).unwrap()
    }

    fn run(&self, script: &str, folder: &Path) -> Output {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", script]).current_dir(folder).env("PATH", path);
        command.env("HOME", self.path("home")).env("DIST", self.path("dist")).env("VERSION", env!("CARGO_PKG_VERSION"));
        command.output().unwrap()
    }
}

#[test]
fn an_archive_is_installed_if_its_checksum_is_right() {
    let machine = Machine::new();
    let (script, installed) = (block("README.md", "sh", "tar -xzf"), machine.path("home/.local/bin/samstep"));
    let refused = machine.run(&script.replace("SHA256_OF_THE_ARCHIVE", &"0".repeat(64)), machine.0.path());
    assert!(!refused.status.success() && !installed.exists(), "{refused:?}");
    let done = machine.run(&script.replace("SHA256_OF_THE_ARCHIVE", &machine.checksum(".tar.gz")), machine.0.path());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(Command::new(installed).output().unwrap().stdout, b"installed\n");
}

#[test]
fn a_wheel_is_installed_if_its_hash_is_right() {
    let machine = Machine::new();
    let script = block("README.md", "sh", "pip install");
    assert!(!machine.run(&script.replace("SHA256_OF_THE_WHEEL", &"0".repeat(64)), machine.0.path()).status.success());
    let done = machine.run(&script.replace("SHA256_OF_THE_WHEEL", &machine.checksum(".whl")), machine.0.path());
    assert!(done.status.success(), "{done:?}");
}

#[test]
fn an_image_is_built_from_the_files_of_a_release() {
    let done = Machine::new().run(&block("README.md", "sh", "docker build"), &root());
    assert!(done.status.success(), "{done:?}");
}
