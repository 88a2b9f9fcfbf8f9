//! Checks of a securityContext field that has a value to be written.

use std::borrow::Cow;

use super::RunAs;
use crate::images::MAX_ID;
use crate::yaml::{NodeId, Tree};

/// A value that is written into a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// An id.
    Int(i64),
    /// A word.
    Text(Cow<'static, str>),
    /// A list of words, or one of mappings.
    List(Vec<Value>),
    /// Keys in the order in which they are written.
    Map(Vec<(&'static str, Value)>),
}

impl Value {
    /// A word that is always the same.
    pub const fn word(word: &'static str) -> Self {
        Self::Text(Cow::Borrowed(word))
    }

    /// A word that is made.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Cow::Owned(text.into()))
    }

    /// The word, where it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Which securityContext a field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The pod's only.
    Pod,
    /// The pod's, which each container may override.
    PodOrContainer,
    /// Each container's only.
    Container,
}

/// What a field says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not there, null or empty.
    Missing,
    /// A value that the check accepts.
    Compliant,
    /// Any other value.
    Insecure,
}

/// A field of a securityContext. The `hardened` profile demands it; what the levels of Pod Security Standards
/// demand of it is in the check's revisions.
#[derive(Debug)]
pub struct FieldRule {
    /// Where it lives.
    pub level: Level,
    /// Its path from the pod spec or container.
    pub path: &'static [&'static str],
    /// Judges the value at that path.
    pub state: fn(&Tree, NodeId) -> State,
    /// The value that is written.
    pub value: fn(&RunAs) -> Value,
    /// Whether Windows pods take the field.
    pub on_windows: bool,
}

/// [`State`] of a boolean that has to be `wanted`.
pub(super) fn bool_state(tree: &Tree, node: NodeId, wanted: bool) -> State {
    if tree.is_null(node) {
        State::Missing
    } else if tree.as_bool(node) == Some(wanted) {
        State::Compliant
    } else {
        State::Insecure
    }
}

/// [`State`] of a user or group id that must not be root's.
pub(super) fn id_state(tree: &Tree, node: NodeId) -> State {
    if tree.is_null(node) {
        return State::Missing;
    }
    match tree.as_int(node) {
        Some(1..=MAX_ID) => State::Compliant,
        _ => State::Insecure,
    }
}
