//! Locations → packaged template: new values in place of local paths, every other byte as it was.

mod locations;
mod mappings;
mod packaged_text;
mod problem;
mod splice;
mod stamp;

pub use locations::Locations;
pub use packaged_text::{PackagedText, TextStyle, packaged_text};
pub use stamp::Stamp;
