//! Directories to write to, beside a root that is read-only.

use std::collections::HashSet;

use super::seed::OWN;
use super::{Fix, Judge, Level, Status, Topic};
use crate::checks::{State, Value, WritableDirs, read_only_root_filesystem, writable_dirs};
use crate::container_path::{is_within, without_links};
use crate::workload::{Mount, mounts};
use crate::yaml::NodeId;

/// The longest name of a volume (RFC 1123 label).
pub(super) const MAX_NAME: usize = 63;

impl Judge<'_> {
    /// Every container with a read-only root, now or after the change, gets a volume at each directory that it writes to;
    /// without `--writable-dirs` a note names them.
    pub(super) fn writable_dirs(&mut self) {
        let pod = self.pod;
        if pod.is_partial || pod.os.is_windows() || !self.policy.includes(&writable_dirs::CHECK) {
            return;
        }
        let mut names: HashSet<String> = self.volumes.iter().map(|v| v.name.clone()).collect();
        for (i, container) in pod.containers.iter().enumerate() {
            if !container.is_long_lived() || self.is_seed(container) || !self.needs_volumes(i) {
                continue;
            }
            let mounts = mounts(self.tree, container);
            let (wanted, hidden) = self.wanted_dirs(i);
            let missing: Vec<_> = wanted
                .into_iter()
                .filter(|dir| !is_covered(dir, &mounts))
                .collect();
            match &self.policy.writable_dirs {
                Some(_) if !missing.is_empty() => {
                    self.mount(i, &missing, &mut names);
                    self.note_hidden(i, &hidden, &mounts);
                }
                Some(_) => {}
                None => self.note_dirs(i, &missing, &hidden, &mounts),
            }
        }
    }

    /// Where a container writes: to be mounted, and what an empty volume would hide.
    fn wanted_dirs(&self, container: usize) -> (Vec<String>, Vec<String>) {
        let tmp = || "/tmp".to_owned();
        let facts = self.facts.get(container);
        let of_image = || {
            let known = facts.into_iter();
            let dirs = known.flat_map(|facts| facts.writable.iter().flatten().chain(&facts.seeded));
            dirs.cloned().collect::<Vec<_>>()
        };
        let hidden = facts.and_then(|facts| facts.filled.clone());
        let hidden = hidden.unwrap_or_default();
        match &self.policy.writable_dirs {
            None => (of_image(), hidden),
            Some(WritableDirs::Tmp) => (vec![tmp()], Vec::new()),
            Some(WritableDirs::These(paths)) => (paths.clone(), Vec::new()),
            Some(WritableDirs::Auto) => {
                let mut dirs = of_image();
                if !dirs.contains(&tmp()) {
                    dirs.push(tmp());
                }
                (dirs, hidden)
            }
        }
    }

    /// Whether a container cannot write where it has no volume: its root is read-only, or that is left to it alone, and its
    /// user owns none of it.
    fn needs_volumes(&self, i: usize) -> bool {
        let check = &read_only_root_filesystem::CHECK;
        let is_exempt = || matches!(self.why_left_alone(check, i), Some(Status::Exempt(_)));
        let is_asked = || self.policy.includes(check) && self.is_not_root(i);
        self.has_read_only_root(i) || is_asked() && is_exempt()
    }

    fn has_read_only_root(&self, container: usize) -> bool {
        let check = &read_only_root_filesystem::CHECK;
        let holder = self.pod.containers.get(container);
        let (Some(holder), Some(rule)) = (holder, &check.field) else {
            return false;
        };
        self.state_of(rule, holder.node) == State::Compliant || self.is_planned(holder.node, check)
    }

    fn mount(&mut self, container: usize, dirs: &[String], names: &mut HashSet<String>) {
        let Some(holder) = self.pod.containers.get(container) else {
            return;
        };
        let status = match self.why_left_alone(&writable_dirs::CHECK, container) {
            Some(status) => status,
            None if self.can_append(holder.node, "volumeMounts")
                && self.can_append(self.pod.node, "volumes")
                && !self.is_merged(holder.node) =>
            {
                Status::Fixed
            }
            None => Status::NeedsDecision,
        };
        if status == Status::Fixed {
            for dir in dirs {
                let name = volume_name(dir, &holder.name, names);
                self.add_volume(&name);
                let mut mount = vec![
                    ("name", Value::text(&name)),
                    ("mountPath", Value::text(dir)),
                ];
                if self.is_seeded(container, dir) {
                    mount.push(("subPath", Value::word(OWN)));
                }
                let mount = Value::Map(mount);
                self.append(holder.node, Level::Container, &["volumeMounts"], mount);
                self.seed(container, dir, &name);
            }
        }
        let node = holder.node;
        self.needs(
            &writable_dirs::CHECK,
            (container, node),
            dirs.to_vec(),
            status,
        );
    }

    fn add_volume(&mut self, name: &str) {
        let volume = Value::Map(vec![
            ("name", Value::text(name)),
            ("emptyDir", Value::Map(Vec::new())),
        ]);
        self.append(self.pod.node, Level::Pod, &["volumes"], volume);
    }

    pub(super) fn append(
        &mut self,
        holder: NodeId,
        level: Level,
        path: &'static [&'static str],
        item: Value,
    ) {
        self.out.fixes.push(Fix::Append {
            holder,
            level,
            path,
            item,
        });
    }

    /// Whether a list under a key is the holder's alone: one that comes by an anchor or a merge key has other users.
    pub(super) fn can_append(&self, holder: NodeId, key: &str) -> bool {
        let Some((_, written)) = self.tree.get_entry(holder, key) else {
            return true;
        };
        let own = self.tree.own_entry(holder, key).is_some();
        own && self.tree.resolve(written) == written && !self.tree.is_anchored(written)
    }

    /// Whether another container takes its keys from this one by a merge key.
    fn is_merged(&self, container: NodeId) -> bool {
        let mut others = self.pod.containers.iter();
        self.tree.is_anchored(container)
            && others.any(|other| {
                self.tree
                    .merged(other.node)
                    .any(|source| source == container)
            })
    }

    /// Said where this run makes the root read-only.
    fn note_dirs(&mut self, i: usize, dirs: &[String], hidden: &[String], mounts: &[Mount]) {
        let holder = self.pod.containers.get(i).map(|c| c.node);
        let becomes = |node| self.is_planned(node, &read_only_root_filesystem::CHECK);
        if !holder.is_some_and(becomes) {
            return;
        }
        if !dirs.is_empty() {
            let text = format!(
                "writes to {}: --writable-dirs mounts an emptyDir at each",
                dirs.join(", ")
            );
            self.note(Topic::WritableDirs, Some(i), text);
        }
        self.note_hidden(i, hidden, mounts);
    }

    fn note_hidden(&mut self, i: usize, hidden: &[String], mounts: &[Mount]) {
        let open = hidden.iter().filter(|dir| !is_covered(dir, mounts));
        let open: Vec<_> = open.map(String::as_str).collect();
        if !open.is_empty() {
            let text = format!(
                "writes to {}, where an empty volume does not do, for the image's files or for the owner: mount one that has \
                 them, or --skip=readOnlyRootFilesystem",
                open.join(", ")
            );
            self.note(Topic::WritableDirs, Some(i), text);
        }
    }
}

/// Whether a directory is on a volume: one that is mounted there or above.
fn is_covered(dir: &str, mounts: &[Mount]) -> bool {
    let dir = without_links(dir);
    let mut places = mounts.iter().map(|mount| without_links(&mount.path));
    places.any(|place| is_within(&dir, &place))
}

/// A name that no other volume has: of the directory, with the container's where that is taken.
fn volume_name(dir: &str, container: &str, taken: &mut HashSet<String>) -> String {
    let plain = label(dir);
    let own = label(&format!("{container}-{plain}"));
    let numbered = (2..).map(|n| {
        let end = format!("-{n}");
        let stem: String = own.chars().take(MAX_NAME - end.len()).collect();
        stem + &end
    });
    let mut names = [plain.clone(), own.clone()].into_iter().chain(numbered);
    let name = names.find(|name| !taken.contains(name)).unwrap_or(plain);
    taken.insert(name.clone());
    name
}

/// A path as an RFC 1123 label: `/var/cache/nginx` is `var-cache-nginx`.
fn label(path: &str) -> String {
    let word = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let words: String = path.chars().map(word).collect();
    let label: String = words.trim_matches('-').chars().take(MAX_NAME).collect();
    match label.trim_end_matches('-') {
        "" => "root".into(),
        label => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_volumes_are_labels_that_nobody_has() {
        let mut taken: HashSet<_> = ["var-cache-nginx".to_owned()].into();
        let mut name = |dir: &str| volume_name(dir, "web", &mut taken);
        assert_eq!(name("/tmp"), "tmp");
        assert_eq!(name("/tmp"), "web-tmp");
        assert_eq!(name("/tmp"), "web-tmp-2");
        assert_eq!(name("/var/cache/nginx"), "web-var-cache-nginx");
        assert_eq!(name("/Data_1/.x"), "data-1--x");
        let long = format!("/{}", "a/".repeat(60));
        for _ in 0..3 {
            let name = name(&long);
            assert!(name.len() <= MAX_NAME && !name.ends_with('-'), "{name}");
        }
        assert_eq!(name("/\u{fc}"), "root");
    }
}
