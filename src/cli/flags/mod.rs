//! Flags in every source: one table says what each is called, who may set it, and who inherits it.

mod flag;
mod given;
mod inherited;
mod keys;
mod names;
mod peers;
mod properties;
mod table;
#[cfg(test)]
mod tests;
mod variables;

pub use flag::{Flag, FlagKind, Group, InJob};
pub use given::{Given, Origin};
pub use inherited::{Inherited, fixed, inherited, switched};
pub use keys::{ConfigurationKey, SectionKind, configuration_key};
pub use names::{is_on, is_switch_value, pascal_case};
pub use peers::{Treatment, ignored_flags, typed_treatment};
pub use properties::{check_host_only, check_not_fixed, given_by_properties};
pub use table::{FLAGS, template_flags};
pub use variables::{check_readable, given_by_variables, unknown_variables};
