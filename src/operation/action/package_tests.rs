use super::{PACKAGE_PROPERTIES, PackageRequest, Reader};
use crate::cli::{AllowArguments, CommandName};
use crate::facts::{Environment, Failure, S3Location, Secret};
use crate::operation::action::{Action, ActionHost, ArtifactPath, InputFile, InputFiles, Request, all_properties};
use crate::operation::find_row;
use crate::settings::{AwsSettings, Encryption, Output, PackageSettings};
use crate::testing::jobs::JOB_ID;
use std::path::Path;

const OF_HOST: &str = "arn:aws:iam::111122223333:role/host";
const OF_JOB: &str = "arn:aws:iam::999999999999:role/job";

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";

fn request(properties: &[(&str, &str)]) -> Result<PackageRequest, String> {
    let parse = || {
        let mut properties = all_properties(properties.iter().copied())?;
        let row = find_row(&mut properties)?;
        let output = S3Location::new("artifacts", "pipe/Packaged/Qw7Rt2Y");
        let request = (row.parse)(Action {
            job_id: JOB_ID,
            properties,
            inputs: Vec::new(),
            output: Some(&output),
            encryption_key: Some(KEY),
        })?;
        let Request::Package(request) = request else { panic!("{request:?}") };
        Ok(request)
    };
    parse().map_err(|failure: Failure| format!("{}; {}", failure.cause(), failure.problems[0].hint.as_ref().unwrap()))
}

/// The files of an input artifact in a folder.
struct Folder<'a>(&'a Path);

impl InputFiles for Folder<'_> {
    fn find(&self, path: &ArtifactPath) -> Result<InputFile, Failure> {
        Ok(InputFile { root: self.0.to_path_buf(), path: self.0.join(&path.path) })
    }
}

/// The settings of an action with these properties, on a host with a role and a key of its own.
fn settings(properties: &[(&str, &str)], samconfig: &str, allowed: &AllowArguments) -> Result<PackageSettings, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("template.yaml"), "Resources: {}\n").unwrap();
    let samconfig = format!("[default.package.parameters]\n{samconfig}\n");
    std::fs::write(folder.path().join("samconfig.toml"), samconfig).unwrap();
    let variables = [
        ("SAMSTEP_ASSUME_ROLE_ARN", OF_HOST),
        ("SAMSTEP_EXTERNAL_ID", "of-the-host"),
        ("SAMSTEP_KMS_KEY_ID", "of-the-host"),
    ];
    let aws = AwsSettings {
        region: Some("eu-west-1".to_owned()),
        role_arn: Some(OF_HOST.to_owned()),
        external_id: Some(Secret::new("of-the-host")),
        ..AwsSettings::default()
    };
    let host = ActionHost { aws: &aws, environment: &variables.into_iter().collect(), allowed };
    let properties: Vec<_> = [("TemplatePath", "template.yaml")].iter().chain(properties).copied().collect();
    let resolved = request(&properties)?.resolve(&Folder(folder.path()), &host);
    let settings = resolved.map_err(|failure| failure.cause())?.settings;
    assert_eq!(settings.aws.role_session, Some(format!("samstep-{JOB_ID}")));
    Ok(settings)
}

#[test]
fn a_role_that_a_job_names_never_gets_the_external_id_of_the_host() {
    let committed = "assume_role_arn = 'arn:aws:iam::1:role/committed'\nexternal_id = 'x'\nregion = 'xx-east-9'";
    let of_host = (Some(OF_HOST.to_owned()), Some("of-the-host".to_owned()));
    let of_job = |id: Option<&str>| (Some(OF_JOB.to_owned()), id.map(str::to_owned));
    let narrow = AllowArguments { allow_role: vec!["*:role/job".to_owned()], ..AllowArguments::default() };
    for allowed in [AllowArguments::default(), narrow] {
        let role = |properties: &[(&str, &str)]| {
            let aws = settings(properties, committed, &allowed).unwrap().aws;
            assert_eq!(aws.region.as_deref(), Some("eu-west-1"));
            (aws.role_arn, aws.external_id.map(|id| id.expose().to_owned()))
        };
        assert_eq!(role(&[]), of_host, "the role of the host is no choice of the job, and needs no leave");
        assert_eq!(role(&[("ExternalId", "x")]), of_host);
        assert_eq!(role(&[("AssumeRoleArn", OF_JOB)]), of_job(None));
        assert_eq!(role(&[("AssumeRoleArn", OF_JOB), ("ExternalId", "x")]), of_job(Some("x")));
    }
    let none = AllowArguments { allow_role: vec!["*:role/other".to_owned()], ..AllowArguments::default() };
    let refused = settings(&[("AssumeRoleArn", OF_JOB)], "", &none).unwrap_err();
    assert_eq!(refused, format!("the worker does not allow the role {OF_JOB}"));
    let region = settings(&[("Region", "us-east-1")], committed, &AllowArguments::default()).unwrap().aws.region;
    assert_eq!(region.as_deref(), Some("us-east-1"));
}

#[test]
fn code_is_encrypted_as_the_nearest_says() {
    let kms = |key: &str| Some(Encryption::Kms { key_id: Some(key.to_owned()) });
    let rows: [(&[(&str, &str)], &str, _); 6] = [
        (&[], "", kms("of-the-host")),
        (&[("Sse", "aes256")], "", Some(Encryption::Aes256)),
        (&[("Sse", "kms")], "", Some(Encryption::Kms { key_id: None })),
        (&[("KmsKeyId", "k")], "", kms("k")),
        (&[("Sse", "bucket-default")], "sse = 'aes256'", Some(Encryption::BucketDefault)),
        (&[("S3Bucket", "code")], "", kms("of-the-host")),
    ];
    for (properties, samconfig, expected) in rows {
        let settings = settings(properties, samconfig, &AllowArguments::default()).unwrap();
        assert_eq!(settings.objects.encryption, expected, "{properties:?}");
    }
    let request = request(&[("TemplatePath", "t.yaml")]).unwrap();
    let encryption = |variables: &[(&str, &str)]| {
        let environment = variables.iter().copied().collect();
        request.artifacts.encryption(&request.artifacts.complete(request.properties.clone(), &environment))
    };
    assert_eq!(encryption(&[]), kms(KEY), "like the artifacts, unless something else is said");
    assert_eq!(encryption(&[("SAMSTEP_S3_BUCKET", "artifacts")]), kms(KEY));
    assert_eq!(encryption(&[("SAMSTEP_S3_BUCKET", "of-the-host")]), None);
}

#[test]
fn properties_are_the_flags_in_pascal_case() {
    let options = r#"{"forceUpload": true, "UploadConcurrency": 4, "Metadata": {"a": "b", "c": 1}, "x": null}"#;
    let asked = [("Operation", "package"), ("TemplatePath", "Source::app/t.json"), ("Pool", "p"), ("Options", options)];
    let request = request(&asked).unwrap();
    assert_eq!(request.template, ArtifactPath { artifact: Some("Source".into()), path: "app/t.json".into() });
    assert_eq!(request.output_template, "packaged.json");
    let properties = request.artifacts.complete(request.properties.clone(), &Environment::default());
    let properties: Vec<_> = properties.iter().map(|(key, value)| format!("{key} {value}")).collect();
    assert_eq!(
        properties,
        ["ForceUpload true", "Metadata a=b,c=1", "ResolveS3 false", "S3Bucket artifacts", "UploadConcurrency 4"]
    );
}

#[test]
fn the_bucket_is_the_named_one_or_the_hosts_or_that_of_the_artifacts() {
    let host = [("SAMSTEP_S3_BUCKET", "of-the-host")];
    let rows: [(&[(&str, &str)], &[(&str, &str)], &str); 6] = [
        (&[], &[], "artifacts"),
        (&[("S3Bucket", "auto")], &[], "artifacts"),
        (&[("S3Bucket", "code")], &[], "code"),
        (&[], &host, "of-the-host"),
        (&[("S3Bucket", "auto")], &host, "artifacts"),
        (&[("S3Bucket", "code")], &host, "code"),
    ];
    for (asked, variables, expected) in rows {
        let properties: Vec<_> = [("TemplatePath", "t.yaml")].iter().chain(asked).copied().collect();
        let request = request(&properties).unwrap();
        let environment = variables.iter().copied().collect();
        let properties = request.artifacts.complete(request.properties.clone(), &environment);
        assert_eq!(properties["S3Bucket"], expected, "{asked:?}");
    }
}

#[test]
fn the_managed_bucket_needs_no_other() {
    let request = request(&[("TemplatePath", "t.yml"), ("ResolveS3", "True"), ("UseJson", "true")]).unwrap();
    let properties = request.artifacts.complete(request.properties.clone(), &Environment::default());
    assert_eq!((properties.get("S3Bucket"), request.output_template.as_str()), (None, "packaged.json"));
}

#[test]
fn what_the_action_type_requires_is_missed_and_what_it_offers_is_allowed() {
    for property in PACKAGE_PROPERTIES.iter().filter(|property| property.required && property.reader == Reader::Job) {
        let error = request(&[("S3Bucket", "code")]).err().unwrap();
        assert!(error.contains(&format!("has no {}", property.name)), "{error}");
    }
    for property in PACKAGE_PROPERTIES.iter().filter(|property| property.reader == Reader::Step) {
        assert_eq!(crate::cli::check_host_only(CommandName::Package, property.name), Ok(()), "{}", property.name);
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let template = ("TemplatePath", "t.yaml");
    let rows: [(&str, &[(&str, &str)], &str); 13] = [
        ("no template", &[], "has no TemplatePath; give the template as Artifact::path"),
        ("operation", &[("Operation", "deploi")], "unknown operation `deploi`; the operations are: package, deploy"),
        ("host's own", &[template, ("Profile", "p")], "sets Profile, which a job may not; the worker's own role"),
        ("another spelling", &[template, ("endpoint-url", "p")], "sets EndpointUrl, which"),
        ("two spellings", &[template, ("s3-prefix", "p"), ("S3Prefix", "q")], "gives S3Prefix twice"),
        ("host's own in options", &[template, ("Options", r#"{"endpointUrl":"x"}"#)], "sets EndpointUrl, which"),
        ("twice", &[template, ("S3Prefix", "p"), ("Options", r#"{"S3Prefix":"x"}"#)], "gives S3Prefix twice"),
        ("options", &[template, ("Options", "[")], "must be a JSON object: it is not valid JSON"),
        ("options list", &[template, ("Options", "[]")], "must be a JSON object: it must be an object, not a list"),
        (
            "options depth",
            &[template, ("Options", r#"{"A":{"b":[]}}"#)],
            "A.b must be text, a number or a boolean (line 1, column 11)",
        ),
        ("template up", &[("TemplatePath", "S::../t")], "TemplatePath of the action configuration is `S::../t`"),
        (
            "output absolute",
            &[template, ("OutputTemplateFile", "/t")],
            "OutputTemplateFile of the action configuration is `/t`",
        ),
        ("same name", &[template, ("OutputTemplateFile", "./manifest.json")], "would have the name manifest.json"),
    ];
    for (name, properties, expected) in rows {
        let error = request(properties).err().unwrap();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[test]
fn the_output_artifact_holds_the_template_the_manifest_and_what_is_handed_on() {
    let asked =
        [("TemplateConfiguration", "config/prod.json"), ("S3Prefix", "app"), ("OutputTemplateFile", "out/t.yml")];
    let settings = settings(&asked, "manifest = 'm.json'", &AllowArguments::default()).unwrap();
    assert_eq!(settings.targets[0].output, Output::File("out/t.yml".into()));
    assert_eq!(settings.manifest.as_deref(), Some(Path::new("manifest.json")));
    let handed_on: Vec<_> = settings.handed_on.iter().map(|it| it.name.display().to_string()).collect();
    assert_eq!(handed_on, ["config/prod.json"]);
    let outputs: Vec<_> = settings.outputs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(outputs, ["Bucket=artifacts", "Prefix=app"]);
}
