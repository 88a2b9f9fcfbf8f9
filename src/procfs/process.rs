//! `/proc/PID/status`.

use super::capability::Capabilities;

/// A process: what `/proc/PID/status` says of it. What the text lacks is `None`: an old kernel has no `NoNewPrivs`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Process {
    /// The program's name, at most 15 bytes of it, as the kernel escapes them.
    pub(crate) name: String,
    /// Its id in the process namespace of whoever read the text.
    pub(crate) pid: u32,
    /// The process that made it.
    pub(crate) parent: u32,
    pub(crate) uid: Ids,
    pub(crate) gid: Ids,
    /// Supplementary groups.
    pub(crate) groups: Vec<u32>,
    pub(crate) capabilities: CapabilitySets,
    pub(crate) no_new_privs: Option<bool>,
    pub(crate) seccomp: Option<Seccomp>,
}

/// The four ids of a process. The effective one decides what it may do, the one of the file system whom its files
/// belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(crate) real: u32,
    pub(crate) effective: u32,
    pub(crate) saved: u32,
    pub(crate) file_system: u32,
}

/// capabilities(7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CapabilitySets {
    pub(crate) effective: Capabilities,
    pub(crate) permitted: Capabilities,
    pub(crate) inheritable: Capabilities,
    pub(crate) bounding: Capabilities,
    pub(crate) ambient: Capabilities,
}

/// seccomp(2): what system calls of a process are filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seccomp {
    Disabled,
    Strict,
    Filter,
}

impl Seccomp {
    /// Its name.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Strict => "strict",
            Self::Filter => "filter",
        }
    }
}

/// All processes of a text: any number of `/proc/PID/status`, one behind the other, with or without other lines between
/// them. A process without a pid or a uid is none: its text was cut off.
pub(crate) fn processes(text: &str) -> Vec<Process> {
    let mut found: Vec<Draft> = Vec::new();
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        if key == "Name" {
            found.push(Draft::named(value));
        } else if let Some(draft) = found.last_mut() {
            draft.read(key, value);
        }
    }
    let whole = found
        .into_iter()
        .filter(|draft| draft.has_pid && draft.has_uid);
    whole.map(|draft| draft.process).collect()
}

#[derive(Default)]
struct Draft {
    process: Process,
    has_pid: bool,
    has_uid: bool,
}

impl Draft {
    fn named(name: &str) -> Self {
        let mut draft = Self::default();
        draft.process.name = name.to_owned();
        draft
    }

    fn read(&mut self, key: &str, value: &str) {
        let process = &mut self.process;
        let sets = &mut process.capabilities;
        let set = || Capabilities::parse(value).unwrap_or_default();
        match key {
            "Pid" => {
                self.has_pid = value.parse().map(|pid| process.pid = pid).is_ok();
            }
            "PPid" => process.parent = value.parse().unwrap_or_default(),
            "Uid" => {
                let ids = ids(value);
                self.has_uid = ids.is_some();
                process.uid = ids.unwrap_or_default();
            }
            "Gid" => process.gid = ids(value).unwrap_or_default(),
            "Groups" => process.groups = numbers(value),
            "CapInh" => sets.inheritable = set(),
            "CapPrm" => sets.permitted = set(),
            "CapEff" => sets.effective = set(),
            "CapBnd" => sets.bounding = set(),
            "CapAmb" => sets.ambient = set(),
            "NoNewPrivs" => process.no_new_privs = Some(value == "1"),
            "Seccomp" => {
                process.seccomp = match value {
                    "0" => Some(Seccomp::Disabled),
                    "1" => Some(Seccomp::Strict),
                    "2" => Some(Seccomp::Filter),
                    _ => None,
                }
            }
            _ => {}
        }
    }
}

fn ids(value: &str) -> Option<Ids> {
    match numbers(value).as_slice() {
        [real, effective, saved, file_system] => Some(Ids {
            real: *real,
            effective: *effective,
            saved: *saved,
            file_system: *file_system,
        }),
        _ => None,
    }
}

fn numbers(value: &str) -> Vec<u32> {
    value
        .split_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Of a container that nginx runs in, containerd 2, without fields that are not read.
    const NGINX: &str = "\
Name:\tnginx
Umask:\t0022
State:\tS (sleeping)
Pid:\t1
PPid:\t0
Uid:\t0\t0\t0\t0
Gid:\t0\t0\t0\t0
FDSize:\t64
Groups:\t0 1 2 3 
CapInh:\t0000000000000000
CapPrm:\t00000000a80425fb
CapEff:\t00000000a80425fb
CapBnd:\t00000000a80425fb
CapAmb:\t0000000000000000
NoNewPrivs:\t0
Seccomp:\t2
Seccomp_filters:\t1
Name:\tnginx
Pid:\t29
PPid:\t1
Uid:\t101\t101\t101\t101
Gid:\t101\t101\t101\t101
Groups:\t101 
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t0000000000000000
CapBnd:\t00000000a80425fb
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t0
";

    #[test]
    fn a_text_of_several_processes_is_read() {
        let read = processes(NGINX);
        let [master, worker] = read.as_slice() else {
            panic!("two processes: {read:?}");
        };
        assert_eq!((master.pid, master.uid.effective), (1, 0));
        assert_eq!(master.groups, [0, 1, 2, 3]);
        assert_eq!(master.capabilities.effective, Capabilities::RUNTIME_DEFAULT);
        assert_eq!(
            (master.no_new_privs, master.seccomp),
            (Some(false), Some(Seccomp::Filter))
        );
        assert_eq!(
            (worker.pid, worker.parent, worker.uid.effective),
            (29, 1, 101)
        );
        assert_eq!(worker.capabilities.effective, Capabilities::default());
        assert_eq!(
            (worker.no_new_privs, worker.seccomp),
            (Some(true), Some(Seccomp::Disabled))
        );
    }

    #[test]
    fn what_is_cut_off_is_no_process() {
        assert!(processes("").is_empty());
        assert!(processes("Pid:\t1\nUid:\t0\t0\t0\t0\n").is_empty());
        assert!(processes("Name:\tsh\nPid:\t1\n").is_empty());
        assert!(processes("Name:\tsh\nPid:\t1\nUid:\t0\t0\n").is_empty());
        let old = processes("Name:\ta:b c\nPid:\t7\nUid:\t1\t2\t3\t4\n");
        assert_eq!(old[0].name, "a:b c");
        assert_eq!(old[0].uid.effective, 2);
        assert_eq!((old[0].no_new_privs, old[0].seccomp), (None, None));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([A-Za-z]{1,8}:\t[0-9a-f\t ]{0,20}\n|.{0,20}\n){0,20}") {
            let names = text.lines().filter(|line| line.starts_with("Name:")).count();
            prop_assert!(processes(&text).len() <= names);
        }

        #[test]
        fn what_is_written_as_the_kernel_does_is_read_back(
            pid in 1_u32.., uid: u32, groups in prop::collection::vec(any::<u32>(), 0..5), set: u64,
        ) {
            let listed: Vec<_> = groups.iter().map(u32::to_string).collect();
            let text = format!(
                "Name:\tx\nPid:\t{pid}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\nGroups:\t{} \nCapEff:\t{set:016x}\n",
                listed.join(" "),
            );
            let read = processes(&text);
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!((read[0].pid, read[0].uid.effective), (pid, uid));
            prop_assert_eq!(&read[0].groups, &groups);
            prop_assert_eq!(read[0].capabilities.effective, Capabilities(set));
        }
    }
}
