//! Lines of text that are typed, and what they are for.

use jiff::civil::Date;

use super::decide::each;
use super::moves::{found, numbered};
use super::{Key, Step};
use crate::checks::MAX_ID;
use crate::review::decision::Remember;
use crate::review::state::{Mode, Typing};

/// More than anybody types.
const LONGEST: usize = 500;

impl Step<'_> {
    pub(super) fn typing(&mut self, what: Typing, mut text: String, key: Key) {
        match key {
            Key::Enter => return self.typed(what, text.trim()),
            Key::Esc => return,
            Key::Backspace => {
                text.pop();
            }
            Key::Char(c) if !c.is_control() && text.len() < LONGEST => text.push(c),
            Key::Char(_) | Key::Interrupt | Key::Other => {}
        }
        self.state.mode = Mode::Typing { what, text };
    }

    fn typed(&mut self, what: Typing, text: &str) {
        match what {
            Typing::Search => {
                if !text.is_empty() {
                    text.clone_into(&mut self.state.search);
                }
                let wanted = self.state.search.clone();
                let to = match wanted.is_empty() {
                    true => Err("nothing to look for"),
                    false => found(self.model, &self.state, &wanted),
                };
                self.go(to);
            }
            Typing::Go => {
                let number = text.parse().unwrap_or_default();
                let to = numbered(self.model, &self.state, number);
                self.go(to);
            }
            Typing::Field => self.toggle(text.parse().unwrap_or_default()),
            Typing::Value(id) => match text.parse() {
                Ok(value @ 1..=MAX_ID) => {
                    let items = self.state.items(self.model);
                    let new = each(&self.state, &items, |decision| decision.ids.set(id, value));
                    self.decide(new);
                }
                _ => self.say(&format!("an id is between 1 and {MAX_ID}")),
            },
            Typing::Reason if text.is_empty() => self.say("nothing is remembered without a reason"),
            Typing::Reason => self.type_in(Typing::Expires(text.to_owned())),
            Typing::Expires(reason) => self.remember(reason, text),
        }
    }

    fn remember(&mut self, reason: String, text: &str) {
        let expires = match text {
            "" => None,
            text => match text.parse::<Date>() {
                Ok(date) => Some(date),
                Err(_) => {
                    self.type_in(Typing::Expires(reason));
                    return self.say(&format!("{text} is not a date like 2027-01-31"));
                }
            },
        };
        let items = self.state.items(self.model);
        let remember = Remember { reason, expires };
        let new = each(&self.state, &items, |decision| {
            decision.remember = Some(remember.clone());
        });
        self.decide(new);
    }
}
