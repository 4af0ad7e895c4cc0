//! JSON with places, the nearest name, region or path, patterns of names, readable sizes, counts and times, control
//! characters made harmless.

mod allowed;
mod controls;
mod human;
pub mod json;
mod missing_path;
mod nearest;
mod pattern;
mod region;
mod time;

pub use allowed::Allowed;
pub use controls::{capital, escaped, is_control, one_line};
pub use human::{count, human_bytes};
pub use missing_path::{nearest_sibling, with_nearest_name};
pub use nearest::nearest;
pub use region::{is_known_region, nearest_region};
pub use time::{clock, duration, short_duration};
