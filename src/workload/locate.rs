//! Finding the pod specs of a document.

use super::kinds::{PodFields, group_matches};
use super::other_kinds::NOT_COVERED;
use super::{Kinds, Object, Trail, Workload};
use crate::yaml::{NodeId, Path, Positions, Tree};

/// What a document holds.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The workloads in order.
    pub workloads: Vec<Workload>,
    /// Objects that run containers in a form that is not edited, and why.
    pub not_covered: Vec<(Object, String)>,
    /// How many Kubernetes objects there are, whether they run pods or not.
    pub objects: usize,
}

/// Why a pod spec cannot be located with certainty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LocateError {
    /// The node that is not what it should be.
    pub at: NodeId,
    /// What is wrong, in lower case.
    pub message: String,
}

pub(super) fn uncertain<T>(at: NodeId, message: impl Into<String>) -> Result<T, LocateError> {
    let message = message.into();
    Err(LocateError { at, message })
}

/// Finds the workloads of a document: an object, a `List`, a typed list or an OpenShift `Template`.
///
/// # Errors
/// An object of a known kind whose pod spec or containers are not of the type that Kubernetes demands.
pub fn locate(tree: &Tree, kinds: &Kinds) -> Result<Found, LocateError> {
    let mut found = Found::default();
    if let Some(root) = tree.root() {
        let mut locator = Locator {
            tree,
            kinds,
            found: &mut found,
        };
        locator.object(root, None, 0)?;
    }
    Ok(found)
}

const MAX_LISTS: usize = 8;

pub(super) struct Locator<'t> {
    pub(super) tree: &'t Tree,
    kinds: &'t Kinds,
    found: &'t mut Found,
}

impl Locator<'_> {
    pub(super) fn text(&self, mapping: NodeId, path: &[&str]) -> Option<String> {
        let node = self.tree.get_path(mapping, path)?;
        (self.tree.is_scalar(node) && !self.tree.is_null(node))
            .then(|| self.tree.value(node).to_owned())
    }

    /// `implied` are the apiVersion and kind that a typed list gives to its items.
    fn object(
        &mut self,
        written: NodeId,
        implied: Option<(&str, &str)>,
        lists: usize,
    ) -> Result<(), LocateError> {
        let node = self.tree.resolve(written);
        let kind = self.text(node, &["kind"]);
        let Some(kind) = kind.or_else(|| implied.map(|(_, kind)| kind.to_owned())) else {
            return Ok(());
        };
        let api_version = self.text(node, &["apiVersion"]);
        let api_version = api_version.or_else(|| implied.map(|(version, _)| version.to_owned()));
        let has_version = api_version.is_some();
        let name = self.text(node, &["metadata", "name"]);
        let generated = || Some(self.text(node, &["metadata", "generateName"])? + "*");
        let object = Object {
            api_version: api_version.unwrap_or_default(),
            kind,
            name: name
                .or_else(generated)
                .unwrap_or_else(|| "<unnamed>".into()),
            namespace: self
                .text(node, &["metadata", "namespace"])
                .unwrap_or_default(),
            node,
            at: self.tree.start(node),
        };
        self.found.objects += 1;
        if let Some(items) = self.list_of(&object) {
            return self.items(&object, items, lists);
        }
        let Some((paths, fields)) = self.kinds.rows(&object) else {
            if let Some(why) = self.why_not_covered(&object) {
                self.found.not_covered.push((object, why));
            }
            return Ok(());
        };
        let mut trail = Trail::default();
        trail.pass(self.tree, written);
        let mut specs = Vec::new();
        for path in paths {
            self.walk(node, path, String::new(), &mut trail, &mut specs)?;
        }
        if !has_version && !specs.is_empty() {
            let message = format!("kind {} without an apiVersion", object.kind);
            return uncertain(node, message);
        }
        self.workload(object, specs, fields, trail)
    }

    fn workload(
        &mut self,
        object: Object,
        specs: Vec<(NodeId, String)>,
        fields: PodFields,
        mut trail: Trail,
    ) -> Result<(), LocateError> {
        let pods = specs
            .into_iter()
            .map(|(spec, path)| self.pod(&object, spec, path, fields, &mut trail))
            .collect::<Result<Vec<_>, _>>()?;
        let pods: Vec<_> = pods.into_iter().flatten().collect();
        if !pods.is_empty() {
            self.found.workloads.push(Workload {
                object,
                pods,
                trail,
            });
        }
        Ok(())
    }

    /// The items of a `List` or typed list, the objects of an OpenShift `Template`.
    fn list_of(&self, object: &Object) -> Option<NodeId> {
        let key = match object.kind.as_str() {
            "Template" if matches!(object.group(), "" | "template.openshift.io") => "objects",
            kind if kind.ends_with("List") => "items",
            _ => return None,
        };
        let items = self.tree.get(object.node, key)?;
        self.tree.is_sequence(items).then_some(items)
    }

    fn items(&mut self, list: &Object, items: NodeId, lists: usize) -> Result<(), LocateError> {
        if lists >= MAX_LISTS {
            return uncertain(
                items,
                format!("lists nested deeper than {MAX_LISTS} levels"),
            );
        }
        let typed = list
            .kind
            .strip_suffix("List")
            .filter(|kind| !kind.is_empty());
        let implied = typed.map(|kind| (list.api_version.as_str(), kind));
        let items: Vec<_> = self.tree.items(items).collect();
        items
            .into_iter()
            .try_for_each(|item| self.object(item, implied, lists + 1))
    }

    fn why_not_covered(&self, object: &Object) -> Option<String> {
        let listed = NOT_COVERED.iter().find(|(group, kinds, _)| {
            group_matches(group, object.group()) && kinds.contains(&object.kind.as_str())
        });
        if let Some((_, _, why)) = listed {
            return Some((*why).to_owned());
        }
        let path = self.pod_spec_like(object.node)?;
        Some(format!(
            "a kind that is not known, with containers at {path}; \
             map it under `workloads:` in .kubectl-harden.yaml"
        ))
    }

    /// The path of the first list of `containers` with images in an object of an unknown kind.
    fn pod_spec_like(&self, object: NodeId) -> Option<String> {
        let tree = self.tree;
        tree.subtree(object).find_map(|id| {
            let containers = tree.own_entry(id, "containers").map(|(_, value)| value)?;
            let first = tree.resolve(tree.items(containers).next()?);
            tree.get(first, "image")?;
            Path::between(tree, object, id, &mut Positions::default()).map(|path| path.to_string())
        })
    }

    fn walk(
        &self,
        node: NodeId,
        path: &str,
        walked: String,
        trail: &mut Trail,
        specs: &mut Vec<(NodeId, String)>,
    ) -> Result<(), LocateError> {
        let (step, rest) = path.split_once('.').unwrap_or((path, ""));
        let next: Vec<(NodeId, String)> = match step {
            "[]" => {
                let items = self.tree.items(node).enumerate();
                items
                    .map(|(i, item)| (item, format!("{walked}[{i}]")))
                    .collect()
            }
            "*" => {
                let entries = self.tree.entries(node);
                entries
                    .map(|(key, value)| (value, format!("{walked}.{}", self.tree.value(key))))
                    .collect()
            }
            key => {
                let dot = if walked.is_empty() { "" } else { "." };
                let entry = self.tree.get_entry(node, key);
                entry
                    .map(|(_, value)| (value, format!("{walked}{dot}{key}")))
                    .into_iter()
                    .collect()
            }
        };
        for (written, walked) in next {
            let node = self.tree.resolve(written);
            if self.tree.is_null(node) {
                continue;
            }
            trail.pass(self.tree, written);
            let wants_list = rest.starts_with("[]");
            let fits = self.tree.is_mapping(node) || (wants_list && self.tree.is_sequence(node));
            if !fits {
                let what = if wants_list { "a list" } else { "a mapping" };
                return uncertain(node, format!("{walked} is not {what}"));
            }
            if rest.is_empty() {
                specs.push((node, walked));
            } else {
                self.walk(node, rest, walked, trail, specs)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::KINDS;
    use crate::yaml;

    fn found(text: &str) -> Result<Found, LocateError> {
        let tree = yaml::locate(text.as_bytes()).expect("YAML");
        locate(&tree, &Kinds::default())
    }

    #[test]
    fn every_kind_of_the_table_is_found() {
        for row in KINDS {
            for path in row.pod_specs {
                let mut text = r#"{"containers": [{"name": "a", "image": "b"}]}"#.to_owned();
                for step in path.rsplit('.') {
                    text = match step {
                        "[]" => format!("[{text}]"),
                        "*" => format!(r#"{{"any": {text}}}"#),
                        key => format!(r#"{{"{key}": {text}}}"#),
                    };
                }
                let group = row.group.replace('*', "x");
                let head = format!(r#"{{"apiVersion": "{group}/v1", "kind": "{}", "#, row.kind);
                let text = text.replacen('{', &head, 1);
                let found = found(&text).expect("located");
                assert_eq!(found.workloads.len(), 1, "{text}");
                assert!(!found.workloads[0].pods[0].is_partial, "{text}");
            }
        }
    }

    #[test]
    fn typed_lists_lend_their_kind() {
        let text = "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- spec: {template: {spec: {containers: [{name: a, image: b}]}}}\n";
        let found = found(text).expect("located");
        assert_eq!(
            found.workloads[0].object.resource(),
            "deployment.apps/<unnamed>"
        );
    }

    #[test]
    fn other_shapes_are_said_not_guessed() {
        let text = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {templates: [{container: {image: x}}]}\n";
        assert_eq!(found(text).expect("located").not_covered.len(), 1);
        let text =
            "apiVersion: x.io/v1\nkind: Foo\nspec: {foo: [{pod: {containers: [{image: x}]}}]}\n";
        let foo = found(text).expect("located");
        assert!(foo.not_covered[0].1.contains("spec.foo[0].pod;"), "{foo:?}");
        let text = "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: {a: b}}}}\n";
        let error = found(text).expect_err("not a list");
        assert_eq!(error.message, "spec.template.spec.containers is not a list");
        let text = "kind: Pod\nspec: {containers: [{name: a, image: b}]}\n";
        assert!(
            found(text)
                .expect_err("no version")
                .message
                .contains("apiVersion")
        );
    }
}
