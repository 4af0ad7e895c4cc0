//! The table: which property of which resource refers to a local artifact, and how its location is spelled once uploaded.
//!
//! It is the union of what `sam package` and `aws cloudformation package` know: a local path is never valid to
//! CloudFormation, so packaging it where only one of them would is always right.

use super::form::Form;

/// A property that may refer to a local artifact.
#[derive(Debug, PartialEq, Eq)]
pub struct Property {
    pub resource_type: &'static str,
    /// Keys below `Properties`, with dots between. `**` stands for any number of keys.
    pub path: &'static str,
    pub form: Form,
    pub content: Content,
    pub missing: Missing,
    pub unzipped_by: UnzippedBy,
}

/// What is uploaded for an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A zip of a folder. A file that is no archive becomes a zip with one entry.
    Zip,
    /// A zip of a folder. A file is uploaded as it is.
    AsIs,
    /// A template, which is packaged first.
    Template,
}

/// What happens when a property is missing, null or empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The folder of the template is packaged, as the peers do.
    TemplateFolder,
    Skip,
}

/// Which service unzips an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnzippedBy {
    /// Lambda, within its limits.
    Lambda,
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

/// `Globals.Function.CodeUri`, the code of each function that has no `CodeUri`.
pub const GLOBAL_CODE: Property = lambda("AWS::Serverless::Function", "CodeUri", Form::Uri);

/// The key of `Metadata` for the Serverless Application Repository.
pub const REPOSITORY_METADATA: &str = "AWS::ServerlessRepo::Application";

/// Properties of that metadata that may refer to a file.
pub const REPOSITORY_PROPERTIES: &[Property] =
    &[file(REPOSITORY_METADATA, "LicenseUrl", Form::Uri), file(REPOSITORY_METADATA, "ReadmeUrl", Form::Uri)];

/// `Location` of an `AWS::Include`, below the value of the transform.
pub const INCLUDE: Property = file("AWS::Include", "Parameters.Location", Form::Uri);

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
