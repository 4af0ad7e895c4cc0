//! What the README says is so: its tables are those of the code, its commands are understood, its files are there.

use crate::run::samstep;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The cells of the rows of the table that starts with a line, without what marks code.
fn table(head: &str) -> Vec<Vec<String>> {
    let readme = file("README.md");
    let rows = readme.lines().skip_while(|line| *line != head).skip(2).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect();
    let rows: Vec<Vec<String>> = rows.map(cells).collect();
    assert!(!rows.is_empty(), "README.md has no table that starts with {head}");
    rows
}

#[test]
fn the_exit_codes_are_those_of_the_table_of_failures() {
    let source = file("src/facts/failure.rs");
    let (_, meaning) = source.split_once("const fn meaning(self)").unwrap();
    let (meaning, _) = meaning.split_once("/// The status").unwrap();
    let pair = |line: &str| {
        let (code, kind) = line.split_once("=> (")?.1.split_once(", JobFailureType::")?;
        Some((code.to_owned(), kind.split_once(')')?.0.to_owned()))
    };
    let expected: Vec<_> = meaning.lines().filter_map(pair).collect();
    let mut told = Vec::new();
    for row in table("| code | meaning | failure type of a job |") {
        told.extend(row[0].split(", ").map(|code| (code.to_owned(), row[2].clone())));
    }
    assert_eq!(told.remove(0), ("0".to_owned(), "(success)".to_owned()));
    assert_eq!(told, expected);
}

#[test]
fn the_packaged_properties_are_those_of_the_table_of_properties() {
    let source = file("src/package/properties.rs");
    let (_, rows) = source.split_once("pub const RESOURCE_PROPERTIES").unwrap();
    let (rows, rest) = rows.split_once("];").unwrap();
    let mut expected: Vec<(String, Vec<String>)> = Vec::new();
    for row in rows.lines() {
        let mut quoted = row.split('"').skip(1).step_by(2);
        let (Some(resource_type), Some(path)) = (quoted.next(), quoted.next()) else { continue };
        match expected.last_mut() {
            Some((last, paths)) if last == resource_type => paths.push(path.to_owned()),
            Some(_) | None => expected.push((resource_type.to_owned(), vec![path.to_owned()])),
        }
    }
    let rows = table("| resource | properties |");
    let told = rows.iter().map(|row| (row[0].clone(), row[1].split(", ").map(str::to_owned).collect()));
    let (resources, others): (Vec<_>, Vec<_>) = told
        .partition(|(name, _): &(String, Vec<String>)| name.starts_with("AWS::") && !name.starts_with("AWS::Include"));
    assert_eq!(resources, expected);
    let others: BTreeMap<_, _> = others.iter().map(|(name, paths)| (name.as_str(), paths.join(", "))).collect();
    let repository = "metadata AWS::ServerlessRepo::Application";
    let include = "AWS::Include anywhere, Transform at the top";
    let expected = [(include, "Location"), ("Globals.Function", "CodeUri"), (repository, "LicenseUrl, ReadmeUrl")];
    let expected = expected.map(|(name, paths)| (name, paths.to_owned()));
    assert_eq!(others, BTreeMap::from(expected));
    for name in ["\"AWS::Include\", \"Parameters.Location\"", "\"LicenseUrl\"", "\"ReadmeUrl\"", "GLOBAL_CODE"] {
        assert!(rest.contains(name), "{name}");
    }
}

#[test]
fn the_properties_of_a_job_are_those_of_the_action_type() {
    let definition: Value = serde_json::from_str(&samstep(["action-type"]).end().ok().stdout).unwrap();
    let properties = definition["configurationProperties"].as_array().unwrap().iter();
    let expected: Vec<_> = properties.map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    let mut told: Vec<_> = table("| property | meaning |").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(told.pop().as_deref(), Some("any flag in PascalCase"));
    assert_eq!(told, expected);
}

/// The command lines of samstep in blocks of code, as words after the program's name.
fn commands(text: &str) -> Vec<Vec<String>> {
    let blocks = text.split("```").skip(1).step_by(2);
    let lines: Vec<String> =
        blocks.flat_map(|block| block.replace("\\\n", " ").lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    lines.iter().filter_map(|line| command(line)).collect()
}

fn command(line: &str) -> Option<Vec<String>> {
    let line = line.split(" #").next()?.replace("cargo run -- ", "samstep ");
    let words: Vec<_> = line.split_whitespace().collect();
    let program = words.iter().position(|word| *word == "samstep" || word.ends_with("/samstep"))?;
    let is_start = words[..program].iter().all(|word| ["-", "$", "run:", "!Sub"].contains(word));
    let ends = |word: &str| [">", "|", "&&", ";", ">>"].contains(&word) || word.starts_with('>');
    let arguments = words[program + 1..].iter().take_while(|word| !ends(word));
    is_start.then(|| arguments.map(|word| word.trim_matches(['\'', '"', '`', ')']).to_owned()).collect())
}

#[test]
fn the_commands_are_understood() {
    let in_files = ["codebuild.yaml", "codepipeline.yaml", "gitlab/samstep.yml"]
        .map(|name| commands(&format!("```{}```", file(&format!("pipeline/{name}")))));
    assert!(in_files.iter().all(|commands| !commands.is_empty()), "{in_files:?}");
    let in_readme = commands(&file("README.md"));
    assert!(in_readme.len() >= 6, "{in_readme:?}");
    for arguments in in_readme.into_iter().chain(in_files.concat()) {
        // Help is shown when all that stands before it is understood.
        let ended = samstep(arguments.iter().map(String::as_str).chain(["--help"])).end();
        assert_eq!(ended.code, 0, "samstep {}: {}", arguments.join(" "), ended.stderr);
    }
}

#[test]
fn flags_of_the_peers_are_taken_or_refused_as_it_says() {
    let readme = file("README.md");
    let item = |start: &str| {
        let (_, item) = readme.split_once(start).unwrap();
        let item = item.split_once("\n- ").unwrap().0;
        let flags = item.split('`').skip(1).step_by(2).filter(|it| it.starts_with("--") && *it != "--color");
        flags.map(str::to_owned).collect::<Vec<_>>()
    };
    let (taken, refused) = (item("\n- Taken without effect"), item("\n- Refused: "));
    assert!(taken.len() >= 6 && refused.len() >= 9, "{taken:?} {refused:?}");
    for flag in taken.iter().map(String::as_str).chain(["--color=on", "--color=off"]) {
        assert_eq!(samstep(["package", flag, "--help"]).end().code, 0, "{flag}");
    }
    for flag in refused.iter().filter(|flag| *flag != "--output") {
        let ended = samstep(["package", flag]).end();
        assert_eq!((ended.code, ended.cause().contains("is not supported: ")), (2, true), "{flag}: {}", ended.stderr);
    }
    for form in ["table", "yaml", "yaml-stream"] {
        assert_eq!(samstep(["package", "--output", form]).end().code, 2, "{form}");
    }
}

#[test]
fn commands_are_found_and_a_wrong_one_is_noticed() {
    let text =
        "```sh\nsamstep package --usejson > x  # why\n$ samstep job \\\n  --job-file j && ls\naws s3 cp samstep x\n```";
    assert_eq!(commands(text), [vec!["package", "--usejson"], vec!["job", "--job-file", "j"]]);
    assert_eq!(samstep(["package", "--usejson", "--help"]).end().code, 2);
}

#[test]
fn variables_in_blocks_of_code_are_set() {
    let readme = file("README.md");
    let blocks: String = readme.split("```").skip(1).step_by(2).collect();
    let names = blocks.split('$').skip(1).map(|rest| {
        let end = rest.find(|letter: char| !letter.is_ascii_uppercase() && letter != '_').unwrap_or(rest.len());
        &rest[..end]
    });
    // Those of GitLab are set by it.
    for name in names.filter(|name| !name.is_empty() && !name.starts_with("CI_")) {
        let is_set = [format!("{name}="), format!("{name} = ")].iter().any(|text| blocks.contains(text));
        assert!(is_set, "nothing in README.md sets ${name}");
    }
}

#[test]
fn the_policy_to_paste_is_that_of_the_templates() {
    let readme = file("README.md");
    let blocks = readme.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let documents: Vec<Value> = blocks.map(|block| serde_json::from_str(block).unwrap()).collect();
    let policy = documents.iter().find(|it| it["Statement"][0]["Sid"] == "WriteCode").unwrap();
    let template: serde_yaml::Value = serde_yaml::from_str(&file("pipeline/codebuild.yaml")).unwrap();
    let statements = &template["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"];
    // One with a condition stands in a list of it, the statement, and what stands there otherwise.
    let statements = statements.as_sequence().unwrap().iter().map(untagged);
    let statements: Vec<_> = statements.map(|it| it.get(1).map_or(it, untagged)).collect();
    for statement in policy["Statement"].as_array().unwrap() {
        let sid = statement["Sid"].as_str().unwrap();
        let of_template = statements.iter().find(|it| it["Sid"].as_str() == Some(sid)).expect(sid);
        let of_template: Value = serde_yaml::from_value(of_template["Action"].clone()).unwrap();
        assert_eq!(statement["Action"], of_template, "{sid}");
    }
}

/// What stands behind `!If`.
fn untagged(value: &serde_yaml::Value) -> &serde_yaml::Value {
    match value {
        serde_yaml::Value::Tagged(tagged) => &tagged.value,
        value => value,
    }
}

#[test]
fn the_templates_get_the_parameters_that_they_need() {
    let readme = file("README.md").replace("\\\n", " ");
    let deployments: Vec<_> = readme.lines().filter(|line| line.starts_with("aws cloudformation deploy")).collect();
    assert!(deployments.len() >= 4, "{deployments:?}");
    for line in deployments {
        let words: Vec<_> = line.split_whitespace().collect();
        let after = |flag| words.iter().skip_while(move |word| **word != flag).skip(1);
        let path = *after("--template-file").next().unwrap();
        let template: serde_yaml::Value = serde_yaml::from_str(&file(path)).unwrap();
        let parameters = template["Parameters"].as_mapping().unwrap();
        let given: Vec<_> = after("--parameter-overrides").filter_map(|word| Some(word.split_once('=')?.0)).collect();
        for name in &given {
            assert!(parameters.contains_key(*name), "{path} has no parameter {name}");
        }
        for (name, parameter) in parameters {
            let name = name.as_str().unwrap();
            assert!(parameter.get("Default").is_some() || given.contains(&name), "{path} wants {name}");
        }
        let makes_roles = file(path).contains("AWS::IAM::Role");
        assert_eq!(words.contains(&"CAPABILITY_IAM"), makes_roles, "{path}");
    }
}

#[test]
fn the_variables_of_the_hosts_are_options() {
    let rows = [
        ("package", "codebuild.yaml"),
        ("package", "github/action.yml"),
        ("package", "gitlab/samstep.yml"),
        ("worker", "worker-fargate.yaml"),
        ("worker", "worker-runtask.yaml"),
        ("lambda", "worker-event.yaml"),
        ("lambda", "lambda-invoke.yaml"),
    ];
    for (command, path) in rows {
        let text = file(&format!("pipeline/{path}"));
        // Jobs package where the worker runs, with its variables.
        let help = [command, "package"].map(|command| samstep([command, "--help"]).end().ok().stdout).concat();
        let names = text.split("SAMSTEP_").skip(1).map(|rest| {
            rest.split(|letter: char| !letter.is_ascii_uppercase() && !letter.is_ascii_digit() && letter != '_').next()
        });
        // Where releases are is for the installer alone.
        for name in names.flatten().filter(|name| *name != "RELEASES") {
            let flag = format!("--{} ", name.to_lowercase().replace('_', "-"));
            assert!(help.contains(&flag), "samstep {command} has no {flag}, which {path} sets as a variable");
        }
    }
}

#[test]
fn the_files_that_are_named_are_there() {
    for path in file("README.md").split('`').skip(1).step_by(2).filter(|text| text.starts_with("pipeline/")) {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists(), "{path}");
    }
}

#[test]
fn the_files_of_other_hosts_run_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let value = |path: &str, keys: &[&str]| {
        let text = file(path);
        let documents = serde_yaml::Deserializer::from_str(&text);
        let mut documents =
            documents.map(|it| <serde_yaml::Value as serde::Deserialize>::deserialize(it).expect("is YAML"));
        let first = documents.next().unwrap();
        keys.iter().fold(first, |value, key| value[*key].clone()).as_str().map(str::to_owned)
    };
    assert_eq!(value("pipeline/github/action.yml", &["inputs", "version", "default"]).as_deref(), Some(version));
    let gitlab = ["spec", "inputs", "version", "default"];
    assert_eq!(value("pipeline/gitlab/samstep.yml", &gitlab).as_deref(), Some(version));
    // Without it GitLab retries no time.
    assert!(file("pipeline/gitlab/samstep.yml").contains("retry: { max: 2, exit_codes: [75] }"));
    // GitLab takes slashes around a pattern for parts of it, and then no value is right.
    let pattern = value("pipeline/gitlab/samstep.yml", &["spec", "inputs", "sha256", "regex"]);
    assert_eq!(pattern.as_deref(), Some("^[0-9a-f]{64}$"));
}
