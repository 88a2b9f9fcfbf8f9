use std::fs;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::config::{Configs, FILE, Flags};
use crate::examine::Settings;
use crate::rollout::plan::{ObjectRef, Planned, changed};
use crate::rollout::retry::{Lesson, RunsAs, replan};

/// What a configuration file says; empty for none.
fn settings(text: &str) -> Arc<Settings> {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join(FILE), text).expect("written");
    let configs = Configs::new(Flags::default(), jiff::civil::date(2026, 11, 28));
    configs.of(directory.path()).expect("valid")
}

fn object() -> ObjectRef {
    ObjectRef {
        api_version: "apps/v1".into(),
        kind: "Deployment".into(),
        resource: "deployments".into(),
        namespace: "shop".into(),
        name: "web".into(),
        uid: "u".into(),
    }
}

/// A pod with the ports that a container names, beside another of an image that nobody knows.
fn deployment(ports: &Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u"},
        "spec": {"template": {"spec": {"containers": [
            {"name": "app", "image": "registry.example:5000/shop/front:1.2", "ports": ports},
            {"name": "log", "image": "registry.example:5000/shop/log@sha256:0"}]}}}})
}

fn planned(original: &Value, settings: &Settings) -> PlannedWorkload {
    match Planned::of(&object().manifest(original.clone()), settings) {
        Planned::Workload(workload) => PlannedWorkload {
            object: object(),
            ..*workload
        },
        other => panic!("{other:?}"),
    }
}

fn dirs(dirs: &[&str]) -> std::collections::BTreeSet<String> {
    dirs.iter().map(|dir| (*dir).to_owned()).collect()
}

fn web() -> Lesson {
    Lesson {
        run_as: Some(RunsAs {
            uid: 33,
            gid: Some(33),
        }),
        writable: dirs(&["/run", "/var/lib/front"]),
        low_ports: [80].into(),
        ..Lesson::default()
    }
}

fn lessons() -> Vec<Vec<(&'static str, Lesson)>> {
    let left_out = |lesson: Lesson, checks: &[&str]| {
        let why = |check: &&str| {
            (
                (*check).to_owned(),
                serde_json::from_value(json!({"evidence": "no: \"x\"", "fix": "y"})).expect("why"),
            )
        };
        Lesson {
            left_out: checks.iter().map(why).collect(),
            ..lesson
        }
    };
    let user = ["runAsNonRoot", "runAsUser", "runAsGroup", "capabilities"];
    let filled = Lesson {
        seeded: dirs(&["/etc/front"]),
        home: Some("/tmp".into()),
        capabilities: dirs(&["NET_BIND_SERVICE"]),
        ..web()
    };
    let root = Lesson {
        seeded: dirs(&["/etc/front"]),
        root_capabilities: dirs(&["SETGID", "SETUID", "SYS_CHROOT"]),
        ..Lesson::default()
    };
    vec![
        vec![("app", web())],
        vec![
            ("app", filled.clone()),
            (
                "log",
                Lesson {
                    run_as: Some(RunsAs { uid: 7, gid: None }),
                    ..Lesson::default()
                },
            ),
        ],
        vec![("app", left_out(web(), &["readOnlyRootFilesystem"]))],
        vec![("app", filled), ("log", left_out(Lesson::default(), &user))],
        // Root that fills a volume and keeps some of its capabilities.
        vec![("app", left_out(root, &user[..3]))],
    ]
}

/// What a file's hardening writes with what was learned is what the run wrote.
#[test]
fn what_is_remembered_does_what_was_learned() {
    let plain = settings("");
    for (n, lessons) in lessons().into_iter().enumerate() {
        for ports in [json!([]), json!([{"containerPort": 80}])] {
            let original = deployment(&ports);
            let planned = planned(&original, &plain);
            let lessons = lessons
                .iter()
                .map(|(name, lesson)| ((*name).to_owned(), lesson.clone()));
            let learned = Learned {
                containers: lessons.collect(),
            };
            let changes = replan(&planned, &original, &plain, &learned).expect("changes");
            assert_ne!(changes, planned.changes);
            let workload = PlannedWorkload {
                changes: changes.clone(),
                ..planned
            };
            let taught = [Taught {
                workload,
                learned: &learned,
                original: original.clone(),
            }];
            let remembered = facts::of("20261128-010203", &taught);
            let added = remembered.add_to(HEAD).expect("added");
            assert_eq!(added.remarks, [""; 0]);
            let again = self::planned(&original, &settings(&added.text));
            assert_eq!(
                changed(&original, &again.changes),
                changed(&original, &changes),
                "{n}: {}",
                added.text
            );
        }
    }
}

#[test]
fn an_image_is_what_all_say_of_it() {
    let original = deployment(&json!([]));
    let plain = settings("");
    let taught = |learned| Taught {
        workload: planned(&original, &plain),
        learned,
        original: original.clone(),
    };
    let other = Lesson {
        run_as: Some(RunsAs { uid: 7, gid: None }),
        low_ports: [0].into(),
        ..Lesson::default()
    };
    let learned = |lesson: Lesson| Learned {
        containers: [("app".to_owned(), lesson)].into(),
    };
    let (one, two) = (learned(web()), learned(other));
    let both = facts::of("R", &[taught(&one), taught(&two)]);
    let facts = both.images.first().expect("an image");
    assert_eq!(
        (both.images.len(), facts.image.as_str()),
        (1, "registry.example:5000/shop/front")
    );
    assert_eq!(facts.run_as, None);
    assert_eq!(facts.writable_dirs, ["/run", "/var/lib/front"]);
    assert_eq!(facts.low_ports, [80]);
    assert_eq!(
        facts.reason,
        "learned from shop/deployment.apps/web in the run R"
    );
    let unnamed = facts::of("R", &[taught(&two)]);
    let reason = unnamed.images.first().map(|facts| facts.reason.as_str());
    assert_eq!(
        reason,
        Some(
            "learned from shop/deployment.apps/web in the run R; it listens on a port below 1024 that nobody named: say which under lowPorts"
        )
    );
    assert!(unnamed.opens_ports && !unnamed.mounts_dirs && !unnamed.is_empty());
}

#[test]
fn patches_are_for_kustomize_where_it_can_say_it() {
    let original = deployment(&json!([]));
    let planned = planned(&original, &settings(""));
    let (ending, patch) = patch::of(&original, &planned.changes).expect("a patch");
    assert_eq!(ending, "yaml");
    assert!(
        patch.starts_with("apiVersion: apps/v1\nkind: Deployment\n"),
        "{patch}"
    );
    let mut changes = planned.changes;
    if let Some(first) = changes.first_mut() {
        first.after = None;
    }
    let (ending, patch) = patch::of(&original, &changes).expect("a patch");
    assert_eq!(ending, "json");
    assert!(patch.starts_with('['), "{patch}");
}
