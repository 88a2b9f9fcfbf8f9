//! The table: actual, and in brackets what is declared, where that is something else.

use colored::Colorize;

use super::actual::{Actual, NotRead, Port};
use super::container::Kind;
use super::finding::Id;
use super::inspection::Inspection;
use super::look::{InspectedContainer, InspectedPod};
use crate::procfs::{Capabilities, NAMES};
use crate::table::table;
use crate::width::start_of;

/// Not read; the reason is in the last column.
const UNKNOWN: &str = "?";

/// So much of a reason stands in the table: `-o json` has all of it.
const LONGEST: usize = 80;

/// So many capabilities are named by the first one.
const FEW: usize = 10;

/// What kubectl prints where there is nothing.
const NONE: &str = "<none>";

/// Which columns stand when.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    AllNamespaces,
    Narrow,
    Wide,
}

type Cell = fn(&InspectedPod, &InspectedContainer) -> String;

const COLUMNS: [(&str, When, Cell); 16] = [
    ("NAMESPACE", When::AllNamespaces, |pod, _| {
        pod.namespace.clone()
    }),
    ("POD", When::Always, |pod, _| pod.name.clone()),
    ("CONTAINER", When::Always, |_, one| name(one)),
    ("UID", When::Always, |_, one| uid(one)),
    ("GID", When::Always, |_, one| gid(one)),
    ("GROUPS", When::Wide, |_, one| groups(&one.actual)),
    ("NNP", When::Always, |_, one| no_new_privs(&one.actual)),
    ("SECCOMP", When::Always, |_, one| seccomp(&one.actual)),
    ("ROOTFS", When::Always, |_, one| {
        root_file_system(&one.actual)
    }),
    ("CAPABILITIES", When::Narrow, |_, one| {
        capabilities(&one.actual)
    }),
    ("BOUNDING", When::Wide, |_, one| bounding(&one.actual)),
    ("PORTS<1024", When::Wide, |_, one| ports(&one.actual)),
    ("WORKLOAD", When::Wide, |pod, _| pod.workload.clone()),
    ("CAPABILITIES", When::Wide, |_, one| {
        all_capabilities(&one.actual)
    }),
    ("FINDINGS", When::Narrow, |_, one| findings(one, says_more)),
    ("FINDINGS", When::Wide, |_, one| findings(one, |_| true)),
];

/// The containers, a line each. With `colors`, those in which something runs as root are red.
pub(super) fn print(
    inspection: &Inspection,
    all_namespaces: bool,
    wide: bool,
    colors: bool,
) -> String {
    let is_shown = |when: When| match when {
        When::Always => true,
        When::AllNamespaces => all_namespaces,
        When::Narrow => !wide,
        When::Wide => wide,
    };
    let columns: Vec<_> = COLUMNS
        .into_iter()
        .filter(|(_, when, _)| is_shown(*when))
        .collect();
    let heads: Vec<_> = columns.iter().map(|(head, ..)| *head).collect();
    let cells = |(pod, one)| columns.iter().map(|(_, _, cell)| cell(pod, one)).collect();
    let containers: Vec<_> = inspection.containers().collect();
    let rows: Vec<Vec<String>> = containers.iter().copied().map(cells).collect();
    let text = table(&heads, &rows);
    colored::control::set_override(colors);
    let alarms = containers
        .iter()
        .map(|(_, one)| one.actual.is_root() == Some(true));
    let alarms = std::iter::once(false).chain(alarms);
    text.lines()
        .zip(alarms)
        .map(|(line, is_alarm)| coloured(line, is_alarm))
        .collect()
}

fn coloured(line: &str, is_alarm: bool) -> String {
    match is_alarm {
        true => format!("{}\n", line.red()),
        false => format!("{line}\n"),
    }
}

fn name(one: &InspectedContainer) -> String {
    match one.kind {
        Kind::Container => one.name.clone(),
        Kind::Init => format!("{} (init)", one.name),
        Kind::Sidecar => format!("{} (sidecar)", one.name),
        Kind::Ephemeral => format!("{} (ephemeral)", one.name),
    }
}

fn uid(one: &InspectedContainer) -> String {
    let uid = one.actual.user.as_ref().map(|user| user.uid);
    beside(uid, one.declared.run_as_user)
}

fn gid(one: &InspectedContainer) -> String {
    let gid = one.actual.user.as_ref().map(|user| user.gid);
    beside(gid, one.declared.run_as_group)
}

/// `1000`; `101 (unset)`; `0 (1000)`.
fn beside(actual: Option<u32>, declared: Option<i64>) -> String {
    let shown = actual.map_or_else(|| UNKNOWN.to_owned(), |id| id.to_string());
    match declared {
        Some(declared) if Some(declared) == actual.map(i64::from) => shown,
        Some(declared) => format!("{shown} ({declared})"),
        None => format!("{shown} (unset)"),
    }
}

fn groups(actual: &Actual) -> String {
    let Some(user) = &actual.user else {
        return UNKNOWN.into();
    };
    joined(user.groups.iter().map(u32::to_string).collect())
}

/// The effective ones: names where they are few, `default` for what the runtime gives.
fn capabilities(actual: &Actual) -> String {
    let process = actual.process.as_ref();
    process.map_or_else(
        || UNKNOWN.into(),
        |process| short(process.capabilities.effective),
    )
}

fn bounding(actual: &Actual) -> String {
    let process = actual.process.as_ref();
    process.map_or_else(
        || UNKNOWN.into(),
        |process| short(process.capabilities.bounding),
    )
}

fn all_capabilities(actual: &Actual) -> String {
    let process = actual.process.as_ref();
    process.map_or_else(
        || UNKNOWN.into(),
        |process| process.capabilities.effective.to_string(),
    )
}

fn short(set: Capabilities) -> String {
    let names = set.names();
    match names.as_slice() {
        _ if set == Capabilities::RUNTIME_DEFAULT => format!("default {}", names.len()),
        [] | [_] => set.to_string(),
        [first, rest @ ..] if rest.len() < FEW => format!("{first},+{}", rest.len()),
        names => format!("{} of {}", names.len(), NAMES.len()),
    }
}

fn no_new_privs(actual: &Actual) -> String {
    let set = actual
        .process
        .as_ref()
        .and_then(|process| process.no_new_privs);
    set.map_or(UNKNOWN, |set| if set { "yes" } else { "no" })
        .to_owned()
}

fn seccomp(actual: &Actual) -> String {
    let mode = actual.process.as_ref().and_then(|process| process.seccomp);
    mode.unwrap_or(UNKNOWN).to_owned()
}

fn root_file_system(actual: &Actual) -> String {
    let read_only = actual.root_filesystem_read_only;
    let words = |read_only| if read_only { "read-only" } else { "writable" };
    read_only.map_or(UNKNOWN, words).to_owned()
}

/// A port that may be another container's of the pod stands in brackets.
fn ports(actual: &Actual) -> String {
    let port = |port: &Port| match port.own {
        true => format!("{}/{}", port.port, port.protocol),
        false => format!("({}/{})", port.port, port.protocol),
    };
    let ports = actual.ports.as_ref();
    ports.map_or_else(
        || UNKNOWN.into(),
        |ports| joined(ports.iter().map(port).collect()),
    )
}

/// Whether the other columns do not say it.
fn says_more(id: Id) -> bool {
    !matches!(
        id,
        Id::UserOfImage | Id::OtherUserThanDeclared | Id::CapabilitiesOfRuntime
    )
}

fn findings(one: &InspectedContainer, is_shown: fn(Id) -> bool) -> String {
    let found = one.findings.iter().filter(|finding| is_shown(finding.id));
    let found = found.map(|finding| finding.message.clone());
    let not_read = |not: &NotRead| {
        let reason = start_of(&not.reason, LONGEST);
        match not.what {
            "all" => format!("not read: {reason}"),
            what => format!("{what} not read: {reason}"),
        }
    };
    let not_read: Vec<_> = match one.state.why_not() {
        Some(state) => vec![state],
        None => one.not_read.iter().map(not_read).collect(),
    };
    joined_by("; ", found.chain(not_read).collect())
}

fn joined(items: Vec<String>) -> String {
    joined_by(",", items)
}

fn joined_by(between: &str, items: Vec<String>) -> String {
    match items.is_empty() {
        true => NONE.into(),
        false => items.join(between),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::sample;

    #[test]
    fn no_cell_is_blank() {
        let text = print(&sample::inspection(), true, false, false);
        assert_eq!(
            text,
            "\
NAMESPACE   POD     CONTAINER      UID         GID         NNP   SECCOMP   ROOTFS     CAPABILITIES   FINDINGS
shop        lone    setup (init)   ? (1000)    ? (unset)   ?     ?         ?          ?              it has ended: Completed, exit code 0
shop        lone    c              ? (1000)    ? (unset)   ?     ?         ?          ?              not read: no sh
shop        web-1   nginx          0 (unset)   0 (unset)   no    filter    writable   default 14     runs as root
shop        web-2   nginx          0 (unset)   0 (unset)   no    filter    writable   default 14     runs as root
"
        );
        let wide = print(&sample::inspection(), false, true, true);
        let [_, _, _, web, _] = wide.lines().collect::<Vec<_>>()[..] else {
            panic!("five lines: {wide}");
        };
        assert!(web.starts_with("\u{1b}[31mweb-1"), "{web}");
        for part in [
            " 0,10 ",
            "CHOWN,DAC_OVERRIDE,",
            "deployment.apps/web",
            "the image's user; 14 capabilities",
        ] {
            assert!(web.contains(part), "{part}: {web}");
        }
    }

    #[test]
    fn capabilities_are_short() {
        for (set, expected) in [
            (0, "none"),
            (1 << 10, "NET_BIND_SERVICE"),
            (0b111, "CHOWN,+2"),
            (0xa804_25fb, "default 14"),
            ((1 << 41) - 1, "41 of 41"),
        ] {
            assert_eq!(short(Capabilities(set)), expected);
        }
    }
}
