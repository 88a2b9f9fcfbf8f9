//! From what the command line selects to objects, one after the other.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::mpsc::SyncSender;

use serde_json::Value;

use super::arguments::Wanted;
use super::object::{Controller, live_object, text};
use super::owners::Pending;
use super::{Item, Query, Stopped};
use crate::cli::Selection;
use crate::cluster::{Connected, Failure, Pages, Resource, Scope, Server, Types};
use crate::source::{Input, Missing, Named, Origin};
use crate::workload::{Coverage, Kinds};

/// Namespaces of the cluster itself.
const SYSTEM: [&str; 3] = ["kube-node-lease", "kube-public", "kube-system"];

/// How all namespaces of OpenShift's own start.
const SYSTEM_PREFIX: &str = "openshift-";

/// One run through the cluster.
pub(super) struct Listing<'l> {
    pub(super) server: &'l Server,
    pub(super) types: Types,
    pub(super) emitted: HashSet<String>,
    pub(super) pending: Pending,
    /// The controllers of objects that have been read, by the objects' uids.
    pub(super) controlled_by: HashMap<String, Controller>,
    query: &'l Query,
    namespace: String,
    sender: &'l SyncSender<Item>,
    left_out: BTreeMap<String, usize>,
    has_failed: bool,
}

impl<'l> Listing<'l> {
    pub(super) fn new(
        server: &'l Server,
        connected: &Connected,
        query: &'l Query,
        sender: &'l SyncSender<Item>,
    ) -> Self {
        let namespace = query.selection.namespace.clone();
        Self {
            server,
            types: Types::default(),
            emitted: HashSet::new(),
            pending: Pending::new(),
            controlled_by: HashMap::new(),
            query,
            namespace: namespace.unwrap_or_else(|| connected.namespace.clone()),
            sender,
            left_out: BTreeMap::new(),
            has_failed: false,
        }
    }

    pub(super) fn kinds(&self) -> &Kinds {
        &self.query.kinds
    }

    pub(super) fn selection(&self) -> &'l Selection {
        &self.query.selection
    }

    /// Reads everything that is selected.
    pub(super) async fn run(&mut self, wanted: &Wanted) -> Result<(), Stopped> {
        let selection = self.selection();
        let is_implied = selection.namespace.is_none() && !selection.all_namespaces;
        if is_implied && is_system(&self.namespace) {
            let namespace = &self.namespace;
            let failure = Failure::general(
                format!("the context's namespace {namespace} is the cluster's own, and left out"),
                "-n names it, if it is meant",
            );
            return self.fail("cluster", failure);
        }
        match wanted {
            Wanted::Named(names) => {
                for (of, name) in names {
                    self.named(of, name).await?;
                }
            }
            Wanted::Every(types) => self.every(types).await?,
        }
        self.controllers().await?;
        self.last_remarks()
    }

    async fn named(&mut self, of: &str, name: &str) -> Result<(), Stopped> {
        let shown = format!("{of}/{name}");
        let found = self.types.find(self.server, of).await;
        let resource = match found.as_deref() {
            Ok([resource]) => resource.clone(),
            Ok(_) => {
                let failure = Failure::new(
                    "you must specify only one resource",
                    "a category such as all takes no name",
                );
                return self.fail(&shown, failure);
            }
            Err(failure) => return self.fail(&shown, failure.clone()),
        };
        if let Some(failure) = self.runs_none(&resource) {
            return self.fail(&shown, failure);
        }
        let path = format!("{}/{name}", resource.path(Some(&self.namespace)));
        match self.server.get::<Value>(&path).await {
            Ok(object) => self.route(&resource, object, None),
            Err(failure) => self.fail(&resource.object(name), failure),
        }
    }

    async fn every(&mut self, types: &[String]) -> Result<(), Stopped> {
        let mut resources: Vec<Resource> = Vec::new();
        for of in types {
            let found = match self.types.find(self.server, of).await {
                Ok(found) => found,
                Err(failure) => {
                    self.fail(of, failure)?;
                    continue;
                }
            };
            let is_category = found.len() > 1;
            for resource in found {
                match self.runs_none(&resource) {
                    Some(_) if is_category => {}
                    Some(failure) => self.fail(&resource.qualified(), failure)?,
                    None if resources.contains(&resource) => {}
                    None => resources.push(resource),
                }
            }
        }
        for resource in &resources {
            self.all_of(resource).await?;
        }
        Ok(())
    }

    fn runs_none(&self, resource: &Resource) -> Option<Failure> {
        let coverage = self
            .kinds()
            .coverage(&resource.api_version(), &resource.kind);
        (coverage == Coverage::NoPods).then(|| {
            Failure::new(
                format!(
                    "{} run no pods: there is nothing to harden",
                    resource.qualified()
                ),
                "name workloads, such as deploy,sts,ds,cj",
            )
        })
    }

    async fn all_of(&mut self, resource: &Resource) -> Result<(), Stopped> {
        let selection = self.selection();
        let namespace = (!selection.all_namespaces).then(|| self.namespace.clone());
        let scope = Scope::new(namespace.as_deref(), selection);
        let mut pages = Pages::new(self.server, resource, scope);
        loop {
            let page = match pages.next().await {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(()),
                Err(failure) => return self.fail(&resource.qualified(), failure),
            };
            for object in page {
                let namespace = text(&object, "/metadata/namespace");
                if selection.all_namespaces && is_system(namespace) {
                    *self.left_out.entry(namespace.to_owned()).or_default() += 1;
                } else {
                    self.route(resource, object, None)?;
                }
            }
        }
    }

    /// Hands an object on to be hardened, once.
    pub(super) fn emit(
        &mut self,
        resource: &Resource,
        object: Value,
        remark: Option<String>,
    ) -> Result<(), Stopped> {
        if !self
            .emitted
            .insert(text(&object, "/metadata/uid").to_owned())
        {
            return Ok(());
        }
        let object = live_object(
            resource,
            object,
            remark.into_iter().collect(),
            self.query.keeps_raw,
        );
        self.send(Item::Input(Ok(Input {
            origin: Origin::Live(Box::new(object)),
            named: Named::No,
        })))
    }

    /// Says what failed; the rest goes on, where it can.
    pub(super) fn fail(&mut self, path: &str, failure: Failure) -> Result<(), Stopped> {
        self.has_failed = true;
        self.send(Item::Input(Err(Missing {
            path: path.to_owned(),
            message: failure.message,
            hint: failure.hint,
        })))?;
        match failure.is_general {
            true => Err(Stopped),
            false => Ok(()),
        }
    }

    pub(super) fn remark(&self, remark: String) -> Result<(), Stopped> {
        self.send(Item::Remark(remark))
    }

    fn send(&self, item: Item) -> Result<(), Stopped> {
        self.sender.send(item).map_err(|_| Stopped)
    }

    fn last_remarks(&self) -> Result<(), Stopped> {
        let left_out: usize = self.left_out.values().sum();
        if left_out > 0 {
            let namespaces: Vec<_> = self.left_out.keys().map(String::as_str).collect();
            let namespaces = namespaces.join(", ");
            let objects = if left_out == 1 { "object" } else { "objects" };
            self.remark(format!(
                "note: {left_out} {objects} of the cluster's own namespaces left out ({namespaces}); -n names one of them"
            ))?;
        }
        if self.emitted.is_empty() && !self.has_failed && left_out == 0 {
            self.remark(match self.selection().all_namespaces {
                true => "No resources found".into(),
                false => format!("No resources found in {} namespace.", self.namespace),
            })?;
        }
        Ok(())
    }
}

/// Whether a namespace is of the cluster itself.
pub(super) fn is_system(namespace: &str) -> bool {
    SYSTEM.contains(&namespace) || namespace.starts_with(SYSTEM_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::is_system;

    #[test]
    fn system_namespaces_are_the_clusters_own() {
        for name in [
            "kube-system",
            "kube-public",
            "kube-node-lease",
            "openshift-dns",
        ] {
            assert!(is_system(name), "{name}");
        }
        for name in [
            "default",
            "kube",
            "kube-systems",
            "openshift",
            "my-openshift-x",
        ] {
            assert!(!is_system(name), "{name}");
        }
    }
}
