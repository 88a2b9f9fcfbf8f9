use serde_json::json;

use super::*;
use crate::checks::Policy;
use crate::cluster::Resource;
use crate::rollout::retry::lesson::{LeftOutField, RunsAs};
use crate::source::manifest_of;

fn settings() -> Settings {
    Settings::new(Policy::new(jiff::civil::date(2026, 11, 1)))
}

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [
                {"name": "app", "image": "registry.example/shop/app:1"},
                {"name": "side", "image": "registry.example/shop/side:1"},
            ]},
        }},
    })
}

fn planned(object: &Value, settings: &Settings) -> PlannedWorkload {
    let resource = Resource {
        kind: "Deployment".into(),
        ..Resource::namespaced("apps", "v1", "deployments")
    };
    let mut live = manifest_of(&resource, object.clone());
    live.raw = object.clone();
    match Planned::of(&live, settings) {
        Planned::Workload(workload) => *workload,
        other => panic!("{other:?}"),
    }
}

fn lines(changes: &[Change]) -> Vec<String> {
    let line = |change: &Change| {
        let after = change.after.clone().unwrap_or_default();
        format!("{}={after}", change.field)
    };
    changes.iter().map(line).collect()
}

fn again(workload: &PlannedWorkload, learned: &Learned) -> Vec<String> {
    let changes = replan(workload, &deployment(), &settings(), learned);
    lines(&changes.expect("changes"))
}

fn with(container: &str, teach: impl FnOnce(&mut Lesson)) -> Learned {
    let mut learned = Learned::default();
    teach(learned.of(container));
    learned
}

const SPEC: &str = "spec.template.spec.";

#[test]
fn who_learned_nothing_plans_the_same() {
    let workload = planned(&deployment(), &settings());
    assert_eq!(
        again(&workload, &Learned::default()),
        lines(&workload.changes)
    );
}

/// A person took fields out of the plan: for the pod, and for one container.
#[test]
fn what_the_plan_leaves_alone_stays_alone() {
    let all = planned(&deployment(), &settings());
    for taken in [
        "fsGroup",
        "name=app].securityContext.readOnlyRootFilesystem",
    ] {
        let mut workload = all.clone();
        workload
            .changes
            .retain(|change| !change.field.to_string().contains(taken));
        assert_eq!(workload.changes.len(), all.changes.len() - 1, "{taken}");
        assert_eq!(
            again(&workload, &Learned::default()),
            lines(&workload.changes)
        );
        let learned = with("side", |lesson| {
            lesson.low_ports.insert(80);
        });
        let more = again(&workload, &learned);
        assert!(!more.iter().any(|line| line.contains(taken)), "{more:?}");
        assert_eq!(more.len(), workload.changes.len() + 1);
    }
}

#[test]
fn a_field_is_left_out_for_one_container_alone() {
    let workload = planned(&deployment(), &settings());
    let learned = with("app", |lesson| {
        for check in [
            "readOnlyRootFilesystem",
            "runAsUser",
            "runAsNonRoot",
            "runAsGroup",
        ] {
            lesson
                .left_out
                .insert(check.into(), LeftOutField::default());
        }
    });
    let changes = again(&workload, &learned);
    let has = |text: &str| changes.contains(&format!("{SPEC}{text}"));
    assert!(!has("securityContext.runAsUser=1000"), "{changes:?}");
    assert!(has("containers[name=side].securityContext.runAsUser=1000"));
    assert!(has(
        "containers[name=side].securityContext.runAsNonRoot=true"
    ));
    assert!(has(
        "containers[name=side].securityContext.readOnlyRootFilesystem=true"
    ));
    assert!(
        !changes
            .iter()
            .any(|line| line.contains("name=app") && line.contains("readOnly"))
    );
    assert!(has(
        "securityContext.seccompProfile.type=\"RuntimeDefault\""
    ));
    assert!(has(
        "containers[name=app].securityContext.allowPrivilegeEscalation=false"
    ));
}

#[test]
fn who_stays_root_keeps_some_capabilities_and_drops_the_others() {
    let workload = planned(&deployment(), &settings());
    let learned = with("app", |lesson| {
        for check in ["runAsNonRoot", "runAsUser", "runAsGroup"] {
            lesson
                .left_out
                .insert(check.into(), LeftOutField::default());
        }
        lesson.root_capabilities = ["SETGID".to_owned(), "SETUID".into()].into();
    });
    let changes = replan(&workload, &deployment(), &settings(), &learned).expect("changes");
    let object = changed(&deployment(), &changes);
    let of = |container: usize| {
        let path = format!("/spec/template/spec/containers/{container}/securityContext");
        object.pointer(&path).cloned().unwrap_or_default()
    };
    let kept = json!({"add": ["SETGID", "SETUID"], "drop": ["ALL"]});
    assert_eq!(of(0)["capabilities"], kept);
    assert_eq!(of(0)["runAsUser"], Value::Null);
    assert_eq!(of(1)["capabilities"], json!({"drop": ["ALL"]}));
    // Once it is written, what is kept is exempt, and a second look changes nothing.
    let again = with_lessons(&settings(), &workload, &deployment(), &learned);
    let live = workload.object.manifest(object);
    let Planned::LeftOut(left_out) = Planned::of(&live, &again) else {
        panic!("it changes again");
    };
    assert_eq!(left_out.reason, "exempt");
}

#[test]
fn a_program_gets_what_it_needs() {
    let workload = planned(&deployment(), &settings());
    let learned = with("app", |lesson| {
        lesson.run_as = Some(RunsAs {
            uid: 33,
            gid: Some(34),
        });
        lesson.writable.insert("/var/lib/app".into());
        lesson.seeded.insert("/etc/app".into());
        lesson.home = Some("/tmp".into());
        lesson.low_ports.insert(0);
        lesson.capabilities.insert("NET_BIND_SERVICE".into());
    });
    let changes = replan(&workload, &deployment(), &settings(), &learned).expect("changes");
    let object = changed(&deployment(), &changes);
    let spec = object
        .pointer("/spec/template/spec")
        .cloned()
        .unwrap_or_default();
    let at = |pointer: &str| spec.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(at("/securityContext/runAsUser"), 33);
    assert_eq!(at("/securityContext/runAsGroup"), 34);
    assert_eq!(at("/containers/1/securityContext/runAsUser"), 1000);
    assert_eq!(at("/securityContext/sysctls/0/value"), "0");
    assert_eq!(
        at("/containers/0/env"),
        json!([{"name": "HOME", "value": "/tmp"}])
    );
    assert_eq!(
        at("/containers/0/securityContext/capabilities/add"),
        json!(["NET_BIND_SERVICE"])
    );
    let paths = at("/containers/0/volumeMounts");
    let paths: Vec<_> = paths
        .as_array()
        .into_iter()
        .flatten()
        .map(|mount| mount["mountPath"].clone())
        .collect();
    assert_eq!(paths, ["/var/lib/app", "/etc/app", "/tmp"]);
    assert_eq!(at("/initContainers/0/name"), "seed-etc-app");
    assert_eq!(at("/initContainers/0/securityContext/runAsUser"), 33);
}
