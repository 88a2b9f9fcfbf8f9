//! A review by numbered questions, for screen readers and terminals that cannot move their cursor: what was printed
//! stays, and every answer ends with Enter.

use std::io::{self, BufRead, Write};

use super::desk::{Desk, Ending};
use super::model::Model;
use super::screen::{Line, Room, block, whole};
use super::state::{Mode, Place, State};
use super::step::Key;

/// A choice, and the key that it stands for.
type Choice = (&'static str, char);

const OVERVIEW: [Choice; 4] = [
    ("show the first change", 'j'),
    ("accept everything without a risk note", 'A'),
    ("search", '/'),
    ("save and quit", 'q'),
];

const CHANGE: [Choice; 15] = [
    ("accept", 'y'),
    ("decline", 'n'),
    ("leave a field as it is, or write it after all", '0'),
    ("next undecided change", 'j'),
    ("previous change", 'K'),
    ("undo", 'u'),
    ("why: what a check is", 'w'),
    ("choose uid or gids", 'e'),
    ("remember what is declined", 'r'),
    ("split the group", 's'),
    ("accept the rest of the group", 'a'),
    ("decline the rest of the group", 'd'),
    ("accept everything without a risk note", 'A'),
    ("search", '/'),
    ("save and quit", 'q'),
];

const END: [Choice; 4] = [
    ("yes, write", 'y'),
    ("no, save and quit", 'n'),
    ("go back", 'K'),
    ("undo", 'u'),
];

const YES_OR_NO: [Choice; 2] = [("yes", 'y'), ("no", 'n')];

const IDS: [Choice; 3] = [("runAsUser", 'u'), ("runAsGroup", 'g'), ("fsGroup", 'f')];

/// Goes on with a review until it is quit or to be written.
///
/// # Errors
/// A terminal that cannot be used; a decision that cannot be kept.
pub(super) fn run(desk: &mut Desk) -> anyhow::Result<Ending> {
    on_interrupt(desk.session.id.clone())?;
    let mut lines = io::stdin().lock().lines();
    let mut shown: Option<State> = None;
    loop {
        if shown
            .as_ref()
            .is_none_or(|before| differs(before, &desk.state))
        {
            show(desk)?;
        }
        shown = Some(desk.state.clone());
        ask(&desk.model, &desk.state)?;
        let line = match lines.next() {
            Some(Ok(line)) => line,
            Some(Err(_)) | None => return Ok(Ending::Quit),
        };
        for key in keys(&desk.state, line.trim()) {
            let done = desk.press(key)?;
            for line in &done.said {
                println!("{line}");
            }
            if let Some(page) = &done.page {
                println!("{}", desk.page(page, width(), false));
            }
            if let Some(ending) = done.ending {
                return Ok(ending);
            }
        }
        if !desk.state.said.is_empty() {
            println!("{}", desk.state.said);
        }
    }
}

/// Ctrl-C saves and quits, which is nothing more to do than to say so.
fn on_interrupt(id: String) -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut signals = signal_hook::iterator::Signals::new([signal_hook::consts::SIGINT])?;
        std::thread::spawn(move || {
            if signals.forever().next().is_some() {
                println!("\n{}", super::saved(&id));
                std::process::exit(0);
            }
        });
    }
    #[cfg(not(unix))]
    let _ = id;
    Ok(())
}

/// Whether there is something new to show.
fn differs(before: &State, now: &State) -> bool {
    before.at != now.at || before.decisions != now.decisions || before.split != now.split
}

fn width() -> usize {
    textwrap::termwidth()
}

/// Everything but the prompt of keys.
fn show(desk: &Desk) -> io::Result<()> {
    let quiet = State {
        said: String::new(),
        mode: Mode::Command,
        ..desk.state.clone()
    };
    let room = Room {
        width: width(),
        height: None,
    };
    let mut lines = whole(&desk.model, &quiet, room.width);
    if desk.state.at == Place::End {
        let prompt = block(&desk.model, &quiet, room);
        lines.extend(prompt.last().cloned());
    }
    let mut out = io::stdout().lock();
    writeln!(out)?;
    for line in lines {
        writeln!(out, "{}", line.text())?;
    }
    out.flush()
}

/// The choices that there are.
fn choices(state: &State) -> &'static [Choice] {
    match (&state.mode, state.at) {
        (Mode::All(_), _) => &YES_OR_NO,
        (Mode::Choose, _) => &IDS,
        (Mode::Why | Mode::Typing { .. }, _) => &[],
        (Mode::Command, Place::Overview) => &OVERVIEW,
        (Mode::Command, Place::End) => &END,
        (Mode::Command, Place::Group(_) | Place::Item(_)) => &CHANGE,
    }
}

fn ask(model: &Model, state: &State) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if state.mode != Mode::Command {
        let prompt = block(
            model,
            state,
            Room {
                width: 200,
                height: None,
            },
        );
        let prompt = prompt.last().map(Line::text);
        writeln!(out, "{}", prompt.unwrap_or_default())?;
    }
    let choices = choices(state);
    for (n, (what, _)) in choices.iter().enumerate() {
        writeln!(out, "{}. {what}", n + 1)?;
    }
    let prompt = match choices.len() {
        0 => "Answer, then Enter: ".to_owned(),
        n => format!("Number from 1 to {n}, then Enter: "),
    };
    write!(out, "{prompt}")?;
    out.flush()
}

/// The keys that an answer stands for. A key itself is an answer too.
fn keys(state: &State, answer: &str) -> Vec<Key> {
    let characters = || answer.chars().map(Key::Char);
    match &state.mode {
        Mode::Typing { .. } => characters().chain([Key::Enter]).collect(),
        Mode::Why if answer.is_empty() => vec![Key::Esc],
        Mode::Why => characters().take(1).collect(),
        Mode::Command | Mode::All(_) | Mode::Choose => {
            let chosen = answer.parse::<usize>().ok();
            let chosen = chosen.and_then(|n| choices(state).get(n.checked_sub(1)?));
            let mut own = answer.chars();
            match (chosen, own.next(), own.next()) {
                (Some((_, key)), ..) => vec![Key::Char(*key)],
                (None, Some(key), None) if !key.is_ascii_digit() => vec![Key::Char(key)],
                _ => vec![Key::Other],
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_letters_are_answers() {
        let mut state = State::new(&Model::default());
        assert_eq!(keys(&state, "1"), [Key::Char('j')]);
        assert_eq!(keys(&state, "4"), [Key::Char('q')]);
        assert_eq!(keys(&state, "A"), [Key::Char('A')]);
        for none in ["", "5", "0", "yes", "99999999999999999999"] {
            assert_eq!(keys(&state, none), [Key::Other], "{none}");
        }
        state.at = Place::Item(0);
        assert_eq!(keys(&state, "3"), [Key::Char('0')]);
        state.mode = Mode::Typing {
            what: super::super::state::Typing::Go,
            text: String::new(),
        };
        assert_eq!(
            keys(&state, "12"),
            [Key::Char('1'), Key::Char('2'), Key::Enter]
        );
    }
}
