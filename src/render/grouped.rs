//! `--check` on a terminal: violations under their object, in columns.

use std::collections::HashSet;

use colored::Colorize;

use super::lines::{Judged, Lines, advice, reason};
use super::{Rendered, printable};
use crate::checks::{Status, Violation};

/// The violations of one container, or of the pod.
struct Section<'v> {
    heading: String,
    entries: Vec<(String, &'v Violation)>,
}

impl<'p> Lines<'p> {
    /// Everything that is wrong, and what is exempt, on stdout.
    pub(super) fn grouped(&self, out: &mut Rendered) {
        let workloads = &self.document.hardened.examination.workloads;
        let mut violations = self.sorted(|_, _| true);
        violations.sort_by_key(|(judged, _)| judged.index);
        for of_workload in violations.chunk_by(|(a, _), (b, _)| a.index == b.index) {
            let sections = self.sections(of_workload);
            let first = of_workload
                .first()
                .and_then(|(judged, _)| workloads.get(judged.index));
            let Some(examined) = first else { continue };
            let object = &examined.workload.object;
            let name = printable(&object.resource()).bold();
            let namespace = match object.namespace.as_str() {
                "" => String::new(),
                namespace => format!(" in {}", printable(namespace)),
            };
            let place = printable(&self.place(object.at)).dimmed();
            let sections: String = sections.iter().map(Section::text).collect();
            let text = format!("{name}{namespace}  {place}\n{sections}\n");
            out.stdout.extend_from_slice(text.as_bytes());
        }
    }

    fn sections(&self, violations: &[(Judged<'p>, &'p Violation)]) -> Vec<Section<'p>> {
        let mut sections: Vec<Section> = Vec::new();
        let mut said = HashSet::new();
        for &(judged, violation) in violations {
            let heading = heading(judged, violation);
            let line = (heading.clone(), violation.check.id, violation.must());
            if !said.insert(line) {
                continue;
            }
            let position = self.position(violation.at);
            let entry = (format!("{}:{}", position.line, position.column), violation);
            match sections.iter_mut().find(|s| s.heading == heading) {
                Some(section) => section.entries.push(entry),
                None => sections.push(Section {
                    heading,
                    entries: vec![entry],
                }),
            }
        }
        sections
    }
}

/// The container's name and its path, which the fields below it continue.
fn heading(judged: Judged, violation: &Violation) -> String {
    let container = violation.container;
    let container = container.and_then(|i| judged.pod.containers.get(i));
    let name = printable(container.map_or("pod", |c| c.name.as_str()));
    let path = printable(&judged.pod.holder(container));
    format!("  {name}  {}\n", path.dimmed())
}

impl Section<'_> {
    fn text(&self) -> String {
        let places = self.entries.iter().map(|(place, _)| place.len()).max();
        let places = places.unwrap_or(0);
        let lines = self.entries.iter().map(|(place, violation)| {
            let id = violation.check.id;
            let id = match violation.status {
                Status::Fixed => id.red(),
                Status::Exempt(_) => id.dimmed(),
                _ => id.yellow(),
            };
            let must = printable(&violation.must());
            let status = said_of(&violation.status);
            format!("    {place:>places$}  {id}: {must}{status}\n")
        });
        self.heading.clone() + &lines.collect::<String>()
    }
}

fn said_of(status: &Status) -> String {
    match status {
        Status::Exempt(excuse) => format!(": exempt: {}", reason(excuse)),
        status => advice(status).to_owned(),
    }
}
