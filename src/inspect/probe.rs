//! What is asked of a container: one command that reads files below `/proc` and changes nothing.

use std::time::Duration;

use crate::procfs::{Listening, Process, Protocol, listening, processes, root_is_read_only};

/// How much of an answer is read: some 700 processes.
pub(crate) const LIMIT: usize = 1 << 20;

/// How long an answer may take, where `--request-timeout` says nothing else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What is asked, as a script for `sh`. It starts no other program than `cat` and `ls`, and needs neither.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probe {
    /// Other containers' processes are to be seen too: those of this one are in its cgroup.
    pub(crate) shares_processes: bool,
    /// Sockets of several containers are to be told apart by their descriptors.
    pub(crate) wants_sockets: bool,
    /// It runs beside the container, not in it: process 1 is looked at from outside.
    pub(crate) is_beside: bool,
}

/// The four files of sockets with their protocols.
const SOCKETS: [(&str, Protocol); 4] = [
    ("/proc/net/tcp", Protocol::Tcp),
    ("/proc/net/tcp6", Protocol::Tcp),
    ("/proc/net/udp", Protocol::Udp),
    ("/proc/net/udp6", Protocol::Udp),
];

impl Probe {
    /// The script. Each text comes behind a line with its name. Processes come last: where there are too many, only they
    /// are cut off.
    pub(crate) fn script(self) -> String {
        let root = if self.is_beside { "1" } else { "self" };
        let sockets = SOCKETS.map(|(file, _)| file).join(" ");
        let descriptors = match self.wants_sockets {
            true => r#"; echo "==> fd <=="; ls -l "$1/fd""#,
            false => "",
        };
        let each = match self.shares_processes {
            true => {
                r#"c() { r=; while IFS= read -r l; do r="$r $l"; done <"$1/cgroup"; }
c /proc/self; own=$r
for p in /proc/[0-9]*; do c "$p" && [ "$r" = "$own" ] && s "$p"; done"#
            }
            false => r#"for p in /proc/[0-9]*; do s "$p"; done"#,
        };
        format!(
            r#"if command -v cat >/dev/null; then t() {{ cat "$1"; }}
else t() {{ while IFS= read -r l; do echo "$l"; done <"$1"; }}; fi
f() {{ echo "==> $1 <=="; t "$1"; }}
s() {{ echo "==> status <=="; t "$1/status"{descriptors}; }}
for n in /proc/{root}/mountinfo {sockets}; do f "$n"; done
echo "==> probe <=="; echo "$$"
{each}
true"#
        )
    }

    /// The same for an image that has `cat` and no shell: there is no list of processes, and no name before a text.
    pub(crate) fn files(self) -> Vec<&'static str> {
        let process = if self.shares_processes {
            "/proc/self/status"
        } else {
            "/proc/1/status"
        };
        let sockets = SOCKETS.map(|(file, _)| file);
        [
            &["cat", process, "/proc/self/mountinfo"],
            sockets.as_slice(),
        ]
        .concat()
    }
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Readings {
    /// Without those that read, by pid.
    pub(crate) processes: Vec<Process>,
    /// Whether all processes are there.
    pub(crate) has_all: bool,
    pub(crate) root_is_read_only: Option<bool>,
    /// By port.
    pub(crate) listening: Vec<Listening>,
    /// The inodes of sockets that processes of the container hold; `None` where that was not asked.
    pub(crate) sockets: Option<Vec<u64>>,
}

impl Readings {
    /// What the script said.
    pub(crate) fn of_script(said: &str, probe: Probe) -> Self {
        let mut readings = Self {
            has_all: true,
            sockets: probe.wants_sockets.then(Vec::new),
            ..Self::default()
        };
        let mut itself = None;
        for (name, text) in sections(said) {
            let socket_file = SOCKETS.iter().find(|(file, _)| *file == name);
            match (name, socket_file) {
                (_, Some((_, protocol))) => readings.listening.extend(listening(*protocol, text)),
                ("probe", _) => itself = text.trim().parse::<u32>().ok(),
                ("status", _) => readings.processes.extend(processes(text)),
                ("fd", _) => readings
                    .sockets
                    .iter_mut()
                    .for_each(|known| known.extend(inodes(text))),
                _ => {
                    readings.root_is_read_only =
                        readings.root_is_read_only.or(root_is_read_only(text))
                }
            }
        }
        let reads =
            |process: &Process| Some(process.pid) == itself || Some(process.parent) == itself;
        readings.processes.retain(|process| !reads(process));
        readings.sorted()
    }

    /// What `cat` said: its texts are told apart by their lines.
    pub(crate) fn of_cat(said: &str) -> Self {
        let mut readings = Self {
            processes: processes(said),
            root_is_read_only: root_is_read_only(said),
            ..Self::default()
        };
        let mut protocol = Protocol::Tcp;
        for line in said.lines() {
            if line.contains("local_address") {
                // Only the head of udp has this column.
                protocol = match line.contains("drops") {
                    true => Protocol::Udp,
                    false => Protocol::Tcp,
                };
            }
            readings.listening.extend(listening(protocol, line));
        }
        readings.sorted()
    }

    fn sorted(mut self) -> Self {
        self.processes.sort_by_key(|process| process.pid);
        self.listening.sort();
        self
    }
}

/// Texts with their names.
fn sections(said: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = said.split("==> ").skip(1);
    parts.filter_map(|part| part.split_once(" <==\n"))
}

/// Of the links in `/proc/PID/fd` the sockets: `5 -> socket:[4711]`.
fn inodes(text: &str) -> impl Iterator<Item = u64> {
    let sockets = text.split("socket:[").skip(1);
    sockets.filter_map(|rest| rest.split(']').next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    const PROBE: Probe = Probe {
        shares_processes: false,
        wants_sockets: true,
        is_beside: false,
    };

    const STATUS: &str = "Name:\tnginx\nPid:\t1\nPPid:\t0\nUid:\t0\t0\t0\t0\n";

    const SAID: &str = "==> /proc/self/mountinfo <==
1 0 0:70 / / ro - overlay overlay rw
==> /proc/net/tcp <==
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1 0 100 0 0 10 0
==> /proc/net/tcp6 <==
==> /proc/net/udp <==
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  640: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 78 2 0 0
==> probe <==
40
==> status <==
Name:\tsh
Pid:\t40
PPid:\t0
Uid:\t0\t0\t0\t0
==> fd <==
==> status <==
Name:\tcat
Pid:\t41
PPid:\t40
Uid:\t0\t0\t0\t0
==> fd <==
==> status <==
Name:\tnginx
Pid:\t1
PPid:\t0
Uid:\t0\t0\t0\t0
==> fd <==
lrwx------ 1 0 0 64 Nov 28 22:00 0 -> /dev/null
lrwx------ 1 0 0 64 Nov 28 22:00 6 -> socket:[77]
";

    #[test]
    fn what_the_script_says_is_read_without_those_who_read() {
        let read = Readings::of_script(SAID, PROBE);
        let names: Vec<_> = read
            .processes
            .iter()
            .map(|process| process.name.as_str())
            .collect();
        assert_eq!(names, ["nginx"]);
        assert_eq!(read.root_is_read_only, Some(true));
        let ports: Vec<_> = read.listening.iter().map(ToString::to_string).collect();
        assert_eq!(ports, ["53/UDP", "80/TCP"]);
        assert_eq!(read.sockets, Some(vec![77]));
        assert!(read.has_all);
    }

    #[test]
    fn texts_behind_each_other_are_told_apart() {
        let texts = SAID
            .lines()
            .filter(|line| !line.starts_with("==>") && *line != "40");
        let texts: Vec<_> = texts.take(5).collect();
        let read = Readings::of_cat(&format!("{STATUS}{}\n", texts.join("\n")));
        assert_eq!(read.processes.len(), 1);
        assert_eq!(read.root_is_read_only, Some(true));
        let ports: Vec<_> = read.listening.iter().map(ToString::to_string).collect();
        assert_eq!(ports, ["53/UDP", "80/TCP"]);
        assert!(!read.has_all);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_script_finds_this_process() {
        let own = std::process::id();
        for (shares_processes, path) in [(false, None), (true, None), (false, Some("/nowhere"))] {
            let probe = Probe {
                shares_processes,
                ..PROBE
            };
            let mut command = Command::new("/bin/sh");
            command.args(["-c", &probe.script()]);
            if let Some(path) = path {
                command.env("PATH", path);
            }
            let said = command.output().expect("sh").stdout;
            let read = Readings::of_script(&String::from_utf8_lossy(&said), probe);
            let found = read.processes.iter().find(|process| process.pid == own);
            assert!(found.is_some(), "{probe:?} {path:?}: {:?}", read.processes);
            assert!(read.root_is_read_only.is_some());
        }
    }

    proptest! {
        #[test]
        fn any_answer_is_read(said in "(==> |status <==\n|fd <==\n|probe <==\n|Pid:\t4\n|socket:\\[|.{0,9}\n?){0,60}") {
            let read = Readings::of_script(&said, PROBE);
            prop_assert!(read.sockets.is_some());
            prop_assert!(!Readings::of_cat(&said).has_all);
        }
    }
}
