//! JSON: every datum of the model, in the schema of docs/report-schema.json.

mod check;
pub(super) mod rollout;
pub(super) mod subject;

use std::io::{self, Write};

use serde::Serialize;

use super::{Counts, Format, Report};
use crate::checks::CHECKS;
use check::CheckEntry;
use rollout::RunEntry;
use subject::SubjectEntry;

/// The version of the schema: new keys raise the second number, changed or removed ones the first.
pub const SCHEMA_VERSION: &str = "1.3";

/// Writes a report as JSON.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl Format for Json {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, &Document::from(report))?;
        out.write_all(b"\n")
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'r> {
    schema_version: &'static str,
    kind: &'static str,
    tool: Tool,
    started_at: String,
    applied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout: Option<RunEntry<'r>>,
    summary: Summary,
    checks: Vec<CheckEntry>,
    subjects: Vec<SubjectEntry<'r>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// The counts of workloads and fields.
#[derive(Serialize)]
pub(super) struct Summary {
    workloads: CountsEntry,
    fields: CountsEntry,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CountsEntry {
    seen: usize,
    compliant: usize,
    fixed: usize,
    needs_decision: usize,
    exempt: usize,
    refused: usize,
    not_covered: usize,
}

impl<'r> From<&'r Report> for Document<'r> {
    fn from(report: &'r Report) -> Self {
        // Names every field, so that a new one cannot be forgotten.
        let Report {
            started,
            applied,
            rollout: _,
            subjects,
        } = report;
        Self {
            schema_version: SCHEMA_VERSION,
            kind: "HardenReport",
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            started_at: started.to_string(),
            applied: *applied,
            rollout: RunEntry::of(report),
            summary: Summary::of(report),
            checks: CHECKS.iter().map(CheckEntry::from).collect(),
            subjects: subjects.iter().map(SubjectEntry::from).collect(),
        }
    }
}

impl Summary {
    pub(super) fn of(report: &Report) -> Self {
        Self {
            workloads: report.counts().into(),
            fields: report.row_counts().into(),
        }
    }
}

impl From<Counts> for CountsEntry {
    fn from(counts: Counts) -> Self {
        Self {
            seen: counts.seen(),
            compliant: counts.compliant,
            fixed: counts.fixed,
            needs_decision: counts.needs_decision,
            exempt: counts.exempt,
            refused: counts.refused,
            not_covered: counts.not_covered,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::{Outcome, RowStatus, Subject, sample};
    use super::*;

    fn written(report: &Report) -> Value {
        let mut out = Vec::new();
        Json.write(report, &mut out).unwrap();
        assert!(out.ends_with(b"}\n"));
        serde_json::from_slice(&out).unwrap()
    }

    fn schema() -> Value {
        serde_json::from_str(include_str!("../../docs/report-schema.json")).unwrap()
    }

    /// What is wrong with a value. Stricter than the schema: keys that it does not name are wrong too.
    fn faults(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (keyword, rule) in schema.as_object().unwrap() {
            let good = match keyword.as_str() {
                "$schema" | "$id" | "title" | "description" | "$defs" => true,
                "$ref" => {
                    let target = rule.as_str().unwrap().trim_start_matches('#');
                    found.extend(faults(root, root.pointer(target).unwrap(), value, at));
                    true
                }
                "anyOf" => {
                    let mut any = rule.as_array().unwrap().iter();
                    any.any(|schema| faults(root, schema, value, at).is_empty())
                }
                "const" => rule == value,
                "enum" => rule.as_array().unwrap().contains(value),
                "type" => match rule.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "null" => value.is_null(),
                    other => panic!("type {other}"),
                },
                "minimum" => value.as_i64() >= rule.as_i64(),
                "pattern" => value == SCHEMA_VERSION && rule == "^1\\.[0-9]+$",
                "format" if rule == "date" => value
                    .as_str()
                    .is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok()),
                "format" if rule == "date-time" => value
                    .as_str()
                    .is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
                // What is required is there in its order; other keys are left to "properties".
                "required" => {
                    let required: Vec<_> = rule.as_array().unwrap().iter().collect();
                    let keys: Vec<_> = value
                        .as_object()
                        .into_iter()
                        .flat_map(|o| o.keys())
                        .filter(|key| required.iter().any(|required| *required == *key))
                        .collect();
                    keys == required
                }
                "properties" => {
                    for (key, inner) in value.as_object().into_iter().flatten() {
                        match rule.get(key) {
                            Some(schema) => {
                                found.extend(faults(root, schema, inner, &format!("{at}.{key}")));
                            }
                            None => found.push(format!("{at}.{key}: not in the schema")),
                        }
                    }
                    true
                }
                "items" => {
                    let items = value.as_array().into_iter().flatten();
                    found.extend(items.flat_map(|item| faults(root, rule, item, at)));
                    true
                }
                other => panic!("the keyword {other} is not tested"),
            };
            if !good {
                found.push(format!("{at}: {keyword}: {value}"));
            }
        }
        found
    }

    #[test]
    fn the_sample_is_as_the_schema_says() {
        let (schema, value) = (schema(), written(&sample::report()));
        assert_eq!(faults(&schema, &schema, &value, ""), [""; 0]);
        let empty = Report {
            subjects: Vec::new(),
            ..sample::report()
        };
        assert_eq!(faults(&schema, &schema, &written(&empty), ""), [""; 0]);
    }

    /// Without the state that no version writes.
    fn rollout() -> Report {
        let mut report = sample::rollout();
        let is_known = |subject: &Subject| {
            let state = subject.rollout.as_ref().map(|r| r.state.as_str());
            state != Some("exploded")
        };
        report.subjects.retain(is_known);
        report
    }

    #[test]
    fn a_rollout_is_as_the_schema_says() {
        let (schema, value) = (schema(), written(&rollout()));
        assert_eq!(faults(&schema, &schema, &value, ""), [""; 0]);
        let wrong = |pointer: &str, with: Value| {
            let mut value = value.clone();
            *value.pointer_mut(pointer).expect(pointer) = with;
            assert_ne!(faults(&schema, &schema, &value, ""), [""; 0], "{pointer}");
        };
        wrong("/rollout/startedAt", "midnight".into());
        wrong("/rollout/options/0", serde_json::json!({ "name": "soak" }));
        wrong("/rollout/states/0/state", "exploded".into());
        wrong("/subjects/0/rollout/state", "done".into());
        wrong("/subjects/0/rollout/live/result", "fine".into());
        wrong("/subjects/0/rollout/endedAt", 7.into());
        wrong("/subjects/0/rollout/retries", "1".into());
        wrong("/subjects/0/rollout/leftOut/0/checks", "runAsUser".into());
        wrong(
            "/subjects/0/rollout/learned/0",
            serde_json::json!({"container": "app"}),
        );
        wrong("/subjects/2/rows/0/status", "undone".into());
        let mut open = rollout();
        open.rollout.as_mut().unwrap().ended = None;
        assert_eq!(faults(&schema, &schema, &written(&open), ""), [""; 0]);
    }

    #[test]
    fn only_a_rollout_has_the_keys_of_one() {
        let text = written(&sample::report()).to_string();
        for key in ["rollout", "live", "notDone"] {
            assert!(!text.contains(&format!("\"{key}\"")), "{key}");
        }
    }

    #[test]
    fn a_rollout_is_told_whole() {
        let value = written(&rollout());
        let run = &value["rollout"];
        assert_eq!(run["user"], "=ada@example.com");
        assert_eq!(run["endedAt"], "2026-11-25T02:15:07Z");
        assert_eq!(run["options"][1]["value"], "2m");
        let subjects = value["subjects"].as_array().unwrap();
        let of = |name: &str| {
            let mut found = subjects.iter();
            found.find(|s| s["object"]["name"] == name).expect(name)
        };
        let states = subjects
            .iter()
            .filter_map(|s| s["rollout"]["state"].as_str());
        let states: Vec<_> = states.collect();
        let mut all = 0;
        for count in run["states"].as_array().unwrap() {
            let times = states.iter().filter(|state| count["state"] == **state);
            assert_eq!(count["count"], times.count(), "{count}");
            all += count["count"].as_u64().unwrap();
        }
        assert_eq!(all as usize, states.len());
        let cache = of("cache");
        assert_eq!(cache["outcome"], "refused");
        assert_eq!(cache["rollout"]["reason"], sample::HOSTILE);
        assert_eq!(cache["rollout"]["transitions"].as_array().unwrap().len(), 6);
        for row in cache["rows"].as_array().unwrap() {
            assert_eq!(row["status"], "notDone");
            assert_eq!(row["before"], row["after"]);
            assert_eq!(row["live"], Value::Null);
            assert!(row.as_object().unwrap().contains_key("live"));
        }
        let late = of("late")["rows"].as_array().unwrap();
        assert!(late.iter().all(|row| row.get("live").is_none()));
        assert_eq!(of("late")["rollout"]["live"]["reason"], "forbidden");
        assert_eq!(of("drifted")["rollout"]["changedSince"], true);
        assert_eq!(of("web")["rows"][0]["live"], true);
        assert!(of("old").get("rollout").is_none());
    }

    #[test]
    fn the_schema_finds_faults() {
        let (schema, value) = (schema(), written(&sample::report()));
        let wrong = |pointer: &str, with: Value| {
            let mut value = value.clone();
            *value.pointer_mut(pointer).unwrap() = with;
            assert_ne!(faults(&schema, &schema, &value, ""), [""; 0], "{pointer}");
        };
        wrong("/schemaVersion", "2.0".into());
        wrong("/startedAt", "yesterday".into());
        wrong("/subjects/0/outcome", "good".into());
        wrong("/subjects/0/object/kind", Value::Null);
        wrong(
            "/subjects/0/rows/1/container",
            serde_json::json!({ "name": "web" }),
        );
        wrong("/subjects/3/rows/0/exemption/expires", "never".into());
        wrong("/subjects/0/replacements/0/start/line", 0.into());
        wrong("/summary/fields", serde_json::json!({}));
    }

    #[test]
    fn the_schema_knows_every_outcome_and_status() {
        let schema = schema();
        let outcomes: Vec<Value> = Outcome::ALL.iter().map(|o| o.id().into()).collect();
        assert_eq!(
            schema["$defs"]["subject"]["properties"]["outcome"]["enum"],
            Value::Array(outcomes)
        );
        let statuses = [
            RowStatus::Compliant,
            RowStatus::Fixed,
            RowStatus::NeedsUnsafeFixes,
            RowStatus::NeedsDecision,
            RowStatus::Exempt(Default::default()),
            RowStatus::NotDone,
        ];
        let statuses: Vec<Value> = statuses.iter().map(|s| s.id().into()).collect();
        assert_eq!(
            schema["$defs"]["row"]["properties"]["status"]["enum"],
            Value::Array(statuses)
        );
        let states = crate::rollout::State::ALL.map(|state| state.id());
        assert_eq!(schema["$defs"]["state"]["enum"], serde_json::json!(states));
    }

    #[test]
    fn values_are_values_and_what_is_no_json_is_a_string() {
        let mut report = sample::report();
        let row = &mut report.subjects[0].rows[0];
        row.before = Some("99999999999999999999.10".into());
        row.after = Some("{\"drop\": [ALL]}".into());
        let mut out = Vec::new();
        Json.write(&report, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.contains("\"before\": 99999999999999999999.10,\n"),
            "{text}"
        );
        let value = written(&report);
        let rows = &value["subjects"][0]["rows"];
        assert_eq!(rows[0]["after"], "{\"drop\": [ALL]}");
        assert_eq!(rows[1]["before"], Value::Null);
        assert_eq!(rows[2]["before"], false);
    }

    #[test]
    fn counts_add_up() {
        for report in [sample::report(), sample::rollout()] {
            counts_add_up_in(&written(&report));
        }
    }

    fn counts_add_up_in(value: &Value) {
        let (subjects, summary) = (value["subjects"].as_array().unwrap(), &value["summary"]);
        let outcomes = subjects.iter().map(|s| s["outcome"].as_str().unwrap());
        let rows = subjects.iter().flat_map(|s| s["rows"].as_array().unwrap());
        let statuses = rows.map(|row| match row["status"].as_str().unwrap() {
            "needsUnsafeFixes" => "needsDecision",
            "notDone" => "refused",
            status => status,
        });
        add_up(&summary["workloads"], outcomes.collect());
        add_up(&summary["fields"], statuses.collect());
    }

    fn add_up(counts: &Value, met: Vec<&str>) {
        let sum: u64 = counts
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, count)| {
                if key == "seen" {
                    return 0;
                }
                let times = met.iter().filter(|met| *met == key).count();
                assert_eq!(*count, times, "{key}");
                count.as_u64().unwrap()
            })
            .sum();
        assert_eq!(counts["seen"], sum);
        assert_eq!(counts["seen"], met.len());
    }
}
