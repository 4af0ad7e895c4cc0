//! Templates that an earlier run packaged.

use super::Site;
use crate::cloudformation::Script;
use crate::run::samstep;
use crate::s3_server::HOST;

const HISTORY: &str = "
    0 / CREATE_IN_PROGRESS User Initiated
    1 Child AWS::CloudFormation::Stack CREATE_IN_PROGRESS Resource creation Initiated
    2 Child/ CREATE_IN_PROGRESS User Initiated
    3 Child/Inner AWS::SNS::Topic CREATE_FAILED exists
    4 Child/ CREATE_FAILED The following resource(s) failed to create: [Inner].
    5 Child AWS::CloudFormation::Stack CREATE_FAILED Embedded stack arn:child was not successfully created: The following resource(s) failed to create: [Inner].
    6 / ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Child].
    7 / ROLLBACK_COMPLETE
";
const ROOT: &str = "# The shop.\n\nResources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: child.yaml}\n";

/// What stands before the cause of a failed deployment of the packaged template.
fn place_of_cause(manifest: &str, change: impl Fn(&Site)) -> String {
    let site =
        Site::of(ROOT, Script::plays(HISTORY)).with("child.yaml", "Resources:\n\n  Inner: {Type: AWS::SNS::Topic}\n");
    std::fs::create_dir(site.path().join("out")).unwrap();
    let words =
        ["--s3-bucket", "code", "--use-json", "--output-template-file", "out/packaged.json", "--manifest", manifest];
    let run = samstep(["package"].iter().chain(&words)).at(site.path()).signed_by(HOST);
    run.env("AWS_ENDPOINT_URL_S3", site.s3.url()).env("AWS_REGION", "us-east-1").end().ok();
    change(&site);
    let ended = site.deploy(&["--template-file", "out/packaged.json"]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let cause = ended.stderr.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    assert!(cause.contains("Child/Inner"), "{cause}");
    cause.split(": ").next().unwrap_or_default().to_owned()
}

#[test]
fn a_failure_of_a_packaged_template_stands_at_the_line_that_was_written() {
    let append =
        |name: &'static str| move |site: &Site| std::fs::write(site.path().join(name), site.read(name) + "\n").unwrap();
    let unchanged = |_: &Site| {};
    for manifest in ["out/manifest.json", "out/packaged.manifest.json"] {
        assert_eq!(place_of_cause(manifest, unchanged), "child.yaml:3:3", "{manifest}");
    }
    assert_eq!(place_of_cause("out/manifest.json", append("child.yaml")), "template.yaml:4:3", "the line of its stack");
    let packaged = "out/packaged.json:3:9";
    assert_eq!(place_of_cause("out/manifest.json", append("template.yaml")), packaged, "the source is another");
    assert_eq!(
        place_of_cause("out/manifest.json", append("out/packaged.json")),
        packaged,
        "the manifest is of another"
    );
    assert_eq!(place_of_cause("elsewhere.json", unchanged), packaged, "the manifest is not found");
    let remove = |site: &Site| std::fs::remove_file(site.path().join("template.yaml")).unwrap();
    assert_eq!(place_of_cause("out/manifest.json", remove), packaged, "the source is on another machine");
}
