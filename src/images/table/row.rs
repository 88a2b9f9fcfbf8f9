//! One row of the table.

#[cfg(test)]
mod tests;

use std::io::Read;

use glob::Pattern;
use serde::Deserialize;

use super::TEXT;
use crate::images::facts::listed;
use crate::images::{Facts, Ids, Known, Origin, StaysRoot, User};

/// A row's fields as they are written; what they mean is said in `table.rs`.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    tags: String,
    user: String,
    uid: Option<i64>,
    gid: Option<i64>,
    writable: String,
    filled: String,
    low_ports: String,
    file_capabilities: String,
    stays_root: String,
    agent: String,
    basis: String,
    note: String,
    #[cfg(test)]
    source: String,
}

impl Row {
    /// Reads one line of the table.
    pub(super) fn read(line: &str) -> Option<Self> {
        let header = TEXT.lines().next().unwrap_or_default().as_bytes();
        let text = header.chain(&b"\n"[..]).chain(line.as_bytes());
        csv::Reader::from_reader(text)
            .into_deserialize()
            .next()?
            .ok()
    }

    pub(super) fn is_for(&self, tag: &str) -> bool {
        let mut patterns = self
            .tags
            .split(' ')
            .filter_map(|glob| Pattern::new(glob).ok());
        patterns.any(|pattern| pattern.matches(tag))
    }

    /// What the row says, found by `name`.
    pub(super) fn facts(&self, name: &'static str) -> Facts {
        let origin = Origin::Table {
            row: name,
            is_verified: self.basis == "verified",
        };
        Facts {
            user: self.user().map(|value| Known {
                value,
                origin: origin.clone(),
            }),
            ids: self.uid.map(|uid| Known {
                value: Ids { uid, gid: self.gid },
                origin: origin.clone(),
            }),
            writable: listed(words(&self.writable)),
            filled: listed(words(&self.filled)),
            low_ports: listed(self.low_ports.split(' ').flat_map(str::parse)),
            file_capabilities: listed(words(&self.file_capabilities)),
            stays_root: self.stays_root().map(|value| Known { value, origin }),
            is_agent: self.agent == "yes",
            note: self.note.clone(),
            ..Facts::default()
        }
    }

    fn user(&self) -> Option<User> {
        match self.user.as_str() {
            "" => None,
            "unset" => Some(User::Unset),
            user => Some(User::parse(user)),
        }
    }

    fn stays_root(&self) -> Option<StaysRoot> {
        match self.stays_root.as_str() {
            "always" => Some(StaysRoot::Always),
            "host-path" => Some(StaysRoot::WithHostPath),
            _ => None,
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().map(str::to_owned)
}
