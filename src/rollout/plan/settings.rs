//! What a plan demands, so that the same can be judged again later.

use serde::{Deserialize, Serialize};

use crate::checks::{Policy, Version};
use crate::config::{Flags, check_ids, profile_named};

/// The policy that a plan was made by: the command line's and the configuration file's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanSettings {
    /// `hardened`, `restricted`, `baseline`.
    pub profile: String,
    /// Version of Pod Security Standards: `v1.36`, `latest`.
    pub pss_version: String,
    /// uid that `runAsUser` gets.
    pub run_as_user: i64,
    /// gid that `runAsGroup` gets.
    pub run_as_group: i64,
    /// gid that `fsGroup` gets.
    pub fs_group: i64,
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
            run_as_user: Some(self.run_as_user),
            run_as_group: Some(self.run_as_group),
            fs_group: Some(self.fs_group),
            skip: check_ids(&self.skip)?,
            only: check_ids(&self.only)?,
            unsafe_fixes: self.unsafe_fixes,
            keeps_evidence: true,
        })
    }
}
