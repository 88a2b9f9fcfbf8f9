//! `restrictedVolumes`: volumes of other types than those that carry configuration, claims and scratch space.

use super::about::About;
use super::controls::{Control, FROM_1_12, TO_1_11, cis, kyverno, soc2, trivy};
use super::{
    Check, Demand, Forbidden, Grant, GrantRule, Level, PSS, Remedy, Revision, Search, Standard,
    plural, quoted,
};
use crate::workload::present;

/// PSA `check_restrictedVolumes.go`.
pub(super) const CHECK: Check = Check {
    id: "restrictedVolumes",
    title: "Volumes are of the types that the restricted level allows",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
    revisions: &[Revision::new(
        "restrictedVolumes",
        Standard::Restricted,
        0,
        Demand::Nothing,
    )
    .allowing(&[
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ])],
    overridden_by: None,
    field: None,
    grant: Some(GrantRule {
        find: granted,
        holds: false,
        taken_away: "",
    }),
    words: |offence| {
        let volumes = offence.subjects.len();
        let types = offence.sorted_values();
        Forbidden::new(
            "restricted volume types",
            format!(
                "{} {} {} {} {}",
                plural(volumes, "volume", "volumes"),
                quoted(&offence.subjects),
                plural(volumes, "uses", "use"),
                plural(
                    types.len(),
                    "restricted volume type",
                    "restricted volume types"
                ),
                quoted(&types)
            ),
        )
    },
};

/// The types that PSA names, in its order; any other is `unknown`.
const NAMED: &[&str] = &[
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
];

fn granted(search: Search<'_>) -> Vec<Grant> {
    let tree = search.tree;
    let grants = search.volumes().filter_map(|(name, volume)| {
        let has = |kind: &&&str| present(tree, volume, &[**kind]).is_some();
        // The API server makes an emptyDir of a volume that says nothing (`SetDefaults_Volume`).
        let says_nothing = || {
            let mut entries = tree.entries(volume);
            entries.all(|(key, value)| tree.value(key) == "name" || tree.is_null(value))
        };
        if search.revision.allowed.iter().any(|kind| has(&kind)) || says_nothing() {
            return None;
        }
        let named = NAMED.iter().find(has).copied();
        let at = named.and_then(|kind| present(tree, volume, &[kind]));
        Some(
            Grant::new(None, at.unwrap_or(volume), Remedy::None)
                .saying(named.unwrap_or("unknown"))
                .of(name),
        )
    });
    grants.collect()
}

const CONTROLS: &[Control] = &[
    cis(TO_1_11, "5.2.12").note("hostPath only"),
    cis(FROM_1_12, "5.2.11").note("hostPath only"),
    soc2("CC6.8").note("allowed host paths"),
    soc2("CC8.1").note("allowed host paths"),
    trivy("KSV-0121"),
    kyverno("restrict-volume-types"),
];

const ABOUT: About = About {
    looks_at: &[(Level::Pod, "volumes[*]")],
    accepts: "the types that are listed below",
    what: "Volumes carry configuration, secrets, claims or scratch space. Other types name storage \
        directly in the pod, with its address, or reach into the node.",
    why: "A pod that may name any NFS server, disk or directory of the node reaches data that nobody \
        gave it. With claims an administrator decides.",
    example: r"volumes:
- name: data
  nfs:
    server: nfs.example
    path: /
containers:
- name: web",
    breaks: &[],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let pod = |volumes: &str| format!("volumes: {volumes}\ncontainers: [{{name: a}}]");
        table(
            "restrictedVolumes",
            "restricted volume types",
            &[
                Case::restricted("containers: [{name: a}]"),
                Case::restricted(&pod(
                    "[{name: a, emptyDir: {}}, {name: b, secret: {}}, {name: c, image: {}}]",
                )),
                Case::restricted(&pod("[{name: a, nfs: {server: s}}]"))
                    .forbids("volume \"a\" uses restricted volume type \"nfs\""),
                Case::restricted(&pod(
                    "[{name: b, nfs: {}}, {name: a, hostPath: {}}, {name: c, nfs: {}}]",
                ))
                .forbids(
                    "volumes \"b\", \"a\", \"c\" use restricted volume types \"hostPath\", \"nfs\"",
                ),
                Case::restricted(&pod("[{name: a}, {name: b, nfs: null}]")),
                Case::restricted(&pod("[{name: a, floppy: {}}]"))
                    .forbids("volume \"a\" uses restricted volume type \"unknown\""),
                Case::restricted(&pod("[{name: a, nfs: null, emptyDir: {}}]")),
                Case::baseline(&pod("[{name: a, nfs: {}}]")),
            ],
        );
    }
}
