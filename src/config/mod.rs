//! `.kubectl-harden.yaml`, found upward from each file: defaults, kinds and exemptions.

mod file;
mod images;
mod meaning;
mod remember;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;

use crate::checks::{self, LowPorts, Policy, Profile, Version, WritableDirs};
use crate::examine::Settings;
use crate::images::Images;
use crate::workload::Kinds;
use file::{ConfigFile, KEYS, parse, unknown_keys};
use images::entry;
use meaning::{id, rule, user_kind};

pub use meaning::{check_ids, low_ports, profile_named, writable_dirs};
pub use remember::{Added, Exemption, ImageFacts, Remembered, with_exemptions};

/// The file's name.
pub const FILE: &str = ".kubectl-harden.yaml";

/// What the command line says; it wins over every configuration file.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--profile`.
    pub profile: Option<Profile>,
    /// `--pss-version`.
    pub version: Option<Version>,
    /// `--run-as-user`.
    pub run_as_user: Option<i64>,
    /// `--run-as-group`.
    pub run_as_group: Option<i64>,
    /// `--fs-group`.
    pub fs_group: Option<i64>,
    /// `--writable-dirs`.
    pub writable_dirs: Option<WritableDirs>,
    /// `--low-ports`.
    pub low_ports: Option<LowPorts>,
    /// `--skip`, in addition to the file's.
    pub skip: Vec<&'static str>,
    /// `--only`, instead of the file's.
    pub only: Vec<&'static str>,
    /// `--unsafe-fixes`.
    pub unsafe_fixes: bool,
    /// Whether a report wants the values of every field.
    pub keeps_evidence: bool,
}

/// What is wrong with a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct ConfigError {
    path: String,
    message: String,
}

/// The settings of each directory: its configuration under the command line's flags.
pub struct Configs {
    flags: Flags,
    today: Date,
    known: Mutex<HashMap<PathBuf, Loaded>>,
}

type Loaded = Result<Arc<Settings>, ConfigError>;

impl Configs {
    /// Settings for a run on a day.
    pub fn new(flags: Flags, today: Date) -> Self {
        let known = Mutex::default();
        Self {
            flags,
            today,
            known,
        }
    }

    /// The policy where no configuration file counts.
    pub fn without_file(&self) -> Policy {
        let settings = self.settings(ConfigFile::default());
        settings.map_or_else(|_| Policy::new(self.today), |settings| settings.policy)
    }

    /// The settings for the files of a directory.
    ///
    /// # Errors
    /// What is wrong with the configuration file that counts there.
    pub fn of(&self, directory: &Path) -> Loaded {
        if let Some(loaded) = self.lock().get(directory) {
            return loaded.clone();
        }
        let loaded = self.load(directory);
        self.lock().insert(directory.to_owned(), loaded.clone());
        loaded
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Loaded>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load(&self, directory: &Path) -> Loaded {
        let path = directory.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return match parent(directory) {
                    Some(parent) => self.of(&parent),
                    None => self
                        .settings(ConfigFile::default())
                        .map(Arc::new)
                        .map_err(|m| {
                            let path = path.display().to_string();
                            ConfigError { path, message: m }
                        }),
                };
            }
            Err(error) => return Err(config_error(&path, error.to_string())),
        };
        let settings = parse(&text).and_then(|file| self.settings(file));
        settings
            .map(Arc::new)
            .map_err(|message| config_error(&path, message))
    }

    fn settings(&self, file: ConfigFile) -> Result<Settings, String> {
        unknown_keys(&file.unknown, KEYS)?;
        let flags = &self.flags;
        let profile = match (&flags.profile, file.profile) {
            (Some(profile), _) => *profile,
            (None, Some(name)) => profile_named(&name)?,
            (None, None) => Profile::default(),
        };
        let version = match (flags.version, file.pss_version) {
            (Some(version), _) => version,
            (None, Some(text)) => Version::parse(&text)?,
            (None, None) => Version::LATEST,
        };
        let writable_dirs = file.writable_dirs.map(|dirs| writable_dirs(&dirs.names()));
        let writable_dirs = flags
            .writable_dirs
            .clone()
            .map(Ok)
            .or(writable_dirs)
            .transpose()?;
        let low_ports = file.low_ports.as_deref().map(low_ports);
        let low_ports = flags.low_ports.map(Ok).or(low_ports).transpose()?;
        let low_ports = low_ports.unwrap_or_default();
        let mut skip = check_ids(&file.skip.names())?;
        skip.extend(&flags.skip);
        let only = check_ids(&file.only.names())?;
        let policy = Policy {
            profile,
            version,
            run_as_user: id("runAsUser", flags.run_as_user.or(file.run_as_user))?,
            run_as_group: id("runAsGroup", flags.run_as_group.or(file.run_as_group))?,
            fs_group: id("fsGroup", flags.fs_group.or(file.fs_group))?,
            writable_dirs,
            low_ports,
            skip,
            only: if flags.only.is_empty() {
                only
            } else {
                flags.only.clone()
            },
            unsafe_fixes: flags.unsafe_fixes,
            today: self.today,
        };
        if !checks::CHECKS.iter().any(|check| policy.includes(check)) {
            return Err("skip and only leave no check".into());
        }
        let kinds = file
            .workloads
            .into_iter()
            .map(user_kind)
            .collect::<Result<_, _>>()?;
        let images = file
            .images
            .into_iter()
            .map(entry)
            .collect::<Result<_, _>>()?;
        let rules = file
            .exemptions
            .into_iter()
            .map(rule)
            .collect::<Result<_, _>>()?;
        Ok(Settings {
            kinds: Kinds::new(kinds),
            images: Arc::new(Images::new(images)),
            policy,
            rules,
            keeps_evidence: flags.keeps_evidence,
        })
    }
}

/// The configuration file that counts for the files of a directory.
pub fn found(directory: &Path) -> Option<PathBuf> {
    let mut directory = Some(directory.to_owned());
    while let Some(here) = directory {
        let path = here.join(FILE);
        if path.is_file() {
            return Some(path);
        }
        directory = parent(&here);
    }
    None
}

/// Whether a configuration file is there.
pub fn is_there(path: &Path) -> bool {
    path.is_file()
}

/// The directory above; the working directory's own parents above a relative path.
fn parent(directory: &Path) -> Option<PathBuf> {
    if directory.as_os_str().is_empty() {
        return std::env::current_dir().ok()?.parent().map(Path::to_owned);
    }
    let ends_in_dots = directory.components().next_back() == Some(std::path::Component::ParentDir);
    if ends_in_dots || directory == Path::new(".") {
        return fs::canonicalize(directory)
            .ok()?
            .parent()
            .map(Path::to_owned);
    }
    directory.parent().map(Path::to_owned)
}

fn config_error(path: &Path, message: String) -> ConfigError {
    let path = path.display().to_string();
    ConfigError { path, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<Settings, String> {
        let configs = Configs::new(Flags::default(), jiff::civil::date(2026, 11, 24));
        parse(text).and_then(|file| configs.settings(file))
    }

    #[test]
    fn mistakes_are_errors_with_a_suggestion() {
        for (text, expected) in [
            ("profle: hardened", "did you mean \"profile\""),
            ("profile: hard", "known are hardened, restricted, baseline"),
            ("skip: [runAsNonRot]", "did you mean \"runAsNonRoot\""),
            ("runAsUser: 0", "between 1 and"),
            ("exemptions: [{checks: privileged}]", "without a reason"),
            (
                "exemptions: [{checks: [privilegd], reason: x}]",
                "did you mean \"privileged\"",
            ),
            (
                "exemptions: [{checks: privileged, reason: x, expires: soon}]",
                "not a date",
            ),
            (
                "exemptions: [{checks: privileged, reason: x, nme: y}]",
                "did you mean \"name\"",
            ),
            (
                "workloads: [{apiVersion: a/v1, kind: A, podSpec: ..}]",
                "not a path",
            ),
        ] {
            let error = settings(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_file_sets_defaults_kinds_and_rules() {
        let text = "profile: restricted\nrunAsUser: 65532\nworkloads:\n- {apiVersion: a/v1, kind: A, podSpec: '.spec.x[*].spec'}\nexemptions:\n- {kind: DaemonSet, name: 'node-*', checks: '*', reason: agent, expires: 2027-01-31}\n";
        let settings = settings(text).expect("valid");
        assert_eq!(settings.policy.profile, Profile::Restricted);
        assert_eq!(settings.policy.run_as_user, Some(65532));
        assert_eq!(settings.rules.len(), 1);
    }
}
