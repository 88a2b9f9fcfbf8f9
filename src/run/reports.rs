//! `--report`: what a run saw, written when it has seen everything.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;

use super::{FAILED, NO_DIFFERENCES};
use crate::cli::{Cli, ReportArgs};
use crate::report::{ControlMap, Destination, Report, Subject, Target};
use crate::rollout;
use crate::source::{Origin, read};

/// `kubectl harden report`: the evidence of a run, by default as Markdown on standard output.
///
/// # Errors
/// No such run; a cluster or a control map that cannot be read.
pub(super) fn of_run(args: &ReportArgs) -> anyhow::Result<u8> {
    let default = || Target::parse("markdown=-").map_err(anyhow::Error::msg);
    let reports = Reports {
        started: Timestamp::now(),
        applied: true,
        targets: match args.report.is_empty() {
            true => vec![default()?],
            false => args.report.clone(),
        },
        controls: control_map(args.control_map.as_deref())?,
    };
    let report = rollout::report(args)?;
    Ok(match reports.write_all(&report, &mut io::stdout().lock()) {
        true => NO_DIFFERENCES,
        false => FAILED,
    })
}

fn control_map(path: Option<&Path>) -> anyhow::Result<ControlMap> {
    let Some(path) = path else {
        return Ok(ControlMap::default());
    };
    let shown = path.display();
    let file = Origin::File(path.to_owned());
    let bytes = read(&file);
    let bytes = bytes.with_context(|| format!("the control map {shown}"))?;
    let text = String::from_utf8_lossy(&bytes);
    ControlMap::parse(&text).with_context(|| format!("the control map {shown}"))
}

/// The reports that the command line asks for.
pub(super) struct Reports {
    started: Timestamp,
    applied: bool,
    targets: Vec<Target>,
    controls: ControlMap,
}

impl Reports {
    /// Reads the auditor's control map.
    ///
    /// # Errors
    /// A control map that cannot be read or understood.
    pub(super) fn new(cli: &Cli, applied: bool) -> anyhow::Result<Self> {
        Ok(Self {
            started: Timestamp::now(),
            applied,
            targets: cli.report.clone(),
            controls: control_map(cli.control_map.as_deref())?,
        })
    }

    pub(super) fn are_wanted(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Writes every report; `false` where one could not be written.
    pub(super) fn write(&self, subjects: Vec<Subject>, stdout: &mut impl Write) -> bool {
        self.write_all(
            &Report {
                started: self.started,
                applied: self.applied,
                rollout: None,
                subjects,
            },
            stdout,
        )
    }

    fn write_all(&self, report: &Report, stdout: &mut impl Write) -> bool {
        let mut all = true;
        for target in &self.targets {
            let is_closed = |error: &io::Error| {
                error.kind() == io::ErrorKind::BrokenPipe
                    && matches!(target.destination, Destination::Stdout)
            };
            if let Err(error) = self.one(target, report, stdout)
                && !is_closed(&error)
            {
                eprintln!("error: cannot write the report {target}: {error}");
                eprintln!("hint: the directory has to be there and writable");
                all = false;
            }
        }
        all
    }

    fn one(&self, target: &Target, report: &Report, stdout: &mut impl Write) -> io::Result<()> {
        let mut bytes = Vec::new();
        target.format(&self.controls).write(report, &mut bytes)?;
        target.write(&bytes, stdout)
    }
}
