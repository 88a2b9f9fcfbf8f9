//! Which build this is, and what it knows.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::checks::Version;

/// The commit that it was built from; `unknown` where the build could not tell.
const COMMIT: &str = env!("KUBECTL_HARDEN_COMMIT");

/// The arguments of `kubectl harden version`.
#[derive(Args, Clone, Debug)]
pub struct VersionArgs {
    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// For programs and people
    Yaml,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Build {
    version: &'static str,
    commit: &'static str,
    platform: String,
    /// The latest version of Pod Security Standards whose checks are known.
    pod_security_standards: String,
    features: Vec<&'static str>,
}

fn build() -> Build {
    let features = [("xlsx", cfg!(feature = "xlsx"))];
    Build {
        version: env!("CARGO_PKG_VERSION"),
        commit: COMMIT,
        platform: format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
        pod_security_standards: Version::LATEST.to_string(),
        features: features
            .iter()
            .filter(|(_, is_there)| *is_there)
            .map(|(name, _)| *name)
            .collect(),
    }
}

/// What `--version` says behind the name.
pub(crate) fn line() -> String {
    let Build {
        version,
        commit,
        pod_security_standards,
        ..
    } = build();
    format!("{version} (commit {commit}, Pod Security Standards {pod_security_standards})")
}

/// Runs `version`.
///
/// # Errors
/// Standard output that takes nothing.
pub fn run(args: &VersionArgs) -> anyhow::Result<()> {
    let text = match args.output {
        Format::Text => format!("kubectl-harden {}\n", line()),
        Format::Json => serde_json::to_string_pretty(&build())? + "\n",
        Format::Yaml => serde_yaml::to_string(&build())?,
    };
    Ok(io::stdout().write_all(text.as_bytes())?)
}
