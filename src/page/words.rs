//! Words that the page shares with the logs of the hosts.

use crate::facts::{ShiftState, TrafficShift};

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
