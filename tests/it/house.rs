//! The rules of the source tree: imports point one way, the SDK has one folder, output has one folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::Visit;
use syn::{Attribute, File, Item, ItemMod, ItemUse, UseTree, Visibility};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Paths below `src` with their texts, tests left out.
fn sources(root: &Path) -> BTreeMap<String, String> {
    let mut found = Vec::new();
    files(root, &mut found);
    let named = found.iter().map(|path| (path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), path));
    let is_test = |name: &str| name.split('/').any(|part| part.trim_end_matches(".rs").ends_with("tests"));
    let kept = named.filter(|(name, _)| !is_test(name) && !name.starts_with("testing/") && name != "main.rs");
    kept.map(|(name, path)| (name, std::fs::read_to_string(path).unwrap())).collect()
}

/// A path of modules from the root of the crate.
type ModulePath = Vec<String>;

/// One file: what it imports, and which paths its code names.
#[derive(Default)]
struct Unit {
    file: String,
    /// Imported names, each with the path that it stands for.
    imports: BTreeMap<String, ModulePath>,
    /// Paths that are used, as opposed to re-exported.
    uses: Vec<ModulePath>,
}

/// The crate as modules.
struct Tree(BTreeMap<ModulePath, Unit>);

impl Tree {
    fn parse(sources: &BTreeMap<String, String>) -> Self {
        let module = |file: &str| -> ModulePath {
            let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
            path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
        };
        let modules: BTreeSet<ModulePath> = sources.keys().map(|file| module(file)).collect();
        let unit = |(file, text): (&String, &String)| {
            let here = module(file);
            let mut reader =
                Reader { here: &here, modules: &modules, unit: Unit { file: file.clone(), ..Unit::default() } };
            reader.visit_file(&syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}")));
            let unit = reader.unit;
            (here, unit)
        };
        Self(sources.iter().map(unit).collect())
    }

    /// The file that defines what a path names: re-exports are followed.
    fn definition(&self, path: &[String], depth: usize) -> Option<&Unit> {
        let length = (0..=path.len()).rev().find(|length| self.0.contains_key(&path[..*length]))?;
        let unit = &self.0[&path[..length]];
        match path.get(length).and_then(|name| unit.imports.get(name)) {
            Some(target) if depth < 9 => {
                let rest = path.get(length + 1..).unwrap_or_default();
                self.definition(&[target, rest].concat(), depth + 1)
            }
            Some(_) | None => Some(unit),
        }
    }

    /// For each file the files that it uses.
    fn edges(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let of_unit = |unit: &'_ Unit| -> BTreeSet<&str> {
            let used = unit.uses.iter().filter_map(|path| self.definition(path, 0));
            used.map(|it| it.file.as_str()).filter(|file| *file != unit.file && *file != "lib.rs").collect()
        };
        self.0.values().map(|unit| (unit.file.as_str(), of_unit(unit))).collect()
    }
}

struct Reader<'a> {
    here: &'a ModulePath,
    modules: &'a BTreeSet<ModulePath>,
    unit: Unit,
}

impl Reader<'_> {
    /// The path from the root of the crate; `None` for other crates.
    fn absolute(&self, segments: &[String]) -> Option<ModulePath> {
        let (first, rest) = segments.split_first()?;
        let below = |count: usize| [&self.here[..self.here.len() - count], rest].concat();
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some(below(0)),
            "super" => {
                let ups = segments.iter().take_while(|segment| *segment == "super").count();
                Some([&self.here[..self.here.len().checked_sub(ups)?], &segments[ups..]].concat())
            }
            name if self.modules.contains(&[self.here.as_slice(), &[name.to_owned()]].concat()) => {
                Some([self.here.as_slice(), segments].concat())
            }
            name => self.unit.imports.get(name).map(|target| [target.as_slice(), rest].concat()),
        }
    }

    fn import(&mut self, tree: &UseTree, before: &[String], is_public: bool) {
        let named = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &named(&path.ident), is_public),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before, is_public)),
            UseTree::Name(name) if name.ident == "self" => self.add(before.to_vec(), before.last().cloned(), is_public),
            UseTree::Name(name) => self.add(named(&name.ident), Some(name.ident.to_string()), is_public),
            UseTree::Rename(rename) => self.add(named(&rename.ident), Some(rename.rename.to_string()), is_public),
            UseTree::Glob(_) => self.add(before.to_vec(), None, is_public),
        }
    }

    fn add(&mut self, path: Vec<String>, name: Option<String>, is_public: bool) {
        let Some(path) = self.absolute(&path) else { return };
        self.unit.imports.insert(name.unwrap_or_default(), path.clone());
        if !is_public {
            self.unit.uses.push(path);
        }
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    };
    attributes.iter().any(is_test)
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_file(&mut self, file: &'ast File) {
        // Imports first: code may use them before they stand.
        for item in &file.items {
            if let Item::Use(item) = item {
                self.visit_item_use(item);
            }
        }
        syn::visit::visit_file(self, file);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.import(&item.tree, &[], matches!(item.vis, Visibility::Public(_)));
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_for_tests(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1
            && let Some(path) = self.absolute(&segments)
        {
            self.unit.uses.push(path);
        }
        syn::visit::visit_path(self, path);
    }
}

/// The modules in the order of `lib.rs`, which is the order of the flow.
fn order(lib: &str) -> Vec<&str> {
    lib.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect()
}

/// Every import that points to a later module.
fn steps_back(sources: &BTreeMap<String, String>) -> Vec<String> {
    let order = order(&sources["lib.rs"]);
    let place = |file: &str| {
        let module = file.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        order.iter().position(|known| *known == module).unwrap_or_else(|| panic!("lib.rs does not list {file}"))
    };
    let tree = Tree::parse(sources);
    let edges = tree.edges();
    let all = edges
        .iter()
        .filter(|(file, _)| **file != "lib.rs")
        .flat_map(|(file, used)| used.iter().map(move |target| (*file, *target)));
    all.filter(|(file, target)| place(target) > place(file))
        .map(|(file, target)| format!("{file} → {target}"))
        .collect()
}

/// The files that can be reached from themselves, with what ties them.
fn circles(sources: &BTreeMap<String, String>) -> Vec<String> {
    let tree = Tree::parse(sources);
    let edges = tree.edges();
    let reach = |start: &str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![start]);
        while let Some(file) = next.pop() {
            next.extend(edges.get(file).into_iter().flatten().filter(|target| seen.insert(**target)));
        }
        seen.into_iter().map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let reached: BTreeMap<&str, BTreeSet<String>> = edges.keys().map(|file| (*file, reach(file))).collect();
    let ties = edges.iter().flat_map(|(file, used)| used.iter().map(move |target| (*file, *target)));
    ties.filter(|(file, target)| reached[target].contains(*file))
        .map(|(file, target)| format!("{file} → {target}"))
        .collect()
}

#[test]
fn a_module_uses_only_those_before_it() {
    assert_eq!(steps_back(&sources(&source())), Vec::<String>::new());
}

#[test]
fn no_file_leads_back_to_itself() {
    assert_eq!(circles(&sources(&source())), Vec::<String>::new());
}

#[test]
fn a_planted_circle_or_step_back_is_found() {
    let tree = |files: &[(&str, &str)]| {
        let lib = ("lib.rs", "mod facts;\nmod stage;\n");
        [lib].iter().chain(files).map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()
    };
    let facts = ("facts/mod.rs", "mod failure;\npub use failure::Failure;\n");
    let good = tree(&[facts, ("facts/failure.rs", "pub struct Failure;"), ("stage.rs", "use crate::facts::Failure;")]);
    assert_eq!((steps_back(&good), circles(&good)), (vec![], vec![]));
    let back = tree(&[facts, ("facts/failure.rs", "use crate::stage::X;"), ("stage.rs", "pub struct X;")]);
    assert_eq!(steps_back(&back), ["facts/failure.rs → stage.rs"]);
    let circle = tree(&[
        facts,
        ("facts/failure.rs", "fn f() { crate::stage::b::g(); }"),
        ("stage/mod.rs", "mod a;\nmod b;\npub use a::A;"),
        ("stage/a.rs", "use super::b;\npub struct A; fn f() { b::g() }"),
        ("stage/b.rs", "use super::A; pub fn g() {}"),
    ]);
    assert_eq!(circles(&circle), ["stage/a.rs → stage/b.rs", "stage/b.rs → stage/a.rs"]);
}

#[test]
fn the_sdk_is_named_in_one_folder() {
    for (file, text) in sources(&source()).into_iter().filter(|(file, _)| !file.starts_with("aws/")) {
        let names_sdk = ["aws_sdk_", "aws_config", "aws_smithy", "aws_types"].iter().any(|name| text.contains(name));
        assert!(!names_sdk, "{file} names the SDK");
    }
}

#[test]
fn each_file_says_what_it_is_for() {
    for (file, text) in sources(&source()) {
        assert!(text.starts_with("//! "), "{file} begins without a line that says why it exists");
    }
}
