//! What is found in loops, case by case.

use crate::package::discovery::tests::{describe, discovered};

/// A loop with the variable `N` around a resource with one property.
fn looped(collection: &str, resource_type: &str, property: &str, value: &str) -> String {
    let mappings = "Mappings: {M: {a: {p: ./one, q: s3://b/1}, b: {p: ./two, q: ./two}}}";
    let resource = format!("'R${{N}}': {{Type: {resource_type}, Properties: {{{property}: {value}}}}}");
    format!("{mappings}\nResources: {{Fn::ForEach::L: [N, {collection}, {{{resource}}}]}}\n")
}

#[test]
fn a_function_of_a_loop_variable_is_a_path_in_each_round_or_left_alone() {
    let rows: &[(&str, &str, &str, &[&str])] = &[
        ("text", "CodeUri", "'./${N}'", &["R${N}.CodeUri = L[a:/app/a b:/app/b]"]),
        ("a substitution", "CodeUri", "!Sub './${N}'", &["R${N}.CodeUri = L[a:/app/a b:/app/b]"]),
        ("in long form", "CodeUri", "{'Fn::Sub': './${N}'}", &["R${N}.CodeUri = L[a:/app/a b:/app/b]"]),
        ("with names", "CodeUri", "!Sub ['${X}', {X: !Ref N}]", &["R${N}.CodeUri = L[a:/app/a b:/app/b]"]),
        ("the variable alone", "CodeUri", "!Ref N", &["R${N}.CodeUri = L[a:/app/a b:/app/b]"]),
        ("joined", "CodeUri", "!Join [/, [fn, !Ref N]]", &["R${N}.CodeUri = L[a:/app/fn/a b:/app/fn/b]"]),
        ("looked up", "CodeUri", "!FindInMap [M, !Ref N, p]", &["R${N}.CodeUri = L[a:/app/one b:/app/two]"]),
        ("with an object", "CodeUri", "!FindInMap [M, !Ref N, q]", &["R${N}.CodeUri = L[a:s3://b/1 b:/app/two]"]),
        ("in a branch", "CodeUri", "!If [C, !Sub './${N}', !Ref Code]", &["R${N}.CodeUri = L[a:/app/a b:/app/b]"]),
        ("of objects", "CodeUri", "!Sub 's3://b/${N}'", &[]),
        ("text of objects", "CodeUri", "'s3://b/${N}'", &[]),
        ("of URLs", "CodeUri", "!Sub 'https://example.org/${N}'", &[]),
        ("of a parameter", "CodeUri", "!Sub './${Stage}/${N}'", &[]),
        ("without a loop variable", "CodeUri", "!Sub './x'", &[]),
        ("in a part of the value", "Events", "{CodeUri: !Sub './${N}'}", &["R${N}.CodeUri +CodeUri= /app"]),
    ];
    for (name, property, value, expected) in rows {
        let (_, discovery) = discovered(&looped("[a, b]", "AWS::Serverless::Function", property, value));
        let found: Vec<_> = discovery.found.iter().map(describe).collect();
        assert_eq!(found, *expected, "{name}");
        assert!(discovery.failures.is_empty(), "{name}: {:?}", discovery.failures);
    }
}

#[test]
fn a_function_of_a_loop_whose_values_are_unknown_is_refused_where_it_makes_a_path() {
    let rows = [
        ("!Sub './fn/${N}'", Some("./fn/${N}")),
        ("!Sub 'fn/${N}'", Some("fn/${N}")),
        ("!Join ['', [../, !Ref N]]", Some("../${N}")),
        ("!FindInMap [M, !Ref N, p, {DefaultValue: ./x}]", Some("./x")),
        ("!Sub '${N}/x'", None),
        ("!Sub 's3://b/${N}'", None),
        ("!Sub './${Stage}/${N}'", None),
        ("!FindInMap [M, !Ref N, p]", None),
        ("!Ref N", None),
    ];
    for (value, text) in rows {
        let (_, discovery) = discovered(&looped("!Ref Names", "AWS::Serverless::Function", "CodeUri", value));
        let messages: Vec<_> = discovery.failures.iter().map(|failure| &*failure.problems[0].message).collect();
        let expected = text
            .map(|text| format!("R${{N}}.CodeUri: {text} depends on L, whose values are not written in the template"));
        assert_eq!(messages, Vec::from_iter(expected), "{value}");
        assert!(discovery.found.is_empty(), "{value}");
    }
}

#[test]
fn rounds_of_many_loops_are_refused_without_making_them() {
    let values = format!("[{}]", (0..501).map(|value| value.to_string()).collect::<Vec<_>>().join(", "));
    let rows = [
        (
            "!Sub './fn/${N}'",
            vec!["R${N}.CodeUri: ./fn/${N} stands for 501 paths, more than the 500 resources of a stack"],
        ),
        ("!Sub 's3://b/${N}'", vec![]),
        ("!Sub './${Stage}/${N}'", vec![]),
    ];
    for (value, expected) in rows {
        let (_, discovery) = discovered(&looped(&values, "AWS::Serverless::Function", "CodeUri", value));
        let messages: Vec<_> = discovery.failures.iter().map(|failure| &*failure.problems[0].message).collect();
        assert_eq!(messages, expected, "{value}");
    }
}

#[test]
fn rounds_that_cannot_share_a_property_are_refused() {
    let rows = [
        (
            "AWS::Lambda::Function",
            "Code",
            "s3://b/1",
            "Code: s3://b/1 is not a local path, but other rounds of its loops have one",
        ),
        (
            "AWS::Serverless::Function",
            "CodeUri",
            "s3://b/1?versionId=2",
            "CodeUri: s3://b/1?versionId=2 is not a local path, but other rounds of its loops have one",
        ),
        (
            "AWS::Serverless::Function",
            "CodeUri",
            "s3://b",
            "CodeUri: s3://b is neither a local path nor an object in S3",
        ),
    ];
    for (resource_type, property, other, expected) in rows {
        let value = "!FindInMap [M, !Ref N, x, {DefaultValue: !Sub '${N}'}]";
        let (_, discovery) = discovered(&looped(&format!("[./a, '{other}']"), resource_type, property, value));
        let messages: Vec<_> = discovery.failures.iter().map(|failure| &*failure.problems[0].message).collect();
        assert_eq!(messages, [format!("R${{N}}.{expected}")], "{other}");
    }
}

#[test]
fn the_rounds_of_all_loops_of_a_template_are_bounded_and_refused_once() {
    let values = (0..400).map(|value| format!("v{value}")).collect::<Vec<_>>().join(", ");
    let loops = |count: usize, code: &str| {
        let function = format!("{{Type: AWS::Serverless::Function, Properties: {{CodeUri: {code}}}}}");
        let loops =
            (0..count).map(|at| format!("  Fn::ForEach::L{at}x{count}: [N, [{values}], {{'F${{N}}': {function}}}]\n"));
        format!("Resources:\n{}", loops.collect::<String>())
    };
    let long = format!("'./${{N}}/{}'", "x".repeat(4096));
    let rows = [
        ("few", loops(3, "'./${N}'"), 3, None),
        ("many", loops(10, "'./${N}'"), 3, Some("./${N}")),
        ("many locations in S3", loops(10, "!Sub 's3://b/${N}'"), 0, None),
        ("few beside many locations", loops(10, "!Sub 's3://b/${N}'") + &loops(3, "'./${N}'")[11..], 3, None),
        ("long", loops(3, &long), 1, Some(&long[1..long.len() - 1])),
    ];
    for (name, template, found, refused) in rows {
        let (_, discovery) = discovered(&template);
        let messages: Vec<_> = discovery.failures.iter().map(|failure| &*failure.problems[0].message).collect();
        let refused = refused.map(|text| {
            format!("F${{N}}.CodeUri: with {text}, the loops of the template stand for more than 1500 paths or 4 MiB")
        });
        assert_eq!((discovery.found.len(), messages), (found, Vec::from_iter(refused.as_deref())), "{name}");
    }
}
