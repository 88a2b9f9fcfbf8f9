//! Every change is sent as a dry run first, and the answer has to differ by that change alone.

use std::cell::RefCell;

use futures_util::stream::{self, StreamExt};
use serde_json::Value;

use super::Known;
use crate::cluster::{Failure, Server};
use crate::rollout::health::Reason;
use crate::rollout::machine::Fields;
use crate::rollout::options::Options;
use crate::rollout::plan::{PlannedWorkload, template_hash};
use crate::rollout::send::{NotSent, Sender};
use crate::rollout::write::{Write, only_changes};

/// How many dry runs are under way at a time.
const AT_A_TIME: usize = 16;

/// How often an object that others write at the same time is read again.
const ATTEMPTS: usize = 10;

/// How a workload stands before the first change.
#[derive(Clone, Debug)]
pub(in crate::rollout) enum Standing {
    /// The server would take the change, and change nothing else.
    Sound {
        /// The field managers from which fields will be taken over.
        takes_over: Vec<String>,
        /// The server's warnings.
        warnings: Vec<String>,
    },
    /// It is as planned already.
    AlreadyDone,
    /// It will not be changed.
    Blocked(Reason, String),
    /// It is no longer there.
    Gone,
}

/// A workload that was checked.
#[derive(Clone, Debug)]
pub(in crate::rollout) struct Checked {
    pub(in crate::rollout) standing: Standing,
    /// The object as it is now, as JSON; none where it is gone or was not read.
    pub(in crate::rollout) original: Option<Vec<u8>>,
}

impl Checked {
    /// What is known of a workload that was only planned.
    pub(in crate::rollout) fn planned(workload: &PlannedWorkload) -> Self {
        let standing = match &workload.blocked {
            Some(blocked) => block("Blocked", blocked.reason.clone(), &blocked.hint),
            None => Standing::Sound {
                takes_over: Vec::new(),
                warnings: Vec::new(),
            },
        };
        Self {
            standing,
            original: None,
        }
    }
}

/// Checks all workloads, in their order; `done` hears of each. What is known of them already is not read again, unless
/// it is too old.
///
/// # Errors
/// A server that does not answer.
pub(in crate::rollout) async fn check_all(
    server: &Server,
    options: &Options,
    workloads: &[PlannedWorkload],
    mut known: Known,
    done: &dyn Fn(usize),
) -> Result<Vec<Checked>, Failure> {
    known.list(server, workloads).await;
    let known = RefCell::new(known);
    let sender = Sender {
        server,
        field_manager: &options.field_manager,
        force_conflicts: options.force_conflicts,
    };
    let checks = workloads
        .iter()
        .map(|workload| check(&sender, options, workload, &known));
    let mut checks = stream::iter(checks).buffered(AT_A_TIME);
    let mut checked = Vec::with_capacity(workloads.len());
    while let Some(one) = checks.next().await {
        checked.push(one?);
        done(checked.len());
    }
    Ok(checked)
}

async fn check(
    sender: &Sender<'_>,
    options: &Options,
    workload: &PlannedWorkload,
    known: &RefCell<Known>,
) -> Result<Checked, Failure> {
    for _ in 0..ATTEMPTS {
        let read = known.borrow_mut().take(&workload.object);
        let live: Value = match read {
            Some(live) => live,
            None => match sender.server.get(&workload.object.path()).await {
                Ok(live) => live,
                Err(failure) if failure.code == 404 => return Ok(gone()),
                Err(failure) => return Err(failure),
            },
        };
        if live.pointer("/metadata/uid").and_then(Value::as_str) != Some(&workload.object.uid) {
            return Ok(gone());
        }
        if let Some(blocked) = options.blocked(workload) {
            let standing = block("Blocked", blocked.reason.clone(), &blocked.hint);
            return Ok(checked(standing, &live));
        }
        match dry_run(sender, workload, &live).await {
            Ok(standing) => {
                return Ok(checked(standing, &live));
            }
            Err(NotSent::Outdated) => {}
            Err(NotSent::Gone) => return Ok(gone()),
            Err(NotSent::Refused {
                word,
                message,
                hint,
            }) => {
                let standing = block(&word, message, &hint);
                return Ok(checked(standing, &live));
            }
            Err(NotSent::Failed(failure)) => return Err(failure),
        }
    }
    let message = "others change it all the time: it could not be checked".to_owned();
    let standing = block(
        "Conflict",
        message,
        "find out who: kubectl get -o yaml --show-managed-fields",
    );
    Ok(Checked {
        standing,
        original: None,
    })
}

async fn dry_run(
    sender: &Sender<'_>,
    workload: &PlannedWorkload,
    live: &Value,
) -> Result<Standing, NotSent> {
    let fields = Fields::of(live, &workload.changes);
    if fields == Fields::After {
        return Ok(Standing::AlreadyDone);
    }
    if template_hash(live, &workload.pod_specs) != workload.template_hash
        || fields != Fields::Before
    {
        let message = "its pod template changed since the plan was made".to_owned();
        return Ok(block("Stale", message, "plan again"));
    }
    let write = Write::of(
        &workload.object,
        live,
        &workload.changes,
        sender.field_manager,
    );
    let write = match write {
        Ok(write) => write,
        Err(message) => return Ok(block("Stale", message, "plan again")),
    };
    let sent = sender.send(&workload.object, &write, true).await?;
    if let Err(fields) = only_changes(live, &sent.answer.object, &workload.changes) {
        let fields: Vec<_> = fields.iter().map(ToString::to_string).collect();
        let message = format!(
            "the server would not change just what was planned: {}",
            fields.join(", ")
        );
        let hint = "an admission webhook may change it: kubectl get mutatingwebhookconfigurations";
        return Ok(block("Mutated", message, hint));
    }
    Ok(Standing::Sound {
        takes_over: sent.takes_over,
        warnings: sent.answer.warnings,
    })
}

fn checked(standing: Standing, live: &Value) -> Checked {
    Checked {
        standing,
        original: serde_json::to_vec(live).ok(),
    }
}

fn gone() -> Checked {
    Checked {
        standing: Standing::Gone,
        original: None,
    }
}

fn block(word: &str, message: String, hint: &str) -> Standing {
    let reason = Reason {
        word: word.to_owned(),
        message,
        ..Reason::default()
    };
    Standing::Blocked(reason, hint.to_owned())
}
