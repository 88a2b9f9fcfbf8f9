use super::*;

/// What stands between the cells of a table's line.
fn states(text: &str) -> Vec<(String, usize)> {
    let (_, table) = text
        .split_once("| state | workloads | meaning |\n|:--|--:|:--|\n")
        .expect("a table");
    let lines = table.lines().take_while(|line| !line.is_empty());
    let cells = lines.map(|line| {
        let cells: Vec<_> = line
            .split('|')
            .map(|cell| cell.trim().trim_matches('*'))
            .collect();
        (cells[1].to_owned(), cells[2].parse().expect("a number"))
    });
    cells.collect()
}

#[test]
fn counts_of_a_rollout_add_up_in_the_text() {
    let report = sample::rollout();
    let text = written(&report);
    let mut states = states(&text);
    let (_, sum) = states.pop().expect("a sum");
    let said: Vec<_> = states
        .iter()
        .map(|(state, count)| (state.as_str(), *count))
        .collect();
    assert_eq!(said, report.states());
    assert_eq!(sum, said.iter().map(|(_, count)| count).sum::<usize>());
    let of = |heading| {
        let (shown, more) = listed(&text, heading);
        assert_eq!(more, 0);
        shown
    };
    assert_eq!(
        [of("Needs a person"), of("Still open"), of("Done")],
        [6, 2, 4]
    );
    assert_eq!(of("Refused"), 0, "it is told by its state");
    assert_eq!(of("Needs a decision"), report.row_counts().needs_decision);
    assert_eq!(of("Not covered"), 1);
    let of = [
        "compliant",
        "fixed",
        "needs a decision",
        "exempt",
        "not done",
        "not covered",
    ];
    let of = of.map(|of| numbers(&text, of));
    for column in [0, 1] {
        let sum: usize = of.iter().map(|numbers| numbers[column]).sum();
        assert_eq!(sum, numbers(&text, "**seen**")[column]);
    }
    assert_eq!(of[4], [8, report.row_counts().refused]);
    let (_, fields) = text.split_once("### Fields\n").expect("a section");
    let rows = report
        .subjects
        .iter()
        .filter(|s| s.rollout.is_some())
        .flat_map(|s| &s.rows);
    assert_eq!(fields.matches("\n<tr><td>").count(), rows.count());
}

#[test]
fn the_run_is_told_and_what_failed_comes_first() {
    let text = written(&sample::rollout());
    for part in [
        "<code>20261125-010000-x7k2</code>",
        "<code>=ada@example.com</code>",
        "<code>ada@laptop</code>",
        "2026-11-25T01:00:07Z to 2026-11-25T02:15:07Z, 1 h 15 min",
        "3 as planned, 4 as before, 2 different, 1 gone, 1 not read, 1 not asked",
        "<br>hint: see the evidence, then plan again",
        "<b>as before: changed since</b>",
        "taken over from <code>kubectl-client-side-apply</code>, <code>=edit</code>",
        "3 fields, 3 fields otherwise when read back",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let at = |part: &str| text.find(part).expect(part);
    assert!(at("### Needs a person") < at("### Still open"));
    assert!(
        at("### Still open") < at("### Done")
            && at("deployment.apps/db") < at("deployment.apps/cache")
    );
}

#[test]
fn nothing_of_a_rollout_is_markup() {
    for nasty in [
        "@all",
        "a\n\n@all",
        "o/r#12",
        "http://x",
        "a|`@all`",
        "</code>@all",
        sample::HOSTILE,
    ] {
        let mut report = sample::rollout();
        if let Some(run) = &mut report.rollout {
            run.options = vec![(nasty.into(), nasty.into())];
            for text in [
                &mut run.id,
                &mut run.server,
                &mut run.user,
                &mut run.machine,
                &mut run.version,
            ] {
                *text = nasty.into();
            }
        }
        for rollout in report
            .subjects
            .iter_mut()
            .filter_map(|s| s.rollout.as_mut())
        {
            (rollout.state, rollout.reason) = (nasty.into(), nasty.into());
            (rollout.evidence, rollout.took_over) = (vec![nasty.into()], vec![nasty.into()]);
            rollout.learned = vec![crate::report::Learned {
                container: nasty.into(),
                text: nasty.into(),
            }];
            rollout.left_out = vec![crate::report::LeftOut {
                container: nasty.into(),
                checks: vec![nasty.into()],
                evidence: nasty.into(),
                fix: nasty.into(),
            }];
            rollout.live = rollout.live.take().map(|read| crate::report::LiveRead {
                result: crate::report::LiveResult::NotRead(nasty.into()),
                ..read
            });
        }
        let text = written(&report);
        let outside = without_code(&text);
        for sign in ["@", "#1", "http:", "</script"] {
            assert!(!outside.contains(sign), "{nasty:?} gives {outside}");
        }
        let (_, table) = text
            .split_once("### Needs a person\n\n")
            .expect("a section");
        let (table, _) = table.split_once("</table>").expect("its end");
        assert!(!table.contains("\n\n"), "{table}");
        let (_, states) = text.split_once("| state | workloads |").expect("a table");
        let line = states.lines().nth(2).expect("a line");
        assert_eq!(line.matches('|').count(), 4, "{line}");
    }
}

#[test]
fn a_long_rollout_stays_within_the_comment() {
    let mut report = sample::rollout();
    let subjects = report.subjects.clone();
    report.subjects = subjects
        .iter()
        .cycle()
        .take(subjects.len() * 500)
        .cloned()
        .collect();
    let text = written(&report);
    assert!(text.len() <= LONGEST, "{}", text.len());
    for (heading, all) in [
        ("Needs a person", 6 * 500),
        ("Still open", 2 * 500),
        ("Done", 4 * 500),
        ("Fields", 12 * 500),
    ] {
        let (shown, more) = listed(&text, heading);
        assert_eq!(shown + more, all, "{heading}");
    }
    assert_eq!(
        text.matches("<table>").count(),
        text.matches("</table>").count()
    );
}
