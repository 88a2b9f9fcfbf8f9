//! One check, for people.

use super::Layout;
use super::facts::{Facts, facts};
use super::page::Page;
use crate::checks::{Breakage, Check, Control};

/// The explanation of a check as text.
pub fn one(check: &'static Check, layout: Layout) -> String {
    let facts = facts(check);
    let mut page = Page::new(layout);
    page.strong(&format!("{}: {}", check.id, check.title));
    page.blank();
    page.text("", check.about.what);
    page.heading("WHY AN ATTACKER CARES");
    page.text("  ", check.about.why);
    page.heading("FIELD AND VALUES");
    page.columns(&values(check, &facts));
    page.heading("WHEN IT BREAKS");
    breakages(&mut page, check);
    page.heading("LEAVE IT OUT");
    leave_out(&mut page, check.id);
    page.heading("DEMANDED BY");
    demands(&mut page, check, &facts);
    if !check.controls.is_empty() {
        page.heading("SUPPORTS");
        supported(&mut page, check.controls);
    }
    page.heading("MORE");
    page.verbatim("  ", check.link);
    page.into_text()
}

fn values(check: &Check, facts: &Facts) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut row = |label: &str, text: String| rows.push((label.to_owned(), text));
    for (place, path) in &facts.fields {
        row(place, path.clone());
    }
    row("accepted", check.about.accepts.to_owned());
    if let Some(written) = &facts.written {
        let only = match facts.on_windows {
            Some(false) => "; not in Windows pods, where the API server refuses it",
            _ => "",
        };
        row(
            "written",
            format!("{written}, where it is missing or insecure{only}"),
        );
    }
    match facts.taken_away {
        None => {}
        Some("") => row(
            "taken away",
            "by a person: no edit of a field does".to_owned(),
        ),
        Some(how) => row("taken away", format!("with --unsafe-fixes only: {how}")),
    }
    if facts.holds {
        let why = "the container that holds it is left alone whole: half an edit breaks it";
        row("until then", why.to_owned());
    }
    rows
}

fn breakages(page: &mut Page, check: &Check) {
    if check.about.breaks.is_empty() {
        let text = "What it was granted for stops working when it is taken away. Find out what that is first.";
        return page.text("  ", text);
    }
    for (i, breakage) in check.about.breaks.iter().enumerate() {
        if i > 0 {
            page.blank();
        }
        one_breakage(page, breakage);
    }
}

fn one_breakage(page: &mut Page, breakage: &Breakage) {
    const INDENT: &str = "            ";
    for symptom in breakage.symptoms {
        page.symptom(symptom);
    }
    page.hanging("    shows   ", INDENT, breakage.status);
    page.hanging("    why     ", INDENT, breakage.cause);
    match breakage.remedies {
        [remedy] => page.hanging("    do      ", INDENT, remedy),
        remedies => {
            for (i, remedy) in remedies.iter().enumerate() {
                let label = if i == 0 { "do" } else { "" };
                let label = format!("    {label:6}{}. ", i + 1);
                page.hanging(&label, "             ", remedy);
            }
        }
    }
    page.hanging("    source  ", INDENT, &breakage.sources.join("; "));
}

fn leave_out(page: &mut Page, id: &str) {
    page.text(
        "  ",
        "Fix the app. Do not remove the context. Where that has to wait:",
    );
    for (place, words) in [
        ("in a run", format!("--skip={id}")),
        ("at a line", format!("# harden: ignore[{id}] the reason")),
        (
            "in an object",
            format!("kubectl-harden.dev/ignore: \"{id}\""),
        ),
        ("", "kubectl-harden.dev/reason: \"the reason\"".to_owned()),
        ("", "kubectl-harden.dev/expires: YYYY-MM-DD".to_owned()),
    ] {
        page.verbatim("  ", &format!("{place:12}  {words}"));
    }
}

fn demands(page: &mut Page, check: &Check, facts: &Facts) {
    let rows: Vec<_> = facts
        .rules
        .iter()
        .map(|rule| {
            (
                format!("{:10} {:5}", rule.profile, rule.since),
                rule.demand.clone(),
            )
        })
        .collect();
    page.columns(&rows);
    if check.revisions.is_empty() {
        page.text("  ", "It is not part of Pod Security Standards.");
    }
    let Some((reason, detail)) = &facts.reported else {
        return;
    };
    page.blank();
    page.text("  ", "For example, a pod with this in its spec:");
    for line in check.about.example.lines() {
        page.verbatim("      ", line);
    }
    let who = match check.revisions.is_empty() {
        true => "harden",
        false => "Pod Security Admission",
    };
    page.hanging("  ", "      ", &format!("{who}: {reason} ({detail})"));
}

fn supported(page: &mut Page, controls: &[Control]) {
    for items in controls.chunk_by(|a, b| (a.framework, a.version) == (b.framework, b.version)) {
        let named = items.iter().map(|control| match control.note {
            "" => control.id.to_owned(),
            note => format!("{} ({note})", control.id),
        });
        let named: Vec<_> = named.collect();
        if let Some(Control {
            framework, version, ..
        }) = items.first()
        {
            let label = format!("{framework} {version}");
            let text = format!("{}: {}", label.trim_end(), named.join(", "));
            page.hanging("  ", "      ", &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::CHECKS;

    const PLAIN: Layout = Layout {
        width: 80,
        color: false,
    };

    /// What is not broken: sentences to search for, what is copied, paths and links.
    fn is_whole(check: &Check, line: &str) -> bool {
        let is_copied = ["# harden: ", "kubectl-harden.dev/"]
            .iter()
            .any(|w| line.contains(w));
        let mut symptoms = check
            .about
            .breaks
            .iter()
            .flat_map(|breakage| breakage.symptoms);
        let words = line.split_whitespace().map(|word| word.chars().count());
        is_copied
            || symptoms.any(|s| line.trim() == *s)
            || words.max().is_some_and(|longest| longest > 30)
    }

    #[test]
    fn lines_keep_within_the_width() {
        for check in CHECKS {
            for width in [60, 80, 100] {
                let text = one(
                    check,
                    Layout {
                        width,
                        color: false,
                    },
                );
                let fits = |line: &str| line.chars().count() <= width || is_whole(check, line);
                let wide = text.lines().find(|line| !fits(line));
                assert_eq!(wide, None, "{} at {width}", check.id);
            }
        }
    }

    #[test]
    fn symptoms_stand_whole_on_a_line() {
        for check in CHECKS {
            let text = one(
                check,
                Layout {
                    width: 40,
                    color: false,
                },
            );
            for symptom in check.about.breaks.iter().flat_map(|b| b.symptoms) {
                assert!(
                    text.contains(&format!("\n  {symptom}\n")),
                    "{}: {symptom}",
                    check.id
                );
            }
        }
    }

    #[test]
    fn nothing_is_said_to_be_satisfied_and_nothing_is_coloured() {
        for check in CHECKS {
            let text = one(check, PLAIN);
            assert!(
                !text.contains("satisf") && !text.contains('\u{1b}'),
                "{}",
                check.id
            );
            assert!(
                text.lines().all(|line| line == line.trim_end()),
                "{}",
                check.id
            );
        }
    }
}
