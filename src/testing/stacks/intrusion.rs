//! What another party does meanwhile.

/// Something that another party does.
#[derive(Debug, Clone)]
pub enum Intrusion {
    /// Another update, which makes open change sets obsolete.
    Update,
    /// Another deployment, which deletes all other change sets.
    Deployment,
    DeleteStack,
    DeleteChangeSets,
    Cancel,
    /// The stack is removed without a trace.
    Forget,
    Create(String),
}
