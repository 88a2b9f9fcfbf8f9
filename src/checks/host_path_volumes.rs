//! `hostPathVolumes`: a volume that is a directory of the node.

use super::{Check, Grant, PSS, Remedy, Scope};
use crate::workload::{PodSpec, present};
use crate::yaml::Tree;

/// PSA `check_hostPathVolumes.go`.
pub(super) const CHECK: Check = Check {
    id: "hostPathVolumes",
    title: "No volume is a directory of the node",
    link: PSS,
    controls: &[],
    field: None,
    grant: Some(Scope::Pod(granted)),
};

fn granted(tree: &Tree, pod: &PodSpec) -> Vec<Grant> {
    let volumes = tree.get(pod.node, "volumes");
    let volumes = volumes.into_iter().flat_map(|volumes| tree.items(volumes));
    volumes
        .map(|volume| tree.resolve(volume))
        .filter_map(|volume| {
            let at = present(tree, volume, &["hostPath"])?;
            let name = tree.get(volume, "name").map_or("", |name| tree.value(name));
            Some(Grant {
                at,
                detail: format!("must not use the hostPath volume \"{name}\""),
                remedy: Remedy::None,
            })
        })
        .collect()
}
