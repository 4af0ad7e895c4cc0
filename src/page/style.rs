//! The style sheet of the page.

/// Colours of both schemes have a contrast of at least 4.5 to 1 wherever text has them (WCAG 2.2, 1.4.3).
pub const CSS: &str = include_str!("style.css");
