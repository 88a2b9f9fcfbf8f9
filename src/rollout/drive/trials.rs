//! The trial Job of a CronJob: made, looked at, taken away.

use http::Method;
use serde_json::{Value, json};

use super::observe::Observer;
use crate::cluster::{Failure, Mutation};
use crate::rollout::health::judge_job;
use crate::rollout::machine::Trial;

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
        Ok(Some(Trial::Running(judge_job(&job, &pods, &warnings))))
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
}
