//! What the entries of a configuration file mean.

use glob::Pattern;
use jiff::civil::Date;

use super::file::{EXEMPTION_KEYS, ExemptionEntry, WORKLOAD_KEYS, WorkloadEntry, unknown_keys};
use crate::checks::{self, Excuse, LowPorts, Profile, WritableDirs};
use crate::container_path::clean;
use crate::exempt::{Checks, Rule};
use crate::suggest;
use crate::workload::UserKind;

/// The profile of a name.
///
/// # Errors
/// An unknown name, with the known ones.
pub fn profile_named(name: &str) -> Result<Profile, String> {
    let known = Profile::ALL.map(|(name, _)| name).join(", ");
    Profile::named(name).ok_or_else(|| format!("no profile \"{name}\"; known are {known}"))
}

/// The ids of checks by name.
///
/// # Errors
/// An unknown name, with the nearest known one.
pub fn check_ids(names: &[String]) -> Result<Vec<&'static str>, String> {
    names.iter().map(|name| check_id(name)).collect()
}

fn check_id(name: &str) -> Result<&'static str, String> {
    checks::find(name).map(|check| check.id).ok_or_else(|| {
        let known: Vec<_> = checks::ids().collect();
        match suggest::nearest(name, checks::ids()) {
            Some(near) => format!("no check \"{name}\", did you mean \"{near}\"?"),
            None => format!("no check \"{name}\"; known are {}", known.join(", ")),
        }
    })
}

pub(super) fn id(key: &str, id: Option<i64>) -> Result<Option<i64>, String> {
    match id {
        None | Some(1..=checks::MAX_ID) => Ok(id),
        Some(id) => Err(format!(
            "{key} must be between 1 and {}, not {id}",
            checks::MAX_ID
        )),
    }
}

/// The value of `--writable-dirs`: `auto`, `tmp`, or paths.
///
/// # Errors
/// A path that is not absolute, or that is the root.
pub fn writable_dirs(names: &[String]) -> Result<WritableDirs, String> {
    match names {
        [one] if one == "auto" => Ok(WritableDirs::Auto),
        [one] if one == "tmp" => Ok(WritableDirs::Tmp),
        paths => {
            let paths = paths.iter().map(|path| directory(path));
            paths.collect::<Result<_, _>>().map(WritableDirs::These)
        }
    }
}

/// A directory that a volume can be mounted at.
pub(super) fn directory(path: &str) -> Result<String, String> {
    let is_clear = !path.chars().any(|c| c.is_control() || c == ':');
    let cleaned = clean(path);
    match path.starts_with('/') && is_clear && cleaned != "/" {
        true => Ok(cleaned),
        false => Err(format!(
            "\"{path}\" is not a directory such as /var/cache/app; known words are auto and tmp"
        )),
    }
}

/// The value of `--low-ports`.
///
/// # Errors
/// Any other word than `report` and `sysctl`.
pub fn low_ports(name: &str) -> Result<LowPorts, String> {
    match name {
        "report" => Ok(LowPorts::Report),
        "sysctl" => Ok(LowPorts::Sysctl),
        other => Err(format!(
            "no way \"{other}\" with low ports; known are report, sysctl"
        )),
    }
}

pub(super) fn user_kind(entry: WorkloadEntry) -> Result<UserKind, String> {
    unknown_keys(&entry.unknown, WORKLOAD_KEYS).map_err(|e| format!("workloads: {e}"))?;
    if entry.api_version.is_empty() || entry.kind.is_empty() {
        return Err("workloads: an entry without apiVersion or kind".into());
    }
    let pod_spec = entry.pod_spec.trim_start_matches('.').replace("[*]", ".[]");
    if pod_spec.split('.').any(str::is_empty) {
        return Err(format!(
            "workloads: podSpec \"{}\" is not a path like spec.template.spec",
            entry.pod_spec
        ));
    }
    Ok(UserKind {
        api_version: entry.api_version,
        kind: entry.kind,
        pod_spec,
    })
}

pub(super) fn rule(entry: ExemptionEntry) -> Result<Rule, String> {
    let inside = |message: String| format!("exemptions: {message}");
    unknown_keys(&entry.unknown, EXEMPTION_KEYS).map_err(inside)?;
    if entry.reason.trim().is_empty() {
        return Err(inside("an entry without a reason".into()));
    }
    let (checks, unknown) = Checks::parse(&entry.checks.names().join(","));
    if let Some(name) = unknown.first() {
        check_id(name).map_err(inside)?;
    }
    if checks == Checks::These(Vec::new()) {
        return Err(inside("an entry without checks".into()));
    }
    let pattern = |text: Option<String>| {
        let pattern = text.map(|text| Pattern::new(&text).map_err(|e| format!("\"{text}\": {e}")));
        pattern.transpose().map_err(inside)
    };
    let expires = entry.expires.map(|text| {
        let date = text.parse::<Date>();
        date.map_err(|_| inside(format!("expires \"{text}\" is not a date like 2027-01-31")))
    });
    Ok(Rule {
        kind: entry.kind,
        namespace: pattern(entry.namespace)?,
        name: pattern(entry.name)?,
        container: pattern(entry.container)?,
        is_for_pod: false,
        checks,
        excuse: Excuse {
            reason: entry.reason,
            owner: entry.owner,
            expires: expires.transpose()?,
        },
    })
}
