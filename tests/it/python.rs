//! Python packages for tests, installed below the target folder once for each list of versions.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// One test installs at a time.
static INSTALLATION: Mutex<()> = Mutex::new(());

/// The interpreter of an environment with these packages.
pub fn with(packages: &[&str]) -> PathBuf {
    let _installation = INSTALLATION.lock().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("venv-{}", packages.join("-")));
    let (python, installed) = (folder.join("bin/python"), folder.join("installed"));
    if !installed.exists() {
        let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).status().unwrap();
        let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let fetched = Command::new(&python).args(quiet).args(packages).status().unwrap();
        assert!(made.success() && fetched.success());
        std::fs::write(installed, "").unwrap();
    }
    python
}

/// A file of these tests.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(name)
}
