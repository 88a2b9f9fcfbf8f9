//! `hostPathVolumes`: a volume that is a directory of the node.

use super::{
    Check, Demand, Forbidden, Grant, GrantRule, PSS, Remedy, Revision, Search, Standard, plural,
    quoted,
};
use crate::workload::present;

/// PSA `check_hostPathVolumes.go`.
pub(super) const CHECK: Check = Check {
    id: "hostPathVolumes",
    title: "No volume is a directory of the node",
    link: PSS,
    controls: &[],
    revisions: &[Revision::new(
        "hostPathVolumes",
        Standard::Baseline,
        0,
        Demand::Nothing,
    )],
    overridden_by: Some("restrictedVolumes"),
    field: None,
    grant: Some(GrantRule {
        find: granted,
        holds: false,
    }),
    words: |offence| {
        let volumes = plural(offence.subjects.len(), "volume", "volumes");
        let detail = format!("{volumes} {}", quoted(&offence.subjects));
        let detail = match offence.anonymous {
            true => format!("must not use the hostPath {detail}"),
            false => detail,
        };
        Forbidden::new("hostPath volumes", detail)
    },
};

fn granted(search: Search<'_>) -> Vec<Grant> {
    let volumes = search.volumes();
    let grants = volumes.filter_map(|(name, volume)| {
        Some(Grant {
            container: None,
            at: present(search.tree, volume, &["hostPath"])?,
            subject: Some(name),
            values: Vec::new(),
            remedy: Remedy::None,
        })
    });
    grants.collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let pod = |volumes: &str| format!("volumes: {volumes}\ncontainers: [{{name: a}}]");
        table(
            "hostPathVolumes",
            "hostPath volumes",
            &[
                Case::baseline("containers: [{name: a}]"),
                Case::baseline(&pod("[{name: v, hostPath: null}, {name: w, emptyDir: {}}]")),
                Case::baseline(&pod("[{name: v, hostPath: {path: /}}]")).forbids("volume \"v\""),
                Case::baseline(&pod(
                    "[{name: w, hostPath: {path: /}}, {name: v, hostPath: {}}]",
                ))
                .forbids("volumes \"w\", \"v\""),
                Case::restricted(&pod("[{name: v, hostPath: {path: /}}]")),
            ],
        );
    }
}
