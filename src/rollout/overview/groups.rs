//! What many have in common, said once.

use std::collections::BTreeMap;

/// Texts, each with the names of the workloads that it is about. What is about most comes first, then what came first.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: Vec<(String, Vec<String>)>,
    places: BTreeMap<String, usize>,
}

impl Groups {
    /// Adds a name to a text, once.
    pub(super) fn add(&mut self, text: String, name: String) {
        let last = self.groups.len();
        let place = *self.places.entry(text.clone()).or_insert(last);
        match self.groups.get_mut(place) {
            Some((_, names)) if names.last() == Some(&name) => {}
            Some((_, names)) => names.push(name),
            None => self.groups.push((text, vec![name])),
        }
    }

    /// The texts with their names.
    pub(super) fn sorted(&self) -> Vec<(&str, &[String])> {
        let groups = self.groups.iter();
        let mut sorted: Vec<_> = groups
            .map(|(text, names)| (text.as_str(), names.as_slice()))
            .collect();
        sorted.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
        sorted
    }
}
