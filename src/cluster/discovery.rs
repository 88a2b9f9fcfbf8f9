//! Which types of resources a cluster has.

use kube::client::{APIGroupDiscovery, APIGroupDiscoveryList};
use serde::Deserialize;
use serde_json::Value;

use super::failure::Failure;
use super::resource::{Resource, TypeName, built_in};
use super::server::Server;

/// Asks for all groups at once; servers before Kubernetes 1.26 answer with the list of groups instead.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// The types that a cluster has, asked for when one is named that is not built in.
#[derive(Default)]
pub(crate) struct Types {
    known: Option<Vec<Resource>>,
    /// API groups whose types the server could not list.
    missing: Vec<String>,
}

#[derive(Deserialize)]
struct GroupVersion {
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    versions: Vec<GroupVersion>,
    preferred_version: Option<GroupVersion>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: String,
    #[serde(default)]
    singular_name: String,
    namespaced: bool,
    kind: String,
    #[serde(default)]
    short_names: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
}

#[derive(Deserialize)]
struct ListedResources {
    resources: Vec<Listed>,
}

impl Types {
    /// The resources of a TYPE.
    ///
    /// # Errors
    /// kubectl's sentence where the cluster has none of that name; no discovery.
    pub(crate) async fn find(
        &mut self,
        server: &Server,
        text: &str,
    ) -> Result<Vec<Resource>, Failure> {
        let name = TypeName::new(text);
        let built_in: Vec<_> = built_in().collect();
        let found = name.find(&built_in);
        if !found.is_empty() {
            return Ok(found);
        }
        let known = self.all(server).await?;
        let found = name.find(known);
        if !found.is_empty() {
            return Ok(found);
        }
        let message = format!("the server doesn't have a resource type \"{text}\"");
        let missing = self.missing.join(", ");
        Err(match missing.as_str() {
            _ if std::path::Path::new(text).exists() => {
                Failure::new(message, "files and directories are named with -f")
            }
            "" => Failure::new(message, "kubectl api-resources lists the types that it has"),
            missing => Failure::new(
                format!("{message}, but it cannot list those of {missing}"),
                "kubectl get apiservices shows what is not available",
            ),
        })
    }

    /// The resource of a kind, as an owner reference names it.
    pub(crate) async fn of_kind(
        &mut self,
        server: &Server,
        group: &str,
        kind: &str,
    ) -> Result<Option<Resource>, Failure> {
        let is_it = |resource: &Resource| resource.group == group && resource.kind == kind;
        if let Some(found) = built_in().find(is_it) {
            return Ok(Some(found));
        }
        let known = self.all(server).await?;
        Ok(known.iter().find(|resource| is_it(resource)).cloned())
    }

    /// All of them.
    ///
    /// # Errors
    /// No discovery.
    pub(crate) async fn all(&mut self, server: &Server) -> Result<&[Resource], Failure> {
        if self.known.is_none() {
            let mut known = Vec::new();
            for root in ["/api", "/apis"] {
                let answer: Value = server.get_as(root, AGGREGATED).await?;
                match answer.get("kind").and_then(Value::as_str) {
                    Some("APIGroupDiscoveryList") => self.aggregated(answer, &mut known)?,
                    _ => self.one_by_one(server, answer, &mut known).await?,
                }
            }
            self.known = Some(known);
        }
        Ok(self.known.as_deref().unwrap_or_default())
    }

    fn aggregated(&mut self, answer: Value, known: &mut Vec<Resource>) -> Result<(), Failure> {
        let list: APIGroupDiscoveryList = serde_json::from_value(answer)
            .map_err(|error| Failure::garbage("the server", &error.to_string()))?;
        for group in list.items {
            self.aggregated_group(group, known);
        }
        Ok(())
    }

    fn aggregated_group(&mut self, group: APIGroupDiscovery, known: &mut Vec<Resource>) {
        let name = group.metadata.and_then(|metadata| metadata.name);
        let name = name.unwrap_or_default();
        for version in group.versions {
            if version.freshness.as_deref() == Some("Stale") {
                self.missing.push(name.clone());
            }
            let of = version.version.unwrap_or_default();
            known.extend(version.resources.into_iter().filter_map(|resource| {
                Some(Resource {
                    group: name.clone(),
                    version: of.clone(),
                    kind: resource.response_kind?.kind?,
                    plural: resource.resource?,
                    singular: resource.singular_resource.unwrap_or_default(),
                    short_names: resource.short_names,
                    categories: resource.categories,
                    is_namespaced: resource.scope.as_deref() != Some("Cluster"),
                })
            }));
        }
    }

    /// What servers without aggregated discovery need: a request for each version of each group. A group that
    /// cannot be listed does not stop the others.
    async fn one_by_one(
        &mut self,
        server: &Server,
        answer: Value,
        known: &mut Vec<Resource>,
    ) -> Result<(), Failure> {
        let core = answer
            .get("versions")
            .filter(|_| answer.get("groups").is_none());
        if core.is_some() {
            return self.group_version(server, "", "v1", known).await;
        }
        let groups = answer.get("groups").cloned().unwrap_or(Value::Null);
        let groups: Vec<Group> = serde_json::from_value(groups)
            .map_err(|error| Failure::garbage("the server", &error.to_string()))?;
        for group in groups {
            let preferred = group.preferred_version.map(|preferred| preferred.version);
            let mut versions: Vec<_> = group.versions.into_iter().map(|v| v.version).collect();
            versions.sort_by_key(|version| Some(version) != preferred.as_ref());
            for version in versions {
                self.group_version(server, &group.name, &version, known)
                    .await?;
            }
        }
        Ok(())
    }

    async fn group_version(
        &mut self,
        server: &Server,
        group: &str,
        version: &str,
        known: &mut Vec<Resource>,
    ) -> Result<(), Failure> {
        let path = match group {
            "" => format!("/api/{version}"),
            group => format!("/apis/{group}/{version}"),
        };
        let listed: ListedResources = match server.get(&path).await {
            Ok(listed) => listed,
            Err(failure) if failure.code == 0 || group.is_empty() => return Err(failure),
            Err(_) => {
                self.missing.push(group.to_owned());
                return Ok(());
            }
        };
        let resources = listed.resources.into_iter();
        let resources = resources.filter(|resource| !resource.name.contains('/'));
        known.extend(resources.map(|resource| Resource {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: resource.kind,
            plural: resource.name,
            singular: resource.singular_name,
            short_names: resource.short_names,
            categories: resource.categories,
            is_namespaced: resource.namespaced,
        }));
        Ok(())
    }
}
