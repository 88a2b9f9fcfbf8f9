//! One pod spec: its containers, and what it says of itself.

use super::locate::{LocateError, Locator, uncertain};
use super::{Container, Object, PodFields, PodOs, PodSpec, Role, Trail, listed, present};
use crate::yaml::NodeId;

/// The most containers of one list that are read: far more than the API server takes in one object.
const MAX_CONTAINERS: usize = 10_000;

impl Locator<'_> {
    /// A pod spec, unless the mapping there has nothing of one.
    pub(super) fn pod(
        &self,
        object: &Object,
        spec: NodeId,
        path: String,
        fields: PodFields,
        trail: &mut Trail,
    ) -> Result<Option<PodSpec>, LocateError> {
        let mut containers = Vec::new();
        for role in [Role::Init, Role::Regular, Role::Ephemeral] {
            self.containers(spec, &path, role, trail, &mut containers)?;
        }
        self.pass_context(spec, trail);
        if containers.is_empty() && self.tree.get(spec, "securityContext").is_none() {
            return Ok(None);
        }
        let mut regular = containers.iter().filter(|c| c.role == Role::Regular);
        let is_partial = regular.clone().next().is_none()
            || (present(self.tree, object.node, &["spec", "selector"]).is_none()
                && regular.any(|c| present(self.tree, c.node, &["image"]).is_none()));
        Ok(Some(PodSpec {
            node: spec,
            path,
            containers,
            claims: self.claims(object.node),
            fields,
            is_partial,
            os: self.os(spec),
            has_user_namespace: present(self.tree, spec, &["hostUsers"])
                .is_some_and(|users| self.tree.as_bool(users) == Some(false)),
            annotations: self.annotations(object.node, spec),
            pod_annotations: self
                .tree
                .parent(spec)
                .and_then(|holder| self.tree.get_path(holder, &["metadata", "annotations"])),
        }))
    }

    fn claims(&self, object: NodeId) -> Vec<String> {
        listed(self.tree, object, &["spec", "volumeClaimTemplates"])
            .filter_map(|item| self.text(item, &["metadata", "name"]))
            .collect()
    }

    fn os(&self, spec: NodeId) -> PodOs {
        let is_windows = |path: &[&str]| self.text(spec, path).as_deref() == Some("windows");
        let selectors = ["kubernetes.io/os", "beta.kubernetes.io/os"];
        if is_windows(&["os", "name"]) {
            PodOs::Windows
        } else if selectors.iter().any(|os| is_windows(&["nodeSelector", os])) {
            PodOs::WindowsNodes
        } else {
            PodOs::Linux
        }
    }

    fn containers(
        &self,
        spec: NodeId,
        path: &str,
        role: Role,
        trail: &mut Trail,
        containers: &mut Vec<Container>,
    ) -> Result<(), LocateError> {
        let key = role.key();
        if present(self.tree, spec, &[key]).is_none() {
            return Ok(());
        }
        let Some(list) = trail.enter(self.tree, spec, key) else {
            return Ok(());
        };
        if !self.tree.is_sequence(list) {
            return uncertain(list, format!("{path}.{key} is not a list"));
        }
        if self.tree.items(list).nth(MAX_CONTAINERS).is_some() {
            let message = format!("{path}.{key} has more than {MAX_CONTAINERS} items");
            return uncertain(list, message);
        }
        for (index, item) in self.tree.items(list).enumerate() {
            let node = self.tree.resolve(item);
            if !self.tree.is_mapping(node) {
                return uncertain(item, format!("{path}.{key}[{index}] is not a mapping"));
            }
            trail.pass(self.tree, item);
            self.pass_context(node, trail);
            let name = self.text(node, &["name"]);
            containers.push(Container {
                node,
                item,
                name: name.unwrap_or_else(|| format!("{key}[{index}]")),
                image: self.text(node, &["image"]).unwrap_or_default(),
                role,
                index,
            });
        }
        Ok(())
    }

    fn pass_context(&self, holder: NodeId, trail: &mut Trail) {
        let Some(context) = trail.enter(self.tree, holder, "securityContext") else {
            return;
        };
        for key in ["seccompProfile", "capabilities"] {
            trail.enter(self.tree, context, key);
        }
    }

    fn annotations(&self, object: NodeId, spec: NodeId) -> Vec<NodeId> {
        let template = self.tree.parent(spec).filter(|&parent| parent != object);
        [Some(object), template]
            .into_iter()
            .flatten()
            .filter_map(|holder| self.tree.get_path(holder, &["metadata", "annotations"]))
            .filter(|&annotations| self.tree.is_mapping(annotations))
            .collect()
    }
}
