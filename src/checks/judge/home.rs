//! HOME for a program that writes to its own and has none that it could write to.

use super::{Judge, Level, Topic};
use crate::checks::Value;
use crate::workload::{listed, present};
use crate::yaml::NodeId;

impl Judge<'_> {
    /// A container whose image is known to need it gets HOME, unless it has one.
    pub(super) fn home(&mut self) {
        for (i, container) in self.pod.containers.iter().enumerate() {
            let home = self.facts.get(i).and_then(|facts| facts.home.clone());
            let Some(home) = home.filter(|_| container.is_long_lived() && !self.is_seed(container))
            else {
                continue;
            };
            if self.has_home(container.node) || !self.can_append(container.node, "env") {
                continue;
            }
            let item = vec![("name", Value::word("HOME")), ("value", Value::text(&home))];
            self.append(container.node, Level::Container, &["env"], Value::Map(item));
            let text =
                format!("HOME={home}: it writes there, and the image's own cannot be written");
            self.note(Topic::Value, Some(i), text);
        }
    }

    fn has_home(&self, container: NodeId) -> bool {
        listed(self.tree, container, &["env"]).any(|item| {
            let name = present(self.tree, item, &["name"]);
            name.is_some_and(|name| self.tree.value(name) == "HOME")
        })
    }
}
