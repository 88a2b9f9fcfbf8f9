//! What is asked, checked and refused before anything is changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::expected::own;
use crate::small::{Small, hardened_own, web};
use crate::support::cluster::{kubeconfig, until};

fn version(object: &Value) -> Value {
    object["metadata"]["resourceVersion"].clone()
}

/// The PATCH requests in the namespace that the API server has seen; `None` where its audit log is not at hand.
fn patches(small: &Small) -> Option<Vec<String>> {
    let log = kubeconfig().parent()?.join("log/audit.log");
    let text = fs::read_to_string(log).ok()?;
    let part = format!("/namespaces/{}/", small.ns.0);
    let entries = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let uris = entries.filter(|entry| entry["verb"] == "patch");
    let uris = uris.filter_map(|entry| Some(entry["requestURI"].as_str()?.to_owned()));
    Some(
        uris.filter(|uri| uri.contains(&part) && uri.contains("kubectl-harden"))
            .collect(),
    )
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_dry_run_leaves_no_trace() {
    let small = Small::new("dry", &[web("web"), web("api")]);
    small.plan(&["deploy"]);
    let before = ["web", "api"].map(|name| version(&small.get(&format!("deploy/{name}"))));
    let ran = small.harden(&["apply", "-f", "plan.yaml", "--dry-run=client"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lines = |how: &str| {
        let line = |name: &str| format!("{}/deployment.apps/{name} hardened ({how})\n", small.ns.0);
        line("api") + &line("web")
    };
    assert_eq!(ran.out(), lines("dry run"));
    let sent = patches(&small);
    assert!(sent.as_ref().is_none_or(Vec::is_empty), "{sent:?}");
    let ran = small.harden(&["apply", "-f", "plan.yaml", "--dry-run=server"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.out(), lines("server dry run"));
    if let Some(sent) = patches(&small) {
        assert_eq!(sent.len(), 2, "{sent:?}");
        let is_dry =
            |uri: &String| uri.contains("dryRun=All") && uri.contains("fieldValidation=Strict");
        assert!(sent.iter().all(is_dry), "{sent:?}");
    }
    let after = ["web", "api"].map(|name| version(&small.get(&format!("deploy/{name}"))));
    assert_eq!(after, before);
    assert_eq!(small.night.runs(), [""; 0]);
    let leases = small.kubectl(&["get", "leases", "-A", "-o", "name"]);
    assert!(!leases.contains("kubectl-harden"), "{leases}");
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_right_that_is_missing_is_named_before_anything_is_changed() {
    let small = Small::new("rights", &[web("web")]);
    let rule = |group: &str, resources: Value, verbs: Value| json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
    small.ns.apply(&[
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "reader"}}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader"}, "rules": [
            rule("apps", json!(["deployments"]), json!(["get", "list"])), rule("", json!(["pods", "events"]), json!(["get", "list", "watch"]))]}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "reader"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
            "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": small.ns.0}]}),
    ]);
    let who = format!("--as=system:serviceaccount:{}:reader", small.ns.0);
    until("the role is in force", || {
        small.harden(&["deploy", &who]).code == 1
    });
    // Also of what is changed only because the user says so.
    small.plan(&["deploy"]);
    small.edit_plan(|plan| {
        plan["workloads"][0]["blocked"] = json!({"reason": "Argo CD owns it", "managed": true});
    });
    let ran = small.apply(&["-f", "plan.yaml", &who]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let ran = small.apply(&["-f", "plan.yaml", &who, "--include-managed"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("you may not patch deployments.apps"),
        "{}",
        ran.stderr
    );
    let runs = small.night.runs();
    let before = version(&small.get("deploy/web"));
    for dry_run in ["none", "server"] {
        let ran = small.apply(&["deploy/web", &who, &format!("--dry-run={dry_run}")]);
        assert_eq!((ran.code, ran.out()), (2, String::new()), "{ran:?}");
        let said = format!(
            "error: you may not patch deployments.apps in the namespace {}\nhint: ",
            small.ns.0
        );
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    }
    assert_eq!(version(&small.get("deploy/web")), before);
    assert_eq!(small.night.runs(), runs);
    let sent = patches(&small);
    assert!(sent.as_ref().is_none_or(Vec::is_empty), "{sent:?}");
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn without_a_terminal_nothing_is_done_unasked() {
    let small = Small::new("ask", &[web("web")]);
    let before = version(&small.get("deploy/web"));
    let ran = small.harden(&["apply", "deploy/web"]);
    assert_eq!((ran.code, ran.out()), (2, String::new()), "{ran:?}");
    assert!(
        ran.stderr
            .contains("cannot ask \"Harden 1 workload of the cluster "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("standard input is not a terminal\nhint: --yes does not ask"),
        "{}",
        ran.stderr
    );
    assert_eq!(version(&small.get("deploy/web")), before);
    assert_eq!(small.night.runs(), [""; 0]);
    let ran = small.apply(&["deploy/web"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = small.harden(&["undo"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("hint: --yes does not ask"),
        "{}",
        ran.stderr
    );
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_plan_is_private_and_carried_out_as_edited() {
    let small = Small::new("edit", &[web("web"), web("api"), web("db")]);
    small.plan(&["deploy"]);
    let mode = fs::metadata(small.night.path("plan.yaml"))
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = ["api", "db", "web"].map(|name| small.get(&format!("deploy/{name}")));
    // A workload out, and of another one a change.
    small.edit_plan(|plan| {
        let workloads = plan["workloads"].as_array_mut().expect("workloads");
        workloads.retain(|workload| workload["object"]["name"] != "db");
        let web = workloads
            .iter_mut()
            .find(|workload| workload["object"]["name"] == "web")
            .expect("web");
        let changes = web["changes"].as_array_mut().expect("changes");
        let all = changes.len();
        changes.retain(|change| change["field"] != "spec.template.spec.securityContext.fsGroup");
        assert_eq!(changes.len(), all - 1);
    });
    let ran = small.apply(&["-f", "plan.yaml"]);
    assert_eq!((ran.code, ran.out().lines().count()), (0, 2), "{ran:?}");
    assert_eq!(own(&small.get("deploy/api")), hardened_own(&before[0]));
    assert_eq!(version(&small.get("deploy/db")), version(&before[1]));
    let mut wanted = hardened_own(&before[2]);
    let pod = &mut wanted["spec"]["template"]["spec"]["securityContext"];
    pod.as_object_mut().expect("fields").shift_remove("fsGroup");
    assert_eq!(own(&small.get("deploy/web")), wanted);
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_plan_that_is_none_is_refused() {
    let small = Small::new("nonsense", &[web("web")]);
    small.plan(&["deploy"]);
    let (good, before) = (
        small.night.read("plan.yaml"),
        version(&small.get("deploy/web")),
    );
    type Edit = fn(&mut Value);
    let edits: [(&str, Edit); 8] = [
        ("is not a plan: its kind is not HardenPlan", |plan| {
            plan["kind"] = json!("Deployment")
        }),
        ("this version reads plans of ", |plan| {
            plan["apiVersion"] = json!("kubectl-harden.dev/v9")
        }),
        ("unknown field `replicas`", |plan| {
            plan["workloads"][0]["replicas"] = json!(3)
        }),
        ("spec.replicas is not in a pod spec", |plan| {
            plan["workloads"][0]["changes"][0]["field"] = json!("spec.replicas");
        }),
        ("does not change", |plan| {
            let change = &mut plan["workloads"][0]["changes"][0];
            change["before"] = change["after"].clone();
        }),
        ("is there twice", |plan| {
            let twice = plan["workloads"][0].clone();
            plan["workloads"]
                .as_array_mut()
                .expect("workloads")
                .push(twice);
        }),
        ("the plan is for the cluster", |plan| {
            plan["metadata"]["cluster"]["uid"] = json!("00000000-0000-0000-0000-000000000000");
            plan["metadata"]["cluster"]["server"] = json!("10.0.0.1:6443");
        }),
        ("missing field", |plan| {
            plan["workloads"][0]["object"]
                .as_object_mut()
                .expect("an object")
                .shift_remove("uid");
        }),
    ];
    for (said, edit) in edits {
        small.night.write("plan.yaml", &good);
        small.edit_plan(edit);
        let ran = small.apply(&["-f", "plan.yaml"]);
        assert_eq!((ran.code, ran.out()), (2, String::new()), "{said}: {ran:?}");
        assert!(
            ran.stderr.starts_with("error: ") && ran.stderr.contains(said),
            "{said}: {}",
            ran.stderr
        );
    }
    for (text, said) in [
        ("{", "plan.yaml: "),
        ("", "is not a plan"),
        ("a: [1", "plan.yaml: "),
    ] {
        small.night.write("plan.yaml", text);
        let ran = small.apply(&["-f", "plan.yaml"]);
        assert_eq!(ran.code, 2, "{text}: {ran:?}");
        assert!(ran.stderr.contains(said), "{text}: {}", ran.stderr);
    }
    // What the server refuses is blocked with its words, and nothing else of the object is touched.
    small.night.write("plan.yaml", &good);
    small.edit_plan(|plan| {
        let changes = plan["workloads"][0]["changes"]
            .as_array_mut()
            .expect("changes");
        let user = changes
            .iter_mut()
            .find(|change| change["field"] == "spec.template.spec.securityContext.runAsUser");
        user.expect("runAsUser")["after"] = json!(-5);
    });
    let ran = small.apply(&["-f", "plan.yaml"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        ran.stderr.contains("must be between 0 and"),
        "{}",
        ran.stderr
    );
    assert_eq!(version(&small.get("deploy/web")), before);
}
