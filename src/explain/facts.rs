//! What the rules of a check say, in words: fields, values, demands by version, and how it is reported.

use jiff::civil::Date;

use crate::checks::{
    Check, Demand, Level, LowPorts, Offence, Policy, Profile, Relaxation, Revision, RunAs,
    Standard, Value, WritableDirs, judge,
};
use crate::images::Images;
use crate::workload::{Kinds, PodSpec, locate};
use crate::yaml;

/// The facts of a check in the words of its explanation.
#[derive(Debug)]
pub struct Facts {
    /// Its fields with their level.
    pub fields: Vec<(&'static str, String)>,
    /// What is written: `runAsUser: 1000`.
    pub written: Option<String>,
    /// Whether Windows pods get it; `None` where nothing is written.
    pub on_windows: Option<bool>,
    /// How `--unsafe-fixes` takes it away; `None` where it is no privilege, empty where a person has to.
    pub taken_away: Option<&'static str>,
    /// Whether a container that holds it is left alone whole.
    pub holds: bool,
    /// What each profile demands, and since when.
    pub rules: Vec<Rule>,
    /// How its example is reported: Pod Security Admission's reason and detail.
    pub reported: Option<(String, String)>,
}

/// What a profile demands from a version on.
#[derive(Debug)]
pub struct Rule {
    /// The lowest profile: `baseline`.
    pub profile: &'static str,
    /// Since which version of Pod Security Standards; empty for all.
    pub since: String,
    /// What it demands, or how it changed.
    pub demand: String,
}

/// The facts of a check.
pub fn facts(check: &'static Check) -> Facts {
    let field = check.field.as_ref();
    Facts {
        fields: fields(check),
        written: field.map(|rule| {
            let value = (rule.value)(&RunAs::default());
            nested(rule.path.get(1..).unwrap_or_default(), flow(&value))
        }),
        on_windows: field.map(|rule| rule.on_windows),
        taken_away: check.grant.as_ref().map(|rule| rule.taken_away),
        holds: check.grant.as_ref().is_some_and(|rule| rule.holds),
        rules: rules(check),
        reported: reported(check),
    }
}

/// Its fields below the pod spec or container, each with where that is.
pub(super) fn fields(check: &Check) -> Vec<(&'static str, String)> {
    let written = check.field.iter().map(|r| (r.level, r.path.join(".")));
    let found = check.about.looks_at.iter();
    let found = found.map(|&(level, path)| (level, path.to_owned()));
    written
        .chain(found)
        .map(|(level, path)| (place(level), path))
        .collect()
}

fn place(level: Level) -> &'static str {
    match level {
        Level::Pod => "pod",
        Level::PodOrContainer => "pod or container",
        Level::Container => "container",
    }
}

/// A value below its keys: `capabilities: {drop: ["ALL"]}`.
fn nested(path: &[&str], value: String) -> String {
    let mut keys = path.iter().rev();
    let innermost = keys.next().map(|key| format!("{key}: {value}"));
    let nest = |inner: String, key: &&str| format!("{key}: {{{inner}}}");
    keys.fold(innermost.unwrap_or_default(), nest)
}

fn flow(value: &Value) -> String {
    match value {
        Value::Bool(boolean) => boolean.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Text(word) => word.clone().into_owned(),
        Value::List(items) => {
            let item = |item: &Value| match item {
                Value::Text(word) => format!("\"{word}\""),
                item => flow(item),
            };
            let items: Vec<_> = items.iter().map(item).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let entries = entries.iter();
            let entries: Vec<_> = entries
                .map(|(key, v)| format!("{key}: {}", flow(v)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn rules(check: &'static Check) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut before: Option<&Revision> = None;
    for revision in check.revisions {
        let same = before.filter(|before| before.level == revision.level);
        rules.push(Rule {
            profile: match revision.level {
                Standard::Baseline => "baseline",
                Standard::Restricted => "restricted",
            },
            since: revision.since.to_string(),
            demand: demanded(check, revision, same),
        });
        before = Some(revision);
    }
    if let Some(other) = check.overridden_by {
        rules.push(Rule {
            profile: "restricted",
            since: String::new(),
            demand: format!("{other} takes its place"),
        });
    }
    if check.field.is_some() {
        rules.push(Rule {
            profile: "hardened",
            since: String::new(),
            demand: "must be set".into(),
        });
    }
    if rules.is_empty() {
        rules.push(Rule {
            profile: "baseline",
            since: String::new(),
            demand: "by the manifest and what is known of the image".into(),
        });
    }
    rules
}

/// What a revision demands, or what it changed.
fn demanded(check: &Check, revision: &Revision, before: Option<&Revision>) -> String {
    let mut parts = Vec::new();
    if before.is_none_or(|before| before.demand != revision.demand) {
        let key = check.field.as_ref().and_then(|rule| rule.path.last());
        parts.push(match (revision.demand, key) {
            (Demand::Required, _) => "must be set".to_owned(),
            (Demand::NotInsecure, _) => "may be absent, but not insecure".to_owned(),
            (Demand::Nothing, Some(key)) => format!("{key} is not looked at"),
            (Demand::Nothing, None) if revision.allowed.is_empty() => "forbidden".to_owned(),
            (Demand::Nothing, None) => String::new(),
        });
    }
    let known = before.map_or(&[][..], |before| before.allowed);
    let allowed: Vec<_> = revision
        .allowed
        .iter()
        .filter(|value| !value.is_empty() && !known.contains(value))
        .copied()
        .collect();
    if !allowed.is_empty() {
        let also = if known.is_empty() {
            "allowed"
        } else {
            "also allowed"
        };
        parts.push(format!("{also}: {}", allowed.join(", ")));
    }
    parts.extend(revision.relaxed.iter().map(|relaxation| match relaxation {
        Relaxation::Windows => "not for pods with os.name: windows".to_owned(),
        Relaxation::UserNamespace => "not for pods with hostUsers: false".to_owned(),
    }));
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// What the judge says of the check's example.
fn reported(check: &'static Check) -> Option<(String, String)> {
    let (tree, pod) = example(check)?;
    let policy = example_policy(check);
    let judgement = judge(&tree, &pod, &policy, &Images::default(), &|_, _| None);
    let name = |i: usize| Some(pod.containers.get(i)?.name.as_str());
    let violations = judgement.violations.iter();
    let revision = judgement.violations.first()?.revision;
    let named = violations.map(|v| (v, v.container.and_then(name)));
    let words = (check.words)(&Offence::of(revision, named));
    Some((words.reason.into_owned(), words.detail))
}

/// The profile in which the check itself speaks.
fn example_policy(check: &Check) -> Policy {
    let profile = match check.overridden_by {
        Some(_) => Profile::Baseline,
        None => Profile::Hardened,
    };
    Policy {
        profile,
        only: vec![check.id],
        writable_dirs: Some(WritableDirs::Auto),
        low_ports: LowPorts::Sysctl,
        ..Policy::new(Date::default())
    }
}

fn example(check: &Check) -> Option<(yaml::Tree, PodSpec)> {
    let spec = check
        .about
        .example
        .lines()
        .map(|line| format!("  {line}\n"));
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n".to_owned();
    let tree = yaml::locate((text + &spec.collect::<String>()).as_bytes()).ok()?;
    let found = locate(&tree, &Kinds::default()).ok()?;
    let pod = found
        .workloads
        .into_iter()
        .next()?
        .pods
        .into_iter()
        .next()?;
    // Examples name no images: without one a pod spec counts as a patch of another.
    let pod = PodSpec {
        claims: Vec::new(),
        is_partial: false,
        ..pod
    };
    Some((tree, pod))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{CHECKS, Status};

    #[test]
    fn every_example_is_reported_in_the_words_of_its_check() {
        for check in CHECKS {
            let (reason, detail) = reported(check).expect(check.id);
            assert!(reason.len() > 3 && detail.len() > 3, "{}", check.id);
        }
    }

    /// What is said of `--unsafe-fixes` is what the judge does with the example.
    #[test]
    fn who_takes_a_privilege_away_is_said_as_the_judge_has_it() {
        let mut seen = [0, 0];
        for check in CHECKS {
            let Some(grant) = check.grant.as_ref() else {
                continue;
            };
            let (tree, pod) = example(check).expect(check.id);
            let judgement = judge(
                &tree,
                &pod,
                &example_policy(check),
                &Images::default(),
                &|_, _| None,
            );
            let statuses: Vec<_> = judgement.violations.iter().map(|v| &v.status).collect();
            let by_flag = statuses.contains(&&Status::NeedsUnsafe);
            // The annotations of seccomp are looked at before v1.19 only.
            if check.id != "seccompProfile" {
                assert_eq!(
                    by_flag,
                    !grant.taken_away.is_empty(),
                    "{}: {statuses:?}",
                    check.id
                );
                seen[usize::from(by_flag)] += 1;
            }
        }
        assert!(seen.iter().all(|n| *n > 2), "{seen:?}");
    }

    #[test]
    fn changes_from_version_to_version_are_said_as_changes() {
        let said = |id: &str| {
            let check = CHECKS.iter().find(|check| check.id == id).expect("a check");
            let rules = rules(check).into_iter();
            let rules = rules.map(|r| format!("{} {} {}", r.profile, r.since, r.demand));
            rules.collect::<Vec<_>>()
        };
        assert_eq!(
            said("runAsNonRoot"),
            [
                "restricted v1.0 must be set",
                "restricted v1.35 not for pods with hostUsers: false",
                "hardened  must be set",
            ]
        );
        assert_eq!(
            said("seLinuxOptions"),
            [
                "baseline v1.0 allowed: container_t, container_init_t, container_kvm_t",
                "baseline v1.31 also allowed: container_engine_t",
            ]
        );
        assert_eq!(
            said("capabilities")[1..],
            [
                "restricted v1.22 must be set; allowed: NET_BIND_SERVICE",
                "restricted v1.25 not for pods with os.name: windows",
                "hardened  must be set",
            ]
        );
        assert_eq!(said("hostPathVolumes")[0], "baseline v1.0 forbidden");
        assert_eq!(
            said("hostPathVolumes")[1],
            "restricted  restrictedVolumes takes its place"
        );
    }

    #[test]
    fn no_rule_is_empty() {
        for check in CHECKS {
            let rules = rules(check);
            assert!(
                !rules.is_empty() && rules.iter().all(|r| !r.demand.is_empty()),
                "{}",
                check.id
            );
        }
    }
}
