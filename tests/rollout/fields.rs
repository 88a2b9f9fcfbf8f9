//! Whose fields are whose: what others change stays theirs, what was applied before stays applied.

use serde_json::{Value, json};

use crate::cases::{after, deployment, hardened};
use crate::expected::{operations, own};
use crate::small::{QUICK, Small, container, hardened_own, web};
use crate::support::Ran;

const OURS: &str = "kubectl-harden";

fn moved_to(state: &'static str) -> impl Fn(&Value) -> bool {
    move |entry| entry["event"] == "moved" && entry["to"] == state
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_restore_leaves_what_others_changed_elsewhere() {
    let later = deployment("web", 1, &[hardened("fail-later"), after("12s")]);
    let small = Small::new("foreign", &[later]);
    let mut wanted = small.get("deploy/web");
    let args = [
        "apply",
        "deploy/web",
        "-n",
        &small.ns.0,
        "--timeout=60s",
        "--soak=40s",
        "--yes",
    ];
    let run = small.night.start(&args);
    small.until_journal("it soaks", moved_to("soaking"));
    let env = json!([{"name": "B", "value": "2"}]);
    small.patch(
        "deploy/web",
        "kubectl-edit",
        &container("app", json!({"env": env})),
    );
    small.patch(
        "deploy/web",
        "kubectl-edit",
        &json!({"spec": {"template": {"metadata": {"annotations": {"x": "y"}}}}}),
    );
    let ran = Ran::from(run.wait_with_output().expect("ends"));
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        small
            .printed(&ran.out(), "deployment.apps/web")
            .starts_with("restored: "),
        "{ran:?}"
    );
    let template = &mut wanted["spec"]["template"];
    template["spec"]["containers"][0]["env"] =
        json!([{"name": "B", "value": "2"}, {"name": "A", "value": "0777"}]);
    template["metadata"]["annotations"]["x"] = json!("y");
    let now = small.get("deploy/web");
    assert_eq!(own(&now), own(&wanted));
    assert_eq!(operations(&now, OURS), [""; 0]);
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_container_that_comes_while_soaking_is_kept_and_hardened_later() {
    let small = Small::new("added", &[web("web")]);
    let before = small.get("deploy/web");
    let args = [
        "apply",
        "deploy/web",
        "-n",
        &small.ns.0,
        "--timeout=60s",
        "--soak=6s",
        "--yes",
    ];
    let run = small.night.start(&args);
    small.until_journal("it soaks", moved_to("soaking"));
    let extra = container("extra", json!({"image": "registry.invalid/extra:1"}));
    small.patch("deploy/web", "kubectl-edit", &extra);
    let ran = Ran::from(run.wait_with_output().expect("ends"));
    assert_eq!(ran.code, 0, "{ran:?}");
    let with_extra = small.get("deploy/web");
    let containers = with_extra["spec"]["template"]["spec"]["containers"]
        .as_array()
        .expect("containers");
    let of = |name: &str| {
        containers
            .iter()
            .find(|container| container["name"] == name)
            .expect(name)
    };
    assert!(
        of("extra").get("securityContext").is_none(),
        "{}",
        of("extra")
    );
    assert_eq!(of("app")["securityContext"]["readOnlyRootFilesystem"], true);

    let ran = small.apply(&["deploy/web"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let now = small.get("deploy/web");
    assert_eq!(
        own(&now),
        hardened_own(&with_extra),
        "nothing of the first is dropped"
    );
    assert_eq!(operations(&now, OURS), ["Apply"]);

    // The newest run that changed it is set back, then the one before.
    let undo = [&["undo", "deploy/web", "--yes"][..], &QUICK].concat();
    let ran = small.harden(&undo);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(own(&small.get("deploy/web")), own(&with_extra));
    let ran = small.harden(&undo);
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut wanted = before;
    let containers = wanted["spec"]["template"]["spec"]["containers"]
        .as_array_mut()
        .expect("containers");
    let mut extra = of("extra").clone();
    extra
        .as_object_mut()
        .expect("fields")
        .shift_remove("securityContext");
    let at = with_extra["spec"]["template"]["spec"]["containers"]
        .as_array()
        .expect("containers")
        .iter();
    let at = at
        .take_while(|container| container["name"] != "extra")
        .count();
    containers.insert(at, extra);
    assert_eq!(own(&small.get("deploy/web")), own(&wanted));
    let ran = small.harden(&undo);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr
            .contains("no run has changed deploy/web and left it so"),
        "{ran:?}"
    );
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_controllers_fields_are_left_to_it_unless_forced() {
    let small = Small::new("tuner", &[web("web")]);
    let tuned = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"securityContext": {"runAsUser": 0}}}}});
    let args = [
        "apply",
        "--server-side",
        "--field-manager=tuner",
        "-n",
        &small.ns.0,
        "-f",
        "-",
    ];
    crate::support::cluster::done(&args, &tuned.to_string());
    small.kubectl(&["rollout", "status", "deploy/web"]);
    small.until_still();
    let before = small.get("deploy/web");
    let ran = small.apply(&["deploy/web"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let said =
        "blocked: the field manager \"tuner\" owns .spec.template.spec.securityContext.runAsUser";
    assert!(ran.stderr.contains(said), "{ran:?}");
    assert!(ran.stderr.contains("--force-conflicts"), "{ran:?}");
    let now = small.get("deploy/web");
    assert_eq!(
        now["metadata"]["resourceVersion"],
        before["metadata"]["resourceVersion"]
    );
    let ran = small.apply(&["deploy/web", "--force-conflicts"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(own(&small.get("deploy/web")), hardened_own(&before));
    assert_eq!(small.row("web")["takesOver"], json!(["tuner"]));
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn what_something_else_manages_waits_for_include_managed() {
    let small = Small::new("managed", &[]);
    let mut argo = web("argo");
    let id = format!("shop:apps/Deployment:{}/argo", small.ns.0);
    argo["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = json!(id);
    small.create(&[argo]);
    let before = small.get("deploy/argo");
    small.plan(&["deploy"]);
    let plan: Value = serde_yaml::from_str(&small.night.read("plan.yaml")).expect("YAML");
    let workload = &plan["workloads"][0];
    assert_eq!(workload["blocked"]["managed"], true, "{workload}");
    assert!(
        workload["blocked"]["reason"]
            .as_str()
            .is_some_and(|text| text.contains("Argo CD")),
        "{workload}"
    );
    assert!(
        workload["patch"]
            .as_str()
            .is_some_and(|patch| patch.contains("runAsNonRoot: true")),
        "{workload}"
    );
    let ran = small.apply(&["-f", "plan.yaml"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(own(&small.get("deploy/argo")), own(&before));
    let ran = small.apply(&["-f", "plan.yaml", "--include-managed"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(own(&small.get("deploy/argo")), hardened_own(&before));
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn what_was_made_anew_or_changed_since_is_not_what_was_planned() {
    let small = Small::new("anew", &[web("anew"), web("stale"), web("scaled")]);
    small.plan(&["deploy"]);
    small.kubectl(&["delete", "deploy/anew", "--cascade=foreground"]);
    small.create(&[web("anew")]);
    small.kubectl(&["set", "env", "deploy/stale", "B=1"]);
    small.kubectl(&["scale", "deploy/scaled", "--replicas=2"]);
    small.kubectl(&["rollout", "status", "deploy/stale"]);
    small.kubectl(&["rollout", "status", "deploy/scaled"]);
    small.until_still();
    let before = ["anew", "stale", "scaled"].map(|name| small.get(&format!("deploy/{name}")));
    let ran = small.apply(&["-f", "plan.yaml"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let out = ran.out();
    assert!(
        small
            .printed(&out, "deployment.apps/anew")
            .starts_with("gone: "),
        "{out}"
    );
    assert!(
        small
            .printed(&out, "deployment.apps/stale")
            .starts_with("blocked: "),
        "{out}"
    );
    assert_eq!(small.printed(&out, "deployment.apps/scaled"), "hardened");
    for (name, before) in ["anew", "stale"].iter().zip(&before) {
        let now = small.get(&format!("deploy/{name}"));
        assert_eq!(
            now["metadata"]["resourceVersion"],
            before["metadata"]["resourceVersion"]
        );
    }
    assert_eq!(own(&small.get("deploy/scaled")), hardened_own(&before[2]));
}
