//! What is found in a template, case by case.

use super::discover;
use super::found::{ByRound, Discovery, Found, Referent, Slot};
use super::passed::Passed;
use crate::facts::{Warning, WarningKind};
use crate::template::Template;
use std::path::Path;

pub(super) fn discovered(template: &str) -> (Template, Discovery) {
    let template = Template::parse("template.yaml", template.as_bytes().to_vec()).unwrap();
    let discovery = discover(&template, Path::new("/app"), &Passed::default());
    (template, discovery)
}

/// `Id.Property = target`, with `+` where a new key is made.
pub(super) fn describe(found: &Found) -> String {
    let slot = match &found.slot {
        Slot::Value(_) => "=".to_owned(),
        Slot::NewKeys(_, keys) => format!("+{}=", keys.join(".")),
    };
    let target = |referent: &Referent| match referent {
        Referent::Path { path, .. } => path.display().to_string(),
        Referent::Object(location) => location.to_string(),
    };
    let targets = match &found.refers_to {
        ByRound::Fixed(referent) => target(referent),
        ByRound::PerRound { loops, rounds } => {
            let rounds: Vec<_> =
                rounds.iter().map(|(values, referent)| format!("{}:{}", values.join("-"), target(referent))).collect();
            let loops: Vec<_> = loops.iter().map(|it| it.name.as_str()).collect();
            format!("{}[{}]", loops.join(","), rounds.join(" "))
        }
    };
    format!("{}.{} {slot} {targets}", found.logical_id, found.row.path)
}

fn resource(resource_type: &str, properties: &str) -> String {
    format!("Resources:\n  R:\n    Type: {resource_type}\n    Properties: {properties}\n")
}

#[test]
fn every_row_of_the_table_is_found() {
    use super::properties::RESOURCE_PROPERTIES;
    for row in RESOURCE_PROPERTIES {
        let keys: Vec<&str> = row.path.split('.').map(|key| if key == "**" { "Any" } else { key }).collect();
        let mapping = keys.iter().rev().fold("./x".to_owned(), |value, key| format!("{{{key}: {value}}}"));
        let (_, discovery) = discovered(&resource(row.resource_type, &mapping));
        let found: Vec<_> = discovery.found.iter().map(describe).collect();
        assert!(found.contains(&format!("R.{} = /app/x", row.path)), "{}: {found:?}", row.resource_type);
    }
}

#[test]
fn a_property_is_found_left_alone_or_filled_in() {
    let function = "AWS::Serverless::Function";
    let rows: &[(&str, &str, &str, &[&str])] = &[
        ("path", function, "{CodeUri: src}", &["R.CodeUri = /app/src"]),
        ("missing", function, "{Handler: a.b}", &["R.CodeUri +CodeUri= /app"]),
        ("null", function, "{CodeUri: }", &["R.CodeUri = /app"]),
        ("empty", function, "{CodeUri: ''}", &["R.CodeUri = /app"]),
        ("empty properties", function, "{}", &["R.CodeUri +CodeUri= /app"]),
        ("no properties", function, "", &[]),
        ("in S3", function, "{CodeUri: s3://b/k}", &[]),
        ("a mapping", function, "{CodeUri: {Bucket: b, Key: k}}", &[]),
        ("an intrinsic", function, "{CodeUri: !Ref Code}", &[]),
        ("a long intrinsic", function, "{CodeUri: {'Fn::Sub': './x'}}", &[]),
        ("inline", function, "{InlineCode: 'x', CodeUri: src}", &[]),
        ("an image", function, "{PackageType: Image, ImageUri: '1.dkr.ecr.eu-west-1.amazonaws.com/x:1'}", &[]),
        (
            "a package type that is an intrinsic",
            function,
            "{PackageType: !Ref P, CodeUri: src}",
            &["R.CodeUri = /app/src"],
        ),
        ("no code for a package type that is an intrinsic", function, "{PackageType: !Ref P, ImageUri: x}", &[]),
        ("a package type that is null", "AWS::Lambda::Function", "{PackageType: , Code: src}", &["R.Code = /app/src"]),
        ("a zip package", function, "{PackageType: Zip, CodeUri: src}", &["R.CodeUri = /app/src"]),
        (
            "both branches",
            function,
            "{CodeUri: !If [Prod, ./a, !If [Beta, ./b, !Ref AWS::NoValue]]}",
            &["R.CodeUri = /app/a", "R.CodeUri = /app/b"],
        ),
        ("branches in long form", function, "{CodeUri: {'Fn::If': [P, s3://b/k, ./b]}}", &["R.CodeUri = /app/b"]),
        ("an empty branch", function, "{CodeUri: !If [P, '', ./b]}", &["R.CodeUri = /app/b"]),
        ("branches of properties", function, "!If [P, {CodeUri: a}, {Handler: x}]", &["R.CodeUri = /app/a"]),
        ("properties from an include", function, "{'Fn::Transform': {Name: X}, Handler: x}", &[]),
        ("zip file", "AWS::Lambda::Function", "{Code: {ZipFile: 'x'}}", &[]),
        ("respelled", "AWS::Lambda::Function", "{Code: 's3://b/k?versionId=3'}", &["R.Code = s3://b/k?versionId=3"]),
        (
            "glue without command",
            "AWS::Glue::Job",
            "{Role: r}",
            &["R.Command.ScriptLocation +Command.ScriptLocation= /app"],
        ),
        (
            "glue without script",
            "AWS::Glue::Job",
            "{Command: {Name: x}}",
            &["R.Command.ScriptLocation +ScriptLocation= /app"],
        ),
        ("glue with an intrinsic above", "AWS::Glue::Job", "{Command: !Ref C}", &[]),
        ("api without definition", "AWS::Serverless::Api", "{StageName: x}", &[]),
        ("nested template anywhere", "AWS::CloudFormation::Stack", "{TemplateURL: 'http://x/y.yaml'}", &[]),
        (
            "graph with an intrinsic between",
            "AWS::Serverless::GraphQLApi",
            "{Resolvers: {Query: {a: {CodeUri: !Ref X}, b: {CodeUri: b.js}}, Mutation: {c: {CodeUri: c.js}}}}",
            &["R.Resolvers.**.CodeUri = /app/b.js", "R.Resolvers.**.CodeUri = /app/c.js"],
        ),
        ("unknown type", "AWS::S3::Bucket", "{CodeUri: src}", &[]),
    ];
    for (name, resource_type, properties, expected) in rows {
        let (_, discovery) = discovered(&resource(resource_type, properties));
        let found: Vec<_> = discovery.found.iter().map(describe).collect();
        assert_eq!(found, *expected, "{name}");
        assert!(discovery.failures.is_empty(), "{name}: {:?}", discovery.failures);
    }
}

#[test]
fn what_stands_outside_of_properties_is_found() {
    let rows: &[(&str, &str, &[&str])] = &[
        (
            "repository metadata without resources",
            "Metadata: {'AWS::ServerlessRepo::Application': {LicenseUrl: LICENSE, ReadmeUrl: s3://b/k}}",
            &["AWS::ServerlessRepo::Application.LicenseUrl = /app/LICENSE"],
        ),
        (
            "includes anywhere",
            "Transform: [{Name: AWS::Include, Parameters: {Location: top.yaml}}]
Resources:
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: resources.yaml}}
  R: {Type: T, Properties: {A: [[{Fn::Transform: {Name: AWS::Include, Parameters: {Location: deep.yaml}}}]]}}
Outputs: !Transform {Name: AWS::Include, Parameters: {Location: !If [C, a.yaml, s3://b/k]}}
Other: {Fn::Transform: {Name: Macro, Parameters: {Location: no.yaml}}}",
            &[
                "AWS::Include.Parameters.Location = /app/a.yaml",
                "AWS::Include.Parameters.Location = /app/deep.yaml",
                "AWS::Include.Parameters.Location = /app/resources.yaml",
                "AWS::Include.Parameters.Location = /app/top.yaml",
            ],
        ),
        (
            "code for all functions",
            "Globals: {Function: {CodeUri: all}}
Resources:
  A: {Type: AWS::Serverless::Function, Properties: {Handler: x}}
  B: {Type: AWS::Serverless::Function, Properties: {CodeUri: own}}",
            &["B.CodeUri = /app/own", "Globals.CodeUri = /app/all"],
        ),
        (
            "code for all functions, of which one has more from elsewhere",
            "Globals: {Function: {CodeUri: all}}
Resources:
  A: {Type: AWS::Serverless::Function, Properties: {Handler: x, Fn::Transform: {Name: N}}}",
            &["Globals.CodeUri = /app/all"],
        ),
        (
            "code for all functions that no function takes",
            "Globals: {Function: {CodeUri: all}}
Resources: {B: {Type: AWS::Serverless::Function, Properties: {CodeUri: own}}}",
            &["B.CodeUri = /app/own"],
        ),
        (
            "an asset of the CDK",
            "Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {Code: {S3Bucket: {Fn::Sub: x}, S3Key: y}}
    Metadata: {aws:asset:path: asset.1, aws:asset:property: Code}",
            &["F.Code = /app/asset.1"],
        ),
        (
            "loops",
            "Parameters: {Names: {Type: CommaDelimitedList, Default: 'x, y'}}
Resources:
  Fn::ForEach::Outer:
    - A
    - [a, b]
    - Fn::ForEach::Inner:
        - B
        - !Ref Names
        - F${A}${B}:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: '${A}/${B}'}
          G${A}${B}:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: same}
          H${A}${B}:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: 'only/&{B}'}",
            &[
                "F${A}${B}.CodeUri = Outer,Inner[a-x:/app/a/x a-y:/app/a/y b-x:/app/b/x b-y:/app/b/y]",
                "G${A}${B}.CodeUri = /app/same",
                "H${A}${B}.CodeUri = Inner[x:/app/only/x y:/app/only/y]",
            ],
        ),
    ];
    for (name, template, expected) in rows {
        let (_, discovery) = discovered(template);
        let mut found: Vec<_> = discovery.found.iter().map(describe).collect();
        found.sort();
        assert_eq!(found, *expected, "{name}");
        assert!(discovery.failures.is_empty(), "{name}: {:?}", discovery.failures);
    }
}

#[test]
fn what_is_found_stands_in_the_order_of_the_text() {
    let include = |path: &str| format!("{{'Fn::Transform': {{Name: AWS::Include, Parameters: {{Location: {path}}}}}}}");
    let code = "{Type: AWS::Lambda::Function, Properties: {Code: b}}";
    let text = format!("A: {}\nResources: {{R: {code}}}\nC: [{}, {}]\n", include("a"), include("c"), include("d"));
    let (_, discovery) = discovered(&text);
    let paths: Vec<_> = discovery.found.iter().map(|found| describe(found).chars().last().unwrap()).collect();
    assert_eq!(paths, ['a', 'b', 'c', 'd']);
}

#[test]
fn what_is_wrong_has_its_place() {
    let values = (0..30).map(|value| value.to_string()).collect::<Vec<_>>().join(", ");
    let many = format!(
        "Resources:\n  Fn::ForEach::L:\n  - A\n  - [{values}]\n  - Fn::ForEach::M:\n    - B\n    - [{values}]\n    - \
         F: {{Type: AWS::Lambda::Function, Properties: {{Code: '${{A}}/${{B}}'}}}}\n"
    );
    let rows = [
        (
            "more rounds than resources",
            many.as_str(),
            "template.yaml:8:59: F.Code: ${A}/${B} stands for 900 paths, more than the 500 resources of a stack",
        ),
        ("list of resources", "Resources: []", "template.yaml:1:12: Resources is not a mapping"),
        (
            "list for a path",
            "Resources: {R: {Type: AWS::Serverless::Function, Properties: {CodeUri: [a]}}}",
            "template.yaml:1:72: R.CodeUri is not a path",
        ),
        (
            "bucket alone",
            "Resources: {R: {Type: AWS::Serverless::Function, Properties: {CodeUri: 's3://b'}}}",
            "template.yaml:1:72: R.CodeUri: s3://b is neither a local path nor an object in S3",
        ),
        (
            "loop over what only CloudFormation knows",
            "Resources: {Fn::ForEach::L: [A, !Split [',', x], {'F${A}': {Type: AWS::Serverless::Function, Properties: {CodeUri: '${A}'}}}]}",
            "template.yaml:1:116: F${A}.CodeUri: ${A} depends on L, whose values are not written in the template",
        ),
        (
            "loop without a body",
            "Resources: {Fn::ForEach::L: [A, [x]]}",
            "template.yaml:1:29: Fn::ForEach::L is not a list of a loop variable, a collection and a mapping",
        ),
    ];
    for (name, template, expected) in rows {
        let (_, discovery) = discovered(template);
        let causes: Vec<_> = discovery.failures.iter().map(|failure| failure.cause()).collect();
        assert_eq!(causes, [expected], "{name}");
    }
}

#[test]
fn the_folder_of_the_template_and_a_local_image_are_not_passed_over_in_silence() {
    let (_, discovery) = discovered(&resource("AWS::Serverless::Function", "{Handler: x}"));
    assert!(matches!(&discovery.warnings[..], [Warning { kind: WarningKind::TemplateFolderPackaged { .. }, .. }]));
    let (_, discovery) =
        discovered(&resource("AWS::Lambda::Function", "{PackageType: Image, Code: {ImageUri: app:v1}}"));
    assert!(matches!(&discovery.warnings[..], [Warning { kind: WarningKind::ImageLeftAlone { .. }, .. }]));
}
