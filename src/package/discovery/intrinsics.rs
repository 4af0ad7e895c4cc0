//! The text that a value has in one round of loops, as far as it is known before a deployment.

use super::loops::{Loop, Round};
use super::sections::Sections;
use crate::template::Node;
use std::collections::HashMap;
use std::sync::Arc;

/// Parts of `Fn::Join` that are read for the text with which it begins.
const LEADING_PARTS: usize = 4;

/// The loops whose variable a value uses: in a text, as `${Variable}` or `&{Variable}`, or by `Ref`.
pub fn used_loops(value: Node<'_>, loops: &[Arc<Loop>]) -> Vec<Arc<Loop>> {
    loops.iter().filter(|it| uses(value, it)).cloned().collect()
}

fn uses(value: Node<'_>, of_loop: &Loop) -> bool {
    match value.intrinsic() {
        Some(it) if it.name == "Ref" && it.argument.as_str() == Some(&of_loop.variable) => true,
        Some(it) => uses(it.argument, of_loop),
        None => {
            value.as_str().is_some_and(|text| of_loop.is_used_in(text))
                || value.items().any(|item| uses(item, of_loop))
                || value.entries().any(|(_, value)| uses(value, of_loop))
        }
    }
}

/// Whether an intrinsic stands among other keys, such as an include that may bring the property.
pub fn has_intrinsic(mapping: Node<'_>) -> bool {
    mapping.entries().any(|(key, _)| key.as_str().is_some_and(|key| key.starts_with("Fn::")))
}

/// What it costs to evaluate a value once, in bytes of text; each node counts as one.
pub fn weight(value: Node<'_>) -> usize {
    let value = value.intrinsic().map_or(value, |intrinsic| intrinsic.argument);
    let entries = value.entries().map(|(_, value)| weight(value));
    1 + value.as_str().map_or(0, str::len) + entries.sum::<usize>() + value.items().map(weight).sum::<usize>()
}

/// The text with which the value of an intrinsic function begins in any deployment.
pub fn leading_text(value: Node<'_>) -> Option<String> {
    let Some(intrinsic) = value.intrinsic() else { return value.as_str().map(str::to_owned) };
    let items: Vec<_> = intrinsic.argument.items().take(2).collect();
    match (&*intrinsic.name, &items[..]) {
        ("Fn::Sub", []) => intrinsic.argument.as_str().map(str::to_owned),
        ("Fn::Sub", [text, ..]) => text.as_str().map(str::to_owned),
        ("Fn::Join", [delimiter, parts]) => {
            let mut texts: Vec<_> = parts.items().map_while(Node::as_str).take(LEADING_PARTS).collect();
            let is_cut = !texts.is_empty() && parts.items().nth(texts.len()).is_some();
            texts.extend(is_cut.then_some(""));
            Some(texts.join(delimiter.as_str()?))
        }
        (_, _) => None,
    }
}

/// Evaluates values in one round of loops.
#[derive(Clone, Copy)]
pub struct Evaluation<'e> {
    pub round: &'e Round<'e>,
    pub sections: &'e Sections<'e>,
}

impl Evaluation<'_> {
    /// The text of a value. `None` for what only a deployment knows, such as a parameter.
    ///
    /// A loop variable is put into each text first, then the functions are called: the order of CloudFormation.
    pub fn text(self, value: Node<'_>) -> Option<String> {
        let Some(intrinsic) = value.intrinsic() else { return value.as_str().map(|text| self.round.put_into(text)) };
        match &*intrinsic.name {
            "Ref" => self.round.value(intrinsic.argument.as_str()?).map(str::to_owned),
            "Fn::Sub" => self.sub(intrinsic.argument),
            "Fn::Join" => self.join(intrinsic.argument),
            "Fn::FindInMap" => self.find_in_map(intrinsic.argument),
            _ => None,
        }
    }

    /// `Fn::Sub`: a text, or a list of a text and a mapping of names to values.
    fn sub(self, argument: Node<'_>) -> Option<String> {
        if let Some(text) = argument.as_str() {
            return fill(&self.round.put_into(text), |name| self.round.value(name).map(str::to_owned));
        }
        let items: Vec<_> = argument.items().collect();
        let [template, names] = items[..] else { return None };
        let names: HashMap<_, _> = names.entries().filter_map(|(name, value)| Some((name.as_str()?, value))).collect();
        fill(&self.round.put_into(template.as_str()?), |name| match self.round.value(name) {
            Some(value) => Some(value.to_owned()),
            None => self.text(*names.get(name)?),
        })
    }

    /// `Fn::Join`: a delimiter and a list.
    fn join(self, argument: Node<'_>) -> Option<String> {
        let items: Vec<_> = argument.items().collect();
        let [delimiter, parts] = items[..] else { return None };
        let parts = parts.is_sequence().then(|| parts.items())?;
        let parts: Vec<_> = parts.map(|part| self.text(part)).collect::<Option<_>>()?;
        Some(parts.join(&self.text(delimiter)?))
    }

    /// `Fn::FindInMap`: a mapping's name, two keys, and with the language extensions a default.
    fn find_in_map(self, argument: Node<'_>) -> Option<String> {
        let items: Vec<_> = argument.items().collect();
        let (keys, default) = match items[..] {
            [name, first, second] => ([name, first, second], None),
            [name, first, second, options] => ([name, first, second], options.get("DefaultValue")),
            _ => return None,
        };
        let [name, first, second] = keys.map(|key| self.text(key));
        match self.sections.mapped([&name?, &first?, &second?]) {
            Some(value) => value.as_str().map(str::to_owned),
            None => self.text(default?),
        }
    }
}

/// Puts a value in place of each `${Name}`; `${!Name}` stands for the text `${Name}`.
fn fill(template: &str, value: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (mut filled, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = after.split_once('}')?;
        filled += before;
        match name.strip_prefix('!') {
            Some(literal) => filled += &format!("${{{literal}}}"),
            None => filled += &value(name)?,
        }
        rest = behind;
    }
    Some(filled + rest)
}

#[cfg(test)]
mod tests {
    use super::{Evaluation, leading_text, used_loops, weight};
    use crate::package::discovery::loops::{Loop, rounds};
    use crate::package::discovery::sections::Sections;
    use crate::template::Template;
    use std::sync::Arc;

    const MAPPINGS: &str = "Mappings: {M: {a: {p: ./fn/one, q: 7, list: [x]}, b: {p: s3://b/k}}}\n";

    /// The text of a value in each round of a loop over `a` and `b`, of variable `N`; `None` where it is not known.
    fn texts(value: &str) -> Vec<Option<String>> {
        let template = Template::parse("t.yaml", format!("{MAPPINGS}V: {value}\n").into_bytes()).unwrap();
        let value = template.root().get("V").unwrap();
        let loops = [loop_over("N", &["a", "b"]), loop_over("Other", &["x", "y", "z"])];
        let used = used_loops(value, &loops);
        let sections = Sections::read(template.root());
        rounds(&used).iter().map(|round| Evaluation { round, sections: &sections }.text(value)).collect()
    }

    fn loop_over(variable: &str, values: &[&str]) -> Arc<Loop> {
        let values = Some(values.iter().map(|value| (*value).to_owned()).collect());
        Arc::new(Loop { name: format!("{variable}s"), variable: variable.to_owned(), values, parameter: None })
    }

    #[test]
    fn a_function_begins_with_the_text_that_every_deployment_gives_it() {
        let rows = [
            ("!Sub './${Stage}/src'", Some("./${Stage}/src")),
            ("!Sub ['./${X}', {X: y}]", Some("./${X}")),
            ("!Join ['', [./, !Ref Stage]]", Some("./")),
            ("!Join [/, [., src, !Ref Stage]]", Some("./src/")),
            ("!Join [/, [., !Ref Stage]]", Some("./")),
            ("!Join [/, [., src]]", Some("./src")),
            ("!Join [/, [!Ref Stage, src]]", Some("")),
            ("!Ref Stage", None),
            ("!FindInMap [M, a, p]", None),
            ("./src", Some("./src")),
        ];
        for (value, expected) in rows {
            let template = Template::parse("t.yaml", format!("V: {value}\n").into_bytes()).unwrap();
            assert_eq!(leading_text(template.root().get("V").unwrap()).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn the_weight_of_a_value_counts_nodes_and_texts_below_it() {
        let rows = [("abc", 4), ("", 1), ("[a, bc]", 6), ("!Sub abc", 4), ("{A: {B: x}, C: !Join ['', [y]]}", 9)];
        for (value, expected) in rows {
            let template = Template::parse("t.yaml", format!("V: {value}\n").into_bytes()).unwrap();
            assert_eq!(weight(template.root().get("V").unwrap()), expected, "{value}");
        }
    }

    #[test]
    fn a_value_has_a_text_in_each_round_of_the_loops_that_it_uses() {
        let rows: &[(&str, &[&str])] = &[
            ("./fn/${N}", &["./fn/a", "./fn/b"]),
            ("'&{N}'", &["a", "b"]),
            ("./fn", &["./fn"]),
            ("!Ref N", &["a", "b"]),
            ("{Ref: N}", &["a", "b"]),
            ("!Sub ./fn/${N}", &["./fn/a", "./fn/b"]),
            ("{'Fn::Sub': './fn/${N}'}", &["./fn/a", "./fn/b"]),
            ("!Sub './${!N}/${N}/$x'", &["./${N}/a/$x", "./${N}/b/$x"]),
            ("!Sub ['./${X}/${N}', {X: !Ref N}]", &["./a/a", "./b/b"]),
            ("!Sub ['./${X}', {X: !Sub ['${Y}-${N}', {Y: y}]}]", &["./y-a", "./y-b"]),
            ("!Sub ['./${N}', {N: shadowed}]", &["./a", "./b"]),
            ("!Join [/, [fn, !Ref N, 7]]", &["fn/a/7", "fn/b/7"]),
            ("!Join [/, [fn, '${N}']]", &["fn/a", "fn/b"]),
            ("{'Fn::Join': ['', ['./', {Ref: N}]]}", &["./a", "./b"]),
            ("!FindInMap [M, !Ref N, p]", &["./fn/one", "s3://b/k"]),
            ("{'Fn::FindInMap': [M, '${N}', p]}", &["./fn/one", "s3://b/k"]),
            ("!FindInMap [M, !Ref N, q, {DefaultValue: !Sub '${N}/8'}]", &["7", "b/8"]),
            ("!Sub '${N}${Other}'", &["ax", "ay", "az", "bx", "by", "bz"]),
        ];
        for (value, expected) in rows {
            let texts: Vec<_> = texts(value).into_iter().map(|text| text.unwrap_or_default()).collect();
            assert_eq!(texts, *expected, "{value}");
        }
    }

    #[test]
    fn what_only_a_deployment_knows_has_no_text() {
        let rows = [
            "!Ref Stage",
            "!Ref ''",
            "!Sub './${N}/${Stage}'",
            "!Sub './${N}/${AWS::Region}'",
            "!Sub ['./${N}/${X}', {X: !Ref Stage}]",
            "!Sub ['./${N}/${X}', {Y: y}]",
            "!Sub ['./${N}']",
            "!Sub './${N}/${open'",
            "!Join [/, [!Ref N, !ImportValue x]]",
            "!Join [/, !Ref N]",
            "!Join [/, !Split [',', !Ref N]]",
            "!Join ['${N}']",
            "!FindInMap [M, !Ref N, list]",
            "!FindInMap [M, !Ref N, absent]",
            "!FindInMap [Absent, !Ref N, p]",
            "!FindInMap [M, !Ref N]",
            "!Select [0, [!Ref N]]",
            "!If [C, !Ref N, x]",
            "!GetAtt '${N}.Arn'",
            "{Key: !Ref N, Other: x}",
            "",
        ];
        for value in rows {
            assert_eq!(texts(value).last(), Some(&None), "{value}");
        }
    }
}
