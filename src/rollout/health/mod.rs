//! Whether a workload's rollout goes well: pure functions over what the API server says.

use serde_json::Value;

/// What a cluster says of a workload at one moment.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The workload as the server gives it, status included.
    pub object: Value,
    /// Its pods that are of the wanted template: after the change, those that carry it.
    pub new_pods: Vec<Value>,
    /// Its other pods.
    pub old_pods: Vec<Value>,
    /// Warning events about it, its pods and what stands between (ReplicaSets), of core/v1.
    pub warnings: Vec<Value>,
}

/// What follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on; what it waits for, in the words of `kubectl rollout status`.
    Progressing(String),
    /// All of it runs the wanted template and is ready.
    Ready,
    /// It will not get there.
    Failed(Reason),
    /// It can fail like this for a moment; it is a failure when it lasts.
    Faltering(Reason),
    /// Nothing that could be watched happens, and why: a paused Deployment, `OnDelete`, a kind that replaces no pods.
    Unwatched(&'static str),
}

/// Why a rollout failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// Kubernetes' word: `CrashLoopBackOff`, `CreateContainerConfigError`, `FailedCreate`, `ProgressDeadlineExceeded`, `Timeout`.
    pub word: String,
    /// What it says, in one line: the kubelet's or the controller's sentence, the exit code.
    pub message: String,
    /// The pod that shows it; empty where none does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pod: String,
    /// The container that shows it; empty where none does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub container: String,
}
