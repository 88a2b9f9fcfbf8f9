//! Keys that ask for another one: which field, which id, why.

use super::{Effect, Key, Page, Step};
use crate::review::decision::{Decision, Id};
use crate::review::state::{Mode, Typing};

impl Step<'_> {
    pub(super) fn ask_why(&mut self) {
        let items = self.state.items(self.model);
        let item = items.first().and_then(|&item| self.model.items.get(item));
        match item.map_or(&[][..], |item| &item.fields) {
            [] => self.say("there is no field"),
            [field] => self.effects.push(Effect::Page(Page::Why(field.check.id))),
            _ => self.state.mode = Mode::Why,
        }
    }

    pub(super) fn why(&mut self, key: Key) {
        let items = self.state.items(self.model);
        let item = items.first().and_then(|&item| self.model.items.get(item));
        let number = match key {
            Key::Char(c) => c.to_digit(10),
            _ => None,
        };
        let place = number.and_then(|n| (n as usize).checked_sub(1));
        let field = place.and_then(|n| item?.fields.get(n));
        match (field, key) {
            (Some(field), _) => self.effects.push(Effect::Page(Page::Why(field.check.id))),
            (None, Key::Esc) => {}
            (None, _) => {
                self.state.mode = Mode::Why;
                self.say("the number of a field, or Esc");
            }
        }
    }

    pub(super) fn ask_id(&mut self) {
        let items = self.state.items(self.model);
        let of = items.iter().filter_map(|&item| self.model.items.get(item));
        if let Some(item) = of.clone().find(|item| !item.is_alone) {
            let why = format!(
                "{} shares its document with others: choose ids with --run-as-user",
                item.name
            );
            return self.say(&why);
        }
        let has_id = |id: Id| {
            of.clone()
                .any(|item| item.fields.iter().any(|f| f.check.id == id.check()))
        };
        match Id::ALL.iter().any(|(_, id)| has_id(*id)) {
            true => self.state.mode = Mode::Choose,
            false => self.say("no id is written here"),
        }
    }

    pub(super) fn choose(&mut self, key: Key) {
        let chosen = Id::ALL.iter().find(|(c, _)| key == Key::Char(*c));
        match (chosen, key) {
            (Some((_, id)), _) => {
                let items = self.state.items(self.model);
                let item = items.first().and_then(|&item| self.model.items.get(item));
                let is_there =
                    item.is_some_and(|item| item.fields.iter().any(|f| f.check.id == id.check()));
                match is_there {
                    true => self.type_in(Typing::Value(*id)),
                    false => self.say(&format!("{} is not written here", id.check())),
                }
            }
            (None, Key::Esc) => {}
            (None, _) => {
                self.state.mode = Mode::Choose;
                self.say("u, g or f, or Esc");
            }
        }
    }

    pub(super) fn ask_reason(&mut self) {
        let items = self.state.items(self.model);
        let decisions = items
            .iter()
            .filter_map(|&item| self.state.decisions.get(item));
        match decisions.clone().all(Decision::declines) {
            true => self.type_in(Typing::Reason),
            false => self.say("decline it, or a field of it, first: r remembers what is declined"),
        }
    }
}
