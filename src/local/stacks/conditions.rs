//! The conditions of a template, as far as parameters decide them.

use super::scope::Scope;
use serde_json::Value;

impl Scope<'_> {
    /// Whether a condition holds; `None` if that is not known, or if the condition depends on itself.
    pub fn condition(&self, name: &str) -> Option<bool> {
        if let Some(known) = self.evaluated.borrow().get(name) {
            return *known;
        }
        self.evaluated.borrow_mut().insert(name.to_owned(), None);
        let holds = self.holds(self.document.get("Conditions")?.get(name)?);
        self.evaluated.borrow_mut().insert(name.to_owned(), holds);
        holds
    }

    fn holds(&self, value: &Value) -> Option<bool> {
        let (name, argument) = value.as_object()?.iter().next()?;
        match name.as_str() {
            "Condition" => self.condition(argument.as_str()?),
            "Fn::Equals" => self.equals(argument),
            "Fn::Not" => self.holds(argument.get(0)?).map(|holds| !holds),
            "Fn::And" => self.all(argument, true),
            "Fn::Or" => self.all(argument, false).map(|none_holds| !none_holds),
            _ => None,
        }
    }

    fn equals(&self, argument: &Value) -> Option<bool> {
        Some(self.text(argument.get(0)?)? == self.text(argument.get(1)?)?)
    }

    /// Whether each part holds, or does not: one part that is otherwise decides.
    fn all(&self, parts: &Value, expected: bool) -> Option<bool> {
        let parts: Vec<_> = parts.as_array()?.iter().map(|part| self.holds(part)).collect();
        match parts.contains(&Some(!expected)) {
            true => Some(false),
            false => (!parts.contains(&None)).then_some(true),
        }
    }
}
