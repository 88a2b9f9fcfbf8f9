//! The checks that go by a name: their own, a field's, or that of an item that they support.

use thiserror::Error;

use super::facts::fields;
use crate::checks::{CHECKS, Check};
use crate::suggest;

/// What a name stands for.
#[derive(Debug)]
pub enum Found {
    /// No name: every check.
    All,
    /// A check.
    One(&'static Check),
    /// Several checks have it: an item that they support, or a field.
    Several {
        /// What they have in common: `support CIS Kubernetes Benchmark 5.2.7`.
        what: String,
        /// In the order of all checks.
        checks: Vec<&'static Check>,
    },
}

impl Found {
    /// The checks, in order.
    pub fn checks(&self) -> Vec<&'static Check> {
        match self {
            Self::All => CHECKS.iter().collect(),
            Self::One(check) => vec![check],
            Self::Several { checks, .. } => checks.clone(),
        }
    }
}

/// Nothing goes by a name.
#[derive(Debug, Error)]
#[error("no check, field or item \"{name}\"{}\nhint: {hint}", near.map(|near| format!(", did you mean \"{near}\"?")).unwrap_or_default())]
pub struct UnknownCheck {
    name: String,
    near: Option<&'static str>,
    hint: &'static str,
}

/// What goes by a name, whatever its case.
///
/// # Errors
/// Nothing does.
pub fn find(name: &str) -> Result<Found, UnknownCheck> {
    let name = name.trim();
    if name.is_empty() {
        return Ok(Found::All);
    }
    let is_named = |check: &&Check| {
        let ids = check.revisions.iter().map(|revision| revision.id);
        let mut ids = ids.chain([check.id]);
        ids.any(|id| id.eq_ignore_ascii_case(name))
    };
    if let Some(check) = CHECKS.iter().find(is_named) {
        return Ok(Found::One(check));
    }
    let of_field = checks(|check| fields(check).iter().any(|(_, path)| ends_in(path, name)));
    if let Some(found) = several(of_field, || format!("look at {name}")) {
        return Ok(found);
    }
    let of_control = checks(|check| check.controls.iter().any(|control| control.goes_by(name)));
    let item = || {
        let controls = CHECKS.iter().flat_map(|check| check.controls);
        let control = controls.into_iter().find(|control| control.goes_by(name));
        control.map_or_else(String::new, |c| format!("support {} {}", c.framework, c.id))
    };
    several(of_control, item).ok_or_else(|| unknown(name))
}

fn checks(has: impl Fn(&Check) -> bool) -> Vec<&'static Check> {
    CHECKS.iter().filter(|check| has(check)).collect()
}

fn several(checks: Vec<&'static Check>, what: impl FnOnce() -> String) -> Option<Found> {
    match checks.as_slice() {
        [] => None,
        [check] => Some(Found::One(check)),
        _ => Some(Found::Several {
            what: what(),
            checks,
        }),
    }
}

fn unknown(name: &str) -> UnknownCheck {
    let ids = CHECKS.iter().map(|check| check.id);
    let controls = CHECKS.iter().flat_map(|check| check.controls);
    let known = ids.chain(controls.map(|control| control.id));
    UnknownCheck {
        name: name.to_owned(),
        near: suggest::nearest(name, known),
        hint: "'kubectl harden explain' lists all checks",
    }
}

/// Whether a path is a name, or ends in it: `securityContext.runAsUser` in `runAsUser`.
fn ends_in(path: &str, name: &str) -> bool {
    let path = path
        .strip_suffix("[*].name")
        .unwrap_or(path)
        .trim_end_matches("[*]");
    let name = name.to_lowercase();
    let path = path.to_lowercase();
    path.strip_suffix(&name)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(name: &str) -> Vec<&'static str> {
        let found = find(name).unwrap_or_else(|error| panic!("{error}"));
        found.checks().iter().map(|check| check.id).collect()
    }

    #[test]
    fn checks_go_by_many_names() {
        for (name, expected) in [
            ("runAsUser", &["runAsUser"][..]),
            ("RUNASUSER", &["runAsUser"]),
            ("capabilities_restricted", &["capabilities"]),
            ("procMount_Restricted", &["procMount"]),
            ("hostPID", &["hostNamespaces"]),
            ("securityContext.runAsGroup", &["runAsGroup"]),
            ("drop", &["capabilities"]),
            ("hostPort", &["hostPorts"]),
            ("CIS 5.2.7", &["runAsNonRoot", "runAsUser"]),
            ("cis-5.2.7", &["runAsNonRoot", "runAsUser"]),
            ("CIS 1.12 5.2.9", &["capabilities"]),
            ("CIS EKS Benchmark 4.2.5", &["allowPrivilegeEscalation"]),
            ("c-0013", &["runAsNonRoot", "runAsUser", "runAsGroup"]),
            ("C-13", &["runAsNonRoot", "runAsUser", "runAsGroup"]),
            ("ckv_k8s_23", &["runAsNonRoot"]),
            ("KSV-0012", &["runAsNonRoot"]),
            ("KSV012", &["runAsNonRoot"]),
            ("AVD-KSV-0012", &["runAsNonRoot"]),
            ("Trivy KSV-0012", &["runAsNonRoot"]),
            ("disallow-host-path", &["hostPathVolumes"]),
            (
                "Polaris notReadOnlyRootFilesystem",
                &["readOnlyRootFilesystem"],
            ),
            ("5.7.2", &["seccompProfile"]),
        ] {
            assert_eq!(ids(name), expected, "{name}");
        }
        assert_eq!(ids("").len(), CHECKS.len());
    }

    #[test]
    fn every_id_of_every_control_finds_its_check() {
        for check in CHECKS {
            for control in check.controls {
                // A scanner may have given a rule the name of the check.
                let own = CHECKS
                    .iter()
                    .find(|c| c.id.eq_ignore_ascii_case(control.id));
                let expected = own.unwrap_or(check);
                assert!(ids(control.id).contains(&expected.id), "{control:?}");
                let full = format!("{} {}", control.framework, control.id);
                assert!(ids(&full).contains(&check.id), "{full}");
            }
        }
    }

    #[test]
    fn other_frameworks_and_versions_do_not_match() {
        for name in [
            "Checkov 5.2.7",
            "CIS 1.12 5.2.13",
            "KSV-0120x",
            "5.2",
            "27",
            "K8S_23",
        ] {
            assert!(find(name).is_err(), "{name}");
        }
    }

    #[test]
    fn mistakes_are_answered_with_a_suggestion() {
        let said = |name: &str| find(name).map(|_| ()).unwrap_err().to_string();
        assert!(said("runAsNonRot").contains("did you mean \"runAsNonRoot\"?"));
        assert!(said("CKV_K8S_2").contains("did you mean \"CKV_K8S_2"));
        assert_eq!(
            said("xyzzy"),
            "no check, field or item \"xyzzy\"\nhint: 'kubectl harden explain' lists all checks"
        );
    }
}
