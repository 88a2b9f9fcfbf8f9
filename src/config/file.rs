//! The shape of `.kubectl-harden.yaml`. An unknown key is an error with a suggestion.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::suggest;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ConfigFile {
    pub(super) profile: Option<String>,
    pub(super) pss_version: Option<String>,
    pub(super) run_as_user: Option<i64>,
    pub(super) run_as_group: Option<i64>,
    pub(super) fs_group: Option<i64>,
    pub(super) writable_dirs: Option<OneOrMany>,
    pub(super) low_ports: Option<String>,
    pub(super) images: Vec<ImageEntry>,
    pub(super) skip: OneOrMany,
    pub(super) only: OneOrMany,
    pub(super) workloads: Vec<WorkloadEntry>,
    pub(super) exemptions: Vec<ExemptionEntry>,
    #[serde(flatten)]
    pub(super) unknown: BTreeMap<String, serde_yaml::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WorkloadEntry {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) pod_spec: String,
    #[serde(flatten)]
    pub(super) unknown: BTreeMap<String, serde_yaml::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ImageEntry {
    pub(super) image: String,
    pub(super) user: Option<UserName>,
    pub(super) run_as_user: Option<i64>,
    pub(super) run_as_group: Option<i64>,
    pub(super) writable_dirs: Option<Vec<String>>,
    pub(super) seeded_dirs: Vec<String>,
    pub(super) home: Option<String>,
    #[serde(default)]
    pub(super) pings: bool,
    pub(super) low_ports: Option<Vec<i64>>,
    pub(super) file_capabilities: Option<Vec<String>>,
    pub(super) root_capabilities: Option<Vec<String>>,
    pub(super) stays_root: bool,
    pub(super) reason: String,
    #[serde(flatten)]
    pub(super) unknown: BTreeMap<String, serde_yaml::Value>,
}

/// `user: 101` and `user: nginx`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum UserName {
    Number(i64),
    Name(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ExemptionEntry {
    pub(super) kind: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) container: Option<String>,
    #[serde(alias = "check")]
    pub(super) checks: OneOrMany,
    pub(super) reason: String,
    pub(super) owner: String,
    pub(super) expires: Option<String>,
    #[serde(flatten)]
    pub(super) unknown: BTreeMap<String, serde_yaml::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl OneOrMany {
    /// As it is written, in one line.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::One(list) => list.clone(),
            Self::Many(list) => format!("[{}]", list.join(", ")),
        }
    }

    pub(super) fn names(self) -> Vec<String> {
        match self {
            Self::One(list) => list.split(',').map(|name| name.trim().to_owned()).collect(),
            Self::Many(list) => list,
        }
    }
}

pub(super) const KEYS: &[&str] = &[
    "profile",
    "pssVersion",
    "runAsUser",
    "runAsGroup",
    "fsGroup",
    "writableDirs",
    "lowPorts",
    "images",
    "skip",
    "only",
    "workloads",
    "exemptions",
];
pub(super) const IMAGE_KEYS: &[&str] = &[
    "image",
    "user",
    "runAsUser",
    "runAsGroup",
    "writableDirs",
    "seededDirs",
    "home",
    "pings",
    "lowPorts",
    "fileCapabilities",
    "rootCapabilities",
    "staysRoot",
    "reason",
];
pub(super) const WORKLOAD_KEYS: &[&str] = &["apiVersion", "kind", "podSpec"];
pub(super) const EXEMPTION_KEYS: &[&str] = &[
    "kind",
    "namespace",
    "name",
    "container",
    "checks",
    "reason",
    "owner",
    "expires",
];

pub(super) fn parse(text: &str) -> Result<ConfigFile, String> {
    if text.trim().is_empty() {
        return Ok(ConfigFile::default());
    }
    let value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|e| e.to_string())?;
    match value {
        serde_yaml::Value::Null => Ok(ConfigFile::default()),
        serde_yaml::Value::Mapping(_) => {
            let file = serde_yaml::from_str(text).map_err(|e| e.to_string());
            file.map_err(|e| e.replace("i64", "a number"))
        }
        _ => Err("not a mapping of settings such as `profile: hardened`".into()),
    }
}

pub(super) fn unknown_keys(
    unknown: &BTreeMap<String, serde_yaml::Value>,
    known: &[&str],
) -> Result<(), String> {
    let Some(key) = unknown.keys().next() else {
        return Ok(());
    };
    match suggest::nearest(key, known.iter().copied()) {
        Some(best) => Err(format!("unknown key \"{key}\", did you mean \"{best}\"?")),
        None => Err(format!(
            "unknown key \"{key}\"; known are {}",
            known.join(", ")
        )),
    }
}
