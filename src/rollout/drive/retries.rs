//! Learning from a failure, and trying in another way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::driver::Stop;
use super::effects::reason;
use super::evidence::Piece;
use super::logs::Part;
use super::steps::Steps;
use crate::cause::{Cause, Confidence, Kind, Place};
use crate::cluster::{Exec, ExecError};
use crate::container_path::{clean, without_links};
use crate::rollout::health::{Observed, Reason, is_ready};
use crate::rollout::journal::{Event, Track};
use crate::rollout::machine::Proof;
use crate::rollout::plan::Change;
use crate::rollout::retry::{
    AllLogs, Allowed, Finding, LIMIT, Learned, SCRIPT, Survey, leave_out_all, may_be_ours,
    remedied, replan, surveyed,
};
use crate::rollout::state::State;

/// How long a look at one container from inside may take.
const LONGEST: Duration = Duration::from_secs(60);

/// What a run knows of a workload beside what the cluster says.
pub(super) struct Standing {
    /// Whether it is to be looked at from inside first.
    pub(super) wants_survey: bool,
    /// Why another try is worth it.
    pub(super) retry: Option<String>,
    /// What its logs and a command say of it.
    pub(super) proof: Proof,
}

impl Steps<'_> {
    /// Where the workload stands with tries.
    pub(super) fn standing(&self) -> Standing {
        let most = self.driver.options.retry;
        let track = self.track();
        let is_open = self.is_open(&track);
        let retry = track
            .findings
            .first()
            .filter(|_| is_open && track.is_retried);
        Standing {
            wants_survey: most > 0 && !track.is_surveyed,
            retry: retry.map(|finding| {
                let next = track.retries + 1;
                format!("try {next} of {most}: {}", finding.line())
            }),
            proof: self.proof.clone(),
        }
    }

    /// Whether another try is left.
    fn is_open(&self, track: &Track) -> bool {
        track.retries < self.driver.options.retry && !track.is_undone()
    }

    /// Whether another try can do something about a cause.
    pub(super) fn can_be_remedied(&self, cause: &Cause) -> bool {
        let track = self.track();
        self.is_open(&track) && self.taught(std::slice::from_ref(cause), &track) != track.learned
    }

    /// What is known once these causes are.
    fn taught(&self, causes: &[Cause], track: &Track) -> Learned {
        let most = self.driver.options.retry;
        let is_last = track.retries + 1 >= most;
        let survey = |container: &str| self.driver.surveys.borrow().get(container).cloned();
        match most > 0 && may_be_ours(causes) {
            true => remedied(causes, &track.learned, survey, self.allowed(is_last)),
            false => track.learned.clone(),
        }
    }

    /// What the journal says of the workload.
    pub(super) fn track(&self) -> Track {
        let history = self.driver.ledger.history();
        let track = history.tracks.get(&self.driver.workload.object.shown());
        track.cloned().unwrap_or_default()
    }

    fn allowed(&self, is_last: bool) -> Allowed {
        Allowed {
            seed: self.driver.options.retry_seed,
            env: self.driver.options.retry_env,
            is_last,
        }
    }

    /// Says why it failed, and keeps what was learned from that.
    pub(super) async fn diagnose(
        &mut self,
        observed: &Observed,
        pieces: &[Piece],
    ) -> Result<(), Stop> {
        let logs = logs(pieces);
        let mut causes = self.causes(observed, pieces, &logs);
        let object = &self.driver.workload.object;
        let track = self.track();
        if causes.is_empty() {
            let reason = track.reason().cloned().unwrap_or_default();
            causes.extend(unready(&observed.new_pods).map(|container| unknown(container, &reason)));
        }
        let sure: Vec<_> = causes
            .iter()
            .filter(|cause| is_sure(cause))
            .cloned()
            .collect();
        let acted_on = if sure.is_empty() { &causes } else { &sure };
        let learned = self.taught(acted_on, &track);
        let findings: Vec<_> = acted_on.iter().map(Finding::from).collect();
        for finding in &findings {
            let note = format!("why: {}", finding.line());
            self.driver.ledger.noted(object, note)?;
        }
        self.driver.ledger.write(Event::Learned {
            workload: object.shown(),
            is_retried: learned != track.learned,
            findings,
            learned,
        })?;
        Ok(())
    }

    /// Looks at the workload from inside, and plans it anew by all that is known.
    pub(super) async fn survey(&mut self, observed: &Observed) -> Result<(), Stop> {
        let object = &self.driver.workload.object;
        let track = self.track();
        let (mut learned, retries) = (track.learned, track.retries);
        let surveys = self.look_inside(observed).await?;
        let allowed = self.allowed(false);
        for (container, survey) in &surveys {
            surveyed(learned.of(container), survey, allowed);
        }
        *self.driver.surveys.borrow_mut() = surveys;
        let current = &self.driver.workload.changes;
        let is_tried = |changes: &Result<Vec<Change>, String>| {
            retries > 0 && changes.as_ref().is_ok_and(|changes| changes == current)
        };
        let mut changes = self.plan_anew(&learned);
        if is_tried(&changes) {
            leave_out_all(&track.findings, &mut learned);
            changes = self.plan_anew(&learned);
        }
        let nothing = "what was learned leaves nothing else to try".to_owned();
        let changes = match is_tried(&changes) {
            true => Err(nothing),
            false => changes,
        };
        let mut events = vec![Event::Learned {
            workload: object.shown(),
            is_retried: false,
            findings: Vec::new(),
            learned,
        }];
        match changes {
            Ok(changes) => {
                self.is_replanned = changes != *current;
                if self.is_replanned {
                    events.push(Event::Replanned {
                        workload: object.shown(),
                        changes,
                    });
                }
                Ok(self.driver.ledger.write_all(events)?)
            }
            Err(message) => {
                self.driver.ledger.write_all(events)?;
                let state = match retries {
                    0 => State::Blocked,
                    _ => State::Restored,
                };
                let why = Some(reason("NothingLeft", message));
                self.enter(state, why, observed).await
            }
        }
    }

    fn plan_anew(&self, learned: &Learned) -> Result<Vec<Change>, String> {
        let planned = &self.driver.planned;
        if learned.is_empty() {
            return Ok(planned.changes.clone());
        }
        let original = self.driver.ledger.run.original(&planned.object);
        let original =
            original.map_err(|error| format!("what it was before cannot be read: {error:#}"))?;
        replan(planned, &original, &self.driver.settings, learned)
    }

    /// Asks the containers of one pod that is ready.
    async fn look_inside(&self, observed: &Observed) -> Result<BTreeMap<String, Survey>, Stop> {
        let mut surveys = BTreeMap::new();
        let object = &self.driver.workload.object;
        let Some(pod) = observed.new_pods.iter().find(|pod| is_ready(pod)) else {
            return Ok(surveys);
        };
        let text = |value: &Value, key: &str| {
            let text = value.get(key).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let name = pod.get("metadata").map(|metadata| text(metadata, "name"));
        let name = name.unwrap_or_default();
        let containers = pod.pointer("/spec/containers").and_then(Value::as_array);
        let is_of_host = pod.pointer("/spec/hostNetwork") == Some(&Value::Bool(true));
        for spec in containers.into_iter().flatten() {
            let container = text(spec, "name");
            let exec = Exec {
                namespace: &object.namespace,
                pod: &name,
                container: &container,
                command: &["sh", "-c", SCRIPT],
                limit: LIMIT,
                time: LONGEST,
            };
            let answer = self.patiently(self.driver.server.exec(&exec)).await;
            let survey = match &answer {
                Ok(said) => {
                    let answer = String::from_utf8_lossy(&said.stdout);
                    Survey::read(&answer, |place| is_mounted(spec, place))
                }
                Err(ExecError::NoProgram { .. }) => None,
                Err(error) => {
                    let note = format!("container {container} could not be looked at: {error}");
                    self.driver.ledger.noted(object, note)?;
                    None
                }
            };
            if let Some(mut survey) = survey {
                // The counters are the node's.
                survey.pings &= !is_of_host;
                surveys.insert(container, survey);
            }
        }
        Ok(surveys)
    }
}

/// Whether a container of a pod has a volume at a place: one of its own, or one that admission gave it.
fn is_mounted(container: &Value, place: &str) -> bool {
    let mounts = container.get("volumeMounts").and_then(Value::as_array);
    let paths = mounts.into_iter().flatten();
    let mut paths = paths.filter_map(|mount| mount.get("mountPath")?.as_str());
    paths.any(|path| without_links(&clean(path)) == without_links(place))
}

/// The containers that are not ready.
fn unready(pods: &[Value]) -> impl Iterator<Item = String> {
    let statuses = pods
        .iter()
        .filter_map(|pod| pod.pointer("/status/containerStatuses"));
    let statuses = statuses.filter_map(Value::as_array).flatten();
    let unready = statuses.filter(|status| status.get("ready") != Some(&Value::Bool(true)));
    let names = unready.filter_map(|status| status.get("name")?.as_str().map(str::to_owned));
    let names: BTreeSet<_> = names.collect();
    names.into_iter()
}

/// A container that is not well, and shows nothing.
pub(super) fn unknown(container: String, reason: &Reason) -> Cause {
    Cause {
        row: "unknown",
        container,
        kind: Kind::Unknown { exit_code: None },
        fields: Vec::new(),
        place: Place::Sentence,
        evidence: reason.message.clone(),
        confidence: Confidence::Possible,
        remedy: String::new(),
        fix: "See what the program does at that time: its log says nothing.".into(),
    }
}

/// Whether a cause is ours and more than possible: only where there is none of these the others are acted on.
fn is_sure(cause: &Cause) -> bool {
    cause.is_ours() && cause.confidence > Confidence::Possible
}

fn logs(pieces: &[Piece]) -> AllLogs {
    let mut logs = AllLogs::new();
    for piece in pieces {
        let Some(of) = &piece.log_of else { continue };
        let both = logs
            .entry((of.pod.clone(), of.container.clone()))
            .or_default();
        let run = match of.part {
            Part::Previous | Part::First { .. } => &mut both.previous,
            Part::Start | Part::End => &mut both.current,
        };
        run.push_str(&String::from_utf8_lossy(&piece.bytes));
    }
    logs
}
