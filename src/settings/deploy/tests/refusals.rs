//! What is refused, with advice.

use super::{FILES, Site};

fn refused(words: &[&str]) -> String {
    let words: Vec<_> = ["--stack-name", "shop"].iter().chain(words).copied().collect();
    Site::new(&FILES).refused(&words)
}

#[test]
fn a_text_of_which_a_part_would_be_lost_is_refused_with_both_readings() {
    let refused = |word: &str| {
        let said = refused(&["--parameter-overrides", word]);
        assert!(!said.contains("secret"), "{said}");
        said
    };
    insta::assert_snapshot!(refused("A=a secret"), @r#"--parameter-overrides: after the value of A stands text without a =, which sam drops | sam takes a part of this word, and aws takes all after A= as the value; write A="two words" with the quotes, or give the values in a file: file://values.json"#);
    insta::assert_snapshot!(refused(r#"A={"x":"secret"}"#), @r#"--parameter-overrides: the value of A goes on after a quote, where sam cuts it off | sam takes a part of this word, and aws takes all after A= as the value; write A="two words" with the quotes, or give the values in a file: file://values.json"#);
    insta::assert_snapshot!(refused(r#"A="a"secret"#), @r#"--parameter-overrides: the value of A goes on after a quote, where sam cuts it off | sam takes a part of this word, and aws takes all after A= as the value; write A="two words" with the quotes, or give the values in a file: file://values.json"#);
    insta::assert_snapshot!(refused("A=1\nB=secret"), @r#"--parameter-overrides: a line break or a tab follows the value of A; sam reads it as part of the value | put a space before the next name"#);
    insta::assert_snapshot!(refused("A_b=secret"), @"--parameter-overrides: at the beginning stands a name that is not of letters and digits alone | write Name=value, or give the values in a file: file://values.json");
    insta::assert_snapshot!(refused("secret"), @"--parameter-overrides: at the beginning stands text without a =, which sam drops | write Name=value, or give the values in a file: file://values.json");
    insta::assert_snapshot!(refused("ParameterKey=A,ParameterValue=secret,UsePreviousValue=true"), @"--parameter-overrides: A has both a value and UsePreviousValue | write Name=value, or give the values in a file: file://values.json");
    insta::assert_snapshot!(refused("A=1 ParameterKey=B,ParameterValue=secret"), @"--parameter-overrides: Name=value and ParameterKey=Name,ParameterValue=value are mixed; sam drops the former | write Name=value, or give the values in a file: file://values.json");
    insta::assert_snapshot!(refused(r#"["secret"]"#), @r#"<--parameter-overrides> has a text without a = | write an object of names and values, ["Name=value"] or [{"ParameterKey": …}]"#);
    insta::assert_snapshot!(refused(r#"{"A": {"b": "secret"}}"#), @"<--parameter-overrides>:1:7: `A` in <--parameter-overrides> is a table, and must be a text, a number or a list of texts | -");
    insta::assert_snapshot!(refused(r#"{"A": ["a,secret"]}"#), @"<--parameter-overrides>:1:7: parameter_overrides: an item of the list A has a comma in it | CloudFormation would split it there, and has no escape for a comma");
    insta::assert_snapshot!(refused(r#"[{"ParameterKey": "A", "ParameterValue": "secret", "UsePreviousValue": true}]"#), @r#"<--parameter-overrides> has an entry with both a value and UsePreviousValue | write an object of names and values, ["Name=value"] or [{"ParameterKey": …}]"#);
    insta::assert_snapshot!(refused("{secret"), @"<--parameter-overrides>:1:2: the configuration file <--parameter-overrides> is not JSON: key must be a string | -");
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    insta::assert_snapshot!(refused(&["--parameter-overrides", "file://none.json"]), @"the parameter file /none.json cannot be read: No such file or directory (os error 2) | a relative file:// starts at the folder of the file in which it stands, on the command line at the current folder");
    insta::assert_snapshot!(refused(&["--parameter-overrides", "file://template.txt"]), @"the parameter file /template.txt cannot be read: No such file or directory (os error 2) | the nearest name there is template.yaml; a relative file:// starts at the folder of the file in which it stands, on the command line at the current folder");
    insta::assert_snapshot!(refused(&["--template-configuration", "none.json"]), @"the template configuration /none.json cannot be read: No such file or directory (os error 2) | -");
    insta::assert_snapshot!(refused(&["--template-configuration", "pairs.json"]), @r#"/pairs.json:1:1: the template configuration must be an object, not a list | write it as {"Parameters": {"Name": "text"}, "Tags": {"name": "text"}, "StackPolicy": {"Statement": []}}"#);
    insta::assert_snapshot!(refused(&["--stack-policy", "none.json"]), @"the stack policy /none.json cannot be read: No such file or directory (os error 2) | name a file of JSON, or give the JSON itself");
    insta::assert_snapshot!(refused(&["--stack-policy", "pairs.json"]), @r#"the stack policy /pairs.json is not a JSON object: invalid type: sequence, expected a map at line 1 column 0 | write it as {"Statement": [ … ]}"#);
    insta::assert_snapshot!(refused(&["--stack-policy", "{"]), @r#"the stack policy is not a JSON object: EOF while parsing an object at line 1 column 1 | write it as {"Statement": [ … ]}"#);
    insta::assert_snapshot!(refused(&["--outputs-file", "none/o.json"]), @"/none/o.json cannot be written: its folder does not exist | name a file in a folder that can be written");
    insta::assert_snapshot!(refused(&["--outputs-file", "o.json", "--changes-file", "o.json"]), @"/o.json would be written twice | give each output a file of its own");
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    insta::assert_snapshot!(Site::new(&[]).refused(&[]), @"no stack is named | give --stack-name NAME, or write stack_name below [default.deploy.parameters] in samconfig.toml");
    insta::assert_snapshot!(Site::new(&[]).refused(&["--stack-name", "1_shop"]), @"invalid value '1_shop' for '--stack-name <NAME>': a stack name has at most 128 letters, digits and -, and begins with a letter | see samstep deploy --help");
    insta::assert_snapshot!(refused(&["--on-failure", "DELETE", "--disable-rollback"]), @"--on-failure and --disable-rollback are both given: use only one | --disable-rollback is --on-failure DO_NOTHING");
    insta::assert_snapshot!(refused(&["--on-failure", "IGNORE"]), @"invalid value 'IGNORE' for '--on-failure <ACTION>' [possible values: ROLLBACK, DELETE, DO_NOTHING] | see samstep deploy --help");
    insta::assert_snapshot!(refused(&["--timeout", "1h", "--max-wait-duration", "60"]), @"--timeout and --max-wait-duration are both given: use only one | they set the same time; the latter is in minutes");
    insta::assert_snapshot!(refused(&["--timeout", "0"]), @"invalid value '0' for '--timeout <TIME>': write a time such as 90s, 15m or 2h30m, at most 168h | see samstep deploy --help");
    insta::assert_snapshot!(refused(&["--max-wait-duration", "1.5"]), @"invalid value '1.5' for '--max-wait-duration <MINUTES>': write whole minutes, such as 60 | see samstep deploy --help");
    insta::assert_snapshot!(refused(&["--execute", "arn:x", "--template-file", "template.yaml"]), @"--execute and --template-file are both given: use only one | the change set was made with all of that; leave the other option out");
    insta::assert_snapshot!(refused(&["--execute", "arn:x", "--parameter-overrides", "A=1"]), @"--execute and --parameter-overrides are both given: use only one | the change set was made with all of that; leave the other option out");
    insta::assert_snapshot!(refused(&["--execute", "arn:x", "--sse", "kms"]), @"--execute and --sse are both given: use only one | the change set was made with all of that; leave the other option out");
    insta::assert_snapshot!(refused(&["--execute", "arn:x", "--no-execute-changeset"]), @"--execute and --no-execute-changeset are both given: use only one | the change set was made with all of that; leave the other option out");
    insta::assert_snapshot!(Site::new(&[]).refused(&["--follow", "shop", "--detach"]), @"--follow and --detach are both given: use only one | --follow watches what another run began; leave the other option out");
    insta::assert_snapshot!(refused(&["--follow", "shop"]), @"--follow and --stack-name are both given: use only one | --follow watches what another run began; leave the other option out");
    insta::assert_snapshot!(refused(&["--no-execute-changeset", "--detach"]), @"--no-execute-changeset and --detach are both given: use only one | --detach ends when the execution has begun");
    insta::assert_snapshot!(refused(&["--resolve-s3", "--s3-bucket", "b"]), @"--s3-bucket and --resolve-s3 are both given: use only one | name the bucket, or leave it to sam's managed stack");
    insta::assert_snapshot!(refused(&["--use-template-defaults", "--parameter-overrides", "ParameterKey=A,UsePreviousValue=true"]), @"A has UsePreviousValue, and --use-template-defaults is given | leave one of them out");
    insta::assert_snapshot!(refused(&["--role-arn", "deployer"]), @"invalid value 'deployer' for '--role-arn <ARN>': write it as arn:aws:iam::111122223333:role/NAME | see samstep deploy --help");
    insta::assert_snapshot!(refused(&["--termination-protection", "perhaps"]), @"invalid value 'perhaps' for '--termination-protection <on|off>' [possible values: on, off] | see samstep deploy --help");
    insta::assert_snapshot!(refused(&["--external-id", "x"]), @"--external-id is given without --assume-role-arn, the one option that uses it | name the role that asks for it, or leave it out");
}

#[test]
fn options_of_sam_that_are_not_supported_are_refused_with_the_reason() {
    insta::assert_snapshot!(refused(&["--guided"]), @"--guided is not supported: no question is ever asked | leave it out, and give the options that it asks for");
    insta::assert_snapshot!(refused(&["-g"]), @"-g is not supported: no question is ever asked | leave it out, and give the options that it asks for");
    insta::assert_snapshot!(refused(&["--image-repository", "x"]), @"--image-repository is not supported: images are not packaged by samstep | push the image beforehand and name it in the template");
    insta::assert_snapshot!(refused(&["--signing-profiles", "F=p"]), @"--signing-profiles is not supported: code is not signed by samstep | take it out to package unsigned code");
    insta::assert_snapshot!(refused(&["template.yaml"]), @"unexpected argument 'template.yaml' found | name the template with --template-file template.yaml; see samstep deploy --help");
    insta::assert_snapshot!(refused(&["--parameter-overrides=A=1", "B=secret"]), @"unexpected argument 'B=…' found | write a space before several values: --parameter-overrides A=1 B=2; see samstep deploy --help");
    insta::assert_snapshot!(refused(&["--stack-nam", "x"]), @"unexpected argument '--stack-nam' found | a similar argument exists: '--stack-name'; see samstep deploy --help");
}

#[test]
fn no_output_replaces_a_file_that_is_read() {
    let site = Site::new(&[
        ("values.json", r#"{"A": "1"}"#),
        ("more.json", r#"{"B": "1"}"#),
        ("configuration.json", "{}"),
        ("policy.json", "{}"),
        ("samconfig.toml", "[default.deploy.parameters]\nparameter_overrides = 'file://more.json'\n"),
    ]);
    let rows = [
        ("samconfig.toml", "the samconfig"),
        ("values.json", "a parameter file"),
        ("more.json", "a parameter file"),
        ("configuration.json", "the template configuration"),
        ("policy.json", "the stack policy"),
    ];
    for (name, role) in rows {
        for flag in ["--outputs-file", "--changes-file", "--output-json"] {
            let words = ["--stack-name", "shop", "--parameter-overrides", "file://values.json", flag, name];
            let more = ["--template-configuration", "configuration.json", "--stack-policy", "policy.json"];
            let expected = format!(
                "cannot write /{name}: this run reads it as {role} | name another file for what this run writes"
            );
            assert_eq!(site.refused(&[&words[..], &more].concat()), expected, "{flag}");
        }
    }
}
