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

/// The user and groups that a container runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RunAs {
    /// `runAsUser`.
    pub user: i64,
    /// `runAsGroup`.
    pub group: i64,
    /// `fsGroup`.
    pub fs_group: i64,
}

impl Default for RunAs {
    /// 1000 in all places, where nobody says otherwise.
    fn default() -> Self {
        Self {
            user: 1000,
            group: 1000,
            fs_group: 1000,
        }
    }
}

/// Which directories get a volume to write to, beside a read-only root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WritableDirs {
    /// Those that the image is known to write to, and `/tmp`.
    Auto,
    /// `/tmp` alone.
    Tmp,
    /// These: clean absolute paths.
    These(Vec<String>),
}

impl WritableDirs {
    /// As `--writable-dirs` takes it.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Auto => vec!["auto".into()],
            Self::Tmp => vec!["tmp".into()],
            Self::These(paths) => paths.clone(),
        }
    }
}

impl LowPorts {
    /// As `--low-ports` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Sysctl => "sysctl",
        }
    }
}

/// What is done about a port below 1024 that is not root's any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LowPorts {
    /// A hint says what to expect.
    #[default]
    Report,
    /// The pod gets the sysctl that opens them.
    Sysctl,
}

/// The settings of a run that decide what is a violation and what is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How much is demanded.
    pub profile: Profile,
    /// The version of Pod Security Standards.
    pub version: Version,
    /// Written as `runAsUser`, whatever the images say.
    pub run_as_user: Option<i64>,
    /// Written as `runAsGroup`, whatever the images say.
    pub run_as_group: Option<i64>,
    /// Written as `fsGroup`, whatever the images say.
    pub fs_group: Option<i64>,
    /// Directories that get a volume to write to; `None` where none does.
    pub writable_dirs: Option<WritableDirs>,
    /// What is done about ports below 1024.
    pub low_ports: LowPorts,
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
            run_as_user: None,
            run_as_group: None,
            fs_group: None,
            writable_dirs: None,
            low_ports: LowPorts::default(),
            skip: Vec::new(),
            only: Vec::new(),
            unsafe_fixes: false,
            today,
        }
    }

    /// The ids that are written where no image has its own.
    pub fn run_as(&self) -> RunAs {
        let default = RunAs::default();
        RunAs {
            user: self.run_as_user.unwrap_or(default.user),
            group: self.run_as_group.unwrap_or(default.group),
            fs_group: self.fs_group.unwrap_or(default.fs_group),
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
