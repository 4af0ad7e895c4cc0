//! Answers of the AWS Query protocol: a tree of JSON as elements.

use super::call::Refusal;
use serde_json::Value;

const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";
const REQUEST_ID: &str = "REQ-CFN-1";

/// The document of an answer. `None` is an answer without a result.
pub fn answer(action: &str, result: Option<&Value>) -> String {
    let result = result.map(|result| element(&format!("{action}Result"), result)).unwrap_or_default();
    let metadata = format!("<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>");
    format!("<{action}Response xmlns=\"{NAMESPACE}\">{result}{metadata}</{action}Response>")
}

/// The document of a refusal.
pub fn refusal((status, code, message): &Refusal) -> String {
    let kind = if *status < 500 { "Sender" } else { "Receiver" };
    let error = serde_json::json!({"Type": kind, "Code": code, "Message": message});
    let error = element("Error", &error);
    format!("<ErrorResponse xmlns=\"{NAMESPACE}\">{error}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>")
}

fn element(name: &str, value: &Value) -> String {
    let inner = match value {
        Value::Null => return String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => escape(text),
        Value::Array(items) => items.iter().map(|item| element("member", item)).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| element(name, value)).collect(),
    };
    format!("<{name}>{inner}</{name}>")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#13;")
}
