//! Words that the page shares with the logs of the hosts.

use crate::facts::{FailedAs, Routing, ShiftState, TrafficShift};
use crate::text::short_duration;

/// How a deployment failed, after its name: `Deployment of app was refused`.
pub const fn failed_verb(how: FailedAs) -> &'static str {
    match how {
        FailedAs::Refused => "was refused",
        FailedAs::Unfinished => "is not over",
        FailedAs::Failed => "failed",
    }
}

/// How traffic is shifted: `10 %, then 100 % after 5 min`.
pub fn routing(routing: Routing) -> String {
    match routing {
        Routing::AllAtOnce => "all at once".to_owned(),
        Routing::Canary { percent, interval } => format!("{percent} %, then 100 % after {}", short_duration(interval)),
        Routing::Linear { percent, interval } => format!("{percent} % more every {}", short_duration(interval)),
    }
}

/// What became of the traffic, after its name: `goes back to version 41`. CodeDeploy takes the traffic back only if the
/// deployment group asks for that, and such a rollback can fail too.
pub fn shift_outcome(shift: &TrafficShift) -> String {
    let TrafficShift { from, to, weight, .. } = shift;
    match shift.state {
        ShiftState::Succeeded if shift.is_rollback => format!("went back to version {to}"),
        ShiftState::Succeeded => format!("shifted to version {to}"),
        ShiftState::Failed | ShiftState::Stopped if shift.is_rollback => format!("could not go back to version {to}"),
        ShiftState::Failed | ShiftState::Stopped if shift.is_taken_back => format!("goes back to version {from}"),
        ShiftState::Failed | ShiftState::Stopped => format!("stopped with {weight} % on version {to}"),
        ShiftState::Waiting | ShiftState::Running | ShiftState::Other(_) => format!("has {weight} % on version {to}"),
    }
}
