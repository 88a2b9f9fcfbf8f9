//! One page.

use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::name;
use super::prose::{Section, prose, sections};
use super::surroundings::{Entry, FILES, VARIABLES};

/// Section 1 of the manual: programs.
const SECTION: &str = "1";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A manual page.
#[derive(Debug)]
pub struct Page {
    /// Such as `kubectl-harden-apply`.
    pub name: String,
    /// In roff, for the macros of man(7).
    pub text: String,
}

impl Page {
    /// The page of a command that was built.
    pub(super) fn of(command: &Command, parent: Option<&Command>) -> Self {
        let man = Man::new(with_help(command.clone()))
            // None: a page is the same whenever it is made. Not left out, or the version would stand in its place.
            .date("\"\"")
            .source(format!("kubectl-harden {VERSION}"))
            .manual("kubectl harden")
            .section(SECTION);
        let mut text = Roff::new().render();
        for part in [
            made(|out| man.render_title(out)),
            // Words are neither stretched nor divided: names, paths and flags are to be found and copied.
            ".nh\n.ad l\n".into(),
            made(|out| man.render_name_section(out)),
            made(|out| man.render_synopsis_section(out)),
            description(command),
            options(&made(|out| man.render_options_section(out))),
            commands(command, &man),
            said_last(command),
            related(command, parent),
        ] {
            text.push_str(&part);
        }
        Self {
            name: name(command).to_owned(),
            text,
        }
    }

    /// The file that man looks for.
    pub fn file(&self) -> String {
        format!("{}.{SECTION}", self.name)
    }
}

/// The help of every argument where clap_mangen looks for it: it takes what only `--help` has for hidden.
fn with_help(command: Command) -> Command {
    let long = |arg: Arg| match (arg.get_long_help(), arg.get_help().cloned()) {
        (None, Some(help)) => arg.long_help(help),
        _ => arg,
    };
    command.mut_args(long).subcommand_help_heading("COMMANDS")
}

/// A part in roff, without the definitions that each begins with.
fn made(render: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut bytes = Vec::new();
    // Writing into memory does not fail.
    let _ = render(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let definitions = Roff::new().render();
    text.strip_prefix(&definitions).unwrap_or(&text).to_owned()
}

fn written(roff: &Roff) -> String {
    made(|out| roff.to_writer(out))
}

fn description(command: &Command) -> String {
    let about = command.get_long_about().or(command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    let mut roff = Roff::new();
    roff.control("SH", ["DESCRIPTION"]);
    prose(&mut roff, &about);
    written(&roff)
}

/// clap's headings below one heading, as all manuals have it.
fn options(made: &str) -> String {
    const HEADING: &str = ".SH OPTIONS\n";
    let rest = made.strip_prefix(HEADING).unwrap_or(made);
    let lines = rest.lines().map(|line| match line.strip_prefix(".SH ") {
        Some(title) => format!(".SS {title}\n"),
        None => format!("{line}\n"),
    });
    let lines: String = lines.collect();
    // The empty line before a list of values, as mandoc wants it.
    HEADING.to_owned() + &lines.replace("\n.br\n\n.br\n", "\n.sp\n")
}

fn commands(command: &Command, man: &Man) -> String {
    match command.get_subcommands().any(|below| !below.is_hide_set()) {
        true => made(|out| man.render_subcommands_section(out)),
        false => String::new(),
    }
}

/// What `--help` ends with, and what the command finds around it; examples are last, as man-pages(7) wants it.
fn said_last(command: &Command) -> String {
    let said = command.get_after_long_help();
    let mut said = sections(&said.map(ToString::to_string).unwrap_or_default());
    let mut take = |title: &str| {
        let at = said.iter().position(|section| section.title == title)?;
        Some(said.remove(at))
    };
    let exit_status = take("EXIT CODES").map_or("0 done, 2 error".into(), |codes| codes.text);
    let examples = take("EXAMPLES");
    let mut roff = Roff::new();
    for Section { title, text } in &said {
        section(&mut roff, title, text);
    }
    section(&mut roff, "EXIT STATUS", &exit_status);
    entries(&mut roff, "ENVIRONMENT", VARIABLES, command);
    entries(&mut roff, "FILES", FILES, command);
    if let Some(examples) = examples {
        section(&mut roff, "EXAMPLES", &examples.text);
    }
    written(&roff)
}

fn section(roff: &mut Roff, title: &str, text: &str) {
    roff.control("SH", [title]);
    prose(roff, text);
}

fn entries(roff: &mut Roff, title: &str, all: &[Entry], command: &Command) {
    let mut of_command = all.iter().filter(|entry| entry.is_of(command)).peekable();
    if of_command.peek().is_some() {
        roff.control("SH", [title]);
    }
    for entry in of_command {
        roff.control("TP", []);
        roff.text([bold(entry.name)]);
        roff.text([roman(entry.text)]);
    }
}

/// The pages above and below, and those of the commands that this one speaks of.
fn related(command: &Command, parent: Option<&Command>) -> String {
    let texts = [command.get_long_about(), command.get_after_long_help()];
    let said: String = texts.iter().flatten().map(ToString::to_string).collect();
    let is_named = |other: &&Command| {
        let call = format!("kubectl harden {}", other.get_name());
        name(other) != name(command) && said.contains(&call)
    };
    let beside = parent.into_iter().flat_map(Command::get_subcommands);
    let mut pages: Vec<_> = parent.map(name).into_iter().collect();
    pages.extend(command.get_subcommands().map(name));
    pages.extend(beside.filter(is_named).map(name));
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    for page in pages {
        roff.text([bold(page), roman(format!("({SECTION}),"))]);
    }
    roff.text([bold("kubectl"), roman("(1)")]);
    roff.control("PP", []);
    roff.text([roman(env!("CARGO_PKG_REPOSITORY"))]);
    written(&roff)
}
