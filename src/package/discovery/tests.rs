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
            "repository metadata",
            "Metadata: {'AWS::ServerlessRepo::Application': {LicenseUrl: LICENSE, ReadmeUrl: s3://b/k}}\nResources: {}",
            &["AWS::ServerlessRepo::Application.LicenseUrl = /app/LICENSE"],
        ),
        (
            "includes anywhere",
            "Transform: [{Name: AWS::Include, Parameters: {Location: top.yaml}}]
Resources:
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: resources.yaml}}
  R: {Type: T, Properties: {A: [[{Fn::Transform: {Name: AWS::Include, Parameters: {Location: deep.yaml}}}]]}}
Outputs: !Transform {Name: AWS::Include, Parameters: {Location: !If [C, a.yaml, s3://b/k]}}
List: {Fn::Transform: [{Name: Macro}, {Name: AWS::Include, Parameters: {Location: list.yaml}}]}
Short: !Transform [{Name: AWS::Include, Parameters: {Location: short.yaml}}, Macro]
Other: {Fn::Transform: {Name: Macro, Parameters: {Location: no.yaml}}}",
            &[
                "AWS::Include.Parameters.Location = /app/a.yaml",
                "AWS::Include.Parameters.Location = /app/deep.yaml",
                "AWS::Include.Parameters.Location = /app/list.yaml",
                "AWS::Include.Parameters.Location = /app/resources.yaml",
                "AWS::Include.Parameters.Location = /app/short.yaml",
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
fn the_resources_of_a_template_are_missed_unless_a_transform_may_bring_them() {
    let missing = "the template has no Resources section";
    let rows = [
        ("nothing else", "Outputs: {}", Some(("1:1", missing, "check that this file is the template"))),
        (
            "misspelt",
            "Description: x\nRessources:\n  A: 1\nOutputs: {}",
            Some(("2:1", missing, "the nearest section is Ressources; write Resources")),
        ),
        ("lower case", "resources: {}", Some(("1:1", missing, "the nearest section is resources; write Resources"))),
        (
            "empty",
            "Resources:\n# nothing\nOutputs: {}",
            Some((
                "1:11",
                "Resources is empty",
                "a template needs one resource at least; check the indentation of what follows",
            )),
        ),
        (
            "no logical id",
            "Resources:\n  A: {Type: AWS::SNS::Topic}\n  ~: {Type: AWS::SNS::Topic}",
            Some((
                "3:3",
                "a resource has no logical id: its key is not a text",
                "write its logical id before the colon",
            )),
        ),
        (
            "empty with a transform",
            "Transform: Macro\nResources: ~",
            Some((
                "2:12",
                "Resources is empty",
                "a template needs one resource at least; check the indentation of what follows",
            )),
        ),
        (
            "the transform of SAM",
            "Transform: AWS::Serverless-2016-10-31",
            Some(("1:1", missing, "check that this file is the template")),
        ),
        ("no resource on purpose", "Resources: {}", None),
        ("a macro", "Transform: Macro", None),
        ("a macro in a list", "Transform: [AWS::Serverless-2016-10-31, {Name: 111122223333::Macro}]", None),
        ("an include", "Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}", None),
        ("an include as a function", "Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}", None),
        ("an intrinsic", "Resources: !Transform {Name: Macro}", None),
    ];
    for (name, template, expected) in rows {
        let (_, discovery) = discovered(template);
        let problems = discovery.failures.iter().flat_map(|failure| &failure.problems);
        let problems: Vec<_> = problems
            .map(|it| {
                let place = it.place.as_ref().unwrap();
                (format!("{}:{}", place.line, place.column), it.message.as_str(), it.hint.as_deref().unwrap())
            })
            .collect();
        let expected = expected.map(|(place, message, hint)| (place.to_owned(), message, hint));
        assert_eq!(problems, Vec::from_iter(expected), "{name}");
    }
}

/// The kind, the place and the logical id of each warning.
fn warnings(template: &str) -> Vec<String> {
    let (_, discovery) = discovered(template);
    let warning = |Warning { kind, resource, place, .. }: Warning| {
        let kind = match kind {
            WarningKind::TemplateFolderPackaged { .. } => "folder".to_owned(),
            WarningKind::ImageLeftAlone { .. } => "local".to_owned(),
            WarningKind::ImageMissing { property, .. } => format!("no {property}"),
            WarningKind::ImageAssetLeftAlone { path, .. } => format!("image of {path}"),
            WarningKind::AssetLeftAlone { property, path, .. } => format!("{path} for {property}"),
            WarningKind::LocalPathLeft { text, .. } => format!("{text} left"),
            WarningKind::ResourceTypeMisspelt { nearest, .. } => format!("not {nearest}"),
            other => panic!("{other:?}"),
        };
        let place = place.unwrap();
        format!("{kind}, {}:{}, {}", place.line, place.column, resource.unwrap())
    };
    discovery.warnings.into_iter().map(warning).collect()
}

#[test]
fn what_cannot_be_packaged_is_a_warning_with_its_place() {
    let (function, lambda) = ("AWS::Serverless::Function", "AWS::Lambda::Function");
    let rows: [(&str, &str, &str, &[&str]); 18] = [
        ("the folder of the template", function, "{Handler: x}", &["folder, 4:17, R"]),
        ("an image without URI", function, "{PackageType: Image}", &["no ImageUri, 4:17, R"]),
        ("an empty URI", function, "{PackageType: Image, ImageUri: }", &["no ImageUri, 4:47, R"]),
        ("a local tag", function, "{PackageType: Image, ImageUri: 'app:v1'}", &["local, 4:48, R"]),
        ("an image of Docker Hub", lambda, "{PackageType: Image, Code: {ImageUri: app}}", &["local, 4:55, R"]),
        ("no code", lambda, "{PackageType: Image}", &["no Code.ImageUri, 4:17, R"]),
        ("code without URI", lambda, "{PackageType: Image, Code: {}}", &["no Code.ImageUri, 4:44, R"]),
        ("an image that a deployment knows", function, "{PackageType: Image, ImageUri: !Ref Image}", &[]),
        ("code that a deployment knows", lambda, "{PackageType: Image, Code: !Ref Code}", &[]),
        ("an image in ECR", function, "{PackageType: Image, ImageUri: '1.dkr.ecr.eu-west-1.amazonaws.com/x:1'}", &[]),
        ("a reference", function, "{PackageType: Image, ImageUri: '{{resolve:ssm:image}}'}", &[]),
        (
            "branches",
            function,
            "{PackageType: Image, ImageUri: !If [C, 'app:v1', !If [D, '', !Ref AWS::NoValue]]}",
            &["local, 4:56, R", "no ImageUri, 4:74, R"],
        ),
        (
            "a type by a letter",
            "AWS::Serverless::Funktion",
            "{CodeUri: src}",
            &["not AWS::Serverless::Function, 3:11, R"],
        ),
        ("another type", "AWS::Serverless::SimpleTable", "{CodeUri: src}", &[]),
        ("a path by a function", function, "{CodeUri: !Sub './src/${Stage}'}", &["./src/${Stage} left, 4:27, R"]),
        (
            "a path in a branch",
            lambda,
            "{Code: !If [C, !Join [/, [.., !Ref Stage]], !Ref Code]}",
            &["../ left, 4:32, R"],
        ),
        ("a location by a function", function, "{CodeUri: !Sub 's3://b/${Stage}'}", &[]),
        ("what may be a location", function, "{CodeUri: !Sub '${Stage}/src'}", &[]),
    ];
    for (name, resource_type, properties, expected) in rows {
        assert_eq!(warnings(&resource(resource_type, properties)), expected, "{name}");
    }
}

/// A function of the CDK with an asset at `asset.1f` for a property.
fn cdk(properties: &str, property: &str) -> String {
    let metadata = format!("{{'aws:asset:path': asset.1f, 'aws:asset:property': {property}}}");
    format!("{}    Metadata: {metadata}\n", resource("AWS::Lambda::Function", properties))
}

#[test]
fn an_asset_of_the_cdk_is_packaged_in_its_place_and_never_beside_an_intrinsic() {
    let open = "{S3Bucket: {Ref: B}, S3Key: k}";
    let asset = "R.Code = /app/asset.1f";
    let rows: [(&str, String, &[&str], &[&str]); 10] = [
        ("any environment", format!("{{Code: {open}}}"), &[asset], &[]),
        ("a known environment", "{Code: {S3Bucket: cdk-x-assets-1-eu, S3Key: 1f.zip}}".to_owned(), &[asset], &[]),
        ("packaged", "{Code: {S3Bucket: mine, S3Key: 6f8d7dde0ac7535b}}".to_owned(), &[], &[]),
        ("named by its path", "{Code: ./built}".to_owned(), &["R.Code = /app/built"], &[]),
        ("no property", "{Handler: x}".to_owned(), &["R.Code +Code= /app/asset.1f"], &[]),
        ("a branch of properties", format!("!If [P, {{Code: {open}}}, {{Handler: b}}]"), &[asset], &[]),
        (
            "both branches of code",
            format!("{{Code: !If [P, {open}, {{'Fn::If': [Q, {open}, !Ref AWS::NoValue]}}]}}"),
            &[asset, asset],
            &[],
        ),
        ("no branch", "!If [P, {Handler: a}, {Handler: b}]".to_owned(), &[], &["asset.1f for Code, 5:34, R"]),
        ("a macro", format!("!Transform {{Name: M, Code: {open}}}"), &[], &["asset.1f for Code, 5:34, R"]),
        (
            "an intrinsic beside others",
            "{Fn::Transform: {Name: M}, Handler: x}".to_owned(),
            &[],
            &["asset.1f for Code, 5:34, R"],
        ),
    ];
    for (name, properties, expected, warned) in rows {
        let template = cdk(&properties, "Code");
        let (_, discovery) = discovered(&template);
        let found: Vec<_> = discovery.found.iter().map(describe).collect();
        assert_eq!(
            (found.as_slice(), warnings(&template).as_slice()),
            (
                &expected.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()[..],
                &warned.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()[..]
            ),
            "{name}"
        );
    }
}

#[test]
fn an_image_that_the_cdk_builds_is_a_warning() {
    let ecr = "1.dkr.ecr.eu-west-1.amazonaws.com";
    let rows = [
        (format!("{{'Fn::Sub': '{ecr}/cdk-x-container-assets-1-eu:1f'}}"), Some("image of asset.1f, 4:55, R")),
        (format!("'{ecr}/cdk-x-container-assets-1-eu:1f'"), Some("image of asset.1f, 4:55, R")),
        (format!("'{ecr}/mine:1f'"), None),
        ("app".to_owned(), Some("local, 4:55, R")),
    ];
    for (uri, expected) in rows {
        let template = cdk(&format!("{{PackageType: Image, Code: {{ImageUri: {uri}}}}}"), "Code.ImageUri");
        assert_eq!(warnings(&template), Vec::from_iter(expected), "{uri}");
    }
}
