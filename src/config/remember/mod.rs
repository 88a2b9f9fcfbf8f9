//! Entries that are added to the lists of a configuration file: every byte that is there stays.

mod exemption;
mod image;
mod learned;
mod place;
mod scalar;
#[cfg(test)]
mod tests;

use serde_yaml::{Mapping, Value};

use super::file::{ConfigFile, parse};
use place::Place;

pub use exemption::Exemption;
pub use image::ImageFacts;
pub use learned::{Added, Remembered};

/// An entry of one of a configuration file's lists.
trait Entry {
    /// The list's key.
    const KEY: &'static str;

    /// What an entry means, once it is read.
    type Meaning;

    /// Its keys, each with its value in YAML.
    fn fields(&self) -> Vec<(&'static str, String)>;

    /// What the entries of a file mean.
    ///
    /// # Errors
    /// The first that cannot be meant.
    fn read(file: ConfigFile) -> Result<Vec<Self::Meaning>, String>;

    /// Whether that is what it says.
    fn says(&self, meaning: &Self::Meaning) -> bool;
}

/// The text of a configuration file with exemptions added.
///
/// # Errors
/// Why they cannot be added without touching what is there.
pub fn with_exemptions(text: &str, exemptions: &[Exemption]) -> Result<String, String> {
    with_entries(text, exemptions)
}

fn with_entries<E: Entry>(text: &str, entries: &[E]) -> Result<String, String> {
    let count = E::read(parse(text)?)?.len();
    let place = Place::of_list(text, E::KEY)?;
    let fields: Vec<_> = entries.iter().map(E::fields).collect();
    let new = place.with(text, &place.entries(&fields))?;
    is_added(text, &new, count, entries)?;
    Ok(new)
}

/// The text with a setting that is not there, which is a word.
fn with_setting(text: &str, key: &str, word: &str) -> Result<String, String> {
    let place = Place::of_key(text, key)?;
    let new = place.with(text, &format!(" {word}"))?;
    let (had, rest) = without(text, key)?;
    let (value, others) = without(&new, key)?;
    parse(&new)?;
    match had.is_none() && value == Some(word.into()) && rest == others {
        true => Ok(new),
        false => Err(not_meant()),
    }
}

/// Reads both texts again: everything that was there is there, and the new entries behind it say what is meant.
fn is_added<E: Entry>(
    before: &str,
    after: &str,
    count: usize,
    entries: &[E],
) -> Result<(), String> {
    let list = |value: Option<Value>| match value {
        Some(Value::Sequence(items)) => items,
        _ => Vec::new(),
    };
    let ((old, rest), (new, others)) = (without(before, E::KEY)?, without(after, E::KEY)?);
    let (old, new) = (list(old), list(new));
    let same = rest == others && new.starts_with(&old) && new.len() == count + entries.len();
    let read = E::read(parse(after)?)?;
    let added = read.iter().skip(count);
    let meant = added.len() == entries.len()
        && entries
            .iter()
            .zip(added)
            .all(|(entry, read)| entry.says(read));
    match same && meant && old.len() == count {
        true => Ok(()),
        false => Err(not_meant()),
    }
}

/// What is under a key, and all the rest.
fn without(text: &str, key: &str) -> Result<(Option<Value>, Mapping), String> {
    let value: Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let mut fields = match value {
        Value::Mapping(fields) => fields,
        _ => Mapping::new(),
    };
    let value = fields.remove(key);
    Ok((value, fields))
}

fn not_meant() -> String {
    "it would not say what is meant".to_owned()
}
