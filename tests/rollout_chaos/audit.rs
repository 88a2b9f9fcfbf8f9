//! What the API server was asked to change, by its own audit log.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The changes that were carried out on a workload.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Writes {
    pub applied: usize,
    pub patched: usize,
}

/// By `deployments/web`: the PATCH requests of the field manager, without dry runs, that the server took.
pub fn writes(directory: &Path, namespace: &str) -> BTreeMap<String, Writes> {
    let log = fs::read_to_string(directory.join("log/audit.log")).expect("an audit log");
    let mut found: BTreeMap<String, Writes> = BTreeMap::new();
    for line in log.lines().filter(|line| line.contains(namespace)) {
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let uri = event["requestURI"].as_str().unwrap_or_default();
        let is_ours = event["verb"] == "patch"
            && uri.contains("fieldManager=kubectl-harden")
            && !uri.contains("dryRun")
            && event["objectRef"]["namespace"] == namespace
            && event["responseStatus"]["code"] == 200;
        if !is_ours {
            continue;
        }
        let text = |key: &str| event["objectRef"][key].as_str().unwrap_or_default();
        let writes = found
            .entry(format!("{}/{}", text("resource"), text("name")))
            .or_default();
        match event["requestObject"].is_object() {
            true => writes.applied += 1,
            false => writes.patched += 1,
        }
    }
    found
}
