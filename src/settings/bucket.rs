//! Which bucket objects go to, and the folder in it.

use super::bucket_advice::advice;
use super::failure::refused;
use crate::cli::is_bucket_name_in;
use crate::facts::{Environment, Failure};

/// The word that stands for the artifact bucket of the pipeline.
pub const AUTO: &str = "auto";
/// In a build that a pipeline runs, the ARN of the input artifact:
/// `arn:aws:s3:::<artifact bucket>/<pipeline>/<artifact>/<name>.zip`.
const CODEBUILD_SOURCE_VERSION: &str = "CODEBUILD_SOURCE_VERSION";
/// In a build that a pipeline runs: `codepipeline/<pipeline>`.
const CODEBUILD_INITIATOR: &str = "CODEBUILD_INITIATOR";

/// Where objects go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketChoice {
    Named(String),
    /// The bucket of sam's managed stack, made if absent.
    Managed,
}

impl BucketChoice {
    /// Reads `--s3-bucket` and `--resolve-s3`. `region` is the region of the bucket, if that is known.
    pub fn choose(
        name: Option<&str>,
        managed: bool,
        region: Option<&str>,
        environment: &Environment,
    ) -> Result<Option<Self>, Failure> {
        match (name, managed) {
            (Some(_), true) => Err(refused(
                "--s3-bucket and --resolve-s3 are both given: use only one",
                "name the bucket, or leave it to sam's managed stack",
            )),
            (None, true) => Ok(Some(Self::Managed)),
            (None, false) => Ok(None),
            (Some(AUTO), false) => pipeline_bucket(environment).map(|name| Some(Self::Named(name))),
            (Some(name), false) if is_bucket_name_in(region, name) => Ok(Some(Self::Named(name.to_owned()))),
            (Some(name), false) => Err(not_a_name(name)),
        }
    }
}

fn not_a_name(name: &str) -> Failure {
    refused(format!("--s3-bucket: {name:?} is not the name of a bucket"), advice(name))
}

/// The bucket of the input artifact of a CodeBuild action. A build that was started in another way may have an S3 source
/// in a bucket that is not for uploads.
fn pipeline_bucket(environment: &Environment) -> Result<String, Failure> {
    let no_pipeline = |why: &str| {
        refused(
            format!("--s3-bucket auto: {why}"),
            "name the bucket; auto works in a CodeBuild action of a CodePipeline pipeline",
        )
    };
    let initiator = environment.get(CODEBUILD_INITIATOR);
    if initiator.is_none_or(|initiator| !initiator.starts_with("codepipeline/")) {
        return Err(no_pipeline("no pipeline started this (CODEBUILD_INITIATOR does not name one)"));
    }
    let arn = environment.get(CODEBUILD_SOURCE_VERSION).unwrap_or_default();
    let bucket = artifact_bucket(arn).map(str::to_owned);
    bucket.ok_or_else(|| no_pipeline("CODEBUILD_SOURCE_VERSION is not the S3 ARN of an input artifact"))
}

fn artifact_bucket(arn: &str) -> Option<&str> {
    let (partition, resource) = arn.strip_prefix("arn:")?.split_once(":s3:::")?;
    let (bucket, key) = resource.split_once('/')?;
    (!partition.is_empty() && !bucket.is_empty() && !key.is_empty()).then_some(bucket)
}

/// A prefix without slashes at its ends or beside each other. `None` when nothing is left.
pub fn prefix(text: &str) -> Option<String> {
    let folders: Vec<&str> = text.split('/').filter(|folder| !folder.is_empty()).collect();
    (!folders.is_empty()).then(|| folders.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{BucketChoice, prefix};
    use crate::facts::Environment;

    #[test]
    fn a_prefix_has_no_needless_slash() {
        let rows = [
            ("", None),
            ("/", None),
            ("p", Some("p")),
            ("p/", Some("p")),
            ("/p", Some("p")),
            ("//a//b//", Some("a/b")),
        ];
        for (text, expected) in rows {
            assert_eq!(prefix(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn auto_is_the_bucket_of_the_input_artifact() {
        let pipeline = "codepipeline/shop";
        let rows = [
            ("in a pipeline", pipeline, "arn:aws:s3:::artifacts-1/shop/Source/a.zip", Ok("artifacts-1")),
            ("in China", pipeline, "arn:aws-cn:s3:::artifacts-1/shop/Source/a.zip", Ok("artifacts-1")),
            ("no pipeline", "someone", "arn:aws:s3:::artifacts-1/x/a.zip", Err("CODEBUILD_INITIATOR")),
            ("a commit", pipeline, "0123abcd", Err("CODEBUILD_SOURCE_VERSION")),
            ("no key", pipeline, "arn:aws:s3:::artifacts-1", Err("CODEBUILD_SOURCE_VERSION")),
            ("nothing", "", "", Err("CODEBUILD_INITIATOR")),
        ];
        for (name, initiator, version, expected) in rows {
            let pairs = [("CODEBUILD_INITIATOR", initiator), ("CODEBUILD_SOURCE_VERSION", version)];
            let environment: Environment = pairs.into_iter().collect();
            let choice = BucketChoice::choose(Some("auto"), false, None, &environment);
            match (choice.map_err(|failure| failure.cause()), expected) {
                (Ok(Some(BucketChoice::Named(bucket))), Ok(expected)) => assert_eq!(bucket, expected, "{name}"),
                (Err(cause), Err(variable)) => assert!(cause.contains(variable), "{name}: {cause}"),
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn one_way_to_the_bucket_at_most() {
        let choose = |name: Option<&str>, managed| {
            BucketChoice::choose(name, managed, None, &Environment::default()).map_err(|failure| failure.cause())
        };
        assert_eq!(choose(None, false), Ok(None));
        assert_eq!(choose(None, true), Ok(Some(BucketChoice::Managed)));
        assert_eq!(choose(Some("b"), false), Ok(Some(BucketChoice::Named("b".to_owned()))));
        assert!(choose(Some("b"), true).unwrap_err().contains("use only one"));
        for name in ["", "s3://b", "b/folder", "arn:aws:s3:eu-west-1:111122223333:accesspoint/x", "b c", "ü", ".", ".."]
        {
            let expected = format!("--s3-bucket: {name:?} is not the name of a bucket");
            assert_eq!(choose(Some(name), false).unwrap_err(), expected);
        }
    }
    #[test]
    fn a_bucket_with_capitals_is_old_and_in_us_east_1() {
        let choose = |region| BucketChoice::choose(Some("New_Code"), false, region, &Environment::default());
        assert!(choose(None).is_ok() && choose(Some("us-east-1")).is_ok());
        let failure = choose(Some("eu-west-1")).unwrap_err();
        assert_eq!(failure.cause(), "--s3-bucket: \"New_Code\" is not the name of a bucket");
        let hint = "the names of buckets have lower-case letters, digits, - and ., such as new-code; others exist in \
                    us-east-1 alone";
        assert_eq!(failure.problems[0].hint.as_deref(), Some(hint));
    }
}
