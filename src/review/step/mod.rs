//! What a key does: a state and a key give the next state and what else is to happen. Nothing here reads or writes.

mod ask;
mod decide;
mod moves;
mod typing;

use super::decision::{Decision, Verdict};
use super::model::Model;
use super::state::{Mode, Place, Record, State, Typing};
use decide::{decide, each};
use moves::{next, next_open, previous, previous_open};

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// Enter.
    Enter,
    /// Esc.
    Esc,
    /// Backspace.
    Backspace,
    /// Ctrl-C, and the end of the input.
    Interrupt,
    /// Anything else.
    Other,
}

/// What is to happen beside the new state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// This is to be kept.
    Keep(Record),
    /// This is to be shown whole.
    Page(Page),
    /// The review is over for now.
    Quit,
    /// What is accepted is to be written.
    Write,
}

/// What can be shown whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// What is shown now, every line of it.
    Shown,
    /// What the check of an id is.
    Why(&'static str),
    /// The keys.
    Help,
}

/// What a key does.
pub fn step(model: &Model, state: &State, key: Key) -> (State, Vec<Effect>) {
    let mut step = Step {
        model,
        state: state.clone(),
        effects: Vec::new(),
    };
    step.state.said.clear();
    let mode = std::mem::replace(&mut step.state.mode, Mode::Command);
    if key == Key::Interrupt {
        step.effects.push(Effect::Quit);
        return (step.state, step.effects);
    }
    match mode {
        Mode::Command => step.command(key),
        Mode::All(count) => step.sure(key, count),
        Mode::Why => step.why(key),
        Mode::Choose => step.choose(key),
        Mode::Typing { what, text } => step.typing(what, text, key),
    }
    (step.state, step.effects)
}

struct Step<'m> {
    model: &'m Model,
    state: State,
    effects: Vec<Effect>,
}

impl Step<'_> {
    fn say(&mut self, what: &str) {
        what.clone_into(&mut self.state.said);
    }

    /// Changes the state, and has that kept.
    fn keep(&mut self, record: Record) {
        self.state.apply(&record);
        self.effects.push(Effect::Keep(record));
    }

    fn command(&mut self, key: Key) {
        let Key::Char(key) = key else {
            return self.remind();
        };
        match key {
            '?' => self.effects.push(Effect::Page(Page::Help)),
            'p' => self.effects.push(Effect::Page(Page::Shown)),
            'q' => self.effects.push(Effect::Quit),
            'u' => self.undo(),
            'A' => self.ask_all(),
            'j' => self.go(next_open(self.model, &self.state)),
            'J' => self.go(next(self.model, &self.state)),
            'k' => self.go(previous_open(self.model, &self.state)),
            'K' => self.go(previous(self.model, &self.state)),
            'g' => self.type_in(Typing::Go),
            '/' => self.type_in(Typing::Search),
            _ => match self.state.at {
                Place::Overview => {
                    self.say("j shows the first change; A accepts all without a risk note; ? helps")
                }
                Place::End => self.end(key),
                Place::Group(_) | Place::Item(_) => self.of_shown(key),
            },
        }
    }

    fn of_shown(&mut self, key: char) {
        match key {
            'y' => self.verdict(Verdict::Accepted, false),
            'n' => self.verdict(Verdict::Declined, false),
            'a' => self.verdict(Verdict::Accepted, true),
            'd' => self.verdict(Verdict::Declined, true),
            's' => self.split(),
            'w' => self.ask_why(),
            'e' => self.ask_id(),
            'r' => self.ask_reason(),
            '0' => self.type_in(Typing::Field),
            '1'..='9' => {
                let number = key.to_digit(10).unwrap_or_default();
                self.toggle(number as usize);
            }
            _ => self.remind(),
        }
    }

    fn end(&mut self, key: char) {
        match key {
            'y' => self.effects.push(Effect::Write),
            'n' => self.effects.push(Effect::Quit),
            _ => self.say("y writes, n saves and quits, K goes back"),
        }
    }

    fn remind(&mut self) {
        let what = match self.state.at {
            Place::Overview => "j shows the first change; ? helps",
            Place::End => "y writes, n saves and quits, K goes back",
            Place::Group(_) | Place::Item(_) => {
                "y accepts, n declines, j leaves it for later; ? helps"
            }
        };
        self.say(what);
    }

    fn go(&mut self, to: Result<Place, &'static str>) {
        match to {
            Ok(place) => self.state.at = place,
            Err(why) => self.say(why),
        }
    }

    fn undo(&mut self) {
        match self.state.undo.is_empty() {
            true => self.say("nothing to undo"),
            false => self.keep(Record::Undone),
        }
    }

    fn verdict(&mut self, verdict: Verdict, whole_group: bool) {
        let mut items = self.state.items(self.model);
        if whole_group {
            let groups = self.model.groups.iter();
            let mut of_group = groups.filter(|group| items.iter().all(|item| group.contains(item)));
            let rest = of_group.next().cloned().unwrap_or_default();
            let open = |item: &usize| items.contains(item) || self.state.verdict(*item).is_none();
            items = rest.into_iter().filter(open).collect();
        }
        let new = each(&self.state, &items, |decision| {
            decision.verdict = Some(verdict);
            if verdict == Verdict::Accepted && decision.off.is_empty() {
                decision.remember = None;
            }
        });
        let shown = self.state.at;
        match decide(self.model, &self.state, new) {
            Ok(record) => {
                self.keep(record);
                let to = next_open(self.model, &self.state);
                self.state.at = to.unwrap_or(shown);
            }
            Err(why) => self.say(&why),
        }
    }

    fn toggle(&mut self, number: usize) {
        let items = self.state.items(self.model);
        let Some(place) = number.checked_sub(1) else {
            return self.say("fields are numbered from 1");
        };
        let has = |&item: &usize| {
            let item = self.model.items.get(item);
            item.is_some_and(|item| place < item.fields.len())
        };
        if !items.iter().all(has) {
            return self.say(&format!("there is no field {number}"));
        }
        let first = items
            .first()
            .and_then(|&item| self.state.decisions.get(item));
        let is_off = first.is_some_and(|decision| decision.off.contains(&place));
        let new = each(&self.state, &items, |decision| {
            match is_off {
                true => decision.off.remove(&place),
                false => decision.off.insert(place),
            };
            // What was declined whole is looked at again.
            decision.verdict = decision
                .verdict
                .filter(|verdict| *verdict == Verdict::Accepted);
            if !decision.declines() {
                decision.remember = None;
            }
        });
        self.decide(new);
    }

    fn decide(&mut self, new: Vec<(usize, Decision)>) {
        match decide(self.model, &self.state, new) {
            Ok(record) => self.keep(record),
            Err(why) => self.say(&why),
        }
    }

    fn split(&mut self) {
        let Place::Group(group) = self.state.at else {
            return self.say("a single workload is not split");
        };
        let items = self.state.items(self.model);
        let Some(&first) = items.first().filter(|_| items.len() > 1) else {
            return self.say("a single workload is not split");
        };
        self.keep(Record::Split(group));
        self.state.at = Place::Item(first);
    }

    /// The workloads without a risk note that nobody decided on.
    fn safe(&self) -> Vec<usize> {
        let items = self.model.items.iter().enumerate();
        let safe =
            items.filter(|(i, item)| item.notes.is_empty() && self.state.verdict(*i).is_none());
        safe.map(|(i, _)| i).collect()
    }

    fn ask_all(&mut self) {
        match self.safe().len() {
            0 => self.say("nothing is left without a risk note"),
            count => self.state.mode = Mode::All(count),
        }
    }

    fn sure(&mut self, key: Key, count: usize) {
        match key {
            Key::Char('y') => {}
            Key::Char('n') | Key::Esc => return self.say("nothing was accepted"),
            _ => {
                self.state.mode = Mode::All(count);
                return self.say("y or n");
            }
        }
        let accept = |decision: &mut Decision| decision.verdict = Some(Verdict::Accepted);
        let safe = self.safe();
        let mut new = each(&self.state, &safe, accept);
        // One that cannot be written is left for later; the others are not.
        if decide(self.model, &self.state, new.clone()).is_err() {
            let alone = |one: &(usize, Decision)| {
                decide(self.model, &self.state, vec![one.clone()]).is_ok()
            };
            new.retain(alone);
        }
        match decide(self.model, &self.state, new) {
            Ok(record) => {
                self.keep(record);
                let here = self.state.at;
                self.state.at = next_open(self.model, &self.state).unwrap_or(here);
            }
            Err(why) => self.say(&why),
        }
    }

    fn type_in(&mut self, what: Typing) {
        let text = String::new();
        self.state.mode = Mode::Typing { what, text };
    }
}
