use super::*;
use crate::report::states::by_urgency;

#[test]
fn counts_of_a_rollout_add_up_on_the_page() {
    let report = sample::rollout();
    let page = written(&report);
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let states = table(&page, "states");
    let (of, sum) = (&states[1..states.len() - 1], &states[states.len() - 1]);
    let said: Vec<_> = of
        .iter()
        .map(|line| (line[0].as_str(), number(&line[2])))
        .collect();
    assert_eq!(said, report.states());
    assert_eq!(
        number(&sum[2]),
        said.iter().map(|(_, count)| count).sum::<usize>()
    );
    for (state, count) in said {
        let sections = format!("data-state=\"{state}\"");
        assert_eq!(page.matches(&sections).count(), count, "{state}");
    }
    for (line, outcome) in table(&page, "totals")[1..7].iter().zip(OUTCOMES) {
        let sections = format!("data-outcome=\"{}\"", outcome.id());
        assert_eq!(page.matches(&sections).count(), number(&line[2]));
        let fields = format!("data-status=\"{}\"", outcome.id());
        assert_eq!(page.matches(&fields).count(), number(&line[3]));
    }
    let checks = table(&page, "checks");
    let (of, all) = (&checks[1..checks.len() - 1], &checks[checks.len() - 1]);
    for column in 1..=6 {
        let sum: usize = of.iter().map(|line| number(&line[column])).sum();
        assert_eq!(sum, number(&all[column]));
    }
    assert_eq!(checks[0][5], "not done");
    assert_eq!(number(&all[5]), report.row_counts().refused);
    assert_eq!(number(&all[6]), report.row_counts().seen());
}

#[test]
fn what_needs_a_person_comes_first_with_its_reason() {
    let report = sample::rollout();
    let page = written(&report);
    for what in ["id=\"i", "class=\"subject\" id=\"s"] {
        let found = page.split(what).skip(1);
        let numbers: Vec<usize> = found
            .map(|rest| {
                rest.split('"')
                    .next()
                    .expect("a number")
                    .parse()
                    .expect("a number")
            })
            .collect();
        let wanted: Vec<_> = by_urgency(&report)
            .iter()
            .map(|(_, number)| *number)
            .collect();
        assert_eq!(numbers, wanted, "{what}");
    }
    let (_, first) = page
        .split_once("<h3>Needs a person</h3>")
        .expect("a heading");
    let (persons, rest) = first.split_once("</ul>").expect("a list");
    assert_eq!(persons.matches("<li>").count(), 6);
    assert!(persons.contains("change the source") && persons.contains("has changed it since"));
    assert_eq!(persons.matches("</a> in shop: ").count(), 6);
    let (open, _) = rest.split_once("</ul>").expect("a list");
    assert!(
        open.contains("Still open") && open.matches("<li>").count() == 2,
        "{open}"
    );
}

#[test]
fn the_run_is_told_at_the_top_and_each_workload_with_its_evidence() {
    let page = written(&sample::rollout());
    let (head, _) = page.split_once("</header>").expect("a header");
    for text in [
        "20261125-010000-x7k2",
        "=ada@example.com",
        "ada@laptop",
        "https://10.0.0.1:6443 (context prod-eu)",
        "1 h 15 min",
        "soak 2m",
        "applied to the cluster",
    ] {
        assert!(head.contains(text), "{text}");
    }
    let (_, cache) = page.split_once("id=\"s4\"").expect("a section");
    let (cache, _) = cache.split_once("</section>").expect("its end");
    for text in [
        "Evidence, in the directory of the run",
        "<code>evidence/cache/events.yaml</code>",
        "<code>=evil &lt;/script&gt;.log</code>",
        "<time datetime=\"2026-11-25T01:20:07Z\">",
        "settling \u{2192} restored</summary>",
        "see the evidence, then plan again",
        "<dd>as before, <time datetime=\"2026-11-25T06:30:00Z\">",
        "<th scope=\"col\">Read back</th>",
    ] {
        assert!(cache.contains(text), "{text} in {cache}");
    }
    assert_eq!(cache.matches("data-status=\"refused\"").count(), 3);
    let mut report = sample::rollout();
    report.rollout.as_mut().expect("a run").ended = None;
    assert!(written(&report).contains("not ended: it can be resumed"));
}

#[test]
fn only_a_rollout_has_a_filter_of_states() {
    let filter = "<select name=\"state\">";
    assert!(!written(&sample::report()).contains(filter));
    let page = written(&sample::rollout());
    assert!(
        page.contains(filter) && page.contains("<option value=\":restored\">restored</option>")
    );
    assert!(page.contains("<option value=\":\">(not in the run)</option>"));
}

#[test]
fn nothing_of_a_rollout_is_markup() {
    let evil = "</script></style><!--<img src=x onerror=alert(1)>\"' onload='x' &lt;\u{202e}\u{0}";
    let mut report = with_evil(sample::rollout());
    if let Some(run) = &mut report.rollout {
        for text in [
            &mut run.id,
            &mut run.server,
            &mut run.context,
            &mut run.user,
            &mut run.account,
            &mut run.machine,
            &mut run.version,
        ] {
            *text = evil.into();
        }
        run.options = vec![(evil.into(), evil.into())];
    }
    for rollout in report
        .subjects
        .iter_mut()
        .filter_map(|s| s.rollout.as_mut())
    {
        rollout.state = evil.into();
        rollout.reason = evil.into();
        rollout.evidence = vec![evil.into()];
        rollout.took_over = vec![evil.into()];
        rollout.learned = vec![crate::report::Learned {
            container: evil.into(),
            text: evil.into(),
        }];
        rollout.left_out = vec![crate::report::LeftOut {
            container: evil.into(),
            checks: vec![evil.into()],
            evidence: evil.into(),
            fix: evil.into(),
        }];
        for step in &mut rollout.transitions {
            (step.state, step.reason) = (evil.into(), evil.into());
        }
        if let Some(read) = &mut rollout.live {
            read.result = crate::report::LiveResult::NotRead(evil.into());
        }
    }
    for report in [&report, &sample::rollout()] {
        let page = written(report);
        assert_is_well_formed(&page);
        for sign in ["<img", "<b>", "<!--", "' onload='", "\u{202e}", "\0"] {
            assert!(!page.contains(sign), "{sign:?}");
        }
        assert_eq!(page.matches("<script").count(), 1);
    }
}
