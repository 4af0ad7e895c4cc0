//! Where in the templates that the user wrote a resource or a property stands.

use crate::facts::{Excerpt, Place};
use crate::template::{Node, Template};
use std::sync::Arc;

/// Lines of an excerpt above its place.
const LINES_BEFORE: usize = 4;
/// Lines of an excerpt below its place.
const LINES_AFTER: usize = 5;

/// The template of the stack, and those of nested stacks as far as they are local files.
#[derive(Debug, Clone, Copy)]
pub struct Lines<'t> {
    pub root: &'t Template,
    /// Each with the logical ids of its stack and the nested stacks above.
    pub nested: &'t [(Vec<String>, Arc<Template>)],
}

impl<'t> Lines<'t> {
    /// The place of a resource: a path of logical ids. A nested stack whose template is not known stands for what it
    /// holds.
    pub fn resource(&self, path: &[String]) -> Option<Place> {
        self.find(path).map(|(name, _)| place(name, path))
    }

    /// The place of a property of a resource. `property` is a path as CloudFormation gives it, such as
    /// `/Resources/Queue/Properties/Name` or `Name`. As much of it as the template has is followed.
    pub fn property(&self, path: &[String], property: &str) -> Option<Place> {
        let (name, resource) = self.find(path)?;
        let parts: Vec<_> = property.split(['/', '.']).filter(|part| !part.is_empty()).collect();
        let parts = match parts.as_slice() {
            ["Resources", _, rest @ ..] => rest,
            rest => rest,
        };
        let parts = parts.strip_prefix(&["Properties"]).unwrap_or(parts);
        let start = resource.get("Properties")?;
        Some(match parts.first().and_then(|_| follow(start, parts)) {
            Some(found) => place(found, path),
            None => place(name, path),
        })
    }

    /// Lines around a place of a resource, none of them outside of the resource. `None` where the text that is packaged
    /// differs from the file, since its lines have other numbers.
    pub fn excerpt(&self, path: &[String], place: &Place) -> Option<Excerpt> {
        let (name, resource) = self.find(path)?;
        let text = name.template().text();
        let start = text[..name.span().start].rfind('\n').map_or(0, |at| at + 1);
        let block = text[start..resource.span().end.max(start)].lines();
        let top = name.place().line;
        let first_line = place.line.saturating_sub(LINES_BEFORE).max(top);
        let count = place.line + 1 + LINES_AFTER - first_line;
        let lines: Vec<_> = block.skip(first_line - top).take(count).map(str::to_owned).collect();
        let marked = lines.get(place.line.checked_sub(first_line)?)?;
        let is_same = !place.source_line.is_empty() && place.source_line.starts_with(marked.as_str());
        is_same.then_some(Excerpt { first_line, lines, marked_line: place.line })
    }

    /// Key and value of a resource.
    fn find(&self, path: &[String]) -> Option<(Node<'t>, Node<'t>)> {
        let (logical_id, parents) = path.split_last()?;
        match self.template(parents) {
            Some(template) => resource(template, logical_id),
            None => self.find(parents),
        }
    }

    fn template(&self, parents: &[String]) -> Option<&'t Template> {
        if parents.is_empty() {
            return Some(self.root);
        }
        self.nested.iter().find(|(path, _)| path == parents).map(|(_, template)| template.as_ref())
    }

    /// The function that answers a custom resource, if its token is one of the template's own functions.
    pub fn function_of_custom_resource(&self, path: &[String]) -> Option<String> {
        let (_, resource) = self.find(path)?;
        let token = resource.get("Properties")?.get("ServiceToken")?.intrinsic()?;
        let argument = token.argument;
        let first = argument.items().next().and_then(Node::as_str).or_else(|| argument.as_str());
        first.and_then(|text| text.split('.').next()).map(str::to_owned)
    }
}

/// The key and value of a resource. What a macro makes of a resource has a logical id that begins with its own.
fn resource<'t>(template: &'t Template, logical_id: &str) -> Option<(Node<'t>, Node<'t>)> {
    let resources = template.root().get("Resources")?;
    let named = |(name, _): &(Node<'t>, Node<'t>)| name.as_str() == Some(logical_id);
    let is_origin = |(name, value): &(Node<'t>, Node<'t>)| {
        let is_prefix = name.as_str().is_some_and(|name| logical_id.starts_with(name));
        is_prefix && value.get("Type").and_then(Node::as_str).is_some_and(|it| it.starts_with("AWS::Serverless::"))
    };
    let longest = |(name, _): &(Node<'t>, Node<'t>)| name.as_str().map_or(0, str::len);
    resources.entries().find(named).or_else(|| resources.entries().filter(is_origin).max_by_key(longest))
}

/// The last node of a path that exists, if its first part does.
fn follow<'t>(start: Node<'t>, parts: &[&str]) -> Option<Node<'t>> {
    let step = |node: Node<'t>, part: &str| match part.parse::<usize>() {
        Ok(index) if node.is_sequence() => node.items().nth(index),
        Ok(_) | Err(_) => node.get(part),
    };
    let (first, rest) = parts.split_first()?;
    let mut node = step(start, first)?;
    for part in rest {
        match step(node, part) {
            Some(next) => node = next,
            None => break,
        }
    }
    Some(node)
}

fn place(node: Node<'_>, path: &[String]) -> Place {
    Place { subject: Some(path.join("/")), ..node.place() }
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use crate::facts::Place;
    use crate::template::Template;
    use std::sync::Arc;

    const TEMPLATE: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
  HelloAgain:
    Type: AWS::Serverless::Function
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: q
      Tags:
        - Key: a
          Value: b
  Child:
    Type: AWS::CloudFormation::Stack
  Custom:
    Type: Custom::Thing
    Properties:
      ServiceToken: !GetAtt Hello.Arn
";
    const CHILD: &str = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n";

    fn path(text: &str) -> Vec<String> {
        text.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn a_resource_and_a_property_have_a_place() {
        let root = Template::parse("template.yaml", TEMPLATE.as_bytes().to_vec()).unwrap();
        let child = Template::parse("child.yaml", CHILD.as_bytes().to_vec()).unwrap();
        let nested = [(path("Child"), Arc::new(child))];
        let lines = Lines { root: &root, nested: &nested };
        let rows = [
            ("Queue", None, Some("template.yaml:9:3")),
            ("HelloRole", None, Some("template.yaml:3:3")),
            ("HelloAgainRole", None, Some("template.yaml:7:3")),
            ("ServerlessRestApi", None, None),
            ("Child/Topic", None, Some("child.yaml:2:3")),
            ("Child/Deeper/Thing", None, None),
            ("Queue", Some("/Resources/Queue/Properties/QueueName"), Some("template.yaml:12:18")),
            ("Queue", Some("/Resources/Queue/Properties/Tags/0/Value"), Some("template.yaml:15:18")),
            ("Queue", Some("Tags.0.Value"), Some("template.yaml:15:18")),
            ("Queue", Some("/Resources/Queue/Properties/Absent"), Some("template.yaml:9:3")),
        ];
        for (resource, property, expected) in rows {
            let path = path(resource);
            let place = match property {
                Some(property) => lines.property(&path, property),
                None => lines.resource(&path),
            };
            assert_eq!(place.map(|it| it.to_string()).as_deref(), expected, "{resource} {property:?}");
        }
        assert_eq!(lines.function_of_custom_resource(&path("Custom")).as_deref(), Some("Hello"));
    }

    #[test]
    fn an_excerpt_stays_within_its_resource() {
        let root = Template::parse("template.yaml", TEMPLATE.as_bytes().to_vec()).unwrap();
        let lines = Lines { root: &root, nested: &[] };
        let shown = |resource: &str, property: &str| {
            let place = lines.property(&path(resource), property).unwrap();
            let excerpt = lines.excerpt(&path(resource), &place).unwrap();
            assert_eq!(excerpt.lines[excerpt.marked_line - excerpt.first_line], place.source_line);
            (excerpt.first_line, excerpt.lines.len())
        };
        assert_eq!(shown("Hello", "Runtime"), (3, 4), "the whole of a short one");
        assert_eq!(shown("Queue", "Tags.0.Value"), (11, 5), "four lines before");
        let elsewhere = Place { source_line: "other".to_owned(), ..lines.resource(&path("Queue")).unwrap() };
        assert_eq!(lines.excerpt(&path("Queue"), &elsewhere), None, "the file has other lines");
    }

    #[test]
    fn what_an_unknown_nested_template_holds_stands_at_its_stack() {
        let root = Template::parse("template.yaml", TEMPLATE.as_bytes().to_vec()).unwrap();
        let lines = Lines { root: &root, nested: &[] };
        assert_eq!(lines.resource(&path("Child/Topic")).unwrap().to_string(), "template.yaml:16:3");
    }
}
