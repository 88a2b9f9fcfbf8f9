//! `--probe-cmd`: a command of the user's own that has to succeed before the change and at the end of the soak.

use std::ffi::OsString;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::task::spawn_blocking;

use super::driver::Stop;
use super::evidence::evidence_folder;
use super::steps::Steps;
use crate::cause::Cause;
use crate::printable::printable;
use crate::rollout::command::{Failure, run};
use crate::rollout::health::{Observed, Reason, serving};
use crate::rollout::machine::Probe;

/// The reason's word of a probe that failed.
pub(super) const WORD: &str = "ProbeCommandFailed";

/// How much of its output is kept, in bytes.
const OUTPUT: usize = 64 << 10;

/// What it prints, as far as it is kept.
type Output = Arc<Mutex<String>>;

/// Ends a command where nobody waits for it any more.
struct Leash(Arc<AtomicBool>);

impl Drop for Leash {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Steps<'_> {
    /// Runs the probe.
    pub(super) async fn probe(&mut self, observed: &Observed) -> Result<(), Stop> {
        let options = &self.driver.options;
        let Some(cmd) = options.probe_cmd.clone() else {
            self.proof.probe = Probe::Settled;
            return Ok(());
        };
        let (facts, environment) = (self.facts(observed), self.environment());
        let longest = options.probe_timeout;
        let object = &self.driver.workload.object;
        self.driver.ledger.waits(object, "probing".into());
        let output = Output::default();
        let is_left = Arc::new(AtomicBool::new(false));
        let _leash = Leash(Arc::clone(&is_left));
        let lines = Arc::clone(&output);
        let probed = spawn_blocking(move || {
            let started = Instant::now();
            let over = || {
                let is_late = started.elapsed() >= longest;
                let cut = is_left.load(Ordering::Relaxed).then_some(Failure::Cut);
                cut.or(is_late.then_some(Failure::Late(longest)))
            };
            let say: Arc<dyn Fn(&str) + Send + Sync> = Arc::new(move |line| add(&lines, line));
            run(&cmd, &facts, &environment, over, &say)
        });
        let failure = match probed.await {
            Ok(Ok(())) => None,
            Ok(Err(failure)) => Some(failure.to_string()),
            Err(error) => Some(format!("was left: {error}")),
        };
        let output = output
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        self.proof.probe = match failure {
            None => Probe::Settled,
            Some(failure) => {
                self.save_output(&output)?;
                Probe::Failed(reason(&failure, &output))
            }
        };
        Ok(())
    }

    fn save_output(&self, output: &str) -> Result<(), Stop> {
        let object = &self.driver.workload.object;
        let ledger = &self.driver.ledger;
        let file = format!("{}/probe.log", evidence_folder(object));
        match ledger.run.save(&file, output.as_bytes()) {
            Ok(()) => ledger.saved(object, file)?,
            Err(error) => ledger.noted(object, format!("{file} could not be saved: {error}"))?,
        }
        Ok(())
    }

    fn facts(&self, observed: &Observed) -> [(&'static str, String); 8] {
        let object = &self.driver.workload.object;
        let pod = serving(&observed.new_pods).next();
        let pod = pod.and_then(|pod| pod.pointer("/metadata/name")?.as_str());
        let context = self.driver.connection.context.clone();
        [
            ("run", self.driver.ledger.run.id.clone()),
            ("namespace", object.namespace.clone()),
            ("object", object.object()),
            ("kind", object.kind.clone()),
            ("name", object.name.clone()),
            ("pod", pod.unwrap_or_default().to_owned()),
            ("state", self.state.id().to_owned()),
            ("context", context.unwrap_or_default()),
        ]
    }

    /// What kubectl reads, where `--kubeconfig` says another one than the environment does.
    fn environment(&self) -> Vec<(&'static str, OsString)> {
        let kubeconfig = self.driver.connection.kubeconfig.as_ref();
        let kubeconfig = kubeconfig.map(|path| path.clone().into_os_string());
        kubeconfig
            .map(|path| ("KUBECONFIG", path))
            .into_iter()
            .collect()
    }
}

/// Adds a line, as long as there is room: a command that prints without end must not fill the memory.
fn add(output: &Output, line: &str) {
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    let excess = (output.len() + line.len() + 1).saturating_sub(OUTPUT);
    if excess > 0 {
        // The last line says why it failed.
        let cut = output
            .char_indices()
            .map(|(at, _)| at)
            .find(|at| *at >= excess);
        let cut = cut.unwrap_or(output.len());
        output.drain(..cut);
    }
    output.push_str(line);
    output.push('\n');
}

/// Why it failed: how it ended, and the last line of its output.
fn reason(failure: &str, output: &str) -> Reason {
    let last = output.lines().rev().find(|line| !line.trim().is_empty());
    let last = last.map_or(String::new(), |line| {
        format!(": {}", printable(line.trim()))
    });
    Reason {
        word: WORD.into(),
        message: format!("--probe-cmd {failure}{last}"),
        ..Reason::default()
    }
}

/// Where a probe fails and no log says why, any container of the workload may be the one.
pub(super) fn unknown(observed: &Observed, reason: &Reason) -> Vec<Cause> {
    let pod = observed.new_pods.first();
    let containers = pod.and_then(|pod| pod.pointer("/spec/containers")?.as_array());
    let names = containers.into_iter().flatten();
    let names = names.filter_map(|container| container.get("name")?.as_str());
    names
        .map(|name| super::retries::unknown(name.to_owned(), reason))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_says_why() {
        for (output, expected) in [
            ("", "--probe-cmd exited with 1"),
            ("a\nb\n", "--probe-cmd exited with 1: b"),
            (
                "503 \x1b[1m\n \n",
                "--probe-cmd exited with 1: 503 \\u{1b}[1m",
            ),
        ] {
            let reason = reason("exited with 1", output);
            assert_eq!(reason.to_string(), expected);
        }
    }

    #[test]
    fn the_end_of_a_long_output_is_kept() {
        let output = Output::default();
        for n in 0..20_000 {
            add(&output, &format!("line \u{6771} {n}"));
        }
        add(&output, "the last");
        let kept = output.lock().expect("the output").clone();
        assert!(kept.len() <= OUTPUT, "{}", kept.len());
        assert!(kept.len() > OUTPUT - 100, "{}", kept.len());
        assert!(kept.ends_with("line \u{6771} 19999\nthe last\n"));
    }
}
