//! What rows and replacements of the JSON report promise to a program that reads them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use calamine::Reader;
use serde_json::Value;
use support::run;

/// Two containers of which one is privileged, so that the other overrides what the pod says.
const OVERRIDDEN: &str = "apiVersion: v1
kind: Pod
metadata: {name: two}
spec:
  securityContext: {runAsNonRoot: false}
  containers:
  - {name: a, image: a:1}
  - {name: b, image: b:1, securityContext: {privileged: true}}
";

const JSON: &str = r#"{
  "apiVersion": "v1",
  "kind": "Pod",
  "metadata": {"name": "j"},
  "spec": {
    "containers": [
      {
        "name": "ü",
        "image": "a:1"
      }
    ]
  }
}
"#;

const PATCH: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: patch}
spec:
  template:
    spec:
      containers:
      - name: a
        securityContext: {SET}
";

fn report(directory: &Path, file: &str, mode: &[&str]) -> Value {
    let args = [&["-f", file, "--report=json=report.json"], mode].concat();
    run(directory, &args);
    let text = fs::read(directory.join("report.json")).expect("a report");
    serde_json::from_slice(&text).expect("JSON")
}

fn written(name: &str, text: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(name), text).unwrap();
    directory
}

fn rows(report: &Value) -> &Vec<Value> {
    report["subjects"][0]["rows"].as_array().unwrap()
}

#[test]
fn replacements_may_be_carried_out_in_any_order() {
    for (name, text) in [("a.yaml", OVERRIDDEN), ("a.json", JSON)] {
        let directory = written(name, text);
        let report = report(directory.path(), name, &["-w"]);
        let replacements = report["subjects"][0]["replacements"].as_array().unwrap();
        let number = |r: &Value, key: &str| r[key].as_u64().unwrap() as usize;
        let mut patched = text.to_owned();
        let mut before = usize::MAX;
        for replacement in replacements.iter().rev() {
            let start = number(replacement, "offset");
            let end = start + number(replacement, "length");
            assert!(end < before, "{replacement} touches the next one");
            before = start;
            patched.replace_range(start..end, replacement["text"].as_str().unwrap());
        }
        let file = fs::read_to_string(directory.path().join(name)).unwrap();
        assert_eq!(patched, file);
    }
}

#[test]
fn rows_stand_together_by_container_with_the_pods_first() {
    let directory = written("a.yaml", OVERRIDDEN);
    let report = report(directory.path(), "a.yaml", &["--check"]);
    let holders = rows(&report)
        .iter()
        .map(|row| row["container"]["name"].as_str());
    let mut holders: Vec<_> = holders.collect();
    holders.dedup();
    assert_eq!(holders, [None, Some("a"), Some("b")]);
}

#[test]
fn the_field_of_a_fixed_row_is_where_its_value_is_written() {
    let directory = written("a.yaml", OVERRIDDEN);
    let report = report(directory.path(), "a.yaml", &["-w"]);
    let row = rows(&report).iter().find(|row| {
        (&row["check"], &row["container"]["name"]) == (&"runAsNonRoot".into(), &"a".into())
    });
    let row = row.expect("a row");
    assert_eq!(row["before"], false);
    assert_eq!(row["after"], true);
    assert_eq!(
        row["field"],
        "spec.containers[0].securityContext.runAsNonRoot"
    );
    let file = fs::read_to_string(directory.path().join("a.yaml")).unwrap();
    assert!(
        file.contains("securityContext: {runAsNonRoot: false}"),
        "{file}"
    );
}

#[test]
fn what_a_patch_leaves_unset_is_not_called_compliant() {
    for (set, outcome, checks) in [
        ("runAsUser: 0", "fixed", &["runAsUser"][..]),
        ("runAsUser: 1", "notCovered", &[]),
        ("", "notCovered", &[]),
    ] {
        let directory = written("a.yaml", &PATCH.replace("SET", set));
        let report = report(directory.path(), "a.yaml", &["--check"]);
        assert_eq!(report["subjects"][0]["outcome"], outcome, "{set}");
        let rows: Vec<_> = rows(&report).iter().map(|row| &row["check"]).collect();
        assert_eq!(rows, checks, "{set}");
    }
}

#[test]
fn a_message_does_not_say_the_path_again() {
    let directory = written("a.yaml", "\u{0}\u{1}");
    let report = report(directory.path(), "a.yaml", &["--check"]);
    let subject = &report["subjects"][0];
    assert_eq!(subject["place"]["path"], "a.yaml");
    assert_eq!(subject["message"], "a binary file");
}

/// runAsGroup and runAsUser support parts of one control.
#[test]
fn each_control_has_one_line_in_the_workbook() {
    let directory = written("a.yaml", OVERRIDDEN);
    let args = ["-f", "a.yaml", "--check", "--report=xlsx=report.xlsx"];
    run(directory.path(), &args);
    let mut book = calamine::open_workbook_auto(directory.path().join("report.xlsx")).unwrap();
    let summary = book.worksheet_range("Summary").expect("a sheet");
    let names = summary.rows().map(|row| row[0].to_string());
    let lines: Vec<_> = names.skip_while(|name| name != "control").skip(1).collect();
    assert!(lines.contains(&"Kubescape C-0013".to_owned()), "{lines:?}");
    let different: HashSet<_> = lines.iter().collect();
    assert_eq!(different.len(), lines.len(), "{lines:?}");
}
