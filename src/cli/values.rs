//! What is demanded, and the values to write.

use clap::Args;

use crate::checks::{MAX_ID, Profile, Version};
use crate::config::{Flags, check_ids, profile_named};

/// What is demanded, and the values to write.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Values")]
pub struct Values {
    /// What is demanded: hardened, restricted or baseline [default: hardened]
    #[arg(long, value_name = "NAME", value_parser = profile_named)]
    pub profile: Option<Profile>,

    /// Version of Pod Security Standards, such as v1.30 [default: latest]
    #[arg(long, value_name = "VERSION", value_parser = Version::parse)]
    pub pss_version: Option<Version>,

    /// uid to write as runAsUser [default: 1000]
    #[arg(long, value_name = "UID", value_parser = id())]
    pub run_as_user: Option<i64>,

    /// gid to write as runAsGroup [default: 1000]
    #[arg(long, value_name = "GID", value_parser = id())]
    pub run_as_group: Option<i64>,

    /// gid to write as fsGroup [default: 1000]
    #[arg(long, value_name = "GID", value_parser = id())]
    pub fs_group: Option<i64>,

    /// Checks to leave out, such as readOnlyRootFilesystem
    #[arg(long, value_name = "CHECK", value_delimiter = ',', value_parser = check)]
    pub skip: Vec<&'static str>,

    /// The only checks to make
    #[arg(long, value_name = "CHECK", value_delimiter = ',', value_parser = check)]
    pub only: Vec<&'static str>,

    /// Also take away privileges that somebody granted on purpose
    #[arg(long)]
    pub unsafe_fixes: bool,
}

impl Values {
    /// The flags that win over the configuration; `keeps_evidence` where a report wants every field's values.
    pub fn flags(&self, keeps_evidence: bool) -> Flags {
        Flags {
            profile: self.profile,
            version: self.pss_version,
            run_as_user: self.run_as_user,
            run_as_group: self.run_as_group,
            fs_group: self.fs_group,
            skip: self.skip.clone(),
            only: self.only.clone(),
            unsafe_fixes: self.unsafe_fixes,
            keeps_evidence,
        }
    }
}

fn id() -> clap::builder::RangedI64ValueParser<i64> {
    clap::value_parser!(i64).range(1..=MAX_ID)
}

fn check(name: &str) -> Result<&'static str, String> {
    let ids = check_ids(&[name.to_owned()])?;
    ids.first().copied().ok_or_else(|| "no check".into())
}
