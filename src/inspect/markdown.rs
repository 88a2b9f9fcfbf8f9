//! Evidence for a person: what runs, by workload and container, declared beside actual. Pods of a workload that are alike
//! are one section.

use super::csv::{COLUMNS, rows};
use super::inspection::Inspection;

/// The first columns name a container, the last ones a pod of it; those between are facts.
const NAMES: usize = 3;
const OF_POD: usize = 2;

/// Facts of one container, and the pods that have them.
struct Section {
    cells: Vec<String>,
    pods: Vec<String>,
}

/// The file.
pub(super) fn write(inspection: &Inspection) -> String {
    let sections = sections(inspection);
    let context = match inspection.context.as_str() {
        "" => String::new(),
        context => format!(" (context {context})"),
    };
    let mut text = format!(
        "## kubectl harden inspect: {}\n\nkubectl harden {}, {}, {}{}.\n",
        verdict(inspection),
        env!("CARGO_PKG_VERSION"),
        inspection.started_at(),
        inspection.server,
        escaped(&context),
    );
    sections.iter().for_each(|section| text += &one(section));
    if !inspection.errors.is_empty() {
        text += "\n### Not looked at\n\n";
    }
    for missing in &inspection.errors {
        text += &format!(
            "- {}: {}\n",
            code(&missing.object),
            escaped(&missing.message)
        );
    }
    text
}

fn verdict(inspection: &Inspection) -> String {
    let is_root = |root: Option<bool>| {
        let all = inspection.containers();
        all.filter(|(_, one)| one.state.why_not().is_none() && one.actual.is_root() == root)
            .count()
    };
    let (root, other, unknown) = (is_root(Some(true)), is_root(Some(false)), is_root(None));
    let ended = inspection.containers().count() - root - other - unknown;
    format!(
        "{root} containers run as root, {other} do not, of {unknown} it is not known, {ended} do not run"
    )
}

fn sections(inspection: &Inspection) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    for mut cells in rows(inspection) {
        let of_pod = cells.split_off(cells.len().saturating_sub(OF_POD));
        let pod = match of_pod.as_slice() {
            [pod, node] => format!("{} on {}", code(pod), code(node)),
            _ => String::new(),
        };
        match found.last_mut().filter(|last| last.cells == cells) {
            Some(last) => last.pods.push(pod),
            None => found.push(Section {
                cells,
                pods: vec![pod],
            }),
        }
    }
    found
}

fn one(section: &Section) -> String {
    let (names, facts) = section.cells.split_at(NAMES.min(section.cells.len()));
    let mut text = format!("\n### {}\n\n| | |\n|:--|:--|\n", code(&names.join(" ")));
    let heads = COLUMNS.iter().skip(NAMES).map(|(head, _)| *head);
    for (head, cell) in heads.zip(facts) {
        let cell = if cell.is_empty() {
            String::new()
        } else {
            code(cell)
        };
        text += &format!("| {head} | {cell} |\n");
    }
    text + &format!("| pods | {} |\n", section.pods.join(", "))
}

/// Text that is no markup, and that GitHub makes no mention or link of.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '|' => "&#124;".to_owned(),
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::sample;

    #[test]
    fn pods_that_are_alike_are_one_section() {
        let text = write(&sample::inspection());
        let titles: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("###"))
            .collect();
        let title = |names: &str| format!("### <code>shop {names}</code>");
        assert_eq!(
            titles,
            [
                title("deployment.apps/web nginx"),
                title("pod/lone c"),
                title("pod/lone setup")
            ]
        );
        for part in [
            "2 containers run as root, 0 do not, of 1 it is not known, 1 do not run",
            "2026-11-25T01:02:03Z, 10.0.0.12:16443 (context prod&#124;eu).",
            "| effective capabilities | <code>CHOWN DAC_OVERRIDE ",
            "| pods | <code>web-1</code> on <code>node-1</code>, <code>web-2</code> on <code>node-1</code> |",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}
