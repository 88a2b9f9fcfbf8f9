//! What a container does while it still runs as it was: who its processes are, where they write, on which ports they listen.
//! It is asked once, by a shell in the container; an image without one is asked nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::directory::{is_broad, is_of_programs, is_transient, outermost};
use super::lesson::RunsAs;
use super::listed::Listed;
use crate::container_path::is_within;
use crate::procfs::{Process, Protocol, has_pinged, listening, processes};

/// The program that asks, for `sh -c`: sections, each under its name. What was written is what is newer than `/etc/hosts`,
/// which the kubelet writes for each container before it starts. Other file systems are volumes, and left out, but for who
/// owns them and whether the image has files there.
pub(in crate::rollout) const SCRIPT: &str = r##"
echo "@@users"; head -n 200 /etc/passwd 2>/dev/null
echo "@@directory"; readlink /proc/1/cwd
echo "@@mounts"; while read -r _ place _; do echo "$place"; done </proc/1/mounts
echo "@@listening"; cat /proc/net/tcp /proc/net/tcp6 2>/dev/null
echo "@@echoes"; cat /proc/net/snmp /proc/net/snmp6 2>/dev/null
echo "@@processes"; for p in /proc/[0-9]*; do cat "$p/status" 2>/dev/null; done
echo "@@files"; find / -xdev \( -type f -o -type s -o -type p \) -newer /etc/hosts 2>/dev/null | head -n 500
echo "@@directories"; find / -xdev -type d -newer /etc/hosts 2>/dev/null | head -n 500
echo "@@kept"; find / -xdev \( -type f -size +0c -o -type l \) ! -newer /etc/hosts 2>/dev/null | while read -r f; do echo "${f%/*}"; done | uniq | head -n 20000
while read -r _ place type _; do case $type in proc|sysfs|tmpfs|cgroup*|devpts|mqueue|overlay) continue;; esac; [ -d "$place" ] && find "$place" -maxdepth 2 -type f -size +0c ! -newer /etc/hosts 2>/dev/null | head -n 1; done </proc/1/mounts | while read -r f; do echo "${f%/*}"; done
echo "@@structured"; find /var /srv /opt /home -xdev -type d ! -newer /etc/hosts 2>/dev/null | while read -r d; do echo "${d%/*}"; done | uniq | head -n 5000
echo "@@guarded"; find / -xdev \( -type f -o -type d \) ! -perm -004 ! -newer /etc/hosts -exec ls -ldn {} + 2>/dev/null | head -n 1000
echo "@@owners"; while read -r _ place _; do ls -ldn "$place"; done </proc/1/mounts 2>/dev/null; find / -xdev -type d ! -user 0 -exec ls -ldn {} + 2>/dev/null | head -n 500
echo "@@end"
"##;

/// How much of the answer is read, in bytes.
pub(in crate::rollout) const LIMIT: usize = 4 << 20;

/// What was seen of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::rollout) struct Survey {
    /// The user that does its work: the most frequent one of its processes that is not root; else the one whom all belongs to
    /// that it writes to, as far as that is not root's.
    pub(in crate::rollout) worker: Option<RunsAs>,
    /// Users by name, from `/etc/passwd`.
    pub(in crate::rollout) users: BTreeMap<String, RunsAs>,
    /// Its working directory.
    pub(in crate::rollout) directory: String,
    /// Directories of its own file system that it has written to, the outermost; volumes of the image that its user could not
    /// write to.
    pub(in crate::rollout) written: BTreeSet<String>,
    /// Directories of its own file system, and volumes of the image, that belong to its user, the outermost. A volume may do
    /// so only since the program's start, which gave it away as root.
    pub(in crate::rollout) owned: BTreeSet<String>,
    /// Directories that have files of the image, empty ones aside.
    pub(in crate::rollout) filled: BTreeSet<String>,
    /// Directories with files that were made or changed since the start: which of the two is not known.
    pub(in crate::rollout) changed: BTreeSet<String>,
    /// Directories that have directories of the image, empty or not.
    pub(in crate::rollout) structured: BTreeSet<String>,
    /// What not every user may read in the image.
    pub(in crate::rollout) guarded: Vec<Listed>,
    /// Ports below 1024 that it listens on.
    pub(in crate::rollout) low_ports: BTreeSet<u16>,
    /// Whether echo requests were sent from its pod: which of its containers did is not known.
    pub(in crate::rollout) pings: bool,
}

impl Survey {
    /// Reads the answer to [`SCRIPT`]; `None` where it is not whole. `is_mounted` says where the pod mounts volumes: others are
    /// the image's own.
    pub(in crate::rollout) fn read(
        answer: &str,
        is_mounted: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let sections = sections(answer);
        sections.get("end")?;
        let lines = |name: &str| sections.get(name).into_iter().flatten().copied();
        let text = |name: &str| lines(name).collect::<Vec<_>>().join("\n");
        let mounts: Vec<_> = lines("mounts").filter(|place| *place != "/").collect();
        let new: Vec<_> = lines("files").chain(lines("directories")).collect();
        let users: BTreeMap<_, _> = lines("users").filter_map(user).collect();
        let listed: Vec<_> = lines("owners").filter_map(Listed::read).collect();
        let owner = || owner(&mounts, &new, &listed, &users);
        let worker = worker(&processes(&text("processes"))).or_else(owner);
        let mut written = written(lines("files"), lines("directories"), &mounts);
        let of_image = listed.iter().filter(|one| {
            let is_volume = mounts.contains(&one.path.as_str()) && !is_mounted(&one.path);
            is_volume && one.is_directory() && !one.is_writable(worker) && !is_broad(&one.path)
        });
        written.extend(of_image.map(|volume| volume.path.clone()));
        let owned = listed.iter().filter(|one| {
            let is_own = worker.is_some_and(|worker| worker.uid == one.owner.uid);
            is_own && one.is_directory() && !is_mounted(&one.path) && may_be_mounted(&one.path)
        });
        Some(Self {
            worker,
            owned: outermost(owned.map(|one| one.path.clone()).collect()),
            users,
            directory: lines("directory").next().unwrap_or_default().to_owned(),
            written,
            filled: lines("kept").map(str::to_owned).collect(),
            changed: lines("files")
                .filter_map(|file| Some(file.rsplit_once('/')?.0.to_owned()))
                .collect(),
            structured: lines("structured").map(str::to_owned).collect(),
            guarded: lines("guarded").filter_map(Listed::read).collect(),
            low_ports: low_ports(&text("listening")),
            pings: has_pinged(&text("echoes")),
        })
    }

    /// Whether a directory, or one below it, has files of the image that a program may need. Logs, caches and what is made at
    /// run time are none.
    pub(in crate::rollout) fn is_filled(&self, directory: &str) -> bool {
        has_lasting(&self.filled, directory)
    }

    /// Whether a directory has files that may be the image's, though they were changed since.
    pub(in crate::rollout) fn may_be_filled(&self, directory: &str) -> bool {
        has_lasting(&self.changed, directory)
    }

    /// Whether a directory has directories of the image that a program may not make itself.
    pub(in crate::rollout) fn is_structured(&self, directory: &str) -> bool {
        has_lasting(&self.structured, directory)
    }

    /// Whether a user may not read a path of the image, for itself or for a directory that it is in.
    pub(in crate::rollout) fn is_closed(&self, path: &str, to: Option<RunsAs>) -> bool {
        self.guards(path).any(|guarded| !guarded.is_open(to))
    }

    /// The user for whom a path of the image is made that not everybody may read.
    pub(in crate::rollout) fn reader(&self, path: &str) -> Option<RunsAs> {
        self.guards(path).find_map(|guarded| {
            let mut users = self.users.values().copied();
            users.find(|user| guarded.is_open(Some(*user)))
        })
    }

    /// What is not for every user on the way to a path, itself included.
    fn guards(&self, path: &str) -> impl Iterator<Item = &Listed> {
        let guarded = self.guarded.iter();
        guarded.filter(move |guarded| is_within(path, &guarded.path))
    }

    /// The user of a name, or of a number.
    pub(in crate::rollout) fn user(&self, name: &str) -> Option<RunsAs> {
        let by_number = || {
            let uid = name.parse().ok()?;
            let known = self.users.values().find(|user| user.uid == uid);
            Some(known.copied().unwrap_or(RunsAs { uid, gid: None }))
        };
        self.users.get(name).copied().or_else(by_number)
    }
}

/// Whether a directory is one of some, or has one of them in it, and is not made anew by every start.
fn has_lasting(some: &BTreeSet<String>, directory: &str) -> bool {
    let mut some = some.iter();
    !is_transient(directory) && some.any(|inner| is_within(inner, directory))
}

fn sections(answer: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut sections: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut name = "";
    for line in answer.lines() {
        match line.strip_prefix("@@") {
            Some(title) => {
                name = title;
                sections.entry(name).or_default();
            }
            None => sections.entry(name).or_default().push(line),
        }
    }
    sections
}

/// The most frequent user that is not root; processes that somebody runs by exec, whose parent is outside, do not count.
fn worker(all: &[Process]) -> Option<RunsAs> {
    let foreign = foreign(all);
    let own = all.iter().filter(|p| !foreign.contains(&p.pid));
    let mut votes: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    own.map(|p| (p.uid.effective, p.gid.effective))
        .filter(|(uid, _)| *uid > 0)
        .for_each(|ids| *votes.entry(ids).or_default() += 1);
    let most = votes.into_iter().max_by_key(|(_, count)| *count);
    most.map(|((uid, gid), _)| RunsAs {
        uid: uid.into(),
        gid: Some(gid.into()),
    })
}

/// The one user to whom volumes and directories belong that a program of root writes to. What it makes itself is root's.
fn owner(
    mounts: &[&str],
    new: &[&str],
    listed: &[Listed],
    users: &BTreeMap<String, RunsAs>,
) -> Option<RunsAs> {
    let is_written =
        |path: &str| mounts.contains(&path) || new.iter().any(|new| is_within(new, path));
    let mut owners = listed
        .iter()
        .filter(|one| one.owner.uid > 0 && is_written(&one.path));
    let first = owners.next()?.owner;
    let is_one = owners.all(|other| other.owner.uid == first.uid);
    let known = users.values().find(|user| user.uid == first.uid);
    is_one.then(|| known.copied().unwrap_or(first))
}

/// The processes that come by exec, and theirs.
fn foreign(all: &[Process]) -> BTreeSet<u32> {
    let mut foreign: BTreeSet<u32> = BTreeSet::new();
    loop {
        let more: Vec<_> = all
            .iter()
            .filter(|p| p.pid != 1 && !foreign.contains(&p.pid))
            .filter(|p| p.parent == 0 || foreign.contains(&p.parent))
            .map(|p| p.pid)
            .collect();
        if more.is_empty() {
            return foreign;
        }
        foreign.extend(more);
    }
}

/// A line of `/etc/passwd`: `www-data:x:33:33:...`. Root is nobody to run as.
fn user(line: &str) -> Option<(String, RunsAs)> {
    let mut fields = line.split(':');
    let (name, uid, gid) = (fields.next()?, fields.nth(1)?, fields.next()?);
    let uid = uid.parse().ok().filter(|uid| *uid > 0)?;
    let gid = gid.parse().ok();
    Some((name.to_owned(), RunsAs { uid, gid }))
}

/// The ports below 1024 that are listened on.
fn low_ports(text: &str) -> BTreeSet<u16> {
    let ports = listening(Protocol::Tcp, text).into_iter();
    let ports = ports.map(|socket| socket.port);
    ports.filter(|port| (1..1024).contains(port)).collect()
}

fn may_be_mounted(directory: &str) -> bool {
    !is_broad(directory) && !is_of_programs(directory)
}

/// Where it wrote. The runtime makes the directories of mounts: one above a mount counts only where a file in it is new.
fn written<'l>(
    files: impl Iterator<Item = &'l str>,
    directories: impl Iterator<Item = &'l str>,
    mounts: &[&str],
) -> BTreeSet<String> {
    let is_mount = |path: &str| mounts.iter().any(|mount| is_within(mount, path));
    let of_files = files.filter(|file| !is_mount(file));
    let of_files = of_files.filter_map(|file| Some(file.rsplit_once('/')?.0));
    let made = directories.filter(|directory| !is_mount(directory));
    let all = of_files.chain(made);
    let all = all.filter(|directory| may_be_mounted(directory));
    outermost(all.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// nginx as Debian has it, shortened: the master is root, its workers are www-data; a shell looks on.
    const NGINX: &str = "@@users
root:x:0:0:root:/root:/bin/bash
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
broken
@@directory
/srv
@@mounts
/
/proc
/dev
/etc/hosts
/run/secrets/kubernetes.io/serviceaccount
/var/lib/claimed
@@listening
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 71 1
   1: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 72 1
   2: 0100007F:0016 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 73 1
   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 74 1
@@echoes
Icmp: InMsgs OutEchos OutEchoReps
Icmp: 5 2 3
Icmp6OutEchos                   	0
@@processes
Name:	nginx
Pid:	1
PPid:	0
Uid:	0	0	0	0
Gid:	0	0	0	0
Name:	nginx
Pid:	7
PPid:	1
Uid:	33	33	33	33
Gid:	33	33	33	33
Name:	sh
Pid:	40
PPid:	0
Uid:	1000	1000	1000	1000
Gid:	1000	1000	1000	1000
Name:	cat
Pid:	41
PPid:	40
Uid:	1000	1000	1000	1000
Gid:	1000	1000	1000	1000
@@files
/run/nginx.pid
/var/log/nginx/error.log
/etc/nginx/conf.d/default.conf
/etc/mtab
/usr/lib/python3.11/__pycache__/os.pyc
/srv/app/__pycache__/main.pyc
@@directories
/
/etc
/proc
/dev
/run
/run/secrets
/var/lib/nginx
/var/lib/nginx/body
@@kept
/etc/nginx/conf.d
/var/log/nginx
/usr/share/nginx
@@structured
/var/lib/samba/printers
/var/log/nginx
@@guarded
drwx------ 2  0  0 4096 Nov 29 02:20 /etc/ssl/private
-rw-r----- 1  0 33  612 Nov 29 02:20 /etc/nginx/users
-rw------- 1 33 33  612 Nov 29 02:20 /etc/nginx/own
ls: /gone: No such file or directory
@@owners
drwxr-xr-x 2 33 33 4096 Nov 29 02:20 /var/lib/nginx
@@end
";

    fn strings<const N: usize>(all: [&str; N]) -> BTreeSet<String> {
        all.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_survey_says_who_works_where() {
        let survey = Survey::read(NGINX, |_| false).expect("a whole one");
        let www_data = RunsAs {
            uid: 33,
            gid: Some(33),
        };
        assert_eq!(survey.worker, Some(www_data), "who comes by exec is nobody");
        assert_eq!(survey.low_ports, [80, 443].into(), "connections are none");
        assert!(survey.pings);
        assert_eq!(
            survey.written,
            strings([
                "/etc/nginx/conf.d",
                "/run",
                "/var/lib/nginx",
                "/var/log/nginx"
            ])
        );
        assert!(survey.is_filled("/etc/nginx/conf.d") && survey.is_filled("/etc/nginx"));
        assert!(!survey.is_filled("/var/log/nginx"), "logs are made anew");
        assert!(!survey.is_filled("/var/lib/nginx"));
        assert!(survey.may_be_filled("/etc/nginx") && !survey.may_be_filled("/etc/ssl"));
        assert!(!survey.may_be_filled("/var/log/nginx"));
        assert!(survey.is_structured("/var/lib/samba") && !survey.is_structured("/var/lib/nginx"));
        assert!(!survey.is_structured("/var/log"));
        assert_eq!(survey.user("www-data"), Some(www_data));
        assert_eq!(survey.user("33"), Some(www_data));
        assert_eq!(survey.user("70"), Some(RunsAs { uid: 70, gid: None }));
        assert_eq!(survey.user("root"), None);
        assert_eq!(survey.owned, strings(["/var/lib/nginx"]));
        assert_eq!(survey.directory, "/srv");
    }

    #[test]
    fn what_a_user_may_not_read_is_closed_to_it() {
        let survey = Survey::read(NGINX, |_| false).expect("a whole one");
        let user = |uid, gid| Some(RunsAs { uid, gid });
        let own = survey.worker;
        for (path, to, closed) in [
            ("/etc/ssl/private/key.pem", own, true),
            ("/etc/nginx/users", own, false),
            ("/etc/nginx/users", user(1000, Some(1000)), true),
            ("/etc/nginx/users", user(1000, None), true),
            ("/etc/nginx/users", None, true),
            ("/etc/nginx/own", user(33, None), false),
            ("/etc/nginx/nginx.conf", None, false),
        ] {
            assert_eq!(survey.is_closed(path, to), closed, "{path} {to:?}");
        }
        assert_eq!(survey.reader("/etc/nginx/users"), own);
        assert_eq!(survey.reader("/etc/ssl/private/key.pem"), None);
    }

    /// A program of root that writes to volumes of the image and to a directory, which belong to one user.
    #[test]
    fn whose_the_data_is_the_program_is() {
        let of = |owners: &str| {
            let answer = format!(
                "@@users\nprom:x:100:101::/:/bin/false\n@@mounts\n/\n/var/lib/prom\n@@files\n/var/log/prom/x.log\n\
                 @@processes\nName:\tprom\nPid:\t1\nPPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n@@owners\n{owners}\n@@end"
            );
            Survey::read(&answer, |_| false)
                .expect("a whole one")
                .worker
        };
        let line = |ids: &str, path: &str| format!("drwxr-xr-x 2 {ids} 4096 Nov 29 02:20 {path}\n");
        let prom = Some(RunsAs {
            uid: 100,
            gid: Some(101),
        });
        let volume = line("100 4", "/var/lib/prom");
        assert_eq!(of(&volume), prom, "with its own group");
        assert_eq!(of(&line("100 4", "/var/log/prom")), prom);
        let mail = line("8 8", "/var/mail");
        assert_eq!(of(&format!("{volume}{mail}")), prom, "nobody writes there");
        assert_eq!(of(&mail), None);
        let other = line("7 7", "/var/log/prom");
        assert_eq!(
            of(&format!("{volume}{other}")),
            None,
            "whose it is, is open"
        );
        assert_eq!(of(&line("0 0", "/var/lib/prom")), None);
    }

    /// They stay writable under a read-only root, for those who own them.
    #[test]
    fn volumes_of_the_image_that_its_user_cannot_write_are_written_to() {
        let answer = "@@mounts\n/\n/proc\n/etc/hosts\n/var/lib/own\n/var/lib/open\n/var/lib/closed\n/var/lib/claimed\n@@processes\n\
            Name:\tx\nPid:\t1\nPPid:\t0\nUid:\t70\t70\t70\t70\nGid:\t70\t70\t70\t70\n@@owners\n\
            -rw-r--r-- 1 0 0 9 Nov 29 02:20 /etc/hosts\n\
            drwxr-xr-x 1 0 0 9 Nov 29 02:20 /\n\
            dr-xr-xr-x 1 0 0 9 Nov 29 02:20 /proc\n\
            drwxr-xr-x 1 70 70 9 Nov 29 02:20 /var/lib/own\n\
            drwxrwxrwx 1 0 0 9 Nov 29 02:20 /var/lib/open\n\
            drwxr-xr-x 1 0 0 9 Nov 29 02:20 /var/lib/closed\n\
            drwxr-xr-x 1 70 70 9 Nov 29 02:20 /var/lib/claimed\n@@end";
        let survey = Survey::read(answer, |place| place == "/var/lib/claimed");
        let survey = survey.expect("a whole one");
        assert_eq!(survey.written, strings(["/var/lib/closed"]));
        assert_eq!(
            survey.owned,
            strings(["/var/lib/own"]),
            "perhaps not before"
        );
    }

    #[test]
    fn half_a_survey_is_none() {
        for cut in ["", "@@users\nroot:x:0:0", NGINX.trim_end_matches("@@end\n")] {
            assert_eq!(Survey::read(cut, |_| false), None);
        }
        let nothing = Survey::read("@@end", |_| false).expect("nothing but whole");
        assert_eq!(nothing, Survey::default());
    }
}
