//! What is done to a cluster, and what follows from its answer.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::driver::Stop;
use super::evidence::{Piece, evidence_folder};
use super::steps::Steps;
use crate::cluster::{Failure, Mutation};
use crate::rollout::git_patch::restore_patch;
use crate::rollout::health::{Observed, Reason, stuck_pods};
use crate::rollout::journal::Event;
use crate::rollout::machine::{Effect, Fields};
use crate::rollout::send::{NotSent, Sender, Sent};
use crate::rollout::state::State;
use crate::rollout::write::{Write, give_up, locked, only_changes};

/// How often somebody else may write a workload between our reading and writing it.
const MOST_OUTDATED: usize = 50;

impl Steps<'_> {
    pub(super) async fn carry_out(
        &mut self,
        effect: Effect,
        observed: &Observed,
    ) -> Result<(), Stop> {
        match effect {
            Effect::Survey => self.survey(observed).await,
            Effect::Probe => self.probe(observed).await,
            Effect::CompareLogs => self.compare_logs(observed).await,
            Effect::Try => self.start_trial(observed).await,
            Effect::Apply => self.apply(observed).await,
            Effect::Save => self.save(observed).await,
            Effect::Restore => self.restore(observed).await,
            Effect::DeleteStuckPods => self.delete_stuck_pods(observed).await,
        }
    }

    async fn apply(&mut self, observed: &Observed) -> Result<(), Stop> {
        let workload = &self.driver.workload;
        let manager = &self.driver.options.field_manager;
        let live = &observed.object;
        if let Err(error) = self.driver.ledger.run.original(&workload.object) {
            let message =
                format!("it could not be set back: what it is now cannot be read: {error:#}");
            let why = reason("NoOriginal", message);
            return self.enter(State::Blocked, Some(why), observed).await;
        }
        let write = Write::of(&workload.object, live, &workload.changes, manager);
        let write = match write {
            Ok(write) => write,
            Err(message) => {
                return self
                    .enter(State::Blocked, Some(reason("Stale", message)), observed)
                    .await;
            }
        };
        let sender = self.sender();
        let sent = sender.send(&workload.object, &write, false);
        let sent = self.patiently(sent).await;
        let Some(sent) = self.settle(sent, State::Blocked, observed).await? else {
            return Ok(());
        };
        let answer = &sent.answer.object;
        let beyond = only_changes(live, answer, &workload.changes).err();
        let is_there = Fields::of(answer, &workload.changes) == Fields::After;
        if !sent.takes_over.is_empty() {
            let ledger = &self.driver.ledger;
            ledger.took_over(&workload.object, sent.takes_over)?;
        }
        self.done("apply", is_there.then_some(State::Watching), observed)
            .await?;
        if let Some(fields) = beyond {
            let fields: Vec<_> = fields.iter().map(ToString::to_string).collect();
            let note = format!("more than planned changed: {}", fields.join(", "));
            let object = &self.driver.workload.object;
            self.driver.ledger.noted(object, note)?;
        }
        Ok(())
    }

    /// A change was carried out. Where its answer has the fields as they should be, that counts as seen, and the
    /// workload is in the next state.
    async fn done(
        &mut self,
        what: &str,
        next: Option<State>,
        observed: &Observed,
    ) -> Result<(), Stop> {
        let ledger = &self.driver.ledger;
        let object = &self.driver.workload.object;
        let Some(next) = next else {
            return Ok(ledger.did(object, what)?);
        };
        let did = Event::Did {
            workload: object.shown(),
            what: what.to_owned(),
        };
        self.enter_after(vec![did], next, None, observed).await
    }

    async fn restore(&mut self, observed: &Observed) -> Result<(), Stop> {
        let workload = &self.driver.workload;
        let original = match self.driver.ledger.run.original(&workload.object) {
            Ok(original) => original,
            Err(error) => {
                let message = format!("what it was before cannot be read: {error:#}");
                return self
                    .enter(
                        State::Unrestored,
                        Some(reason("NoOriginal", message)),
                        observed,
                    )
                    .await;
            }
        };
        let changes: Vec<_> = workload
            .changes
            .iter()
            .map(|change| {
                (
                    change.field.clone(),
                    change.before.clone(),
                    change.after.clone(),
                )
            })
            .collect();
        let patch = match restore_patch(&original, &observed.object, &changes) {
            Ok(patch) => patch,
            Err(fields) => {
                let fields: Vec<_> = fields.iter().map(ToString::to_string).collect();
                let message = format!("somebody else changed {}: left as it is", fields.join(", "));
                return self
                    .enter(
                        State::Overtaken,
                        Some(reason("Overtaken", message)),
                        observed,
                    )
                    .await;
            }
        };
        let manager = &self.driver.options.field_manager;
        let patch = with(patch, give_up(&observed.object, manager));
        let write = Write::JsonPatch(locked(&observed.object, patch));
        let sender = self.sender();
        let sent = sender.send(&workload.object, &write, false);
        let sent = self.patiently(sent).await;
        let Some(sent) = self.settle(sent, State::Unrestored, observed).await? else {
            return Ok(());
        };
        let is_there = Fields::of(&sent.answer.object, &workload.changes) == Fields::Before;
        self.done("restore", is_there.then_some(State::Settling), observed)
            .await
    }

    /// What follows from the answer to a change. Where it was refused, the workload is in the state `refused`.
    async fn settle(
        &mut self,
        sent: Result<Sent, NotSent>,
        refused: State,
        observed: &Observed,
    ) -> Result<Option<Sent>, Stop> {
        match sent {
            Ok(sent) => return Ok(Some(sent)),
            // What there is now is read again, and decided upon.
            Err(NotSent::Outdated | NotSent::Gone) => {
                self.outdated += 1;
                if self.outdated > MOST_OUTDATED {
                    let message = "others change it all the time".to_owned();
                    self.enter(refused, Some(reason("Conflict", message)), observed)
                        .await?;
                }
                sleep(Duration::from_millis(50)).await;
            }
            Err(NotSent::Refused { word, message, .. }) => {
                self.enter(refused, Some(reason(&word, message)), observed)
                    .await?;
            }
            Err(NotSent::Failed(failure)) => self.away(failure).await?,
        }
        Ok(None)
    }

    async fn save(&mut self, observed: &Observed) -> Result<(), Stop> {
        let pieces = self.save_evidence(observed).await?;
        self.diagnose(observed, &pieces).await?;
        self.enter(State::Restoring, None, observed).await
    }

    /// What cannot be had or saved is noted: it must not keep a workload from being set back.
    pub(super) async fn save_evidence(&self, observed: &Observed) -> Result<Vec<Piece>, Stop> {
        let object = &self.driver.workload.object;
        let ledger = &self.driver.ledger;
        let (pieces, mut missing) = self.observer.evidence(observed).await;
        let folder = evidence_folder(object);
        let first = self.first_logs.iter().cloned();
        let first = first.map(|log| Piece::of_log(log, &folder));
        let mut first: Vec<_> = first.collect();
        first.retain(|log| !pieces.iter().any(|piece| log.repeats(piece)));
        // What was said first stands first.
        let pieces: Vec<_> = first.into_iter().chain(pieces).collect();
        for Piece { file, bytes, .. } in &pieces {
            match ledger.run.save(file, bytes) {
                Ok(()) => ledger.saved(object, file.clone())?,
                Err(error) => missing.push(format!("{file} could not be saved: {error}")),
            }
        }
        for note in missing {
            ledger.noted(object, note)?;
        }
        Ok(pieces)
    }

    /// An apply whose answer never came, or came when nobody was there to write it down, is written down now: what the
    /// run did not do is nothing that `undo` may set back.
    pub(super) fn missed_apply(&self, observed: &Observed) -> Option<Event> {
        let object = &self.driver.workload.object;
        let is_known = self.driver.ledger.has_done(object, "apply");
        (!is_known && self.observer.is_ours(&observed.object)).then(|| Event::Did {
            workload: object.shown(),
            what: "apply".to_owned(),
        })
    }

    async fn delete_stuck_pods(&mut self, observed: &Observed) -> Result<(), Stop> {
        let object = &self.driver.workload.object;
        for (name, uid) in stuck_pods(&object.kind, observed) {
            let path = format!("/api/v1/namespaces/{}/pods/{name}", object.namespace);
            let body =
                json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}});
            match self.request(Method::DELETE, &path, &body).await {
                Ok(()) => self
                    .driver
                    .ledger
                    .did(object, format!("delete pod/{name}"))?,
                Err(failure) if matches!(failure.code, 404 | 409) => {}
                Err(failure) if failure.code == 403 => {
                    let message = format!(
                        "the pod {name} keeps it from being set back: {}",
                        failure.message
                    );
                    return self
                        .enter(
                            State::Unrestored,
                            Some(reason("Forbidden", message)),
                            observed,
                        )
                        .await;
                }
                Err(failure) => return self.away(failure).await,
            }
        }
        Ok(())
    }

    pub(super) async fn request(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<(), Failure> {
        let mutation = Mutation {
            method,
            path,
            content_type: "application/json",
            body,
        };
        self.driver.server.change(&mutation).await.map(|_| ())
    }

    fn sender(&self) -> Sender<'_> {
        Sender {
            server: &self.driver.server,
            field_manager: &self.driver.options.field_manager,
            force_conflicts: self.driver.options.force_conflicts,
        }
    }
}

/// A JSON patch with one more operation.
fn with(mut patch: Value, operation: Option<Value>) -> Value {
    if let Value::Array(operations) = &mut patch {
        operations.extend(operation);
    }
    patch
}

pub(super) fn reason(word: &str, message: String) -> Reason {
    Reason {
        word: word.to_owned(),
        message,
        ..Reason::default()
    }
}
