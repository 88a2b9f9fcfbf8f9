//! Decisions that can be written, and no others.

use std::collections::BTreeSet;

use crate::review::decision::Decision;
use crate::review::model::Model;
use crate::review::state::{Record, State};

/// New decisions for some items.
pub(super) fn each(
    state: &State,
    items: &[usize],
    change: impl Fn(&mut Decision),
) -> Vec<(usize, Decision)> {
    let new = items.iter().filter_map(|&item| {
        let mut decision = state.decisions.get(item)?.clone();
        change(&mut decision);
        Some((item, decision))
    });
    new.collect()
}

/// The record of decisions, where everything that would then be accepted can be written with proof.
///
/// # Errors
/// Why it cannot.
pub(super) fn decide(
    model: &Model,
    state: &State,
    new: Vec<(usize, Decision)>,
) -> Result<Record, String> {
    let mut decisions = state.decisions.clone();
    let mut touched = BTreeSet::new();
    for (item, decision) in &new {
        if let Some(place) = decisions.get_mut(*item) {
            place.clone_from(decision);
        }
        touched.extend(model.items.get(*item).map(|item| (item.paper, item.sheet)));
    }
    for (paper, sheet) in touched {
        let Some(document) = model.harden(paper, sheet, &decisions, None) else {
            continue;
        };
        if let Err(failure) = document.hardened.result {
            return Err(format!(
                "it cannot be written like this: {}",
                failure.message
            ));
        }
    }
    for (item, decision) in new.iter().filter(|(_, decision)| decision.is_accepted()) {
        let fields = model.items.get(*item).map_or(0, |item| item.fields.len());
        if decision.off.len() >= fields {
            return Err("every field is off: n declines it".into());
        }
    }
    Ok(Record::Decided {
        decisions: new,
        at: state.at,
    })
}
