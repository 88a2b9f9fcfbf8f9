//! What a plan demands, so that the same can be judged again later.

use serde::{Deserialize, Serialize};

use crate::checks::{LowPorts, Policy, Version, WritableDirs};
use crate::config::{Flags, check_ids, low_ports, profile_named, writable_dirs};

/// The policy that a plan was made by: the command line's and the configuration file's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanSettings {
    /// `hardened`, `restricted`, `baseline`.
    pub profile: String,
    /// Version of Pod Security Standards: `v1.36`, `latest`.
    pub pss_version: String,
    /// uid that `runAsUser` gets whatever the image says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as_user: Option<i64>,
    /// gid that `runAsGroup` gets whatever the image says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_as_group: Option<i64>,
    /// gid that `fsGroup` gets whatever the image says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fs_group: Option<i64>,
    /// Directories that get a volume to write to: `auto`, `tmp`, or paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writable_dirs: Vec<String>,
    /// What is done about ports below 1024: `report` or `sysctl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_ports: Option<String>,
    /// Checks that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skip: Vec<String>,
    /// The only checks that are made; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// Whether privileges that somebody granted on purpose are taken away.
    #[serde(default)]
    pub unsafe_fixes: bool,
}

impl PlanSettings {
    /// What a policy demands.
    pub fn of(policy: &Policy) -> Self {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Self {
            profile: policy.profile.name().into(),
            pss_version: policy.version.to_string(),
            run_as_user: policy.run_as_user,
            run_as_group: policy.run_as_group,
            fs_group: policy.fs_group,
            writable_dirs: policy
                .writable_dirs
                .as_ref()
                .map_or_else(Vec::new, WritableDirs::names),
            low_ports: Some(policy.low_ports)
                .filter(|ways| *ways != LowPorts::default())
                .map(|ways| ways.name().into()),
            skip: owned(&policy.skip),
            only: owned(&policy.only),
            unsafe_fixes: policy.unsafe_fixes,
        }
    }

    /// The flags that ask for the same.
    ///
    /// # Errors
    /// A name that this version does not know.
    pub fn flags(&self) -> Result<Flags, String> {
        Ok(Flags {
            profile: Some(profile_named(&self.profile)?),
            version: Some(Version::parse(&self.pss_version)?),
            run_as_user: self.run_as_user,
            run_as_group: self.run_as_group,
            fs_group: self.fs_group,
            writable_dirs: match self.writable_dirs.as_slice() {
                [] => None,
                names => Some(writable_dirs(names)?),
            },
            low_ports: self.low_ports.as_deref().map(low_ports).transpose()?,
            skip: check_ids(&self.skip)?,
            only: check_ids(&self.only)?,
            unsafe_fixes: self.unsafe_fixes,
            keeps_evidence: true,
        })
    }
}
