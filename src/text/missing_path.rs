//! The name that a path which does not exist most likely stands for.

use super::nearest;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Names of a folder that are compared. A folder with more has no nearest name.
const MAX_NAMES: usize = 10_000;

/// The name nearest to the first part of a path that does not exist, in the folder where it was looked for.
pub fn nearest_sibling(path: &Path) -> Option<String> {
    let (folder, missing) = path.ancestors().find_map(|at| {
        let folder = at.parent().map(folder_named).filter(|folder| folder.is_dir())?;
        Some((folder, at.file_name()?.to_str()?))
    })?;
    let entries: Vec<_> = fs::read_dir(folder).ok()?.take(MAX_NAMES + 1).flatten().collect();
    if entries.len() > MAX_NAMES {
        return None;
    }
    let names = entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok());
    // Sorted, so that of equally near names the first is chosen on every machine.
    nearest(missing, names.filter(|name| name != missing).collect::<BTreeSet<_>>().into_iter())
}

/// Advice on a path that could not be used: the nearest name if it does not exist and there is one, and then the rule.
pub fn with_nearest_name(path: &Path, rule: &str) -> String {
    let near = if path.exists() { None } else { nearest_sibling(path) };
    near.map_or_else(|| rule.to_owned(), |near| format!("the nearest name there is {near}; {rule}"))
}

/// The current folder has an empty name.
fn folder_named(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

#[cfg(test)]
mod tests {
    use super::{MAX_NAMES, nearest_sibling};
    use std::fs;
    use std::path::Path;

    #[test]
    fn a_missing_path_has_a_nearest_name_where_it_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("functions/create_order")).unwrap();
        fs::create_dir(folder.path().join("secrets")).unwrap();
        fs::write(root.join("functions/app.py"), "").unwrap();
        let rows = [
            ("../secret", Some("secrets")),
            ("functions/creat_order", Some("create_order")),
            ("functions/CreateOrder", Some("create_order")),
            ("function/create_order", Some("functions")),
            ("functions/delete_all", None),
            ("functions/app.py/x", None),
        ];
        for (path, expected) in rows {
            assert_eq!(nearest_sibling(&root.join(path)).as_deref(), expected, "{path}");
        }
        assert_eq!(nearest_sibling(Path::new("Cargo.tml")).as_deref(), Some("Cargo.toml"), "in the current folder");
    }

    #[test]
    fn a_folder_with_very_many_names_has_no_nearest_one() {
        let folder = tempfile::tempdir().unwrap();
        (0..MAX_NAMES).for_each(|at| fs::write(folder.path().join(format!("file-{at:05}")), "").unwrap());
        let missing = folder.path().join("file-9999x");
        assert!(nearest_sibling(&missing).is_some());
        fs::write(folder.path().join("one-more"), "").unwrap();
        assert_eq!(nearest_sibling(&missing), None);
    }
}
