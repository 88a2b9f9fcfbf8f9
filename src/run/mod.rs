//! The pipeline of the stateless modes, from the command line to the exit code.

mod input;
mod reports;
mod request;
mod summary;

use reports::Reports;
use request::refuse;
use summary::{Notes, Place, summary};

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cli::{Cli, Command, Output};
use crate::completion;
use crate::config::Configs;
use crate::explain;
use crate::image_lookup::Inspection;
use crate::inspect;
use crate::manual;
use crate::ordered;
use crate::render::{Look, Mode, Rendered};
use crate::review;
use crate::rollout;
use crate::source::{Item, Query, expand, live};
use crate::tally::Tally;
use crate::version;

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
    match &cli.command {
        None => harden(cli),
        Some(Command::Explain(args)) => Ok(explain::run(args).map(|()| NO_DIFFERENCES)?),
        Some(Command::Inspect(args)) => inspect::run(args),
        Some(Command::Review(args)) => review::run(args),
        Some(Command::Plan(args)) => rollout::plan(args),
        Some(Command::Apply(args)) => rollout::apply(args),
        Some(Command::Status(args)) => rollout::status(args),
        Some(Command::Undo(args)) => rollout::undo(args),
        Some(Command::Report(args)) => reports::of_run(args),
        Some(Command::Completion(args)) => completion::run(args).map(|()| NO_DIFFERENCES),
        Some(Command::Man(args)) => manual::run(args).map(|()| NO_DIFFERENCES),
        Some(Command::Version(args)) => version::run(args).map(|()| NO_DIFFERENCES),
    }
}

/// The stateless modes.
fn harden(cli: &Cli) -> anyhow::Result<u8> {
    let mode = match (cli.write, cli.check) {
        (true, _) => Mode::Write,
        (_, true) => Mode::Check,
        _ => Mode::Print(cli.output),
    };
    refuse(cli, mode == Mode::Write)?;
    let reports = Reports::new(cli, mode == Mode::Write)?;
    let interrupted = watch_interrupt(mode == Mode::Write)?;
    let today = jiff::tz::TimeZone::UTC
        .to_datetime(jiff::Timestamp::now())
        .date();
    let inspection = Inspection::new(&cli.values.images).map_err(anyhow::Error::msg)?;
    let runner = Runner {
        mode,
        look: Look {
            color: cli.colors(),
            on_terminal: io::stdout().is_terminal(),
        },
        configs: Configs::new(cli.flags(), today),
        inspection,
        reports,
        working_directory: std::env::current_dir().unwrap_or_default(),
        interrupted,
        place: match cli.resources.is_empty() {
            true => Place::Files,
            false => Place::Cluster,
        },
        has_ended: AtomicBool::new(false),
    };
    colored::control::set_override(runner.look.color);
    if runner.place == Place::Files {
        let files = expand(&cli.filename, &cli.files, cli.recursive);
        return Ok(runner.all(files.map(Item::Input).chain([Item::End])));
    }
    let settings = runner.configs.of(Path::new(""))?;
    let query = Query {
        words: cli.resources.clone(),
        selection: cli.selection.clone(),
        connection: cli.connection.clone(),
        kinds: settings.kinds.clone(),
        keeps_raw: false,
    };
    let objects = live(query).map_err(anyhow::Error::msg)?;
    Ok(runner.all(objects.into_iter()))
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
    inspection: Inspection,
    working_directory: PathBuf,
    interrupted: Arc<AtomicBool>,
    reports: Reports,
    place: Place,
    /// Whether the source said that it had given everything.
    has_ended: AtomicBool,
}

impl Runner {
    fn all(&self, items: impl Iterator<Item = Item> + Send) -> u8 {
        let mut stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let mut tally = Tally::default();
        let mut said = HashSet::new();
        let mut subjects = Vec::new();
        let mut notes = Notes::default();
        let (mut open, mut last) = (true, None);
        let threads = self.inspection.threads();
        let work = |item| self.item(item);
        let items = items.take_while(|_| !self.interrupted.load(Ordering::Relaxed));
        ordered::for_each(items, threads, work, |rendered: Rendered| {
            tally.add(&rendered.tally);
            subjects.extend(rendered.subjects);
            notes.add(rendered.hints, rendered.reasons);
            let new = !rendered.stderr.is_empty()
                && (!rendered.stderr.starts_with("error: ")
                    || said.insert(rendered.stderr.clone()));
            if new {
                let _ = stdout.flush();
                eprint!("{}", rendered.stderr);
            }
            let text = self.separated(&rendered.stdout, &mut last);
            open = self.write_stdout(&mut stdout, &text);
            // What a worker wrote before the signal is still to be named.
            open && (self.mode == Mode::Write || !self.interrupted.load(Ordering::Relaxed))
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
        if open && !self.has_ended.load(Ordering::Relaxed) {
            eprintln!("error: reading from the cluster ended early\nhint: please report this");
            tally.errors += 1;
        }
        let reported = self.reports.write(subjects, &mut stdout);
        summary(self.mode, self.place, &tally);
        notes.say();
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
