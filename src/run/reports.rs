//! `--report`: what a run saw, written when it has seen everything.

use std::io::{self, Write};

use anyhow::Context;
use jiff::Timestamp;

use crate::cli::Cli;
use crate::report::{ControlMap, Destination, Report, Subject, Target};
use crate::sink::create_file;
use crate::source::{Origin, read};

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
        let controls = match &cli.control_map {
            Some(path) => {
                let shown = path.display();
                let file = Origin::File(path.clone());
                let bytes = read(&file).with_context(|| format!("the control map {shown}"))?;
                let text = String::from_utf8_lossy(&bytes);
                ControlMap::parse(&text).with_context(|| format!("the control map {shown}"))?
            }
            None => ControlMap::default(),
        };
        Ok(Self {
            started: Timestamp::now(),
            applied,
            targets: cli.report.clone(),
            controls,
        })
    }

    pub(super) fn are_wanted(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Writes every report; `false` where one could not be written.
    pub(super) fn write(&self, subjects: Vec<Subject>, stdout: &mut impl Write) -> bool {
        let report = Report {
            started: self.started,
            applied: self.applied,
            rollout: None,
            subjects,
        };
        let mut all = true;
        for target in &self.targets {
            if let Err(error) = self.one(target, &report, stdout) {
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
        match &target.destination {
            Destination::Stdout => stdout.write_all(&bytes).and_then(|()| stdout.flush()),
            Destination::File(path) => create_file(path, &bytes),
        }
    }
}
