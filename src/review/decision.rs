//! What a person decided, as data: everything that happens is derived from it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What was decided on one workload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Decision {
    /// Whether its change is to be written; `None` where nobody said yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The fields that are left as they are, by their place in the item.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub off: BTreeSet<usize>,
    /// Ids that are written instead of the policy's.
    #[serde(skip_serializing_if = "Ids::is_empty")]
    pub ids: Ids,
    /// Why what is declined stays so in later runs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remember: Option<Remember>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Written, but for the fields that are off.
    Accepted,
    /// Left as it is.
    Declined,
}

/// An id that a person can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Id {
    /// `runAsUser`.
    User,
    /// `runAsGroup`.
    Group,
    /// `fsGroup`.
    FsGroup,
}

impl Id {
    /// All of them, each with its key.
    pub const ALL: [(char, Self); 3] =
        [('u', Self::User), ('g', Self::Group), ('f', Self::FsGroup)];

    /// The check whose field it is the value of.
    pub fn check(self) -> &'static str {
        match self {
            Self::User => "runAsUser",
            Self::Group => "runAsGroup",
            Self::FsGroup => "fsGroup",
        }
    }
}

/// Chosen ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ids {
    /// `runAsUser`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<i64>,
    /// `runAsGroup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<i64>,
    /// `fsGroup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fs_group: Option<i64>,
}

impl Ids {
    /// Whether the policy's are written.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Chooses one.
    pub fn set(&mut self, id: Id, value: i64) {
        match id {
            Id::User => self.user = Some(value),
            Id::Group => self.group = Some(value),
            Id::FsGroup => self.fs_group = Some(value),
        }
    }
}

/// An exemption to be written into the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remember {
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
}

impl Decision {
    /// Whether something is left as it is by somebody's wish.
    pub fn declines(&self) -> bool {
        match self.verdict {
            Some(Verdict::Declined) => true,
            Some(Verdict::Accepted) | None => !self.off.is_empty(),
        }
    }

    /// Whether its change is to be written.
    pub fn is_accepted(&self) -> bool {
        self.verdict == Some(Verdict::Accepted)
    }
}
