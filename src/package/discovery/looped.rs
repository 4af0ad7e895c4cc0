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

/// Rounds that all values of one template may have together: three for each resource of a stack, as many as there are
/// properties with a path in one resource.
const MAX_TEMPLATE_ROUNDS: usize = 3 * MAX_ROUNDS;

/// Bytes of text that all rounds of one template may take to evaluate.
const MAX_TEMPLATE_BYTES: usize = 4 << 20;

/// The rounds of one template that may still be evaluated.
pub struct Budget {
    rounds: usize,
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { rounds: MAX_TEMPLATE_ROUNDS, bytes: MAX_TEMPLATE_BYTES }
    }
}

impl Budget {
    /// Takes one round from the budget. Returns whether it was there.
    fn spend(&mut self, bytes: usize) -> bool {
        match (self.rounds.checked_sub(1), self.bytes.checked_sub(bytes)) {
            (Some(rounds), Some(bytes)) => {
                *self = Self { rounds, bytes };
                true
            }
            (_, _) => false,
        }
    }
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
        if count > MAX_ROUNDS {
            return self.refuse_if_local(|text| problem::too_many_rounds(&self.subject, text, count, self.value));
        }
        let (rounds, weight) = (loops::rounds(self.loops), weight(self.value));
        let mut texts = Vec::new();
        for round in &rounds {
            let Some(text) = self.text(round) else { return Ok(None) };
            if !budget.spend(weight + text.len()) {
                let limit = MAX_TEMPLATE_ROUNDS;
                return self
                    .refuse_if_local(|text| problem::too_many_in_template(&self.subject, text, limit, self.value));
            }
            texts.push(text);
        }
        if self.loops.iter().any(|it| it.values.is_none()) {
            let local = texts.iter().find(|text| self.looks_local(text));
            let refused = |text: &String| problem::unknown_rounds(&self.subject, text, self.loops, self.value);
            return local.map_or(Ok(None), |text| Err(refused(text)));
        }
        if !texts.iter().any(|text| self.is_local(text)) {
            return Ok(None);
        }
        let rounds = rounds.into_iter().zip(texts);
        rounds.map(|(round, text)| Ok((round.values, self.referent(text)?))).collect::<Result<_, _>>().map(Some)
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
