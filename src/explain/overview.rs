//! Several checks at a glance, by what harden does with them.

use super::facts::fields;
use super::page::Page;
use super::{Found, Layout};
use crate::checks::{Check, Demand, Standard};

/// The list of checks as text.
pub fn overview(found: &Found, layout: Layout) -> String {
    let mut page = Page::new(layout);
    if let Found::Several { what, checks } = found {
        page.strong(&format!("{} checks {what}", checks.len()));
        page.blank();
    }
    let checks = found.checks();
    let grants = |check: &Check, by_flag: bool| {
        let grant = check.grant.as_ref();
        grant.is_some_and(|grant| grant.taken_away.is_empty() != by_flag)
    };
    let mut groups = [
        (
            "harden writes",
            rows(&checks, |c| c.field.is_some(), of_field),
        ),
        (
            "only --unsafe-fixes takes away",
            rows(&checks, |c| grants(c, true), of_grant),
        ),
        (
            "only a person can take away",
            rows(&checks, |c| grants(c, false), of_grant),
        ),
    ];
    let ids = checks.iter().map(|check| check.id.len());
    let width = ids.max().unwrap_or(0);
    let mut is_first = true;
    for (heading, rows) in groups.iter_mut().filter(|(_, rows)| !rows.is_empty()) {
        if !is_first {
            page.blank();
        }
        is_first = false;
        page.strong(&heading.to_uppercase());
        for (id, level, title) in rows {
            let label = format!("  {id:width$}  {level:10}  ");
            page.hanging(&label, &" ".repeat(label.len()), title);
        }
    }
    page.blank();
    page.text(
        "",
        "Each level includes those before it: baseline, restricted, hardened. \
        'kubectl harden explain CHECK' says what breaks and what to do then.",
    );
    page.into_text()
}

type Row = (&'static str, &'static str, String);

fn rows(
    checks: &[&'static Check],
    belongs: impl Fn(&Check) -> bool,
    row: impl Fn(&'static Check) -> Row,
) -> Vec<Row> {
    let checks = checks.iter().copied().filter(|check| belongs(check));
    checks.map(row).collect()
}

fn of_field(check: &'static Check) -> Row {
    let demanding = check
        .revisions
        .iter()
        .filter(|r| r.demand > Demand::Nothing);
    (
        check.id,
        lowest(demanding.map(|r| r.level)),
        check.title.to_owned(),
    )
}

/// Where the check has a field too, its title is about the field.
fn of_grant(check: &'static Check) -> Row {
    let title = match check.field {
        None => check.title.to_owned(),
        Some(_) => {
            let looked_at = fields(check).into_iter().skip(1);
            let paths: Vec<_> = looked_at.map(|(_, path)| path).collect();
            paths.join("; ")
        }
    };
    (
        check.id,
        lowest(check.revisions.iter().map(|r| r.level)),
        title,
    )
}

fn lowest(levels: impl Iterator<Item = Standard>) -> &'static str {
    match levels.min() {
        Some(Standard::Baseline) => "baseline",
        Some(Standard::Restricted) => "restricted",
        None => "hardened",
    }
}
