//! What is demanded, and the values to write.

use std::path::PathBuf;

use clap::Args;

use crate::checks::{LowPorts, MAX_ID, Profile, Version, WritableDirs};
use crate::config::{Flags, check_ids, low_ports, profile_named, writable_dirs};
use crate::images::Platform;

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

    /// uid to write as runAsUser [default: a known image's own, else 1000]
    #[arg(long, value_name = "UID", value_parser = id())]
    pub run_as_user: Option<i64>,

    /// gid to write as runAsGroup [default: a known image's own, else 1000]
    #[arg(long, value_name = "GID", value_parser = id())]
    pub run_as_group: Option<i64>,

    /// gid to write as fsGroup [default: a known image's own, else 1000]
    #[arg(long, value_name = "GID", value_parser = id())]
    pub fs_group: Option<i64>,

    /// Mount a volume at what programs write to: auto (known images' and /tmp), tmp, or paths
    #[arg(
        long, value_name = "DIRS", num_args = 0..=1, require_equals = true,
        default_missing_value = "auto", value_parser = dirs
    )]
    pub writable_dirs: Option<WritableDirs>,

    /// Ports below 1024: report, or sysctl to open them [default: report]
    #[arg(long, value_name = "WAY", value_parser = low_ports, hide_short_help = true)]
    pub low_ports: Option<LowPorts>,

    /// Checks to leave out, such as readOnlyRootFilesystem
    #[arg(long, value_name = "CHECK", value_delimiter = ',', value_parser = check)]
    pub skip: Vec<&'static str>,

    /// The only checks to make
    #[arg(long, value_name = "CHECK", value_delimiter = ',', value_parser = check)]
    pub only: Vec<&'static str>,

    /// Also take away privileges that somebody granted on purpose
    #[arg(long)]
    pub unsafe_fixes: bool,

    /// Reading what images say of themselves.
    #[command(flatten)]
    pub images: Images,
}

/// Reading what images say of themselves.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Images")]
pub struct Images {
    /// Read from registries what images say of themselves: USER, VOLUME, EXPOSE
    #[arg(long)]
    pub inspect_images: bool,

    /// Read images from an archive of docker save, an OCI archive or an OCI layout directory, without any network
    #[arg(long, value_name = "PATH", hide_short_help = true)]
    pub image_archive: Vec<PathBuf>,

    /// Registries that are spoken to without TLS, or whose certificate is not checked
    #[arg(
        long,
        value_name = "HOST[:PORT]",
        value_delimiter = ',',
        requires = "inspect_images",
        hide_short_help = true
    )]
    pub insecure_registry: Vec<String>,

    /// Which image of a multi-platform one to read [default: linux on this machine's architecture]
    #[arg(long, value_name = "OS/ARCH", hide_short_help = true)]
    pub platform: Option<Platform>,
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
            writable_dirs: self.writable_dirs.clone(),
            low_ports: self.low_ports,
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

fn dirs(text: &str) -> Result<WritableDirs, String> {
    let names: Vec<_> = text.split(',').map(str::to_owned).collect();
    writable_dirs(&names)
}

fn check(name: &str) -> Result<&'static str, String> {
    let ids = check_ids(&[name.to_owned()])?;
    ids.first().copied().ok_or_else(|| "no check".into())
}
