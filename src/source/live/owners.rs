//! Objects that a controller makes are hardened in their controller.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Stopped;
use super::listing::Listing;
use super::object::{Controller, controller, is_mirror, shown, text};
use crate::cluster::{Failure, Pages, Resource, Scope};
use crate::workload::Coverage;

/// How many controllers of a type are read one by one; more are listed.
const FEW: usize = 10;

/// How far up controllers are followed.
const LEVELS: usize = 8;

/// What a controller is hardened for.
#[derive(Clone, Debug)]
pub(super) struct Controlled {
    first: String,
    count: usize,
}

/// Controllers that are still to be read, in a stable order.
pub(super) type Pending = BTreeMap<Controller, Controlled>;

impl Controlled {
    fn says(&self, shown: &str) -> String {
        let Self { first, count } = self;
        match count {
            1 => format!("note: {first} comes from {shown}, which is taken instead"),
            n => format!(
                "note: {first} and {} more come from {shown}, which is taken instead",
                n - 1
            ),
        }
    }
}

impl Listing<'_> {
    /// Hands an object on to be hardened, or keeps its controller in mind instead.
    pub(super) fn route(
        &mut self,
        resource: &Resource,
        object: Value,
        controlled: Option<Controlled>,
    ) -> Result<(), Stopped> {
        let shown = shown(resource, &object);
        let Some(owner) = controller(&object).filter(|_| !is_mirror(&object)) else {
            let remark = controlled.map(|controlled| controlled.says(&shown));
            return self.emit(resource, object, remark);
        };
        let coverage = self.kinds().coverage(&owner.api_version, &owner.kind);
        if coverage != Coverage::Covered {
            let remark = format!(
                "Warning: {shown} is made by {}/{}, whose pod spec is not known: a change of {shown} will be undone. \
                 Harden it there, or name its pod spec under workloads in .kubectl-harden.yaml",
                owner.kind.to_lowercase(),
                owner.name
            );
            return self.emit(resource, object, Some(remark));
        }
        let controlled = controlled.unwrap_or(Controlled {
            first: shown,
            count: 1,
        });
        if resource.kind != "Pod" {
            let uid = text(&object, "/metadata/uid").to_owned();
            self.controlled_by.insert(uid, owner.clone());
        }
        self.keep(owner, controlled);
        Ok(())
    }

    fn keep(&mut self, owner: Controller, controlled: Controlled) {
        let known = self.pending.entry(owner);
        let merged = known.and_modify(|known| known.count += controlled.count);
        merged.or_insert(controlled);
    }

    /// Reads the controllers that are kept in mind, and theirs, up to the topmost.
    pub(super) async fn controllers(&mut self) -> Result<(), Stopped> {
        for _ in 0..LEVELS {
            let pending = std::mem::take(&mut self.pending);
            let pending = pending.into_iter();
            let left: Vec<_> = pending
                .filter(|(owner, _)| !self.emitted.contains(&owner.uid))
                .collect();
            let mut by_kind: BTreeMap<(String, String), Pending> = BTreeMap::new();
            for (owner, controlled) in left {
                if let Some(above) = self.controlled_by.get(&owner.uid).cloned() {
                    self.keep(above, controlled);
                    continue;
                }
                let kind = (owner.api_version.clone(), owner.kind.clone());
                by_kind.entry(kind).or_default().insert(owner, controlled);
            }
            if by_kind.is_empty() && self.pending.is_empty() {
                return Ok(());
            }
            for ((api_version, kind), owners) in by_kind {
                self.of_kind(&api_version, &kind, owners).await?;
            }
        }
        Ok(())
    }

    async fn of_kind(
        &mut self,
        api_version: &str,
        kind: &str,
        owners: Pending,
    ) -> Result<(), Stopped> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let server = self.server;
        let resource = match self.types.of_kind(server, group, kind).await {
            Ok(Some(resource)) => resource,
            Ok(None) => {
                let message = format!(
                    "the server doesn't have a resource of the kind {kind} in {api_version}"
                );
                let hint = "its objects are controllers of others: is its CRD gone?";
                return self.fail(kind, Failure::new(message, hint));
            }
            Err(failure) => return self.fail(kind, failure),
        };
        let left = match owners.len() > FEW {
            true => self.listed(&resource, owners).await?,
            false => owners,
        };
        for (owner, controlled) in left {
            self.one(&resource, owner, controlled).await?;
        }
        Ok(())
    }

    /// Many controllers are found in a list, which takes fewer requests. Gives those that were not in it.
    async fn listed(
        &mut self,
        resource: &Resource,
        mut owners: Pending,
    ) -> Result<Pending, Stopped> {
        let mut namespaces: Vec<_> = owners.keys().map(|owner| owner.namespace.clone()).collect();
        namespaces.dedup();
        let namespace = match namespaces.as_slice() {
            [one] => Some(one.as_str()),
            _ => None,
        };
        let scope = Scope {
            namespace,
            labels: None,
            fields: None,
            chunk: self.selection().chunk_size,
        };
        let mut by_uid: BTreeMap<String, Controller> = BTreeMap::new();
        for owner in owners.keys() {
            by_uid.insert(owner.uid.clone(), owner.clone());
        }
        let mut pages = Pages::new(self.server, resource, scope);
        loop {
            let page = match pages.next().await {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(owners),
                Err(failure) => {
                    self.fail(&resource.qualified(), failure)?;
                    return Ok(Pending::new());
                }
            };
            for object in page {
                let owner = by_uid.get(text(&object, "/metadata/uid"));
                if let Some(controlled) = owner.and_then(|owner| owners.remove(owner)) {
                    self.route(resource, object, Some(controlled))?;
                }
            }
        }
    }

    async fn one(
        &mut self,
        resource: &Resource,
        owner: Controller,
        controlled: Controlled,
    ) -> Result<(), Stopped> {
        let namespace = Some(owner.namespace.as_str()).filter(|name| !name.is_empty());
        let path = format!("{}/{}", resource.path(namespace), owner.name);
        let gone = format!(
            "Warning: {} is gone, which made {}: left out, it goes too",
            resource.object(&owner.name),
            controlled.first
        );
        match self.server.get::<Value>(&path).await {
            Ok(object) if text(&object, "/metadata/uid") == owner.uid => {
                self.route(resource, object, Some(controlled))
            }
            Ok(_) => self.remark(gone),
            Err(failure) if failure.code == 404 => self.remark(gone),
            Err(failure) => self.fail(&resource.object(&owner.name), failure),
        }
    }
}
