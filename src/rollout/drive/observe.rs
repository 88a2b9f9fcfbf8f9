//! What the cluster says of one workload now.

use serde_json::{Value, json};

use super::retries::Standing;
use super::wake;
use super::warnings::Warnings;
use crate::cluster::{Failure, Server, label_selector};
use crate::rollout::health::{
    Calm, Observed, Verdict, disturbed, is_ready, judge, latest_warning, stuck_pods, was_healthy,
};
use crate::rollout::machine::{Fields, Present, Seen, Trial};
use crate::rollout::owners::last_manager;
use crate::rollout::path::{FieldPath, Step};
use crate::rollout::plan::{PlannedWorkload, present, template_hash};
use crate::rollout::state::State;

/// Looks at one workload.
pub(super) struct Observer<'o> {
    pub(super) server: &'o Server,
    pub(super) workload: &'o PlannedWorkload,
    pub(super) field_manager: &'o str,
    pub(super) warnings: &'o Warnings,
    /// The name of its trial Job, where one is wanted.
    pub(super) trial: Option<String>,
}

/// What was seen at one look.
pub(super) struct Look {
    pub(super) seen: Seen,
    /// Null where the workload is gone.
    pub(super) observed: Observed,
    pub(super) versions: Versions,
}

/// From which resource versions on something is new.
#[derive(Clone, Debug, Default)]
pub(super) struct Versions {
    pub(super) object: Option<String>,
    pub(super) pods: Option<String>,
}

impl Look {
    fn gone() -> Self {
        Self {
            seen: Seen::Gone,
            observed: Observed::default(),
            versions: Versions::default(),
        }
    }
}

impl Observer<'_> {
    /// Looks.
    pub(super) async fn look(
        &self,
        state: State,
        calm: Option<&Calm>,
        standing: Standing,
    ) -> Result<Look, Failure> {
        let object: Value = match self.server.get(&self.workload.object.path()).await {
            Ok(object) => object,
            Err(failure) if failure.code == 404 => return Ok(Look::gone()),
            Err(failure) => return Err(failure),
        };
        if object.pointer("/metadata/uid").and_then(Value::as_str)
            != Some(&self.workload.object.uid)
        {
            return Ok(Look::gone());
        }
        let kind = self.workload.object.kind.as_str();
        let (mut observed, versions) = self.with_pods(object, state).await?;
        let is_soaking = state == State::Soaking;
        if matches!(state, State::Watching | State::Soaking | State::Settling) {
            observed.warnings = self.warnings_about(&observed).await?;
        }
        let verdict = judge(kind, &observed);
        let fields = Fields::of(&observed.object, &self.workload.changes);
        let hash = template_hash(&observed.object, &self.workload.pod_specs);
        let trial = match state {
            State::Trying => self.trial_state().await?,
            _ => self.trial.as_ref().map(|_| Trial::Missing),
        };
        let ready = observed.new_pods.iter().filter(|pod| is_ready(pod)).count();
        let serves = matches!(trial, Some(Trial::Serving(Verdict::Ready)));
        let present = Present {
            fields,
            is_as_planned: hash == self.workload.template_hash,
            verdict,
            ready: ready + usize::from(serves),
            unhealthy: match state {
                State::Pending => was_healthy(kind, &observed).err(),
                _ => None,
            },
            disturbed: calm
                .filter(|_| is_soaking)
                .and_then(|calm| disturbed(calm, &observed)),
            has_stuck_pods: state == State::Settling && !stuck_pods(kind, &observed).is_empty(),
            warning: latest_warning(&observed),
            proof: standing.proof,
            wants_survey: standing.wants_survey,
            retry: standing.retry,
            trial,
            changed_by: self.changed_by(&observed.object, fields),
        };
        Ok(Look {
            seen: Seen::Present(Box::new(present)),
            observed,
            versions,
        })
    }

    /// The pods, told apart by whether they carry the change: before it and when it is set back, those that do not
    /// are the wanted ones.
    async fn with_pods(
        &self,
        object: Value,
        state: State,
    ) -> Result<(Observed, Versions), Failure> {
        let path = self.pods_path(&object).filter(|_| state.needs_pods());
        let mut pods = match path {
            Some(path) => self.server.get::<Value>(&path).await?,
            None => Value::Null,
        };
        let versions = Versions {
            object: version(&object),
            pods: version(&pods),
        };
        let pods = match pods.get_mut("items").map(Value::take) {
            Some(Value::Array(pods)) => pods,
            _ => Vec::new(),
        };
        let own = pods.into_iter().filter(|pod| self.owns(pod));
        let (carrying, others) = own.partition(|pod| self.carries(pod));
        let (new_pods, old_pods) = match state.wants_change() {
            true => (carrying, others),
            false => (others, carrying),
        };
        let observed = Observed {
            object,
            new_pods,
            old_pods,
            warnings: Vec::new(),
        };
        Ok((observed, versions))
    }

    fn pods_path(&self, object: &Value) -> Option<String> {
        let (path, selector) = self.pods(object)?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("labelSelector", &selector);
        Some(format!("{path}?{}", query.finish()))
    }

    /// Where to watch its pods.
    pub(super) fn pods_watch(&self, object: &Value) -> Option<String> {
        let (path, selector) = self.pods(object)?;
        Some(wake::path(&path, "labelSelector", &selector))
    }

    fn pods(&self, object: &Value) -> Option<(String, String)> {
        let has_pods = matches!(
            self.workload.object.kind.as_str(),
            "Deployment" | "StatefulSet" | "DaemonSet"
        );
        let selector = label_selector(object).filter(|_| has_pods)?;
        let path = format!("/api/v1/namespaces/{}/pods", self.workload.object.namespace);
        Some((path, selector))
    }

    /// A Deployment's pods are its ReplicaSets', which are named after it.
    fn owns(&self, pod: &Value) -> bool {
        let owners = pod
            .pointer("/metadata/ownerReferences")
            .and_then(Value::as_array);
        let mut owners = owners.into_iter().flatten();
        let controller = owners.find(|owner| owner.get("controller") == Some(&json!(true)));
        let text = |key: &str| {
            controller
                .and_then(|owner| owner.get(key)?.as_str())
                .unwrap_or_default()
        };
        match text("kind") {
            "ReplicaSet" => {
                let behind = text("name").strip_prefix(self.workload.object.name.as_str());
                let hash = behind.and_then(|behind| behind.strip_prefix('-'));
                hash.is_some_and(|hash| !hash.contains('-'))
            }
            _ => text("uid") == self.workload.object.uid,
        }
    }

    fn carries(&self, pod: &Value) -> bool {
        self.workload.changes.iter().all(|change| {
            let inside = self
                .workload
                .pod_specs
                .iter()
                .find(|spec| change.field.is_below(spec));
            let steps = inside.map(|spec| change.field.steps().iter().skip(spec.steps().len()));
            let steps = steps.into_iter().flatten().cloned();
            let field = FieldPath::new(
                [Step::Key("spec".into())]
                    .into_iter()
                    .chain(steps)
                    .collect(),
            );
            is_carried(field.get(pod), change.after.as_ref())
        })
    }

    /// Whether this run's field manager set one of the planned fields.
    pub(super) fn is_ours(&self, object: &Value) -> bool {
        let mut changes = self.workload.changes.iter();
        changes.any(|change| {
            let last = last_manager(object, &change.field);
            last.is_some_and(|(manager, _)| manager == self.field_manager)
        })
    }

    /// Who holds the first field that is neither as before nor as planned, or that is not where we left it.
    fn changed_by(&self, object: &Value, fields: Fields) -> String {
        let changes = self.workload.changes.iter();
        let changed = changes.filter(|change| match fields {
            Fields::Other => !change.is_after(object),
            Fields::Before | Fields::After => true,
        });
        let managers = changed.filter_map(|change| last_manager(object, &change.field));
        let mut others = managers.filter(|(manager, _)| manager != self.field_manager);
        others
            .next()
            .map(|(manager, _)| manager)
            .unwrap_or_default()
    }
}

/// Whether a pod has what was planned for its template: it may have more, in lists too, which admission adds to it.
fn is_carried(of_pod: Option<&Value>, planned: Option<&Value>) -> bool {
    match (present(of_pod), present(planned)) {
        (Some(Value::Object(pod)), Some(Value::Object(planned))) => planned
            .iter()
            .all(|(key, planned)| is_carried(pod.get(key), Some(planned))),
        (Some(Value::Array(pod)), Some(Value::Array(planned))) => planned
            .iter()
            .all(|planned| pod.iter().any(|pod| is_carried(Some(pod), Some(planned)))),
        (pod, planned) => pod == planned,
    }
}

/// The resource version of an object, or of a list.
fn version(value: &Value) -> Option<String> {
    let version = value.pointer("/metadata/resourceVersion")?.as_str()?;
    Some(version.to_owned())
}
