//! What is known of a template before anything is deployed: functions of parameters, mappings and conditions.

use super::document::{Document, function, scalar};
use super::state::ParameterState;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Bytes of a text that is put together here. A longer one is left as a function.
const MAX_TEXT_BYTES: usize = 64 << 10;

/// A template with the values of its parameters and the names of its stack.
pub struct Scope<'a> {
    pub document: &'a Document,
    pub parameters: &'a BTreeMap<String, ParameterState>,
    pub stack: &'a str,
    pub region: &'a str,
    /// Conditions that were evaluated; one that is being evaluated is not known.
    pub evaluated: RefCell<BTreeMap<String, Option<bool>>>,
}

impl<'a> Scope<'a> {
    pub fn new(
        document: &'a Document,
        parameters: &'a BTreeMap<String, ParameterState>,
        stack: &'a str,
        region: &'a str,
    ) -> Self {
        Self { document, parameters, stack, region, evaluated: RefCell::default() }
    }

    /// The value with all functions replaced whose result is known; `None` for `AWS::NoValue`. A secret is the function
    /// with the digest of its value: equal results mean equal values.
    pub fn resolve(&self, value: &Value) -> Option<Value> {
        if let Some((name, argument)) = function(value) {
            return self.call(name, argument);
        }
        Some(match value {
            Value::Array(items) => Value::Array(items.iter().filter_map(|item| self.resolve(item)).collect()),
            Value::Object(entries) => {
                let resolved = entries.iter().filter_map(|(key, value)| Some((key.clone(), self.resolve(value)?)));
                Value::Object(resolved.collect())
            }
            Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => value.clone(),
        })
    }

    fn call(&self, name: &str, argument: &Value) -> Option<Value> {
        let result = match name {
            "Ref" => return self.reference(argument.as_str().unwrap_or_default()),
            "Fn::If" => return self.choose(argument),
            "Fn::Sub" => return Some(self.substitute(argument)),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::Join" => self.join(argument),
            "Fn::Select" => self.select(argument),
            "Fn::Split" => self.split(argument),
            _ => None,
        };
        result.or_else(|| Some(unresolved(name, self.resolve(argument).unwrap_or(Value::Null))))
    }

    fn reference(&self, name: &str) -> Option<Value> {
        match name {
            "AWS::NoValue" => None,
            "AWS::StackName" => Some(json!(self.stack)),
            "AWS::Region" => Some(json!(self.region)),
            _ => Some(match self.parameters.get(name) {
                Some(ParameterState::Value(value)) => self.parameter(name, value),
                Some(ParameterState::Digest(digest)) => json!({"Ref": name, "Digest": digest}),
                Some(ParameterState::Unresolved(expression)) => json!({"Ref": name, "Value": expression}),
                None => json!({"Ref": name}),
            }),
        }
    }

    fn parameter(&self, name: &str, value: &str) -> Value {
        match self.document.parameter_type(name).unwrap_or_default() {
            // The value is the name of a parameter in the Parameter Store.
            kind if kind.starts_with("AWS::SSM::") => json!({"Ref": name, "Key": value}),
            kind if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
                value.split(',').map(str::trim).collect()
            }
            _ => json!(value),
        }
    }

    fn choose(&self, argument: &Value) -> Option<Value> {
        let [condition, yes, no] = items(argument)? else { return None };
        match self.condition(condition.as_str().unwrap_or_default()) {
            Some(true) => self.resolve(yes),
            Some(false) => self.resolve(no),
            None => Some(unresolved("Fn::If", json!([condition, self.resolve(yes), self.resolve(no)]))),
        }
    }

    /// Text with `${Name}`. Variables that are not known stay, each with what is known of it.
    fn substitute(&self, argument: &Value) -> Value {
        let (text, own) = match argument {
            Value::Array(items) => (items.first().and_then(Value::as_str).unwrap_or_default(), items.get(1)),
            other => (other.as_str().unwrap_or_default(), None),
        };
        let (mut out, mut unknown) = (String::new(), Map::new());
        for piece in pieces(text) {
            let name = match piece {
                Piece::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Piece::Variable(name) => name,
            };
            let value = match own.and_then(|own| own.get(name)) {
                Some(value) => self.resolve(value),
                None => self.reference(name),
            };
            match value.as_ref().and_then(scalar).filter(|value| out.len() + value.len() <= MAX_TEXT_BYTES) {
                Some(value) => out.push_str(&value),
                None => {
                    out.push_str(&format!("${{{name}}}"));
                    unknown.insert(name.to_owned(), value.unwrap_or(Value::Null));
                }
            }
        }
        match unknown.is_empty() {
            true => Value::String(out),
            false => unresolved("Fn::Sub", json!([out, unknown])),
        }
    }

    fn find_in_map(&self, argument: &Value) -> Option<Value> {
        let keys: Vec<_> = items(argument)?.iter().take(3).map(|key| self.text(key)).collect::<Option<_>>()?;
        let [map, first, second] = keys.as_slice() else { return None };
        self.resolve(self.document.get("Mappings")?.get(map)?.get(first)?.get(second)?)
    }

    fn join(&self, argument: &Value) -> Option<Value> {
        let [separator, list] = items(argument)? else { return None };
        let list = self.resolve(list)?;
        let parts = list.as_array()?.iter().map(scalar).collect::<Option<Vec<_>>>()?;
        Some(Value::String(parts.join(separator.as_str()?)))
    }

    fn select(&self, argument: &Value) -> Option<Value> {
        let [index, list] = items(argument)? else { return None };
        let index: usize = self.text(index)?.parse().ok()?;
        self.resolve(list)?.as_array()?.get(index).cloned()
    }

    fn split(&self, argument: &Value) -> Option<Value> {
        let [separator, text] = items(argument)? else { return None };
        let separator = separator.as_str().filter(|it| !it.is_empty())?;
        Some(self.text(text)?.split(separator).collect())
    }

    /// A single value, if it is known.
    pub fn text(&self, value: &Value) -> Option<String> {
        self.resolve(value).as_ref().and_then(scalar)
    }
}

fn items(value: &Value) -> Option<&[Value]> {
    value.as_array().map(Vec::as_slice)
}

/// A function whose result is not known, with what is known of its argument.
fn unresolved(name: &str, argument: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), argument)]))
}

/// A part of the text of `Fn::Sub`.
pub enum Piece<'t> {
    Text(&'t str),
    Variable(&'t str),
}

/// The parts of a text of `Fn::Sub`. `${!Name}` stands for the text `${Name}`.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("${") {
        pieces.push(Piece::Text(before));
        let Some((name, behind)) = after.split_once('}') else {
            rest = &rest[before.len()..];
            break;
        };
        match name.strip_prefix('!') {
            Some(literal) => pieces.extend([Piece::Text("${"), Piece::Text(literal), Piece::Text("}")]),
            None => pieces.push(Piece::Variable(name.trim())),
        }
        rest = behind;
    }
    pieces.push(Piece::Text(rest));
    pieces
}
