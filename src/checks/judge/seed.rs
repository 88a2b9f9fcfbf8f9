//! A volume that is filled from the image before the container starts, where an empty one would hide files of the image.

use super::writable::MAX_NAME;
use super::{Judge, Level, Topic};
use crate::checks::Value;
use crate::workload::{Container, Role, mounts, present};
use crate::yaml::NodeId;

/// Where the init container mounts the volume that it fills.
const FILLED: &str = "/seed";

/// The directory in the volume that the container mounts. The program's user makes it, and so owns it: what is on the volume
/// itself is root's, and no other may change its owner or mode.
pub(super) const OWN: &str = "own";

/// Makes that directory, with a mode, and copies into it what is in the image's, but for the token that is mounted in `/run`.
/// Root keeps owners and modes as they are in the image. What the user may not read is left out, and said in its log. Without `&`, `<` and `>`, which the API server writes as `\\u0026` and the like.
const COPY: &str = r#"umask 022; mkdir -p -m "$1" /seed/own; cd "$0" || exit 0; p=; [ "$(id -u)" != 0 ] || { p=p; chown "$(stat -c %u:%g .)" /seed/own; chmod "$(stat -c %a .)" /seed/own; }; for f in * .[!.]* ..?*; do case "$0/$f" in /run/secrets|/var/run/secrets) continue;; esac; if [ -e "$f" ] || [ -L "$f" ]; then cp -RP$p "$f" /seed/own/; fi; done; true"#;

/// With these root gives files away, and reads those of others.
pub(super) const KEEPS_OWNERS: [&str; 3] = ["CHOWN", "DAC_OVERRIDE", "FOWNER"];

impl Judge<'_> {
    /// Fills a volume from the image, where that has files in the directory.
    pub(super) fn seed(&mut self, container: usize, dir: &str, volume: &str) {
        let (pod, tree) = (self.pod, self.tree);
        let Some(holder) = pod.containers.get(container) else {
            return;
        };
        if !self.is_seeded(container, dir) {
            return;
        }
        let text = |key| {
            let at = present(tree, holder.node, &[key]);
            at.map(|at| tree.value(at).to_owned())
        };
        let context = self.context_of_seed(container);
        let mount = Value::Map(vec![
            ("name", Value::text(volume)),
            ("mountPath", Value::word(FILLED)),
        ]);
        let mut init = vec![
            ("name", Value::text(self.seed_name(volume))),
            ("image", Value::text(&holder.image)),
        ];
        if let Some(policy) = text("imagePullPolicy") {
            init.push(("imagePullPolicy", Value::text(policy)));
        }
        let command = ["sh", "-c", COPY].map(Value::word).into_iter();
        let mode = if dir == "/tmp" { "1777" } else { "0755" };
        let command = command
            .chain([Value::text(dir), Value::word(mode)])
            .collect();
        init.push(("command", Value::List(command)));
        init.extend(self.resources(holder.node));
        init.push(("securityContext", Value::Map(context)));
        init.push(("volumeMounts", Value::List(vec![mount])));
        self.append(pod.node, Level::Pod, &["initContainers"], Value::Map(init));
        let text = format!("{dir} is filled from the image by an init container");
        self.note(Topic::WritableDirs, Some(container), text);
    }

    /// What the container itself asks for, which is enough, and which a quota may demand of every container. A pod does not
    /// ask for more by it: what counts is the most that one init container, or all others together, ask for
    /// (<https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers>).
    fn resources(&self, container: NodeId) -> Option<(&'static str, Value)> {
        let asked = ["requests", "limits"].into_iter().filter_map(|kind| {
            let amounts = ["cpu", "memory", "ephemeral-storage"].into_iter();
            let amounts = amounts.filter_map(|name| {
                let amount = present(self.tree, container, &["resources", kind, name])?;
                Some((name, Value::text(self.tree.value(amount))))
            });
            let amounts: Vec<_> = amounts.collect();
            (!amounts.is_empty()).then_some((kind, Value::Map(amounts)))
        });
        let asked: Vec<_> = asked.collect();
        (!asked.is_empty()).then_some(("resources", Value::Map(asked)))
    }

    /// Whether a directory of a container gets a volume that is filled first.
    pub(super) fn is_seeded(&self, container: usize, dir: &str) -> bool {
        let facts = self.facts.get(container);
        facts.is_some_and(|facts| facts.seeded.iter().any(|seeded| seeded == dir))
    }

    /// Whether a container is one that fills a volume: it runs an image, and does nothing that the image does.
    pub(super) fn is_seed(&self, container: &Container) -> bool {
        let command = present(self.tree, container.node, &["command"]);
        let mut words = command.into_iter().flat_map(|list| self.tree.items(list));
        words.any(|word| self.tree.as_str(word) == Some(COPY))
    }

    /// The container for which one fills a volume: who has a reason for that one has it for both.
    pub(super) fn served_by(&self, seed: usize) -> Option<usize> {
        let seed = self
            .pod
            .containers
            .get(seed)
            .filter(|one| self.is_seed(one))?;
        let filled = mounts(self.tree, seed).into_iter();
        let filled: Vec<_> = filled.filter(|mount| mount.path == FILLED).collect();
        let mut others = self.pod.containers.iter();
        others.position(|other| {
            let mounts = mounts(self.tree, other);
            let is_filled = |name: &String| filled.iter().any(|mount| mount.name == *name);
            !self.is_seed(other) && mounts.iter().any(|mount| is_filled(&mount.name))
        })
    }

    /// What the hardened profile demands of a container. Where the other one stays root this one is root too, with what it
    /// takes to copy files with their owners.
    fn context_of_seed(&self, container: usize) -> Vec<(&'static str, Value)> {
        let words =
            |words: &[&'static str]| Value::List(words.iter().copied().map(Value::word).collect());
        let mut capabilities = vec![("drop", words(&["ALL"]))];
        if !self.is_not_root(container) {
            capabilities.push(("add", words(&KEEPS_OWNERS)));
        }
        let profile = Value::Map(vec![("type", Value::word("RuntimeDefault"))]);
        let mut context = vec![
            ("allowPrivilegeEscalation", Value::Bool(false)),
            ("capabilities", Value::Map(capabilities)),
            ("readOnlyRootFilesystem", Value::Bool(true)),
        ];
        if self.is_not_root(container) {
            let run_as = self.wanted.run_as(Some(container));
            context.extend([
                ("runAsGroup", Value::Int(run_as.group)),
                ("runAsNonRoot", Value::Bool(true)),
                ("runAsUser", Value::Int(run_as.user)),
            ]);
        }
        context.push(("seccompProfile", profile));
        context
    }

    /// A name that no other container of the pod has: of the volume, which has one of its own.
    fn seed_name(&self, volume: &str) -> String {
        let plain = format!("seed-{volume}");
        let plain: String = plain.chars().take(MAX_NAME).collect();
        let numbered = (2..).map(|n| {
            let stem: String = plain.chars().take(MAX_NAME - 4).collect();
            format!("{stem}-{n}")
        });
        let is_free = |name: &String| {
            let mut others = self.pod.containers.iter();
            others.all(|other| other.name != *name || other.role == Role::Ephemeral)
        };
        let mut names = std::iter::once(plain.clone()).chain(numbered);
        names.find(is_free).unwrap_or(plain)
    }
}
