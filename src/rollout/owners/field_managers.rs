//! Who set a field.

use serde_json::Value;

use crate::rollout::{FieldPath, Step};

/// Field managers behind which a person stands, and what that person used. kubectl's are the defaults of
/// `--field-manager` of its commands (`AddFieldManagerFlagVar` in k8s.io/kubectl); the others are the start of a
/// program's User-Agent, which the API server takes where none is given. Any other is a controller, `rancher` included.
const PERSONS: [(&str, &str); 25] = [
    ("kubectl", "kubectl apply --server-side"),
    ("kubectl-client-side-apply", "kubectl apply"),
    ("kubectl-last-applied", "kubectl apply --server-side"),
    ("kubectl-create", "kubectl create"),
    ("kubectl-edit", "kubectl edit"),
    ("kubectl-set", "kubectl set"),
    ("kubectl-patch", "kubectl patch"),
    ("kubectl-replace", "kubectl replace"),
    ("kubectl-rollout", "kubectl rollout"),
    ("kubectl-run", "kubectl run"),
    ("kubectl-label", "kubectl label"),
    ("kubectl-annotate", "kubectl annotate"),
    ("kubectl-expose", "kubectl expose"),
    ("kubectl-autoscale", "kubectl autoscale"),
    ("kubectl-scale", "kubectl scale"),
    ("kubectl-harden", "kubectl harden"),
    ("oc", "OpenShift's oc"),
    // Whoever set a field before the first server-side apply of an object that had no managed fields.
    (
        "before-first-apply",
        "something from before server-side apply",
    ),
    // The consoles of OpenShift and Rancher send a person's request on, with the browser's User-Agent.
    ("Mozilla", "a browser"),
    ("dashboard", "Kubernetes Dashboard"),
    ("headlamp", "Headlamp"),
    ("k9s", "k9s"),
    // Lens and what was made from it are Node.js programs.
    ("node-fetch", "Lens"),
    ("freelens", "Freelens"),
    ("OpenLens", "OpenLens"),
];

/// What a person used who set fields under this field manager; `None` for a controller.
pub fn person(manager: &str) -> Option<&'static str> {
    let row = PERSONS.iter().find(|(name, _)| *name == manager);
    row.map(|(_, used)| *used)
}

/// Whether a person stands behind a field manager: a conflict with one is taken over, one with a controller is not.
pub fn is_person(manager: &str) -> bool {
    person(manager).is_some()
}

/// The field manager that set `field` last, and when (RFC 3339; empty where the object does not say). `None` where no
/// manager says that it did, as with a field that is gone.
pub fn last_manager(object: &Value, field: &FieldPath) -> Option<(String, String)> {
    let entries = object.pointer("/metadata/managedFields")?.as_array()?;
    let newest = |how: Ownership| {
        let owning = entries
            .iter()
            .filter(|entry| ownership(entry, object, field) == Some(how));
        let times = owning.map(|entry| {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            (text("time"), text("manager"))
        });
        // All times are written in UTC to the second, so they sort as text.
        times.max_by_key(|(time, _)| *time)
    };
    let whole = || newest(Ownership::Around).filter(|_| field.get(object).is_some());
    let (time, manager) = newest(Ownership::Exact).or_else(whole)?;
    Some((manager.to_owned(), time.to_owned()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ownership {
    /// The field, or something in it.
    Exact,
    /// Something around it: atomic maps and lists, and fields without a schema, are owned whole. An empty
    /// `securityContext` that was defaulted looks the same, so this counts only if nobody owns the field.
    Around,
}

/// Whether `fieldsV1` of an entry holds the field. Its keys are `f:` and a name, `k:` and the keys of a list's item,
/// `v:` and an item of a set, `i:` and an index, and `.` for the place itself.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/#System>
fn ownership(entry: &Value, object: &Value, field: &FieldPath) -> Option<Ownership> {
    let mut set = entry.get("fieldsV1")?.as_object()?;
    let mut above = FieldPath::default();
    for step in field.steps() {
        let next = match step {
            Step::Key(key) => set.get(&format!("f:{key}")),
            item => {
                let item = above.then(item.clone());
                let index = index_of(&item, &above, object);
                let mut keys = set.iter();
                let found = keys.find(|(key, _)| is_item(key, item.get(object), index, step));
                found.map(|(_, below)| below)
            }
        };
        let Some(next) = next.and_then(Value::as_object) else {
            let is_leaf = set.keys().all(|key| key == ".") && !above.steps().is_empty();
            return is_leaf.then_some(Ownership::Around);
        };
        set = next;
        above = above.then(step.clone());
    }
    Some(Ownership::Exact)
}

fn index_of(item: &FieldPath, list: &FieldPath, object: &Value) -> Option<usize> {
    let item = item.get(object)?;
    let items = list.get(object)?.as_array()?;
    items.iter().position(|other| std::ptr::eq(other, item))
}

fn is_item(key: &str, item: Option<&Value>, index: Option<usize>, step: &Step) -> bool {
    let Some((kind, text)) = key.split_once(':') else {
        return false;
    };
    let parsed = || serde_json::from_str::<Value>(text).ok();
    match (kind, step) {
        ("i", _) => index.is_some_and(|index| text == index.to_string()),
        ("v", _) => item.is_some() && parsed().as_ref() == item,
        ("k", Step::Named(name)) if item.is_none() => {
            parsed().is_some_and(|keys| keys.get("name").and_then(Value::as_str) == Some(name))
        }
        ("k", _) => parsed().is_some_and(|keys| {
            let keys = keys.as_object().filter(|keys| !keys.is_empty());
            keys.is_some_and(|keys| {
                let mut keys = keys.iter();
                keys.all(|(key, value)| item.and_then(|item| item.get(key)) == Some(value))
            })
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(text: &str) -> FieldPath {
        text.parse().expect(text)
    }

    #[test]
    fn people_and_controllers() {
        for manager in [
            "kubectl",
            "kubectl-edit",
            "kubectl-harden",
            "Mozilla",
            "k9s",
            "node-fetch",
            "before-first-apply",
        ] {
            assert!(is_person(manager), "{manager}");
        }
        for manager in [
            "",
            "kube-controller-manager",
            "argocd-controller",
            "helm",
            "kustomize-controller",
            "rancher",
            "kubectl-",
            "Kubectl-edit",
            "kubectl-edit-bot",
            "vpa-updater",
        ] {
            assert!(!is_person(manager), "{manager}");
        }
        for (i, (name, used)) in PERSONS.iter().enumerate() {
            assert!(
                !used.is_empty() && PERSONS.iter().skip(i + 1).all(|(other, _)| other != name),
                "{name}"
            );
        }
    }

    fn entry(manager: &str, time: &str, fields: Value) -> Value {
        json!({"manager": manager, "operation": "Update", "time": time, "fieldsV1": fields})
    }

    fn app(fields: Value) -> Value {
        json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {"f:securityContext": fields}}}}}})
    }

    fn object(entries: &[Value]) -> Value {
        json!({
            "metadata": {"managedFields": entries, "finalizers": ["a/b", "c/d"]},
            "spec": {
                "template": {"spec": {"containers": [{
                    "name": "app", "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 80, "protocol": "UDP"}],
                    "securityContext": {"runAsUser": 1, "capabilities": {"drop": ["ALL"]}},
                }]}},
                "free": {"any": {"thing": 1}},
                "list": [{"x": 1}, {"x": 1}],
            },
        })
    }

    const CONTEXT: &str = "spec.template.spec.containers[name=app].securityContext";

    fn last(entries: &[Value], field: &str) -> Option<String> {
        last_manager(&object(entries), &path(field)).map(|(manager, _)| manager)
    }

    #[test]
    fn the_newest_manager_of_a_field_is_found() {
        let entries = [
            entry(
                "new",
                "2026-01-03T00:00:00Z",
                app(json!({"f:runAsUser": {}})),
            ),
            entry(
                "old",
                "2026-01-02T00:00:00Z",
                app(json!({".": {}, "f:runAsUser": {}})),
            ),
            entry("defaulted", "2026-01-09T00:00:00Z", app(json!({}))),
            entry(
                "status",
                "2026-01-09T00:00:00Z",
                json!({"f:status": {"f:replicas": {}}}),
            ),
            entry(
                "other",
                "2026-01-09T00:00:00Z",
                json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {
                    "k:{\"name\":\"log\"}": {"f:securityContext": {"f:runAsUser": {}}},
                }}}}}),
            ),
        ];
        let field = path(&format!("{CONTEXT}.runAsUser"));
        let newest = Some(("new".to_owned(), "2026-01-03T00:00:00Z".to_owned()));
        assert_eq!(last_manager(&object(&entries), &field), newest);
        assert_eq!(
            last(&entries[1..], &format!("{CONTEXT}.runAsUser")).as_deref(),
            Some("old")
        );
        assert_eq!(last(&entries, &format!("{CONTEXT}.privileged")), None);
        assert_eq!(
            last(
                &entries,
                "spec.template.spec.containers[name=gone].securityContext.runAsUser"
            ),
            None
        );
        assert_eq!(last(&entries, CONTEXT).as_deref(), Some("defaulted"));
    }

    #[test]
    fn what_is_owned_whole_covers_what_is_in_it() {
        let entries = [
            entry(
                "crd",
                "2026-01-01T00:00:00Z",
                json!({"f:spec": {"f:free": {}}}),
            ),
            entry(
                "drop",
                "2026-01-02T00:00:00Z",
                app(json!({"f:capabilities": {"f:drop": {}}})),
            ),
        ];
        assert_eq!(
            last(&entries, "spec.free.any.thing").as_deref(),
            Some("crd")
        );
        assert_eq!(last(&entries, "spec.free.any.gone"), None);
        assert_eq!(
            last(&entries, &format!("{CONTEXT}.capabilities.drop")).as_deref(),
            Some("drop")
        );
        assert_eq!(
            last(&entries, &format!("{CONTEXT}.capabilities.drop[0]")).as_deref(),
            Some("drop")
        );
        assert_eq!(last(&entries, &format!("{CONTEXT}.capabilities.add")), None);
    }

    #[test]
    fn items_are_found_by_key_value_and_index() {
        let ports = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {"f:ports": {
            "k:{\"containerPort\":80,\"protocol\":\"UDP\"}": {"f:hostPort": {}},
        }}}}}}});
        let entries = [
            entry("udp", "2026-01-01T00:00:00Z", ports),
            entry(
                "set",
                "2026-01-01T00:00:00Z",
                json!({"f:metadata": {"f:finalizers": {"v:\"c/d\"": {}}}}),
            ),
            entry(
                "index",
                "2026-01-01T00:00:00Z",
                json!({"f:spec": {"f:list": {"i:1": {"f:x": {}}}}}),
            ),
        ];
        let ports = "spec.template.spec.containers[name=app].ports";
        assert_eq!(
            last(&entries, &format!("{ports}[1].hostPort")).as_deref(),
            Some("udp")
        );
        assert_eq!(last(&entries, &format!("{ports}[0].hostPort")), None);
        assert_eq!(
            last(&entries, "metadata.finalizers[1]").as_deref(),
            Some("set")
        );
        assert_eq!(last(&entries, "metadata.finalizers[0]"), None);
        assert_eq!(last(&entries, "spec.list[1].x").as_deref(), Some("index"));
        assert_eq!(last(&entries, "spec.list[0].x"), None);
    }

    #[test]
    fn nonsense_is_nobody() {
        for entries in [
            json!(null),
            json!([1]),
            json!([{"fieldsV1": {"f:spec": 1}}]),
            json!([{"fieldsV1": {"k:x": {}, "y": {}}}]),
        ] {
            let object = json!({"metadata": {"managedFields": entries}, "spec": [{"name": "a"}]});
            for field in ["spec.x", "spec[0].x", "spec[name=a].x", "x[name=a]"] {
                assert_eq!(last_manager(&object, &path(field)), None, "{field}");
            }
        }
    }
}
