//! Who else changes a workload: the tool that would undo a change made in the cluster, and who set a field.

mod field_managers;
mod find;
mod marks;
mod rules;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use field_managers::{is_person, last_manager};

use marks::Marks;
use rules::{RULES, Rule};

/// A tool that keeps a workload as its own source has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// `Argo CD`, `Flux`, `Helm`, `OLM`.
    pub tool: String,
    /// The application, release or kustomization, with its namespace where that is known; empty where nothing says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What says so: the label, annotation, owner reference or field manager.
    pub evidence: String,
    /// What to change instead.
    pub advice: String,
    /// Whether a change in the cluster waits for `--include-managed`: the tool may undo it, by itself or the next
    /// time that it is run.
    pub blocks: bool,
}

/// The tools that own `object`, which is an object as the API server gives it, `managedFields` included.
pub fn owners(object: &Value) -> Vec<Owner> {
    let marks = Marks::of(object);
    let found: Vec<_> = RULES
        .iter()
        .filter_map(|rule| Some((rule, (rule.find)(&marks)?)))
        .collect();
    let is_found = |tool: &&'static str| found.iter().any(|(rule, _)| rule.tool == *tool);
    let mut owners: Vec<Owner> = found
        .iter()
        .filter(|(rule, _)| !rule.yields_to.iter().any(is_found))
        .map(|(rule, (name, evidence))| owner(rule, name, evidence))
        .collect();
    if owners.is_empty() {
        owners.extend(rules::said_to_be_managed(&marks));
    }
    owners
}

fn owner(rule: &Rule, name: &str, evidence: &str) -> Owner {
    let named = match name {
        "" => rule.thing.to_owned(),
        name => format!("{} {name}", rule.thing),
    };
    Owner {
        tool: rule.tool.to_owned(),
        name: name.to_owned(),
        evidence: evidence.to_owned(),
        advice: rule.advice.replace("{}", &named),
        blocks: rule.blocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deployment() -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}})
    }

    fn with(metadata: Value) -> Vec<Owner> {
        let mut object = deployment();
        let fields = metadata.as_object().expect("fields").clone();
        object["metadata"]
            .as_object_mut()
            .expect("fields")
            .extend(fields);
        owners(&object)
    }

    fn manages_spec(manager: &str) -> Value {
        json!({"manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}})
    }

    /// Metadata, and tool, name and whether it blocks for each owner.
    type Case = (Value, &'static [(&'static str, &'static str, bool)]);

    fn table(cases: Vec<Case>) {
        for (metadata, wanted) in cases {
            let owners = with(metadata.clone());
            let seen: Vec<_> = owners
                .iter()
                .map(|owner| (owner.tool.as_str(), owner.name.as_str(), owner.blocks))
                .collect();
            assert_eq!(seen, wanted, "{metadata}");
            for owner in &owners {
                assert!(
                    !owner.evidence.is_empty() && !owner.advice.contains("{}"),
                    "{owner:?}"
                );
                assert!(
                    !owner.advice.contains('\n') && !owner.advice.ends_with('.'),
                    "{owner:?}"
                );
            }
        }
    }

    #[test]
    fn argo_cd() {
        let key = "argocd.argoproj.io/tracking-id";
        table(vec![
            (
                json!({"annotations": {key: "web:apps/Deployment:shop/web"}}),
                &[("Argo CD", "web", true)],
            ),
            (
                json!({"annotations": {key: "teams_web:apps/Deployment:shop/web"}}),
                &[("Argo CD", "teams/web", true)],
            ),
            // Copied from another object, which Argo CD does not take for its own.
            (
                json!({"annotations": {key: "web:apps/Deployment:shop/api"}}),
                &[],
            ),
            (
                json!({"annotations": {key: "web:apps/StatefulSet:shop/web"}}),
                &[],
            ),
            (
                json!({"annotations": {key: "web:example.com/Deployment:shop/web"}}),
                &[],
            ),
            (
                json!({"annotations": {key: "web:apps/Deployment:test/web"}}),
                &[],
            ),
            (json!({"annotations": {key: "nonsense"}}), &[]),
            (
                json!({"labels": {"argocd.argoproj.io/instance": "web"}}),
                &[("Argo CD", "web", true)],
            ),
            (
                json!({"annotations": {key: "web:apps/Deployment:shop/api"}, "labels": {"argocd.argoproj.io/instance": "web"}}),
                &[],
            ),
            (
                json!({"labels": {"app.kubernetes.io/instance": "web"}}),
                &[],
            ),
            (
                json!({"managedFields": [manages_spec("argocd-controller")]}),
                &[("Argo CD", "", true)],
            ),
            (
                json!({"labels": {"app.kubernetes.io/instance": "web"}, "managedFields": [manages_spec("argocd-application-controller")]}),
                &[("Argo CD", "web", true)],
            ),
            (
                json!({"managedFields": [{"manager": "argocd-controller", "fieldsV1": {"f:metadata": {"f:labels": {}}}}]}),
                &[],
            ),
        ]);
    }

    #[test]
    fn argo_cd_names_the_group_of_the_object() {
        let cases = [
            ("v1", "Pod", "web:/Pod:shop/web", 1),
            ("v1", "Pod", "web:apps/Pod:shop/web", 0),
            (
                "argoproj.io/v1alpha1",
                "Rollout",
                "web:argoproj.io/Rollout:shop/web",
                1,
            ),
        ];
        for (version, kind, id, wanted) in cases {
            let object = json!({"apiVersion": version, "kind": kind, "metadata": {
                "name": "web", "namespace": "shop", "annotations": {"argocd.argoproj.io/tracking-id": id},
            }});
            assert_eq!(owners(&object).len(), wanted, "{id}");
        }
    }

    #[test]
    fn flux() {
        let kustomize = json!({"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"});
        let disabled = json!({"kustomize.toolkit.fluxcd.io/reconcile": "disabled"});
        table(vec![
            (
                json!({"labels": kustomize}),
                &[("Flux", "flux-system/apps", true)],
            ),
            (
                json!({"labels": kustomize, "annotations": disabled}),
                &[("Flux", "flux-system/apps", false)],
            ),
            (
                json!({"labels": kustomize, "managedFields": [manages_spec("kustomize-controller")]}),
                &[("Flux", "flux-system/apps", true)],
            ),
            (
                json!({"managedFields": [manages_spec("kustomize-controller")]}),
                &[("Flux", "", true)],
            ),
            (
                json!({
                    "labels": {
                        "helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "shop",
                        "app.kubernetes.io/managed-by": "Helm",
                    },
                    "annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"},
                    "managedFields": [manages_spec("helm-controller")],
                }),
                &[("Flux", "shop/web", true)],
            ),
            (
                json!({"managedFields": [manages_spec("helm-controller")], "annotations": {"meta.helm.sh/release-name": "web"}}),
                &[("Flux", "web", true)],
            ),
        ]);
    }

    #[test]
    fn helm() {
        let release =
            json!({"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"});
        table(vec![
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": release}),
                &[("Helm", "shop/web", true)],
            ),
            (
                json!({"annotations": release}),
                &[("Helm", "shop/web", true)],
            ),
            (
                json!({"managedFields": [manages_spec("helm")]}),
                &[("Helm", "", true)],
            ),
            // A chart that was rendered and applied by something else.
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}}),
                &[],
            ),
        ]);
        let advice = &with(json!({"annotations": release}))[0].advice;
        assert!(
            advice.contains("helm upgrade") && advice.contains("release shop/web"),
            "{advice}"
        );
    }

    #[test]
    fn operators() {
        let controller = |api: &str, kind: &str| json!({"ownerReferences": [{"apiVersion": api, "kind": kind, "name": "pg", "controller": true}]});
        let csv = json!({"ownerReferences": [{
            "apiVersion": "operators.coreos.com/v1alpha1", "kind": "ClusterServiceVersion", "name": "op.v1", "controller": false,
        }]});
        table(vec![
            (csv.clone(), &[("OLM", "op.v1", true)]),
            (
                json!({"labels": {"olm.owner": "op.v1", "olm.owner.kind": "ClusterServiceVersion", "olm.owner.namespace": "ops"}}),
                &[("OLM", "ops/op.v1", true)],
            ),
            (
                json!({"labels": {"olm.owner": "global", "olm.owner.kind": "OperatorGroup"}}),
                &[],
            ),
            (
                json!({"labels": {"operators.coreos.com/op.ops": ""}}),
                &[("OLM", "ops/op", true)],
            ),
            (
                json!({"labels": {
                    "olm.operatorframework.io/owner-kind": "ClusterExtension", "olm.operatorframework.io/owner-name": "op",
                }}),
                &[("OLM", "op", true)],
            ),
            (
                controller("acid.zalan.do/v1", "postgresql"),
                &[("an operator", "shop/pg", true)],
            ),
            (controller("apps/v1", "Deployment"), &[]),
            (controller("batch/v1", "CronJob"), &[]),
            (controller("node.k8s.io/v1", "RuntimeClass"), &[]),
            (
                json!({"ownerReferences": [{"apiVersion": "example.com/v1", "kind": "App", "name": "a", "controller": false}]}),
                &[],
            ),
        ]);
    }

    #[test]
    fn rancher() {
        let addon = json!({
            "objectset.rio.cattle.io/id": "", "objectset.rio.cattle.io/owner-gvk": "k3s.cattle.io/v1, Kind=Addon",
            "objectset.rio.cattle.io/owner-name": "coredns", "objectset.rio.cattle.io/owner-namespace": "kube-system",
        });
        let other = json!({
            "objectset.rio.cattle.io/id": "x", "objectset.rio.cattle.io/owner-gvk": "fleet.cattle.io/v1alpha1, Kind=Cluster",
            "objectset.rio.cattle.io/owner-name": "local", "objectset.rio.cattle.io/owner-namespace": "fleet-local",
        });
        let bundle = json!({
            "objectset.rio.cattle.io/id": "default-web", "meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop",
        });
        table(vec![
            (
                json!({"annotations": bundle}),
                &[("Rancher Fleet", "shop/web", true)],
            ),
            (
                json!({"annotations": addon}),
                &[("K3s or RKE2", "kube-system/coredns", true)],
            ),
            (
                json!({"annotations": other}),
                &[("a Rancher controller", "fleet-local/local", true)],
            ),
            (
                json!({"labels": {"objectset.rio.cattle.io/hash": "abc"}}),
                &[],
            ),
        ]);
    }

    #[test]
    fn config_sync() {
        let managed = |id: &str, managed: &str| {
            json!({"annotations": {
                "configmanagement.gke.io/managed": managed, "configsync.gke.io/resource-id": id,
                "configsync.gke.io/manager": ":root_shop",
            }})
        };
        table(vec![
            (
                managed("apps_deployment_shop_web", "enabled"),
                &[("Config Sync", ":root_shop", true)],
            ),
            (managed("apps_deployment_shop_api", "enabled"), &[]),
            (managed("apps_deployment_shop_web", "disabled"), &[]),
        ]);
    }

    #[test]
    fn others() {
        let mode = |mode: &str| json!({"labels": {"addonmanager.kubernetes.io/mode": mode}});
        table(vec![
            (json!({}), &[]),
            (mode("Reconcile"), &[("an addon manager", "", true)]),
            (mode("EnsureExists"), &[("an addon manager", "", false)]),
            (mode("Other"), &[]),
            (
                json!({"labels": {"kapp.k14s.io/app": "1638455805474051000"}}),
                &[("kapp", "1638455805474051000", true)],
            ),
            (
                json!({"managedFields": [manages_spec("eks")]}),
                &[("an Amazon EKS add-on", "", true)],
            ),
            (
                json!({"labels": {"kubernetes.azure.com/managedby": "aks"}}),
                &[("AKS", "", true)],
            ),
            (
                json!({"annotations": {"include.release.openshift.io/self-managed-high-availability": "true"}}),
                &[("the OpenShift release", "", true)],
            ),
            (
                json!({"annotations": {
                    "include.release.openshift.io/self-managed-high-availability": "true", "release.openshift.io/create-only": "true",
                }}),
                &[],
            ),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "pulumi"}}),
                &[("pulumi", "", false)],
            ),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "pulumi", "addonmanager.kubernetes.io/mode": "Reconcile"}}),
                &[("an addon manager", "", true)],
            ),
            (json!({"labels": {"app.kubernetes.io/managed-by": ""}}), &[]),
        ]);
    }

    #[test]
    fn an_object_that_is_none_has_no_owner() {
        for object in [
            json!(null),
            json!([]),
            json!({"metadata": {"labels": [], "ownerReferences": {}, "managedFields": [1]}}),
        ] {
            assert_eq!(owners(&object), []);
        }
    }

    #[test]
    fn they_are_written_as_they_are_read() {
        let owner = with(json!({"labels": {"argocd.argoproj.io/instance": "web"}})).remove(0);
        let written = serde_json::to_value(&owner).expect("JSON");
        assert_eq!(
            serde_json::from_value::<Owner>(written).expect("an owner"),
            owner
        );
    }
}
