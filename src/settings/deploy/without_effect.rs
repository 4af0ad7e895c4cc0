//! Options of sam that are accepted and have no effect, which a warning says.

use crate::cli::{DeployArguments, Given, Origin};
use crate::facts::{Place, Warning, WarningKind};
use crate::settings::source::Source;

/// A warning for each such option that is turned on.
pub fn warnings<'a>(
    arguments: &DeployArguments,
    source: &'a Source<'_>,
    given: &'a [Given],
) -> impl Iterator<Item = Warning> {
    let confirms = arguments.confirm_changeset.then(|| {
        let (setting, place) = origin("confirm-changeset", source, given);
        (setting.clone(), WarningKind::ConfirmationLeftOut { setting }, place)
    });
    let saves = arguments.save_params.then(|| {
        let (setting, place) = origin("save-params", source, given);
        (setting.clone(), WarningKind::ParametersNotSaved { setting }, place)
    });
    let warning = |(setting, kind, place): (String, _, _)| Warning::new(setting, kind).with_place(place);
    confirms.into_iter().chain(saves).map(warning)
}

/// What turned an option on, and where that is written.
fn origin(long: &str, source: &Source<'_>, given: &[Given]) -> (String, Option<Place>) {
    let typed = (format!("--{long}"), None);
    match given.iter().find(|given| given.flag.long == long).map(|given| &given.origin) {
        Some(Origin::Samconfig { key, place, .. }) if !source.asks(long) => (key.clone(), place.clone()),
        Some(origin @ (Origin::Variable(_) | Origin::Property(_) | Origin::Operator)) if !source.asks(long) => {
            (origin.to_string(), None)
        }
        Some(_) | None => typed,
    }
}
