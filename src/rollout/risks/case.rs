//! A workload as the rules ask for it.

use serde_json::Value;

use super::Surroundings;
use crate::rollout::{FieldPath, Step};

/// A workload, what stands around it, and what changes.
pub(super) struct Case<'a> {
    object: &'a Value,
    pub(super) around: &'a Surroundings,
    changes: &'a [FieldPath],
    /// Its pod templates; one, but for some custom resources.
    pub(super) pods: Vec<Pods<'a>>,
}

/// A pod template.
pub(super) struct Pods<'a> {
    path: FieldPath,
    pub(super) spec: &'a Value,
    pub(super) labels: Option<&'a Value>,
}

/// How many pods a rolling update replaces at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rolling {
    pub(super) surge: i64,
    pub(super) unavailable: i64,
}

/// Where pod specs are, most specific first.
const POD_SPECS: [&str; 3] = [
    "spec.jobTemplate.spec.template.spec",
    "spec.template.spec",
    "template.spec",
];

/// The keys of a pod spec by which one is found on the way to a changed field.
const IN_POD_SPEC: [&str; 4] = [
    "containers",
    "initContainers",
    "ephemeralContainers",
    "securityContext",
];

impl<'a> Case<'a> {
    pub(super) fn of(
        object: &'a Value,
        around: &'a Surroundings,
        changes: &'a [FieldPath],
    ) -> Self {
        let mut usual = POD_SPECS.iter().filter_map(|path| path.parse().ok());
        let usual = usual.find(|path: &FieldPath| path.get(object).is_some());
        let mut paths: Vec<_> = usual.into_iter().collect();
        for change in changes {
            paths.extend(pod_spec_of(change).filter(|path| !paths.contains(path)));
        }
        let pods = paths.into_iter().filter_map(|path| {
            let labels = path.parent()?.then(key("metadata")).then(key("labels"));
            Some(Pods {
                spec: path.get(object)?,
                labels: labels.get(object),
                path,
            })
        });
        Self {
            object,
            around,
            changes,
            pods: pods.collect(),
        }
    }

    /// Whether it is of this kind, of any version. `extensions` is where Kubernetes' own kinds once were.
    pub(super) fn is(&self, group: &str, kind: &str) -> bool {
        let (of, _) = self.text("/apiVersion").split_once('/').unwrap_or_default();
        (of == group || (of == "extensions" && group == "apps")) && self.text("/kind") == kind
    }

    pub(super) fn at(&self, pointer: &str) -> Option<&'a Value> {
        self.object.pointer(pointer)
    }

    /// The text there; empty where there is none.
    pub(super) fn text(&self, pointer: &str) -> &'a str {
        self.at(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn number(&self, pointer: &str) -> Option<i64> {
        self.at(pointer).and_then(Value::as_i64)
    }

    pub(super) fn is_true(&self, pointer: &str) -> bool {
        self.at(pointer) == Some(&Value::Bool(true))
    }

    /// How many pods it wants. `None` for kinds that have none all the time, and where a DaemonSet does not say.
    pub(super) fn wanted(&self) -> Option<i64> {
        let counted = ["Deployment", "StatefulSet", "ReplicaSet"];
        let is_counted = counted.iter().any(|kind| self.is("apps", kind))
            || self.is("", "ReplicationController");
        match self.number("/spec/replicas") {
            Some(replicas) => Some(replicas),
            None if is_counted => Some(1),
            None if self.is("apps", "DaemonSet") => self.number("/status/desiredNumberScheduled"),
            None => None,
        }
    }

    /// The steps of a Deployment or DaemonSet that rolls its pods over. Percentages of surge are rounded up, those of
    /// a Deployment's unavailable pods down, and one of both is 1 at least
    /// (`ResolveFenceposts` in kubernetes/pkg/controller/deployment/util).
    pub(super) fn rolling(&self) -> Option<Rolling> {
        let wanted = self.wanted()?;
        let (root, usual) = match () {
            () if self.is("apps", "Deployment") => ("/spec/strategy", ("25%", "25%")),
            () if self.is("apps", "DaemonSet") => ("/spec/updateStrategy", ("0", "1")),
            () => return None,
        };
        if !matches!(self.text(&format!("{root}/type")), "" | "RollingUpdate") {
            return None;
        }
        let at = |field: &str, usual: &str, is_rounded_up: bool| {
            let value = self.at(&format!("{root}/rollingUpdate/{field}"));
            let text = value.map_or(usual.to_owned(), |value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            scaled(&text, wanted, is_rounded_up)
        };
        let surge = at("maxSurge", usual.0, true)?;
        let unavailable = at("maxUnavailable", usual.1, self.is("apps", "DaemonSet"))?;
        Some(Rolling {
            surge,
            unavailable: if surge == 0 {
                unavailable.max(1)
            } else {
                unavailable
            },
        })
    }

    /// Whether the rolling update of a StatefulSet replaces its pods.
    pub(super) fn is_rolling_set(&self) -> bool {
        let strategy = self.text("/spec/updateStrategy/type");
        self.is("apps", "StatefulSet") && matches!(strategy, "" | "RollingUpdate")
    }

    /// Whether a field of this name changes in a pod template.
    pub(super) fn changes(&self, pods: &Pods<'_>, field: &str) -> bool {
        self.changes.iter().any(|change| {
            let is_below = change.steps().starts_with(pods.path.steps());
            is_below && change.steps().last() == Some(&key(field))
        })
    }
}

fn key(name: &str) -> Step {
    Step::Key(name.to_owned())
}

fn pod_spec_of(change: &FieldPath) -> Option<FieldPath> {
    let is_inside =
        |step: &Step| matches!(step, Step::Key(key) if IN_POD_SPEC.contains(&key.as_str()));
    let end = change.steps().iter().position(is_inside)?;
    Some(FieldPath::new(change.steps().get(..end)?.to_vec()))
}

/// A number, or a percentage of `total`.
pub(super) fn scaled(text: &str, total: i64, is_rounded_up: bool) -> Option<i64> {
    let Some(percent) = text.strip_suffix('%') else {
        return text.parse().ok();
    };
    let parts = percent.parse::<i64>().ok()?.checked_mul(total)?;
    let up = if is_rounded_up { 99 } else { 0 };
    Some(parts.saturating_add(up) / 100)
}

/// `3 pods`.
pub(super) fn counted(count: i64, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        count => format!("{count} {thing}s"),
    }
}

/// Names for a message: all, or the first few.
pub(super) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<_> = names.iter().take(SHOWN).map(String::as_str).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
