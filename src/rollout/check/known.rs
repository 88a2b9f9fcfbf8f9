//! Objects that have been read already, or are read in lists: one request for hundreds of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::stream::{self, StreamExt};
use serde_json::Value;

use crate::cluster::{Pages, Resource, Scope, Server};
use crate::rollout::plan::{ObjectRef, PlannedWorkload};

/// From how many workloads of one kind and namespace on they are listed.
const MANY: usize = 8;

/// How many objects a page of a list has.
const PAGE: usize = 500;

/// How many objects are read for each that is wanted, at most: a plan can be of a few among thousands.
const MOST_PER_WANTED: usize = 8;

/// How many lists are read at a time.
const AT_A_TIME: usize = 4;

/// Objects as JSON, by uid. What is known of an object may be old by the time it is used: whatever is sent for it has
/// to name its resource version.
#[derive(Debug, Default)]
pub(in crate::rollout) struct Known(HashMap<String, Vec<u8>>);

impl Known {
    /// Keeps an object of a list.
    pub(in crate::rollout) fn add(&mut self, object: &ObjectRef, json: Vec<u8>) {
        self.0.insert(object.uid.clone(), json);
    }

    /// The object as a GET would give it, once.
    pub(super) fn take(&mut self, object: &ObjectRef) -> Option<Value> {
        let json = self.0.remove(&object.uid)?;
        let mut value: Value = serde_json::from_slice(&json).ok()?;
        let fields = value.as_object_mut()?;
        // Items of lists leave out what the list says for all of them.
        for (i, (key, text)) in [("kind", &object.kind), ("apiVersion", &object.api_version)]
            .into_iter()
            .enumerate()
        {
            if !fields.contains_key(key) {
                fields.shift_insert(i, key.into(), text.as_str().into());
            }
        }
        Some(value)
    }

    /// Lists what is not known yet where that takes fewer requests. What cannot be listed has to be read one by one.
    pub(super) async fn list(&mut self, server: &Server, workloads: &[PlannedWorkload]) {
        let unknown = workloads.iter().map(|workload| &workload.object);
        let unknown = unknown.filter(|object| !self.0.contains_key(&object.uid));
        let mut groups: BTreeMap<String, Vec<&ObjectRef>> = BTreeMap::new();
        for object in unknown {
            groups.entry(object.collection()).or_default().push(object);
        }
        let many = groups.into_values().filter(|group| group.len() >= MANY);
        let found = many.map(|group| Self::group(server, group));
        let mut found = stream::iter(found).buffer_unordered(AT_A_TIME);
        while let Some(group) = found.next().await {
            self.0.extend(group);
        }
    }

    async fn group(server: &Server, wanted: Vec<&ObjectRef>) -> HashMap<String, Vec<u8>> {
        let mut found = HashMap::new();
        let Some(first) = wanted.first() else {
            return found;
        };
        let version = first.api_version.rsplit('/').next().unwrap_or_default();
        let resource = Resource::namespaced(first.group(), version, &first.resource);
        let uids: HashSet<&str> = wanted.iter().map(|object| object.uid.as_str()).collect();
        let scope = Scope {
            namespace: Some(first.namespace.as_str()).filter(|namespace| !namespace.is_empty()),
            labels: None,
            fields: None,
            chunk: u32::try_from(PAGE).unwrap_or(u32::MAX),
        };
        let mut pages = Pages::new(server, &resource, scope);
        let mut read = 0;
        while let Ok(Some(page)) = pages.next().await {
            read += page.len();
            for object in page {
                let uid = object.pointer("/metadata/uid").and_then(Value::as_str);
                let Some(uid) = uid.filter(|uid| uids.contains(uid)) else {
                    continue;
                };
                if let Ok(json) = serde_json::to_vec(&object) {
                    found.insert(uid.to_owned(), json);
                }
            }
            if found.len() == uids.len() || read > PAGE + uids.len() * MOST_PER_WANTED {
                break;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_item_of_a_list_becomes_the_object_that_a_get_gives() {
        let object = ObjectRef {
            api_version: "apps/v1".into(),
            kind: "Deployment".into(),
            resource: "deployments".into(),
            namespace: "shop".into(),
            name: "web".into(),
            uid: "u".into(),
        };
        let whole =
            json!({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"uid": "u"}});
        for item in [json!({"metadata": {"uid": "u"}}), whole.clone()] {
            let mut known = Known::default();
            known.add(&object, item.to_string().into_bytes());
            let taken = known.take(&object).expect("known");
            assert_eq!(taken.to_string(), whole.to_string());
            assert_eq!(known.take(&object), None, "it is old by now");
        }
    }
}
