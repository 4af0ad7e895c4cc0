//! The text of a packaged template, in a form that CloudFormation and the next action of a pipeline can read.
//!
//! A root template of more than 51,200 bytes cannot be sent with a request: it needs a bucket. CodePipeline's
//! CloudFormation action garbles characters outside ASCII in such a template (aws/aws-cdk#12372).

use super::locations::Locations;
use super::problem::{self, MAX_TEMPLATE_BYTES};
use super::splice::rewrite;
use super::stamp::Stamp;
use crate::facts::{Failure, FailureKind, WarningKind};
use crate::package::plan::PlannedTemplate;
use crate::template::{JsonForm, Template};
use std::path::Path;

/// The largest template that a request takes, in bytes (quota "template body size in a request").
const MAX_BODY_BYTES: usize = 51_200;

/// Indented JSON of more bytes is not written, even to be counted. Aliases may multiply what a template holds.
const MAX_INDENTED_BYTES: usize = 16 * MAX_TEMPLATE_BYTES;

/// How a packaged template is written.
#[derive(Debug, Clone, Copy)]
pub struct TextStyle {
    /// Whether it may be sent within a request, or by a CloudFormation action.
    pub in_request: bool,
    pub use_json: bool,
    /// Write the text whatever its size.
    pub keep_text: bool,
    pub stamp: Stamp,
}

/// The text of a packaged template.
#[derive(Debug, PartialEq, Eq)]
pub struct PackagedText {
    pub text: String,
    /// What was changed in it without being asked for, or what it needs.
    pub warning: Option<WarningKind>,
}

/// Writes a template with the locations of its artifacts.
pub fn packaged_text(
    planned: &PlannedTemplate,
    locations: &impl Locations,
    style: &TextStyle,
) -> Result<PackagedText, Failure> {
    let template = &*planned.template;
    let path = template.path();
    let text = rewrite(planned, locations, style.stamp)?;
    if text.len() > MAX_TEMPLATE_BYTES && is_hopeless(template) {
        return Err(problem::too_large(path, text.len()));
    }
    let text = if style.use_json { indented(template, text)? } else { text };
    let (limit, bytes) = (if style.in_request { MAX_BODY_BYTES } else { MAX_TEMPLATE_BYTES }, text.len());
    if bytes <= limit || (style.keep_text && bytes <= MAX_TEMPLATE_BYTES) {
        return Ok(PackagedText { text, warning: None });
    }
    if style.keep_text {
        return Err(problem::too_large(path, bytes));
    }
    let compact = json(template, &text, JsonForm::Compact, MAX_TEMPLATE_BYTES)?;
    choose(path, text, compact)
}

/// Chooses between a text that is over a limit and the same as compact JSON, if that is not too large.
fn choose(path: &Path, text: String, compact: Option<String>) -> Result<PackagedText, Failure> {
    let (template, bytes) = (path.to_path_buf(), text.len());
    let is_too_large = bytes > MAX_TEMPLATE_BYTES;
    let (text, warning) = match compact {
        Some(compact) if is_too_large => (compact, WarningKind::CommentsLeftOut { template }),
        None if is_too_large => return Err(problem::too_large(path, bytes)),
        Some(compact) if compact.len() <= MAX_BODY_BYTES => {
            (compact, WarningKind::CompactedForSize { template, bytes })
        }
        Some(compact) if !text.is_ascii() => (compact, WarningKind::CompactedForAscii { template, bytes }),
        Some(_) | None => (text, WarningKind::TemplateNeedsBucket { template, bytes }),
    };
    Ok(PackagedText { text, warning: Some(warning) })
}

/// Whether a template is so large that no locations in place of its paths bring it under the limit. The tree of its
/// packaged text is not made then, because that takes as much memory again.
fn is_hopeless(template: &Template) -> bool {
    template.to_json(JsonForm::Compact, 2 * MAX_TEMPLATE_BYTES).is_none()
}

/// The packaged text as JSON, as the peers lay it out.
fn indented(template: &Template, text: String) -> Result<String, Failure> {
    let json = json(template, &text, JsonForm::Indented, MAX_INDENTED_BYTES)?;
    json.ok_or_else(|| problem::too_large(template.path(), format_args!("more than {MAX_INDENTED_BYTES}")))
}

/// The packaged text as JSON, with a line break at its end; `None` if it has more bytes than that. A text that is too
/// large for this program to read is too large for CloudFormation.
fn json(template: &Template, text: &str, form: JsonForm, max_bytes: usize) -> Result<Option<String>, Failure> {
    let written = |packaged: &Template| packaged.to_json(form, max_bytes - 1).map(|json| json + "\n");
    if text == template.text() {
        return Ok(written(template));
    }
    match Template::parse(template.path(), text.as_bytes().to_vec()) {
        Ok(packaged) => Ok(written(&packaged)),
        Err(_) if text.len() > MAX_TEMPLATE_BYTES => Err(problem::too_large(template.path(), text.len())),
        Err(error) => {
            let message = format!("the packaged template cannot be read back: {}", error.cause());
            Err(Failure::new(FailureKind::Internal, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PackagedText, TextStyle, packaged_text};
    use crate::facts::{FailureKind, S3Endpoint, S3Location, WarningKind};
    use crate::package::plan::{Item, PlannedTemplate};
    use crate::package::rewrite::locations::Locations;
    use crate::package::rewrite::stamp::Stamp;
    use crate::template::Template;
    use std::sync::Arc;

    struct Nowhere(S3Endpoint);

    impl Locations for Nowhere {
        fn location(&self, _: &Item) -> S3Location {
            S3Location::new("b", "k")
        }

        fn endpoint(&self) -> &S3Endpoint {
            &self.0
        }
    }

    const ROOT: TextStyle = TextStyle { in_request: true, use_json: false, keep_text: false, stamp: Stamp::Nothing };
    const NESTED: TextStyle = TextStyle { in_request: false, ..ROOT };
    const KEPT: TextStyle = TextStyle { keep_text: true, ..ROOT };
    const JSON: TextStyle = TextStyle { use_json: true, ..ROOT };

    /// A template with a description and comments of so many bytes in all.
    fn template(description: &str, bytes: usize) -> String {
        let text = format!("Resources: {{}}\nDescription: '{description}'\n");
        let comment = bytes.saturating_sub(text.len());
        if comment == 0 { text } else { format!("{text}#{}\n", "c".repeat(comment - 2)) }
    }

    fn packaged(text: &str, style: &TextStyle) -> Result<PackagedText, (FailureKind, String)> {
        let template = Arc::new(Template::parse("t.yaml", text.as_bytes().to_vec()).unwrap());
        let planned = PlannedTemplate { template, artifacts: Vec::new() };
        let packaged = packaged_text(&planned, &Nowhere(S3Endpoint::new("https://s3")), style);
        packaged.map_err(|failure| (failure.kind, failure.cause()))
    }

    #[test]
    fn a_text_over_a_limit_becomes_compact_json_where_that_helps() {
        let template_path = || "t.yaml".into();
        let for_size = |bytes| Some(WarningKind::CompactedForSize { template: template_path(), bytes });
        let for_ascii = |bytes| Some(WarningKind::CompactedForAscii { template: template_path(), bytes });
        let needs_bucket = |bytes| Some(WarningKind::TemplateNeedsBucket { template: template_path(), bytes });
        let without_comments = Some(WarningKind::CommentsLeftOut { template: template_path() });
        let (long, umlauts) = ("x".repeat(60_000), "ü".repeat(10_000));
        let rows = [
            ("at the limit", template("x", 51_200), ROOT, "text", None),
            ("over it", template("x", 51_201), ROOT, "json", for_size(51_201)),
            ("over it, kept", template("x", 51_201), KEPT, "text", None),
            ("over it, nested", template("x", 51_201), NESTED, "text", None),
            ("over it without comments", template(&long, 60_036), ROOT, "text", needs_bucket(60_036)),
            ("not ASCII below it", template("ü", 51_200), ROOT, "text", None),
            ("not ASCII, small as JSON", template("ü", 51_201), ROOT, "json", for_size(51_201)),
            ("not ASCII, large as JSON", template(&umlauts, 60_000), ROOT, "json", for_ascii(60_000)),
            ("not ASCII, kept", template(&umlauts, 60_000), KEPT, "text", None),
            ("not ASCII, nested", template(&umlauts, 60_000), NESTED, "text", None),
            ("not ASCII, too large as JSON", template(&"ü".repeat(200_000), 0), ROOT, "text", needs_bucket(400_030)),
            ("over 1 MiB", template("x", 1_048_577), ROOT, "json", without_comments.clone()),
            ("over 1 MiB, nested", template("x", 1_048_577), NESTED, "json", without_comments),
        ];
        for (name, text, style, form, warning) in rows {
            let packaged = packaged(&text, &style).unwrap();
            assert_eq!(packaged.warning, warning, "{name}");
            match form {
                "text" => assert!(packaged.text == text, "{name}"),
                _ => {
                    let start = "{\"Resources\":{},\"Description\":\"";
                    assert!(packaged.text.starts_with(start) && packaged.text.is_ascii(), "{name}");
                }
            }
        }
    }

    #[test]
    fn a_text_that_cloudformation_would_refuse_is_a_failure_with_its_size() {
        let rows = [
            ("as text and as JSON", template(&"x".repeat(1_100_000), 0), ROOT, 1_100_030),
            ("nested", template(&"x".repeat(1_100_000), 0), NESTED, 1_100_030),
            ("far too large", template(&"x".repeat(2_200_000), 0), JSON, 2_200_030),
            ("kept", template("x", 1_048_577), KEPT, 1_048_577),
            ("JSON", template(&"\"".repeat(700_000), 0), JSON, 1_400_047),
        ];
        for (name, text, style, bytes) in rows {
            let message = format!(
                "t.yaml: once packaged, the template has {bytes} bytes, and CloudFormation reads at most 1048576"
            );
            assert_eq!(packaged(&text, &style), Err((FailureKind::Failed, message)), "{name}");
        }
    }
}
