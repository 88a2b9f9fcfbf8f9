//! A report with every outcome and every status, and one of a rollout, for the tests of the formats.

mod rollout;

use super::*;
use crate::checks::{Topic, find};

pub(crate) use rollout::{HOSTILE, report as rollout};

fn place(line: usize, column: usize) -> Place {
    let path = "apps/shop api/web.yaml".into();
    Place { path, line, column }
}

fn row(container: Option<&str>, check: &str, line: usize, status: RowStatus) -> Row {
    let container = container.map(|name| ContainerName {
        name: name.into(),
        list: "containers",
        image: "nginx:1.27".into(),
    });
    let holder = match container {
        Some(_) => "spec.template.spec.containers[0]",
        None => "spec.template.spec",
    };
    let compliant = status == RowStatus::Compliant;
    let fixed = status == RowStatus::Fixed;
    Row {
        container,
        check: find(check).expect("a check"),
        field: format!("{holder}.securityContext.{check}"),
        place: place(line, 9),
        before: compliant.then(|| "false".into()),
        after: (compliant || fixed).then(|| "false".into()),
        live: None,
        detail: match compliant {
            true => String::new(),
            false => format!("container \"web\" must set securityContext.{check}=false"),
        },
        forbidden_reason: match compliant {
            true => String::new(),
            false => format!("{check} != false"),
        },
        status,
    }
}

fn note(container: Option<ContainerName>, topic: Topic, line: usize, text: &str) -> SubjectNote {
    SubjectNote {
        topic,
        container,
        place: place(line, 9),
        text: text.into(),
    }
}

fn subject(name: &str, line: usize, outcome: Outcome, rows: Vec<Row>) -> Subject {
    Subject {
        place: place(line, 1),
        object: Some(ObjectName {
            api_version: "apps/v1".into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: name.into(),
            resource: format!("deployment.apps/{name}"),
        }),
        outcome,
        message: String::new(),
        hint: String::new(),
        profile: "hardened",
        pss_version: "v1.37".into(),
        rows,
        notes: Vec::new(),
        replacements: Vec::new(),
        diff: String::new(),
        rollout: None,
    }
}

/// Every outcome and every status, with text that each format has to escape.
pub(crate) fn report() -> Report {
    let exemption = Exemption {
        reason: "=HYPERLINK(\"http://x\"), <b>\"writes\" & 'reads'</b> | until\nthe next release"
            .into(),
        owner: "@platform".into(),
        expires: Some(jiff::civil::date(2099, 12, 31)),
    };
    let mut fixed = subject(
        "web",
        2,
        Outcome::Fixed,
        vec![
            row(None, "runAsNonRoot", 12, RowStatus::Fixed),
            row(
                Some("web"),
                "allowPrivilegeEscalation",
                14,
                RowStatus::Fixed,
            ),
            row(
                Some("web"),
                "readOnlyRootFilesystem",
                14,
                RowStatus::Compliant,
            ),
        ],
    );
    fixed.replacements = vec![Replacement {
        offset: 210,
        length: 0,
        start: Position {
            line: 14,
            column: 1,
        },
        end: Position {
            line: 14,
            column: 1,
        },
        text: "          securityContext:\n            allowPrivilegeEscalation: false\n".into(),
    }];
    fixed.diff = "--- a/apps/shop api/web.yaml\t\n+++ b/apps/shop api/web.yaml\t\n@@ -12,2 +12,4 @@\n         - name: web\n           image: nginx:1.27  # <pinned> & \"quoted\"\n+          securityContext:\n+            allowPrivilegeEscalation: false\n".into();
    let web = fixed.rows.iter().find_map(|row| row.container.clone());
    fixed.notes = vec![
        note(web, Topic::Value, 14, HOSTILE),
        note(None, Topic::Data, 11, "look first who owns the files"),
    ];
    let compliant = row(Some("api"), "capabilities", 40, RowStatus::Compliant);
    let mut refused = subject("-", 90, Outcome::Refused, Vec::new());
    refused.object = None;
    refused.message = "the key \"name\" is there twice".into();
    refused.hint = "keep one of them".into();
    let mut not_covered = subject("flow", 99, Outcome::NotCovered, Vec::new());
    not_covered.message = "its fields are split over templates".into();
    Report {
        started: "2026-11-24T23:05:00Z".parse().expect("a time"),
        applied: false,
        rollout: None,
        subjects: vec![
            fixed,
            subject("api", 30, Outcome::Compliant, vec![compliant]),
            subject(
                "agent",
                50,
                Outcome::NeedsDecision,
                vec![
                    row(Some("agent"), "privileged", 55, RowStatus::NeedsUnsafeFixes),
                    row(None, "hostPathVolumes", 60, RowStatus::NeedsDecision),
                    row(Some("agent"), "runAsUser", 55, RowStatus::NeedsDecision),
                ],
            ),
            subject(
                "+cache",
                70,
                Outcome::Exempt,
                vec![
                    row(
                        Some("cache"),
                        "readOnlyRootFilesystem",
                        75,
                        RowStatus::Exempt(exemption),
                    ),
                    row(Some("cache"), "capabilities", 75, RowStatus::Compliant),
                ],
            ),
            refused,
            not_covered,
        ],
    }
}

#[test]
fn counts_add_up() {
    let is_there = |o: &Outcome| report().subjects.iter().any(|s| s.outcome == *o);
    assert!(Outcome::ALL.iter().all(is_there));
    for report in [report(), rollout()] {
        assert_eq!(report.counts().seen(), report.subjects.len());
        let rows: usize = report.subjects.iter().map(|s| s.rows.len()).sum();
        assert_eq!(report.row_counts().seen(), rows);
    }
}
