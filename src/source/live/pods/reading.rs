//! Reading pods, and objects to find their pods.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{LivePod, Pods};
use crate::cli::Selection;
use crate::cluster::{Failure, Pages, Resource, Scope, Server, Types, label_selector};
use crate::source::Missing;
use crate::source::live::ancestry::Ancestry;
use crate::source::live::listing::is_system;
use crate::source::live::object::{Controller, shown, text};
use crate::workload::{Coverage, Kinds};

/// One run through the cluster.
pub(super) struct Reading<'r> {
    server: &'r Server,
    types: Types,
    ancestry: Ancestry<'r>,
    kinds: Kinds,
    selection: &'r Selection,
    namespace: String,
    pods: BTreeMap<(String, String), LivePod>,
    /// Namespaces of the cluster itself.
    left_out: BTreeSet<String>,
    rest: Pods,
}

impl<'r> Reading<'r> {
    pub(super) fn new(server: &'r Server, selection: &'r Selection, namespace: &str) -> Self {
        Self {
            server,
            types: Types::default(),
            ancestry: Ancestry::new(server, selection.chunk_size),
            kinds: Kinds::default(),
            selection,
            namespace: namespace.to_owned(),
            pods: BTreeMap::new(),
            left_out: BTreeSet::new(),
            rest: Pods::default(),
        }
    }

    /// Reads pods, and those of workloads, by type and name.
    pub(super) async fn named(&mut self, names: &[(String, String)]) -> Result<(), Missing> {
        for (of, name) in names {
            if let Err((path, failure)) = self.one(of, name).await {
                self.fail(path, failure)?;
            }
        }
        Ok(())
    }

    async fn one(&mut self, of: &str, name: &str) -> Result<(), (String, Failure)> {
        let given = || format!("{of}/{name}");
        let found = self.types.find(self.server, of).await;
        let resource = match found.map_err(|failure| (given(), failure))?.as_slice() {
            [resource] => resource.clone(),
            _ => {
                let message = "you must specify only one resource";
                let hint = "a category such as all takes no name";
                return Err((given(), Failure::new(message, hint)));
            }
        };
        self.runs_pods(&resource)
            .map_err(|failure| (given(), failure))?;
        let path = format!("{}/{name}", resource.path(Some(&self.namespace)));
        let object: Result<Value, _> = self.server.get(&path).await;
        let object = object.map_err(|failure| (resource.object(name), failure))?;
        self.behind(&resource, object).await
    }

    /// Reads all of types.
    pub(super) async fn every(&mut self, types: &[String]) -> Result<(), Missing> {
        for of in types {
            let found = match self.types.find(self.server, of).await {
                Ok(found) => found,
                Err(failure) => {
                    self.fail(of.clone(), failure)?;
                    continue;
                }
            };
            let is_category = found.len() > 1;
            for resource in found {
                let read = match self.runs_pods(&resource) {
                    Err(_) if is_category => Ok(()),
                    Err(failure) => Err((resource.qualified(), failure)),
                    Ok(()) => self.all_of(&resource).await,
                };
                if let Err((path, failure)) = read {
                    self.fail(path, failure)?;
                }
            }
        }
        Ok(())
    }

    fn runs_pods(&self, resource: &Resource) -> Result<(), Failure> {
        let coverage = self.kinds.coverage(&resource.api_version(), &resource.kind);
        match coverage {
            Coverage::NoPods => Err(Failure::new(
                format!(
                    "{} run no pods: there is nobody to look at",
                    resource.qualified()
                ),
                "name pods or workloads, such as deploy/web",
            )),
            _ => Ok(()),
        }
    }

    async fn all_of(&mut self, resource: &Resource) -> Result<(), (String, Failure)> {
        let namespace = (!self.selection.all_namespaces).then(|| self.namespace.clone());
        let scope = Scope::new(namespace.as_deref(), self.selection);
        let mut pages = Pages::new(self.server, resource, scope);
        let failed = |failure| (resource.qualified(), failure);
        while let Some(mut page) = pages.next().await.map_err(failed)? {
            if self.selection.all_namespaces {
                page.retain(|object| self.is_meant(object));
            }
            if resource.kind == "Pod" {
                self.take(page).await;
                continue;
            }
            for object in page {
                self.behind(resource, object).await?;
            }
        }
        Ok(())
    }

    /// With `-A`, as elsewhere: the namespaces of the cluster itself are left out.
    fn is_meant(&mut self, object: &Value) -> bool {
        let namespace = text(object, "/metadata/namespace");
        let is_left_out = is_system(namespace);
        if is_left_out {
            self.left_out.insert(namespace.to_owned());
        }
        !is_left_out
    }

    /// Takes a pod, or the pods that an object controls, itself or through others.
    async fn behind(
        &mut self,
        resource: &Resource,
        object: Value,
    ) -> Result<(), (String, Failure)> {
        if resource.kind == "Pod" && resource.group.is_empty() {
            self.take(vec![object]).await;
            return Ok(());
        }
        let uid = text(&object, "/metadata/uid").to_owned();
        let selector = label_selector(&object);
        let scope = Scope {
            namespace: Some(text(&object, "/metadata/namespace")),
            labels: selector.as_deref(),
            fields: None,
            chunk: self.selection.chunk_size,
        };
        let pod = Resource::namespaced("", "v1", "pods");
        let mut pages = Pages::new(self.server, &pod, scope);
        let failed = |failure| (shown(resource, &object), failure);
        let before = self.pods.len();
        while let Some(page) = pages.next().await.map_err(failed)? {
            self.ancestry.prepare(&mut self.types, &page).await;
            for pod in page {
                let line = self.ancestry.of(&mut self.types, &pod).await;
                if line.iter().any(|above| above.uid == uid) {
                    self.keep(pod, &line);
                }
            }
        }
        if self.pods.len() == before {
            let remark = format!("note: {} has no pods", shown(resource, &object));
            self.rest.remarks.push(remark);
        }
        Ok(())
    }

    async fn take(&mut self, pods: Vec<Value>) {
        self.ancestry.prepare(&mut self.types, &pods).await;
        for pod in pods {
            let line = self.ancestry.of(&mut self.types, &pod).await;
            self.keep(pod, &line);
        }
    }

    /// The workload is what would be hardened: the topmost controller whose pod spec is known.
    fn keep(&mut self, pod: Value, line: &[Controller]) {
        let is_known = |one: &&Controller| {
            self.kinds.coverage(&one.api_version, &one.kind) == Coverage::Covered
        };
        let workload = line.iter().rfind(is_known).or(line.first());
        let name = text(&pod, "/metadata/name").to_owned();
        let workload = workload.map_or_else(|| format!("pod/{name}"), Controller::object);
        let key = (text(&pod, "/metadata/namespace").to_owned(), name);
        self.pods.insert(
            key,
            LivePod {
                object: pod,
                workload,
            },
        );
    }

    /// Says what failed; the rest goes on, where it can.
    fn fail(&mut self, path: String, failure: Failure) -> Result<(), Missing> {
        let missing = Missing {
            path,
            message: failure.message,
            hint: failure.hint,
        };
        match failure.is_general {
            true => Err(missing),
            false => {
                self.rest.missing.push(missing);
                Ok(())
            }
        }
    }

    /// What was found; `stopped` is what kept the rest from being read.
    pub(super) fn end(mut self, stopped: Option<Missing>) -> Pods {
        self.rest.missing.extend(stopped);
        if !self.left_out.is_empty() {
            let namespaces: Vec<_> = self.left_out.iter().map(String::as_str).collect();
            self.rest.remarks.push(format!(
                "note: pods of the cluster's own namespaces left out ({}); -n names one of them",
                namespaces.join(", ")
            ));
        }
        let is_silent = self.rest.missing.is_empty() && self.rest.remarks.is_empty();
        if self.pods.is_empty() && is_silent {
            self.rest.remarks.push(match self.selection.all_namespaces {
                true => "No resources found".into(),
                false => format!("No resources found in {} namespace.", self.namespace),
            });
        }
        Pods {
            pods: self.pods.into_values().collect(),
            ..self.rest
        }
    }
}
