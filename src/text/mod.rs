//! JSON with places, similar names, readable numbers.

mod human;
pub mod json;
mod nearest;

pub use human::{count, human_bytes};
pub use nearest::nearest;
