//! The last lines: what was just said, and what the next key is for.

use super::line::{Line, Style, wrapped};
use crate::review::decision::Decision;
use crate::review::model::Model;
use crate::review::state::{Mode, Place, State, Typing};
use crate::tally::count;
use crate::width::end_of;

/// The keys, for `?`.
pub const HELP: &str = "\
y  accept this change               n  decline it
a  accept the rest of the group     d  decline the rest of the group
A  accept everything left without a risk note; asks with the count
1-9  leave a field as it is, or write it after all; 0 asks for its number
s  split a group into its workloads
e  choose the uid or gids that are written
r  remember what is declined in .kubectl-harden.yaml, with a reason
j  leave it, go to the next undecided one   J  go to the next one
k  go to the undecided one before           K  go to the one before
g  go to a number                           /  search
u  undo, as often as there is something to undo
w  why: what a check is, and what breaks
p  show all of it in a pager
q  save and quit, as Ctrl-C does            ?  this help

Nothing is written before the question at the end.
";

pub(super) fn lines(model: &Model, state: &State, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if !state.said.is_empty() {
        lines.extend(wrapped(Style::Note, "", &state.said, width));
    }
    let prompt = match &state.mode {
        Mode::Command => command(model, state, width),
        Mode::All(n) => format!(
            "Accept {} without a risk note? (y/n) ",
            count(*n, "workload", "workloads")
        ),
        Mode::Why => "Why which field? (number) ".into(),
        Mode::Choose => "Choose u runAsUser, g runAsGroup, f fsGroup: ".into(),
        Mode::Typing { what, text } => return typed(lines, what, text, width),
    };
    lines.extend(ending(&prompt, width));
    lines
}

/// A prompt in as many lines as it needs, the cursor behind the last.
fn ending(prompt: &str, width: usize) -> Vec<Line> {
    let mut lines = wrapped(
        Style::Strong,
        "",
        prompt.trim_end(),
        width.saturating_sub(1),
    );
    if let Some(last) = lines.last_mut() {
        last.push(Style::Plain, " ");
    }
    lines
}

fn typed(mut lines: Vec<Line>, what: &Typing, text: &str, width: usize) -> Vec<Line> {
    let label = match what {
        Typing::Search => "search: ",
        Typing::Go => "go to number: ",
        Typing::Field => "field: ",
        Typing::Value(id) => match id.check() {
            "runAsUser" => "runAsUser: ",
            "runAsGroup" => "runAsGroup: ",
            _ => "fsGroup: ",
        },
        Typing::Reason => "reason: ",
        Typing::Expires(_) => "last day (none: Enter): ",
    };
    let mut line = Line::of(Style::Strong, label);
    let room = width.saturating_sub(label.len() + 1);
    line.push(
        Style::Plain,
        &end_of(&crate::printable::printable(text), room),
    );
    lines.push(line);
    lines
}

fn command(model: &Model, state: &State, width: usize) -> String {
    match state.at {
        Place::Overview => "Begin? [j,A,g,/,p,q,?] ".into(),
        Place::End => super::end::question(model, state),
        Place::Group(_) | Place::Item(_) => {
            let items = state.items(model);
            let fields = items.first().and_then(|&item| model.items.get(item));
            let numbers = match fields.map_or(0, |item| item.fields.len()) {
                0 => String::new(),
                1 => "1,".into(),
                n => format!("1-{},", n.min(9)),
            };
            let split = if items.len() > 1 { "a,d,s," } else { "" };
            let remember = items.first().and_then(|&item| state.decisions.get(item));
            let remember = match remember.is_some_and(Decision::declines) {
                true => "r,",
                false => "",
            };
            match width < 60 {
                true => format!("Accept? [y,n,{numbers}{remember}j,k,u,p,q,?] "),
                false => format!(
                    "Accept this change? [y,n,{split}{numbers}{remember}e,w,j,k,u,A,p,q,?] "
                ),
            }
        }
    }
}
