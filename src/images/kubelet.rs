//! Whether the kubelet starts a container, predicted from the manifest and the image, in the kubelet's own words.
//!
//! Source: `pkg/kubelet/kuberuntime/security_context_others.go`, `verifyRunAsNonRoot`; `pkg/securitycontext/util.go`,
//! `DetermineEffectiveSecurityContext`.

use std::fmt;

use super::{MAX_ID, User};

/// The values that the kubelet looks at: of a container, of a pod, or those in effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// `runAsNonRoot`.
    pub run_as_non_root: Option<bool>,
    /// `runAsUser`.
    pub run_as_user: Option<i64>,
}

impl Declared {
    /// What is in effect for a container: its own values before those of its pod.
    #[must_use]
    pub fn or(self, pod: Self) -> Self {
        Self {
            run_as_non_root: self.run_as_non_root.or(pod.run_as_non_root),
            run_as_user: self.run_as_user.or(pod.run_as_user),
        }
    }
}

/// Why the kubelet does not start a container: `CreateContainerConfigError`. Shown as the kubelet's sentence, without the
/// names of pod and container that it ends in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// `runAsUser: 0` with `runAsNonRoot: true`.
    BreaksPolicy,
    /// No USER, or `USER 0`.
    RunsAsRoot,
    /// A name, which the kubelet cannot tell from root.
    NonNumeric(String),
    /// A number that no uid has.
    InvalidId(i64),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BreaksPolicy => f.write_str("container's runAsUser breaks non-root policy"),
            Self::RunsAsRoot => {
                f.write_str("container has runAsNonRoot and image will run as root")
            }
            Self::NonNumeric(name) => write!(
                f,
                "container has runAsNonRoot and image has non-numeric user ({name}), cannot verify user is non-root"
            ),
            Self::InvalidId(uid) => write!(
                f,
                "container has runAsNonRoot and image has an invalid user id ({uid}). (Must be 1-({MAX_ID})): must be between 0 \
                 and {MAX_ID}, inclusive"
            ),
        }
    }
}

/// The kubelet's verdict on a container of an image, by the values in effect. `user` is `None` where the image is not known: then only what the
/// manifest alone decides is predicted.
///
/// # Errors
/// Why it is not started.
pub fn verdict(declared: Declared, user: Option<&User>) -> Result<(), Refused> {
    if declared.run_as_non_root != Some(true) {
        return Ok(());
    }
    match (declared.run_as_user, user) {
        (Some(0), _) => Err(Refused::BreaksPolicy),
        (Some(_), _) | (None, None) => Ok(()),
        (None, Some(User::Unset | User::Uid(0))) => Err(Refused::RunsAsRoot),
        (None, Some(User::Name(name))) => Err(Refused::NonNumeric(name.clone())),
        (None, Some(User::Uid(1..=MAX_ID))) => Ok(()),
        (None, Some(User::Uid(uid))) => Err(Refused::InvalidId(*uid)),
    }
}

#[cfg(test)]
mod tests;
