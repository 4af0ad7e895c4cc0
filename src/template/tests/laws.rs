//! Laws that hold for all documents: editing the text edits its meaning, and no input makes the reader panic.

use super::documents::{Form, Model, Scribe, any_document, any_document_with_repeated_keys, any_text};
use super::template;
use crate::template::{Edits, JsonForm, NodeId, Template};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::Index;

#[derive(Debug, Clone)]
enum Change {
    Replace(Model),
    Insert(Model),
}

/// The way down from the top, by position.
type Path = Vec<usize>;

fn any_form() -> impl Strategy<Value = Form> {
    prop_oneof![4 => Just(Form::Yaml), 1 => Just(Form::JsonPretty), 1 => Just(Form::JsonMinified)]
}

fn any_change() -> impl Strategy<Value = (Index, Change)> {
    let pairs = proptest::collection::vec(any_text().prop_map(Model::Text), 0..3).prop_map(|texts| {
        Model::Map(texts.into_iter().enumerate().map(|(n, text)| (format!("S3{n}"), text)).collect())
    });
    let value = prop_oneof![3 => any_text().prop_map(Model::Text), 1 => pairs];
    (any::<Index>(), prop_oneof![value.clone().prop_map(Change::Replace), value.prop_map(Change::Insert)])
}

fn paths(model: &Model, here: Path, out: &mut Vec<Path>) {
    out.push(here.clone());
    for (index, child) in model.children().into_iter().enumerate() {
        paths(child, [here.clone(), vec![index]].concat(), out);
    }
}

fn at<'m>(model: &'m Model, path: &Path) -> &'m Model {
    path.iter().fold(model, |model, index| model.children()[*index])
}

fn id_at(template: &Template, path: &Path) -> NodeId {
    let step = |id: NodeId, index: &usize| {
        let node = template.node(id);
        let found = node.items().nth(*index).or_else(|| node.entries().nth(*index).map(|(_, value)| value));
        found.expect("a child").id()
    };
    path.iter().fold(template.root().id(), step)
}

/// The law's other side: the change made to the model.
fn changed(model: &Model, here: &Path, changes: &[(Path, Change)]) -> Model {
    let mine = || changes.iter().filter(|(path, _)| path == here).map(|(_, change)| change);
    let mut replaced = mine().filter_map(|change| match change {
        Change::Replace(new) => Some(new),
        Change::Insert(_) => None,
    });
    if let Some(new) = replaced.next_back() {
        return new.without_null();
    }
    let below = |index: usize, child: &Model| changed(child, &[here.clone(), vec![index]].concat(), changes);
    let mut entries: Vec<(String, Model)> = match model {
        Model::Null => Vec::new(),
        Model::Text(text) => return Model::Text(text.clone()),
        Model::List(items) => {
            return Model::List(items.iter().enumerate().map(|(index, item)| below(index, item)).collect());
        }
        Model::Map(old) => {
            old.iter().enumerate().map(|(index, (key, value))| (key.clone(), below(index, value))).collect()
        }
    };
    let before = entries.len();
    entries.extend(
        mine()
            .filter_map(|change| match change {
                Change::Insert(new) => Some(new.without_null()),
                Change::Replace(_) => None,
            })
            .enumerate()
            .map(|(index, new)| (format!("new{index}"), new)),
    );
    match model {
        Model::Null if before == entries.len() => Model::Null,
        Model::Null | Model::Text(_) | Model::List(_) | Model::Map(_) => Model::Map(entries),
    }
}

fn edits_of(template: &Template, changes: &[(Path, Change)]) -> Edits {
    let mut edits = Edits::default();
    let mut counts = std::collections::HashMap::new();
    for (path, change) in changes {
        let id = id_at(template, path);
        match change {
            Change::Replace(new) => edits.replace(id, new.to_new_value()),
            Change::Insert(new) => {
                let count = counts.entry(id).or_insert(0);
                edits.insert(id, &format!("new{count}"), new.to_new_value());
                *count += 1;
            }
        }
    }
    edits
}

/// Entries in any order: an inserted one may have to stand before one that would swallow it.
fn sorted(model: Model) -> Model {
    match model {
        Model::Map(entries) => {
            let mut entries: Vec<_> = entries.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            Model::Map(entries)
        }
        Model::List(items) => Model::List(items.into_iter().map(sorted).collect()),
        Model::Null | Model::Text(_) => model,
    }
}

fn read_by_another(text: &str, form: Form) -> Model {
    match form {
        Form::Yaml => Model::of_yaml(&serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error} in {text:?}"))),
        Form::JsonPretty | Form::JsonMinified => {
            Model::of_json(&serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text:?}")))
        }
    }
}

fn comments(text: &str) -> Vec<&str> {
    text.split(['\n', '\r']).filter_map(|line| line.rfind("# c").map(|at| &line[at..])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 384, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn editing_the_text_edits_its_meaning(
        model in any_document(),
        form in any_form(),
        choices in proptest::collection::vec(any::<u8>(), 1..60),
        crlf in any::<bool>(),
        mark in any::<bool>(),
        cut in any::<bool>(),
        wanted in proptest::collection::vec(any_change(), 0..5),
    ) {
        let mut source = Scribe::write(&model, form, &choices);
        if cut && (!comments(&source).is_empty() || form != Form::Yaml) {
            source.truncate(source.trim_end_matches('\n').len());
        }
        if crlf {
            source = source.replace('\n', "\r\n");
        }
        let on_disk = if mark { format!("\u{feff}{source}") } else { source.clone() };
        let template = template(&on_disk);
        let before = Model::of(template.root());
        prop_assert_eq!(template.text(), &source);
        prop_assert_eq!(template.apply(&Edits::default()), source.clone());
        prop_assert_eq!(&before, &read_by_another(&source, form), "read from {:?}", source);

        let mut all = Vec::new();
        paths(&before, Vec::new(), &mut all);
        let changes: Vec<(Path, Change)> = wanted
            .into_iter()
            .map(|(index, change)| (all[index.index(all.len())].clone(), change))
            .filter(|(path, change)| match change {
                Change::Replace(_) => !path.is_empty(),
                Change::Insert(_) => matches!(at(&before, path), Model::Map(_) | Model::Null),
            })
            .collect();
        let edited = template.apply(&edits_of(&template, &changes));
        let expected = sorted(changed(&before, &Vec::new(), &changes));
        let again = super::template(&edited);
        prop_assert_eq!(sorted(Model::of(again.root())), expected.clone(), "{:?} became {:?}", source, edited);
        prop_assert_eq!(sorted(read_by_another(&edited, form)), expected, "{:?} became {:?}", source, edited);
        let only_scalars = changes.iter().all(|(path, _)| matches!(at(&before, path), Model::Text(_) | Model::Null | Model::Map(_)))
            && changes.iter().all(|(path, change)| matches!(change, Change::Insert(_)) || matches!(at(&before, path), Model::Text(_) | Model::Null));
        if only_scalars {
            prop_assert!(comments(&source).iter().all(|comment| edited.contains(comment)), "{:?} became {:?}", source, edited);
            prop_assert_eq!(edited.contains('\r'), source.contains('\r'));
        }
    }

    #[test]
    fn the_last_of_equal_keys_stays_in_the_text(
        model in any_document_with_repeated_keys(),
        choices in proptest::collection::vec(any::<u8>(), 1..60),
        crlf in any::<bool>(),
        flow in any::<bool>(),
    ) {
        let mut source = Scribe::write(&model, Form::Yaml, &choices);
        if flow {
            source = Scribe::write_flow(&model, &choices);
        }
        if crlf {
            source = source.replace('\n', "\r\n");
        }
        let template = template(&source);
        let expected = model.with_last_keys();
        prop_assert_eq!(Model::of(template.root()), expected.clone(), "{:?} became {:?}", source, template.text());
        prop_assert_eq!(read_by_another(template.text(), Form::Yaml), expected.clone(), "{:?} became {:?}", source, template.text());
        prop_assert_eq!(template.warnings().is_empty(), template.text() == source);
        let is_left = |line: &&str| source.contains(*line);
        prop_assert!(comments(template.text()).iter().all(is_left));
    }

    #[test]
    fn writing_out_aliases_and_merges_keeps_the_meaning(
        values in proptest::collection::vec((0..6usize, any::<Index>(), any::<Index>()), 1..6),
        users in proptest::collection::vec((0..6usize, any::<Index>(), any::<Index>()), 1..6),
        crlf in any::<bool>(),
    ) {
        let mut source = String::from("x: &m0 {p: &s0 '0', q: &t0 [y, z]}\n");
        for (index, (kind, one, other)) in values.iter().enumerate() {
            let (one, other, index) = (one.index(index + 1), other.index(index + 1), index + 1);
            let entries = match kind {
                0 => format!("&m{index}\n  p: &s{index} v{index} # c\n  r: &t{index} [z]\n  r2: *m{one}\n"),
                1 => format!("&m{index} {{q: &s{index} \"v{index}\", s: &t{index} [*s{one}, *m{other}]}}\n"),
                2 => format!("&m{index} # c\n  ? t\n  : &s{index} |\n    v{index}\n  u: &t{index}\n  - *t{one}\n"),
                3 => format!("&m{index} {{p: &s{index} , t: &t{index} {{w: *s{one}}}}}\n"),
                _ => format!("&m{index}\n  q: &s{index} 'a, b'\n  t: &t{index}\n    w: *m{other}\n"),
            };
            source.push_str(&format!("x{index}: {entries}"));
        }
        for (index, (kind, one, other)) in users.iter().enumerate() {
            let (one, other) = (one.index(values.len() + 1), other.index(values.len() + 1));
            source.push_str(&match kind {
                0 => format!("u{index}:\n  <<: *m{one} # c\n  p: own\n"),
                1 => format!("u{index}: {{t: own, <<: [*m{one}, *m{other}]}}\n"),
                2 => format!("u{index}:\n- <<: *m{one}\n  p: own\n  t: *m{other}\n- *s{other}\n"),
                3 => format!("u{index}: [*m{one}, *t{other}, <<: *m{one}]\n"),
                4 => format!("u{index}:\n  p: 'own'\n  q: *s{other}\n  <<: *m{one}\n"),
                _ => format!("u{index}: *m{one}\n"),
            });
        }
        if crlf {
            source = source.replace('\n', "\r\n");
        }
        let mut expected: serde_yaml::Value = serde_yaml::from_str(&source).unwrap_or_else(|error| panic!("{error} in {source}"));
        expected.apply_merge().expect("merges of mappings");
        let template = template(&source);
        let found = sorted(Model::of(template.root()));
        prop_assert_eq!(found, sorted(Model::of_yaml(&expected)), "{} became {}", source, template.text());
        prop_assert_eq!(comments(template.text()).len(), comments(&source).len());
    }

    #[test]
    fn damaged_templates_are_read_or_refused(
        seed in 0..SEEDS.len(),
        damage in proptest::collection::vec((any::<Index>(), any::<Option<u8>>(), any::<bool>()), 0..6),
    ) {
        const MARKS: &[u8] = b"&*<-?:{}[]|>!'\"#%@ \t\n\r,~\xc3\xa9";
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        for (index, byte, insert) in damage {
            let at = index.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match byte.map(|byte| MARKS[usize::from(byte) % MARKS.len()]) {
                Some(byte) if insert => bytes.insert(at, byte),
                Some(byte) => bytes[at] = byte,
                None if bytes.len() > 1 => drop(bytes.remove(at)),
                None => {}
            }
        }
        if let Ok(template) = Template::parse("t.yaml", bytes) {
            use_all_of(&template);
        }
    }

    #[test]
    fn each_span_holds_its_value(
        model in any_document(),
        form in any_form(),
        choices in proptest::collection::vec(any::<u8>(), 1..60),
    ) {
        let source = Scribe::write(&model, form, &choices);
        let template = Template::parse_as_written("t.yaml", source.clone().into_bytes()).expect("a document");
        let mut open = vec![template.root()];
        while let Some(node) = open.pop() {
            let written = &source[node.span()];
            if let Some(text) = node.as_str().filter(|_| !written.starts_with(['|', '>'])) {
                let alone: serde_yaml::Value = serde_yaml::from_str(&format!("[{written}]")).expect("a value in brackets");
                prop_assert_eq!(Model::of_yaml(&alone), Model::List(vec![Model::Text(text.to_owned())]), "{:?}", source);
            }
            open.extend(node.entries().flat_map(|(key, value)| [key, value]).chain(node.items()));
        }
    }
}

/// Every reader and every edit on every node.
fn use_all_of(template: &Template) {
    let json = template.to_json(JsonForm::Indented, usize::MAX).expect("JSON");
    serde_json::from_str::<serde_json::Value>(&json).unwrap_or_else(|error| panic!("{error} in {json}"));
    let mut nodes = vec![template.root()];
    let mut edits = Edits::default();
    while let Some(node) = nodes.pop() {
        let _ = (node.place(), node.intrinsic());
        let mut one = Edits::default();
        one.replace(node.id(), super::text("V"));
        let _ = template.apply(&one);
        edits.insert(node.id(), "K", super::text("V"));
        nodes.extend(node.children());
        nodes.extend(node.pairs().map(|(_, value)| value));
    }
    let _ = template.apply(&edits);
}

const SEEDS: [&str; 5] = [
    "a: &x\n  - 1\n  - {b: c, d: [e, f: g]}\nb: *x\nc: !Sub |\n  x ${y}\n\n  z\nd: # c\n- !Ref x\n-\n- - a\n",
    "x: &x {p: 1}\ny: &y\n  <<: *x\n  q: &z 2\na:\n  <<: [*y, *x]\n  ? r\n  : *z\nb: [<<: *x]\n",
    "{\"a\": [1, 2.5, null, true], \"b\": {\"c\": \"\\u00e9\"},\n\"d\": {}}",
    "\u{feff}%YAML 1.1\r\n---\r\na: 'b\r\n c'\r\nk: >+\r\n  t\r\n\r\n...\r\n",
    "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri:\n      é: \"ü\"\n    Metadata: ~\n",
];
