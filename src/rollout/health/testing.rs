//! Objects as the API server gives them, for tests.

use serde_json::{Value, json};

use super::Observed;

/// A pod under construction.
#[derive(Clone)]
pub(super) struct Pod(pub(super) Value);

/// A pod that is not scheduled yet: no status but its phase.
pub(super) fn pod(name: &str) -> Pod {
    Pod(json!({
        "metadata": {"name": name, "uid": format!("uid-{name}"), "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "image": "app:1"}]},
        "status": {"phase": "Pending"},
    }))
}

impl Pod {
    fn push(mut self, list: &str, item: Value) -> Self {
        let list = &mut self.0["status"][list];
        if let Value::Array(items) = list {
            items.push(item);
        } else {
            *list = json!([item]);
        }
        self
    }

    /// A container's status.
    pub(super) fn container(self, name: &str, restarts: i64, state: Value, last: Value) -> Self {
        let status = json!({
            "name": name, "restartCount": restarts, "ready": false, "state": state, "lastState": last,
        });
        self.push("containerStatuses", status)
    }

    pub(super) fn waiting(self, name: &str, reason: &str, message: &str) -> Self {
        let state = json!({"waiting": {"reason": reason, "message": message}});
        self.container(name, 0, state, json!({}))
    }

    pub(super) fn init(self, name: &str, restarts: i64, state: Value, last: Value) -> Self {
        let status =
            json!({"name": name, "restartCount": restarts, "state": state, "lastState": last});
        self.push("initContainerStatuses", status)
    }

    /// An init container that runs beside the others.
    pub(super) fn sidecar(mut self, name: &str, restarts: i64, state: Value, last: Value) -> Self {
        self.0["spec"]["initContainers"] = json!([{"name": name, "restartPolicy": "Always"}]);
        self.init(name, restarts, state, last)
    }

    pub(super) fn condition(self, kind: &str, status: &str, reason: &str, message: &str) -> Self {
        let condition = json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": "2026-01-31T01:00:00Z",
        });
        self.push("conditions", condition)
    }

    /// Ready since 01:00:00, with its container running.
    pub(super) fn ready(self) -> Self {
        let mut pod = self.container("app", 0, json!({"running": {}}), json!({}));
        pod.0["status"]["phase"] = json!("Running");
        pod.condition("Ready", "True", "", "")
    }

    pub(super) fn phase(mut self, phase: &str, reason: &str, message: &str) -> Self {
        let status = &mut self.0["status"];
        status["phase"] = json!(phase);
        status["reason"] = json!(reason);
        status["message"] = json!(message);
        self
    }

    pub(super) fn terminating(mut self) -> Self {
        self.0["metadata"]["deletionTimestamp"] = json!("2026-01-31T01:30:00Z");
        self
    }

    pub(super) fn of_replica_set(mut self, name: &str) -> Self {
        self.0["metadata"]["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name, "controller": true}]);
        self
    }
}

pub(super) fn ended(code: i64, reason: &str, message: &str) -> Value {
    json!({"terminated": {"exitCode": code, "reason": reason, "message": message}})
}

/// A warning event about an object of this kind, name and uid.
pub(super) fn event(kind: &str, name: &str, reason: &str, message: &str) -> Value {
    json!({
        "metadata": {"name": format!("{name}.17"), "uid": format!("event-{name}-{reason}")},
        "type": "Warning", "reason": reason, "message": message, "count": 1,
        "firstTimestamp": "2026-01-31T01:10:00Z", "lastTimestamp": "2026-01-31T01:10:00Z",
        "involvedObject": {"kind": kind, "namespace": "shop", "name": name, "uid": format!("uid-{name}")},
    })
}

/// A Deployment of 3 that is being rolled out: replicas, updated and available replicas in its status.
pub(super) fn deployment(replicas: i64, updated: i64, available: i64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "uid": "uid-web", "generation": 5},
        "spec": {"replicas": 3},
        "status": {
            "observedGeneration": 5, "replicas": replicas, "updatedReplicas": updated,
            "availableReplicas": available, "conditions": [],
        },
    })
}

/// A StatefulSet of 3 on its way: ready and updated replicas in its status.
pub(super) fn stateful_set(ready: i64, updated: i64) -> Value {
    json!({
        "metadata": {"name": "web", "namespace": "shop", "uid": "uid-web", "generation": 5},
        "spec": {
            "replicas": 3, "podManagementPolicy": "OrderedReady",
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        },
        "status": {
            "observedGeneration": 5, "replicas": 3, "readyReplicas": ready, "updatedReplicas": updated,
            "currentRevision": "web-1", "updateRevision": "web-2",
        },
    })
}

/// A DaemonSet on 3 nodes on its way.
pub(super) fn daemon_set(updated: i64, available: i64) -> Value {
    json!({
        "metadata": {"name": "web", "namespace": "shop", "uid": "uid-web", "generation": 5},
        "spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}}},
        "status": {
            "observedGeneration": 5, "desiredNumberScheduled": 3, "currentNumberScheduled": 3,
            "updatedNumberScheduled": updated, "numberAvailable": available,
        },
    })
}

/// A workload with its new and its old pods.
pub(super) fn observed(object: Value, new: Vec<Pod>, old: Vec<Pod>) -> Observed {
    let values = |pods: Vec<Pod>| pods.into_iter().map(|pod| pod.0).collect();
    Observed {
        object,
        new_pods: values(new),
        old_pods: values(old),
        warnings: Vec::new(),
    }
}
