//! `kubectl harden review`: changes looked at and decided on one by one, kept at once, written at the end.
//!
//! A person's decisions are data (`decision`). They become settings, and settings are hardened by the pipeline that
//! everything goes through (`model`): nothing is shown, and nothing written, that was not proved. What a key does
//! (`step`) and what is seen (`screen`) are pure.

mod accessible;
mod arguments;
mod decision;
mod desk;
mod finish;
mod git;
mod load;
mod model;
mod pager;
#[cfg(test)]
mod properties;
mod replay;
mod screen;
mod session;
mod state;
mod step;
mod terminal;

pub(crate) use session::review_ids;

use std::io::{self, IsTerminal};

use anyhow::bail;

use crate::cli::ReviewArgs;
use crate::printable::printable;
use crate::tally::count;
use arguments::{again, arguments, without_asking};
use desk::{Desk, Ending};
use load::{Loaded, load};
use model::Model;
use session::Session;
use state::State;

/// Written, saved, or nothing to do.
const DONE: u8 = 0;
/// Something could not be written.
const FAILED: u8 = 2;

/// Reviews what the command line asks for.
///
/// # Errors
/// What keeps it from being shown, kept or written.
pub fn run(args: &ReviewArgs) -> anyhow::Result<u8> {
    let asks_nothing =
        args.filename.is_empty() && args.files.is_empty() && args.resources.is_empty();
    if asks_nothing && args.resume.is_none() {
        bail!(
            "must specify one of -f PATH, TYPE[/NAME], -- FILE... or --resume\nhint: kubectl harden review -f manifests/ -R"
        );
    }
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        bail!(
            "a review needs a terminal to ask on\nhint: without one: {}",
            without_asking(args)
        );
    }
    let before = match &args.resume {
        Some(id) => Some(Session::resume(id.as_deref())?),
        None => None,
    };
    let args = match &before {
        Some(before) => {
            std::env::set_current_dir(&before.directory)?;
            again(&before.arguments, args)?
        }
        None => args.clone(),
    };
    let Loaded { model, live } = load(&args)?;
    let (session, mut state) = match before {
        Some(before) => {
            let (session, state, forgotten) = before.state(&model)?;
            if forgotten > 0 {
                let what = count(forgotten, "decision does", "decisions do");
                println!("{what} not hold any more: what they were about has changed");
            }
            (session, state)
        }
        None if model.items.is_empty() => return Ok(nothing(&model)),
        None => (Session::begin(&model, arguments())?, State::new(&model)),
    };
    if model.items.is_empty() {
        return Ok(nothing(&model));
    }
    state.at = state::Place::Overview;
    let mut desk = Desk {
        model,
        state,
        session,
    };
    let color = args.color.colors();
    let ending = match is_accessible(&args) {
        true => accessible::run(&mut desk)?,
        false => terminal::run(&mut desk, color)?,
    };
    match ending {
        Ending::Quit => {
            println!("{}", saved(&desk.session.id));
            Ok(DONE)
        }
        Ending::Write => write(&mut desk, live),
    }
}

/// What to do to go on.
fn saved(id: &str) -> String {
    format!("saved: kubectl harden review --resume {id}")
}

fn is_accessible(args: &ReviewArgs) -> bool {
    let is_set = std::env::var("ACCESSIBLE")
        .is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    args.accessible || is_set || is_dumb
}

fn nothing(model: &Model) -> u8 {
    println!("nothing to review: no workload changes");
    for left in &model.left {
        let name = match left.name.as_str() {
            "" => String::new(),
            name => format!(" {name}"),
        };
        println!(
            "not fixed: {}",
            printable(&format!("{}{name}: {}", left.place, left.why))
        );
    }
    DONE
}

fn write(
    desk: &mut Desk,
    live: Option<(crate::rollout::Reviewable, std::path::PathBuf)>,
) -> anyhow::Result<u8> {
    let (model, state) = (&desk.model, &desk.state);
    let counts = state.counts();
    let mut written = match &live {
        None => finish::files(model, state),
        Some((_, _)) if counts.accepted == 0 => finish::Written::default(),
        Some((objects, path)) => {
            let workloads = finish::plan(model, state, objects, path)?;
            let shown = path.display();
            println!(
                "{shown} written: {}",
                count(workloads, "workload", "workloads")
            );
            println!("hint: read it, then: kubectl harden apply -f {shown}");
            finish::Written::default()
        }
    };
    if live.is_none() && !written.files.is_empty() {
        println!("{} written", count(written.files.len(), "file", "files"));
    }
    let exemptions = finish::exemptions(model, state);
    for file in &exemptions.files {
        println!("{} remembers what was declined", printable(file));
    }
    written.files.extend(exemptions.files);
    written.errors.extend(exemptions.errors);
    for error in &written.errors {
        eprintln!("error: {error}");
    }
    if written.errors.is_empty() {
        desk.session.wrote(written.files)?;
        return Ok(DONE);
    }
    println!("{}", saved(&desk.session.id));
    Ok(FAILED)
}
