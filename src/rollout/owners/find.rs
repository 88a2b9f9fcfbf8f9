//! Reading the marks that each tool leaves.

use super::marks::{Found, Marks, qualified};

pub(super) fn labelled(marks: &Marks<'_>, key: &str) -> Option<Found> {
    let value = marks.label(key)?;
    Some((value.to_owned(), format!("label {key}: {value}")))
}

pub(super) fn managed_by(marks: &Marks<'_>, managers: &[&str], name: String) -> Option<Found> {
    let manager = marks.manager(managers)?;
    Some((name, format!("field manager {manager}")))
}

/// The annotation counts only if it is about this object: what copies an object copies its annotations too. The label
/// `app.kubernetes.io/instance` says nothing alone, as charts set it.
pub(super) fn argo_cd(marks: &Marks<'_>) -> Option<Found> {
    let key = "argocd.argoproj.io/tracking-id";
    let by_label = || labelled(marks, "argocd.argoproj.io/instance");
    let marked = match marks.annotation(key) {
        Some(id) => {
            tracked(marks, id).map(|name| (name.to_owned(), format!("annotation {key}: {id}")))
        }
        None => by_label(),
    };
    let (name, evidence) = marked.or_else(|| {
        let name = marks
            .label("app.kubernetes.io/instance")
            .unwrap_or_default();
        let managers = ["argocd-controller", "argocd-application-controller"];
        managed_by(marks, &managers, name.to_owned())
    })?;
    // An application outside Argo CD's own namespace is namespace_name; names have no underscore.
    Some((name.replacen('_', "/", 1), evidence))
}

/// The application of a tracking id, `application:group/kind:namespace/name`, if it is about this object.
fn tracked<'i>(marks: &Marks<'_>, id: &'i str) -> Option<&'i str> {
    let (application, about) = id.split_once(':')?;
    let this = format!(
        "{}/{}:{}/{}",
        marks.group(),
        marks.kind(),
        marks.namespace(),
        marks.name()
    );
    (about == this).then_some(application)
}

fn flux(marks: &Marks<'_>, group: &str) -> Option<Found> {
    let key = format!("{group}.toolkit.fluxcd.io/name");
    let namespace = marks.label(&format!("{group}.toolkit.fluxcd.io/namespace"));
    let (name, evidence) = labelled(marks, &key)?;
    Some((qualified(namespace.unwrap_or_default(), &name), evidence))
}

pub(super) fn flux_kustomization(marks: &Marks<'_>) -> Option<Found> {
    let by_manager = || managed_by(marks, &["kustomize-controller"], String::new());
    flux(marks, "kustomize").or_else(by_manager)
}

pub(super) fn flux_release(marks: &Marks<'_>) -> Option<Found> {
    flux(marks, "helm").or_else(|| managed_by(marks, &["helm-controller"], release(marks)))
}

pub(super) fn is_disabled(marks: &Marks<'_>) -> bool {
    marks.annotation("kustomize.toolkit.fluxcd.io/reconcile") == Some("disabled")
}

fn release(marks: &Marks<'_>) -> String {
    let text = |key: &str| marks.annotation(key).unwrap_or_default();
    qualified(
        text("meta.helm.sh/release-namespace"),
        text("meta.helm.sh/release-name"),
    )
}

pub(super) fn helm(marks: &Marks<'_>) -> Option<Found> {
    let key = "meta.helm.sh/release-name";
    let annotated = marks.annotation(key).map(|name| {
        let evidence = format!("annotation {key}: {name}");
        (release(marks), evidence)
    });
    annotated.or_else(|| managed_by(marks, &["helm", "Helm"], String::new()))
}

pub(super) fn olm(marks: &Marks<'_>) -> Option<Found> {
    let kind = |key: &str, kind: &str| marks.label(key).filter(|value| *value == kind).map(|_| ());
    let version = || {
        kind("olm.owner.kind", "ClusterServiceVersion")?;
        let namespace = marks.label("olm.owner.namespace").unwrap_or_default();
        let (name, evidence) = labelled(marks, "olm.owner")?;
        Some((qualified(namespace, &name), evidence))
    };
    let extension = || {
        kind("olm.operatorframework.io/owner-kind", "ClusterExtension")?;
        labelled(marks, "olm.operatorframework.io/owner-name")
    };
    let reference = || {
        let mut owners = marks.owner_references();
        let owner = owners.find(|owner| owner.kind == "ClusterServiceVersion")?;
        let evidence = format!("owner reference {}/{}", owner.kind, owner.name);
        Some((owner.name.to_owned(), evidence))
    };
    // operators.coreos.com/NAME.NAMESPACE, on all that belongs to an operator.
    let component = || {
        let key = marks.starting("labels", "operators.coreos.com/")?;
        let (_, id) = key.split_once('/')?;
        let (name, namespace) = id.rsplit_once('.').unwrap_or((id, ""));
        Some((qualified(namespace, name), format!("label {key}")))
    };
    version()
        .or_else(extension)
        .or_else(reference)
        .or_else(component)
}

/// The custom resource that controls an object. API groups of Kubernetes have no dot or end in `k8s.io`.
pub(super) fn operator(marks: &Marks<'_>) -> Option<Found> {
    let is_custom = |group: &str| group.contains('.') && !group.ends_with(".k8s.io");
    let mut owners = marks.owner_references();
    let owner = owners.find(|owner| owner.is_controller && is_custom(owner.group))?;
    let evidence = format!(
        "owner reference {}.{}/{}",
        owner.kind, owner.group, owner.name
    );
    Some((qualified(marks.namespace(), owner.name), evidence))
}

const OBJECT_SET: &str = "objectset.rio.cattle.io/id";
const OBJECT_SET_OWNER: &str = "objectset.rio.cattle.io/owner-gvk";

/// Fleet's agent deploys bundles as Helm releases, and marks what it deploys with the id alone.
pub(super) fn fleet(marks: &Marks<'_>) -> Option<Found> {
    let id = marks.annotation(OBJECT_SET)?;
    let is_bundle = !id.is_empty() && marks.annotation(OBJECT_SET_OWNER).is_none();
    is_bundle.then(|| (release(marks), format!("annotation {OBJECT_SET}: {id}")))
}

/// What is made by a controller of Rancher's library, with what it is made from.
pub(super) fn rancher_object(marks: &Marks<'_>, is_owner: fn(&str) -> bool) -> Option<Found> {
    let owner = marks
        .annotation(OBJECT_SET_OWNER)
        .filter(|owner| is_owner(owner))?;
    let text = |key: &str| marks.annotation(key).unwrap_or_default();
    let name = qualified(
        text("objectset.rio.cattle.io/owner-namespace"),
        text("objectset.rio.cattle.io/owner-name"),
    );
    Some((name, format!("annotation {OBJECT_SET_OWNER}: {owner}")))
}

/// Both annotations have to hold: the id is there so that a copied object is not taken for a managed one.
pub(super) fn config_sync(marks: &Marks<'_>) -> Option<Found> {
    let (key, id) = (
        "configmanagement.gke.io/managed",
        "configsync.gke.io/resource-id",
    );
    let kind = marks.kind().to_lowercase();
    let this = [marks.group(), &kind, marks.namespace(), marks.name()];
    let is_managed = marks.annotation(key) == Some("enabled");
    let is_this = marks.annotation(id) == Some(&this.join("_"));
    let sync = marks
        .annotation("configsync.gke.io/manager")
        .unwrap_or_default();
    (is_managed && is_this).then(|| (sync.to_owned(), format!("annotation {key}: enabled")))
}

pub(super) fn addon_manager(marks: &Marks<'_>, mode: &str) -> Option<Found> {
    let key = "addonmanager.kubernetes.io/mode";
    let is_mode = marks.label(key) == Some(mode);
    is_mode.then(|| (String::new(), format!("label {key}: {mode}")))
}

pub(super) fn openshift_release(marks: &Marks<'_>) -> Option<Found> {
    let key = marks.starting("annotations", "include.release.openshift.io/")?;
    let is_made_once = marks.annotation("release.openshift.io/create-only") == Some("true");
    (!is_made_once).then(|| (String::new(), format!("annotation {key}")))
}
