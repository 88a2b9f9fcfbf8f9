//! What a container runs as, from what was read of it.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::declared::Surroundings;
use super::probe::Readings;
use crate::procfs::{Capabilities, Ids, Process};

/// Ports below this are privileged (`net.ipv4.ip_unprivileged_port_start`).
const PRIVILEGED: u16 = 1024;

/// Who a container runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Actual {
    /// As whom the first process runs now, or was started.
    pub(super) user: Option<User>,
    /// As whom the runtime started the first process, where the pod's status says it (`user.linux`).
    pub(super) started_as: Option<User>,
    pub(super) process: Option<Facts>,
    pub(super) root_filesystem_read_only: Option<bool>,
    /// Ports below 1024 that somebody listens on; `None` where they were not read.
    pub(super) ports: Option<Vec<Port>>,
    /// Processes that run as somebody else than the first one, by uid and gid.
    pub(super) others: Vec<Others>,
}

/// An identity, and where it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct User {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) groups: Vec<u32>,
    pub(super) source: Source,
}

/// Where something was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Source {
    /// The pod's status.
    Status,
    /// A command in the container.
    Exec,
    /// A container beside it.
    DebugContainer,
}

/// The first process of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Facts {
    pub(super) pid: u32,
    pub(super) name: String,
    /// Whether a real, effective or saved uid is 0: what is saved can be taken again.
    pub(super) is_root: bool,
    pub(super) capabilities: Sets,
    pub(super) no_new_privs: Option<bool>,
    /// `disabled`, `strict` or `filter`.
    pub(super) seccomp: Option<&'static str>,
}

/// Capabilities by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Sets {
    #[serde(serialize_with = "by_name")]
    pub(super) effective: Capabilities,
    #[serde(serialize_with = "by_name")]
    pub(super) permitted: Capabilities,
    #[serde(serialize_with = "by_name")]
    pub(super) inheritable: Capabilities,
    #[serde(serialize_with = "by_name")]
    pub(super) bounding: Capabilities,
    #[serde(serialize_with = "by_name")]
    pub(super) ambient: Capabilities,
}

fn by_name<S: Serializer>(set: &Capabilities, serializer: S) -> Result<S::Ok, S::Error> {
    set.names().serialize(serializer)
}

/// A port that somebody listens on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Port {
    pub(super) port: u16,
    pub(super) protocol: &'static str,
    /// Whether it is known to be this container's. The others of its pod have the same network.
    pub(super) own: bool,
}

/// Processes that run as the same user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Others {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) count: usize,
    /// Their programs, each once.
    pub(super) names: Vec<String>,
    pub(super) is_root: bool,
}

/// Something that was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct NotRead {
    pub(super) what: &'static str,
    pub(super) reason: String,
    /// What to do about it; empty where there is nothing to say.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) hint: &'static str,
}

impl Actual {
    /// What the pod's status says of a container.
    pub(super) fn of_status(status: &Value) -> Self {
        let started_as = status.pointer("/user/linux").and_then(user);
        Self {
            user: started_as.clone(),
            started_as,
            ..Self::default()
        }
    }

    /// Adds what was read in or beside the container; gives what was not.
    pub(super) fn add(
        &mut self,
        readings: &Readings,
        source: Source,
        around: Surroundings,
        is_alone: bool,
    ) -> Vec<NotRead> {
        let mut not_read = Vec::new();
        let mut lacks = |what, reason: &str| {
            not_read.push(NotRead {
                what,
                reason: reason.to_owned(),
                hint: "",
            });
        };
        match readings.processes.split_first() {
            Some((first, rest)) => {
                self.user = Some(User {
                    uid: first.uid.effective,
                    gid: first.gid.effective,
                    groups: first.groups.clone(),
                    source,
                });
                self.process = Some(facts(first));
                self.others = others(first, rest);
                if !readings.has_all && around.shares_processes {
                    lacks(
                        "process",
                        "processes are shared, and no shell tells them apart: this is who was asked",
                    );
                } else if !readings.has_all {
                    lacks("others", "the first process was read, and not all others");
                }
            }
            None => lacks(
                "process",
                "no process of the container was found below /proc",
            ),
        }
        self.root_filesystem_read_only = readings.root_is_read_only;
        if self.root_filesystem_read_only.is_none() {
            lacks("rootFilesystem", "/proc has no mountinfo of it");
        }
        let mut ports = ports(readings, is_alone && !around.host_network);
        ports.retain(|port| port.own || !around.host_network);
        self.ports = Some(ports);
        if around.host_network && readings.sockets.is_none() {
            self.ports = None;
            lacks(
                "ports",
                "the network is the node's, and nothing tells whose its ports are",
            );
        }
        not_read
    }

    /// Whether something runs as root in it; `None` where that is not known.
    pub(super) fn is_root(&self) -> Option<bool> {
        let of_others = self.others.iter().any(|others| others.is_root);
        match (&self.process, &self.user) {
            (Some(process), _) => Some(process.is_root || of_others),
            (None, Some(user)) => Some(user.uid == 0),
            (None, None) => None,
        }
    }
}

fn user(of: &Value) -> Option<User> {
    let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
    let groups = of.get("supplementalGroups").and_then(Value::as_array);
    Some(User {
        uid: number(of.get("uid")?)?,
        gid: number(of.get("gid")?)?,
        groups: groups.into_iter().flatten().filter_map(number).collect(),
        source: Source::Status,
    })
}

fn facts(first: &Process) -> Facts {
    let sets = &first.capabilities;
    Facts {
        pid: first.pid,
        name: first.name.clone(),
        is_root: is_root(first.uid),
        capabilities: Sets {
            effective: sets.effective,
            permitted: sets.permitted,
            inheritable: sets.inheritable,
            bounding: sets.bounding,
            ambient: sets.ambient,
        },
        no_new_privs: first.no_new_privs,
        seccomp: first.seccomp.map(|mode| mode.id()),
    }
}

fn is_root(ids: Ids) -> bool {
    [ids.real, ids.effective, ids.saved].contains(&0)
}

fn others(first: &Process, rest: &[Process]) -> Vec<Others> {
    let key = |process: &Process| (process.uid.effective, process.gid.effective);
    let mut by_user: BTreeMap<_, Others> = BTreeMap::new();
    for process in rest.iter().filter(|process| process.uid != first.uid) {
        let (uid, gid) = key(process);
        let others = by_user.entry((uid, gid)).or_insert_with(|| Others {
            uid,
            gid,
            count: 0,
            names: Vec::new(),
            is_root: false,
        });
        others.count += 1;
        others.is_root |= is_root(process.uid);
        if !others.names.contains(&process.name) {
            others.names.push(process.name.clone());
        }
    }
    by_user.into_values().collect()
}

/// The privileged ports. Of a pod with one container, and its own network, all are that container's.
fn ports(readings: &Readings, is_alone: bool) -> Vec<Port> {
    let own = readings.sockets.as_deref().unwrap_or_default();
    let low = readings
        .listening
        .iter()
        .filter(|socket| socket.port < PRIVILEGED);
    let mut ports: Vec<_> = low
        .map(|socket| Port {
            port: socket.port,
            protocol: socket.protocol.id(),
            own: is_alone || own.contains(&socket.inode),
        })
        .collect();
    // The same port of IPv4 and IPv6 is one.
    ports.sort_by_key(|port| (port.port, port.protocol, !port.own));
    ports.dedup_by_key(|port| (port.port, port.protocol));
    ports
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::procfs::{Protocol, listening, processes};

    fn status(name: &str, pid: u32, uid: u32) -> String {
        format!(
            "Name:\t{name}\nPid:\t{pid}\nPPid:\t0\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t5\t5\t5\t5\nGroups:\t5 6\n"
        )
    }

    fn readings() -> Readings {
        let texts = [
            status("nginx", 1, 0),
            status("nginx", 29, 101),
            status("nginx", 30, 101),
            status("tail", 31, 0),
        ];
        let socket = |port: &str, inode: &str| {
            format!("0: 00000000:{port} 00000000:0000 0A 0:0 00:0 0 0 0 {inode} 1\n")
        };
        let sockets = [
            socket("0050", "7"),
            socket("0050", "8"),
            socket("0035", "9"),
            socket("1F90", "10"),
        ];
        Readings {
            processes: processes(&texts.concat()),
            has_all: true,
            root_is_read_only: Some(false),
            listening: listening(Protocol::Tcp, &sockets.concat()),
            sockets: Some(vec![8]),
        }
    }

    fn read(readings: &Readings, around: Surroundings, is_alone: bool) -> (Actual, Vec<NotRead>) {
        let mut actual = Actual::default();
        let not_read = actual.add(readings, Source::Exec, around, is_alone);
        (actual, not_read)
    }

    #[test]
    fn processes_of_other_users_are_counted_by_user() {
        let (actual, not_read) = read(&readings(), Surroundings::default(), true);
        assert_eq!(not_read, []);
        let user = actual.user.as_ref().expect("a user");
        assert_eq!(
            (user.uid, user.gid, user.groups.as_slice()),
            (0, 5, [5, 6].as_slice())
        );
        let others = Others {
            uid: 101,
            gid: 5,
            count: 2,
            names: vec!["nginx".into()],
            is_root: false,
        };
        assert_eq!(actual.others, [others]);
        assert_eq!(actual.is_root(), Some(true));
    }

    #[test]
    fn ports_are_a_containers_own_where_that_is_known() {
        let shown = |around, is_alone| {
            let (actual, _) = read(&readings(), around, is_alone);
            let ports = actual.ports.expect("ports");
            ports
                .iter()
                .map(|port| (port.port, port.own))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            shown(Surroundings::default(), true),
            [(53, true), (80, true)]
        );
        assert_eq!(
            shown(Surroundings::default(), false),
            [(53, false), (80, true)]
        );
        let node = Surroundings {
            host_network: true,
            ..Surroundings::default()
        };
        assert_eq!(shown(node, true), [(80, true)]);
    }

    #[test]
    fn what_was_not_read_is_said() {
        let node = Surroundings {
            host_network: true,
            ..Surroundings::default()
        };
        let (actual, not_read) = read(&Readings::default(), node, true);
        let what: Vec<_> = not_read.iter().map(|not| not.what).collect();
        assert_eq!(what, ["process", "rootFilesystem", "ports"]);
        assert_eq!(actual, Actual::default());
        assert_eq!(actual.is_root(), None);
    }

    #[test]
    fn the_status_says_who_was_started() {
        let status =
            json!({"user": {"linux": {"uid": 0, "gid": 0, "supplementalGroups": [0, 10]}}});
        let mut actual = Actual::of_status(&status);
        assert_eq!(actual.is_root(), Some(true));
        let mut dropped = readings();
        dropped.processes = processes(&status_of_redis());
        actual.add(&dropped, Source::Exec, Surroundings::default(), true);
        assert_eq!(actual.is_root(), Some(false));
        assert_eq!(actual.started_as.map(|user| user.uid), Some(0));
        assert_eq!(Actual::of_status(&json!({})), Actual::default());
    }

    fn status_of_redis() -> String {
        status("redis-server", 1, 999)
    }
}
