//! The stage as its users see it.
