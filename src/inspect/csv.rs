//! A row for each container. What differs between two pods of the same workload stands in the last columns, so that
//! reports of before and after a change can be compared without them.

use std::io;

use super::actual::{Facts, Port, User};
use super::inspection::Inspection;
use super::look::{InspectedContainer, InspectedPod};
use crate::report::neutral;

/// What was not read; the column `not read` has the reason.
const UNKNOWN: &str = "?";

type Cell = fn(&InspectedPod, &InspectedContainer) -> String;

/// Head and cell.
pub(super) const COLUMNS: [(&str, Cell); 31] = [
    ("namespace", |pod, _| pod.namespace.clone()),
    ("workload", |pod, _| pod.workload.clone()),
    ("container", |_, one| one.name.clone()),
    ("kind", |_, one| id(&one.kind)),
    ("image", |_, one| one.image.clone()),
    ("declared runAsUser", |_, one| {
        number(one.declared.run_as_user)
    }),
    ("uid", |_, one| user(one, |user| user.uid.to_string())),
    ("declared runAsGroup", |_, one| {
        number(one.declared.run_as_group)
    }),
    ("gid", |_, one| user(one, |user| user.gid.to_string())),
    ("declared fsGroup", |_, one| number(one.declared.fs_group)),
    ("declared supplementalGroups", |_, one| {
        all(&one.declared.supplemental_groups)
    }),
    ("groups", |_, one| user(one, |user| all(&user.groups))),
    ("declared runAsNonRoot", |_, one| {
        flag(one.declared.run_as_non_root)
    }),
    ("runs as root", |_, one| known(one.actual.is_root())),
    ("declared privileged", |_, one| {
        flag(Some(one.declared.privileged))
    }),
    ("declared capabilities.add", |_, one| {
        all(&one.declared.add_capabilities)
    }),
    ("declared capabilities.drop", |_, one| {
        all(&one.declared.drop_capabilities)
    }),
    ("effective capabilities", |_, one| {
        process(one, |process| all(&process.capabilities.effective.names()))
    }),
    ("bounding capabilities", |_, one| {
        process(one, |process| all(&process.capabilities.bounding.names()))
    }),
    ("declared allowPrivilegeEscalation", |_, one| {
        flag(one.declared.allow_privilege_escalation)
    }),
    ("noNewPrivs", |_, one| {
        process(one, |process| known(process.no_new_privs))
    }),
    ("declared seccompProfile", |_, one| {
        text(one.declared.seccomp_profile.as_deref())
    }),
    ("seccomp", |_, one| {
        process(one, |process| process.seccomp.unwrap_or(UNKNOWN).to_owned())
    }),
    ("declared readOnlyRootFilesystem", |_, one| {
        flag(one.declared.read_only_root_filesystem)
    }),
    ("root filesystem read-only", |_, one| {
        known(one.actual.root_filesystem_read_only)
    }),
    ("ports below 1024", |_, one| ports(one)),
    ("findings", |_, one| messages(one)),
    ("not read", |_, one| not_read(one)),
    ("state", |_, one| {
        one.state.why_not().unwrap_or_else(|| "running".into())
    }),
    ("pod", |pod, _| pod.name.clone()),
    ("node", |pod, _| pod.node.clone()),
];

/// The rows, by namespace, workload, container and pod. Empty cells are what is not declared; what was not read is `?`.
pub(super) fn rows(inspection: &Inspection) -> Vec<Vec<String>> {
    let mut containers: Vec<_> = inspection.containers().collect();
    containers.sort_by_key(|(pod, one)| (&pod.namespace, &pod.workload, &one.name, &pod.name));
    let row = |(pod, one): (&_, &_)| COLUMNS.iter().map(|(_, cell)| cell(pod, one)).collect();
    containers.into_iter().map(row).collect()
}

/// The file.
///
/// # Errors
/// None that is known.
pub(super) fn write(inspection: &Inspection) -> io::Result<String> {
    let mut builder = csv::WriterBuilder::new();
    let mut writer = builder
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(COLUMNS.map(|(head, _)| head))?;
    for row in rows(inspection) {
        writer.write_record(row.iter().map(|cell| neutral(cell).into_owned()))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn id(kind: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(kind).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn number(number: Option<i64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

fn flag(flag: Option<bool>) -> String {
    flag.map_or_else(String::new, |flag| flag.to_string())
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn all(items: &[impl ToString]) -> String {
    let items: Vec<_> = items.iter().map(ToString::to_string).collect();
    items.join(" ")
}

fn known(flag: Option<bool>) -> String {
    flag.map_or_else(|| UNKNOWN.to_owned(), |flag| flag.to_string())
}

fn user(one: &InspectedContainer, of: fn(&User) -> String) -> String {
    one.actual
        .user
        .as_ref()
        .map_or_else(|| UNKNOWN.to_owned(), of)
}

fn process(one: &InspectedContainer, of: fn(&Facts) -> String) -> String {
    one.actual
        .process
        .as_ref()
        .map_or_else(|| UNKNOWN.to_owned(), of)
}

fn ports(one: &InspectedContainer) -> String {
    let shown = |ports: &Vec<_>| {
        let ports = ports
            .iter()
            .map(|port: &Port| format!("{}/{}", port.port, port.protocol));
        all(&ports.collect::<Vec<_>>())
    };
    one.actual
        .ports
        .as_ref()
        .map_or_else(|| UNKNOWN.to_owned(), shown)
}

fn messages(one: &InspectedContainer) -> String {
    let messages: Vec<_> = one
        .findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    messages.join("; ")
}

fn not_read(one: &InspectedContainer) -> String {
    let each = one
        .not_read
        .iter()
        .map(|not_read| format!("{}: {}", not_read.what, not_read.reason));
    each.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::sample;

    #[test]
    fn pods_that_are_alike_differ_in_the_last_columns_alone() {
        let rows = rows(&sample::inspection());
        let [web, same, _, setup] = rows.as_slice() else {
            panic!("four rows: {rows:?}");
        };
        let facts = COLUMNS.len() - 2;
        assert_eq!(web[..facts], same[..facts]);
        assert_eq!((&*web[facts], &*same[facts]), ("web-1", "web-2"));
        let cell = |row: &[String], head: &str| {
            let at = COLUMNS.iter().position(|(known, _)| *known == head);
            row[at.expect(head)].clone()
        };
        assert_eq!(cell(web, "runs as root"), "true");
        assert_eq!(cell(web, "declared runAsUser"), "");
        assert_eq!(cell(setup, "declared runAsUser"), "1000");
        assert_eq!(cell(setup, "uid"), "?");
        assert_eq!(
            cell(setup, "not read"),
            "all: it has ended: Completed, exit code 0"
        );
    }

    #[test]
    fn nothing_is_a_formula() {
        let text = write(&sample::inspection()).expect("written");
        assert!(text.contains(",'=nginx:1,"), "{text}");
        assert_eq!(text.lines().count(), 5);
    }
}
