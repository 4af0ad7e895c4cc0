//! The table of operations, as pipelines know them.

use super::action::{Action, PACKAGE_PROPERTIES, PackageRequest, Property, Request};
use crate::facts::Failure;
use std::ops::RangeInclusive;

/// An operation that a pipeline action can ask for.
pub struct Row {
    /// Its name: the command, and the value of the property `Operation`.
    pub name: &'static str,
    /// The category of its action type: Build, Deploy, Test or Invoke.
    pub category: &'static str,
    /// The properties of its action type, at most ten (quota of CodePipeline).
    pub properties: &'static [Property],
    /// How many input artifacts an action has.
    pub inputs: RangeInclusive<usize>,
    /// How many output artifacts an action has.
    pub outputs: RangeInclusive<usize>,
    /// Reads an action configuration, before any artifact is fetched.
    pub parse: fn(Action<'_>) -> Result<Request, Failure>,
}

/// All operations. An action that names none gets the first.
pub const OPERATIONS: [Row; 1] = [Row {
    name: "package",
    category: "Build",
    properties: &PACKAGE_PROPERTIES,
    inputs: 1..=5,
    outputs: 1..=1,
    parse: |action| PackageRequest::parse(action).map(Request::Package),
}];
