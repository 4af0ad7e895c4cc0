//! The commands of the pages: understood, and run where they can.

use super::desk::Desk;
use super::page::{PAGES, block, blocks, text};
use crate::run::samstep;

/// The command lines of samstep in a script, as words after the name of the program.
fn commands(script: &str) -> Vec<Vec<String>> {
    script.replace("\\\n", " ").lines().filter_map(command).collect()
}

fn command(line: &str) -> Option<Vec<String>> {
    let line = line.split(" #").next()?.replace("cargo run -- ", "samstep ");
    let words: Vec<_> = line.split_whitespace().collect();
    let program = words.iter().position(|word| *word == "samstep" || word.ends_with("/samstep"))?;
    let is_start = words[..program].iter().all(|word| ["-", "+", "$", "run:", "!Sub"].contains(word));
    let ends = |word: &str| [">", "|", "&&", ";", ">>"].contains(&word) || word.starts_with('>');
    let arguments = words[program + 1..].iter().take_while(|word| !ends(word));
    is_start.then(|| arguments.map(|word| word.trim_matches(['\'', '"', '`', ')']).to_owned()).collect())
}

#[test]
fn the_commands_are_understood() {
    let files = ["codebuild.yaml", "codepipeline.yaml"];
    let component = text("pipeline/gitlab/samstep.yml");
    let of_component = ["package", "deploy"].map(|command| component.replace("$[[ inputs.command ]]", command));
    // Intrinsic functions, as values that they could have.
    let resolved = |text: String| {
        let text = text.replace("${DeployRole.Arn}", "arn:aws:iam::111122223333:role/deploy");
        text.replace("${", "").replace('}', "")
    };
    let of_templates = files.iter().map(|name| resolved(text(&format!("pipeline/{name}"))));
    let in_files = of_templates.chain(of_component);
    let in_files: Vec<_> = in_files.map(|text| commands(&text)).collect();
    assert!(in_files.iter().all(|commands| !commands.is_empty()), "{in_files:?}");
    let languages = ["sh", "diff", "yaml", "groovy"];
    let on_page = |page: &&str| languages.iter().flat_map(|language| blocks(page, language)).collect::<String>();
    let on_pages: Vec<_> = PAGES.iter().map(|page| commands(&on_page(page))).collect();
    assert!(on_pages.concat().len() >= 12, "{on_pages:?}");
    for arguments in on_pages.concat().into_iter().chain(in_files.concat()) {
        // Help is shown if everything before it is understood.
        let ended = samstep(arguments.iter().map(String::as_str).chain(["--help"])).end();
        assert_eq!(ended.code, 0, "samstep {}: {}", arguments.join(" "), ended.stderr);
    }
}

#[test]
fn commands_are_found_and_a_wrong_one_is_noticed() {
    let script = "samstep package --usejson > x  # why\n$ samstep job \\\n  --job-file j && ls\naws s3 cp samstep x\n";
    assert_eq!(commands(script), [vec!["package", "--usejson"], vec!["job", "--job-file", "j"]]);
    assert_eq!(samstep(["package", "--usejson", "--help"]).end().code, 2);
}

/// The line that a difference takes out, and the one that it puts in.
pub fn changed_line(difference: &str) -> (String, String) {
    let line =
        |sign: char| difference.lines().find_map(|line| line.strip_prefix(sign)?.trim().strip_prefix("- ")).unwrap();
    (line('-').to_owned(), line('+').to_owned())
}

#[test]
fn the_line_of_the_buildspec_changes_its_first_word_and_packages() {
    let (before, after) = changed_line(&block("README.md", "diff", "sam package"));
    assert_eq!(before.replacen("sam ", "samstep ", 1), after);
    let desk = Desk::new();
    let stdout = desk.run_well(&after, &desk.application());
    assert_eq!(stdout, "Successfully packaged artifacts and wrote output template to file packaged.yaml.\n");
    assert!(desk.read("packaged.yaml").contains("s3://my-code/orders/"));
}

#[test]
fn the_sample_is_tried_offline() {
    let script = block("README.md", "sh", "rehearse");
    let (rehearsal, tests) = script.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(tests, "cargo test");
    let desk = Desk::new();
    let stdout = desk.run_well(&rehearsal.replace("cargo run -- ", "samstep "), desk.folder.path());
    let result: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(result["executionDetails"]["summary"], "deployed orders (CREATE_COMPLETE)");
    for name in ["buckets/pipeline-artifacts", "stacks/us-east-1/orders.json", "PackagedArtifact/report.html"] {
        assert!(desk.folder.path().join("target/rehearsal").join(name).exists(), "{name}");
    }
    assert_eq!(desk.server.requests().len(), 0, "nothing is called");
}

#[test]
fn the_three_examples_package() {
    let examples = block("README.md", "sh", "--dry-run");
    let lines: Vec<_> = examples.lines().collect();
    let [to_file, to_stdout, dry_run] = lines[..] else { panic!("{examples}") };
    let desk = Desk::new();
    desk.run_well(dry_run, &desk.application());
    assert_eq!(desk.server.requests().len(), 0, "a dry run calls nothing");
    desk.run_well(to_file, &desk.application());
    let packaged = desk.read("packaged.yaml");
    std::fs::remove_file(desk.application().join("packaged.yaml")).unwrap();
    assert_eq!(desk.run_well(to_stdout, &desk.application()), "");
    assert_eq!(desk.read("packaged.yaml"), packaged);
}

#[test]
fn a_dry_run_prints_the_table_of_its_page() {
    let desk = Desk::new();
    let stdout = desk.run_well("samstep package --s3-bucket my-code --s3-prefix orders --dry-run", &desk.application());
    for line in block("docs/package.md", "text", "Would upload").lines() {
        // The key of a template may change with the words of its packaged text.
        let shown = line.split("/orders/").next().unwrap();
        assert!(stdout.lines().any(|it| it.starts_with(shown)), "{line} in\n{stdout}");
    }
}

#[test]
fn the_examples_of_several_regions_package() {
    let desk = Desk::new();
    desk.run_well(&block("docs/package.md", "sh", "--target us="), &desk.application());
    for (name, place) in [("packaged-eu.yaml", "my-code-eu/orders/"), ("packaged-us.yaml", "my-code-us/orders/")] {
        assert!(desk.read(name).contains(place), "{name}");
    }
    let configuration = r#"{"Tags": {"stage": "eu"}}"#;
    std::fs::write(desk.application().join("config/eu.json"), configuration).unwrap();
    desk.run_well(&block("docs/package.md", "sh", "--template-configuration"), &desk.application());
    assert_eq!(desk.read("packaged-eu.config.json"), configuration);
}

#[test]
fn variables_in_scripts_are_set() {
    for page in PAGES {
        let blocks = ["sh", "yaml", "groovy"].map(|language| blocks(page, language).concat()).concat();
        let names = blocks.split('$').skip(1).map(|rest| {
            let is_of_name = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
            &rest[..rest.find(|letter| !is_of_name(letter)).unwrap_or(rest.len())]
        });
        let is_of_host = |name: &str| ["CI_", "GITHUB_"].iter().any(|prefix| name.starts_with(prefix));
        for name in names.filter(|name| name.starts_with(|it: char| it.is_ascii_uppercase()) && !is_of_host(name)) {
            let is_set = [format!("{name}="), format!("{name} = "), format!("{name}: ")]
                .iter()
                .any(|text| blocks.contains(text));
            assert!(is_set, "nothing in {page} sets ${name}");
        }
    }
}

#[test]
fn the_settings_are_shown_with_their_sources() {
    let script = block("README.md", "sh", "samstep doctor");
    let show = script.lines().find(|line| line.starts_with("samstep config show")).unwrap();
    let desk = Desk::new();
    let stdout = desk.run_well(&format!("SAMSTEP_S3_BUCKET=my-code {show}"), &desk.application());
    let bucket = stdout.lines().find(|line| line.starts_with("s3-bucket ")).unwrap();
    assert!(bucket.contains("my-code") && bucket.ends_with("variable SAMSTEP_S3_BUCKET"), "{bucket}");
    assert_eq!(desk.server.requests().len(), 0, "nothing is called");
}
