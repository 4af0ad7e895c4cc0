//! The fake is one itself.

#![cfg(test)]

use super::service::{Call, State};
use serde_json::{Value, json};

fn call(operation: &str, input: Value) -> Call {
    Call { operation: operation.to_owned(), input }
}

#[test]
fn an_application_and_its_versions_are_created_once_and_read_back() {
    let mut state = State::new("http://localhost");
    let create = call(
        "CreateApplication",
        json!({"name": "a", "author": "x", "description": "d", "semanticVersion": "1.0.0", "templateBody": "A: 1"}),
    );
    let (status, created) = state.handle(&create).unwrap();
    let id = created["applicationId"].clone();
    assert_eq!((status, &created["version"]["semanticVersion"]), (201, &json!("1.0.0")));
    assert_eq!(state.handle(&create).unwrap_err().1, "ConflictException");
    let version = call(
        "CreateApplicationVersion",
        json!({"applicationId": id, "semanticVersion": "1.1.0", "templateBody": "A: 2"}),
    );
    state.handle(&version).unwrap();
    assert_eq!(state.handle(&version).unwrap_err().0, 409);
    let (_, latest) = state.handle(&call("GetApplication", json!({"applicationId": id}))).unwrap();
    assert_eq!(latest["version"]["semanticVersion"], "1.1.0");
    let absent = call("GetApplication", json!({"applicationId": id, "semanticVersion": "9.9.9"}));
    assert_eq!(state.handle(&absent).unwrap_err().0, 404);
    assert_eq!((state.template("a", "1.1.0").as_str(), state.copy(0).as_deref()), ("A: 2", Some("A: 1")));
}

#[test]
fn inputs_are_those_of_the_model() {
    let rows = [
        (json!({"name": "a", "author": "x"}), "description is required"),
        (json!({"name": "a", "author": "x", "description": "d", "Owner": "x"}), "unknown member Owner"),
        (json!({"name": "a", "author": "x", "description": "d", "labels": "one"}), "labels has the wrong type"),
        (json!({"name": "a", "author": "x", "description": "d", "readmeUrl": "./README.md"}), "Invalid S3 URI"),
    ];
    for (input, expected) in rows {
        let refusal = State::new("").handle(&call("CreateApplication", input.clone())).unwrap_err();
        assert_eq!((refusal.0, refusal.2.as_str()), (400, expected), "{input}");
    }
}
