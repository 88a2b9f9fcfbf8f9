//! A live object as a manifest.

use serde_json::{Map, Value};

use crate::cluster::Resource;
use crate::yaml::to_yaml;

/// An object that was read from a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LiveObject {
    /// `default/deployment.apps/web`.
    pub shown: String,
    /// Its namespace; empty where it is in none.
    pub namespace: String,
    /// Its manifest.
    pub text: Vec<u8>,
    /// What its reader should know in any case.
    pub remarks: Vec<String>,
    /// What its reader should know where it is to be changed: a remark and a hint.
    pub on_change: Option<(String, String)>,
    /// Its type.
    pub resource: Resource,
    /// As the server gave it, where the query keeps that; else null.
    pub raw: Value,
}

/// An owner that manages an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Controller {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) uid: String,
}

impl Controller {
    /// Its API group; empty for the core group.
    pub(super) fn group(&self) -> &str {
        self.api_version
            .split_once('/')
            .map_or("", |(group, _)| group)
    }

    /// kubectl's name for it: `deployment.apps/web`.
    pub(super) fn object(&self) -> String {
        let resource = Resource {
            group: self.group().to_owned(),
            kind: self.kind.clone(),
            ..Resource::default()
        };
        resource.object(&self.name)
    }
}

/// The controlled object's text at a pointer; empty where there is none.
pub(super) fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    let value = object.pointer(pointer).and_then(Value::as_str);
    value.unwrap_or_default()
}

/// The owner that manages an object.
pub(super) fn controller(object: &Value) -> Option<Controller> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let is_controller = |owner: &&Value| owner.get("controller") == Some(&Value::Bool(true));
    let owner = owners.iter().find(is_controller)?;
    Some(Controller {
        api_version: text(owner, "/apiVersion").to_owned(),
        kind: text(owner, "/kind").to_owned(),
        namespace: text(object, "/metadata/namespace").to_owned(),
        name: text(owner, "/name").to_owned(),
        uid: text(owner, "/uid").to_owned(),
    })
}

/// `shop/deployment.apps/web`.
pub(super) fn shown(resource: &Resource, object: &Value) -> String {
    let name = resource.object(text(object, "/metadata/name"));
    match text(object, "/metadata/namespace") {
        "" => name,
        namespace => format!("{namespace}/{name}"),
    }
}

/// Whether a pod only mirrors a manifest on its node, which the kubelet reads.
pub(super) fn is_mirror(object: &Value) -> bool {
    let annotations = object.pointer("/metadata/annotations");
    annotations.is_some_and(|all| all.get("kubernetes.io/config.mirror").is_some())
}

/// The manifest of an object, in kubectl's order and without what the server keeps for itself: `managedFields`
/// and `status` are ignored by `kubectl apply` and `replace`, so nothing is lost without them. The annotation
/// `last-applied-configuration` stays: left out, `kubectl replace` would delete it, and the next `kubectl apply`
/// would no longer know which fields to remove. `securityContext: {}`, the server's default, goes: it says
/// nothing, and what is inserted in its place is easier to read on lines of its own.
pub(super) fn live_object(
    resource: &Resource,
    mut object: Value,
    remarks: Vec<String>,
    keeps_raw: bool,
) -> LiveObject {
    // Items of lists lack both.
    if let Some(fields) = object.as_object_mut() {
        fields.insert("apiVersion".into(), resource.api_version().into());
        fields.insert("kind".into(), resource.kind.as_str().into());
    }
    let raw = match keeps_raw {
        true => object.clone(),
        false => Value::Null,
    };
    let name = text(&object, "/metadata/name").to_owned();
    let namespace = text(&object, "/metadata/namespace").to_owned();
    let is_controlled = controller(&object).is_some();
    let on_change = on_change(resource, &object, &name, &namespace);
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    remove(&mut object, "/metadata", &["managedFields"]);
    remove_empty_contexts(&mut object);
    if !is_controlled && !is_mirror(&object) {
        prepare_replacement(resource, &mut object);
    }
    object.sort_all_objects();
    let shown = shown(resource, &object);
    LiveObject {
        shown,
        namespace,
        text: to_yaml(&object).into_bytes(),
        remarks,
        on_change,
        resource: resource.clone(),
        raw,
    }
}

/// The manifest of an object that was read before.
pub(crate) fn manifest_of(resource: &Resource, object: Value) -> LiveObject {
    live_object(resource, object, Vec::new(), false)
}

fn on_change(
    resource: &Resource,
    object: &Value,
    name: &str,
    namespace: &str,
) -> Option<(String, String)> {
    let shown = resource.object(name);
    let replace =
        format!("kubectl harden {shown} -n {namespace} -o yaml | kubectl replace --force -f -");
    match is_replaced(resource)? {
        _ if is_mirror(object) => {
            let node = text(object, "/spec/nodeName");
            Some((
                format!(
                    "{namespace}/{shown} mirrors a static pod: its manifest is a file on the node {node}"
                ),
                "harden that file there: kubectl harden -f FILE -w".into(),
            ))
        }
        _ if controller(object).is_some() => None,
        "Pod" => Some((
            format!(
                "{namespace}/{shown} is immutable: a pod without a controller has to be made anew"
            ),
            replace,
        )),
        _ => Some((
            format!("{namespace}/{shown} is immutable: the pod template of a job cannot change"),
            format!("to run it anew: {replace}"),
        )),
    }
}

/// The kind of an object whose pod spec the API server does not let change.
fn is_replaced(resource: &Resource) -> Option<&str> {
    let kind = (resource.group.as_str(), resource.kind.as_str());
    matches!(kind, ("", "Pod") | ("batch", "Job")).then_some(resource.kind.as_str())
}

/// Takes out what the server sets, so that `kubectl replace --force` can make the object anew.
fn prepare_replacement(resource: &Resource, object: &mut Value) {
    let Some(kind) = is_replaced(resource) else {
        return;
    };
    let metadata = [
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "resourceVersion",
        "selfLink",
        "uid",
    ];
    remove(object, "/metadata", &metadata);
    if kind == "Pod" {
        remove(object, "/spec", &["nodeName"]);
        return;
    }
    if object.pointer("/spec/manualSelector") == Some(&Value::Bool(true)) {
        return;
    }
    remove(object, "/spec", &["selector"]);
    let generated = [
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name",
        "controller-uid",
        "job-name",
    ];
    for labels in ["/metadata/labels", "/spec/template/metadata/labels"] {
        remove(object, labels, &generated);
    }
}

fn remove_empty_contexts(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, value| {
                let is_empty = value.as_object().is_some_and(Map::is_empty);
                !(key == "securityContext" && is_empty)
            });
            fields.values_mut().for_each(remove_empty_contexts);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_empty_contexts),
        _ => {}
    }
}

fn remove(object: &mut Value, pointer: &str, keys: &[&str]) {
    let map = object.pointer_mut(pointer).and_then(Value::as_object_mut);
    if let Some(map) = map {
        map.retain(|key, _| !keys.contains(&key.as_str()));
        let is_empty_holder = map.is_empty() && pointer.ends_with("/labels");
        if is_empty_holder {
            let (above, key) = pointer.rsplit_once('/').unwrap_or_default();
            let above = object.pointer_mut(above).and_then(Value::as_object_mut);
            above.map(|above: &mut Map<String, Value>| above.remove(key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::built_in;
    use serde_json::json;

    fn resource(kind: &str) -> Resource {
        built_in()
            .find(|resource| resource.kind == kind)
            .expect("built in")
    }

    #[test]
    fn a_deployment_keeps_all_but_managed_fields_and_status() {
        let object = json!({
            "metadata": {"name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "1",
                "managedFields": [{"manager": "x"}],
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}\n"}},
            "status": {"replicas": 1},
            "spec": {"replicas": 1},
        });
        let live = live_object(&resource("Deployment"), object, Vec::new(), false);
        assert_eq!(live.shown, "shop/deployment.apps/web");
        assert_eq!(
            String::from_utf8(live.text).expect("UTF-8"),
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: \"{}\\n\"\n  name: web\n  namespace: shop\n  resourceVersion: \"1\"\n  uid: u\nspec:\n  replicas: 1\n"
        );
        assert_eq!(live.on_change, None);
    }

    #[test]
    fn an_item_of_a_list_gets_the_kind_that_it_lacks() {
        let item = json!({"metadata": {"name": "web"}, "status": {}});
        let live = live_object(&resource("Deployment"), item, Vec::new(), true);
        assert_eq!(
            live.raw,
            json!({"metadata": {"name": "web"}, "status": {}, "apiVersion": "apps/v1", "kind": "Deployment"})
        );
    }

    #[test]
    fn a_bare_pod_and_a_job_can_be_made_anew() {
        let pod = json!({
            "metadata": {"name": "x", "namespace": "a", "uid": "u", "creationTimestamp": "t"},
            "spec": {"nodeName": "n", "containers": []},
        });
        let live = live_object(&resource("Pod"), pod.clone(), Vec::new(), false);
        let text = String::from_utf8(live.text).expect("UTF-8");
        assert!(
            !text.contains("uid") && !text.contains("nodeName"),
            "{text}"
        );
        let (_, hint) = live.on_change.expect("immutable");
        assert!(hint.contains("pod/x -n a -o yaml | kubectl replace --force"));
        let mut mirror = pod;
        mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "h"});
        let live = live_object(&resource("Pod"), mirror, Vec::new(), false);
        assert!(live.on_change.expect("immutable").0.contains("the node n"));
        let labels = json!({"controller-uid": "u", "job-name": "j", "app": "x"});
        let job = json!({
            "metadata": {"name": "j", "namespace": "a", "labels": {"job-name": "j"}},
            "spec": {"selector": {}, "template": {"metadata": {"labels": labels}}},
        });
        let live = live_object(&resource("Job"), job, Vec::new(), false);
        let text = String::from_utf8(live.text).expect("UTF-8");
        assert_eq!(
            text,
            "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: j\n  namespace: a\nspec:\n  template:\n    metadata:\n      labels:\n        app: x\n"
        );
    }
}
