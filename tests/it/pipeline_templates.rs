//! The templates of `pipeline/`: what their roles may do, how their parameters are described, and that the commands of
//! `pipeline/README.md` deploy them.

mod parameters;
mod permissions;
mod readme;
mod resource_policies;
mod resources;
mod template;
