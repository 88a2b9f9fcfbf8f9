//! The run of a rollout on the summary: who, when, where, and the workloads by state.

use rust_xlsxwriter::XlsxError;

use super::lines::Lines;
use super::sheets::{OBJECT_COLUMNS, clipped};
use super::steps::ROLLOUT_COLUMNS;
use super::summary::range;
use crate::report::Report;
use crate::report::states::{meaning, read_back};
use crate::report::words::{cluster, counted, duration, machine_account, utc, visible};

impl Lines<'_> {
    /// The head of the run; nothing where the report is not of a rollout.
    pub(super) fn rollout(&mut self, report: &Report) -> Result<(), XlsxError> {
        let Some(run) = &report.rollout else {
            return Ok(());
        };
        let ended = match run.ended {
            Some(ended) => utc(ended),
            None => "not ended: it can be resumed".to_owned(),
        };
        let mut entries = vec![
            ("rollout", run.id.clone()),
            ("rollout started (UTC)", utc(run.started)),
            ("rollout ended (UTC)", ended),
            ("took", duration(Some(run.started), run.ended)),
            ("cluster", cluster(run)),
            ("Kubernetes user", run.user.clone()),
            ("machine account", machine_account(run)),
            ("run with kubectl harden", run.version.clone()),
            ("read back from the cluster", counted(&read_back(report))),
        ];
        entries.retain(|(_, value)| !value.is_empty());
        for (name, value) in entries {
            self.named(name, &value)?;
        }
        for (name, value) in &run.options {
            self.named(&format!("option {}", visible(name)), value)?;
        }
        Ok(())
    }

    fn named(&mut self, name: &str, value: &str) -> Result<(), XlsxError> {
        self.text(self.row, 0, name)?;
        self.sheet.write_string(self.row, 1, clipped(value))?;
        self.row += 1;
        Ok(())
    }

    /// Workloads by state, what needs a person first.
    pub(super) fn states(&mut self, report: &Report) -> Result<(), XlsxError> {
        if report.rollout.is_none() {
            return Ok(());
        }
        self.heading("Workloads by state", &["state", "workloads"])?;
        let first = self.row;
        let at = ROLLOUT_COLUMNS
            .iter()
            .position(|(name, _)| *name == "state");
        let at = at.map(|at| OBJECT_COLUMNS.len() + at);
        let cells = range("Objects", at, report.subjects.len());
        let states = report.states();
        for (state, count) in &states {
            let format = self.style.of_state(state);
            self.sheet
                .write_string_with_format(self.row, 0, clipped(state), format)?;
            let formula = format!("COUNTIF({cells},A{})", self.row + 1);
            self.count(1, &formula, *count)?;
            self.note(2, meaning(state))?;
            self.row += 1;
        }
        let all = states.iter().map(|(_, count)| count).sum();
        self.text(self.row, 0, "in the run")?;
        let sum = match states.is_empty() {
            true => "0".to_owned(),
            false => format!("SUM(B{}:B{})", first + 1, self.row),
        };
        self.total(1, &sum, all)?;
        let words = "rows with a state on the sheet Objects";
        self.adds_up(1, &format!("COUNTIF({cells},\"?*\")"), words, all)
    }
}
