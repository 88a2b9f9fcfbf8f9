//! Events of core/v1, by the old recorder (`count`, `lastTimestamp`) and by the new one (`series`, `eventTime`).

use serde_json::Value;

use super::fields::{given, text};

/// Whether an event is about this object. A pod of a StatefulSet bears the name of the one before: the uid decides.
pub(super) fn is_about(event: &Value, object: &Value) -> bool {
    let uid = text(object, "/metadata/uid");
    !uid.is_empty() && text(event, "/involvedObject/uid") == uid
}

/// How often it was seen.
pub(super) fn count(event: &Value) -> i64 {
    let counts = [given(event, "/series/count"), given(event, "/count")];
    counts
        .into_iter()
        .flatten()
        .max()
        .unwrap_or_default()
        .max(1)
}

/// When it was seen last, to the second: `2026-01-31T01:02:03`. Kubernetes writes UTC, so times compare as texts.
pub(super) fn last_seen(event: &Value) -> &str {
    let places = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime"];
    let times = places.iter().map(|place| text(event, place));
    second(times.max().unwrap_or_default())
}

/// A time to the second.
pub(super) fn second(time: &str) -> &str {
    time.get(.."2026-01-31T01:02:03".len()).unwrap_or_default()
}

/// The one that was seen last.
pub(super) fn latest<'e>(events: impl Iterator<Item = &'e Value>) -> Option<&'e Value> {
    events.max_by_key(|event| last_seen(event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_recorders_are_read() {
        let cases = [
            (
                json!({"count": 3, "lastTimestamp": "2026-01-31T01:02:03Z"}),
                3,
                "2026-01-31T01:02:03",
            ),
            (
                json!({"eventTime": "2026-01-31T01:02:03.123456Z", "lastTimestamp": null, "count": null}),
                1,
                "2026-01-31T01:02:03",
            ),
            (
                json!({
                    "eventTime": "2026-01-31T01:00:00.000000Z",
                    "count": 2,
                    "series": {"count": 7, "lastObservedTime": "2026-01-31T01:02:04.5Z"},
                }),
                7,
                "2026-01-31T01:02:04",
            ),
            (json!({"count": 0}), 1, ""),
            (json!({"lastTimestamp": "soon"}), 1, ""),
        ];
        for (event, times, at) in cases {
            assert_eq!((count(&event), last_seen(&event)), (times, at), "{event}");
        }
    }

    #[test]
    fn objects_without_uid_have_no_events() {
        assert!(!is_about(
            &json!({"involvedObject": {}}),
            &json!({"metadata": {}})
        ));
    }
}
