//! A value that uses loop variables → what it names in each round of its loops.

use super::discover_error::DiscoverError;
use super::found::Spot;
use super::intrinsics;
use super::loops::{self, Loop, MAX_ROUNDS, Round};
use super::properties::Form;
use super::reference::{self, Reference};
use crate::facts::{Place, S3Location};
use crate::template::Node;
use std::path::Path;

/// A value that uses loop variables.
pub struct Looped<'t, 'l> {
    /// The property, for errors.
    pub what: String,
    /// Its value: a text or an intrinsic function.
    pub value: Node<'t>,
    /// The loops whose variables it uses, outermost first.
    pub loops: &'l [&'l Loop],
    /// How the property spells a location.
    pub form: Form,
    /// What paths are relative to.
    pub folder: &'t Path,
}

/// The values of the loop variables in a round, and what is named in it.
pub type NamedInRound = (Vec<String>, Spot);

impl Looped<'_, '_> {
    /// What is named in each round. `None` when there is nothing to package, or nothing that is known before a
    /// deployment.
    pub fn read(&self) -> Result<Option<Vec<NamedInRound>>, DiscoverError> {
        let count = loops::count(self.loops);
        if count > MAX_ROUNDS {
            return self.refuse_if_local(count);
        }
        let rounds = loops::rounds(self.loops);
        let texts = rounds.iter().map(|round| intrinsics::text(self.value, round));
        let Some(texts) = texts.collect::<Option<Vec<_>>>() else { return Ok(None) };
        if self.loops.iter().any(|it| it.values.is_none()) {
            let local = texts.iter().find(|text| self.looks_local(text));
            return local.map_or(Ok(None), |text| Err(self.unknown_rounds(text)));
        }
        if !texts.iter().any(|text| self.is_local(text)) {
            return Ok(None);
        }
        let named = rounds.into_iter().zip(texts).map(|(Round { values, .. }, text)| Ok((values, self.spot(&text)?)));
        named.collect::<Result<_, _>>().map(Some)
    }

    /// More rounds than are ever made; what the first names stands for all.
    fn refuse_if_local(&self, count: usize) -> Result<Option<Vec<NamedInRound>>, DiscoverError> {
        let first = loops::first(self.loops).and_then(|round| intrinsics::text(self.value, &round));
        first.filter(|text| self.is_local(text)).map_or(Ok(None), |text| Err(self.too_many(text, count)))
    }

    fn reference(&self, text: &str) -> Reference {
        reference::read(text, self.form, self.folder)
    }

    fn is_local(&self, text: &str) -> bool {
        matches!(self.reference(text), Reference::Local(_))
    }

    /// Whether a text in which variables stand for themselves is a path. A function that begins with a variable may
    /// as well make a URL.
    fn looks_local(&self, text: &str) -> bool {
        let head = text.split("${").next().unwrap_or_default();
        let is_path = self.value.as_str().is_some() || (head.contains('/') && !head.ends_with(":/"));
        is_path && self.is_local(text)
    }

    fn spot(&self, text: &str) -> Result<Spot, DiscoverError> {
        match (self.reference(text), self.form) {
            (Reference::Local(path), _) => Ok(Spot::Path(path)),
            (Reference::Unknown, _) => {
                let (what, text, place) = (self.what.clone(), text.to_owned(), self.place());
                Err(DiscoverError::Unknown { what, text, place })
            }
            (Reference::Remote(location), Form::Url) => Ok(Spot::Object(location)),
            (Reference::Final, Form::Uri) => match S3Location::from_uri(text) {
                Some(location) if location.version.is_none() => Ok(Spot::Object(location)),
                Some(_) | None => Err(self.mixed(text)),
            },
            (Reference::Remote(_) | Reference::Final, Form::Uri | Form::Url | Form::Fields { .. }) => {
                Err(self.mixed(text))
            }
        }
    }

    fn mixed(&self, text: &str) -> DiscoverError {
        DiscoverError::MixedRounds { what: self.what.clone(), text: text.to_owned(), place: self.place() }
    }

    fn unknown_rounds(&self, text: &str) -> DiscoverError {
        let unknown = self.loops.iter().filter(|it| it.values.is_none()).map(|it| it.name.as_str());
        let loops = unknown.collect::<Vec<_>>().join(" and ");
        DiscoverError::UnknownRounds { what: self.what.clone(), text: text.to_owned(), loops, place: self.place() }
    }

    fn too_many(&self, first: String, count: usize) -> DiscoverError {
        let text = intrinsics::text(self.value, &loops::unexpanded(self.loops)).unwrap_or(first);
        DiscoverError::TooManyRounds { what: self.what.clone(), text, count, place: self.place() }
    }

    fn place(&self) -> Box<Place> {
        Box::new(self.value.place())
    }
}
