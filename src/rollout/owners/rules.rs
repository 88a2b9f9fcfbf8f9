//! By what each tool's objects are known, with the page that says so.

use super::Owner;
use super::find;
use super::marks::{Found, Marks};

/// A tool, and how its objects are known.
pub(super) struct Rule {
    pub(super) tool: &'static str,
    /// What the name is the name of.
    pub(super) thing: &'static str,
    pub(super) find: fn(&Marks<'_>) -> Option<Found>,
    /// What to change instead; `{}` is the thing and its name.
    pub(super) advice: &'static str,
    pub(super) blocks: bool,
    /// Tools that use this one to do their work.
    pub(super) yields_to: &'static [&'static str],
}

/// A change of a field that the source does not mention often survives, so advice says what may happen.
pub(super) const RULES: &[Rule] = &[
    // https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/. Without auto-sync the change shows as
    // OutOfSync, and the next sync undoes it.
    Rule {
        tool: "Argo CD",
        thing: "application",
        find: find::argo_cd,
        advice: "change the source of {} in git: a sync may undo a change made here",
        blocks: true,
        yields_to: &[],
    },
    // https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
    Rule {
        tool: "Flux",
        thing: "kustomization",
        find: |marks| find::flux_kustomization(marks).filter(|_| !find::is_disabled(marks)),
        advice: "change the source of {} in git: the next reconciliation may undo a change made here",
        blocks: true,
        yields_to: &[],
    },
    Rule {
        tool: "Flux",
        thing: "kustomization",
        find: |marks| find::flux_kustomization(marks).filter(|_| find::is_disabled(marks)),
        advice: "change the source of {} in git too: its reconciliation is disabled here, and undoes the change once it is not",
        blocks: false,
        yields_to: &[],
    },
    // https://fluxcd.io/flux/components/helm/helmreleases/#drift-detection
    Rule {
        tool: "Flux",
        thing: "HelmRelease",
        find: find::flux_release,
        advice: "change the chart or the values of {} in git: its next upgrade or drift correction may undo a change made here",
        blocks: true,
        yields_to: &[],
    },
    // https://helm.sh/docs/chart_best_practices/labels/ for the label; the annotations are those that Helm itself checks
    // before it takes an object over (pkg/action/validate.go).
    Rule {
        tool: "Helm",
        thing: "release",
        find: find::helm,
        advice: "change the chart or the values of {} and run helm upgrade: the next upgrade may undo a change made here",
        blocks: true,
        yields_to: &["Flux", "Rancher Fleet", "OLM"],
    },
    // https://olm.operatorframework.io/docs/concepts/crds/clusterserviceversion/. The labels are those of
    // operator-lifecycle-manager (pkg/lib/ownerutil) and operator-controller (internal/operator-controller/labels).
    Rule {
        tool: "OLM",
        thing: "operator",
        find: find::olm,
        advice: "ask for the change in the bundle of {}: OLM sets back a deployment that differs from it",
        blocks: true,
        yields_to: &[],
    },
    // https://kubernetes.io/docs/concepts/architecture/garbage-collection/#owners-dependents
    Rule {
        tool: "an operator",
        thing: "its custom resource",
        find: find::operator,
        advice: "change {}: the operator that made this from it may undo a change made here",
        blocks: true,
        yields_to: &["OLM"],
    },
    // https://github.com/rancher/fleet/issues/2156 lists the marks. Without correctDrift the bundle shows as modified,
    // and its next deployment undoes the change.
    Rule {
        tool: "Rancher Fleet",
        thing: "bundle with the release",
        find: find::fleet,
        advice: "change the git repository of the {}: its next deployment or drift correction may undo a change made here",
        blocks: true,
        yields_to: &[],
    },
    // https://docs.k3s.io/installation/packaged-components
    Rule {
        tool: "K3s or RKE2",
        thing: "add-on",
        find: |marks| find::rancher_object(marks, |owner| owner.starts_with("k3s.cattle.io/")),
        advice: "change the manifest of {} on the servers: it is applied again when it changes and when a server starts",
        blocks: true,
        yields_to: &[],
    },
    Rule {
        tool: "a Rancher controller",
        thing: "object",
        find: |marks| {
            find::rancher_object(marks, |owner| {
                !owner.is_empty() && !owner.starts_with("k3s.cattle.io/")
            })
        },
        advice: "change {}: the controller that made this from it may undo a change made here",
        blocks: true,
        yields_to: &[],
    },
    // https://carvel.dev/kapp/docs/latest/diff/ and https://carvel.dev/kapp-controller/docs/latest/app-overview/
    Rule {
        tool: "kapp",
        thing: "app",
        find: |marks| find::labelled(marks, "kapp.k14s.io/app"),
        advice: "change the source of {} (kapp ls names it): the next kapp deploy may undo a change made here",
        blocks: true,
        yields_to: &[],
    },
    // https://cloud.google.com/kubernetes-engine/config-sync/docs/reference/labels-and-annotations
    Rule {
        tool: "Config Sync",
        thing: "sync",
        find: find::config_sync,
        advice: "change the source of {} in git: Config Sync undoes a change made here at once",
        blocks: true,
        yields_to: &[],
    },
    // https://github.com/kubernetes/kubernetes/blob/master/cluster/addons/addon-manager/README.md
    Rule {
        tool: "an addon manager",
        thing: "the manifest",
        find: |marks| find::addon_manager(marks, "Reconcile"),
        advice: "change {} in /etc/kubernetes/addons on the control plane, or the add-on's settings at the cluster's provider: a change made here is undone within minutes",
        blocks: true,
        yields_to: &[],
    },
    Rule {
        tool: "an addon manager",
        thing: "the manifest",
        find: |marks| find::addon_manager(marks, "EnsureExists"),
        advice: "nothing undoes the change, but {} it was made from does not have it if it is made again",
        blocks: false,
        yields_to: &[],
    },
    // https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-field-management.html
    Rule {
        tool: "an Amazon EKS add-on",
        thing: "the add-on",
        find: |marks| find::managed_by(marks, &["eks"], String::new()),
        advice: "change the configuration values of {}: its next update may undo a change made here",
        blocks: true,
        yields_to: &[],
    },
    // https://learn.microsoft.com/azure/aks/support-policies
    Rule {
        tool: "AKS",
        thing: "the add-on",
        find: |marks| {
            let key = "kubernetes.azure.com/managedby";
            let value = marks.label(key).filter(|value| *value == "aks")?;
            Some((String::new(), format!("label {key}: {value}")))
        },
        advice: "change the settings of {} with az aks: AKS may undo a change made here",
        blocks: true,
        yields_to: &["an addon manager"],
    },
    // https://github.com/openshift/cluster-version-operator/blob/main/docs/dev/operators.md
    Rule {
        tool: "the OpenShift release",
        thing: "it",
        find: find::openshift_release,
        advice: "leave {} to OpenShift: the cluster version operator undoes a change made here within minutes",
        blocks: true,
        yields_to: &[],
    },
];

/// What an object says of itself in a label that is for people
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>): a note where no rule holds.
/// `Helm` alone says nothing: charts set it, and anything can apply what a chart renders.
pub(super) fn said_to_be_managed(marks: &Marks<'_>) -> Option<Owner> {
    let key = "app.kubernetes.io/managed-by";
    let tool = marks.label(key)?;
    let says_something = !tool.is_empty() && !tool.eq_ignore_ascii_case("helm");
    says_something.then(|| Owner {
        tool: tool.to_owned(),
        name: String::new(),
        evidence: format!("label {key}: {tool}"),
        advice: format!("see whether {tool} keeps it: then a change made here may be undone"),
        blocks: false,
    })
}
