//! From one thing that is shown to another, as `git add -p` does: `j` and `k` stop where nobody decided yet.

use crate::review::model::Model;
use crate::review::state::{Place, State, items_of};

type Moved = Result<Place, &'static str>;

/// Everything that can be shown, in order.
fn places(model: &Model, state: &State) -> Vec<Place> {
    let mut places = vec![Place::Overview];
    places.extend(state.stops(model));
    places.push(Place::End);
    places
}

fn here(places: &[Place], state: &State) -> usize {
    let at = places.iter().position(|place| *place == state.at);
    at.unwrap_or_default()
}

pub(super) fn next(model: &Model, state: &State) -> Moved {
    let places = places(model, state);
    let at = here(&places, state);
    places.get(at + 1).copied().ok_or("this is the end")
}

pub(super) fn previous(model: &Model, state: &State) -> Moved {
    let places = places(model, state);
    let at = here(&places, state).checked_sub(1);
    let place = at.and_then(|at| places.get(at)).copied();
    place.ok_or("this is the beginning")
}

/// The next one that nobody decided on; then one before, then the end.
pub(super) fn next_open(model: &Model, state: &State) -> Moved {
    let places = places(model, state);
    let at = here(&places, state);
    let after = places.iter().skip(at + 1);
    let mut open = after.filter(|place| state.is_open(model, **place));
    match open.next() {
        Some(place) => Ok(*place),
        None if state.at == Place::End => Err("this is the end"),
        None => Ok(Place::End),
    }
}

pub(super) fn previous_open(model: &Model, state: &State) -> Moved {
    let places = places(model, state);
    let at = here(&places, state);
    let before = places.iter().take(at).rev();
    let mut open = before.filter(|place| state.is_open(model, **place));
    match open.next() {
        Some(place) => Ok(*place),
        None => Err("everything before is decided; K goes back one by one"),
    }
}

/// The stop of a number, from 1.
pub(super) fn numbered(model: &Model, state: &State, number: usize) -> Moved {
    let stops = state.stops(model);
    let place = number.checked_sub(1).and_then(|n| stops.get(n)).copied();
    place.ok_or("there is no change of that number")
}

/// The next stop with a text in it, in a name, a namespace, a path, a note or a check.
pub(super) fn found(model: &Model, state: &State, text: &str) -> Moved {
    let stops = state.stops(model);
    let at = stops.iter().position(|place| *place == state.at);
    let start = at.map_or(0, |at| at + 1);
    let wanted = text.to_lowercase();
    let holds = |item: &usize| {
        let Some(item) = model.items.get(*item) else {
            return false;
        };
        let paper = model.papers.get(item.paper).map(|paper| &paper.shown);
        let checks = item.fields.iter().map(|field| field.check.id);
        let texts = item.objects.iter().map(|object| object.namespace.as_str());
        let mut texts = texts
            .chain(item.notes.iter().map(String::as_str))
            .chain(checks)
            .chain([item.name.as_str()])
            .chain(paper.map(String::as_str));
        texts.any(|text| text.to_lowercase().contains(&wanted))
    };
    let is_there = |place: &&Place| items_of(model, **place).iter().any(holds);
    let mut around = stops.iter().skip(start).chain(stops.iter().take(start));
    around.find(is_there).copied().ok_or("nothing is found")
}
