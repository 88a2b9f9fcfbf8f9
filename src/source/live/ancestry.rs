//! Who controls an object, and who controls that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::object::{Controller, controller, is_mirror, text};
use crate::cluster::{Pages, Resource, Scope, Server, Types};

/// How many controllers of a kind are read one by one; more are listed.
const FEW: usize = 10;

/// How far up controllers are followed.
const LEVELS: usize = 8;

/// Controllers that have been read, each once. One that cannot be read ends the way up.
pub(super) struct Ancestry<'a> {
    server: &'a Server,
    chunk: u32,
    /// The controllers of objects, by the objects' uids.
    above: HashMap<String, Option<Controller>>,
}

impl<'a> Ancestry<'a> {
    pub(super) fn new(server: &'a Server, chunk: u32) -> Self {
        Self {
            server,
            chunk,
            above: HashMap::new(),
        }
    }

    /// The controllers of an object, from the nearest to the topmost.
    pub(super) async fn of(&mut self, types: &mut Types, object: &Value) -> Vec<Controller> {
        let mut line: Vec<Controller> = Vec::new();
        let mut next = controller(object).filter(|_| !is_mirror(object));
        while let Some(one) = next.filter(|_| line.len() < LEVELS) {
            next = match self.above.get(&one.uid) {
                Some(above) => above.clone(),
                None => self.read(types, &one).await,
            };
            line.push(one);
        }
        line
    }

    /// Reads what [`Self::of`] will need for many objects: a list takes fewer requests than one for each.
    pub(super) async fn prepare(&mut self, types: &mut Types, objects: &[Value]) {
        let own = objects.iter().filter(|object| !is_mirror(object));
        let mut level: BTreeSet<Controller> = own.filter_map(controller).collect();
        for _ in 0..LEVELS {
            level.retain(|one| !self.above.contains_key(&one.uid));
            let mut by_kind: BTreeMap<_, Vec<&Controller>> = BTreeMap::new();
            for one in &level {
                let kind = (one.api_version.as_str(), one.kind.as_str());
                by_kind.entry(kind).or_default().push(one);
            }
            for (_, many) in by_kind.into_iter().filter(|(_, all)| all.len() > FEW) {
                self.list(types, &many).await;
            }
            let above = level
                .iter()
                .filter_map(|one| self.above.get(&one.uid)?.clone());
            level = above.collect();
        }
    }

    async fn read(&mut self, types: &mut Types, one: &Controller) -> Option<Controller> {
        let resource = resource(types, self.server, one).await?;
        let namespace = Some(one.namespace.as_str()).filter(|name| !name.is_empty());
        let path = format!("{}/{}", resource.path(namespace), one.name);
        let object: Option<Value> = self.server.get(&path).await.ok();
        let object = object.filter(|object| text(object, "/metadata/uid") == one.uid);
        let above = object.as_ref().and_then(controller);
        self.above.insert(one.uid.clone(), above.clone());
        above
    }

    async fn list(&mut self, types: &mut Types, many: &[&Controller]) {
        let Some(first) = many.first() else {
            return;
        };
        let Some(resource) = resource(types, self.server, first).await else {
            return;
        };
        let is_one_namespace = many.iter().all(|one| one.namespace == first.namespace);
        let scope = Scope {
            namespace: is_one_namespace.then_some(first.namespace.as_str()),
            labels: None,
            fields: None,
            chunk: self.chunk,
        };
        let mut pages = Pages::new(self.server, &resource, scope);
        while let Ok(Some(page)) = pages.next().await {
            for object in page {
                let uid = text(&object, "/metadata/uid").to_owned();
                self.above.insert(uid, controller(&object));
            }
        }
    }
}

async fn resource(types: &mut Types, server: &Server, of: &Controller) -> Option<Resource> {
    let found = types.of_kind(server, of.group(), &of.kind).await;
    found.ok().flatten()
}
