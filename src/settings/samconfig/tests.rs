use super::{Configuration, Samconfig, Search};
use crate::cli::CommandName;
use crate::facts::Failure;
use crate::template_configuration::{DeployValue, DeployValues, Spelling};
use std::fs;
use std::path::Path;

/// What each environment gives, by a samconfig and other files in a folder `root` of a temporary one.
struct Site(tempfile::TempDir);

impl Site {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join("artifact").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn load(&self) -> Result<Samconfig, Failure> {
        Samconfig::load(Search { folder: self.0.path().join("artifact"), file: None, environment: None })
    }

    fn configuration(&self) -> Result<Configuration, Failure> {
        self.load()?.configuration(CommandName::Package)
    }

    fn deploy_values(&self, environment: &str, root: Option<&Path>) -> Result<Option<DeployValues>, Failure> {
        self.load()?.deploy_values(environment, root)
    }

    fn given(&self, environment: &str) -> Result<String, String> {
        let root = self.0.path().join("artifact");
        let values = self.deploy_values(environment, Some(&root)).map_err(|failure| self.told(&failure))?;
        let Some(values) = values else { return Ok("nothing".to_owned()) };
        let all = |values: &[DeployValue]| values.iter().map(|value| told(value, &root)).collect::<Vec<_>>().join(", ");
        Ok(format!("{} | {}", all(&values.parameter_overrides), all(&values.tags)))
    }

    fn told(&self, failure: &Failure) -> String {
        let problem = &failure.problems[0];
        let line = problem.place.as_ref().map_or("", |place| &place.source_line);
        let hint = problem.hint.as_deref().unwrap_or("-");
        let text = format!("{} [{line}] {hint}", failure.cause());
        text.replace(&self.0.path().display().to_string(), "")
    }
}

fn told(value: &DeployValue, root: &Path) -> String {
    let spelling = match &value.spelling {
        Spelling::Text(text) => format!("({text})"),
        Spelling::Entry(name, text) => format!("{name}={text}"),
        Spelling::List(name, items) => format!("{name}={items:?}"),
        Spelling::Exact(name, text) => format!("{name}=={text}"),
        Spelling::Previous(name) => format!("{name}=(previous)"),
    };
    let file = value.file.strip_prefix(root).unwrap().display();
    let place = value.place.as_ref().map_or_else(String::new, |place| format!(":{}:{}", place.line, place.column));
    format!("{spelling} {file}{place}")
}

const TOML: &str = "\
version = 0.1
[default.global.parameters]
tags = 'of=global'
parameter_overrides = 'Of=global'
[default.deploy.parameters]
parameter_overrides = 'A=1 B=2'
[list.deploy.parameters]
parameter_overrides = ['A=1', [{ B = 'x' }]]
tags = ['a=1', 'b=2']
[table.deploy.parameters.parameter_overrides]
A = '1'
B = 1.10
C = true
D = ['x', 2, true]
[table.deploy.parameters.tags]
a = 'b'
[bare.deploy.parameters]
stack_name = 'x'
[bare.package.parameters]
parameter_overrides = 'A=1'
";

#[test]
fn values_are_read_in_each_of_their_forms() {
    let site = Site::new(&[("samconfig.toml", TOML)]);
    let rows = [
        ("default", "(A=1 B=2) samconfig.toml:6:23 | (of=global) samconfig.toml:3:8"),
        (
            "list",
            "(A=1) samconfig.toml:8:24, B=x samconfig.toml:8:38 | (a=1) samconfig.toml:9:9, (b=2) samconfig.toml:9:16",
        ),
        (
            "table",
            "A=1 samconfig.toml:11:5, B=1.10 samconfig.toml:12:5, C=True samconfig.toml:13:5, \
             D=[\"x\", \"2\", \"True\"] samconfig.toml:14:5 | a=b samconfig.toml:16:5",
        ),
        ("bare", "nothing"),
        ("none", "nothing"),
        ("version", "nothing"),
    ];
    for (environment, expected) in rows {
        assert_eq!(site.given(environment).as_deref(), Ok(expected), "{environment}");
    }
    assert_eq!(Site::new(&[("template.yaml", "{}")]).given("default").as_deref(), Ok("nothing"));
}

#[test]
fn merge_keys_give_what_the_anchored_mapping_has() {
    let yaml = "\
base: {deploy: {parameters: &shared {tags: 'a=1', parameter_overrides: 'A=1'}}}
dev: {deploy: {parameters: {<<: *shared, parameter_overrides: 'A=2'}}}
";
    let site = Site::new(&[("samconfig.yaml", yaml)]);
    assert_eq!(site.given("dev").as_deref(), Ok("(A=2) samconfig.yaml:2:63 | (a=1) samconfig.yaml:2:29"));
    let wrong = Site::new(&[("samconfig.yaml", "dev: {deploy: {parameters: {<<: text}}}\n")]).given("dev");
    assert!(wrong.as_ref().is_err_and(|told| told.contains("is not YAML")), "{wrong:?}");
}

#[test]
fn files_are_read_where_they_are_referred_to() {
    let samconfig = "\
default:
  deploy:
    parameters:
      parameter_overrides: [A=1, 'file://config/all.yaml', {B: , $include: ['file://config/more.toml', 'Z=9']}]
      tags: file://config/all.yaml
";
    let files = [
        ("samconfig.yaml", samconfig),
        ("config/all.yaml", "C: 3\nD: [x, ~, 'y']\n$include: file://deep/one.json\n"),
        ("config/deep/one.json", "\u{feff}{\"E\": 5, \"F\": null, \"G\": false}"),
        ("config/more.toml", "H = 'h'\n"),
    ];
    let expected = "(A=1) samconfig.yaml:4:29, C=3 config/all.yaml:1:4, D=[\"x\", \"y\"] config/all.yaml:2:4, \
                    E==5 config/deep/one.json:1:7, F== config/deep/one.json:1:15, G==False config/deep/one.json:1:26, \
                    B= samconfig.yaml:4:63, H=h config/more.toml:1:5, (Z=9) samconfig.yaml:4:104 | \
                    (file://config/all.yaml) samconfig.yaml:5:13";
    assert_eq!(Site::new(&files).given("default").as_deref(), Ok(expected));
}

#[test]
fn what_cannot_be_read_is_refused_and_not_shown() {
    let no_table = "`A` in /artifact/samconfig.toml is a table, and must be a text, a number or a list of texts [] -";
    let elsewhere = "a relative file:// starts at the folder of the file in which it stands, on the command line at the current folder";
    let written = "write the values out, or refer to a file of them beside the template";
    let rows: Vec<(&str, &str, &str, String)> = vec![
        ("{ A = { b = 'secret' } }", "p.toml", "", format!("/artifact/samconfig.toml:3:29: {no_table}")),
        (
            "{ A = ['secret', ['secret']] }",
            "p.toml",
            "",
            "/artifact/samconfig.toml:3:40: `A` in /artifact/samconfig.toml is a list, and must be a list of texts, without \
             others in it [] -"
                .to_owned(),
        ),
        (
            "['A=secret', 2024-01-01]",
            "p.toml",
            "",
            "/artifact/samconfig.toml:3:36: `parameter_overrides` in /artifact/samconfig.toml is a date, and must be a text, a \
             list or a table [] -"
                .to_owned(),
        ),
        (
            "'file://p.toml'",
            "p.toml",
            "A = secret",
            "/artifact/p.toml:1:5: the configuration file /artifact/p.toml is not TOML: string values must be quoted, expected \
             literal string [] put the value of A in quotes: A = \"…\""
                .to_owned(),
        ),
        (
            "'file://p.json'",
            "p.json",
            "{\"A\": \"secret",
            "/artifact/p.json:1:13: the configuration file /artifact/p.json is not JSON: EOF while parsing a \
             string [] -"
                .to_owned(),
        ),
        (
            "{ '$include' = 1 }",
            "p.toml",
            "",
            "/artifact/samconfig.toml:3:38: `$include` in /artifact/samconfig.toml is a number, and must be a text or a list of \
             texts [] -"
                .to_owned(),
        ),
        (
            "'file://none.yaml'",
            "p.yaml",
            "",
            format!(
                "the parameter file /artifact/none.yaml cannot be read: No such file or directory (os error 2) [] {elsewhere}"
            ),
        ),
        (
            "'file://p.txt'",
            "p.txt",
            "",
            format!("the parameter file /artifact/p.txt is neither .json, .yaml nor .toml [] {written}"),
        ),
        (
            "'file://../p.yaml'",
            "../p.yaml",
            "A: secret",
            format!("the parameter file /artifact/../p.yaml lies outside the input artifact [] {written}"),
        ),
        (
            "'file://p.yaml'",
            "p.yaml",
            "$include: file://./p.yaml",
            format!("the parameter file /artifact/./p.yaml refers to itself [] {written}"),
        ),
    ];
    for (value, name, text, expected) in rows {
        let samconfig = format!("version = 0.1\n[default.deploy.parameters]\nparameter_overrides = {value}\n");
        let site = Site::new(&[("samconfig.toml", samconfig.as_str()), (name, text)]);
        assert_eq!(site.given("default").unwrap_err(), expected, "{value}");
    }
}

#[test]
fn a_file_that_cannot_be_taken_shows_no_line_when_it_may_hold_a_secret() {
    let rows = [
        ("[default.deploy.parameters]\nparameter_overrides = 'A=secret' x\n", ""),
        ("[default.deploy.parameters.parameter_overrides]\nA = 'secret' x\n", ""),
        ("default = {deploy = {parameters = {parameter_overrides = 'A=secret'}}, package = 1}\n", ""),
        ("[default]\npackage = 1 # A\n", "package = 1 # A"),
        ("[default.package.parameters]\ns3_bucket = 'b' x\n", "s3_bucket = 'b' x"),
    ];
    for (samconfig, line) in rows {
        let site = Site::new(&[("samconfig.toml", samconfig)]);
        let told = site.told(&site.configuration().unwrap_err());
        assert!(told.contains(&format!("[{line}]")), "{told}");
    }
}

/// Files `iN.yaml`, each of which includes the next so many times.
fn chain(files: usize, times: usize) -> Site {
    let include = |next: usize| format!("$include: [{}]\n", format!("'file://i{next}.yaml', ").repeat(times));
    let mut all = vec![("samconfig.yaml".to_owned(), SAMCONFIG.to_owned())];
    all.extend((1..files).map(|at| (format!("i{at}.yaml"), include(at + 1))));
    all.push((format!("i{files}.yaml"), "A: b\n".to_owned()));
    Site::new(&all.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>())
}

const SAMCONFIG: &str = "default: {deploy: {parameters: {parameter_overrides: 'file://i1.yaml'}}}";

#[test]
fn files_are_read_as_deep_and_as_often_as_anybody_means() {
    let rows = [
        ("deepest", chain(20, 1), "A=b i20.yaml:1:4 | "),
        ("too deep", chain(1500, 1), "the parameter file /artifact/i21.yaml is more than 20 files deep"),
        ("most", chain(2, 99), "A=b i2.yaml:1:4, "),
        ("too many", chain(2, 100), "the parameter file /artifact/i2.yaml is one too many: at most 100 are read"),
        ("fan", chain(9, 10), "the parameter file /artifact/i9.yaml is one too many: at most 100 are read"),
    ];
    for (name, site, expected) in rows {
        let (Ok(told) | Err(told)) = site.given("default");
        assert!(told.starts_with(expected), "{name}: {told}");
    }
}

#[test]
fn files_are_as_large_together_as_all_values_of_a_stack_could_be() {
    let text = format!("# {}\nA: b\n", "x".repeat(524_288 - 8));
    let include = "$include: ['file://half.yaml', 'file://half.yaml']";
    let rows = [
        (SAMCONFIG.replace("i1", "half"), text.clone(), "A=b half.yaml:2:4 | "),
        (SAMCONFIG.to_owned(), text, "the parameter file /artifact/half.yaml is too large: at most 1 MiB is read"),
    ];
    for (samconfig, text, expected) in rows {
        let site = Site::new(&[("samconfig.yaml", &samconfig), ("i1.yaml", include), ("half.yaml", &text)]);
        let (Ok(told) | Err(told)) = site.given("default");
        assert!(told.starts_with(expected), "{told}");
    }
}

#[test]
fn lists_are_nested_over_files_as_deep_as_the_stack_takes_them() {
    let nested = |inner: &str, times: usize| format!("$include: {}{inner}{}\n", "[".repeat(times), "]".repeat(times));
    let told = |first: usize, second: usize| {
        let (first, second) = (nested("'file://i2.yaml'", first), nested("A=b", second));
        let files = [("samconfig.yaml", SAMCONFIG), ("i1.yaml", &first), ("i2.yaml", &second)];
        let (Ok(told) | Err(told)) = Site::new(&files).given("default");
        told
    };
    assert_eq!(told(97, 120), "(A=b) i2.yaml:1:131 | ");
    let expected =
        "the parameter file /artifact/i2.yaml is referred to from more than 100 lists and tables in one another";
    assert!(told(98, 1).starts_with(expected), "{}", told(98, 1));
}

#[test]
fn what_is_no_regular_file_is_not_opened() {
    let site = Site::new(&[("samconfig.yaml", SAMCONFIG)]);
    let path = site.0.path().join("artifact/i1.yaml");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let expected = "the parameter file /artifact/i1.yaml is not a regular file [] ";
    assert!(site.given("default").unwrap_err().starts_with(expected));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(site.given("default").unwrap_err().starts_with(expected));
}

#[test]
fn a_table_that_is_none_is_not_shown() {
    for samconfig in [
        "[default.deploy]\nparameters = 'Password=secret'\n",
        "[default]\ndeploy = 'Password=secret'\n",
        "default = 'Password=secret'\n",
    ] {
        let told = Site::new(&[("samconfig.toml", samconfig)]).given("default").unwrap_err();
        assert!(told.ends_with(" in /artifact/samconfig.toml is a text, and must be a table [] -"), "{told}");
    }
}

#[test]
fn a_link_leads_no_further_than_the_root() {
    let site = Site::new(&[
        ("samconfig.toml", "[default.deploy.parameters]\nparameter_overrides = 'file://link.yaml'\n"),
        ("../outside.yaml", "A: secret"),
    ]);
    std::os::unix::fs::symlink("../outside.yaml", site.0.path().join("artifact/link.yaml")).unwrap();
    assert!(site.given("default").unwrap_err().contains("lies outside the input artifact"));
    let values = site.deploy_values("default", None).unwrap().unwrap();
    assert_eq!(values.parameter_overrides[0].spelling, Spelling::Entry("A".to_owned(), "secret".to_owned()));
}

#[test]
fn a_list_with_nothing_in_it_counts_as_absent() {
    let rows = [
        ("target = []", vec![]),
        ("target = {}", vec![]),
        ("target = []\n[default.global.parameters]\ntarget = ['a=b/c']", vec!["a=b/c"]),
        ("target = ['a=b/c', 'd=e/f']", vec!["a=b/c,d=e/f"]),
    ];
    for (text, expected) in rows {
        let site = Site::new(&[("samconfig.toml", &format!("[default.package.parameters]\n{text}\n"))]);
        let given = site.configuration().unwrap().given;
        let values: Vec<_> = given.iter().map(|given| given.value.as_str()).collect();
        assert_eq!(values, expected, "{text}");
    }
}

#[test]
fn values_of_yaml_have_places_and_those_of_an_alias_its_place() {
    let text = "x: &p {s3_bucket: true}\ndefault:\n  package:\n    parameters:\n      use_json: perhaps\n      \
                s3_prefix: [a]\n";
    let site = Site::new(&[("samconfig.yaml", text)]);
    let told = site.told(&site.configuration().unwrap_err());
    assert!(told.starts_with("/artifact/samconfig.yaml:6:18: `s3_prefix` in "), "{told}");
    assert!(told.contains("[      s3_prefix: [a]]"), "{told}");
    let aliased = text
        .replace("      s3_prefix: [a]\n", "")
        .replace("    parameters:\n      use_json: perhaps", "    parameters: *p");
    let site = Site::new(&[("samconfig.yaml", &aliased)]);
    let told = site.told(&site.configuration().unwrap_err());
    assert!(told.starts_with("/artifact/samconfig.yaml:4:17: `s3_bucket` in "), "{told}");
}

#[cfg(unix)]
#[test]
fn a_name_of_a_samconfig_that_is_no_file_is_an_error_and_not_absent() {
    let load = |arrange: fn(&Path)| {
        let site = Site::new(&[("template.yaml", ""), ("samconfig.yml", "default: {}")]);
        arrange(&site.0.path().join("artifact/samconfig.toml"));
        site.load().map(|samconfig| samconfig.path().is_some()).map_err(|failure| site.told(&failure))
    };
    let not_a_file = "the configuration file /artifact/samconfig.toml is not a file [] rename it, or name another file with \
                      --config-file";
    assert_eq!(load(|_| ()), Ok(true));
    assert_eq!(load(|path| fs::create_dir(path).unwrap()).unwrap_err(), not_a_file);
    assert_eq!(load(|path| std::os::unix::fs::symlink("/dev/zero", path).unwrap()).unwrap_err(), not_a_file);
    let broken = load(|path| std::os::unix::fs::symlink("gone", path).unwrap()).unwrap_err();
    let expected = "the configuration file /artifact/samconfig.toml is a link to nothing [] ";
    assert!(broken.starts_with(expected), "{broken}");
}
