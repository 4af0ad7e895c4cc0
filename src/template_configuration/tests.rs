use super::{DeployValue, DeployValues, Spelling, TemplateConfiguration, TemplateParameters};
use crate::facts::{Failure, FailureKind, Place, Problem, Warning, WarningKind};
use crate::template::Template;
use std::path::Path;

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, AllowedValues: [dev, prod], Default: dev}
  Name: {Type: String, MinLength: 2, MaxLength: 4}
  Count: {Type: Number, MinValue: 1, MaxValue: 10.5}
  Ports: {Type: List<Number>, AllowedValues: [80, 443]}
  Zones: {Type: CommaDelimitedList, AllowedValues: [a, b]}
  Debug: {Type: String, AllowedValues: [yes, False]}
  Mode: {Type: String, AllowedValues: [0755, 12]}
  Image: {Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', NoEcho: true, AllowedValues: [x]}
  Network: {Type: AWS::EC2::VPC::Id, AllowedValues: [x]}
  Password: {Type: String, NoEcho: true, MinLength: 8}
Resources: {}
";

fn parameters(template: &str) -> TemplateParameters {
    TemplateParameters::of(&Template::parse("t.yaml", template.as_bytes().to_vec()).unwrap())
}

fn parse(text: &str) -> Result<TemplateConfiguration, Failure> {
    TemplateConfiguration::parse(Path::new("c.json"), text.as_bytes())
}

/// The place, the line with what is marked in it, the message and the hint.
fn described(problem: &Problem) -> String {
    let place = problem.place.as_ref().map_or_else(String::new, shown);
    let hint = problem.hint.as_ref().map_or_else(String::new, |hint| format!(" | {hint}"));
    format!("{place}{}{hint}", problem.message)
}

fn all<'f>(failures: impl IntoIterator<Item = &'f Failure>) -> Vec<String> {
    let usage = failures.into_iter().inspect(|failure| assert_eq!(failure.kind, FailureKind::Usage));
    usage.flat_map(|failure| &failure.problems).map(described).collect()
}

fn shown(place: &Place) -> String {
    let Place { line, column, source_line, marked, .. } = place;
    let (before, rest) = source_line.split_at(marked.start);
    let (inside, after) = rest.split_at(marked.len());
    format!("{line}:{column} {before}<{inside}>{after} ")
}

#[test]
fn a_file_is_written_as_it_is_read() {
    let text = "\u{feff}{\"Tags\": {\"team\": \"é\"}, \"StackPolicy\": {\"Statement\": [1]}, \"Parameters\": {\"B\": \"2\", \"A\": \"\"}}";
    let configuration = parse(text).unwrap();
    let expected = r#"{
  "Parameters": {
    "A": "",
    "B": "2"
  },
  "Tags": {
    "team": "é"
  },
  "StackPolicy": {
    "Statement": [
      1
    ]
  }
}
"#;
    assert_eq!(configuration.to_json(), expected);
    assert!(!configuration.is_empty());
    for text in ["{}", r#"{"Tags": {}, "Parameters": {}}"#] {
        let empty = parse(text).unwrap();
        assert_eq!((empty.is_empty(), empty.to_json().as_str()), (true, "{}\n"), "{text}");
    }
}

#[test]
fn what_codepipeline_would_refuse_is_refused_without_values() {
    let rows = [
        (r#"["secret"]"#, "1:1 <> the template configuration must be an object, not a list"),
        (
            r#"{"Parameters": {"A": "secret"#,
            "1:28 <> the template configuration is not valid JSON: EOF while parsing a string",
        ),
        (
            r#"{"Parameters": {"B": "secret", "A": 1}, "Tags": {"t": "shown"}}"#,
            "1:37 {\"Parameters\": {\"B\": \"****\", \"A\": <\"****\">}, \"Tags\": {\"t\": \"shown\"}} \
             Parameters.A of the template configuration must be a string, not a number",
        ),
        (
            "{\"Parameters\": {\n\"A\": {\"b\":\n\"secret\"}, \"C\": \"secret\"\n}}",
            "2:6 \"A\": <\"****\">, \"C\": \"****\" \
             Parameters.A of the template configuration must be a string, not an object",
        ),
        (r#"{"Tags": []}"#, r#"1:10 {"Tags": <[]>} Tags of the template configuration must be an object, not a list"#),
        (
            r#"{"Parameters": null}"#,
            r#"1:16 {"Parameters": <"****">} Parameters of the template configuration must be an object, not null"#,
        ),
        (
            r#"{"StackPolicy": ""}"#,
            r#"1:17 {"StackPolicy": <"">} StackPolicy of the template configuration must be an object, not a string"#,
        ),
        (
            r#"{"parameters": {"A": "secret"}}"#,
            "1:2 {<\"parameters\">: {\"A\": \"****\"}} the template configuration has `parameters`, which is not known: it \
             accepts Parameters, Tags and StackPolicy",
        ),
        (
            r#"{"Parameters": {"A": "secret", "A": "secret"}}"#,
            r#"1:32 {"Parameters": {"A": "****", <"A">: "****"}} Parameters of the template configuration gives A twice"#,
        ),
        (
            r#"{"Parameters": {"A": "secret"}, "Parameters": {}}"#,
            r#"1:33 {"Parameters": {"A": "****"}, <"Parameters">: {}} the template configuration gives Parameters twice"#,
        ),
    ];
    for (text, expected) in rows {
        let error = parse(text).unwrap_err();
        assert_eq!(all([&error])[0].split(" | ").next().unwrap(), expected, "{text}");
    }
}

#[test]
fn more_parameters_or_tags_than_cloudformation_accepts_are_refused() {
    let many = |part: &str, count: usize| {
        let entries: Vec<_> = (0..count).map(|at| format!("\"k{at}\": \"v\"")).collect();
        format!("{{\"{part}\": {{{}}}}}", entries.join(","))
    };
    assert!(parse(&many("Parameters", 200)).is_ok() && parse(&many("Tags", 50)).is_ok());
    let rows = [
        ("Parameters", 201, "the template configuration has 201 parameters; CloudFormation accepts at most 200"),
        ("Tags", 51, "the template configuration has 51 tags; CloudFormation accepts at most 50"),
    ];
    for (part, count, expected) in rows {
        assert_eq!(parse(&many(part, count)).unwrap_err().problems[0].message, expected);
    }
}

#[test]
fn values_are_checked_against_the_template() {
    let parameters = parameters(TEMPLATE);
    let long = "é".repeat(2049);
    let rows = [
        ("Stage", "prod", ""),
        ("Stage", "Prod", "is not one of its AllowedValues | the template allows dev, prod"),
        ("Stage", "{{resolve:ssm:/stage}}", ""),
        ("Name", "ab", ""),
        ("Name", "a", "is shorter than its MinLength of 2"),
        ("Name", "abcde", "is longer than its MaxLength of 4"),
        ("Name", &long, "has 4098 bytes; CloudFormation accepts at most 4096"),
        ("Count", "1", ""),
        ("Count", "10.5", ""),
        ("Count", "ten", "is not a number"),
        ("Count", "inf", "is not a number"),
        ("Count", "0", "is less than its MinValue of 1"),
        ("Count", "11", "is more than its MaxValue of 10.5"),
        ("Ports", "80, 443", ""),
        ("Ports", "80;443", "is not a list of numbers | write numbers with commas between"),
        ("Ports", "80,81", "is not one of its AllowedValues | the template allows 80, 443"),
        ("Zones", "a, b", ""),
        ("Zones", "a,c", "is not one of its AllowedValues | the template allows a, b"),
        ("Debug", "true", ""),
        ("Debug", "false", ""),
        ("Debug", "1", "is not one of its AllowedValues | the template allows yes, False"),
        ("Mode", "493", ""),
        ("Image", "/path", ""),
        ("Network", "vpc-1", ""),
    ];
    for (name, value, expected) in rows {
        let mut configuration = TemplateConfiguration::default();
        configuration.parameters.insert(name.to_owned(), value.to_owned());
        let problems = all(&configuration.check(&parameters).problems);
        let expected =
            if expected.is_empty() { vec![] } else { vec![format!("the value of the parameter {name} {expected}")] };
        assert_eq!(problems, expected, "{name}: {value}");
    }
}

#[test]
fn all_problems_are_listed_with_their_places() {
    let policy = "x".repeat(16_384);
    let text = format!(
        "{{\"Parameters\": {{\n  \"Stge\": \"secret\", \"Count\": \"secret\"\n}}, \"Tags\": {{\n  \"AWS:x\": \"1\",\n  \"{}\": \"1\", \
         \"e\": \"\",\n  \"{}\": \"{}\", \"\": \"1\"\n}},\n\"StackPolicy\": {{\"Statement\": \"{policy}\"}}}}",
        "k".repeat(129),
        "k".repeat(128),
        "é".repeat(257),
    );
    let checked = parse(&text).unwrap().check(&parameters(TEMPLATE));
    let listed = all(&checked.problems).join("\n").replace(&"k".repeat(128), "K").replace(&"é".repeat(257), "É");
    insta::assert_snapshot!(listed, @r#"
2:3   <"Stge">: "****", "Count": "****" the template declares no parameter Stge | the nearest is Stage
2:21   "Stge": "****", <"Count">: "****" the value of the parameter Count is not a number
4:3   <"AWS:x">: "1", the tag "AWS:x" has a key that begins with aws:, which is reserved
5:3   <"Kk">: "1", "e": "", the tag "Kk" has a key of more than 128 characters
5:141   "Kk": "1", <"e">: "", the tag "e" has an empty value; CloudFormation requires at least one character
6:3   <"K">: "É", "": "1" the tag "K" has a value of more than 256 characters
6:396   "K": "É", <"">: "1" the tag "" has no key
8:1 <> the stack policy has 16400 bytes; CloudFormation accepts at most 16384
"#);
    assert!(checked.warnings.is_empty());
}

#[test]
fn tags_and_values_of_full_size_are_accepted() {
    let text = format!(
        "{{\"Parameters\": {{\"Password\": \"{}\"}}, \"Tags\": {{\"{}\": \"{}\"}}}}",
        "x".repeat(4096),
        "é".repeat(128),
        "é".repeat(256)
    );
    assert_eq!(parse(&text).unwrap().check(&parameters(TEMPLATE)).problems, []);
}

#[test]
fn unknown_names_pass_if_a_macro_may_declare_them() {
    let rows = [
        ("Resources: {}", false),
        ("Parameters:", false),
        ("Parameters: {B: {Type: String}}", false),
        ("Transform: AWS::Serverless-2016-10-31", false),
        ("Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]", false),
        ("Transform: [AWS::LanguageExtensions, Mine]", true),
        ("Transform: {Name: AWS::Include, Parameters: {Location: x}}", true),
        ("Transform: [{Name: AWS::Include, Parameters: {Location: x}}]", true),
        ("Fn::Transform: {Name: AWS::Include, Parameters: {Location: x}}", true),
        ("Parameters: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: x}}}", true),
        ("Parameters: {B: {Type: String}, Fn::Transform: {Name: Mine}}", true),
        ("Parameters: !Transform {Name: AWS::Include, Parameters: {Location: x}}", true),
        ("Resources: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: x}}}", false),
    ];
    for (template, passes) in rows {
        let checked = parse(r#"{"Parameters": {"A": "b"}}"#).unwrap().check(&parameters(template));
        assert_eq!(checked.problems.is_empty(), passes, "{template}: {:?}", checked.problems);
    }
}

#[test]
fn a_secret_in_clear_text_is_a_warning() {
    let rows = [
        (r#""Password": "hunter2!""#, Some("1:17 {\"Parameters\": {<\"Password\">: \"****\"}} ")),
        (r#""Password": "{{resolve:secretsmanager:db:SecretString:password}}""#, None),
        (r#""Password": "{{resolve:ssm""#, Some("1:17 {\"Parameters\": {<\"Password\">: \"****\"}} ")),
        (r#""Password": "pre-secret{{resolve:ssm:a}}""#, Some("1:17 {\"Parameters\": {<\"Password\">: \"****\"}} ")),
        (r#""Password": "{{resolve:ssm:a}}secret""#, Some("1:17 {\"Parameters\": {<\"Password\">: \"****\"}} ")),
        (r#""Password": "{{resolve:ssm:a}}, {{resolve:ssm:b}}""#, None),
        (r#""Image": "/the/key""#, None),
        (r#""Stage": "prod""#, None),
    ];
    for (given, expected) in rows {
        let configuration = parse(&format!("{{\"Parameters\": {{{given}}}}}")).unwrap();
        let checked = configuration.check(&parameters(TEMPLATE));
        let places: Vec<_> = checked
            .warnings
            .iter()
            .map(|warning| match warning {
                Warning { kind: WarningKind::SecretInClearText { parameter }, place, .. }
                    if parameter == "Password" =>
                {
                    shown(place.as_ref().unwrap())
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(places.first().map(String::as_str), expected, "{given}");
        assert!(!format!("{configuration:?} {checked:?}").contains("hunter2"), "{given}");
    }
}

fn at(line: usize, spelling: Spelling) -> DeployValue {
    let text = "parameter_overrides = 'secret'";
    let before = "\n".repeat(line - 1);
    let span = before.len() + 22..before.len() + 30;
    let place = Place::in_text(Path::new("samconfig.toml"), &format!("{before}{text}"), span);
    DeployValue { spelling, file: place.path.clone(), place: Some(place) }
}

fn text(line: usize, text: &str) -> DeployValue {
    at(line, Spelling::Text(text.to_owned()))
}

fn entry(name: &str, text: &str) -> DeployValue {
    at(9, Spelling::Entry(name.to_owned(), text.to_owned()))
}

fn list(name: &str, items: &[&str]) -> DeployValue {
    at(9, Spelling::List(name.to_owned(), items.iter().map(|item| (*item).to_owned()).collect()))
}

#[test]
fn a_template_configuration_is_made_from_the_settings_of_deploy() {
    let values = DeployValues {
        parameter_overrides: vec![
            text(1, "Stage=dev Name=abc"),
            entry("Stage", "prod"),
            list("Zones", &["a ", "", "b"]),
            text(2, "Password=hunter2! Image=/the/key"),
        ],
        tags: vec![text(3, "team=orders commit=a=b"), entry("stage", "prod")],
        files: vec![],
    };
    let generated = TemplateConfiguration::from_deploy(&values, &parameters(TEMPLATE)).unwrap();
    insta::assert_snapshot!(generated.configuration.to_json(), @r#"
{
  "Parameters": {
    "Image": "/the/key",
    "Name": "abc",
    "Stage": "prod",
    "Zones": "a,b"
  },
  "Tags": {
    "commit": "a=b",
    "stage": "prod",
    "team": "orders"
  }
}
"#);
    let [Warning { kind: WarningKind::SecretLeftOut { parameter, .. }, place: Some(place), .. }] =
        &generated.warnings[..]
    else {
        panic!("{:?}", generated.warnings)
    };
    assert_eq!((parameter.as_str(), place.line, place.source_line.as_str()), ("Password", 2, ""));
    assert!(!format!("{values:?} {generated:?}").contains("hunter2"));
}

#[test]
fn a_dynamic_reference_to_a_secret_is_written() {
    let reference = "{{resolve:secretsmanager:db}}";
    let values = DeployValues { parameter_overrides: vec![entry("Password", reference)], tags: vec![], files: vec![] };
    let generated = TemplateConfiguration::from_deploy(&values, &parameters(TEMPLATE)).unwrap();
    assert_eq!((generated.configuration.parameters["Password"].as_str(), generated.warnings.len()), (reference, 0));
}

#[test]
fn all_values_that_cannot_be_read_are_listed() {
    let values = DeployValues {
        parameter_overrides: vec![
            text(1, "Name=secret and more"),
            entry("Name", "\"secret\""),
            list("Zones", &["a,secret"]),
            text(2, "Stge=secret Count=secret Password=secret"),
        ],
        tags: vec![text(3, "a=b c"), text(4, "d"), text(5, "aws:x=1 y=2")],
        files: vec![],
    };
    let problems = TemplateConfiguration::from_deploy(&values, &parameters(TEMPLATE)).unwrap_err();
    insta::assert_snapshot!(all([&problems]).join("\n"), @r#"
1:23 <> parameter_overrides: after the value of Name stands text without a =, which sam drops | write a value with spaces or quotes as Name="two \"words\"", or all values as a table
9:23 <> parameter_overrides: sam removes quotes or backslashes from the value of Name | leave them out, or write a template configuration in a file of its own
9:23 <> parameter_overrides: an item of the list Zones has a comma in it | CloudFormation would split it there, and has no escape for a comma
4:23 parameter_overrides = <'secret'> tags: at the beginning stands text without a =, which sam drops | write a value with spaces or quotes as Name="two \"words\"", or all values as a table
2:23 <> the value of the parameter Count is not a number
2:23 <> the value of the parameter Password is shorter than its MinLength of 8
2:23 <> the template declares no parameter Stge | the nearest is Stage
5:23 parameter_overrides = <'secret'> the tag "aws:x" has a key that begins with aws:, which is reserved
"#);
}

#[test]
fn a_value_without_a_place_is_named_with_its_file() {
    let value = DeployValue { spelling: Spelling::Text("x".to_owned()), file: "samconfig.yaml".into(), place: None };
    let values = DeployValues { parameter_overrides: vec![value], tags: vec![], files: vec![] };
    let problems = TemplateConfiguration::from_deploy(&values, &parameters(TEMPLATE)).unwrap_err();
    let expected = "parameter_overrides of samconfig.yaml: at the beginning stands text without a =, which sam drops";
    assert_eq!(problems.problems[0].message, expected);
}

#[test]
fn a_problem_without_a_place_is_named_with_its_key_and_file() {
    let bare = |text: &str| DeployValue {
        spelling: Spelling::Text(text.to_owned()),
        file: "samconfig.yaml".into(),
        place: None,
    };
    let overrides = vec![text(1, "Acct=1"), bare("Acct=secret Count=secret")];
    let values = DeployValues { parameter_overrides: overrides, tags: vec![bare("aws:x=1")], files: vec![] };
    let problems = TemplateConfiguration::from_deploy(&values, &parameters(TEMPLATE)).unwrap_err();
    insta::assert_snapshot!(all([&problems]).join("\n"), @r#"
the template declares no parameter Acct (parameter_overrides of samconfig.yaml) | declare it in the template, or remove it
the value of the parameter Count is not a number (parameter_overrides of samconfig.yaml)
the tag "aws:x" has a key that begins with aws:, which is reserved (tags of samconfig.yaml)
"#);
}
