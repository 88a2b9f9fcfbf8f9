//! Setting fields back, and only those.

use serde_json::Value;

use super::operations::{Operations, ancestors};
use crate::rollout::plan::is_as;
use crate::rollout::{FieldPath, Step};

/// The operations that set each changed field of `live` back to the value that it had before, `changes` being path,
/// value before, value after. Fields that are set back already need none.
///
/// The patch changes nothing unless each field still has the value after and each container is still where it is, so
/// it can be sent without a resource version. A mapping that `original` does not have is taken away if it is left
/// empty; one into which somebody else has put something stays.
///
/// # Errors
/// The fields that have neither value: somebody else changed them since. Nothing is set back then. Also a change that
/// made or took away an item of a list, which [`json_patch`](super::json_patch) never does.
pub fn restore_patch(
    original: &Value,
    live: &Value,
    changes: &[(FieldPath, Option<Value>, Option<Value>)],
) -> Result<Value, Vec<FieldPath>> {
    let mut operations = Operations::on(live);
    let (mut overtaken, mut open) = (Vec::new(), Vec::new());
    for (path, before, after) in changes {
        let (before, after) = (value(before.as_ref()), value(after.as_ref()));
        match value(path.get(live)) {
            now if now == before => {}
            now if is_as(now, after) && guard(&mut operations, live, path, now) => {
                open.push((path, before));
            }
            _ => overtaken.push(path.clone()),
        }
    }
    for (path, before) in &open {
        let done = match before {
            Some(before) => operations.set(path, before),
            None => operations.remove(path),
        };
        if !done {
            overtaken.push((*path).clone());
        }
    }
    for (path, _) in open.iter().filter(|(_, before)| before.is_none()) {
        remove_left_empty(&mut operations, original, path);
    }
    if overtaken.is_empty() {
        Ok(operations.into_patch())
    } else {
        Err(overtaken)
    }
}

/// The API server does not tell a null from nothing.
fn value(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

/// Demands that the field is as the change left it. RFC 6902 cannot test that a key is missing, so for a field that
/// was taken away the mapping around it is tested whole.
fn guard(
    operations: &mut Operations,
    live: &Value,
    path: &FieldPath,
    after: Option<&Value>,
) -> bool {
    let tested = match after {
        Some(after) => Some((path.clone(), after)),
        None => ancestors(path).into_iter().rev().find_map(|above| {
            let around = above.get(live)?;
            Some((above, around))
        }),
    };
    operations.test_names(path) && tested.is_some_and(|(path, value)| operations.test(&path, value))
}

fn remove_left_empty(operations: &mut Operations, original: &Value, path: &FieldPath) {
    for above in ancestors(path).into_iter().rev() {
        let is_key = matches!(above.steps().last(), Some(Step::Key(_)));
        let is_new = value(above.get(original)).is_none();
        let is_empty = |value: &Value| value.as_object().is_some_and(serde_json::Map::is_empty);
        let is_left_empty = above.get(&operations.result).is_some_and(is_empty);
        if !(is_key && is_new && is_left_empty && operations.remove_empty(&above)) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::git_patch::testing::{applied, path};
    use proptest::prelude::*;
    use proptest::sample::subsequence;
    use serde_json::json;

    type Change = (FieldPath, Option<Value>, Option<Value>);

    const POD: &str = "spec.template.spec";
    const APP: &str = "spec.template.spec.containers[name=app]";

    fn put(object: &mut Value, path: &FieldPath, value: Option<&Value>) {
        match value {
            Some(value) => assert!(path.set(object, value.clone()), "{path}"),
            None => drop(path.remove(object)),
        }
    }

    /// The changes with the values before them, and the object that they make.
    fn changed(original: &Value, fields: &[(&str, Option<Value>)]) -> (Vec<Change>, Value) {
        let mut live = original.clone();
        let change = |(text, after): &(&str, Option<Value>)| {
            let path = path(text);
            let before = path.get(original).cloned();
            put(&mut live, &path, after.as_ref());
            (path, before, after.clone())
        };
        let changes = fields.iter().map(change).collect();
        (changes, live)
    }

    fn original() -> Value {
        json!({"metadata": {"name": "web"}, "spec": {"replicas": 2, "template": {"spec": {
            "securityContext": {},
            "containers": [
                {"name": "app", "image": "web:1"},
                {"name": "log", "image": "log:1", "securityContext": {
                    "runAsUser": 0, "capabilities": {"add": ["SYS_TIME"]},
                }},
            ],
        }}}})
    }

    fn hardened() -> (Vec<Change>, Value) {
        let pod = format!("{POD}.securityContext");
        let log = format!("{POD}.containers[name=log].securityContext");
        changed(
            &original(),
            &[
                (&format!("{pod}.runAsNonRoot"), Some(json!(true))),
                (
                    &format!("{pod}.seccompProfile.type"),
                    Some(json!("RuntimeDefault")),
                ),
                (
                    &format!("{APP}.securityContext.capabilities.drop"),
                    Some(json!(["ALL"])),
                ),
                (&format!("{log}.runAsUser"), Some(json!(1000))),
                (&format!("{log}.capabilities.add"), None),
            ],
        )
    }

    #[test]
    fn everything_goes_back_and_nothing_is_left_over() {
        let (changes, live) = hardened();
        let patch = restore_patch(&original(), &live, &changes).expect("a patch");
        assert_eq!(applied(&live, &patch), Ok(original()));
        let again = restore_patch(&original(), &original(), &changes);
        assert_eq!(again, Ok(json!([])));
    }

    #[test]
    fn a_mapping_that_somebody_else_uses_stays() {
        let (changes, mut live) = hardened();
        let mut wanted = original();
        let foreign = path(&format!("{APP}.securityContext.capabilities.add"));
        put(&mut live, &foreign, Some(&json!(["CHOWN"])));
        put(&mut wanted, &foreign, Some(&json!(["CHOWN"])));
        let patch = restore_patch(&original(), &live, &changes).expect("a patch");
        assert_eq!(applied(&live, &patch), Ok(wanted));
    }

    #[test]
    fn fields_of_somebody_else_are_named_and_nothing_is_set_back() {
        let (changes, mut live) = hardened();
        put(&mut live, &changes[0].0, Some(&json!(false)));
        put(&mut live, &changes[4].0, Some(&json!(["NET_RAW"])));
        let result = restore_patch(&original(), &live, &changes);
        let overtaken = vec![changes[0].0.clone(), changes[4].0.clone()];
        assert_eq!(result, Err(overtaken));
    }

    #[test]
    fn a_field_that_is_set_back_already_is_left_out() {
        let (changes, mut live) = hardened();
        put(&mut live, &changes[3].0, Some(&json!(0)));
        let patch = restore_patch(&original(), &live, &changes).expect("a patch");
        assert!(!patch.to_string().contains("runAsUser"), "{patch}");
        assert_eq!(applied(&live, &patch), Ok(original()));
    }

    /// What is changed between the reading of `live` and the patch.
    #[test]
    fn what_happens_in_between_makes_the_patch_fail() {
        let (changes, live) = hardened();
        let patch = restore_patch(&original(), &live, &changes).expect("a patch");
        let log = format!("{POD}.containers[name=log].securityContext");
        let meanwhile = [
            (
                format!("{POD}.securityContext.runAsNonRoot"),
                Some(json!(false)),
            ),
            (format!("{POD}.securityContext.runAsNonRoot"), None),
            (
                format!("{APP}.securityContext.procMount"),
                Some(json!("Default")),
            ),
            (format!("{APP}.securityContext"), None),
            (format!("{log}.capabilities.add"), Some(json!(["NET_RAW"]))),
            (format!("{APP}.name"), Some(json!("other"))),
        ];
        for (text, value) in meanwhile {
            let mut now = live.clone();
            put(&mut now, &path(&text), value.as_ref());
            assert!(applied(&now, &patch).is_err(), "{text} {value:?}");
        }
        let mut now = live.clone();
        put(&mut now, &path("spec.replicas"), Some(&json!(9)));
        assert!(
            applied(&now, &patch).is_ok(),
            "what is elsewhere is no matter"
        );
    }

    #[test]
    fn a_container_that_is_gone_takes_its_new_fields_along() {
        let (changes, mut live) = hardened();
        let containers = live.pointer_mut("/spec/template/spec/containers");
        let containers = containers.and_then(Value::as_array_mut).expect("a list");
        containers.remove(0);
        let patch = restore_patch(&original(), &live, &changes).expect("a patch");
        let result = applied(&live, &patch).expect("applies");
        let log = "/spec/template/spec/containers/0";
        assert_eq!(
            result.pointer(log),
            original().pointer("/spec/template/spec/containers/1")
        );
        put(
            &mut live,
            &path(&format!("{POD}.containers")),
            Some(&json!([])),
        );
        let overtaken = restore_patch(&original(), &live, &changes).expect_err("fields of log");
        assert_eq!(overtaken, [changes[3].0.clone(), changes[4].0.clone()]);
    }

    #[test]
    fn whole_mappings_go_back_too() {
        let fields = [
            (
                format!("{POD}.securityContext"),
                Some(json!({"runAsUser": 1})),
            ),
            (
                format!("{APP}.securityContext"),
                Some(json!({"privileged": false})),
            ),
            (format!("{POD}.containers[name=log].securityContext"), None),
        ];
        let fields = fields
            .each_ref()
            .map(|(text, after)| (text.as_str(), after.clone()));
        let (changes, live) = changed(&original(), &fields);
        let patch = restore_patch(&original(), &live, &changes).expect("a patch");
        assert_eq!(applied(&live, &patch), Ok(original()));
    }

    #[test]
    fn items_of_lists_are_not_made_or_taken_away() {
        let item = path(APP);
        let mut live = original();
        assert!(item.set(&mut live, json!({"name": "app", "image": "web:2"})));
        let swapped = [(
            item.clone(),
            item.get(&original()).cloned(),
            item.get(&live).cloned(),
        )];
        let patch = restore_patch(&original(), &live, &swapped).expect("a patch");
        assert_eq!(applied(&live, &patch), Ok(original()));
        let made = [(item.clone(), None, item.get(&live).cloned())];
        assert_eq!(restore_patch(&original(), &live, &made), Err(vec![item]));
    }

    const NAMES: [&str; 3] = ["a", "b", "c"];

    /// Places that a rollout changes, below a securityContext.
    const OURS: [&str; 5] = [
        "runAsUser",
        "runAsNonRoot",
        "seccompProfile.type",
        "capabilities.drop",
        "capabilities.add",
    ];

    /// Places beside them that somebody else changes.
    const THEIRS: [&str; 4] = [
        "procMount",
        "seccompProfile.localhostProfile",
        "capabilities.x",
        "seLinuxOptions.level",
    ];

    fn contexts() -> Vec<String> {
        let pod = [format!("{POD}.securityContext")];
        let containers = NAMES.map(|name| format!("{POD}.containers[name={name}].securityContext"));
        pod.into_iter().chain(containers).collect()
    }

    fn below(fields: &[&str]) -> Vec<FieldPath> {
        let contexts = contexts();
        let of = |field: &&str| {
            contexts
                .iter()
                .map(move |above| path(&format!("{above}.{field}")))
                .collect::<Vec<_>>()
        };
        fields.iter().flat_map(of).collect()
    }

    fn some() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(json!(0)),
            Just(json!(true)),
            Just(json!(["ALL"])),
            Just(json!("x")),
            Just(json!([]))
        ]
    }

    fn edits(places: Vec<FieldPath>) -> impl Strategy<Value = Vec<(FieldPath, Option<Value>)>> {
        let most = places.len();
        subsequence(places, 0..=most).prop_flat_map(|places| {
            let values =
                proptest::collection::vec(proptest::option::weighted(0.8, some()), places.len());
            values.prop_map(move |values| places.iter().cloned().zip(values).collect())
        })
    }

    /// A workload with none, empty or filled mappings anywhere.
    fn objects() -> impl Strategy<Value = Value> {
        let fields = edits(below(&[OURS.as_slice(), &THEIRS].concat()));
        let empty = subsequence(contexts(), 0..=4);
        (fields, empty).prop_map(|(fields, empty)| {
            let containers = NAMES.map(|name| json!({"name": name, "image": "i"}));
            let mut object =
                json!({"spec": {"replicas": 1, "template": {"spec": {"containers": containers}}}});
            for context in empty {
                put(&mut object, &path(&context), Some(&json!({})));
            }
            for (place, value) in fields.iter().filter(|(_, value)| value.is_some()) {
                put(&mut object, place, value.as_ref());
            }
            object
        })
    }

    /// Edits elsewhere: beside our fields, of images and replicas, and of the order of containers.
    fn foreign() -> impl Strategy<Value = (Vec<(FieldPath, Option<Value>)>, bool)> {
        let mut places = below(&THEIRS);
        places.extend(NAMES.map(|name| path(&format!("{POD}.containers[name={name}].image"))));
        places.push(path("spec.replicas"));
        (edits(places), any::<bool>())
    }

    fn apply_foreign(object: &mut Value, edits: &[(FieldPath, Option<Value>)], is_reversed: bool) {
        for (place, value) in edits {
            // An edit takes away a key that is there, and makes no mapping for one that is not.
            if value.is_some() || place.get(object).is_some() {
                put(object, place, value.as_ref());
            }
        }
        let containers = object.pointer_mut("/spec/template/spec/containers");
        let containers = containers.and_then(Value::as_array_mut).expect("a list");
        if is_reversed {
            containers.reverse();
        }
        let new = json!({"name": "new", "image": "i", "securityContext": {}});
        containers.insert(0, new);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn restoring_gives_the_original_with_the_foreign_edits(
            original in objects(), ours in edits(below(&OURS)), (theirs, is_reversed) in foreign(),
        ) {
            let mut live = original.clone();
            let mut changes = Vec::new();
            for (place, after) in ours {
                let before = place.get(&original).cloned();
                if after.is_some() || before.is_some() {
                    put(&mut live, &place, after.as_ref());
                }
                changes.push((place, before, after));
            }
            let mut wanted = original.clone();
            apply_foreign(&mut wanted, &theirs, is_reversed);
            apply_foreign(&mut live, &theirs, is_reversed);
            let patch = restore_patch(&original, &live, &changes);
            let patch = patch.map_err(|paths| TestCaseError::fail(format!("{paths:?}")))?;
            let restored = applied(&live, &patch).map_err(TestCaseError::fail)?;
            prop_assert_eq!(&restored, &wanted, "{}", patch);
            prop_assert_eq!(restore_patch(&original, &restored, &changes), Ok(json!([])));
        }

        #[test]
        fn fields_changed_by_somebody_else_are_named(
            original in objects(), ours in edits(below(&OURS)), theirs in edits(below(&OURS)),
        ) {
            let mut live = original.clone();
            let mut changes = Vec::new();
            for (place, after) in ours {
                let before = place.get(&original).cloned();
                put(&mut live, &place, after.as_ref());
                changes.push((place, before, after));
            }
            for (place, value) in &theirs {
                put(&mut live, place, value.as_ref());
            }
            let overtaken: Vec<_> = changes.iter().filter(|(place, before, after)| {
                let now = place.get(&live).cloned();
                now != *before && now != *after
            }).map(|(place, ..)| place.clone()).collect();
            match restore_patch(&original, &live, &changes) {
                Err(named) => prop_assert_eq!(named, overtaken),
                Ok(patch) => {
                    prop_assert_eq!(overtaken, vec![]);
                    let restored = applied(&live, &patch).map_err(TestCaseError::fail)?;
                    for (place, before, _) in &changes {
                        prop_assert_eq!(place.get(&restored), before.as_ref(), "{}", place);
                    }
                }
            }
        }
    }
}
