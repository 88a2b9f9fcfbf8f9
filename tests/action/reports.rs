//! Annotations, the summary of the job, and the reports that are asked for.

use std::fs;

use super::BAD;
use super::runner::Job;

/// A program that says how it was called and writes what it is asked for.
const FAKE: &str = r##"#!/bin/bash
for arg in "$@"; do
    echo "arg: $arg"
    case $arg in
        --report=github=*) echo "::error file=pod.yaml,line=1::from the report" >"${arg#--report=github=}" ;;
        --report=markdown=*) echo "# From the report" >"${arg#--report=markdown=}" ;;
        --report=csv=*) ;;
        --report=*) arg=${arg#--report=}; echo "${arg%%=*}" >"${arg#*=}" ;;
    esac
done
echo "a warning" >&2
exit "${FAKE_CODE:-1}"
"##;

fn arguments(log: &str) -> Vec<&str> {
    let lines = log.lines().filter_map(|line| line.strip_prefix("arg: "));
    lines.collect()
}

#[test]
fn annotations_and_summary_come_from_reports() {
    let job = Job::new();
    job.install(FAKE);
    let ended = job.run(&[]);
    assert_eq!(ended.code, 1, "{}", ended.log);
    let annotations = ["::error file=pod.yaml,line=1::from the report"];
    assert_eq!(ended.commands(), annotations);
    assert_eq!(ended.summary, "# From the report\n");
    assert_eq!(ended.output("violations"), "5", "{}", ended.log);
    let [check, recursive, github, markdown, paths] = arguments(&ended.log)[..] else {
        panic!("{}", ended.log);
    };
    assert_eq!(
        [check, recursive, paths],
        ["--check", "--recursive", "--filename=."]
    );
    assert!(github.starts_with("--report=github=/"), "{github}");
    assert!(markdown.starts_with("--report=markdown=/"), "{markdown}");

    let none = job.run(&[("annotations", "false"), ("summary", "false")]);
    assert_eq!(none.commands(), [""; 0]);
    assert_eq!(none.summary, "");
    assert_eq!(arguments(&none.log).len(), 3);
}

#[test]
fn reports_are_written_where_they_are_asked_for() {
    let job = Job::new();
    job.install(FAKE);
    let reports = "sarif\n\njunit\n  markdown  \njson=out file.json\ncsv=never.csv\nhtml=a=b.html";
    let with = [("reports", reports), ("pss-version", "v1.30")];
    let ended = job.run(&with);
    assert_eq!(ended.code, 1, "{}", ended.log);
    let written: Vec<_> = ended.output("reports").lines().collect();
    let [sarif, junit, markdown, json, html] = written[..] else {
        panic!("{written:?}");
    };
    assert!(sarif.starts_with('/') && sarif.ends_with("/report.sarif"));
    assert!(junit.ends_with("/junit.xml") && markdown.ends_with("/report.md"));
    assert_eq!(
        [json, html],
        ["out file.json", "a=b.html"],
        "csv was not written"
    );
    assert_eq!(ended.output("sarif"), sarif);
    assert_eq!(fs::read_to_string(sarif).unwrap(), "sarif\n");
    let json = fs::read_to_string(job.path("workspace/out file.json"));
    assert_eq!(json.unwrap(), "json\n");
    let arguments = arguments(&ended.log);
    assert!(arguments.contains(&"--pss-version=v1.30"), "{arguments:?}");

    let again = job.run(&with);
    assert_ne!(
        again.output("sarif"),
        sarif,
        "a second use keeps the first's"
    );
}

#[test]
fn codes_of_the_program_are_passed_on() {
    let mut job = Job::new();
    job.install(FAKE);
    job.environment.push(("FAKE_CODE".into(), String::new()));
    for (code, tolerated) in [("0", 0), ("1", 0), ("2", 2), ("130", 130), ("101", 101)] {
        job.environment[0].1 = code.into();
        let ended = job.run(&[("fail-on-violations", "false")]);
        assert_eq!(ended.code, tolerated);
        assert_eq!(ended.output("exit-code"), code);
        let ended = job.run(&[]);
        assert_eq!(ended.code.to_string(), code);
    }
}

#[test]
fn a_summary_that_is_too_long_is_cut_at_a_line() {
    let job = Job::new();
    let line = format!("| {} |", "ü".repeat(100));
    let script = r#"#!/bin/bash
for arg in "$@"; do
    case $arg in --report=markdown=*) yes 'LINE' | head -n 10000 >"${arg#--report=markdown=}" ;; esac
done
exit 1
"#;
    job.install(&script.replace("LINE", &line));
    let ended = job.run(&[]);
    assert_eq!(ended.code, 1, "{}", ended.log);
    assert!(ended.summary.len() > 990_000 && ended.summary.len() < 1 << 20);
    let (report, note) = ended.summary.split_once("\n\n").unwrap();
    assert!(report.lines().all(|l| l == line), "cut inside a line");
    assert!(note.contains("1 MiB"), "{note}");
}

/// The program's own reports through the action.
#[test]
fn the_reports_of_the_program_reach_the_job() {
    let job = Job::new();
    job.write("pod.yaml", BAD);
    let ended = job.run(&[("reports", "sarif\njson=report.json")]);
    assert_eq!(ended.code, 1, "{}", ended.log);
    assert_eq!(ended.output("violations"), "8");
    let commands = ended.commands();
    let (counts, annotations) = commands.split_last().unwrap();
    assert!(counts.starts_with("::notice "), "{counts}");
    assert!(counts.contains("fields: 8 seen"), "{counts}");
    assert_eq!(annotations.len(), 4, "a place each: {annotations:#?}");
    let errors = |command: &&&str| command.starts_with("::error file=pod.yaml,line=");
    assert_eq!(annotations.iter().filter(errors).count(), 4);
    assert!(ended.summary.contains("pod.yaml"), "{}", ended.summary);
    assert_eq!(ended.output("reports").lines().count(), 2);
    for report in [
        ended.output("sarif"),
        &job.path("workspace/report.json").display().to_string(),
    ] {
        let text = fs::read_to_string(report).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(value.is_object() || value.is_array(), "{text}");
        assert!(text.contains("fsGroup"), "{text}");
    }
}
