//! What a person should know besides what is wrong.

/// Something to know about a container, or about its pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectNote {
    /// What it is about: `value`, `kubelet`, `writableDirs`, `lowPorts`, `data`, `agent`.
    pub topic: &'static str,
    /// The container's name; empty for the pod.
    pub container: String,
    /// What to know, and what to do.
    pub text: String,
}
