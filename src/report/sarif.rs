//! SARIF 2.1.0, for GitHub code scanning and other viewers of findings.
//!
//! A result is a finding that is still there: with `-w` what was fixed is none any more. Documents that are
//! refused and objects that are not covered are results of two rules of their own, since GitHub shows
//! results only, never notifications. GitHub opens an alert for suppressed results too, and it takes no
//! file with results that have no artifact, as those of standard input.

mod finding;
mod fingerprint;
mod location;
mod note;
mod rollout;
mod rules;

use std::io::{self, Write};

use serde::Serialize;
use serde_json::json;

use super::json::Summary;
use super::{Format, Outcome, Report};
use finding::Finding;
use fingerprint::Fingerprints;
use note::Note;
use rollout::RolloutProperties;
use rules::Rule;

/// Writes a report as SARIF.
#[derive(Clone, Copy, Debug)]
pub struct Sarif;

impl Format for Sarif {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let log = Log {
            schema: "https://json.schemastore.org/sarif-2.1.0.json",
            version: "2.1.0",
            runs: [Run::from(report)],
        };
        serde_json::to_writer_pretty(&mut *out, &log)?;
        out.write_all(b"\n")
    }
}

/// A text for people, as SARIF wraps each.
#[derive(Serialize)]
struct Text<T> {
    text: T,
}

#[derive(Serialize)]
struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Tool,
    automation_details: Automation,
    invocations: [Invocation<'r>; 1],
    original_uri_base_ids: serde_json::Value,
    /// Columns of the model count characters.
    column_kind: &'static str,
    results: Vec<Finding<'r>>,
    properties: Properties<'r>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    information_uri: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

/// GitHub reads the part before the last slash as the category that a later upload replaces.
#[derive(Serialize)]
struct Automation {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'r> {
    execution_successful: bool,
    start_time_utc: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time_utc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'r str>,
}

#[derive(Serialize)]
struct Properties<'r> {
    applied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout: Option<RolloutProperties<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Note<'r>>,
    summary: Summary,
}

impl<'r> From<&'r Report> for Run<'r> {
    fn from(report: &'r Report) -> Self {
        let name = env!("CARGO_PKG_NAME");
        let version = env!("CARGO_PKG_VERSION");
        let complete = |outcome| outcome != Outcome::Refused;
        let run = report.rollout.as_ref();
        let (started, ended) = match run {
            Some(run) => (run.started, run.ended),
            None => (report.started, None),
        };
        Self {
            tool: Tool {
                driver: Driver {
                    name,
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    version,
                    semantic_version: version,
                    rules: rules::all(run.is_some()),
                },
            },
            automation_details: Automation {
                id: format!("{name}/{}", report.started),
            },
            invocations: [Invocation {
                execution_successful: report.subjects.iter().all(|s| complete(s.outcome)),
                start_time_utc: started.to_string(),
                end_time_utc: ended.map(|at| at.to_string()),
                machine: run.map(|run| run.machine.as_str()),
                account: run.map(|run| run.account.as_str()),
            }],
            original_uri_base_ids: json!({
                location::ROOT: { "description": { "text": "The directory that the command ran in." } }
            }),
            column_kind: "unicodeCodePoints",
            results: findings(report),
            properties: Properties {
                applied: report.applied,
                rollout: RolloutProperties::of(report),
                notes: note::all(report),
                summary: Summary::of(report),
            },
        }
    }
}

fn findings(report: &Report) -> Vec<Finding<'_>> {
    let mut fingerprints = Fingerprints::default();
    let findings = report
        .subjects
        .iter()
        .flat_map(|subject| finding::of(subject, report.applied));
    findings
        .map(|finding| finding.with_fingerprint(&mut fingerprints))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::super::sample;
    use super::*;

    fn written(report: &Report) -> Value {
        let mut out = Vec::new();
        Sarif.write(report, &mut out).unwrap();
        let log: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(log["version"], "2.1.0");
        log["runs"][0].clone()
    }

    fn results(run: &Value) -> &Vec<Value> {
        run["results"].as_array().unwrap()
    }

    fn column<'v>(run: &'v Value, pointer: &str) -> Vec<&'v str> {
        let values = results(run).iter().map(|result| result.pointer(pointer));
        values
            .map(|value| value.and_then(Value::as_str).unwrap_or("-"))
            .collect()
    }

    /// docs.github.com, "SARIF support for code scanning": what is required there, and its limits.
    #[test]
    fn github_finds_what_it_needs() {
        let run = written(&sample::report());
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        let driver = &run["tool"]["driver"];
        let rules = driver["rules"].as_array().unwrap();
        assert_eq!(rules.len(), crate::checks::CHECKS.len() + 2);
        for rule in rules {
            for required in [
                "/id",
                "/name",
                "/shortDescription/text",
                "/fullDescription/text",
                "/help/text",
                "/helpUri",
            ] {
                let text = rule.pointer(required).and_then(Value::as_str).unwrap();
                let longest = if required == "/help/text" {
                    16_384
                } else {
                    1024
                };
                assert!((1..longest).contains(&text.len()), "{required}: {text}");
            }
            let tags = rule["properties"]["tags"].as_array().unwrap();
            assert!(tags.len() <= 20, "{rule}");
            assert_eq!(
                tags.iter().collect::<HashSet<_>>().len(),
                tags.len(),
                "{rule}"
            );
        }
        let mut fingerprints = HashSet::new();
        for result in results(&run) {
            let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"]);
            assert_eq!(result["locations"].as_array().unwrap().len(), 1);
            let at = &result["locations"][0]["physicalLocation"];
            assert_eq!(at["artifactLocation"]["uri"], "apps/shop%20api/web.yaml");
            assert_eq!(at["artifactLocation"]["uriBaseId"], "%SRCROOT%");
            assert!(at["region"]["startLine"].as_u64() >= Some(1));
            assert!(at["region"]["startColumn"].as_u64() >= Some(1));
            let fingerprint = result["partialFingerprints"]["hardenRow/v1"]
                .as_str()
                .unwrap();
            assert!(
                fingerprints.insert(fingerprint),
                "{fingerprint} is there twice"
            );
            assert!(result["suppressions"].is_array());
        }
    }

    #[test]
    fn each_open_row_and_each_subject_without_rows_is_a_result() {
        let run = written(&sample::report());
        let wanted = [
            "fixed",
            "fixed",
            "needsUnsafeFixes",
            "needsDecision",
            "needsDecision",
            "exempt",
            "refused",
            "notCovered",
        ];
        assert_eq!(column(&run, "/properties/status"), wanted);
        let wanted = [
            "error", "error", "warning", "warning", "warning", "note", "error", "warning",
        ];
        assert_eq!(column(&run, "/level"), wanted);
        assert_eq!(
            column(&run, "/message/text")[1],
            "deployment.apps/web: container \"web\" must set securityContext.allowPrivilegeEscalation=false. `kubectl harden -w` fixes it."
        );
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
        let suppression = &results(&run)[5]["suppressions"][0];
        assert_eq!(suppression["status"], "accepted");
        assert!(
            suppression["justification"]
                .as_str()
                .unwrap()
                .contains("writes")
        );
    }

    /// SARIF 2.1.0, 3.8: a property bag may hold anything.
    #[test]
    fn what_is_to_know_is_a_property_and_no_result() {
        let run = written(&sample::report());
        let notes = run["properties"]["notes"].as_array().unwrap();
        assert_eq!(notes.len(), 2);
        assert_eq!(
            notes[0],
            json!({
                "topic": "value",
                "namespace": "shop",
                "resource": "deployment.apps/web",
                "container": "web",
                "text": sample::HOSTILE,
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": { "uri": "apps/shop%20api/web.yaml", "uriBaseId": "%SRCROOT%" },
                        "region": { "startLine": 14, "startColumn": 9 }
                    },
                    "logicalLocations": [{ "fullyQualifiedName": "shop/deployment.apps/web", "kind": "object" }]
                }]
            })
        );
        assert_eq!(notes[1]["container"], "");
    }

    #[test]
    fn what_was_written_is_no_finding_any_more() {
        let report = Report {
            applied: true,
            ..sample::report()
        };
        let run = written(&report);
        assert!(!column(&run, "/properties/status").contains(&"fixed"));
        assert!(results(&run).iter().all(|result| result["fixes"].is_null()));
        assert_eq!(run["properties"]["summary"]["fields"]["fixed"], 2);
    }

    #[test]
    fn a_subject_has_one_fix_for_all_of_its_fields() {
        let run = written(&sample::report());
        let with_fixes: Vec<_> = results(&run)
            .iter()
            .filter(|r| !r["fixes"].is_null())
            .collect();
        assert_eq!(with_fixes.len(), 1);
        assert_eq!(
            with_fixes[0]["fixes"][0]["artifactChanges"][0],
            json!({
                "artifactLocation": { "uri": "apps/shop%20api/web.yaml", "uriBaseId": "%SRCROOT%" },
                "replacements": [{
                    "deletedRegion": {
                        "startLine": 14, "startColumn": 1, "endLine": 14, "endColumn": 1,
                        "byteOffset": 210, "byteLength": 0
                    },
                    "insertedContent": { "text": "          securityContext:\n            allowPrivilegeEscalation: false\n" }
                }]
            })
        );
    }

    #[test]
    fn fingerprints_outlive_lines_and_containers_before() {
        let before = written(&sample::report());
        let mut report = sample::report();
        for subject in &mut report.subjects {
            subject.place.line += 7;
            for row in &mut subject.rows {
                row.place.line += 7;
                row.field = row.field.replace("containers[0]", "containers[3]");
            }
        }
        let after = written(&report);
        let key = "/partialFingerprints/hardenRow~1v1";
        assert_eq!(column(&before, key), column(&after, key));
        report.subjects[0].rows[1].container.as_mut().unwrap().name = "other".into();
        assert_ne!(column(&before, key)[1], column(&written(&report), key)[1]);
    }

    #[test]
    fn standard_input_is_no_file() {
        let mut report = sample::report();
        for subject in &mut report.subjects {
            subject.place.path = "stdin".into();
            subject
                .rows
                .iter_mut()
                .for_each(|row| row.place.path = "stdin".into());
            subject
                .notes
                .iter_mut()
                .for_each(|note| note.place.path = "stdin".into());
        }
        let run = written(&report);
        assert!(!run.to_string().contains("artifactLocation"));
        let name = "/locations/0/logicalLocations/0/fullyQualifiedName";
        assert_eq!(column(&run, name)[0], "shop/deployment.apps/web");
        assert_eq!(column(&run, name)[6], "-");
    }

    /// SARIF 2.1.0, 3.20: invocations have an account and a machine; times are in UTC.
    #[test]
    fn a_rollout_is_an_invocation_with_its_workloads() {
        let report = sample::rollout();
        let run = written(&report);
        let invocation = json!({
            "executionSuccessful": false,
            "startTimeUtc": "2026-11-25T01:00:07Z",
            "endTimeUtc": "2026-11-25T02:15:07Z",
            "machine": "laptop",
            "account": "ada"
        });
        assert_eq!(run["invocations"][0], invocation);
        let rollout = &run["properties"]["rollout"];
        assert_eq!(rollout["user"], "=ada@example.com");
        let workloads = rollout["workloads"].as_array().unwrap();
        let states: usize = report.states().iter().map(|(_, count)| count).sum();
        assert_eq!(workloads.len(), states);
        for (state, count) in report.states() {
            let of = workloads.iter().filter(|w| w["rollout"]["state"] == state);
            assert_eq!(of.count(), count, "{state}");
        }
        assert_eq!(workloads[0]["resource"], "deployment.apps/web");
        let field = &workloads[0]["fields"][0];
        assert_eq!(
            [&field["before"], &field["after"], &field["live"]],
            [&Value::Null, &json!(true), &json!(true)]
        );
        assert!(field.as_object().unwrap().contains_key("before"));
        assert!(workloads[7]["fields"][0].get("live").is_none());

        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in results(&run) {
            let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"]);
        }
        let of = |rule: &str| {
            results(&run)
                .iter()
                .filter(|r| r["ruleId"] == rule)
                .collect::<Vec<_>>()
        };
        let found = of("rollout");
        assert_eq!(found.len(), report.counts().refused + 1);
        assert_eq!(found[0]["properties"]["state"], "unrestored");
        assert_eq!(found[0]["properties"]["stateReason"], sample::HOSTILE);
        let text = found[2]["message"]["text"].as_str().unwrap();
        assert_eq!(
            text,
            "deployment.apps/argo blocked: Argo CD application shop owns it: change the source. Hint: see the evidence, then plan again."
        );
        let statuses = column(&run, "/properties/status");
        let times = |wanted: &str| statuses.iter().filter(|s| **s == wanted).count();
        assert_eq!(times("notDone"), report.row_counts().refused);
        assert_eq!(times("needsDecision"), report.row_counts().needs_decision);
        assert_eq!(times("notCovered"), 1);
        let not_done = results(&run)
            .iter()
            .find(|r| r["properties"]["status"] == "notDone")
            .unwrap();
        assert_eq!(not_done["properties"]["live"], "other");
        assert_eq!(not_done["properties"]["startedAt"], "2026-11-25T01:15:07Z");
    }

    #[test]
    fn texts_cannot_make_links() {
        let mut report = sample::report();
        report.subjects[0].rows[0].detail = "[click](https://evil.example)".into();
        let run = written(&report);
        assert!(column(&run, "/message/text")[0].contains("[click] (https"));
    }

    #[test]
    fn counts_add_up() {
        let run = written(&sample::report());
        let statuses = column(&run, "/properties/status");
        let times = |wanted: &[&str]| statuses.iter().filter(|s| wanted.contains(s)).count();
        let summary = &run["properties"]["summary"];
        for counts in [&summary["workloads"], &summary["fields"]] {
            let all: u64 = counts
                .as_object()
                .unwrap()
                .values()
                .filter_map(Value::as_u64)
                .sum();
            assert_eq!(counts["seen"].as_u64().unwrap() * 2, all);
        }
        let fields = &summary["fields"];
        assert_eq!(fields["fixed"], times(&["fixed"]));
        assert_eq!(
            fields["needsDecision"],
            times(&["needsDecision", "needsUnsafeFixes"])
        );
        assert_eq!(fields["exempt"], times(&["exempt"]));
        assert_eq!(summary["workloads"]["refused"], times(&["refused"]));
        assert_eq!(summary["workloads"]["notCovered"], times(&["notCovered"]));
        let open = fields["seen"].as_u64().unwrap() - fields["compliant"].as_u64().unwrap();
        assert_eq!(
            open as usize + times(&["refused", "notCovered"]),
            statuses.len()
        );
    }
}
