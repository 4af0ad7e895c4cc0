//! The outputs of a stack, as far as they are known without resources.

use super::plan::is_present;
use super::scope::Scope;
use super::state::OutputState;
use serde_json::Value;

/// The value of an output that depends on a resource or a secret.
pub const NOT_KNOWN: &str = "(known after a real deployment)";

pub fn outputs(scope: &Scope<'_>) -> Vec<OutputState> {
    let present = scope.document.section("Outputs").filter(|(_, body)| is_present(scope, body));
    let output = |(key, body): (&str, &Value)| OutputState {
        key: key.to_owned(),
        value: body.get("Value").and_then(|value| scope.text(value)).unwrap_or_else(|| NOT_KNOWN.to_owned()),
        description: body.get("Description").and_then(Value::as_str).map(str::to_owned),
        export_name: body.get("Export").and_then(|export| scope.text(export.get("Name")?)),
    };
    present.filter(|(key, _)| !key.starts_with("Fn::")).map(output).collect()
}
