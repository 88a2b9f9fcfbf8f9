//! Whatever keys are pressed: undo goes back exactly, what is accepted is what is written, a journal gives the state
//! again, and nothing panics.

mod oracle;

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use proptest::prelude::*;

use super::decision::Decision;
use super::model::{Model, Text, build};
use super::replay::{Event, event, replay, seen};
use super::screen::{Line, Room, block, whole};
use super::state::{State, Undo, items_of};
use super::step::{Effect, Key, step};
use crate::checks::Policy;
use crate::examine::Settings;
use oracle::check_written;

const PLAIN: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: NAME, namespace: shop}\nspec:\n  template:\n    spec:\n      containers:\n      - name: NAME # first\n        image: x\n";
const TWO: &str = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: a}\n  spec: {template: {spec: {containers: [{name: c, image: x}]}}}\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: b*}\n  spec:\n    template:\n      spec:\n        containers:\n        - {name: c, image: x}\n        - {name: d, image: x}\n";
const SHARED: &str = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: a}\n  spec:\n    template:\n      spec: &pod\n        containers:\n        - name: c\n          image: x\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: b}\n  spec:\n    template:\n      spec: *pod\n";
const WRITTEN: &str = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  template:\n    spec:\n      securityContext:\n        runAsUser: 0 # root\n        runAsNonRoot: false\n      initContainers:\n      - {name: init, image: x, securityContext: {runAsUser: 0, readOnlyRootFilesystem: false}}\n      containers:\n      - name: main\n        image: x\n        ports: [{containerPort: 80}]\n      - name: own\n        image: x\n        securityContext: {runAsUser: 10, runAsGroup: 0}\n      volumes: [{name: v, persistentVolumeClaim: {claimName: v}}]\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: agent}\nspec:\n  containers:\n  - {name: a, image: x, securityContext: {privileged: true}}\n  - {name: b, image: x}\n";

fn text(shown: &str, text: &str) -> Text {
    let settings = Settings {
        keeps_evidence: true,
        ..Settings::new(Policy::new(jiff::civil::date(2026, 11, 24)))
    };
    Text {
        shown: shown.into(),
        text: text.as_bytes().to_vec(),
        settings: Arc::new(settings),
        file: Some(shown.into()),
        live: None,
    }
}

fn model() -> Model {
    let plain = ["web", "api", "job"].map(|name| text(name, &PLAIN.replace("NAME", name)));
    let others = [("two", TWO), ("shared", SHARED), ("written", WRITTEN)];
    let others = others.map(|(shown, other)| text(shown, other));
    build(plain.into_iter().chain(others).collect(), Vec::new())
}

fn key() -> impl Strategy<Value = Key> {
    let commands = "yyynnaadsssueewwrrjjJJkKg/pq?A0123456789"
        .chars()
        .collect::<Vec<_>>();
    prop_oneof![
        12 => prop::sample::select(commands).prop_map(Key::Char),
        1 => any::<char>().prop_map(Key::Char),
        2 => Just(Key::Enter),
        1 => Just(Key::Esc),
        1 => Just(Key::Backspace),
        1 => Just(Key::Interrupt),
        1 => Just(Key::Other),
    ]
}

/// What counts of a state: not what was just said, nor what the next key is for.
fn core(state: &State) -> (Vec<Decision>, BTreeSet<usize>, Vec<Rc<Undo>>) {
    (
        state.decisions.clone(),
        state.split.clone(),
        state.undo.clone(),
    )
}

fn check_screen(model: &Model, state: &State, width: usize, height: usize) {
    let room = Room {
        width,
        height: Some(height),
    };
    let lines = block(model, state, room);
    assert!(lines.len() < height, "{} lines in {height}", lines.len());
    for line in lines.iter().chain(&whole(model, state, width)) {
        assert!(line.columns() <= width, "{:?} in {width}", Line::text(line));
        assert!(
            !line.text().chars().any(char::is_control),
            "{:?}",
            line.text()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_keys_loses_a_decision(
        keys in prop::collection::vec(key(), 1..60),
        width in 30_usize..120,
        height in 8_usize..60,
    ) {
        let model = model();
        let mut state = State::new(&model);
        let began = Event::Began {
            version: String::new(),
            directory: ".".into(),
            arguments: Vec::new(),
            seen: seen(&model),
        };
        let mut events = vec![began];
        for key in keys {
            let (after, effects) = step(&model, &state, key);
            let kept: Vec<_> = effects
                .iter()
                .filter_map(|effect| match effect {
                    Effect::Keep(record) => Some(event(&model, record)),
                    _ => None,
                })
                .collect();
            if kept.is_empty() {
                prop_assert_eq!(core(&after), core(&state), "{:?} changed what is not kept", key);
            }
            if after.undo.len() > state.undo.len() {
                let (back, _) = step(&model, &State { mode: super::state::Mode::Command, ..after.clone() }, Key::Char('u'));
                prop_assert_eq!(core(&back), core(&state));
                prop_assert_eq!(back.at, state.at);
            }
            events.extend(kept);
            let (again, forgotten) = replay(&model, &events);
            prop_assert_eq!((core(&again), forgotten), (core(&after), 0), "after {:?}", key);
            check_screen(&model, &after, width, height);
            state = after;
        }
        check_written(&model, &state.decisions);
        // Undone to the end, nothing was decided.
        while !state.undo.is_empty() {
            state.mode = super::state::Mode::Command;
            (state, _) = step(&model, &state, Key::Char('u'));
        }
        prop_assert_eq!(core(&state), core(&State::new(&model)));
    }
}

#[test]
fn what_shares_an_anchor_is_decided_on_together() {
    let model = model();
    let names: Vec<_> = model.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "deployment.apps/web",
            "deployment.apps/api",
            "deployment.apps/job",
            "deployment.apps/a",
            "deployment.apps/b*",
            "deployment.apps/a, deployment.apps/b",
            "statefulset.apps/db",
            "pod/agent",
        ]
    );
    assert_eq!(model.groups[0], [0, 1, 2], "the same change");
    let place = super::state::Place::Group(0);
    assert_eq!(items_of(&model, place), [0, 1, 2]);
}

#[test]
fn what_changed_meanwhile_is_asked_again() {
    let before = model();
    let mut state = State::new(&before);
    let mut events = vec![Event::Began {
        version: String::new(),
        directory: ".".into(),
        arguments: Vec::new(),
        seen: seen(&before),
    }];
    for key in "jsyn3yjy".chars() {
        let (after, effects) = step(&before, &state, Key::Char(key));
        for effect in effects {
            if let Effect::Keep(record) = effect {
                events.push(event(&before, &record));
            }
        }
        state = after;
    }
    assert!(state.counts().open < before.items.len());
    let plain = ["web", "api", "job"].map(|name| text(name, &PLAIN.replace("NAME", name)));
    let mut texts: Vec<_> = plain.into_iter().chain([text("two", TWO)]).collect();
    texts[1].text.extend(b"# more\n");
    let after = build(texts, Vec::new());
    let (again, forgotten) = replay(&after, &events);
    assert!(state.decisions[1] != Decision::default());
    assert_eq!(again.decisions[1], Decision::default(), "it changed");
    assert_eq!(again.decisions[0], state.decisions[0]);
    assert_eq!(again.decisions[2], state.decisions[2]);
    assert_eq!(forgotten, events_on_others(&events, &after));
}

/// How many items were decided on that are changed or gone.
fn events_on_others(events: &[Event], now: &Model) -> usize {
    let seen = seen(now);
    let Some(Event::Began { seen: before, .. }) = events.first() else {
        return 0;
    };
    let decided = events.iter().flat_map(|event| match event {
        Event::Decided { decisions, .. } => decisions.iter().map(|(key, _)| key).collect(),
        _ => Vec::new(),
    });
    let changed = decided.filter(|key| seen.get(*key) != before.get(*key));
    changed.collect::<BTreeSet<_>>().len()
}
