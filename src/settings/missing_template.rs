//! What to say of a template that is not there: the file that was most likely meant.

use super::failure::refused;
use super::paths::slash_hint;
use crate::cli::DEFAULT_TEMPLATES;
use crate::facts::Failure;
use crate::text::nearest_sibling;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Entries of a folder among which a template is looked for.
const MAX_ENTRIES: usize = 1_000;
/// Bytes at the start of a file in which its section `Resources` is looked for.
const MAX_BYTES: u64 = 64 << 10;
const ENDINGS: [&str; 4] = ["yaml", "yml", "json", "template"];

/// No template was named, and none of the defaults exists in `folder`.
pub fn none_found(folder: &Path) -> Failure {
    let place = match folder.as_os_str().is_empty() {
        true => "the current folder".to_owned(),
        false => folder.display().to_string(),
    };
    let looked_for = format!("looked for {}", DEFAULT_TEMPLATES.join(", "));
    let hint = match likely_template(folder) {
        Some(path) => format!("name it with --template-file {}; {looked_for}", path.display()),
        None => format!("name one with --template-file; {looked_for}"),
    };
    refused(format!("no template was found in {place}"), hint)
}

/// The named template does not exist.
pub fn missing(path: &Path, folder: &Path) -> Failure {
    let near = || nearest_sibling(path).map(|near| format!("the nearest name there is {near}"));
    let other = || likely_template(folder).map(|other| format!("--template-file {} would name one", other.display()));
    let hint = slash_hint(path).or_else(near).or_else(other);
    let hint = hint.unwrap_or_else(|| "name the template file with --template-file".to_owned());
    refused(format!("the template {} does not exist", path.display()), hint)
}

/// A folder was named in place of a template.
pub fn is_folder(path: &Path) -> Failure {
    let hint = match likely_template(path) {
        Some(template) => format!("name the template in it: {}", template.display()),
        None => "name the template file with --template-file".to_owned(),
    };
    refused(format!("the template {} is a folder", path.display()), hint)
}

/// A default template in the folder, else a file of it that looks like a template, else a default template one folder
/// below.
fn likely_template(folder: &Path) -> Option<PathBuf> {
    let default = |folder: &Path| DEFAULT_TEMPLATES.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    let entries = || entries(folder);
    default(folder)
        .or_else(|| entries().into_iter().find(|path| looks_like_a_template(path)))
        .or_else(|| entries().iter().find_map(|path| default(path)))
}

/// Sorted, so that every machine chooses the same.
fn entries(folder: &Path) -> BTreeSet<PathBuf> {
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(listed).into_iter().flatten().take(MAX_ENTRIES).flatten();
    entries.map(|entry| folder.join(entry.file_name())).collect()
}

fn looks_like_a_template(path: &Path) -> bool {
    let has_ending = path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
    let mut bytes = Vec::new();
    let mut read = || File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes);
    // Opening a pipe would wait for its writer.
    if !has_ending || !path.is_file() || read().is_err() {
        return false;
    }
    let text = String::from_utf8_lossy(&bytes);
    text.contains("\"Resources\"") || text.lines().any(|line| line.starts_with("Resources:"))
}

#[cfg(test)]
mod tests {
    use super::{is_folder, missing, none_found};
    use crate::facts::Failure;
    use std::fs;
    use std::path::Path;

    /// The hint of a failure in a folder with these files, without the folder's name.
    fn hint(files: &[(&str, &str)], failure: impl Fn(&Path) -> Failure) -> String {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let hint = failure(folder.path()).problems.remove(0).hint.unwrap();
        hint.replace(&format!("{}/", folder.path().display()), "")
    }

    #[test]
    fn a_missing_template_has_the_one_that_was_likely_meant_beside_it() {
        const TEMPLATE: &str = "Resources: {}\n";
        let rows: [(&str, &str, &[(&str, &str)], &str); 7] = [
            ("near", "templat.yaml", &[("template.yaml", TEMPLATE)], "the nearest name there is template.yaml"),
            ("case", "Template.YAML", &[("template.yaml", TEMPLATE)], "the nearest name there is template.yaml"),
            ("near folder", "ap/t.yaml", &[("app/t.yaml", TEMPLATE)], "the nearest name there is app"),
            ("default", "stack.yaml", &[("template.yml", TEMPLATE)], "--template-file template.yml would name one"),
            ("below", "stack.yaml", &[("app/template.yaml", "")], "--template-file app/template.yaml would name one"),
            ("backslash", r"app\t.yaml", &[("template.yml", "")], "write it with / between folders: app/t.yaml"),
            ("nothing", "stack.yaml", &[("a.py", "")], "name the template file with --template-file"),
        ];
        for (name, wanted, files, expected) in rows {
            assert_eq!(hint(files, |folder| missing(&folder.join(wanted), folder)), expected, "{name}");
        }
    }

    #[test]
    fn where_no_default_exists_a_file_with_resources_is_named() {
        let rows: [(&str, &[(&str, &str)], &str); 4] = [
            ("YAML", &[("b.yaml", "A: 1\nResources:\n"), ("a.yaml", "Resourceful: 1")], " --template-file b.yaml"),
            ("JSON", &[("stack.json", "{\"Resources\": {}}"), ("package.json", "{}")], " --template-file stack.json"),
            ("below", &[("infra/template.yaml", "")], " --template-file infra/template.yaml"),
            ("none", &[("buildspec.yml", "version: 0.2")], "name one with --template-file"),
        ];
        for (name, files, expected) in rows {
            let hint = hint(files, none_found);
            let (start, rest) = hint.split_once("; looked for .aws-sam/build/template.yaml, ").expect(name);
            assert!(start.ends_with(expected) && rest.starts_with("template.yaml"), "{name}: {hint}");
        }
        let hint = hint(&[("app/template.yaml", "")], |folder| is_folder(&folder.join("app")));
        assert_eq!(hint, "name the template in it: app/template.yaml");
    }
}
