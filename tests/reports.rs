//! Reports of real runs: every format says the same numbers, and the numbers add up.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use calamine::Reader;
use serde_json::Value;
use support::run;

const OUTCOMES: [&str; 6] = [
    "compliant",
    "fixed",
    "needsDecision",
    "exempt",
    "refused",
    "notCovered",
];

/// Numbers in the order of [`OUTCOMES`].
type Counts = [usize; 6];

const HEAD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec:\n";

/// A tree with every outcome.
fn mixed(directory: &Path) {
    let pod = |name: &str, rest: &str| HEAD.replace("NAME", name) + rest;
    let plain = "  containers:\n  - {name: a, image: a:1}\n";
    let files = [
        ("plain.yaml", pod("plain", plain)),
        (
            "privileged.yaml",
            pod(
                "privileged",
                "  hostNetwork: true\n  volumes: [{name: h, hostPath: {path: /}}]\n  containers:\n  - {name: a, image: a:1, securityContext: {privileged: true}}\n  - {name: b, image: b:1}\n",
            ),
        ),
        (
            "exempt.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: exempt\n  annotations:\n    kubectl-harden.dev/ignore: \"*\"\n    kubectl-harden.dev/reason: \"=1+1, a | b\"\n    kubectl-harden.dev/owner: \"@platform\"\n    kubectl-harden.dev/expires: 2099-01-31\nspec:\n".to_owned() + plain,
        ),
        ("twice.yaml", pod("twice", plain) + "  containers: []\n"),
        ("broken.yaml", "kind: Pod\nspec: {containers: [\n".into()),
        ("binary.yaml", "\u{0}\u{1}\u{2}containers".into()),
        (
            "windows.yaml",
            pod("windows", &("  os: {name: windows}\n".to_owned() + plain)),
        ),
        (
            "workflow.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: flow}\nspec:\n  templates:\n  - {name: t, container: {image: x}}\n".into(),
        ),
        (
            "chart/templates/web.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  containers:\n  - {name: a, image: b}\n".into(),
        ),
        (
            "patch.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: patch}\nspec:\n  template:\n    spec:\n      containers:\n      - {name: a, resources: {}}\n".into(),
        ),
        (
            "list.yaml",
            "apiVersion: v1\nkind: List\nitems:\n".to_owned()
                + &["one", "two"].map(|name| format!("- apiVersion: v1\n  kind: Pod\n  metadata: {{name: {name}}}\n  spec:\n    containers:\n    - {{name: a, image: a:1}}\n")).concat(),
        ),
        ("service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n".into()),
    ];
    for (name, text) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let done = HEAD.replace("NAME", "done") + plain;
    fs::write(directory.join("done.yaml"), done).unwrap();
    assert_eq!(run(directory, &["-f", "done.yaml", "-w"]).code, 0);
}

fn overnight(directory: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/overnight");
    for entry in walkdir::WalkDir::new(&from) {
        let entry = entry.unwrap();
        let to = directory.join(entry.path().strip_prefix(&from).unwrap());
        match entry.file_type().is_dir() {
            true => fs::create_dir_all(to).unwrap(),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// Runs a mode over a tree with every report, and gives the reports by format.
fn reports(directory: &Path, mode: &[&str]) -> BTreeMap<&'static str, Vec<u8>> {
    let formats = [
        "json", "sarif", "csv", "xlsx", "junit", "markdown", "html", "github",
    ];
    let out = tempfile::tempdir().unwrap();
    let targets = formats.map(|f| format!("--report={f}={}", out.path().join(f).display()));
    let mut args = vec!["-f", ".", "-R"];
    args.extend(mode);
    args.extend(targets.iter().map(String::as_str));
    let ran = run(directory, &args);
    assert!(ran.code <= 2, "{}", ran.stderr);
    let read = |format| (format, fs::read(out.path().join(format)).expect(format));
    formats.map(read).into_iter().collect()
}

fn text(reports: &BTreeMap<&str, Vec<u8>>, format: &str) -> String {
    String::from_utf8(reports[format].clone()).expect("UTF-8")
}

/// The counts of subjects and of rows, recomputed from the entries of the JSON report.
fn of_json(json: &Value) -> (Counts, Counts) {
    let (mut subjects, mut rows) = ([0; 6], [0; 6]);
    let place = |id: &str| OUTCOMES.iter().position(|known| *known == id);
    for subject in json["subjects"].as_array().unwrap() {
        subjects[place(subject["outcome"].as_str().unwrap()).unwrap()] += 1;
        for row in subject["rows"].as_array().unwrap() {
            let status = row["status"].as_str().unwrap();
            rows[place(status).unwrap_or(2)] += 1;
        }
    }
    (subjects, rows)
}

fn of_summary(counts: &Value) -> Counts {
    let number = |key: &str| counts[key].as_u64().unwrap() as usize;
    let found = OUTCOMES.map(number);
    assert_eq!(found.iter().sum::<usize>(), number("seen"), "{counts}");
    found
}

/// Every number that follows one of these words.
fn number_before(text: &str, word: &str) -> usize {
    let at = text
        .find(word)
        .unwrap_or_else(|| panic!("{word} in {text}"));
    let before = text[..at].trim_end();
    let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap();
    digits
        .parse()
        .unwrap_or_else(|_| panic!("{word} in {text}"))
}

fn of_github(text: &str, what: &str) -> Counts {
    let last = text.lines().last().unwrap();
    let from = last.find(what).unwrap();
    let said = last[from..].split("%0A").next().unwrap();
    let words = [
        " compliant",
        " fixed",
        " needing a decision",
        " exempt",
        " refused",
        " not covered",
    ];
    let found = words.map(|word| number_before(said, word));
    assert_eq!(number_before(said, " seen"), found.iter().sum::<usize>());
    found
}

fn of_junit(text: &str, what: &str) -> Counts {
    let sum = |key: &str| -> usize {
        let name = format!("name=\"{what}.{key}\" value=\"");
        let values = text.match_indices(&name).map(|(at, _)| {
            let rest = &text[at + name.len()..];
            rest[..rest.find('"').unwrap()].parse::<usize>().unwrap()
        });
        values.sum()
    };
    let found = OUTCOMES.map(sum);
    assert_eq!(sum("seen"), found.iter().sum::<usize>());
    found
}

/// The two columns of the table of counts.
fn of_markdown(text: &str) -> (Counts, Counts) {
    let lines: Vec<_> = text
        .lines()
        .skip_while(|l| !l.starts_with("| outcome"))
        .skip(2)
        .take(7)
        .collect();
    let cell = |line: &str, i: usize| -> usize {
        let cell = line.split('|').nth(i).unwrap().trim().trim_matches('*');
        cell.parse().unwrap_or_else(|_| panic!("{line}"))
    };
    // What is left to do comes first there.
    let order = [4, 2, 5, 1, 3, 0];
    let column = |i: usize| {
        let mut found = [0; 6];
        for (line, place) in lines.iter().zip(order) {
            found[place] = cell(line, i);
        }
        assert_eq!(cell(lines[6], i), found.iter().sum::<usize>(), "{lines:?}");
        found
    };
    (column(2), column(3))
}

/// The outcome of each subject and the status of each row of the table.
fn of_table(header: &[String], rows: &[Vec<String>]) -> (Counts, Counts) {
    let column = |name: &str| header.iter().position(|h| h == name).expect(name);
    let (status, subject, outcome) = (column("status"), column("subject"), column("outcome"));
    let place = |word: &str| match word {
        "compliant" => 0,
        "fixed" | "fixed by -w" => 1,
        "needs a decision" | "needs --unsafe-fixes" => 2,
        "exempt" => 3,
        "refused" => 4,
        "not covered" => 5,
        other => panic!("{other}"),
    };
    let (mut subjects, mut fields) = (BTreeMap::new(), [0; 6]);
    for row in rows {
        subjects.insert(row[subject].clone(), place(&row[outcome]));
        if row[status] == "to know" {
            continue;
        }
        let place = place(&row[status]);
        if place < 4 {
            fields[place] += 1;
        }
    }
    let mut counts = [0; 6];
    subjects.values().for_each(|&place| counts[place] += 1);
    (counts, fields)
}

/// How many rows of the table are something to know.
fn notes_of_table(header: &[String], rows: &[Vec<String>]) -> usize {
    let column = |name: &str| header.iter().position(|h| h == name).expect(name);
    let (status, check, reason) = (column("status"), column("check"), column("reason"));
    let notes: Vec<_> = rows.iter().filter(|row| row[status] == "to know").collect();
    assert!(
        notes
            .iter()
            .all(|row| row[check].is_empty() && !row[reason].is_empty())
    );
    notes.len()
}

fn table_of_csv(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(bytes);
    let header: Vec<_> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let rows = reader
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect());
    (header, rows.collect())
}

/// How many things to know each format has, which is the same in all.
fn of_notes(reports: &BTreeMap<&str, Vec<u8>>, json: &Value) -> usize {
    let subjects = json["subjects"].as_array().unwrap().iter();
    let all = subjects.map(|subject| subject["notes"].as_array().unwrap().len());
    let wanted = all.sum::<usize>();
    let (header, rows) = table_of_csv(&reports["csv"]);
    let bytes = std::io::Cursor::new(reports["xlsx"].clone());
    let mut book = calamine::Xlsx::new(bytes).expect("a workbook");
    let sheet = book.worksheet_range("To know");
    let sarif: Value = serde_json::from_slice(&reports["sarif"]).expect("JSON");
    let properties = &sarif["runs"][0]["properties"]["notes"];
    let markdown = text(reports, "markdown");
    let section = markdown.split("### To know").nth(1).unwrap_or_default();
    let section = section.split("</table>").next().unwrap_or_default();
    let times = |format, what: &str| text(reports, format).matches(what).count();
    let found = [
        ("csv", notes_of_table(&header, &rows)),
        ("xlsx", sheet.map_or(0, |sheet| sheet.height() - 1)),
        ("sarif", properties.as_array().map_or(0, Vec::len)),
        ("junit", times("junit", "to know: ")),
        ("html", times("html", "<li data-topic=\"")),
        ("markdown", section.matches("<tr><td>").count()),
    ];
    assert_eq!(found, found.map(|(format, _)| (format, wanted)));
    wanted
}

fn of_xlsx(bytes: Vec<u8>) -> (Counts, Counts) {
    let mut book = calamine::Xlsx::new(std::io::Cursor::new(bytes)).expect("a workbook");
    let sheet = book.worksheet_range("Fields").expect("a sheet");
    let mut rows = sheet
        .rows()
        .map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>());
    let header = rows.next().unwrap();
    of_table(&header, &rows.collect::<Vec<_>>())
}

/// Every result that is no fixed field of an applied run.
fn results(sarif: &Value) -> usize {
    sarif["runs"][0]["results"].as_array().unwrap().len()
}

fn reconcile(directory: &Path, mode: &[&str]) -> Value {
    let reports = reports(directory, mode);
    let json: Value = serde_json::from_slice(&reports["json"]).expect("JSON");
    let (subjects, rows) = of_json(&json);
    assert_eq!(of_summary(&json["summary"]["workloads"]), subjects);
    assert_eq!(of_summary(&json["summary"]["fields"]), rows);
    let github = text(&reports, "github");
    assert_eq!(of_github(&github, "workloads:"), subjects, "{github}");
    assert_eq!(of_github(&github, "fields:"), rows, "{github}");
    let junit = text(&reports, "junit");
    assert_eq!(of_junit(&junit, "workloads"), subjects);
    assert_eq!(of_junit(&junit, "fields"), rows);
    assert_eq!(of_markdown(&text(&reports, "markdown")), (subjects, rows));
    let (header, lines) = table_of_csv(&reports["csv"]);
    assert_eq!(of_table(&header, &lines), (subjects, rows));
    assert_eq!(of_xlsx(reports["xlsx"].clone()), (subjects, rows));
    let sarif: Value = serde_json::from_slice(&reports["sarif"]).expect("JSON");
    let fixed = if mode.contains(&"-w") { 0 } else { rows[1] };
    assert_eq!(
        results(&sarif),
        fixed + rows[2] + rows[3] + subjects[4] + subjects[5]
    );
    let html = text(&reports, "html");
    of_notes(&reports, &json);
    for count in subjects.iter().chain(&rows).filter(|n| **n > 0) {
        assert!(html.contains(&format!(">{count}<")), "{count} on the page");
    }
    json
}

#[test]
fn every_format_counts_a_mixed_tree_alike_in_every_mode() {
    for mode in [
        &["--check"][..],
        &[],
        &["-o", "name"],
        &["-w"],
        &["--check"],
    ] {
        let directory = tempfile::tempdir().unwrap();
        mixed(directory.path());
        let json = reconcile(directory.path(), mode);
        let (subjects, _) = of_json(&json);
        assert_eq!(subjects, [1, 4, 1, 1, 3, 3], "{mode:?} {json:#}");
        assert_eq!(json["applied"], mode.contains(&"-w"));
    }
}

#[test]
fn every_format_counts_the_37_deployments_alike() {
    let directory = tempfile::tempdir().unwrap();
    overnight(directory.path());
    let json = reconcile(directory.path(), &["--check"]);
    let (subjects, rows) = of_json(&json);
    assert_eq!(subjects, [0, 37, 0, 0, 0, 0]);
    assert!(rows[1] > 8 * 30, "{rows:?}");
    reconcile(directory.path(), &["-w"]);
    let json = reconcile(directory.path(), &["--check"]);
    assert_eq!(of_json(&json).0, [37, 0, 0, 0, 0, 0]);
}

/// What a row says before and after is what the files say.
#[test]
fn rows_agree_with_the_files_before_and_after() {
    let directory = tempfile::tempdir().unwrap();
    overnight(directory.path());
    let before = reconcile(directory.path(), &["-w"]);
    let after = reconcile(directory.path(), &["--check"]);
    let rows = |json: &Value| -> Vec<Value> {
        let subjects = json["subjects"].as_array().unwrap();
        subjects
            .iter()
            .flat_map(|s| s["rows"].as_array().unwrap().clone())
            .collect()
    };
    let (before, after) = (rows(&before), rows(&after));
    assert_eq!(before.len(), after.len());
    for (old, new) in before.iter().zip(&after) {
        let key = |row: &Value| [row["check"].clone(), row["container"].clone()];
        assert_eq!(key(old), key(new));
        assert_eq!(old["after"], new["before"], "{old:#}\n{new:#}");
        assert_eq!(new["before"], new["after"]);
        assert_eq!(new["status"], "compliant");
        assert_eq!(
            old["status"] == "fixed",
            old["before"] != old["after"],
            "{old:#}"
        );
        assert!(!old["after"].is_null());
    }
}

/// Reasons of values and what programs need are in every format, for people and for programs.
#[test]
fn every_format_has_what_is_to_know() {
    let directory = tempfile::tempdir().unwrap();
    overnight(directory.path());
    let reports = reports(directory.path(), &["-o", "name"]);
    let json: Value = serde_json::from_slice(&reports["json"]).expect("JSON");
    assert!(of_notes(&reports, &json) >= 9, "{json:#}");
    let reason = "runAsUser 999, runAsGroup 1000: the image's own (well-known image)";
    for format in ["json", "csv", "sarif", "markdown", "html", "junit"] {
        let said = text(&reports, format).replace("&apos;", "'");
        let said = said.replace("&#39;", "'").replace("&#x27;", "'");
        assert!(said.contains(reason), "{format}");
    }
    let mut book = calamine::Xlsx::new(std::io::Cursor::new(&reports["xlsx"])).expect("a workbook");
    let sheet = book.worksheet_range("To know").expect("a sheet");
    let said = sheet.rows().find(|row| row[6] == reason).expect("a row");
    assert_eq!(said[4], "redis:7.2.5-alpine");
    assert_eq!(said[5], "reason of a value");
}

#[test]
fn a_control_map_puts_the_auditors_row_beside_the_check() {
    let directory = tempfile::tempdir().unwrap();
    mixed(directory.path());
    let map = directory.path().join("rows.csv");
    fs::write(&map, "Check,Row\nrunAsUser,Row 47\n").unwrap();
    let args = [
        "-f",
        "plain.yaml",
        "--check",
        "--report=csv=out.csv",
        "--control-map=rows.csv",
    ];
    assert_eq!(run(directory.path(), &args).code, 1);
    let csv = fs::read_to_string(directory.path().join("out.csv")).unwrap();
    let rows: Vec<_> = csv.lines().filter(|line| line.contains("Row 47")).collect();
    assert_eq!(rows.len(), 1, "{csv}");
    assert!(rows[0].contains("runAsUser"), "{csv}");
    fs::write(&map, "Check,Row\nrunAsUsr,Row 47\n").unwrap();
    let ran = run(directory.path(), &args);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("rows.csv") && ran.stderr.contains("runAsUser"),
        "{}",
        ran.stderr
    );
}

#[test]
fn reports_go_to_stdout_and_failures_are_said() {
    let directory = tempfile::tempdir().unwrap();
    mixed(directory.path());
    let ran = run(
        directory.path(),
        &["-f", "plain.yaml", "-w", "--report", "json=-"],
    );
    assert_eq!(ran.code, 0);
    let out = ran.out();
    let json: Value = serde_json::from_str(&out[out.find("{\n").unwrap()..]).expect("JSON");
    assert_eq!(json["applied"], true);
    let ran = run(
        directory.path(),
        &["-f", "plain.yaml", "--report", "json=gone/x.json"],
    );
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .contains("error: cannot write the report json=gone/x.json"),
        "{}",
        ran.stderr
    );
    for (report, expected) in [("jsn=x", "did you mean \"json\""), ("csv", "no file")] {
        let ran = run(directory.path(), &["-f", "plain.yaml", "--report", report]);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}
