mod rollout;

use super::*;
use crate::report::{Outcome, RowStatus, sample};

fn written(report: &Report) -> String {
    let mut out = Vec::new();
    Markdown.write(report, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

/// The numbers of a line of the counts' table.
fn numbers(text: &str, of: &str) -> [usize; 2] {
    let start = format!("| {of} |");
    let line = text
        .lines()
        .find(|line| line.starts_with(&start))
        .expect("a line");
    let cells = line.trim_matches('|').split('|').skip(1);
    let numbers: Vec<_> = cells
        .map(|cell| cell.trim().trim_matches('*').parse().expect("a number"))
        .collect();
    [numbers[0], numbers[1]]
}

/// The lines of a section's table or its details, and how many are left out.
fn listed(text: &str, heading: &str) -> (usize, usize) {
    let Some((_, section)) = text.split_once(&format!("### {heading}\n")) else {
        return (0, 0);
    };
    let section = section.split("\n### ").next().unwrap_or("");
    let shown = section.matches("\n<tr><td>").count() + section.matches("<details>\n").count();
    let more = section
        .lines()
        .find_map(|line| line.strip_prefix("**")?.split_once(" more, see"));
    (
        shown,
        more.map_or(0, |(more, _)| more.parse().expect("a number")),
    )
}

#[test]
fn counts_add_up_in_the_text() {
    for applied in [false, true] {
        let mut report = sample::report();
        report.applied = applied;
        let text = written(&report);
        let of = [
            "compliant",
            report.fixed_label(),
            "needs a decision",
            "exempt",
            "refused",
            "not covered",
        ];
        let of = of.map(|of| numbers(&text, of));
        assert_eq!(of.map(|[objects, _]| objects), [1; 6]);
        let sum = of
            .into_iter()
            .fold([0, 0], |sum, of| [sum[0] + of[0], sum[1] + of[1]]);
        assert_eq!(sum, numbers(&text, "**seen**"));
        assert_eq!(listed(&text, "Needs a decision"), (of[2][1], 0));
        assert_eq!(listed(&text, "Refused"), (of[4][0], 0));
        assert_eq!(listed(&text, "Not covered"), (of[5][0], 0));
        assert_eq!(listed(&text, "Exempt"), (of[3][1], 0));
        assert_eq!(listed(&text, "Changes"), (1, 0));
    }
    let text = written(&sample::report());
    assert!(text.starts_with(
        "## kubectl harden: 4 of 6 objects are not hardened\n\n1 refused, 1 needs a decision,"
    ));
}

#[test]
fn nobody_is_told_and_nothing_is_markup() {
    let text = written(&sample::report());
    assert!(text.contains("<td><code>@platform</code></td>"));
    let reason = "<code>=HYPERLINK(&quot;http://x&quot;), &lt;b&gt;&quot;writes&quot; &amp; &#39;reads&#39;&lt;/b&gt; | until<br>the next release</code>";
    assert!(text.contains(reason), "{text}");
    let mut report = sample::report();
    for nasty in [
        "@all",
        "a\n\n@all",
        "see #12",
        "o/r#12",
        "gh-12",
        "http://x",
        "www.x",
        ":tada:",
        "`@all`",
        "a\r\n\r\n# @all",
    ] {
        report.subjects[4].message = nasty.into();
        let text = written(&report);
        let outside = without_code(&text);
        let lower = outside.to_lowercase();
        for sign in ["@", "#1", "gh-", "http:", "www", "tada"] {
            assert!(!lower.contains(sign), "{nasty:?} gives {outside}");
        }
        let (_, table) = text.split_once("### Refused\n\n").expect("a section");
        let (table, _) = table.split_once("</table>").expect("its end");
        assert!(!table.contains("\n\n"), "{table}");
    }
}

/// What is left without code and fences.
fn without_code(text: &str) -> String {
    let mut left = String::new();
    for (part, number) in text.split("```").zip(0..) {
        if number % 2 == 0 {
            left += part;
        }
    }
    let parts = left.split("<code>");
    parts
        .map(|part| part.split_once("</code>").map_or(part, |(_, after)| after))
        .collect()
}

#[test]
fn a_diff_cannot_leave_its_fence() {
    let mut report = sample::report();
    report.subjects[0].diff =
        "@@ -1 +1 @@\n ```\n+`````\n+</details> ~~~~\n+````` @all\r\n+x".into();
    let text = written(&report);
    assert!(text.contains("\n\n``````diff\n@@ -1 +1 @@\n ```\n"));
    assert!(
        text.ends_with("\n+````` @all\n+x\n``````\n\n</details>\n\n"),
        "{text}"
    );
}

#[test]
fn what_does_not_fit_is_counted_not_cut() {
    let mut report = sample::report();
    let subjects = report.subjects.clone();
    for copies in [20, 100, 3000] {
        report.subjects = subjects
            .iter()
            .cycle()
            .take(subjects.len() * copies)
            .cloned()
            .collect();
        report.subjects[0].diff = format!("+{}\n", "x".repeat(70_000));
        let text = written(&report);
        assert!(text.len() <= LONGEST, "{}", text.len());
        assert_eq!(
            text.matches("<details>").count(),
            text.matches("</details>").count()
        );
        assert_eq!(
            text.matches("<table>").count(),
            text.matches("</table>").count()
        );
        assert_eq!(text.matches("```").count() % 2, 0);
        let of = |wanted: fn(&RowStatus) -> bool| {
            report
                .subjects
                .iter()
                .flat_map(|s| &s.rows)
                .filter(|row| wanted(&row.status))
                .count()
        };
        for (heading, all) in [
            (
                "Needs a decision",
                of(|s| s.outcome() == Outcome::NeedsDecision),
            ),
            ("Refused", copies),
            ("Not covered", copies),
            ("Exempt", of(|s| s.outcome() == Outcome::Exempt)),
            ("Changes", copies),
        ] {
            let (shown, more) = listed(&text, heading);
            assert_eq!(shown + more, all, "{heading} with {copies} copies");
            assert!(heading != "Changes" || more > 0);
        }
        assert_eq!(numbers(&text, "**seen**")[0], report.subjects.len());
    }
}

#[test]
fn an_empty_run_says_so() {
    let mut report = sample::report();
    report.subjects.clear();
    let text = written(&report);
    assert!(text.starts_with("## kubectl harden: no object was seen\n\n| outcome |"));
    assert!(text.ends_with("nothing changes.\n\n"));
}
