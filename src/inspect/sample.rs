//! What was seen, for the tests of what is written of it.

use serde_json::json;

use super::actual::{Actual, NotRead, Source};
use super::container::{Kind, State};
use super::declared::{Declared, Surroundings};
use super::finding::findings;
use super::inspection::Inspection;
use super::look::{InspectedContainer, InspectedPod};
use super::probe::Readings;
use crate::procfs::processes;

/// A process of nobody's in particular.
const STATUS: &str = "Name:\tnginx\nPid:\t1\nPPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t0 10\n\
    CapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nNoNewPrivs:\t0\nSeccomp:\t2\n";

/// Two pods of a deployment that are alike, and one whose containers tell nothing.
pub(super) fn inspection() -> Inspection {
    let ended = State::Ended {
        exit_code: 0,
        reason: "Completed".into(),
    };
    let why = ended.why_not().unwrap_or_default();
    Inspection {
        started: "2026-11-25T01:02:03Z".parse().expect("a time"),
        server: "10.0.0.12:16443".into(),
        context: "prod|eu".into(),
        pods: vec![
            pod(
                "lone",
                "pod/lone",
                vec![
                    unread("setup", Kind::Init, ended, &why),
                    unread("c", Kind::Container, State::Running, "no sh"),
                ],
            ),
            pod("web-1", "deployment.apps/web", vec![root()]),
            pod("web-2", "deployment.apps/web", vec![root()]),
        ],
        errors: Vec::new(),
    }
}

fn pod(name: &str, workload: &str, containers: Vec<InspectedContainer>) -> InspectedPod {
    InspectedPod {
        namespace: "shop".into(),
        name: name.into(),
        workload: workload.into(),
        node: "node-1".into(),
        surroundings: Surroundings::default(),
        containers,
    }
}

fn root() -> InspectedContainer {
    let mut actual = Actual::default();
    let readings = Readings {
        processes: processes(STATUS),
        has_all: true,
        root_is_read_only: Some(false),
        ..Readings::default()
    };
    let not_read = actual.add(&readings, Source::Exec, Surroundings::default(), true);
    let declared = Declared::of(&json!({}), &json!({}));
    InspectedContainer {
        name: "nginx".into(),
        kind: Kind::Container,
        image: "=nginx:1".into(),
        state: State::Running,
        findings: findings(&declared, &actual, Surroundings::default()),
        declared,
        actual,
        not_read,
    }
}

fn unread(name: &str, kind: Kind, state: State, reason: &str) -> InspectedContainer {
    InspectedContainer {
        name: name.into(),
        kind,
        image: "app:1".into(),
        state,
        declared: Declared {
            run_as_user: Some(1000),
            ..Declared::default()
        },
        actual: Actual::default(),
        not_read: vec![NotRead {
            what: "all",
            reason: reason.into(),
            hint: "",
        }],
        findings: Vec::new(),
    }
}
