//! Table tests of checks: a pod spec, a profile and a version against Pod Security Admission's words.

use super::{Policy, Profile, Version, judge};
use crate::images::Images;
use crate::workload::{Kinds, PodSpec, locate};
use crate::yaml;

/// One row of a check's table.
pub(super) struct Case {
    profile: Profile,
    version: Version,
    spec: String,
    annotations: Vec<(&'static str, String)>,
    forbidden: Option<String>,
}

impl Case {
    fn new(profile: Profile, spec: &str) -> Self {
        Self {
            profile,
            version: Version::LATEST,
            spec: spec.to_owned(),
            annotations: Vec::new(),
            forbidden: None,
        }
    }

    /// A pod spec, in block style, that the baseline level lets through.
    pub(super) fn baseline(spec: &str) -> Self {
        Self::new(Profile::Baseline, spec)
    }

    /// A pod spec that the restricted level lets through.
    pub(super) fn restricted(spec: &str) -> Self {
        Self::new(Profile::Restricted, spec)
    }

    /// A pod spec that the `hardened` profile lets through.
    pub(super) fn hardened(spec: &str) -> Self {
        Self::new(Profile::Hardened, spec)
    }

    /// At another version than the latest.
    pub(super) fn at(mut self, minor: u16) -> Self {
        self.version = Version(minor);
        self
    }

    /// With an annotation of the pod.
    pub(super) fn annotated(mut self, key: &'static str, value: &str) -> Self {
        self.annotations.push((key, value.to_owned()));
        self
    }

    /// It is not let through, in these words.
    pub(super) fn forbids(mut self, detail: &str) -> Self {
        self.forbidden = Some(detail.to_owned());
        self
    }

    fn text(&self) -> String {
        let mut text = String::from("apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n");
        if !self.annotations.is_empty() {
            text += "  annotations:\n";
        }
        for (key, value) in &self.annotations {
            text += &format!("    {key}: {value}\n");
        }
        let spec = self.spec.lines().map(|line| format!("  {line}\n"));
        text + "spec:\n" + &spec.collect::<String>()
    }
}

/// Checks every row of a check's table against what the judge says of that check alone.
pub(super) fn table(check: &'static str, reason: &str, cases: &[Case]) {
    assert!(cases.iter().any(|case| case.forbidden.is_some()));
    for case in cases {
        let text = case.text();
        let tree = yaml::locate(text.as_bytes()).unwrap_or_else(|e| panic!("{e}: {text}"));
        let found = locate(&tree, &Kinds::default()).expect("located");
        // Rows name no images: without one a pod spec counts as a patch of another.
        let pod = &PodSpec {
            claims: Vec::new(),
            is_partial: false,
            ..found.workloads[0].pods[0].clone()
        };
        let policy = Policy {
            profile: case.profile,
            version: case.version,
            only: vec![check],
            ..Policy::new(jiff::civil::date(2026, 11, 24))
        };
        let judgement = judge(&tree, pod, &policy, &Images::default(), &|_, _| None);
        let violations = &judgement.violations;
        let offence = violations.first().map(|first| {
            let revision = first.revision;
            let name = |i: usize| pod.containers[i].name.as_str();
            let named = violations.iter().map(|v| (v, v.container.map(name)));
            (first_check(check).words)(&super::Offence::of(revision, named))
        });
        let detail = offence.as_ref().map(|forbidden| forbidden.detail.clone());
        let at = format!("{} {:?} {text}", case.version, case.profile);
        assert_eq!(detail, case.forbidden, "{at}");
        if let Some(forbidden) = offence {
            assert_eq!(forbidden.reason, reason, "{at}");
        }
    }
}

fn first_check(id: &str) -> &'static super::Check {
    super::find(id).expect("a check")
}
