//! What a check forbids in Pod Security Admission's words.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Violation;

/// Why a pod is forbidden: `ForbiddenReason` and `ForbiddenDetail` of Pod Security Admission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forbidden {
    /// A few words: `allowPrivilegeEscalation != false`.
    pub reason: Cow<'static, str>,
    /// Who must do what: `container "web" must set securityContext.allowPrivilegeEscalation=false`.
    pub detail: String,
}

impl Forbidden {
    pub(super) fn new(reason: &'static str, detail: String) -> Self {
        let reason = Cow::Borrowed(reason);
        Self { reason, detail }
    }
}

/// All that one check has against a pod.
#[derive(Clone, Debug, Default)]
pub struct Offence<'o> {
    /// Pod Security Admission's id of the revision in force; empty for the `hardened` profile's own demand.
    pub revision: &'static str,
    /// The pod sets something forbidden.
    pub pod: bool,
    /// The containers that set something forbidden, in order.
    pub setters: Vec<&'o str>,
    /// The containers that lack what is demanded, in order.
    pub lacking: Vec<&'o str>,
    /// Volumes or annotations that are forbidden, in order.
    pub subjects: Vec<&'o str>,
    /// The forbidden values, in order.
    pub values: Vec<&'o str>,
    /// Whether the words go without their subject, which stands beside them.
    pub anonymous: bool,
}

impl<'o> Offence<'o> {
    /// Collects violations of one check, each with its container's name.
    pub(crate) fn of(
        revision: &'static str,
        violations: impl Iterator<Item = (&'o Violation, Option<&'o str>)>,
    ) -> Self {
        let mut offence = Self {
            revision,
            ..Self::default()
        };
        for (violation, container) in violations {
            offence
                .values
                .extend(violation.values.iter().map(String::as_str));
            match (&violation.subject, violation.is_written, container) {
                (Some(subject), _, _) => offence.subjects.push(subject),
                (None, true, None) => offence.pod = true,
                (None, true, Some(name)) => add_once(&mut offence.setters, name),
                (None, false, Some(name)) => add_once(&mut offence.lacking, name),
                (None, false, None) => {}
            }
        }
        offence
    }

    /// Whether something is written that is forbidden; else something is lacking.
    pub fn is_written(&self) -> bool {
        self.pod || !self.setters.is_empty()
    }

    /// Who sets what is forbidden, before what they do: `pod and container "web" `.
    pub(super) fn who_sets(&self) -> String {
        if self.anonymous {
            return String::new();
        }
        let pod = self.pod.then(|| "pod".to_owned());
        let containers = (!self.setters.is_empty()).then(|| containers(&self.setters));
        let who: Vec<_> = pod.into_iter().chain(containers).collect();
        format!("{} ", who.join(" and "))
    }

    /// The containers that lack something: `containers "a", "b" `.
    pub(super) fn containers(&self) -> String {
        match self.anonymous {
            true => String::new(),
            false => format!("{} ", containers(&self.lacking)),
        }
    }

    /// What the pod must do.
    pub(super) fn pod_must(&self, must: &str) -> String {
        let who = if self.anonymous { "" } else { "pod " };
        who.to_owned() + must
    }

    /// Who may set what is lacking: `pod or container "web" `.
    pub(super) fn pod_or_containers(&self) -> String {
        match self.anonymous {
            true => String::new(),
            false => format!("pod or {} ", containers(&self.lacking)),
        }
    }

    /// A verb's form for those who set.
    pub(super) fn verb(&self, one: &'static str, many: &'static str) -> &'static str {
        plural(self.setters.len(), one, many)
    }

    /// The forbidden values, sorted, each once.
    pub(super) fn sorted_values(&self) -> Vec<&str> {
        sorted(&self.values)
    }

    /// The forbidden volumes or annotations, sorted, each once.
    pub(super) fn sorted_subjects(&self) -> Vec<&str> {
        sorted(&self.subjects)
    }

    /// The words of a check that forbids what is written and demands what is lacking.
    pub(super) fn written_or_lacking(&self, must_not: &str, must: &str) -> String {
        match self.is_written() {
            true => self.who_sets() + must_not,
            false => self.pod_or_containers() + must,
        }
    }
}

fn add_once<'o>(names: &mut Vec<&'o str>, name: &'o str) {
    if names.last() != Some(&name) {
        names.push(name);
    }
}

fn sorted<'o>(items: &[&'o str]) -> Vec<&'o str> {
    let items: BTreeSet<&str> = items.iter().copied().collect();
    items.into_iter().collect()
}

fn containers(names: &[&str]) -> String {
    let noun = plural(names.len(), "container", "containers");
    format!("{noun} {}", quoted(names))
}

/// `"a", "b"`.
pub(super) fn quoted(items: &[&str]) -> String {
    let items: Vec<_> = items.iter().map(|item| format!("\"{item}\"")).collect();
    items.join(", ")
}

/// The form of a noun or verb for a number of things.
pub(super) fn plural(n: usize, one: &'static str, many: &'static str) -> &'static str {
    if n == 1 { one } else { many }
}
