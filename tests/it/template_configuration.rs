//! The template configurations of a job: checked against the template before anything is done, copied as they are,
//! and never shown where they hold a value.

use crate::job::{OUTPUT, TEMPLATE, World, output, zip};
use crate::run::Ended;
use insta::assert_snapshot;

const SECRET: &str = "correct-horse-battery";

/// A job with one template configuration.
fn world(configuration: &str) -> World {
    let files: [(&str, &[u8]); 3] = [
        ("template.yaml", TEMPLATE.as_bytes()),
        ("src/app.py", b"def handler(event, context): return 1\n"),
        ("config/prod.json", configuration.as_bytes()),
    ];
    World::new(&[("TemplateConfiguration", "config/prod.json")], &zip(&files))
}

/// What was said and put, the job's usual lines left out.
#[track_caller]
fn told(world: &World, ended: &Ended, put: &str) -> String {
    let result = world.result(put);
    for text in [&ended.stdout, &ended.stderr, &result.to_string()] {
        assert!(!text.contains(SECRET), "{text}");
    }
    let is_ours = |line: &&str| {
        let is_usual = ["Job ", "Fetched", "Reported", "Stored"].iter().any(|it| line.starts_with(it));
        !is_usual && !line.contains(" DEBUG ")
    };
    let lines: Vec<_> = ended.stderr.lines().filter(is_ours).collect();
    format!("{}\n{}", lines.join("\n"), result["failureDetails"]["message"].as_str().unwrap_or("success"))
}

#[test]
fn a_wrong_template_configuration_fails_the_job_before_anything_is_uploaded() {
    let rows = [
        format!("{{\n  \"Parameters\": {{\n    \"Stge\": \"{SECRET}\",\n    \"Stage\": \"{SECRET}\"\n  }}\n}}\n"),
        format!("{{\"Parameters\": {{\"Password\": [\"{SECRET}\"]}}}}"),
        format!("{{\"Parameters\": {{\"Password\": \"{SECRET}\", \"Stage\": [\"{SECRET}\"]}}}}"),
        format!("{{\"Parameters\": {{\"Password\": \"{SECRET}\""),
    ];
    let mut said = String::new();
    for configuration in rows {
        let world = world(&configuration);
        let ended = world.run().end();
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{}", ended.stderr);
        said.push_str(&told(&world, &ended, "PutJobFailureResult"));
        said.push_str("\n\n");
        assert_eq!(world.result("PutJobFailureResult")["failureDetails"]["type"], "ConfigurationError");
        assert!(world.s3.objects("code").is_empty() && !world.s3.objects("artifacts").contains_key(OUTPUT));
    }
    assert_snapshot!(said, @r#"
    error: the value of the parameter Stage is not one of its AllowedValues
     --> SourceArtifact::config/prod.json:4:5
      |
    4 |     "Stage": "****"
      |     ^^^^^^^
      |
      = help: the template allows dev, prod

     --> SourceArtifact::config/prod.json:3:5
      |
    3 |     "Stge": "****",
      |     ^^^^^^
      |
      = help: the nearest is Stage
    error: SourceArtifact::config/prod.json:3:5: the template declares no parameter Stge (and 1 more problem)
    SourceArtifact::config/prod.json:3:5: the template declares no parameter Stge. Hint: the nearest is Stage
    SourceArtifact::config/prod.json:4:5: the value of the parameter Stage is not one of its AllowedValues. Hint: the template allows dev, prod

     --> SourceArtifact::config/prod.json:1:29
      |
    1 | {"Parameters": {"Password": "****"}}
      |                             ^^^^^^
      |
      = help: write it as {"Parameters": {"Name": "text"}, "Tags": {"name": "text"}, "StackPolicy": {"Statement": []}}
    error: SourceArtifact::config/prod.json:1:29: Parameters.Password of the template configuration must be a string, not a list
    SourceArtifact::config/prod.json:1:29: Parameters.Password of the template configuration must be a string, not a list. Hint: write it as {"Parameters": {"Name": "text"}, "Tags": {"name": "text"}, "StackPolicy": {"Statement": []}}

     --> SourceArtifact::config/prod.json:1:63
      |
    1 | {"Parameters": {"Password": "****", "Stage": "****"}}
      |                                              ^^^^^^
      |
      = help: write it as {"Parameters": {"Name": "text"}, "Tags": {"name": "text"}, "StackPolicy": {"Statement": []}}
    error: SourceArtifact::config/prod.json:1:63: Parameters.Stage of the template configuration must be a string, not a list
    SourceArtifact::config/prod.json:1:63: Parameters.Stage of the template configuration must be a string, not a list. Hint: write it as {"Parameters": {"Name": "text"}, "Tags": {"name": "text"}, "StackPolicy": {"Statement": []}}

    --> SourceArtifact::config/prod.json:1:51
     = help: write it as {"Parameters": {"Name": "text"}, "Tags": {"name": "text"}, "StackPolicy": {"Statement": []}}
    error: SourceArtifact::config/prod.json:1:51: the template configuration is not valid JSON: EOF while parsing an object
    SourceArtifact::config/prod.json:1:51: the template configuration is not valid JSON: EOF while parsing an object. Hint: write it as {"Parameters": {"Name": "text"}, "Tags": {"name": "text"}, "StackPolicy": {"Statement": []}}
    "#);
}

#[test]
fn a_secret_in_clear_text_is_warned_of_and_never_shown() {
    let configuration = format!("{{\"Parameters\": {{\"Password\": \"{SECRET}\", \"Stage\": \"prod\"}} }}\n\n");
    let world = world(&configuration);
    let ended = world.run().end().ok();
    assert_snapshot!(told(&world, &ended, "PutJobSuccessResult"), @r#"
    warning: the value of the NoEcho parameter Password stands in clear text in the template configuration, for everybody who can read the artifact
     --> SourceArtifact::config/prod.json:1:17
      |
    1 | {"Parameters": {"Password": "****", "Stage": "****"} }
      |                 ^^^^^^^^^^
      |
      = help: write a dynamic reference, such as {{resolve:secretsmanager:name}}, or give it with ParameterOverrides of the CloudFormation action
    Found 1 artifact in 1 template (1 object)
    Uploading to 3ac38f0465a43b1d548def2852865ba5  (38 B)  from SourceArtifact::src for Orders
    Packaged 1 artifact: 1 uploaded (148 B), 0 unchanged
    success
    "#);
    let files = output(&world);
    assert_eq!(files[3], ("config/prod.json".to_owned(), configuration), "copied as it is");
    assert!(files[..3].iter().all(|(_, text)| !text.contains(SECRET)));
}
