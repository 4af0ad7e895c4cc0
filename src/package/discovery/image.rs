//! Functions whose package is an image. Images are not packaged: what a deployment will miss is a warning.

use super::intrinsics::has_intrinsic;
use crate::facts::{Warning, WarningKind};
use crate::template::Node;

/// What stands for the URI of an image.
enum Uri<'t> {
    /// The property is missing from this mapping, or this is its empty value.
    Missing(Node<'t>),
    Text(Node<'t>, &'t str),
    Computed(Node<'t>),
}

/// Warns of an image that a deployment will not find.
pub fn check(logical_id: &str, resource: Node<'_>, properties: Node<'_>) -> Vec<Warning> {
    let property = match resource.get("Type").and_then(Node::as_str) {
        Some("AWS::Lambda::Function") => "Code.ImageUri",
        Some(_) | None => "ImageUri",
    };
    let mut uris = Vec::new();
    collect(properties, &property.split('.').collect::<Vec<_>>(), &mut uris);
    let asset = docker_asset(resource);
    let warnings = uris.into_iter().filter_map(|uri| problem(logical_id, property, uri, asset));
    let name = format!("image of {logical_id}");
    let warnings = warnings.map(|(kind, node)| Warning::new(name.clone(), kind).with_place(Some(node.place())));
    warnings.map(|warning| warning.with_resource(logical_id)).collect()
}

/// Finds the URI, in the branches of `Fn::If` too.
fn collect<'t>(node: Node<'t>, keys: &[&str], uris: &mut Vec<Uri<'t>>) {
    match (node.intrinsic(), keys) {
        (Some(intrinsic), _) if intrinsic.name == "Fn::If" => {
            intrinsic.argument.items().skip(1).for_each(|branch| collect(branch, keys, uris));
        }
        (Some(_), []) => uris.push(Uri::Computed(node)),
        (Some(_), _) => {}
        (None, []) => match node.as_str() {
            Some("") | None => uris.push(Uri::Missing(node)),
            Some(text) => uris.push(Uri::Text(node, text)),
        },
        (None, [key, rest @ ..]) => match node.get(key) {
            Some(child) => collect(child, rest, uris),
            None if has_intrinsic(node) => {}
            None => uris.push(Uri::Missing(node)),
        },
    }
}

fn problem<'t>(logical_id: &str, property: &str, uri: Uri<'t>, asset: Option<&str>) -> Option<(WarningKind, Node<'t>)> {
    let logical_id = logical_id.to_owned();
    match (uri, asset) {
        (Uri::Missing(node), _) => {
            Some((WarningKind::ImageMissing { logical_id, property: property.to_owned() }, node))
        }
        (Uri::Text(node, text), Some(path)) if text.contains("-container-assets") => {
            Some((WarningKind::ImageAssetLeftAlone { logical_id, path: path.to_owned() }, node))
        }
        (Uri::Text(node, text), _) => is_local(text).then_some((WarningKind::ImageLeftAlone { logical_id }, node)),
        (Uri::Computed(node), Some(path)) => {
            Some((WarningKind::ImageAssetLeftAlone { logical_id, path: path.to_owned() }, node))
        }
        (Uri::Computed(_), None) => None,
    }
}

/// Lambda takes images from ECR alone.
fn is_local(uri: &str) -> bool {
    !uri.contains(".dkr.ecr.") && !uri.contains("{{resolve:")
}

/// The folder from which the CDK builds the image.
fn docker_asset(resource: Node<'_>) -> Option<&str> {
    let metadata = resource.get("Metadata")?;
    let is_image = metadata.get("aws:asset:dockerfile-path").is_some()
        || metadata.get("aws:asset:property").and_then(Node::as_str) == Some("Code.ImageUri");
    metadata.get("aws:asset:path").filter(|_| is_image)?.as_str()
}
