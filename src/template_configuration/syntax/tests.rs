//! Texts of overrides and tags: what sam reads, and what it would drop.

use super::{Override, Pair, PairProblem, tags};

fn overrides(text: &str) -> Result<Vec<Pair>, PairProblem> {
    let shown = |(name, value)| match value {
        Override::Value(value) => (name, value),
        Override::Previous => (name, "(previous)".to_owned()),
    };
    super::overrides(text).map(|pairs| pairs.into_iter().map(shown).collect())
}

fn pairs(read: fn(&str) -> Result<Vec<Pair>, PairProblem>, text: &str) -> String {
    let pairs = read(text).unwrap_or_else(|problem| panic!("{text}: {}", problem.message));
    pairs.iter().map(|(name, value)| format!("{name}→{value}")).collect::<Vec<_>>().join(" | ")
}

/// The expected values are those of sam 1.170 for the same texts.
#[test]
fn overrides_are_read_as_sam_reads_them() {
    let rows = [
        ("", ""),
        ("  A=1   B=2 ", "A→1 | B→2"),
        ("A=x=y", "A→x=y"),
        ("A=a,b", "A→a,b"),
        ("A=1,B=2", "A→1,B=2"),
        (r#"A="a b" B='c d'"#, "A→a b | B→c d"),
        (r"A=a\ b", "A→a b"),
        (r#"A="{\"x\": 1}""#, r#"A→{"x": 1}"#),
        (r"A=C:\\dir\new", r"A→C:\\dir\new"),
        ("A=it's", "A→it's"),
        (r#""A"=b"#, "A→b"),
        (r#"A="" B=1"#, "A→ | B→1"),
        ("A=\"a\nb\"", "A→a\nb"),
        ("ParameterKey=A,ParameterValue=v ParameterKey=B,ParameterValue=\"w x\"", "A→v | B→w x"),
        ("A=v,UsePreviousValue=true", "A→v,UsePreviousValue=true"),
        ("A=1 B=2 A=3", "A→1 | B→2 | A→3"),
        ("\n  A=\"1\"\n  B=\"2\"\n", "A→1 | B→2"),
        ("A=1 \\\n B=2 \\\n", "A→1 | B→2"),
        ("A=1\\\n B=2", "A→1 | B→2"),
        ("A=1 \n B=2", "A→1 | B→2"),
        ("ParameterKey=A,ParameterValue=\"1\"\nParameterKey=B,ParameterValue=\"2\"", "A→1 | B→2"),
    ];
    for (text, expected) in rows {
        assert_eq!(pairs(overrides, text), expected, "{text}");
    }
}

/// sam drops the second pair, or takes the line break as part of the first value.
#[test]
fn a_line_break_between_pairs_separates_them() {
    let rows = [
        ("\n  A=1\n  B=2\n", "A→1 | B→2"),
        ("A=1\r\n B=2", "A→1 | B→2"),
        ("A=1 \nB=2", "A→1 | B→2"),
        ("A=1\\\nB=2", "A→1 | B→2"),
        ("A=\"1\"\nB='2'\n\n", "A→1 | B→2"),
        ("A=\"1\"\tB=2", "A→1 | B→2"),
        ("ParameterKey=A,ParameterValue=1\n  ParameterKey=B,ParameterValue=2", "A→1 | B→2"),
        ("ParameterKey=A,UsePreviousValue=true\n  ParameterKey=B,ParameterValue=2", "A→(previous) | B→2"),
    ];
    for (text, expected) in rows {
        assert_eq!(pairs(overrides, text), expected, "{text}");
    }
}

#[test]
fn a_name_with_different_values_is_named() {
    let rows = [("A=1 B=2", ""), ("A=1 A=1", ""), ("A=1 B=2 A=3 A=3", "A"), ("B=1 A=1 B=2 A=2", "A B")];
    for (text, expected) in rows {
        let pairs = overrides(text).unwrap();
        assert_eq!(super::repeated(&pairs).into_iter().collect::<Vec<_>>().join(" "), expected, "{text}");
    }
}

#[test]
fn what_sam_refuses_without_need_is_accepted() {
    let rows = [
        ("A=", "A→"),
        ("A= B=1", "A→ | B→1"),
        ("ParameterKey=A,ParameterValue=v,UsePreviousValue=false", "A→v"),
        ("ParameterKey=A,ParameterValue=\"v w\",UsePreviousValue=false", "A→v w"),
        ("ParameterKey=A,UsePreviousValue=true ParameterKey=B,ParameterValue=v", "A→(previous) | B→v"),
    ];
    for (text, expected) in rows {
        assert_eq!(pairs(overrides, text), expected, "{text}");
    }
}

#[test]
fn what_sam_would_drop_is_refused_and_not_shown() {
    const READS_ON: &str = "a line break or a tab follows the value of A; sam reads it as part of the value";
    let rows = [
        ("A=a secret", "after the value of A stands text without a =, which sam drops"),
        ("secret", "at the beginning stands text without a =, which sam drops"),
        (r#"A={"secret":1}"#, "the value of A goes on after a quote, where sam cuts it off"),
        (r#"A="a"secret"#, "the value of A goes on after a quote, where sam cuts it off"),
        (r#"A="secret"#, "the value of A has no closing quote"),
        ("A='secret", "the value of A has no closing quote"),
        (r"A=secret\", r"the value of A ends with a backslash, which sam drops"),
        ("A=1\nB=secret", READS_ON),
        ("A=1\tB=secret", READS_ON),
        ("ParameterKey=A,ParameterValue=1\nParameterKey=B,ParameterValue=secret", READS_ON),
        ("A=1\n  a secret", "after the value of A stands text without a =, which sam drops"),
        ("A=1 se-cret=2", "after the value of A stands a name that is not of letters and digits alone"),
        ("A=1 =secret", "after the value of A stands a name that is not of letters and digits alone"),
        (
            "A=1 ParameterKey=B,ParameterValue=secret",
            "Name=value and ParameterKey=Name,ParameterValue=value are mixed; sam drops the former",
        ),
        ("ParameterKey=A secret", "at the beginning stands ParameterKey without ParameterValue"),
        ("ParameterKey=A,UsePreviousValue=secret", "at the beginning stands ParameterKey without ParameterValue"),
        ("ParameterKey=A,ParameterValue=secret,UsePreviousValue=true", "A has both a value and UsePreviousValue"),
    ];
    for (text, expected) in rows {
        let problem = overrides(text).unwrap_err();
        let hint = (expected == READS_ON).then_some("put a space before the next name");
        assert_eq!((problem.message.as_str(), problem.hint), (expected, hint), "{text}");
    }
}

#[test]
fn the_first_equals_sign_of_a_tag_ends_its_key() {
    let rows = [
        ("", ""),
        ("a=b c=d", "a→b | c→d"),
        ("c=d e", "c→d e"),
        (r#"a="b c""#, "a→b c"),
        (r#"a="b c" d:e/f='g h'"#, "a→b c | d:e/f→g h"),
        (r#""a b"=c d=e"#, "a b→c | d→e"),
        ("a=", "a→"),
        ("a=b=c", "a→b=c"),
        ("a=b,c=d", "a→b,c=d"),
        ("a=b\nc=d", "a→b | c→d"),
        ("a=b a=c", "a→b | a→c"),
    ];
    for (text, expected) in rows {
        assert_eq!(pairs(tags, text), expected, "{text}");
    }
    let rows = [
        ("a=b c=d e", "after the value of c stands text without a =, which sam drops"),
        ("a", "at the beginning stands text without a =, which sam drops"),
        ("\"a=b c=d", "at the beginning stands an open quote"),
    ];
    for (text, expected) in rows {
        assert_eq!(tags(text).unwrap_err(), PairProblem::from(expected.to_owned()), "{text}");
    }
}
