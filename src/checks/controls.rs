//! Items of benchmarks, and rules of scanners, that checks support.
//!
//! Sources: the CIS benchmarks as kube-bench carries them; Trivy's `k8s-nsa-1.0`, which numbers the items of the
//! NSA/CISA guide; Azure Policy's initiatives for SOC 2; each scanner's own rules.

/// An item of a benchmark, or a scanner's rule, that a check supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// `CIS Kubernetes Benchmark`.
    pub framework: &'static str,
    /// The versions that know it by this id: `1.8 to 1.10`; empty where ids do not change.
    pub version: &'static str,
    /// Its id there: `5.2.7`.
    pub id: &'static str,
    /// What qualifies it: `NET_RAW only`; empty where nothing does.
    pub note: &'static str,
}

/// All frameworks, in the order in which their items are listed.
pub const FRAMEWORKS: &[&str] = &[
    "CIS Kubernetes Benchmark",
    "CIS EKS Benchmark",
    "NSA/CISA Kubernetes Hardening Guide",
    "SOC 2",
    "Kubescape",
    "Checkov",
    "kube-linter",
    "Trivy",
    "Kyverno",
    "Polaris",
];

/// Every version from 1.8 on.
pub(super) const EVERY: &str = "1.8 to 1.12 and 2.0.1";
/// Before the sections were numbered anew.
pub(super) const TO_1_10: &str = "1.8 to 1.10";
/// Before the item on added capabilities was removed.
pub(super) const TO_1_11: &str = "1.8 to 1.11";
/// With the sections numbered anew.
pub(super) const FROM_1_11: &str = "1.11, 1.12 and 2.0.1";
/// Without the item on added capabilities.
pub(super) const FROM_1_12: &str = "1.12 and 2.0.1";

/// CIS asks for a securityContext without naming fields.
pub(super) const GENERIC: &str = "asks for a securityContext, names no field";

impl Control {
    const fn new(framework: &'static str, version: &'static str, id: &'static str) -> Self {
        Self {
            framework,
            version,
            id,
            note: "",
        }
    }

    /// With what qualifies it.
    pub(super) const fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }
}

impl Control {
    /// Whether a name is this item's, whatever its case: its id at the end, and before it words of its framework and
    /// version only: `5.2.7`, `CIS 1.9 5.2.7`, `cis-5.2.7`, `KSV012`.
    pub fn goes_by(&self, name: &str) -> bool {
        let of_framework = |word: &str| {
            let known = self.framework.split([' ', '/']);
            let mut known = known.chain(["AVD"].into_iter().filter(|_| self.framework == "Trivy"));
            known.any(|known| known.eq_ignore_ascii_case(word))
        };
        let words = name.split([' ', ':', '/', '(', ')']);
        let mut words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let Some(last) = words.pop() else {
            return false;
        };
        let id = match last.split_once('-') {
            Some((before, id)) if of_framework(before) => id,
            _ => last,
        };
        let mut words = words.into_iter();
        plain(id) == plain(self.id)
            && words.all(|w| of_framework(w) || has_version(self.version, w))
    }
}

/// Without what scanners spell differently from version to version: `KSV012` and `KSV-0012`.
fn plain(id: &str) -> String {
    let mut plain = String::new();
    for c in id.chars().filter(|c| !matches!(c, '-' | '_')) {
        if c != '0' || plain.ends_with(|last: char| last.is_ascii_digit() || last == '.') {
            plain.push(c.to_ascii_lowercase());
        }
    }
    plain
}

/// Whether `1.9` or `v1.9` is one of `1.8 to 1.10`, or of `1.12 and 2.0.1`.
fn has_version(versions: &str, word: &str) -> bool {
    let word = word.strip_prefix('v').unwrap_or(word);
    versions
        .split([',', ';'])
        .flat_map(|list| list.split(" and "))
        .any(|range| {
            let (first, last) = range.split_once(" to ").unwrap_or((range, range));
            match (numbers(first), numbers(word), numbers(last)) {
                (Some(first), Some(word), Some(last)) => first <= word && word <= last,
                _ => range.trim().eq_ignore_ascii_case(word),
            }
        })
}

fn numbers(version: &str) -> Option<Vec<u32>> {
    let version = version.trim().trim_start_matches(['v', 'V']);
    version.split('.').map(|part| part.parse().ok()).collect()
}

pub(super) const fn cis(version: &'static str, id: &'static str) -> Control {
    Control::new("CIS Kubernetes Benchmark", version, id)
}

pub(super) const fn eks(id: &'static str) -> Control {
    Control::new("CIS EKS Benchmark", "1.8", id)
}

/// The guide has no numbers of its own: these are Trivy's, and the title is the guide's.
pub(super) const fn nsa(id: &'static str, title: &'static str) -> Control {
    Control::new("NSA/CISA Kubernetes Hardening Guide", "k8s-nsa-1.0", id).note(title)
}

/// SOC 2 names no fields of Kubernetes: these are the criteria that Azure Policy maps its policy to.
pub(super) const fn soc2(id: &'static str) -> Control {
    Control::new("SOC 2", "as Azure Policy maps it", id)
}

/// The same for the edition of 2023.
pub(super) const fn soc2_2023(id: &'static str) -> Control {
    Control::new("SOC 2", "2023, as Azure Policy maps it", id)
}

pub(super) const fn kubescape(id: &'static str) -> Control {
    Control::new("Kubescape", "", id)
}

pub(super) const fn checkov(id: &'static str) -> Control {
    Control::new("Checkov", "", id)
}

pub(super) const fn kube_linter(id: &'static str) -> Control {
    Control::new("kube-linter", "", id)
}

pub(super) const fn trivy(id: &'static str) -> Control {
    Control::new("Trivy", "", id)
}

pub(super) const fn kyverno(id: &'static str) -> Control {
    Control::new("Kyverno", "", id)
}

pub(super) const fn polaris(id: &'static str) -> Control {
    Control::new("Polaris", "", id)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::FRAMEWORKS;
    use crate::checks::CHECKS;

    #[test]
    fn ids_are_clean_and_frameworks_known_and_in_order() {
        for check in CHECKS {
            let places: Vec<_> = check
                .controls
                .iter()
                .map(|c| FRAMEWORKS.iter().position(|known| *known == c.framework))
                .collect();
            assert!(places.iter().all(Option::is_some), "{}", check.id);
            assert!(places.is_sorted(), "{}: {places:?}", check.id);
            for control in check.controls {
                let clean = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
                let is_clean = !control.id.is_empty() && control.id.chars().all(clean);
                assert!(is_clean, "{}: {control:?}", check.id);
            }
        }
    }

    #[test]
    fn no_control_is_named_twice() {
        for check in CHECKS {
            let mut seen = HashSet::new();
            for c in check.controls {
                let is_new = seen.insert((c.framework, c.version, c.id));
                assert!(is_new, "{}: {c:?}", check.id);
            }
        }
    }

    #[test]
    fn an_item_has_one_number_in_one_version() {
        for check in CHECKS {
            for c in check.controls {
                let versioned = c.framework.starts_with("CIS") || c.framework.starts_with("SOC");
                assert!(!versioned || !c.version.is_empty(), "{}: {c:?}", check.id);
                assert!(!c.note.contains("satisf"), "{}: {c:?}", check.id);
            }
        }
    }

    #[test]
    fn all_but_the_youngest_check_and_those_of_running_support_something() {
        let without = CHECKS.iter().filter(|check| check.controls.is_empty());
        let without: Vec<_> = without.map(|check| check.id).collect();
        let of_running = ["kubelet", "writableDirs", "lowPorts"];
        assert_eq!(
            without,
            [&["hostProbesAndHostLifecycle"][..], &of_running].concat()
        );
    }
}
