//! What the cluster says of one workload now.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::selector::label_selector;
use super::wake;
use crate::cluster::{Failure, Mutation, Server};
use crate::rollout::health::{
    Calm, Observed, disturbed, judge, judge_job, latest_warning, stuck_pods, was_healthy,
};
use crate::rollout::machine::{Fields, Present, Seen, Trial};
use crate::rollout::owners::last_manager;
use crate::rollout::path::{FieldPath, Step};
use crate::rollout::plan::{Change, PlannedWorkload, template_hash};
use crate::rollout::state::State;

/// How long the warnings of a namespace are not asked for again.
const FRESH: Duration = Duration::from_secs(2);

type OfNamespaces = BTreeMap<String, (Instant, Rc<Vec<Value>>)>;

/// The warning events of namespaces, which all workloads of one share.
#[derive(Default)]
pub(in crate::rollout) struct Warnings(RefCell<OfNamespaces>);

impl Warnings {
    /// None where this user may not list them: that was said when the run began.
    async fn of(&self, server: &Server, namespace: &str) -> Result<Rc<Vec<Value>>, Failure> {
        if let Some((at, warnings)) = self.0.borrow().get(namespace)
            && at.elapsed() < FRESH
        {
            return Ok(Rc::clone(warnings));
        }
        let path = format!("/api/v1/namespaces/{namespace}/events?fieldSelector=type%3DWarning");
        let warnings = match server.get::<Value>(&path).await {
            Ok(mut list) => list.get_mut("items").map(Value::take),
            Err(failure) if failure.code == 403 => None,
            Err(failure) => return Err(failure),
        };
        let warnings = match warnings {
            Some(Value::Array(items)) => Rc::new(items),
            _ => Rc::default(),
        };
        let entry = (Instant::now(), Rc::clone(&warnings));
        self.0.borrow_mut().insert(namespace.to_owned(), entry);
        Ok(warnings)
    }
}

/// Looks at one workload.
pub(super) struct Observer<'o> {
    pub(super) server: &'o Server,
    pub(super) workload: &'o PlannedWorkload,
    pub(super) field_manager: &'o str,
    pub(super) warnings: &'o Warnings,
    /// The name of its trial Job, where one is wanted.
    pub(super) trial: Option<String>,
}

impl Observer<'_> {
    /// Looks. What was observed is null where the workload is gone.
    pub(super) async fn look(
        &self,
        state: State,
        calm: Option<&Calm>,
    ) -> Result<(Seen, Observed), Failure> {
        let object: Value = match self.server.get(&self.workload.object.path()).await {
            Ok(object) => object,
            Err(failure) if failure.code == 404 => return Ok((Seen::Gone, Observed::default())),
            Err(failure) => return Err(failure),
        };
        if object.pointer("/metadata/uid").and_then(Value::as_str)
            != Some(&self.workload.object.uid)
        {
            return Ok((Seen::Gone, Observed::default()));
        }
        let kind = self.workload.object.kind.as_str();
        let mut observed = self.with_pods(object, state).await?;
        let is_soaking = state == State::Soaking;
        if matches!(state, State::Watching | State::Soaking | State::Settling) {
            observed.warnings = self.warnings(&observed).await?;
        }
        let verdict = judge(kind, &observed);
        let fields = Fields::of(&observed.object, &self.workload.changes);
        let hash = template_hash(&observed.object, &self.workload.pod_specs);
        let present = Present {
            fields,
            is_as_planned: hash == self.workload.template_hash,
            verdict,
            unhealthy: match state {
                State::Pending => was_healthy(kind, &observed).err(),
                _ => None,
            },
            disturbed: calm
                .filter(|_| is_soaking)
                .and_then(|calm| disturbed(calm, &observed)),
            has_stuck_pods: state == State::Settling && !stuck_pods(kind, &observed).is_empty(),
            warning: latest_warning(&observed),
            trial: self.trial().await?,
            changed_by: self.changed_by(&observed.object, fields),
        };
        Ok((Seen::Present(Box::new(present)), observed))
    }

    /// The pods, told apart by whether they carry the change: before it and when it is set back, those that do not
    /// are the wanted ones.
    async fn with_pods(&self, object: Value, state: State) -> Result<Observed, Failure> {
        let mut pods = match self.pods_path(&object) {
            Some(path) => self.server.get::<Value>(&path).await?,
            None => Value::Null,
        };
        let pods = match pods.get_mut("items").map(Value::take) {
            Some(Value::Array(pods)) => pods,
            _ => Vec::new(),
        };
        let own = pods.into_iter().filter(|pod| self.owns(pod));
        let (carrying, others) = own.partition(|pod| self.carries(pod));
        let wants_change = matches!(state, State::Watching | State::Soaking | State::Failing);
        let (new_pods, old_pods) = match wants_change {
            true => (carrying, others),
            false => (others, carrying),
        };
        Ok(Observed {
            object,
            new_pods,
            old_pods,
            warnings: Vec::new(),
        })
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
            let of_pod = Change {
                field,
                ..change.clone()
            };
            of_pod.is_after(pod)
        })
    }

    /// The warnings since our last write, as the server's clock has it, about the workload and what it made.
    async fn warnings(&self, observed: &Observed) -> Result<Vec<Value>, Failure> {
        let since = last_write(&observed.object, self.field_manager);
        let all = self
            .warnings
            .of(self.server, &self.workload.object.namespace)
            .await?;
        let pods = observed.new_pods.iter().chain(&observed.old_pods);
        let mut uids: Vec<_> = pods
            .filter_map(|pod| pod.pointer("/metadata/uid")?.as_str())
            .collect();
        uids.push(&self.workload.object.uid);
        let is_ours = |event: &&Value| {
            let about = |key: &str| {
                let text = event
                    .get("involvedObject")
                    .and_then(|about| about.get(key)?.as_str());
                text.unwrap_or_default()
            };
            let set = about("name").strip_prefix(self.workload.object.name.as_str());
            let of_set = about("kind") == "ReplicaSet"
                && set
                    .and_then(|rest| rest.strip_prefix('-'))
                    .is_some_and(|hash| !hash.contains('-'));
            (uids.contains(&about("uid")) || of_set) && last_seen(event) >= since
        };
        Ok(all.iter().filter(is_ours).cloned().collect())
    }

    async fn trial(&self) -> Result<Option<Trial>, Failure> {
        let Some(name) = &self.trial else {
            return Ok(None);
        };
        let job: Value = match self.server.get(&self.trial_path(name)).await {
            Ok(job) => job,
            Err(failure) if failure.code == 404 => return Ok(Some(Trial::Missing)),
            Err(failure) => return Err(failure),
        };
        let namespace = &self.workload.object.namespace;
        let path = format!(
            "/api/v1/namespaces/{namespace}/pods?labelSelector=batch.kubernetes.io%2Fjob-name%3D{name}"
        );
        let pods: Value = self.server.get(&path).await?;
        let pods = pods
            .get("items")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let warnings = self.warnings.of(self.server, namespace).await?;
        let about_it = |event: &&Value| {
            let about = event
                .pointer("/involvedObject/name")
                .and_then(Value::as_str);
            about.is_some_and(|about| about.starts_with(name.as_str()))
        };
        let warnings: Vec<_> = warnings.iter().filter(about_it).cloned().collect();
        Ok(Some(Trial::Running(judge_job(&job, &pods, &warnings))))
    }

    pub(super) fn trial_path(&self, name: &str) -> String {
        format!("{}/{name}", self.trials())
    }

    pub(super) fn trials(&self) -> String {
        format!(
            "/apis/batch/v1/namespaces/{}/jobs",
            self.workload.object.namespace
        )
    }

    /// Takes the trial Job and its pods away.
    pub(super) async fn end_trial(&self) -> Result<(), Failure> {
        let Some(name) = &self.trial else {
            return Ok(());
        };
        let body =
            json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"});
        let path = self.trial_path(name);
        let mutation = Mutation {
            method: Method::DELETE,
            path: &path,
            content_type: "application/json",
            body: &body,
        };
        match self.server.change(&mutation).await {
            Err(failure) if failure.code != 404 => Err(failure),
            _ => Ok(()),
        }
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

/// When a field manager wrote the object last, in the server's time; empty where it never did.
fn last_write<'o>(object: &'o Value, manager: &str) -> &'o str {
    let entries = object
        .pointer("/metadata/managedFields")
        .and_then(Value::as_array);
    let ours = entries.into_iter().flatten();
    let ours = ours.filter(|entry| entry.get("manager").and_then(Value::as_str) == Some(manager));
    let times = ours.filter_map(|entry| entry.get("time")?.as_str());
    times.max().unwrap_or_default()
}

/// When an event happened last, to the second.
fn last_seen(event: &Value) -> &str {
    let at = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let places = [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/eventTime",
        "/metadata/creationTimestamp",
    ];
    places.into_iter().find_map(at).unwrap_or_default()
}
