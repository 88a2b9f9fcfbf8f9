//! Workloads in every state that a cluster has them in, and what a rollout has to make of them.

use serde_json::{Value, json};

/// Where a workload has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    Hardened,
    Unwatched,
    Restored,
    Overtaken,
    Gone,
    /// With this word as its reason.
    Blocked(&'static str),
    /// In the plan only as fine already.
    Compliant,
    /// In the plan only as left out.
    LeftOut,
}

impl Ends {
    /// The state of a workload of the run; `None` where it is none.
    pub fn state(self) -> Option<&'static str> {
        Some(match self {
            Self::Hardened => "hardened",
            Self::Unwatched => "unwatched",
            Self::Restored => "restored",
            Self::Overtaken => "overtaken",
            Self::Gone => "gone",
            Self::Blocked(_) => "blocked",
            Self::Compliant | Self::LeftOut => return None,
        })
    }

    /// Whether the server has what was planned.
    pub fn is_changed(self) -> bool {
        matches!(self, Self::Hardened | Self::Unwatched | Self::Overtaken)
    }
}

/// In which of the test's namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// One after the other of the ordinary ones.
    Any,
    /// Where a ResourceQuota leaves no room for one pod more.
    Full,
    /// Where Pod Security Admission enforces `restricted`.
    Strict,
}

/// Workloads of one sort.
pub struct Case {
    pub name: &'static str,
    pub count: usize,
    pub place: Place,
    pub ends: Ends,
    pub make: fn(&str) -> Value,
}

const fn case(name: &'static str, count: usize, ends: Ends, make: fn(&str) -> Value) -> Case {
    Case {
        name,
        count,
        place: Place::Any,
        ends,
        make,
    }
}

const fn at(place: Place, case: Case) -> Case {
    Case { place, ..case }
}

pub const CRD_GROUP: &str = "mixed.harden.test";

use Ends::{Blocked, Compliant, Gone, Hardened, LeftOut, Overtaken, Restored, Unwatched};

/// All of them. What happens to some in the middle of the run is in mixed.rs, by their names.
pub const CASES: &[Case] = &[
    case("healthy", 40, Hardened, |n| deployment(n, 1, &[])),
    case("two-pods", 8, Hardened, |n| deployment(n, 2, &[])),
    case("init", 4, Hardened, with_init),
    case("slow", 8, Hardened, |n| {
        deployment(n, 1, &[hardened("slow"), after("4s")])
    }),
    case("crash", 15, Restored, |n| {
        deployment(n, 1, &[hardened("crash")])
    }),
    case("config", 14, Restored, |n| {
        deployment(n, 2, &[hardened("config-error")])
    }),
    case("never", 6, Restored, |n| {
        deployment(n, 1, &[hardened("never-ready")])
    }),
    case("later", 8, Restored, |n| {
        deployment(n, 1, &[hardened("fail-later"), after("2s")])
    }),
    case("image", 6, Restored, |n| {
        deployment(n, 1, &[hardened("image-pull")])
    }),
    case("paused", 4, Unwatched, |n| deployment(n, 1, &[])),
    case("idle", 2, Hardened, |n| deployment(n, 0, &[])),
    case("on-delete", 3, Unwatched, |n| on_delete("StatefulSet", n)),
    case("on-delete", 2, Unwatched, |n| on_delete("DaemonSet", n)),
    case("ordered", 8, Hardened, |n| stateful_set(n, &[])),
    case("ordered-crash", 5, Restored, |n| {
        stateful_set(n, &[hardened("crash")])
    }),
    case("parallel", 3, Hardened, |n| parallel(n, &[])),
    case("parallel-crash", 2, Restored, |n| {
        parallel(n, &[hardened("crash")])
    }),
    case("agent", 6, Hardened, |n| daemon_set(n, &[])),
    case("agent-crash", 4, Restored, |n| {
        daemon_set(n, &[hardened("crash")])
    }),
    case("cron", 8, Unwatched, cron_job),
    case("scaled", 4, Hardened, |n| {
        deployment(n, 1, &[hardened("slow"), after("6s")])
    }),
    case("edited", 4, Hardened, |n| deployment(n, 1, &[])),
    case("tuned", 3, Blocked("Conflict"), |n| deployment(n, 1, &[])),
    case("argo", 2, Blocked("Blocked"), |n| {
        marked(n, "labels", &json!({"argocd.argoproj.io/instance": "shop"}))
    }),
    case("flux", 2, Blocked("Blocked"), |n| {
        let labels = json!({"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux"});
        marked(n, "labels", &labels)
    }),
    case("helm", 2, Blocked("Blocked"), |n| {
        let release =
            json!({"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"});
        marked(n, "annotations", &release)
    }),
    case("olm", 2, Blocked("Blocked"), |n| {
        let labels = json!({"olm.owner": "etcd.v1", "olm.owner.kind": "ClusterServiceVersion", "olm.owner.namespace": "ops"});
        marked(n, "labels", &labels)
    }),
    case("compliant", 4, Compliant, compliant),
    case("partly", 4, Hardened, partly),
    case("privileged", 3, LeftOut, privileged),
    case("broken", 4, Blocked("CrashLoopBackOff"), |n| {
        deployment(n, 1, &[("harden.test/outcome", "crash")])
    }),
    case("bare", 3, Blocked("Blocked"), bare_pod),
    case("once", 2, Blocked("Blocked"), job),
    case("new-image", 2, Hardened, |n| {
        deployment(n, 1, &[hardened("slow"), after("6s")])
    }),
    case("retaken", 2, Overtaken, |n| {
        deployment(n, 1, &[hardened("slow"), after("20s")])
    }),
    case("deleted", 2, Gone, |n| {
        deployment(n, 1, &[hardened("slow"), after("20s")])
    }),
    case("stale", 2, Blocked("Stale"), |n| deployment(n, 1, &[])),
    at(
        Place::Full,
        case("full", 2, Restored, |n| deployment(n, 1, &[])),
    ),
    at(
        Place::Strict,
        case("strict", 6, Hardened, |n| deployment(n, 1, &[])),
    ),
    at(
        Place::Strict,
        case("strict-crash", 1, Restored, |n| {
            deployment(n, 1, &[hardened("crash")])
        }),
    ),
    case("custom", 3, Unwatched, bundle),
];

pub type Annotation<'a> = (&'a str, &'a str);

pub const fn hardened(outcome: &'static str) -> Annotation<'static> {
    ("harden.test/outcome-when-hardened", outcome)
}

pub const fn after(time: &'static str) -> Annotation<'static> {
    ("harden.test/after", time)
}

fn template(app: &str, annotations: &[Annotation<'_>]) -> Value {
    let annotations: serde_json::Map<_, _> = annotations
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json!(value)))
        .collect();
    json!({"metadata": {"labels": {"app": app}, "annotations": annotations},
        "spec": {"terminationGracePeriodSeconds": 1, "volumes": [{"name": "tmp", "emptyDir": {}}], "containers": [
            {"name": "app", "image": "registry.invalid/app:1", "args": ["--listen=:8080"], "env": [{"name": "A", "value": "0777"}],
                "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}]},
            {"name": "side", "image": "registry.invalid/side:1", "resources": {"requests": {"cpu": "1m"}}}]}})
}

fn apps(kind: &str, name: &str, annotations: &[Annotation<'_>]) -> Value {
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template(name, annotations)}})
}

pub fn deployment(name: &str, replicas: u32, annotations: &[Annotation<'_>]) -> Value {
    let mut made = apps("Deployment", name, annotations);
    made["spec"]["replicas"] = json!(replicas);
    made
}

fn stateful_set(name: &str, annotations: &[Annotation<'_>]) -> Value {
    let mut made = apps("StatefulSet", name, annotations);
    made["spec"]["replicas"] = json!(2);
    made["spec"]["serviceName"] = json!(name);
    made
}

fn parallel(name: &str, annotations: &[Annotation<'_>]) -> Value {
    let mut made = stateful_set(name, annotations);
    made["spec"]["podManagementPolicy"] = json!("Parallel");
    made
}

fn daemon_set(name: &str, annotations: &[Annotation<'_>]) -> Value {
    apps("DaemonSet", name, annotations)
}

fn on_delete(kind: &str, name: &str) -> Value {
    let mut made = apps(kind, name, &[]);
    made["spec"]["updateStrategy"] = json!({"type": "OnDelete"});
    made
}

fn with_init(name: &str) -> Value {
    let mut made = deployment(name, 1, &[]);
    made["spec"]["template"]["spec"]["initContainers"] =
        json!([{"name": "setup", "image": "registry.invalid/setup:1"}]);
    made
}

fn marked(name: &str, at: &str, marks: &Value) -> Value {
    let mut made = deployment(name, 1, &[]);
    for (key, value) in marks.as_object().expect("marks") {
        made["metadata"][at][key] = value.clone();
    }
    made
}

pub fn cron_job(name: &str) -> Value {
    let mut template = template(name, &[]);
    template["spec"]["restartPolicy"] = json!("Never");
    json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name},
        "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": template}}}})
}

fn job(name: &str) -> Value {
    let mut template = template(name, &[("harden.test/outcome", "ready")]);
    template["spec"]["restartPolicy"] = json!("Never");
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"template": template}})
}

fn bare_pod(name: &str) -> Value {
    let template = template(name, &[]);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": template["spec"]})
}

fn compliant(name: &str) -> Value {
    let mut made = deployment(name, 1, &[]);
    crate::expected::harden(&mut made);
    made
}

fn partly(name: &str) -> Value {
    let mut made = deployment(name, 1, &[]);
    let spec = &mut made["spec"]["template"]["spec"];
    spec["securityContext"] =
        json!({"runAsUser": 10001, "runAsGroup": 10001, "supplementalGroups": [7]});
    spec["containers"][0]["securityContext"] =
        json!({"readOnlyRootFilesystem": false, "capabilities": {"add": ["NET_BIND_SERVICE"]}});
    spec["containers"][1]["securityContext"] =
        json!({"allowPrivilegeEscalation": true, "capabilities": {"drop": ["NET_RAW"]}});
    made
}

/// Nothing of it can be hardened but by taking away what was granted.
fn privileged(name: &str) -> Value {
    let mut made = deployment(name, 1, &[]);
    let spec = &mut made["spec"]["template"]["spec"];
    let containers = spec["containers"].as_array_mut().expect("containers");
    containers.truncate(1);
    containers[0]["securityContext"] = json!({"privileged": true});
    made
}

fn bundle(name: &str) -> Value {
    json!({"apiVersion": format!("{CRD_GROUP}/v1"), "kind": "Bundle", "metadata": {"name": name},
        "spec": {"note": "kept", "template": template(name, &[])}})
}

/// A kind of one's own with a pod template, whose list of containers is one value to server-side apply.
pub fn crd() -> Value {
    let open = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let pod = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {
        "securityContext": open, "containers": {"type": "array", "x-kubernetes-list-type": "atomic", "items": open}}});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("bundles.{CRD_GROUP}")},
        "spec": {"group": CRD_GROUP, "scope": "Namespaced",
            "names": {"kind": "Bundle", "plural": "bundles", "singular": "bundle"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object",
                "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {
                    "template": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {
                        "spec": pod}}}}}}}}]}})
}

pub fn config() -> String {
    format!(
        "workloads:\n- apiVersion: {CRD_GROUP}/v1\n  kind: Bundle\n  podSpec: spec.template.spec\n"
    )
}
