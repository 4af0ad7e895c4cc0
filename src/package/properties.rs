//! The table: which property of which resource names a local artifact, and how its location is spelled once uploaded.
//!
//! It is the union of what `sam package` and `aws cloudformation package` know: a local path is never of use to
//! CloudFormation, so packaging it where only one of them would is always right.

use crate::facts::{S3Endpoint, S3Location};
use crate::template::NewValue;

/// One property that may name a local artifact.
#[derive(Debug)]
pub struct Property {
    /// The resource type.
    pub resource_type: &'static str,
    /// Keys below `Properties`, with dots between. `**` stands for any number of keys.
    pub path: &'static str,
    /// How the location is spelled.
    pub form: Form,
    /// What is made of the artifact.
    pub content: Content,
    /// What happens when the property is missing, null or empty.
    pub missing: Missing,
    /// Whether Lambda unzips it, within its limits.
    pub unzipped_by: UnzippedBy,
}

/// How a property spells the location of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `s3://bucket/key`.
    Uri,
    /// The path-style `https` URL.
    Url,
    /// A mapping with these keys.
    Fields {
        /// The key of the bucket's name.
        bucket: &'static str,
        /// The key of the object's key.
        key: &'static str,
        /// The key of the version, if the property has one.
        version: Option<&'static str>,
    },
}

/// What is made of an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A folder is zipped; a file that is no archive is zipped as a single entry.
    Zip,
    /// A folder is zipped; a file is uploaded as it is.
    AsIs,
    /// A template, which is packaged itself first.
    Template,
}

/// What happens when a property is missing, null or empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The folder of the template is packaged, as the peers do.
    TemplateFolder,
    /// Nothing.
    Skip,
}

/// Who unzips an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnzippedBy {
    /// Lambda.
    Lambda,
    /// Something else, or nobody.
    Other,
}

const S3_FIELDS: Form = Form::Fields { bucket: "S3Bucket", key: "S3Key", version: Some("S3ObjectVersion") };
const BUNDLE_FIELDS: Form = Form::Fields { bucket: "S3Bucket", key: "S3Key", version: None };
const FIELDS: Form = Form::Fields { bucket: "Bucket", key: "Key", version: Some("Version") };
const REPOSITORY_FIELDS: Form = Form::Fields { bucket: "Bucket", key: "Key", version: Some("ObjectVersion") };

const fn lambda(resource_type: &'static str, path: &'static str, form: Form) -> Property {
    let (content, missing) = (Content::Zip, Missing::TemplateFolder);
    Property { resource_type, path, form, content, missing, unzipped_by: UnzippedBy::Lambda }
}

const fn file(resource_type: &'static str, path: &'static str, form: Form) -> Property {
    let (content, missing) = (Content::AsIs, Missing::Skip);
    Property { resource_type, path, form, content, missing, unzipped_by: UnzippedBy::Other }
}

const fn folder(resource_type: &'static str, path: &'static str, form: Form) -> Property {
    Property { missing: Missing::TemplateFolder, ..file(resource_type, path, form) }
}

const fn template(resource_type: &'static str, path: &'static str) -> Property {
    Property { content: Content::Template, ..file(resource_type, path, Form::Url) }
}

/// Properties of resources, below `Properties`.
pub const RESOURCE_PROPERTIES: &[Property] = &[
    lambda("AWS::Serverless::Function", "CodeUri", Form::Uri),
    lambda("AWS::Serverless::WebFunction", "CodeUri", Form::Uri),
    lambda("AWS::Serverless::LayerVersion", "ContentUri", Form::Uri),
    lambda("AWS::Lambda::Function", "Code", S3_FIELDS),
    lambda("AWS::Lambda::LayerVersion", "Content", S3_FIELDS),
    file("AWS::Serverless::Api", "DefinitionUri", Form::Uri),
    file("AWS::Serverless::HttpApi", "DefinitionUri", Form::Uri),
    file("AWS::Serverless::StateMachine", "DefinitionUri", FIELDS),
    file("AWS::Serverless::GraphQLApi", "SchemaUri", Form::Uri),
    file("AWS::Serverless::GraphQLApi", "Functions.**.CodeUri", Form::Uri),
    file("AWS::Serverless::GraphQLApi", "Resolvers.**.CodeUri", Form::Uri),
    file("AWS::ApiGateway::RestApi", "BodyS3Location", FIELDS),
    file("AWS::ApiGatewayV2::Api", "BodyS3Location", FIELDS),
    file("AWS::AppSync::GraphQLSchema", "DefinitionS3Location", Form::Uri),
    file("AWS::AppSync::Resolver", "RequestMappingTemplateS3Location", Form::Uri),
    file("AWS::AppSync::Resolver", "ResponseMappingTemplateS3Location", Form::Uri),
    file("AWS::AppSync::Resolver", "CodeS3Location", Form::Uri),
    file("AWS::AppSync::FunctionConfiguration", "RequestMappingTemplateS3Location", Form::Uri),
    file("AWS::AppSync::FunctionConfiguration", "ResponseMappingTemplateS3Location", Form::Uri),
    file("AWS::AppSync::FunctionConfiguration", "CodeS3Location", Form::Uri),
    file("AWS::StepFunctions::StateMachine", "DefinitionS3Location", FIELDS),
    folder("AWS::ElasticBeanstalk::ApplicationVersion", "SourceBundle", BUNDLE_FIELDS),
    folder("AWS::CloudFormation::ModuleVersion", "ModulePackage", Form::Uri),
    folder("AWS::CloudFormation::ResourceVersion", "SchemaHandlerPackage", Form::Uri),
    folder("AWS::Glue::Job", "Command.ScriptLocation", Form::Uri),
    Property { content: Content::Zip, ..file("AWS::CodeCommit::Repository", "Code.S3", REPOSITORY_FIELDS) },
    template("AWS::Serverless::Application", "Location"),
    template("AWS::CloudFormation::Stack", "TemplateURL"),
    template("AWS::CloudFormation::StackSet", "TemplateURL"),
];

/// `Globals.Function.CodeUri`, which stands for the property of each function that has none of its own.
pub const GLOBAL_CODE: Property = lambda("AWS::Serverless::Function", "CodeUri", Form::Uri);

/// The key of `Metadata` under which the Serverless Application Repository's facts stand.
pub const REPOSITORY_METADATA: &str = "AWS::ServerlessRepo::Application";

/// Properties of that metadata.
pub const REPOSITORY_PROPERTIES: &[Property] =
    &[file(REPOSITORY_METADATA, "LicenseUrl", Form::Uri), file(REPOSITORY_METADATA, "ReadmeUrl", Form::Uri)];

/// `Location` of an `AWS::Include`, below the transform's own value.
pub const INCLUDE: Property = file("AWS::Include", "Parameters.Location", Form::Uri);

impl Form {
    /// The value that a template gets for an object.
    pub fn value(self, location: &S3Location, endpoint: &S3Endpoint) -> NewValue {
        self.value_with_key(location, endpoint, NewValue::Text(location.key.clone()))
    }

    /// The same with another spelling of the key, where the form keeps the key apart.
    pub fn value_with_key(self, location: &S3Location, endpoint: &S3Endpoint, object_key: NewValue) -> NewValue {
        match self {
            Self::Uri => NewValue::Text(location.uri()),
            Self::Url => NewValue::Text(location.url(endpoint)),
            Self::Fields { bucket, key, version } => {
                let mut fields =
                    vec![(bucket.to_owned(), NewValue::Text(location.bucket.clone())), (key.to_owned(), object_key)];
                if let (Some(name), Some(value)) = (version, &location.version) {
                    fields.push((name.to_owned(), NewValue::Text(value.clone())));
                }
                NewValue::Mapping(fields)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Form, Missing, RESOURCE_PROPERTIES, UnzippedBy};
    use std::collections::HashSet;

    #[test]
    fn each_row_stands_once() {
        let rows: HashSet<_> = RESOURCE_PROPERTIES.iter().map(|row| (row.resource_type, row.path)).collect();
        assert_eq!(rows.len(), RESOURCE_PROPERTIES.len());
    }

    #[test]
    fn the_template_folder_is_packaged_for_the_nine_properties_where_the_peers_do() {
        let rows = RESOURCE_PROPERTIES.iter().filter(|row| row.missing == Missing::TemplateFolder);
        let paths: Vec<_> = rows.map(|row| row.path).collect();
        let expected = [
            "CodeUri",
            "CodeUri",
            "ContentUri",
            "Code",
            "Content",
            "SourceBundle",
            "ModulePackage",
            "SchemaHandlerPackage",
            "Command.ScriptLocation",
        ];
        assert_eq!(paths, expected);
    }

    #[test]
    fn templates_are_named_by_url_and_only_code_is_unzipped_by_lambda() {
        for row in RESOURCE_PROPERTIES {
            assert_eq!(row.content == Content::Template, row.form == Form::Url, "{row:?}");
            assert!(row.unzipped_by == UnzippedBy::Other || row.content == Content::Zip, "{row:?}");
        }
    }
}
