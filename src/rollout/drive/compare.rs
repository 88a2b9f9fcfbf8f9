//! The logs of a workload before its change, and what is new in them after it.

use super::driver::Stop;
use super::evidence::Piece;
use super::logs::{Log, Part};
use super::steps::Steps;
use crate::cause::{Cause, Confidence, Kind, causes};
use crate::rollout::health::{LogError, LogWarning, Logs, Observed, Reason, new_in_logs, serving};
use crate::rollout::journal::{Event, folder_before};
use crate::rollout::retry::{AllLogs, seen};
use crate::rollout::state::State;

/// The reason's word of a workload whose log says that the change denied it something.
const WORD: &str = "ErrorsInLog";

/// How many kinds of error lines are kept as warnings.
const WARNINGS: usize = 5;

impl Steps<'_> {
    /// Keeps the logs of a workload that is about to be changed. Without them it is changed too, and nothing is compared.
    pub(super) async fn keep_logs(&self, observed: &Observed) -> Result<(), Stop> {
        let object = &self.driver.workload.object;
        let ledger = &self.driver.ledger;
        let pods = serving(&observed.new_pods);
        let (logs, no_logs) = self.patiently(self.observer.logs(pods, false)).await;
        let folder = folder_before(object, self.track().retries);
        let mut missing: Vec<_> = no_logs.into_iter().filter(|no| !no.is_forbidden).collect();
        for Log { of, bytes } in &logs {
            let file = of.file(&folder);
            if let Err(error) = ledger.run.save(&file, bytes) {
                ledger.noted(object, format!("{file} could not be saved: {error}"))?;
            }
        }
        // One says it for all.
        if let Some(no_log) = missing.pop() {
            let message = no_log.message;
            ledger.lacks_logs(object, format!("not all logs will be compared: {message}"))?;
        }
        Ok(())
    }

    /// Compares the logs with those before the change; of a trial, those of its pods.
    pub(super) async fn compare_logs(&mut self, observed: &Observed) -> Result<(), Stop> {
        let of_trial = match self.state {
            State::Trying => match self.patiently(self.observer.trial_pods()).await {
                Ok(new_pods) => Some(Observed {
                    new_pods,
                    ..Observed::default()
                }),
                Err(failure) => return self.away(failure).await,
            },
            _ => None,
        };
        let observed = of_trial.as_ref().unwrap_or(observed);
        let pods = observed.new_pods.iter();
        let (logs, _) = self.patiently(self.observer.logs(pods, false)).await;
        let mut after = Logs::new();
        for Log { of, bytes } in logs {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            after.entry(of.container).or_default().push(text);
        }
        let new = self.new_in_logs(&after, observed);
        let in_state = self.watch.in_state();
        self.proof.compared = Some(in_state);
        self.proof.errors = new.iter().find(|new| self.is_failure(new)).map(failure);
        let is_over = self.state != State::Watching && in_state >= self.driver.options.soak;
        if self.proof.errors.is_none() && is_over {
            self.warn(&new)?;
        }
        Ok(())
    }

    fn new_in_logs(&self, after: &Logs, observed: &Observed) -> Vec<LogError> {
        let (run, object) = (&self.driver.ledger.run, &self.driver.workload.object);
        let before = run.logs_before(object, self.track().retries);
        new_in_logs(
            &before,
            after,
            &seen(&observed.new_pods, &[], &AllLogs::new()),
        )
    }

    /// Whether a new error line is a failure: one that names a field of ours, where that is wanted, or where another try can
    /// do something about it. A program that runs and warns that it may not become the user who it is, is well.
    fn is_failure(&self, new: &LogError) -> bool {
        let Some(cause) = new.denied() else {
            return false;
        };
        let is_borne = new.error.is_warning && !is_worth_a_try(&cause.kind);
        self.driver.options.strict_soak
            || !is_borne && cause.confidence >= Confidence::Likely && self.can_be_remedied(cause)
    }

    /// Keeps what is new and no failure, to be said at the end.
    fn warn(&self, new: &[LogError]) -> Result<(), Stop> {
        let errors: Vec<LogWarning> = new.iter().take(WARNINGS).map(LogWarning::from).collect();
        if errors.is_empty() {
            return Ok(());
        }
        let workload = self.driver.workload.object.shown();
        Ok(self
            .driver
            .ledger
            .write(Event::Warned { workload, errors })?)
    }

    /// The causes of a failure, the best first, each once. Where it failed by what was new in its logs, or by a probe,
    /// that is what tells; what it logged before the change is no cause then.
    pub(super) fn causes(
        &self,
        observed: &Observed,
        pieces: &[Piece],
        logs: &AllLogs,
    ) -> Vec<Cause> {
        let all = self.causes_in_logs(observed, pieces).unwrap_or_else(|| {
            let seen = seen(&observed.new_pods, &observed.warnings, logs);
            seen.iter().flat_map(causes).collect()
        });
        let mut once: Vec<Cause> = Vec::new();
        for cause in all {
            let is_known =
                |known: &Cause| known.container == cause.container && known.kind == cause.kind;
            if !once.iter().any(is_known) {
                once.push(cause);
            }
        }
        once
    }

    fn causes_in_logs(&self, observed: &Observed, pieces: &[Piece]) -> Option<Vec<Cause>> {
        let track = self.track();
        let reason = self.proof.errors.as_ref().or(track.reason())?;
        let is_probe = reason.word == super::probe::WORD;
        if reason.word != WORD && !is_probe {
            return None;
        }
        let mut after = Logs::new();
        for piece in pieces {
            let of = piece.log_of.as_ref();
            if let Some(of) = of.filter(|of| matches!(of.part, Part::Start | Part::End)) {
                let text = String::from_utf8_lossy(&piece.bytes).into_owned();
                after.entry(of.container.clone()).or_default().push(text);
            }
        }
        let new = self.new_in_logs(&after, observed);
        let denied: Vec<_> = new.iter().filter_map(LogError::denied).cloned().collect();
        match denied.is_empty() {
            false => Some(denied),
            true if is_probe => Some(super::probe::unknown(observed, reason)),
            true => None,
        }
    }
}

/// Whether a volume, a user or a port takes it away, and not only leaving a field out.
fn is_worth_a_try(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::ReadOnly { .. }
            | Kind::Denied { .. }
            | Kind::Hidden { .. }
            | Kind::Home { .. }
            | Kind::TempDir { .. }
            | Kind::LowPort { .. }
    )
}

fn failure(new: &LogError) -> Reason {
    let field = new.denied().and_then(|cause| cause.fields.first());
    let field = field.map_or(String::new(), |field| format!(" ({field})"));
    Reason {
        word: WORD.into(),
        message: format!("new in its log{field}: {}", new.error.line),
        container: new.container.clone(),
        ..Reason::default()
    }
}
