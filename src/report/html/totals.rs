//! The counts: objects and fields by outcome, fields by check, fields by the auditor's rows.

use std::io::{self, Write};

use super::{class, label};
use crate::checks::Check;
use crate::report::by_check::{CheckCounts, by_check};
use crate::report::controls::{ControlMap, spelled};
use crate::report::escape::html;
use crate::report::states::OUTCOMES;
use crate::report::words::{STATUSES, meaning, outcome, plural};
use crate::report::{Counts, Outcome, Report};

/// Writes all of them.
pub(super) fn write(report: &Report, map: &ControlMap, out: &mut dyn Write) -> io::Result<()> {
    outcomes(report, out)?;
    let checks = by_check(report);
    by_checks(report, &checks, out)?;
    by_audit_rows(report, map, &checks, out)
}

fn outcomes(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (objects, fields) = (report.counts(), report.row_counts());
    writeln!(
        out,
        "<section aria-labelledby=\"totals\">\n<h2 id=\"totals\">What was seen</h2>"
    )?;
    bar(&objects, out)?;
    writeln!(
        out,
        "<table class=\"totals\"><thead><tr><th scope=\"col\">Outcome</th><th scope=\"col\" class=\"narrow-off\">Meaning</th>\
         <th scope=\"col\" class=\"number\">Objects</th><th scope=\"col\" class=\"number\">Fields</th></tr></thead>\n<tbody>"
    )?;
    for of in OUTCOMES {
        let meaning = meaning(report, of);
        let words = label(of, outcome(report, of));
        let (objects, fields) = (number(objects.of(of)), number(fields.of(of)));
        writeln!(
            out,
            "<tr><th scope=\"row\">{words}</th><td class=\"narrow-off\">{meaning}</td>{objects}{fields}</tr>"
        )?;
    }
    let (objects, fields) = (number(objects.seen()), number(fields.seen()));
    writeln!(
        out,
        "</tbody>\n<tfoot><tr><th scope=\"row\">Seen</th><td class=\"narrow-off\">the sum of the above</td>{objects}{fields}</tr></tfoot></table>\n</section>"
    )
}

/// Objects by outcome as a bar; the table below it says the same in numbers.
fn bar(counts: &Counts, out: &mut dyn Write) -> io::Result<()> {
    if counts.seen() == 0 {
        return Ok(());
    }
    let width = counts.seen();
    write!(
        out,
        "<svg class=\"bar\" viewBox=\"0 0 {width} 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
    )?;
    let mut x = 0;
    for of in OUTCOMES {
        let count = counts.of(of);
        if count > 0 {
            write!(
                out,
                "<rect class=\"{}\" x=\"{x}\" width=\"{count}\" height=\"1\"/>",
                class(of)
            )?;
        }
        x += count;
    }
    writeln!(out, "</svg>")
}

fn by_checks(report: &Report, checks: &[CheckCounts], out: &mut dyn Write) -> io::Result<()> {
    if checks.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section aria-labelledby=\"checks\">\n<h2 id=\"checks\">Fields by check</h2>\n<table class=\"counts\">"
    )?;
    header(report, "Check", out)?;
    for counts in checks {
        let check = counts.check;
        let name = format!(
            "<code>{}</code><small>{}</small>",
            html(check.id),
            html(check.title)
        );
        line(report, &name, &counts.by_status, out)?;
        supports(report, check, out)?;
    }
    writeln!(out, "</tbody>\n<tfoot>")?;
    line(report, "All checks", &sum(checks.iter()), out)?;
    writeln!(out, "</tfoot></table>\n</section>")
}

/// The items that a check supports, folded away below its numbers.
fn supports(report: &Report, check: &Check, out: &mut dyn Write) -> io::Result<()> {
    let controls: Vec<_> = check.controls.iter().map(spelled).collect();
    if controls.is_empty() {
        return Ok(());
    }
    let width = shown(report) + 2;
    let (items, list) = (plural(controls.len(), "item"), html(&controls.join("; ")));
    writeln!(
        out,
        "<tr class=\"supports\"><td colspan=\"{width}\"><details><summary>supports {items} of benchmarks and scanners</summary><small>{list}</small></details></td></tr>"
    )
}

fn by_audit_rows(
    report: &Report,
    map: &ControlMap,
    checks: &[CheckCounts],
    out: &mut dyn Write,
) -> io::Result<()> {
    if map.rows().is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section aria-labelledby=\"audit\">\n<h2 id=\"audit\">Fields by audit row</h2>\n<table class=\"counts\">"
    )?;
    header(report, "Audit row", out)?;
    for row in map.rows() {
        let answers = match row.checks.is_empty() {
            true => "no check answers this row".to_owned(),
            false => row.checks.join(", "),
        };
        let name = format!("{}<small>{}</small>", html(&row.id), html(&answers));
        let of = checks
            .iter()
            .filter(|counts| row.checks.contains(&counts.check.id));
        line(report, &name, &sum(of), out)?;
    }
    writeln!(out, "</tbody></table>\n</section>")
}

fn sum<'c>(checks: impl Iterator<Item = &'c CheckCounts>) -> [usize; STATUSES] {
    let mut sum = [0; STATUSES];
    for counts in checks {
        sum.iter_mut()
            .zip(counts.by_status)
            .for_each(|(sum, count)| *sum += count);
    }
    sum
}

fn header(report: &Report, first: &str, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<thead><tr><th scope=\"col\">{first}</th>")?;
    for of in Outcome::ALL.iter().take(shown(report)) {
        let words = outcome(report, *of).replace("-w", "<span class=\"nobr\">-w</span>");
        write!(out, "<th scope=\"col\" class=\"number\">{words}</th>")?;
    }
    writeln!(
        out,
        "<th scope=\"col\" class=\"number\">seen</th></tr></thead>\n<tbody>"
    )
}

/// A line of counts; what needs `--unsafe-fixes` needs a decision.
fn line(
    report: &Report,
    name: &str,
    by_status: &[usize; STATUSES],
    out: &mut dyn Write,
) -> io::Result<()> {
    let [compliant, fixed, unsafe_fixes, decision, exempt, not_done] = *by_status;
    let counts = [compliant, fixed, unsafe_fixes + decision, exempt, not_done];
    let seen: usize = counts.iter().sum();
    let shown = counts.into_iter().take(shown(report));
    let cells: String = shown.chain([seen]).map(number).collect();
    writeln!(out, "<tr><th scope=\"row\">{name}</th>{cells}</tr>")
}

/// How many outcomes a field can have: only in a rollout it can be not done.
fn shown(report: &Report) -> usize {
    match report.rollout {
        Some(_) => 5,
        None => 4,
    }
}

fn number(count: usize) -> String {
    let zero = if count == 0 { " zero" } else { "" };
    format!("<td class=\"number{zero}\">{count}</td>")
}
