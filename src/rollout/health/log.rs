//! What the new pods write to their logs that the old ones did not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cause::{Cause, NewError, Seen, new_errors};

/// Logs by container, of one or more pods.
pub type Logs = BTreeMap<String, Vec<String>>;

/// A kind of error line that is new in the logs of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogError {
    /// The container's name.
    pub container: String,
    /// The line, and its cause where that is known.
    pub error: NewError,
}

/// The same, as the journal keeps it: a warning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LogWarning {
    /// The container's name.
    pub container: String,
    /// The first such line.
    pub line: String,
    /// How many lines are like it.
    pub count: usize,
    /// The field that is to blame; empty where none is known to be.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
}

/// The kinds of error lines that are new: what the hardening denied first, then by container. A container of which there is
/// no log from before is passed over. `seen` says what else is known of containers.
pub fn new_in_logs(before: &Logs, after: &Logs, seen: &[Seen]) -> Vec<LogError> {
    let mut new = Vec::new();
    for (container, after) in after {
        let Some(before) = before.get(container) else {
            continue;
        };
        let nothing = Seen {
            container: container.clone(),
            ..Seen::default()
        };
        let seen = seen.iter().find(|seen| seen.container == *container);
        let errors = new_errors(seen.unwrap_or(&nothing), &texts(before), &texts(after));
        new.extend(errors.into_iter().map(|error| LogError {
            container: container.clone(),
            error,
        }));
    }
    new.sort_by_key(|new| !new.error.is_denied());
    new
}

fn texts(logs: &[String]) -> Vec<&str> {
    logs.iter().map(String::as_str).collect()
}

impl LogError {
    /// Its cause, where a field of the baseline is to blame.
    pub fn denied(&self) -> Option<&Cause> {
        self.error.cause.as_ref().filter(|cause| cause.is_ours())
    }
}

impl From<&LogError> for LogWarning {
    fn from(new: &LogError) -> Self {
        let field = new.denied().and_then(|cause| cause.fields.first());
        Self {
            container: new.container.clone(),
            line: new.error.line.clone(),
            count: new.error.count,
            field: field.map_or(String::new(), |field| (*field).to_owned()),
        }
    }
}

impl LogWarning {
    /// In one line: `new in the log of the container web, 3 times (readOnlyRootFilesystem): mkdir: ...`.
    pub fn words(&self) -> String {
        let Self {
            container, line, ..
        } = self;
        let times = match self.count {
            0 | 1 => String::new(),
            count => format!(", {count} times"),
        };
        let field = match self.field.as_str() {
            "" => String::new(),
            field => format!(" ({field})"),
        };
        format!("new in the log of the container {container}{times}{field}: {line}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENIED: &str = "mkdir() \"/var/lib/nginx/body\" failed (30: Read-only file system)\n";

    fn logs(all: &[(&str, &[&str])]) -> Logs {
        let all = all.iter().map(|(container, texts)| {
            let texts = texts.iter().map(|text| (*text).to_owned());
            ((*container).to_owned(), texts.collect())
        });
        all.collect()
    }

    #[test]
    fn what_is_new_is_found_by_container_and_denials_come_first() {
        let before = logs(&[("app", &["started\n"]), ("web", &["started\n"])]);
        let after = logs(&[
            ("app", &["2026-11-28 ERROR cannot reach the queue\n"]),
            ("web", &["started\n", DENIED, DENIED]),
        ]);
        let new = new_in_logs(&before, &after, &[]);
        let found: Vec<_> = new
            .iter()
            .map(|new| (new.container.as_str(), new.denied().is_some()))
            .collect();
        assert_eq!(found, [("web", true), ("app", false)]);
        let words = new.first().map(|new| LogWarning::from(new).words());
        assert_eq!(
            words.as_deref(),
            Some(
                "new in the log of the container web, 2 times (readOnlyRootFilesystem): mkdir() \"/var/lib/nginx/body\" \
                 failed (30: Read-only file system)"
            )
        );
    }

    #[test]
    fn what_was_there_before_never_counts_in_any_pod_of_the_container() {
        let noise = "2026-11-28T22:00:01Z worker 7 ERROR cannot reach 10.0.0.7:53122\n";
        let again = "2026-11-28T22:41:59Z worker 12 ERROR cannot reach 10.0.0.9:40001\n";
        let before = logs(&[("app", &["started\n", DENIED, noise])]);
        assert_eq!(
            new_in_logs(&before, &logs(&[("app", &[DENIED, again])]), &[]),
            []
        );
        // Another container's log is no excuse, and one of which there is no log from before is passed over.
        let before = logs(&[("app", &[DENIED]), ("web", &[""])]);
        assert_eq!(
            new_in_logs(&before, &logs(&[("web", &[DENIED])]), &[]).len(),
            1
        );
        assert_eq!(new_in_logs(&before, &logs(&[("seed", &[DENIED])]), &[]), []);
    }

    #[test]
    fn a_warning_survives_the_journal() {
        let before = logs(&[("web", &[""])]);
        let new = new_in_logs(&before, &logs(&[("web", &[DENIED, "ERROR other\n"])]), &[]);
        let warnings: Vec<_> = new.iter().map(LogWarning::from).collect();
        let text = serde_json::to_string(&warnings).expect("written");
        let read: Vec<LogWarning> = serde_json::from_str(&text).expect("read");
        assert_eq!(read, warnings);
        assert!(
            text.contains(r#""field":"readOnlyRootFilesystem""#),
            "{text}"
        );
        assert_eq!(text.matches("\"field\"").count(), 1, "{text}");
    }
}
