//! What one template refers to outside of itself: local paths, and objects in S3.

use super::discovery::{self, Discovery, Found, Passed, Referent, Stored};
use crate::facts::{Failure, Place, S3Location, Warning, WarningKind};
use crate::template::Template;
use std::path::Path;

/// The files and objects that a template names, each in the order of the text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct References {
    pub local: Vec<LocalPath>,
    pub objects: Vec<S3Location>,
}

/// A local path in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPath {
    /// The property, such as `Function.CodeUri`.
    pub property: String,
    /// As the template has it, or its beginning.
    pub text: String,
    pub place: Place,
    /// Whether packaging replaces it by the location of an object.
    pub is_packaged: bool,
}

/// Finds what a template refers to; relative paths start at `folder`. Looks at no nested template.
pub fn references(template: &Template, folder: &Path) -> Result<References, Failure> {
    let Discovery { found, objects, consulted: _, failures, warnings } =
        discovery::discover(template, folder, &Passed::default());
    if let Some(failure) = Failure::all(failures) {
        return Err(failure);
    }
    let packaged = found.iter().flat_map(|found| packaged_paths(template, found));
    let mut local: Vec<_> = packaged.chain(warnings.into_iter().filter_map(path_of_function)).collect();
    local.sort_by_key(|path| (path.place.line, path.place.column));
    let objects = objects.into_iter().map(|Stored { location, .. }| location).collect();
    Ok(References { local, objects })
}

fn packaged_paths(template: &Template, found: &Found) -> Vec<LocalPath> {
    let property = format!("{}.{}", found.logical_id, found.row.path);
    let place = template.node(found.near).place();
    let texts = found.refers_to.all().filter_map(|referent| match referent {
        Referent::Path { text, .. } => Some(text.clone()),
        Referent::Object(_) => None,
    });
    let path = |text| LocalPath { property: property.clone(), text, place: place.clone(), is_packaged: true };
    texts.map(path).collect()
}

/// A path that an intrinsic function makes, which stays in the template.
fn path_of_function(warning: Warning) -> Option<LocalPath> {
    let WarningKind::LocalPathLeft { text, .. } = warning.kind else { return None };
    Some(LocalPath { property: warning.name, text, place: warning.place?, is_packaged: false })
}

#[cfg(test)]
mod tests {
    use super::references;
    use crate::template::Template;
    use std::path::Path;

    #[test]
    fn local_paths_and_objects_are_found_in_the_order_of_the_text() {
        let text = "\
Resources:
  A:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: !Sub './${AWS::Region}'}
  B:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ./src}
  C:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: 's3://bucket/key'}
  D:
    Type: AWS::Lambda::Function
    Properties: {Code: {S3Bucket: b, S3Key: k, S3ObjectVersion: v}}
  E:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: {Bucket: b, Key: k2}}
  F:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: 's3://b/child'}
";
        let template = Template::parse("t.yaml", text.as_bytes().to_vec()).unwrap();
        let found = references(&template, Path::new(".")).unwrap();
        let local: Vec<_> = found
            .local
            .iter()
            .map(|it| (it.property.as_str(), it.text.as_str(), it.place.line, it.is_packaged))
            .collect();
        assert_eq!(local, [("A.CodeUri", "./${AWS::Region}", 4, false), ("B.CodeUri", "./src", 7, true)]);
        let objects: Vec<_> = found.objects.iter().map(ToString::to_string).collect();
        assert_eq!(objects, ["s3://bucket/key", "s3://b/k?versionId=v", "s3://b/k2", "s3://b/child"]);
    }
}
