//! What was learned of a workload, in words.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::lesson::{Learned, LeftOutField, Lesson};
use crate::checks::{CHECKS, PING_SYSCTL, PORTS_SYSCTL};
use crate::rollout::plan::Change;

/// What a sysctl opens in the whole pod, and for whom.
type Opening = (&'static str, &'static str, fn(&Lesson) -> bool);

const OPENINGS: [Opening; 2] = [
    (PORTS_SYSCTL, "ports below 1024 opened", |lesson| {
        !lesson.low_ports.is_empty()
    }),
    (PING_SYSCTL, "ping opened", |lesson| lesson.pings),
];

/// Fields that are left out for a container for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::rollout) struct ToFix {
    pub(in crate::rollout) container: String,
    /// The ids of their checks, in the order of the checks.
    pub(in crate::rollout) checks: Vec<&'static str>,
    /// The line that shows why.
    pub(in crate::rollout) evidence: String,
    /// What the application or its image has to change.
    pub(in crate::rollout) fix: String,
}

impl Learned {
    /// How a workload was hardened: `runs as 33:33; emptyDir at /run, /var/lib/nginx; ports below 1024 opened; after 1 retry;
    /// without readOnlyRootFilesystem in container app`. Empty where nothing but the plan was needed.
    pub(in crate::rollout) fn how(&self, changes: &[Change], retries: usize) -> String {
        let facts = self.facts(changes);
        let is_of_one = facts
            .iter()
            .all(|(container, _)| facts.first().is_some_and(|(first, _)| first == container));
        let facts = facts.iter().map(|(container, fact)| match is_of_one {
            true => fact.clone(),
            false => format!("{fact} in container {container}"),
        });
        let mut parts: Vec<_> = facts.collect();
        let opened = self.opened(changes).into_iter();
        let mut opened: Vec<_> = opened.map(|(_, opened)| opened.to_owned()).collect();
        opened.dedup();
        parts.extend(opened);
        match retries {
            0 => {}
            1 => parts.push("after 1 retry".into()),
            count => parts.push(format!("after {count} retries")),
        }
        let without = self.to_fix().into_iter();
        parts.extend(without.map(
            |ToFix {
                 container, checks, ..
             }| { format!("without {} in container {container}", checks.join(", ")) },
        ));
        parts.join("; ")
    }

    /// What containers were given, as far as the changes that are in force give it.
    pub(in crate::rollout) fn facts(&self, changes: &[Change]) -> Vec<(&str, String)> {
        let gives = Given::by(changes);
        let containers = self.containers.iter();
        let facts = containers.flat_map(|(container, lesson)| {
            lesson
                .facts(&gives)
                .into_iter()
                .map(|fact| (container.as_str(), fact))
        });
        facts.collect()
    }

    /// What is opened in the whole pod, with the containers for whose sake it is.
    pub(in crate::rollout) fn opened(&self, changes: &[Change]) -> Vec<(&str, &'static str)> {
        let given = Given::by(changes);
        let openings = OPENINGS
            .iter()
            .filter(|(name, ..)| given.has("name", *name));
        let opened = openings.flat_map(|(_, words, is_for)| {
            let containers = self.containers.iter().filter(|(_, lesson)| is_for(lesson));
            containers.map(|(container, _)| (container.as_str(), *words))
        });
        opened.collect()
    }

    /// What the app has to fix: the fields that are left out, those together that go together.
    pub(in crate::rollout) fn to_fix(&self) -> Vec<ToFix> {
        let mut all: Vec<ToFix> = Vec::new();
        for check in CHECKS {
            let fields = self.left_out().filter(|(_, id, _)| *id == check.id);
            for (container, _, why) in fields {
                let fix = fix(why);
                let same = |one: &&mut ToFix| {
                    (one.container.as_str(), &one.evidence, &one.fix)
                        == (container, &why.evidence, &fix)
                };
                match all.iter_mut().find(same) {
                    Some(one) => one.checks.push(check.id),
                    None => all.push(ToFix {
                        container: container.to_owned(),
                        checks: vec![check.id],
                        evidence: why.evidence.clone(),
                        fix,
                    }),
                }
            }
        }
        all.sort_by(|one, other| one.container.cmp(&other.container));
        all
    }
}

/// What is to be changed. Where nothing said which field is to blame, that comes first.
fn fix(why: &LeftOutField) -> String {
    let guess = "nothing said which field is to blame, and it runs without";
    match (why.is_guess, why.fix.as_str()) {
        (false, fix) => fix.to_owned(),
        (true, "") => guess.to_owned(),
        (true, fix) => format!("{guess}; {fix}"),
    }
}

impl ToFix {
    /// Whose it is and which fields, what shows it, and what to do about it: a line each.
    pub(in crate::rollout) fn lines(&self, object: &str) -> Vec<String> {
        let head = format!(
            "{object} container {}: {}",
            self.container,
            self.checks.join(", ")
        );
        let more = [("seen", &self.evidence), ("fix", &self.fix)].into_iter();
        let more = more.filter(|(_, text)| !text.is_empty());
        let more = more.map(|(word, text)| format!("  {word}: {text}"));
        std::iter::once(head).chain(more).collect()
    }
}

impl Lesson {
    fn facts(&self, gives: &Given) -> Vec<String> {
        let mut facts = Vec::new();
        if let Some(user) = self.run_as.filter(|user| gives.has("runAsUser", user.uid)) {
            let gid = user.gid.filter(|gid| gives.has("runAsGroup", *gid));
            facts.push(match gid {
                Some(gid) => format!("runs as {}:{gid}", user.uid),
                None => format!("runs as {}", user.uid),
            });
        }
        for (words, dirs) in [
            ("emptyDir at", &self.writable),
            ("emptyDir filled from the image at", &self.seeded),
        ] {
            let dirs = gives.those("mountPath", dirs);
            if !dirs.is_empty() {
                facts.push(format!("{words} {}", dirs.join(", ")));
            }
        }
        let home = self.home.iter().filter(|_| gives.has("name", "HOME"));
        facts.extend(home.map(|home| format!("HOME={home}")));
        let kept = gives.those("add", &self.capabilities).into_iter();
        facts.extend(kept.map(|name| format!("keeps {name}")));
        let as_root = gives.those("add", &self.root_capabilities);
        if !as_root.is_empty() {
            let names = as_root.join(", ");
            facts.push(format!("keeps {names} of root's capabilities"));
        }
        facts
    }
}

/// What changes write that was not there: each value under its key, those of lists under the list's.
struct Given(Vec<(String, Value)>);

impl Given {
    fn by(changes: &[Change]) -> Self {
        let mut given = Vec::new();
        for change in changes {
            let path = change.field.to_string();
            let key = path.rsplit('.').next().unwrap_or_default();
            // An init container that fills a volume is no part of what the others are given.
            if key.starts_with("initContainers") {
                continue;
            }
            let (mut old, mut new) = (Vec::new(), Vec::new());
            change
                .before
                .iter()
                .for_each(|before| leaves(key, before, &mut old));
            change
                .after
                .iter()
                .for_each(|after| leaves(key, after, &mut new));
            given.extend(new.into_iter().filter(|leaf| !old.contains(leaf)));
        }
        Self(given)
    }

    fn has(&self, key: &str, value: impl Into<Value>) -> bool {
        let value = value.into();
        self.0
            .iter()
            .any(|(one, given)| one == key && *given == value)
    }

    /// Those of some values that are written under a key.
    fn those<'v>(&self, key: &str, values: &'v BTreeSet<String>) -> Vec<&'v str> {
        let values = values.iter().map(String::as_str);
        values.filter(|value| self.has(key, *value)).collect()
    }
}

fn leaves(key: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, value)| leaves(key, value, found)),
        Value::Array(items) => items.iter().for_each(|item| leaves(key, item, found)),
        value => found.push((key.to_owned(), value.clone())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::lesson::RunsAs;
    use super::*;

    fn change(field: &str, before: Value, after: Value) -> Change {
        Change {
            field: format!("spec.template.spec.{field}")
                .parse()
                .expect("a path"),
            before: Some(before).filter(|value| !value.is_null()),
            after: Some(after),
            check: String::new(),
            reason: String::new(),
        }
    }

    /// What is written for a web server on port 80.
    fn changes() -> Vec<Change> {
        let mount = |name: &str, path: &str| json!({"name": name, "mountPath": path});
        vec![
            change(
                "containers[name=app].securityContext",
                Value::Null,
                json!({"runAsUser": 33, "runAsGroup": 33, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}),
            ),
            change(
                "containers[name=app].volumeMounts",
                json!([mount("data", "/data")]),
                json!([
                    mount("data", "/data"),
                    mount("run", "/run"),
                    mount("conf", "/etc/nginx"),
                    mount("lib", "/var/lib/nginx")
                ]),
            ),
            change(
                "containers[name=app].env",
                Value::Null,
                json!([{"name": "HOME", "value": "/tmp"}]),
            ),
            change(
                "securityContext.sysctls",
                Value::Null,
                json!([
                    {"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"},
                    {"name": "net.ipv4.ping_group_range", "value": "0 2147483647"}
                ]),
            ),
        ]
    }

    fn lesson() -> Lesson {
        let dirs = |dirs: &[&str]| dirs.iter().map(|dir| (*dir).to_owned()).collect();
        Lesson {
            run_as: Some(RunsAs {
                uid: 33,
                gid: Some(33),
            }),
            writable: dirs(&["/run", "/var/lib/nginx", "/data"]),
            low_ports: [80].into(),
            ..Lesson::default()
        }
    }

    fn learned(lessons: impl IntoIterator<Item = (&'static str, Lesson)>) -> Learned {
        let lessons = lessons
            .into_iter()
            .map(|(name, lesson)| (name.to_owned(), lesson));
        Learned {
            containers: lessons.collect(),
        }
    }

    fn without(mut lesson: Lesson, checks: &[&str], evidence: &str) -> Lesson {
        for check in checks {
            let why = LeftOutField {
                evidence: evidence.into(),
                fix: "mend it".into(),
                is_guess: false,
            };
            lesson.left_out.insert((*check).to_owned(), why);
        }
        lesson
    }

    #[test]
    fn what_a_workload_got_is_said_in_one_line() {
        let web = "runs as 33:33; emptyDir at /run, /var/lib/nginx";
        let all = Lesson {
            seeded: ["/etc/nginx".to_owned()].into(),
            home: Some("/tmp".into()),
            capabilities: ["NET_BIND_SERVICE".to_owned()].into(),
            ..lesson()
        };
        let kept = Lesson {
            // The change that is in force does not give the second one.
            root_capabilities: ["NET_BIND_SERVICE".to_owned(), "SETUID".into()].into(),
            ..Lesson::default()
        };
        let user = ["runAsUser", "runAsGroup", "runAsNonRoot"];
        let root = without(Lesson::default(), &user, "no");
        for (lessons, retries, expected) in [
            (vec![], 0, String::new()),
            (vec![], 2, "after 2 retries".into()),
            (vec![("app", kept)], 0, "keeps NET_BIND_SERVICE of root's capabilities".into()),
            (vec![("app", lesson())], 0, format!("{web}; ports below 1024 opened")),
            (
                vec![("app", without(lesson(), &["readOnlyRootFilesystem"], "x"))],
                1,
                format!("{web}; ports below 1024 opened; after 1 retry; without readOnlyRootFilesystem in container app"),
            ),
            (
                vec![("app", all)],
                0,
                format!("{web}; emptyDir filled from the image at /etc/nginx; HOME=/tmp; keeps NET_BIND_SERVICE; ports below 1024 opened"),
            ),
            (
                vec![("app", Lesson { pings: true, ..lesson() }), ("log", Lesson { pings: true, ..root })],
                3,
                format!("{web}; ports below 1024 opened; ping opened; after 3 retries; without runAsNonRoot, runAsUser, runAsGroup in container log"),
            ),
            (
                vec![("app", lesson()), ("log", Lesson { home: Some("/tmp".into()), ..Lesson::default() })],
                0,
                "runs as 33:33 in container app; emptyDir at /run, /var/lib/nginx in container app; HOME=/tmp in container log; \
                 ports below 1024 opened"
                    .into(),
            ),
        ] {
            let said = learned(lessons).how(&changes(), retries);
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn what_no_change_gives_is_not_said() {
        let lesson = Lesson {
            run_as: Some(RunsAs { uid: 7, gid: None }),
            ..lesson()
        };
        let known = learned([("app", lesson)]);
        assert_eq!(known.how(&[], 0), "");
        assert_eq!(
            known.how(&changes(), 0),
            "emptyDir at /run, /var/lib/nginx; ports below 1024 opened"
        );
    }

    #[test]
    fn fields_that_go_together_are_one_thing_to_fix() {
        let user = ["runAsGroup", "runAsUser", "runAsNonRoot"];
        let both = without(
            without(Lesson::default(), &user, "chown: no"),
            &["seccompProfile"],
            "clone: no",
        );
        let known = learned([
            ("b", both.clone()),
            ("a", without(Lesson::default(), &user, "chown: no")),
        ]);
        let said: Vec<_> = known
            .to_fix()
            .iter()
            .flat_map(|one| one.lines("shop/deployment.apps/web"))
            .collect();
        let trio = "runAsNonRoot, runAsUser, runAsGroup";
        assert_eq!(
            said,
            [
                format!("shop/deployment.apps/web container a: {trio}").as_str(),
                "  seen: chown: no",
                "  fix: mend it",
                &format!("shop/deployment.apps/web container b: {trio}"),
                "  seen: chown: no",
                "  fix: mend it",
                "shop/deployment.apps/web container b: seccompProfile",
                "  seen: clone: no",
                "  fix: mend it",
            ]
        );
    }

    #[test]
    fn a_guess_is_called_one() {
        let mut lesson = without(Lesson::default(), &["seccompProfile"], "exit code 1");
        lesson
            .left_out
            .values_mut()
            .for_each(|why| why.is_guess = true);
        let to_fix = learned([("app", lesson)]).to_fix();
        let fix = to_fix.first().map(|one| one.fix.as_str());
        assert_eq!(
            fix,
            Some("nothing said which field is to blame, and it runs without; mend it")
        );
    }
}
