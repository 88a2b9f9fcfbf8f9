//! The logs of workloads as they were before the change, which the run keeps to compare the new ones with.

use std::fs;
use std::path::PathBuf;

use super::{Run, file_name};
use crate::rollout::health::Logs;
use crate::rollout::plan::ObjectRef;

/// Where the logs of a workload before its change are, below the run's directory: of each try. Names of objects hold no
/// `_`.
pub(in crate::rollout) fn folder_before(object: &ObjectRef, retries: usize) -> String {
    let folder = format!("before/{}", file_name(object));
    match retries {
        0 => folder,
        _ => format!("{folder}_{}", retries + 1),
    }
}

impl Run {
    /// What was kept of a workload's logs, of all its tries.
    pub(in crate::rollout) fn logs_before(&self, object: &ObjectRef, retries: usize) -> Logs {
        let mut logs = Logs::default();
        for file in self.files_before(object, retries) {
            let name = file.file_name().and_then(|name| name.to_str());
            let container = name.and_then(container_of).map(str::to_owned);
            if let (Some(container), Ok(text)) = (container, fs::read(&file)) {
                let text = String::from_utf8_lossy(&text).into_owned();
                logs.entry(container).or_default().push(text);
            }
        }
        logs
    }

    /// Whether anything was kept of a workload's logs.
    pub(in crate::rollout) fn has_logs_before(&self, object: &ObjectRef, retries: usize) -> bool {
        !self.files_before(object, retries).is_empty()
    }

    fn files_before(&self, object: &ObjectRef, retries: usize) -> Vec<PathBuf> {
        let folders = (0..=retries).map(|tries| folder_before(object, tries));
        let entries = folders.filter_map(|folder| fs::read_dir(self.directory.join(folder)).ok());
        let mut files: Vec<_> = entries
            .flatten()
            .flatten()
            .map(|file| file.path())
            .collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "log"));
        files.sort();
        files
    }
}

/// `app` of `web-1_app.log`, and of `web-1_app.start.log`. Names of containers hold no `.`.
fn container_of(file: &str) -> Option<&str> {
    let (_, behind) = file.split_once('_')?;
    behind.split('.').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::journal::Runs;

    #[test]
    fn what_is_kept_is_found_by_container_over_all_tries() {
        let folder = tempfile::tempdir().expect("a folder");
        let run = Runs::at(folder.path()).reserve().expect("a run");
        let object = ObjectRef {
            namespace: "shop".into(),
            name: "web.2".into(),
            resource: "deployments".into(),
            kind: "Deployment".into(),
            api_version: "apps/v1".into(),
            uid: "u".into(),
        };
        assert!(!run.has_logs_before(&object, 0));
        let keep = |retries: usize, file: &str, text: &[u8]| {
            let path = format!("{}/{file}", folder_before(&object, retries));
            run.save(&path, text).expect("saved");
        };
        keep(0, "web.2-1_app.log", b"one\xff\n");
        keep(0, "web.2-1_app.start.log", b"two\n");
        keep(0, "web.2-1_proxy.log", b"");
        keep(1, "web.2-1_app.log", b"three\n");
        assert!(run.has_logs_before(&object, 0));
        let app = |retries| run.logs_before(&object, retries)["app"].clone();
        assert_eq!(app(0), ["one\u{fffd}\n", "two\n"]);
        assert_eq!(app(1).len(), 3, "the second try adds to the first");
        assert_eq!(run.logs_before(&object, 0)["proxy"], [""]);
        let other = ObjectRef {
            name: "web".into(),
            ..object.clone()
        };
        assert!(!run.has_logs_before(&other, 1), "another workload's");
    }
}
