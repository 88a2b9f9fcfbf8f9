//! Causes of failures: every row of the table, lines of real programs, and docs/causes.md, which is made of the table.
//!
//! `BLESS=1 cargo test --test causes` writes the document.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use kubectl_harden::cause::{
    Cause, EVIDENCE, Foreign, Habitat, Kind, Said, Seen, Symptom, causes, new_errors, symptoms,
};
use kubectl_harden::checks;
use proptest::prelude::*;
use serde::Deserialize;

/// What is seen where the line is all there is.
fn seen(symptom: &Symptom) -> Seen {
    let line = symptom.line.clone();
    let mut seen = Seen {
        container: "web".into(),
        exit_code: Some(1),
        volumes: vec!["/run".into()],
        ..Seen::default()
    };
    match symptom.place {
        Habitat::Log | Habitat::Any => seen.previous_log = line,
        Habitat::Status => {
            seen.sentences.push(line);
            seen.exit_code = None;
        }
        Habitat::Exit => seen.exit_code = line.rsplit(' ').next().unwrap().parse().ok(),
    }
    seen
}

fn best(seen: &Seen) -> Cause {
    causes(seen).into_iter().next().unwrap()
}

/// Whether the evidence is the line, or the part of it that tells.
fn tells(line: &str, evidence: &str) -> bool {
    let part = evidence.trim_matches('…');
    line.contains(part) && (part.len() == line.len() || part.chars().count() >= EVIDENCE - 2)
}

#[test]
fn every_row_knows_its_line() {
    let mut wrong = Vec::new();
    for symptom in symptoms() {
        let cause = best(&seen(symptom));
        if cause.row != symptom.id {
            wrong.push(format!("{}: {}: {}", symptom.id, cause.row, symptom.line));
        }
        if symptom.place != Habitat::Exit {
            assert!(tells(&symptom.line, &cause.evidence), "{}", cause.evidence);
        }
        for field in symptom
            .fields
            .split_whitespace()
            .chain(symptom.as_root.split_whitespace())
        {
            assert!(
                checks::find(field).is_some_and(|check| check.field.is_some()),
                "{}: {field}",
                symptom.id
            );
        }
        assert!(
            !cause.fix.contains('{') && !cause.remedy.contains('{'),
            "{}",
            cause.fix
        );
    }
    assert_eq!(wrong, [""; 0]);
}

/// A line of a program and what it is a symptom of.
#[derive(Debug, Deserialize)]
struct Line {
    line: String,
    /// The kind of the row, without its detail.
    kind: String,
    subject: String,
    source: String,
}

fn lines() -> Vec<Line> {
    let text = include_str!("causes/lines.csv");
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
    rows.map(|row| row.unwrap()).collect()
}

fn kind(cause: &Cause) -> &str {
    let row = symptoms().find(|symptom| symptom.id == cause.row);
    row.map_or("unknown", |row| row.kind.split(':').next().unwrap())
}

fn of_log(log: &str) -> Seen {
    Seen {
        container: "web".into(),
        exit_code: Some(1),
        volumes: vec!["/run".into(), "/var/lib/app".into()],
        previous_log: log.into(),
        ..Seen::default()
    }
}

#[test]
fn lines_of_real_programs_are_known() {
    let mut wrong = Vec::new();
    for Line {
        line,
        kind: expected,
        subject,
        source,
    } in lines()
    {
        assert!(!source.is_empty(), "{line}");
        let cause = best(&of_log(&line));
        let said = cause.kind.to_string();
        let about = said
            .strip_prefix(cause.kind.words())
            .unwrap()
            .trim_start_matches(": ");
        if (kind(&cause), about) != (expected.as_str(), subject.as_str()) {
            wrong.push(format!(
                "{} {about} by {}, not {expected} {subject}: {line}",
                kind(&cause),
                cause.row
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What real servers wrote on a real kubelet when one field, or all of them, came to a container that ran as root.
#[test]
fn captured_logs_have_the_cause_that_a_person_finds() {
    let text = include_str!("causes/captured.txt");
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in text.split("== ").skip(1) {
        let (title, log) = case.split_once('\n').unwrap();
        let (name, expected) = title.split_once(": ").unwrap();
        let cause = best(&of_log(log));
        let found = format!("{} [{}]", cause.kind, cause.fields.join(" "));
        if found != expected {
            wrong.push(format!("== {name}: {found}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 30, "{count}");
}

/// Lines that servers write when all is well, and some that only look as if it were not.
#[test]
fn ordinary_lines_have_no_cause() {
    let text = include_str!("causes/ordinary.txt");
    assert!(text.lines().count() >= 300);
    let mut wrong = Vec::new();
    for line in text.lines() {
        let cause = best(&of_log(line));
        if cause.row != "unknown" {
            wrong.push(format!("{}: {line}", cause.row));
        } else {
            assert_eq!(cause.kind, Kind::Unknown { exit_code: Some(1) });
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let well = Seen {
        current_log: text.into(),
        ..Seen::default()
    };
    assert_eq!(causes(&well), []);
}

fn said(seen: &Seen) -> Vec<String> {
    causes(seen)
        .iter()
        .map(|cause| format!("{} [{}]", cause.kind, cause.fields.join(" ")))
        .collect()
}

#[test]
fn one_log_can_hold_several_causes_each_once() {
    let log = "Error: EROFS: read-only file system, mkdir '/app/a'\n\
        touch: cannot touch '/app/b': Read-only file system\n\
        Error: EROFS: read-only file system, mkdir '/app//a/'\n\
        open /var/run/app.pid: read-only file system\n\
        Read-only file system (os error 30)";
    let seen = Seen {
        current_log: log.into(),
        ..of_log(log)
    };
    let read_only =
        |path: &str| format!("the root file system is read-only: {path} [readOnlyRootFilesystem]");
    assert_eq!(
        said(&seen),
        ["/var/run/app.pid", "/app/a", "/app/b"].map(read_only)
    );
}

#[test]
fn a_stack_tells_what_the_error_does_not() {
    let python = "Traceback (most recent call last):\n  File \"/usr/lib/python3.11/socketserver.py\", line 466, in server_bind\n    self.socket.bind(self.server_address)\nPermissionError: [Errno 13] Permission denied";
    assert_eq!(
        said(&of_log(python)),
        ["its user may not listen on a port below 1024 [runAsUser]"]
    );
    let setgid = "Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in <module>\n    os.setgid(33)\nPermissionError: [Errno 1] Operation not permitted";
    assert_eq!(best(&of_log(setgid)).fields, ["runAsUser", "capabilities"]);
    let node = "Error: EPERM: operation not permitted\n    at process.setgid (node:internal/bootstrap/switches:1:1)\n  errno: -1,\n  code: 'EPERM',\n  syscall: 'setgid'\n}";
    assert!(matches!(best(&of_log(node)).kind, Kind::SwitchUser { .. }));
    let java = "java.net.SocketException: Permission denied\n\tat java.base/sun.nio.ch.Net.bind0(Native Method)\n\tat java.base/sun.nio.ch.Net.bind(Net.java:555)";
    assert_eq!(best(&of_log(java)).kind, Kind::LowPort { port: None });
    let rust = "Error: failed to create directory /data/x\n\nCaused by:\n    Read-only file system (os error 30)";
    assert_eq!(
        said(&of_log(rust)),
        ["the root file system is read-only: /data/x [readOnlyRootFilesystem]"]
    );
}

#[test]
fn what_is_known_of_the_program_decides() {
    let denied = "cat: /etc/app/secret: Permission denied";
    let root = Seen {
        uid: Some(0),
        ..of_log(denied)
    };
    assert_eq!(
        said(&root),
        ["root has no capability to pass over file permissions: /etc/app/secret [capabilities]"]
    );
    let chown = Seen {
        uid: Some(0),
        ..of_log("chown: changing ownership of '/data': Operation not permitted")
    };
    assert_eq!(best(&chown).fields, ["capabilities"]);
    let home = Seen {
        home: Some("/srv/app".into()),
        ..of_log("mkdir /srv/app/.cache: permission denied")
    };
    assert!(matches!(best(&home).kind, Kind::Home { .. }));
    let high = of_log("listen tcp :8080: bind: permission denied");
    assert!(!matches!(best(&high).kind, Kind::LowPort { .. }));
    let mut probe = Seen::default();
    probe.events.push(Said {
        reason: "Unhealthy".into(),
        message: "Readiness probe failed: HTTP probe failed with statuscode: 500".into(),
    });
    assert_eq!(best(&probe).kind, Kind::Probe);
    probe.probe_failed_before = true;
    assert_eq!(
        best(&probe).kind,
        Kind::Foreign {
            what: Foreign::ProbeFailedBefore
        }
    );
}

#[test]
fn what_no_row_knows_says_so() {
    let silent = Seen {
        exit_code: Some(0),
        restarts: 3,
        ..Seen::default()
    };
    let cause = best(&silent);
    assert_eq!((cause.row, cause.evidence.as_str()), ("unknown", ""));
    assert_eq!(cause.kind, Kind::Unknown { exit_code: Some(0) });
    let seen = of_log("starting\nit is full moon\n\n");
    assert_eq!(
        (best(&seen).evidence.as_str(), causes(&seen).len()),
        ("it is full moon", 1)
    );
    let npm = Seen {
        exit_code: Some(243),
        ..Seen::default()
    };
    assert_eq!(
        (best(&npm).row, best(&npm).evidence.as_str()),
        ("exit-npm-eacces", "exit code 243")
    );
    assert_eq!(causes(&Seen::default()), []);
}

#[test]
fn escapes_do_not_reach_the_terminal() {
    let cause = best(&of_log(
        "\u{1b}[31mopen /x\u{7}y: read-only file system\u{1b}[0m\u{1b}]0;title\u{7}",
    ));
    assert_eq!(cause.row, "erofs");
    assert!(
        !cause.evidence.chars().any(char::is_control),
        "{}",
        cause.evidence
    );
    assert!(
        !cause.kind.to_string().chars().any(char::is_control),
        "{}",
        cause.kind
    );
    assert!(!cause.fix.chars().any(char::is_control), "{}", cause.fix);
}

#[test]
fn the_document_says_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/causes.md");
    let made = document().unwrap();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "docs/causes.md is not what the table makes; read the difference, then: BLESS=1 cargo test --test causes"
    );
}

fn document() -> Result<String, std::fmt::Error> {
    let mut page = String::from(
        "<!-- Made of src/cause/symptoms.csv by BLESS=1 cargo test --test causes. Do not edit. -->\n\n# Causes\n\n\
         From the line in the log, or from what the kubelet says, to the field that did it, what to do now, and what to change\n\
         in the app so that the field can stay. Look for the words of your line on this page: the error's own words count,\n\
         paths, users and ports are those of the example.\n\n\
         - *certain*: nothing else gives this line. *likely*: other causes give it now and then. *possible*: other causes give it as often.\n\
         - Where the program is known to run as uid 0, the field in brackets is the guilty one.\n\
         - Rows are tried from top to bottom within the table, so a special one wins over a general one.\n",
    );
    let mut sections: Vec<(&str, Vec<(&Symptom, Cause)>)> = Vec::new();
    for symptom in symptoms() {
        let cause = best(&seen(symptom));
        let words = cause.kind.words();
        match sections.iter_mut().find(|(title, _)| *title == words) {
            Some((_, rows)) => rows.push((symptom, cause)),
            None => sections.push((words, vec![(symptom, cause)])),
        }
    }
    for (title, rows) in sections {
        let mut title = title.to_owned();
        title.get_mut(..1).unwrap().make_ascii_uppercase();
        writeln!(page, "\n## {title}")?;
        for (symptom, cause) in rows {
            section(&mut page, symptom, &cause)?;
        }
    }
    Ok(page)
}

fn section(page: &mut String, symptom: &Symptom, cause: &Cause) -> std::fmt::Result {
    writeln!(
        page,
        "\n### {}\n\n```text\n{}\n```\n",
        symptom.id, symptom.line
    )?;
    let named = |fields: &str| {
        let links = fields
            .split_whitespace()
            .map(|field| format!("[{field}](checks.md#{})", field.to_ascii_lowercase()));
        links.collect::<Vec<_>>().join(", ")
    };
    let confidence = format!("{:?}", cause.confidence).to_lowercase();
    match symptom.fields.as_str() {
        "" => writeln!(page, "- Not caused by the hardening ({confidence}).")?,
        fields => {
            let root = match symptom.as_root.as_str() {
                "" => String::new(),
                fields => format!(" [as root: {}]", named(fields)),
            };
            writeln!(page, "- Field ({confidence}): {}{root}", named(fields))?;
        }
    }
    if !cause.remedy.is_empty() {
        writeln!(page, "- Keep the field with: {}", cause.remedy)?;
    }
    writeln!(page, "- In the app: {}", cause.fix)
}

proptest! {
    /// Words of errors, quotes, brackets and paths in any order: what is found is bounded, and nothing panics.
    #[test]
    fn no_input_panics_and_evidence_is_bounded(
        parts in proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(vec![
                    "Read-only file system", "Permission denied", "EACCES", "operation not permitted", "Caused by:\n",
                    ": ", "'", "\"", "`", "‘", "’", " -> ", "\n", "\n\t", "(", ")", "[::]:80", "/", "//", "./", "/a/b", "bind",
                    "listen", "exec ", "setgid(", "line 3: ", "\\", "\u{1b}[31m", "é", "port 99999", "{path}",
                ]).prop_map(str::to_owned),
                any::<String>(),
                "[ -~]{0,400}",
            ],
            0..24,
        ),
        exit_code in any::<Option<i32>>(),
        uid in any::<Option<i64>>(),
    ) {
        let text = parts.concat();
        let said = Said { reason: text.clone(), message: text.clone() };
        let seen = Seen {
            container: "web".into(), waiting: said.clone(), terminated: said.clone(), exit_code, uid,
            previous_log: text.clone(), current_log: text.clone(), events: vec![said], sentences: vec![text.clone()],
            home: Some(text.clone()), ..Seen::default()
        };
        for cause in causes(&seen) {
            prop_assert!(cause.evidence.chars().count() <= EVIDENCE);
            prop_assert!(!cause.evidence.chars().any(char::is_control));
        }
        for error in new_errors(&Seen::default(), &[], &[&text]) {
            prop_assert!(error.line.chars().count() <= EVIDENCE);
        }
        prop_assert_eq!(new_errors(&Seen::default(), &[&text], &[&text]), vec![]);
    }
}
