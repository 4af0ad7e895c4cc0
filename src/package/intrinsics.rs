//! The text that a value has in one round of loops, as far as it can be told before a deployment.

use super::loops::{Loop, Round, spelled_in};
use crate::template::Node;

/// The loops whose variable a value uses: in a text, as `${Variable}` or `&{Variable}`, or by `Ref`.
pub fn used<'l>(value: Node<'_>, loops: &'l [Loop]) -> Vec<&'l Loop> {
    loops.iter().filter(|it| uses(value, &it.variable)).collect()
}

fn uses(value: Node<'_>, variable: &str) -> bool {
    match value.intrinsic() {
        Some(it) if it.name == "Ref" && it.argument.as_str() == Some(variable) => true,
        Some(it) => uses(it.argument, variable),
        None => {
            value.as_str().is_some_and(|text| spelled_in(text, variable))
                || value.items().any(|item| uses(item, variable))
                || value.entries().any(|(_, value)| uses(value, variable))
        }
    }
}

/// The text of a value in a round. `None` for what only a deployment knows, such as a parameter.
///
/// A loop variable is put into each text first, then the functions are called: the order of CloudFormation.
pub fn text(value: Node<'_>, round: &Round<'_>) -> Option<String> {
    let Some(intrinsic) = value.intrinsic() else { return value.as_str().map(|text| round.put_into(text)) };
    match &*intrinsic.name {
        "Ref" => round.value(intrinsic.argument.as_str()?).map(str::to_owned),
        "Fn::Sub" => substituted(intrinsic.argument, round),
        "Fn::Join" => joined(intrinsic.argument, round),
        "Fn::FindInMap" => found_in_map(intrinsic.argument, round),
        _ => None,
    }
}

/// `Fn::Sub`: a text, or a list of a text and a mapping of names to values.
fn substituted(argument: Node<'_>, round: &Round<'_>) -> Option<String> {
    if let Some(text) = argument.as_str() {
        return fill(&round.put_into(text), |name| round.value(name).map(str::to_owned));
    }
    let items: Vec<_> = argument.items().collect();
    let [template, names] = items[..] else { return None };
    fill(&round.put_into(template.as_str()?), |name| match round.value(name) {
        Some(value) => Some(value.to_owned()),
        None => text(names.get(name)?, round),
    })
}

/// Puts a value in the place of each `${Name}`; `${!Name}` stands for the text `${Name}`.
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

/// `Fn::Join`: a delimiter and a list.
fn joined(argument: Node<'_>, round: &Round<'_>) -> Option<String> {
    let items: Vec<_> = argument.items().collect();
    let [delimiter, parts] = items[..] else { return None };
    let parts = parts.is_sequence().then(|| parts.items())?;
    let parts: Vec<_> = parts.map(|part| text(part, round)).collect::<Option<_>>()?;
    Some(parts.join(&text(delimiter, round)?))
}

/// `Fn::FindInMap`: a mapping's name, two keys, and with the language extensions a value for keys that are not there.
fn found_in_map(argument: Node<'_>, round: &Round<'_>) -> Option<String> {
    let items: Vec<_> = argument.items().collect();
    let (path, default) = match items[..] {
        [name, first, second] => ([name, first, second], None),
        [name, first, second, options] => ([name, first, second], options.get("DefaultValue")),
        _ => return None,
    };
    let mappings = argument.template().root().get("Mappings")?;
    let keys: Vec<_> = path.into_iter().map(|key| text(key, round)).collect::<Option<_>>()?;
    match keys.iter().try_fold(mappings, |mapping, key| mapping.get(key)) {
        Some(leaf) => leaf.as_str().map(str::to_owned),
        None => text(default?, round),
    }
}

#[cfg(test)]
mod tests {
    use super::{text, used};
    use crate::package::loops::{Loop, rounds};
    use crate::template::Template;

    const MAPPINGS: &str = "Mappings: {M: {a: {p: ./fn/one, q: 7, list: [x]}, b: {p: s3://b/k}}}\n";

    /// The text of a value in each round of a loop over `a` and `b`, of variable `N`; `None` where it is not told.
    fn texts(value: &str) -> Vec<Option<String>> {
        let template = Template::parse("t.yaml", format!("{MAPPINGS}V: {value}\n").into_bytes()).unwrap();
        let value = template.root().get("V").unwrap();
        let loops = [of("N", &["a", "b"]), of("Other", &["x", "y", "z"])];
        let used = used(value, &loops);
        rounds(&used).iter().map(|round| text(value, round)).collect()
    }

    fn of(variable: &str, values: &[&str]) -> Loop {
        let values = Some(values.iter().map(|value| (*value).to_owned()).collect());
        Loop { name: format!("{variable}s"), variable: variable.to_owned(), values, parameter: None }
    }

    #[test]
    fn a_value_is_told_in_each_round_of_the_loops_that_it_uses() {
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
    fn what_only_a_deployment_knows_is_not_told() {
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
