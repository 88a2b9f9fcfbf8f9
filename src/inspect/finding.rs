//! Where declared and actual differ in a way that matters, and what else a person should see.

use serde::Serialize;

use super::actual::{Actual, Others};
use super::declared::{Declared, Surroundings};
use crate::procfs::Capabilities;

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) id: Id,
    /// In a few words, for a table.
    pub(super) message: String,
}

/// What kind of thing it is, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Id {
    /// `runAsNonRoot: true`, and root runs all the same: a program with the setuid bit, or a process of the kubelet's.
    RootDespiteRunAsNonRoot,
    RunsAsRoot,
    /// Not the first process, but another one.
    RootAmongOthers,
    Privileged,
    /// The uid is not the one that is declared.
    OtherUserThanDeclared,
    /// Nothing is declared: the image decides.
    UserOfImage,
    /// The first process was started as another user than it runs as now.
    ChangedUser,
    /// Processes that run as another user.
    OtherUsers,
    /// Capabilities that nobody declared.
    CapabilitiesOfRuntime,
    /// Root in the container is not root on the node.
    UserNamespace,
}

/// What there is to see in a container.
pub(super) fn findings(declared: &Declared, actual: &Actual, around: Surroundings) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |id, message: String| found.push(Finding { id, message });
    let others: Vec<_> = actual.others.iter().collect();
    let rooted: usize = others
        .iter()
        .filter(|others| others.is_root)
        .map(|others| others.count)
        .sum();
    let first_is_root = match (&actual.process, &actual.user) {
        (Some(process), _) => process.is_root,
        (None, user) => user.as_ref().is_some_and(|user| user.uid == 0),
    };
    let is_root = first_is_root || rooted > 0;
    if is_root && declared.run_as_non_root == Some(true) {
        add(
            Id::RootDespiteRunAsNonRoot,
            "root in spite of runAsNonRoot".into(),
        );
    }
    match (first_is_root, rooted) {
        (true, _) => add(Id::RunsAsRoot, "runs as root".into()),
        (false, 0) => {}
        (false, count) => add(Id::RootAmongOthers, format!("{} as root", processes(count))),
    }
    if declared.privileged {
        add(Id::Privileged, "privileged".into());
    }
    if let Some(user) = &actual.user {
        let uid = i64::from(user.uid);
        match declared.run_as_user {
            None => add(Id::UserOfImage, "the image's user".into()),
            Some(wanted) if wanted != uid => {
                add(Id::OtherUserThanDeclared, format!("declared uid {wanted}"));
            }
            Some(_) => {}
        }
        let started = actual
            .started_as
            .as_ref()
            .filter(|started| started.uid != user.uid);
        if let Some(started) = started {
            add(Id::ChangedUser, format!("started as {}", started.uid));
        }
    }
    if !others.is_empty() {
        let each: Vec<_> = others.iter().map(|others| in_words(others)).collect();
        add(Id::OtherUsers, each.join(", "));
    }
    if let Some(process) = &actual.process {
        let added = Capabilities::of_names(declared.add_capabilities.iter().map(String::as_str));
        let given = process.capabilities.effective.without(added);
        if !given.is_empty() && !declared.privileged && !adds_all(declared) {
            let given = match given.names().as_slice() {
                [name] => format!("{name} by default"),
                names => format!("{} capabilities by default", names.len()),
            };
            add(Id::CapabilitiesOfRuntime, given);
        }
    }
    if is_root && around.has_user_namespace {
        add(Id::UserNamespace, "in a user namespace".into());
    }
    found
}

fn adds_all(declared: &Declared) -> bool {
    declared
        .add_capabilities
        .iter()
        .any(|name| name.eq_ignore_ascii_case("ALL"))
}

/// `2 nginx as 101`.
fn in_words(others: &Others) -> String {
    let name = match others.names.as_slice() {
        [name] => format!("{} {name}", others.count),
        _ => processes(others.count),
    };
    format!("{name} as {}", others.uid)
}

fn processes(count: usize) -> String {
    match count {
        1 => "1 process".into(),
        count => format!("{count} processes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::actual::{Facts, Sets, Source, User};

    fn user(uid: u32) -> Option<User> {
        Some(User {
            uid,
            gid: uid,
            groups: Vec::new(),
            source: Source::Exec,
        })
    }

    fn running(uid: u32, effective: Capabilities) -> Actual {
        let none = Capabilities::default();
        Actual {
            user: user(uid),
            process: Some(Facts {
                pid: 1,
                name: "web".into(),
                is_root: uid == 0,
                capabilities: Sets {
                    effective,
                    permitted: none,
                    inheritable: none,
                    bounding: none,
                    ambient: none,
                },
                no_new_privs: Some(false),
                seccomp: Some("filter"),
            }),
            ..Actual::default()
        }
    }

    fn messages(declared: &Declared, actual: &Actual) -> String {
        let found = findings(declared, actual, Surroundings::default());
        let messages: Vec<_> = found.into_iter().map(|finding| finding.message).collect();
        messages.join("; ")
    }

    #[test]
    fn what_matters_is_said_the_gravest_first() {
        let default = Capabilities::RUNTIME_DEFAULT;
        let none = Capabilities::default();
        let nothing = Declared::default();
        let hardened = Declared {
            run_as_user: Some(1000),
            run_as_non_root: Some(true),
            drop_capabilities: vec!["ALL".into()],
            ..Declared::default()
        };
        let adding = Declared {
            add_capabilities: vec!["CHOWN".into()],
            ..hardened.clone()
        };
        let cases = [
            (
                &nothing,
                running(0, default),
                "runs as root; the image's user; 14 capabilities by default",
            ),
            (&nothing, running(101, none), "the image's user"),
            (&hardened, running(1000, none), ""),
            (
                &hardened,
                running(0, none),
                "root in spite of runAsNonRoot; runs as root; declared uid 1000",
            ),
            (&adding, running(1000, Capabilities(1)), ""),
            (
                &adding,
                running(1000, Capabilities(3)),
                "DAC_OVERRIDE by default",
            ),
            (&hardened, Actual::default(), ""),
        ];
        for (declared, actual, expected) in cases {
            assert_eq!(messages(declared, &actual), expected);
        }
    }

    #[test]
    fn others_are_named() {
        let mut actual = running(0, Capabilities::default());
        let others = |uid, count, names: &[&str]| Others {
            uid,
            gid: uid,
            count,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            is_root: uid == 0,
        };
        actual.others = vec![others(33, 4, &["apache2"]), others(101, 2, &["a", "b"])];
        let declared = Declared {
            run_as_user: Some(0),
            ..Declared::default()
        };
        assert_eq!(
            messages(&declared, &actual),
            "runs as root; 4 apache2 as 33, 2 processes as 101"
        );
        let mut actual = running(999, Capabilities::default());
        actual.started_as = user(0);
        actual.others = vec![others(0, 1, &["cron"])];
        let declared = Declared {
            run_as_user: Some(0),
            ..Declared::default()
        };
        assert_eq!(
            messages(&declared, &actual),
            "1 process as root; declared uid 0; started as 0; 1 cron as 0"
        );
    }
}
