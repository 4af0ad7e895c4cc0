//! Assets of the CDK: a resource's metadata holds the path, and the property a location that the CDK uploads to.

use super::form::Form;
use crate::template::Node;

/// The asset of a resource, as its metadata describes it.
#[derive(Clone, Copy)]
pub struct Asset<'t> {
    /// Keys below `Properties`, with dots between.
    pub property: &'t str,
    pub path: Node<'t>,
}

impl<'t> Asset<'t> {
    /// Reads the metadata of a resource.
    pub fn read(resource: Node<'t>) -> Option<Self> {
        let metadata = resource.get("Metadata")?;
        let path = metadata.get("aws:asset:path").filter(|path| path.as_str().is_some())?;
        Some(Self { property: metadata.get("aws:asset:property")?.as_str()?, path })
    }

    /// Whether a value stands for the asset. One that packaging wrote before does not.
    pub fn is_at(&self, value: Node<'_>, form: Form) -> bool {
        if let Some(intrinsic) = value.intrinsic() {
            return !(intrinsic.name == "Ref" && intrinsic.argument.as_str() == Some("AWS::NoValue"));
        }
        let is_empty = value.is_null() || value.as_str() == Some("");
        is_empty || holds_intrinsic(value) || literal_location(value, form).is_some_and(|it| self.is_location(it))
    }

    /// Whether the CDK uploads the asset to a location: the name of the object is the hash of the asset, or it has an
    /// extension and is in the bucket of a bootstrapped environment. Packaging gives keys without extension.
    fn is_location(&self, (bucket, key): (&str, &str)) -> bool {
        let name = key.rsplit('/').next().unwrap_or(key);
        let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
        let is_bootstrapped =
            bucket.split(['/', '.']).any(|part| part.starts_with("cdk-") && part.contains("-assets-"));
        self.hash() == Some(stem) || (is_bootstrapped && !matches!(extension, "" | "template"))
    }

    /// The hash in the path: `asset.HASH`, perhaps with an extension.
    fn hash(&self) -> Option<&str> {
        let name = self.path.as_str()?.rsplit('/').next()?.strip_prefix("asset.")?;
        Some(name.split_once('.').map_or(name, |(hash, _)| hash))
    }
}

fn holds_intrinsic(value: Node<'_>) -> bool {
    value.intrinsic().is_some() || value.entries().any(|(_, value)| holds_intrinsic(value))
}

/// Bucket and key, of a URL what precedes the last slash and what follows it.
fn literal_location<'t>(value: Node<'t>, form: Form) -> Option<(&'t str, &'t str)> {
    match form {
        Form::Fields { bucket, key, .. } => Some((value.get(bucket)?.as_str()?, value.get(key)?.as_str()?)),
        Form::Uri | Form::Url => value.as_str()?.split_once("://")?.1.rsplit_once('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::Asset;
    use crate::package::discovery::form::Form;
    use crate::template::Template;

    const FIELDS: Form = Form::Fields { bucket: "S3Bucket", key: "S3Key", version: None };

    #[test]
    fn a_value_stands_for_the_asset_until_it_is_packaged() {
        let sub = "{S3Bucket: {'Fn::Sub': 'cdk-x-assets-${AWS::AccountId}'}, S3Key: 1f.zip}";
        let rows = [
            ("intrinsic bucket", sub, FIELDS, true),
            ("empty", "''", FIELDS, true),
            ("null", "", FIELDS, true),
            ("the bucket of an environment", "{S3Bucket: cdk-hnb659fds-assets-1-eu, S3Key: other.zip}", FIELDS, true),
            ("a bucket of one's own", "{S3Bucket: mine, S3Key: 1f.zip}", FIELDS, true),
            ("a bucket prefix", "{S3Bucket: mine, S3Key: app/1f.zip}", FIELDS, true),
            ("packaged", "{S3Bucket: mine, S3Key: 6f8d7dde0ac7535b}", FIELDS, false),
            ("packaged to that bucket", "{S3Bucket: cdk-x-assets-1-eu, S3Key: app/6f8d7dde}", FIELDS, false),
            ("zip file", "{ZipFile: x}", FIELDS, false),
            ("a path", "asset.1f", FIELDS, false),
            ("joined", "{'Fn::Join': ['', ['https://s3.', {Ref: AWS::URLSuffix}]]}", Form::Url, true),
            ("a URL", "https://s3.eu.amazonaws.com/cdk-x-assets-1-eu/77.json", Form::Url, true),
            ("the other style of URL", "https://cdk-x-assets-1-eu.s3.eu.amazonaws.com/77.json", Form::Url, true),
            ("a packaged URL", "https://s3.eu.amazonaws.com/cdk-x-assets-1-eu/77.template", Form::Url, false),
            ("no value", "!Ref AWS::NoValue", FIELDS, false),
        ];
        for (name, value, form, expected) in rows {
            let text =
                format!("V: {value}\nMetadata: {{'aws:asset:path': out/asset.1f.zip, 'aws:asset:property': Code}}\n");
            let template = Template::parse("t.yaml", text.into_bytes()).unwrap();
            let asset = Asset::read(template.root()).unwrap();
            assert_eq!(asset.is_at(template.root().get("V").unwrap(), form), expected, "{name}");
        }
    }
}
