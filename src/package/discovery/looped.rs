//! A value that uses loop variables → what it refers to in each round of its loops.

use super::form::Form;
use super::found::Referent;
use super::intrinsics::{Evaluation, weight};
use super::loops::{self, Loop, MAX_ROUNDS, Round};
use super::problem;
use super::reference::{self, Reference};
use super::sections::Sections;
use crate::facts::{Failure, S3Location};
use crate::template::Node;
use std::path::Path;
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// Rounds that all paths of one template may have together: three for each resource of a stack, since a resource has up
/// to three properties with a path.
const MAX_TEMPLATE_ROUNDS: usize = 3 * MAX_ROUNDS;

/// Bytes of text that are evaluated for all rounds of one template.
const MAX_TEMPLATE_BYTES: usize = 4 << 20;

/// What may still be evaluated in one template.
pub struct Budget {
    rounds: usize,
    bytes: usize,
    /// Whether it did not suffice for a path. The template fails, so the values after that are not evaluated.
    is_exceeded: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self { rounds: MAX_TEMPLATE_ROUNDS, bytes: MAX_TEMPLATE_BYTES, is_exceeded: false }
    }
}

/// Takes an amount from what is left. Returns whether it was there.
fn spend(left: &mut usize, amount: usize) -> bool {
    let is_enough = *left >= amount;
    *left -= if is_enough { amount } else { 0 };
    is_enough
}

/// A value that uses loop variables.
pub struct Looped<'t, 'l> {
    /// The property, for messages.
    pub subject: String,
    /// A text or an intrinsic function.
    pub value: Node<'t>,
    /// The loops whose variables it uses, outermost first.
    pub loops: &'l [Arc<Loop>],
    pub form: Form,
    pub folder: &'t Path,
    pub sections: &'t Sections<'t>,
}

/// The values of the loop variables, and what is referred to.
type Rounds = Vec<(Vec<String>, Referent)>;

impl Looped<'_, '_> {
    /// What each round refers to. `None` when there is nothing to package, or nothing that is known before a deployment.
    pub fn read(&self, budget: &mut Budget) -> Result<Option<Rounds>, Failure> {
        let count = loops::count(self.loops);
        if budget.is_exceeded {
            return Ok(None);
        }
        if count > MAX_ROUNDS {
            return self.refuse_if_local(|text| problem::too_many_rounds(&self.subject, text, count, self.value));
        }
        let (rounds, weight) = (loops::rounds(self.loops), weight(self.value));
        let mut texts = Vec::new();
        for round in &rounds {
            let Some(text) = self.text(round) else { return Ok(None) };
            if !spend(&mut budget.bytes, weight + text.len()) {
                return self.refuse_more(budget);
            }
            texts.push(text);
        }
        if self.loops.iter().any(|it| it.values.is_none()) {
            return self.refuse_unknown(&texts);
        }
        if !texts.iter().any(|text| self.is_local(text)) {
            return Ok(None);
        }
        if !spend(&mut budget.rounds, count) {
            return self.refuse_more(budget);
        }
        let rounds = rounds.into_iter().zip(texts);
        rounds.map(|(round, text)| Ok((round.values, self.referent(text)?))).collect::<Result<_, _>>().map(Some)
    }

    /// Refuses a path in loops over values that only CloudFormation knows.
    fn refuse_unknown(&self, texts: &[String]) -> Result<Option<Rounds>, Failure> {
        match texts.iter().find(|text| self.looks_local(text)) {
            Some(text) => Err(problem::unknown_rounds(&self.subject, text, self.loops, self.value)),
            None => Ok(None),
        }
    }

    /// Refuses a path for which the budget does not suffice.
    fn refuse_more(&self, budget: &mut Budget) -> Result<Option<Rounds>, Failure> {
        let limit = MAX_TEMPLATE_ROUNDS;
        let refusal = |text: &str| problem::too_many_in_template(&self.subject, text, limit, self.value);
        let refused = self.refuse_if_local(refusal);
        budget.is_exceeded = refused.is_err();
        refused
    }

    /// For rounds that are not evaluated: the first round stands for all.
    fn refuse_if_local(&self, refusal: impl FnOnce(&str) -> Failure) -> Result<Option<Rounds>, Failure> {
        let first = Round::first(self.loops).and_then(|round| self.text(&round));
        let Some(first) = first.filter(|text| self.is_local(text)) else { return Ok(None) };
        Err(refusal(&self.text(&Round::unexpanded(self.loops)).unwrap_or(first)))
    }

    fn text(&self, round: &Round<'_>) -> Option<String> {
        Evaluation { round, sections: self.sections }.text(self.value)
    }

    fn reference(&self, text: &str) -> Reference {
        reference::read(text, self.form, self.folder)
    }

    fn is_local(&self, text: &str) -> bool {
        matches!(self.reference(text), Reference::Local(_))
    }

    /// Whether a text in which variables stand for themselves is a path. What begins with a variable may be a URL.
    fn looks_local(&self, text: &str) -> bool {
        let head = text.split("${").next().unwrap_or_default();
        let is_path = self.value.as_str().is_some() || (head.contains('/') && !head.ends_with(":/"));
        is_path && self.is_local(text)
    }

    fn referent(&self, text: String) -> Result<Referent, Failure> {
        match (self.reference(&text), self.form) {
            (Reference::Local(path), _) => Ok(Referent::Path { path, text }),
            (Reference::Unknown, _) => Err(problem::no_location(&self.subject, &text, self.value)),
            (Reference::Remote(location), Form::Url) => Ok(Referent::Object(location)),
            (Reference::Final, Form::Uri) => match S3Location::from_uri(&text) {
                Some(location) if location.version.is_none() => Ok(Referent::Object(location)),
                Some(_) | None => Err(problem::mixed_rounds(&self.subject, &text, self.value)),
            },
            (Reference::Remote(_) | Reference::Final, Form::Uri | Form::Url | Form::Fields { .. }) => {
                Err(problem::mixed_rounds(&self.subject, &text, self.value))
            }
        }
    }
}
