//! Why an image is not known, as the user reads it.

use super::reference::Reference;

/// What failed. Never more than a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The registry, whatever it is asked: said once, and it is not asked again.
    Registry(String),
    /// This image; the others of its registry may be there.
    Image(String),
}

impl Failure {
    pub(super) fn image(message: impl Into<String>) -> Self {
        Self::Image(message.into())
    }

    pub(super) fn registry(host: &str, what: &str) -> Self {
        Self::Registry(format!("{host} {what}"))
    }

    /// With a line that says what to do.
    pub(super) fn hint(self, hint: &str) -> Self {
        match self {
            Self::Registry(message) => Self::Registry(format!("{message}\nhint: {hint}")),
            Self::Image(message) => Self::Image(format!("{message}\nhint: {hint}")),
        }
    }

    /// The warning.
    pub(super) fn warning(self, reference: &Reference) -> String {
        match self {
            Self::Registry(message) => message,
            Self::Image(message) => format!("{reference}: {message}"),
        }
    }
}
