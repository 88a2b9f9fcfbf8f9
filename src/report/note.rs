//! What a person should know besides what is wrong.

use super::{ContainerName, Place};
use crate::checks::Topic;

/// Something to know about a container, or about its pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectNote {
    /// What it is about.
    pub topic: Topic,
    /// The container; `None` for the pod.
    pub container: Option<ContainerName>,
    /// Where that container starts, or the pod spec.
    pub place: Place,
    /// What to know, and what to do.
    pub text: String,
}

impl SubjectNote {
    /// The container's name; empty for the pod.
    pub(super) fn holder(&self) -> &str {
        self.container.as_ref().map_or("", |c| c.name.as_str())
    }
}
