//! The trial Job of a workload: made, looked at, taken away.

use http::Method;
use serde_json::{Value, json};

use super::driver::Stop;
use super::effects::reason;
use super::observe::Observer;
use super::steps::Steps;
use crate::cluster::{Failure, Mutation};
use crate::rollout::health::{Observed, judge_job, judge_server_trial};
use crate::rollout::machine::{GRACE, Trial};
use crate::rollout::plan::changed;
use crate::rollout::state::State;
use crate::rollout::trial::{claims, is_shared, server_trial, trial_job};

impl Observer<'_> {
    /// How the trial Job does; `None` where none is wanted.
    pub(super) async fn trial_state(&self) -> Result<Option<Trial>, Failure> {
        let Some(name) = &self.trial else {
            return Ok(None);
        };
        let job: Value = match self.server.get(&self.trial_path(name)).await {
            Ok(job) => job,
            Err(failure) if failure.code == 404 => return Ok(Some(Trial::Missing)),
            Err(failure) => return Err(failure),
        };
        let pods = self.trial_pods().await?;
        let namespace = &self.workload.object.namespace;
        let warnings = self.warnings.of(self.server, namespace).await?;
        let about_it = |event: &&Value| {
            let about = event
                .pointer("/involvedObject/name")
                .and_then(Value::as_str);
            about.is_some_and(|about| about.starts_with(name.as_str()))
        };
        let warnings: Vec<_> = warnings.iter().filter(about_it).cloned().collect();
        Ok(Some(match self.serves() {
            true => Trial::Serving(judge_server_trial(&job, &pods, &warnings)),
            false => Trial::Running(judge_job(&job, &pods, &warnings)),
        }))
    }

    /// Whether its pods serve; else they run to their end.
    fn serves(&self) -> bool {
        self.workload.object.kind != "CronJob"
    }

    /// Why its pod cannot be tried beside it: a volume that both would need.
    async fn not_shared(&self, object: &Value) -> Result<Option<String>, Failure> {
        let (named, has_own) = claims(object);
        if has_own {
            return Ok(Some("each of its pods has a volume of its own".into()));
        }
        for claim in named {
            let namespace = &self.workload.object.namespace;
            let path = format!("/api/v1/namespaces/{namespace}/persistentvolumeclaims/{claim}");
            let found: Value = match self.server.get(&path).await {
                Ok(found) => found,
                Err(failure) if matches!(failure.code, 403 | 404) => Value::Null,
                Err(failure) => return Err(failure),
            };
            if !is_shared(&found) {
                return Ok(Some(format!("its volume {claim} is not to be shared")));
            }
        }
        Ok(None)
    }

    /// The pods of its trial Job.
    pub(super) async fn trial_pods(&self) -> Result<Vec<Value>, Failure> {
        let Some(name) = &self.trial else {
            return Ok(Vec::new());
        };
        let namespace = &self.workload.object.namespace;
        let path = format!(
            "/api/v1/namespaces/{namespace}/pods?labelSelector=batch.kubernetes.io%2Fjob-name%3D{name}"
        );
        let mut list: Value = self.server.get(&path).await?;
        match list.get_mut("items").map(Value::take) {
            Some(Value::Array(pods)) => Ok(pods),
            _ => Ok(Vec::new()),
        }
    }

    fn trial_path(&self, name: &str) -> String {
        format!("{}/{name}", self.trials())
    }

    pub(super) fn trials(&self) -> String {
        format!(
            "/apis/batch/v1/namespaces/{}/jobs",
            self.workload.object.namespace
        )
    }

    /// Takes the trial Job and its pods away.
    pub(super) async fn end_trial(&self, name: &str) -> Result<(), Failure> {
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
}

impl Steps<'_> {
    pub(super) async fn start_trial(&mut self, observed: &Observed) -> Result<(), Stop> {
        let Some(name) = self.observer.trial.clone() else {
            return Ok(());
        };
        let options = &self.driver.options;
        let serves = self.observer.serves();
        if serves && !options.trial_volumes {
            match self.observer.not_shared(&observed.object).await {
                Ok(None) => {}
                Ok(Some(why)) => {
                    let why = reason("NoTrial", format!("changed without a trial: {why}"));
                    return self.enter(State::Applying, Some(why), observed).await;
                }
                Err(failure) => return self.away(failure).await,
            }
        }
        let hardened = changed(&observed.object, &self.driver.workload.changes);
        let deadline = options.timeout.saturating_add(options.soak) + GRACE;
        let job = match serves {
            true => server_trial(&hardened, &name, deadline),
            false => trial_job(&hardened, &name),
        };
        let path = format!(
            "{}?fieldManager={}",
            self.observer.trials(),
            self.driver.options.field_manager
        );
        match self.request(Method::POST, &path, &job).await {
            Ok(()) => {
                let object = &self.driver.workload.object;
                Ok(self
                    .driver
                    .ledger
                    .did(object, format!("create job/{name}"))?)
            }
            Err(failure) if failure.code == 409 => Ok(()),
            Err(failure)
                if matches!(failure.code, 400 | 403 | 422) && !failure.is_missing_right() =>
            {
                let message = format!("its trial job was refused: {}", failure.message);
                self.enter(
                    State::Blocked,
                    Some(reason(&failure.reason, message)),
                    observed,
                )
                .await
            }
            Err(failure) => self.away(failure).await,
        }
    }

    /// Saves what a failed trial left, and keeps what was learned from that.
    pub(super) async fn save_trial(&mut self) -> Result<(), Stop> {
        let Ok(new_pods) = self.observer.trial_pods().await else {
            return Ok(());
        };
        let namespace = &self.driver.workload.object.namespace;
        let warnings = self
            .observer
            .warnings
            .of(self.observer.server, namespace)
            .await;
        let observed = Observed {
            new_pods,
            warnings: warnings.map(|all| all.to_vec()).unwrap_or_default(),
            ..Observed::default()
        };
        let pieces = self.save_evidence(&observed).await?;
        self.diagnose(&observed, &pieces).await
    }

    /// Takes the trial Job away.
    pub(super) async fn end_trial(&self, name: &str) -> Result<(), Stop> {
        if let Err(failure) = self.observer.end_trial(name).await {
            let note = format!("its trial job could not be deleted: {}", failure.message);
            self.driver
                .ledger
                .noted(&self.driver.workload.object, note)?;
        }
        Ok(())
    }
}
