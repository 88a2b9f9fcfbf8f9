//! The plan of a rollout: what would change in a cluster, as a file that a person can read and edit.

mod change;
mod file;
mod images;
mod make;
mod settings;
mod template;

pub use change::{Change, difference};
pub(crate) use change::{changed, is_as, present};
pub use images::{KnownImage, KnownImages, known_images};
pub(crate) use make::subjects;
pub use make::{LeftOut, Planned};
pub use settings::PlanSettings;
pub use template::template_hash;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::path::FieldPath;

/// `apiVersion` of a plan.
pub const API_VERSION: &str = "kubectl-harden.dev/v1alpha1";

/// `kind` of a plan.
pub const KIND: &str = "HardenPlan";

/// What would change in a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HardenPlan {
    /// `kubectl-harden.dev/v1alpha1`.
    pub api_version: String,
    /// `HardenPlan`.
    pub kind: String,
    /// When, with what and from where it was made.
    pub metadata: Metadata,
    /// What was demanded.
    pub settings: PlanSettings,
    /// What was known of its images besides the table of well-known ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<KnownImage>,
    /// What is to change, in this order.
    #[serde(default)]
    pub workloads: Vec<PlannedWorkload>,
    /// What is fine as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compliant: Vec<ObjectRef>,
    /// What was seen and is not part of it, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// Where a plan comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metadata {
    /// When it was made.
    pub created_at: Timestamp,
    /// `kubectl-harden 0.1.0`.
    pub created_by: String,
    /// The cluster that it is for.
    pub cluster: ClusterName,
}

/// Which cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterName {
    /// Host and port of its API server.
    pub server: String,
    /// The context of the kubeconfig; empty where none is named.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub context: String,
    /// The uid of its namespace `kube-system`, by which clusters are told apart; empty where it may not be read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub uid: String,
}

/// One workload of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedWorkload {
    /// Which object.
    pub object: ObjectRef,
    /// Its pod templates when the plan was made: it is left alone where they differ by then.
    pub template_hash: String,
    /// Where its pod specs are.
    pub pod_specs: Vec<FieldPath>,
    /// Whether it is tried before all others.
    #[serde(default, skip_serializing_if = "is_false")]
    pub canary: bool,
    /// Why it will not be changed; absent where it will.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Blocked>,
    /// Who owns it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<String>,
    /// What is risky about rolling it out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risks: Vec<String>,
    /// Its containers' images.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// What a person still has to decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<String>,
    /// What changes.
    pub changes: Vec<Change>,
    /// The same as a patch for git, where the object is owned by something that would undo it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
}

/// An object of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectRef {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// `deployments`, as paths of the API name it.
    pub resource: String,
    /// Empty where it is in none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid: an object that was deleted and made anew is another one.
    pub uid: String,
}

/// Why a workload will not be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Blocked {
    /// Why.
    pub reason: String,
    /// What to do instead.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// Whether that is so because something else manages it: `--include-managed` overrides it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub managed: bool,
}

impl ObjectRef {
    /// Its API group; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version
            .split_once('/')
            .map_or("", |(group, _)| group)
    }

    /// kubectl's name for it: `deployment.apps/web`.
    pub fn object(&self) -> String {
        let kind = self.kind.to_lowercase();
        match self.group() {
            "" => format!("{kind}/{}", self.name),
            group => format!("{kind}.{group}/{}", self.name),
        }
    }

    /// `shop/deployment.apps/web`.
    pub fn shown(&self) -> String {
        match self.namespace.as_str() {
            "" => self.object(),
            namespace => format!("{namespace}/{}", self.object()),
        }
    }

    /// Where its kind is in the API, of its namespace.
    pub fn collection(&self) -> String {
        let root = if self.group().is_empty() {
            "api"
        } else {
            "apis"
        };
        let namespace = match self.namespace.as_str() {
            "" => String::new(),
            namespace => format!("namespaces/{namespace}/"),
        };
        format!("/{root}/{}/{namespace}{}", self.api_version, self.resource)
    }

    /// Where it is in the API.
    pub fn path(&self) -> String {
        format!("{}/{}", self.collection(), self.name)
    }

    /// `deployments.apps`.
    pub fn qualified(&self) -> String {
        match self.group() {
            "" => self.resource.clone(),
            group => format!("{}.{group}", self.resource),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(value: &bool) -> bool {
    !value
}
