use serde_json::json;

use super::*;
use crate::rollout::health::Reason;
use crate::rollout::plan::{Change, ClusterName, LeftOut, Metadata, PlanSettings};

fn workload(kind: &str, name: &str, risks: &[&str]) -> PlannedWorkload {
    let changes = json!([
        {"field": "spec.template.spec.containers[name=app].securityContext.readOnlyRootFilesystem", "after": true},
        {"field": "spec.template.spec.containers[name=log].securityContext.readOnlyRootFilesystem", "after": true},
        {"field": "spec.template.spec.securityContext.runAsUser", "after": 1000},
    ]);
    let workload = json!({
        "object": {"apiVersion": "apps/v1", "kind": kind, "resource": format!("{}s", kind.to_lowercase()),
            "namespace": "shop", "name": name, "uid": name},
        "templateHash": "h", "podSpecs": ["spec.template.spec"], "risks": risks, "changes": changes,
    });
    serde_json::from_value(workload).expect("a workload")
}

fn plan(workloads: Vec<PlannedWorkload>) -> HardenPlan {
    HardenPlan {
        api_version: String::new(),
        kind: String::new(),
        metadata: Metadata {
            created_at: jiff::Timestamp::UNIX_EPOCH,
            created_by: String::new(),
            cluster: ClusterName::default(),
        },
        settings: PlanSettings {
            profile: String::new(),
            pss_version: String::new(),
            run_as_user: Some(1),
            run_as_group: None,
            fs_group: None,
            writable_dirs: Vec::new(),
            low_ports: None,
            skip: Vec::new(),
            only: Vec::new(),
            unsafe_fixes: false,
        },
        images: Vec::new(),
        workloads,
        compliant: Vec::new(),
        left_out: Vec::new(),
    }
}

fn checked(standing: Standing) -> Checked {
    Checked {
        standing,
        original: None,
    }
}

fn sound() -> Checked {
    checked(Standing::Sound {
        takes_over: vec!["kubectl-edit".into()],
        warnings: Vec::new(),
    })
}

#[test]
fn what_is_alike_is_said_once() {
    let recreate = "strategy Recreate with 1 pod";
    let mut workloads: Vec<_> = ["web", "api", "cart"]
        .iter()
        .map(|name| workload("Deployment", name, &[recreate]))
        .collect();
    workloads.push(workload("StatefulSet", "db", &["OrderedReady"]));
    workloads[1].canary = true;
    workloads[3].changes[2].before = Some(json!(0));
    workloads.push(workload(
        "Deployment",
        "flags",
        &["a risk of what is blocked"],
    ));
    workloads.push(workload("Deployment", "gone", &[]));
    let mut plan = plan(workloads);
    plan.left_out.push(LeftOut {
        object: "shop/pod/x".into(),
        reason: "exempt".into(),
    });
    let mut all: Vec<_> = (0..4).map(|_| sound()).collect();
    let reason = Reason {
        word: "Blocked".into(),
        message: "Helm owns it:\nflags".into(),
        ..Reason::default()
    };
    all.push(checked(Standing::Blocked(
        reason,
        "run helm upgrade".into(),
    )));
    all.push(checked(Standing::Gone));
    assert_eq!(
        drawn(&plan, &all, 60),
        "\
4 workloads to harden, 12 fields:
  shop deployment.apps: web, api, cart
  shop statefulset.apps: db
tried first, and before any other starts:
  shop/deployment.apps/api
what they get:
  all 4: runAsUser: 1000, readOnlyRootFilesystem: true
what is replaced by it:
  shop/statefulset.apps/db: runAsUser: 0 becomes 1000
risks:
  3 workloads: strategy Recreate with 1 pod
    shop/deployment.apps/web, shop/deployment.apps/api,
      shop/deployment.apps/cart
  shop/statefulset.apps/db: OrderedReady
fields are taken over from these field managers:
  all 4: kubectl-edit
blocked, not changed:
  shop/deployment.apps/flags: Helm owns it: flags
    hint: run helm upgrade
nothing to do:
  shop/deployment.apps/gone: deleted since the plan was made
left out of the plan:
  shop/pod/x: exempt
"
    );
}

#[test]
fn containers_are_named_where_their_values_differ() {
    let mut one = workload("Deployment", "web", &[]);
    let user = |container: &str, uid: i64| -> Change {
        let field =
            format!("spec.template.spec.containers[name={container}].securityContext.runAsUser");
        serde_json::from_value(json!({"field": field, "after": uid})).expect("a change")
    };
    assert_eq!(
        values::set(&one.changes),
        "runAsUser: 1000, readOnlyRootFilesystem: true"
    );
    one.changes
        .extend([user("log", 101), user("app", 1000), user("proxy", 101)]);
    assert_eq!(
        values::set(&one.changes),
        "runAsUser: 1000, readOnlyRootFilesystem: true, runAsUser: 101 in log and proxy"
    );
    one.changes.remove(2);
    assert_eq!(
        values::set(&one.changes),
        "readOnlyRootFilesystem: true, runAsUser: 101 in log and proxy, runAsUser: 1000 in app"
    );
}

#[test]
fn many_workloads_fit_on_a_screen() {
    let names: Vec<_> = (0..200).map(|i| format!("service-{i:03}")).collect();
    let workloads = names
        .iter()
        .map(|name| workload("Deployment", name, &["1 pod", &format!("claim {name}")]));
    let plan = plan(workloads.collect());
    let checked: Vec<_> = names.iter().map(|_| sound()).collect();
    let text = drawn(&plan, &checked, 80);
    assert!(names.iter().all(|name| text.contains(name)), "{text}");
    assert!(text.contains("\n  all 200: 1 pod\n"), "{text}");
    assert!(text.contains("and 181 more: the plan has all"), "{text}");
    assert!(text.lines().count() < 80, "{text}");
    assert!(text.lines().all(|line| line.len() <= 80), "{text}");
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let plan = plan(vec![workload("Deployment", "web", &["\u{1b}[2J"])]);
    let text = drawn(&plan, &[sound()], 80);
    assert!(
        !text.contains('\u{1b}') && text.contains("\\u{1b}[2J"),
        "{text}"
    );
}
