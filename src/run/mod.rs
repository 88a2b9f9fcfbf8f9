//! The pipeline of the modes that need no cluster, from the command line to the exit code.

mod input;
mod reports;
mod summary;

use reports::Reports;
use summary::summary;

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::bail;

use crate::cli::{Cli, Command, Output};
use crate::config::Configs;
use crate::explain;
use crate::ordered;
use crate::render::{Look, Mode, Rendered};
use crate::source::{Expanded, expand};
use crate::tally::Tally;

/// What the process says at its end.
pub const NO_DIFFERENCES: u8 = 0;
/// Differences, or violations under `--check`.
pub const DIFFERENCES: u8 = 1;
/// Something failed.
pub const FAILED: u8 = 2;
/// SIGINT.
pub const INTERRUPTED: u8 = 130;

/// Runs the command line.
///
/// # Errors
/// A command line that asks for nothing or for what cannot be.
pub fn run(cli: &Cli) -> anyhow::Result<u8> {
    if let Some(Command::Explain(args)) = &cli.command {
        explain::run(args)?;
        return Ok(NO_DIFFERENCES);
    }
    let mode = match (cli.write, cli.check) {
        (true, _) => Mode::Write,
        (_, true) => Mode::Check,
        _ => Mode::Print(cli.output),
    };
    refuse_what_is_not_there(cli)?;
    if cli.filename.is_empty() && cli.files.is_empty() {
        bail!(
            "must specify one of -f PATH or -- FILE...\nhint: kubectl harden -f deployment.yaml; \
             see 'kubectl harden --help' for examples"
        );
    }
    if mode == Mode::Write && cli.filename.iter().any(|name| name == "-") {
        bail!("-w cannot write standard input in place\nhint: kubectl harden -f - -o yaml");
    }
    let reports = Reports::new(cli, mode == Mode::Write)?;
    let interrupted = watch_interrupt(mode == Mode::Write)?;
    let today = jiff::tz::TimeZone::UTC
        .to_datetime(jiff::Timestamp::now())
        .date();
    let runner = Runner {
        mode,
        look: Look {
            color: cli.colors(),
            on_terminal: io::stdout().is_terminal(),
        },
        configs: Configs::new(cli.flags(), today),
        reports,
        working_directory: std::env::current_dir().unwrap_or_default(),
        interrupted,
    };
    colored::control::set_override(runner.look.color);
    Ok(runner.all(expand(&cli.filename, &cli.files, cli.recursive)))
}

/// Words of the command line that a later version takes.
const PLANNED: [&str; 8] = [
    "apply",
    "completion",
    "inspect",
    "plan",
    "report",
    "review",
    "status",
    "undo",
];

fn refuse_what_is_not_there(cli: &Cli) -> anyhow::Result<()> {
    if let Some(directory) = &cli.kustomize {
        bail!("-k is not read\nhint: kubectl kustomize {directory} | kubectl harden -f -");
    }
    let Some(word) = cli.resources.first() else {
        return Ok(());
    };
    if PLANNED.contains(&word.as_str()) {
        bail!("\"{word}\" is not there yet\nhint: see 'kubectl harden --help' for what is");
    }
    if std::path::Path::new(word).exists() {
        bail!("\"{word}\" is a file, not a resource\nhint: kubectl harden -f {word}");
    }
    bail!(
        "live objects are not read yet: {word}\nhint: kubectl get {word} -o yaml | kubectl harden -f -"
    )
}

/// SIGINT ends the run with 130: at once where nothing is written, between two files where something is.
fn watch_interrupt(writes: bool) -> io::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    {
        use signal_hook::consts::SIGINT;
        use signal_hook::flag::{register, register_conditional_shutdown};
        let armed = match writes {
            true => Arc::clone(&interrupted),
            false => Arc::new(AtomicBool::new(true)),
        };
        register_conditional_shutdown(SIGINT, INTERRUPTED.into(), armed)?;
        register(SIGINT, Arc::clone(&interrupted))?;
    }
    #[cfg(not(unix))]
    let _ = writes;
    Ok(interrupted)
}

struct Runner {
    mode: Mode,
    look: Look,
    configs: Configs,
    working_directory: PathBuf,
    interrupted: Arc<AtomicBool>,
    reports: Reports,
}

impl Runner {
    fn all(&self, inputs: impl Iterator<Item = Expanded> + Send) -> u8 {
        let mut stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let mut tally = Tally::default();
        let mut said = HashSet::new();
        let mut subjects = Vec::new();
        let (mut open, mut last) = (true, None);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let work = |input| self.one(input);
        ordered::for_each(inputs, threads, work, |rendered: Rendered| {
            tally.add(&rendered.tally);
            subjects.extend(rendered.subjects);
            let new = !rendered.stderr.is_empty()
                && (!rendered.stderr.starts_with("error: ")
                    || said.insert(rendered.stderr.clone()));
            if new {
                let _ = stdout.flush();
                eprint!("{}", rendered.stderr);
            }
            let text = self.separated(&rendered.stdout, &mut last);
            open = self.write_stdout(&mut stdout, &text);
            open && !self.interrupted.load(Ordering::Relaxed)
        });
        if open {
            let _ = stdout.flush();
        }
        if self.interrupted.load(Ordering::Relaxed) {
            eprintln!(
                "interrupted; every file is either as it was or hardened: run again to go on"
            );
            return INTERRUPTED;
        }
        let reported = self.reports.write(subjects, &mut stdout);
        summary(self.mode, &tally);
        match reported {
            true => self.exit_code(&tally),
            false => FAILED,
        }
    }

    /// Printed documents of several files stay documents: `last` is the byte printed last.
    fn separated<'t>(&self, text: &'t [u8], last: &mut Option<u8>) -> Cow<'t, [u8]> {
        let before = *last;
        *last = text.last().copied().or(before);
        let separator = match (self.mode, before) {
            (Mode::Print(Output::Yaml), Some(_)) if !text.starts_with(b"---") => "---\n",
            (Mode::Print(Output::Yaml | Output::Json), Some(_)) => "",
            _ => return Cow::Borrowed(text),
        };
        if text.is_empty() {
            return Cow::Borrowed(text);
        }
        let line_break = if before == Some(b'\n') { "" } else { "\n" };
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        Cow::Owned([line_break.as_bytes(), separator.as_bytes(), text].concat())
    }

    fn write_stdout(&self, stdout: &mut impl Write, bytes: &[u8]) -> bool {
        match stdout.write_all(bytes) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => false,
            Err(error) => {
                eprintln!("error: cannot write to stdout: {error}");
                false
            }
        }
    }

    fn exit_code(&self, tally: &Tally) -> u8 {
        let violations = tally.fixable + tally.need_unsafe + tally.need_person;
        match self.mode {
            _ if tally.errors > 0 => FAILED,
            Mode::Check if violations > 0 => DIFFERENCES,
            Mode::Print(Output::Diff) if tally.changed > 0 => DIFFERENCES,
            _ => NO_DIFFERENCES,
        }
    }
}
