//! What a run demands: profile, version, ids, and which checks take part.

use jiff::civil::Date;

use super::{Check, Revision, Standard, Version, standard};

/// How much is demanded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Pod Security Standards, baseline: only what is dangerous on purpose.
    Baseline,
    /// Pod Security Standards, restricted.
    Restricted,
    /// All eight fields and everything that restricted demands.
    #[default]
    Hardened,
}

impl Profile {
    /// All profiles by name.
    pub const ALL: [(&'static str, Self); 3] = [
        ("hardened", Self::Hardened),
        ("restricted", Self::Restricted),
        ("baseline", Self::Baseline),
    ];

    /// The profile of a name.
    pub fn named(name: &str) -> Option<Self> {
        let named = Self::ALL.iter().find(|(known, _)| *known == name);
        named.map(|&(_, profile)| profile)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(_, profile)| *profile == self);
        named.map_or("", |(name, _)| name)
    }

    /// The level of Pod Security Standards that it includes.
    pub fn standard(self) -> Standard {
        match self {
            Self::Baseline => Standard::Baseline,
            Self::Restricted | Self::Hardened => Standard::Restricted,
        }
    }
}

/// What is demanded of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// Nothing.
    Nothing,
    /// It may be absent, but not insecure.
    NotInsecure,
    /// It has to be there with a compliant value.
    Required,
}

/// The settings of a run that decide what is a violation and what is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How much is demanded.
    pub profile: Profile,
    /// The version of Pod Security Standards.
    pub version: Version,
    /// Written as `runAsUser`.
    pub run_as_user: i64,
    /// Written as `runAsGroup`.
    pub run_as_group: i64,
    /// Written as `fsGroup`.
    pub fs_group: i64,
    /// Checks that take no part.
    pub skip: Vec<&'static str>,
    /// Where not empty, the only checks that take part.
    pub only: Vec<&'static str>,
    /// Whether granted privileges are taken away.
    pub unsafe_fixes: bool,
    /// Today in UTC, for exemptions that expire.
    pub today: Date,
}

impl Policy {
    /// The defaults of the command line on a day.
    pub fn new(today: Date) -> Self {
        Self {
            profile: Profile::default(),
            version: Version::LATEST,
            run_as_user: 1000,
            run_as_group: 1000,
            fs_group: 1000,
            skip: Vec::new(),
            only: Vec::new(),
            unsafe_fixes: false,
            today,
        }
    }

    /// Whether a check takes part.
    pub fn includes(&self, check: &Check) -> bool {
        !self.skip.contains(&check.id) && (self.only.is_empty() || self.only.contains(&check.id))
    }

    /// What Pod Security Standards demand by a check at this profile and version.
    pub fn in_force(&self, check: &Check) -> Option<&'static Revision> {
        let level = self.profile.standard();
        let overridden = check.overridden_by.is_some() && level == Standard::Restricted;
        standard::in_force(check.revisions, level, self.version).filter(|_| !overridden)
    }
}
