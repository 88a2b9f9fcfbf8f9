//! `capabilities`: root's privileges one by one. All are dropped; those added were granted on purpose.

use super::about::{About, Breakage, KERNEL, SEEN, TO_CONTAINERS, wrong_level};
use super::controls::{
    Control, EVERY, FROM_1_12, TO_1_11, checkov, cis, kube_linter, kubescape, kyverno, polaris,
    soc2, trivy,
};
use super::{
    Check, Demand, FieldRule, Forbidden, Grant, GrantRule, Level, Offence, PSS, Relaxation, Remedy,
    Revision, Search, Standard, State, Value, quoted,
};
use crate::yaml::{NodeId, Tree};

/// PSA `check_capabilities_baseline.go` and `check_capabilities_restricted.go`.
pub(super) const CHECK: Check = Check {
    id: "capabilities",
    title: "All capabilities are dropped, and none beyond the allowed ones added",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
    revisions: &[
        Revision::new(
            "capabilities_baseline",
            Standard::Baseline,
            0,
            Demand::Nothing,
        )
        .allowing(BASELINE),
        restricted(22),
        restricted(25).relaxed_for(&[Relaxation::Windows]),
    ],
    overridden_by: None,
    field: Some(FieldRule {
        level: Level::Container,
        path: &["securityContext", "capabilities", "drop"],
        state: drop_state,
        value: |_| Value::List(vec![Value::word("ALL")]),
        on_windows: false,
    }),
    grant: Some(GrantRule {
        find: added,
        holds: true,
        taken_away: "what is added is cut out of the list",
    }),
    words,
};

const fn restricted(minor: u16) -> Revision {
    Revision::new(
        "capabilities_restricted",
        Standard::Restricted,
        minor,
        Demand::Required,
    )
    .allowing(&["NET_BIND_SERVICE"])
}

/// Those that a container of the baseline level may have added (PSA `check_capabilities_baseline.go`).
pub const BASELINE: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn drop_state(tree: &Tree, node: NodeId) -> State {
    let mut items = tree.items(node).map(|item| tree.resolve(item)).peekable();
    if tree.is_null(node) || (tree.is_sequence(node) && items.peek().is_none()) {
        State::Missing
    } else if items.any(|item| tree.as_str(item) == Some("ALL")) {
        State::Compliant
    } else {
        State::Insecure
    }
}

fn added(search: Search<'_>) -> Vec<Grant> {
    let tree = search.tree;
    let lists = search.in_containers(&["securityContext", "capabilities", "add"]);
    let grants = lists.filter_map(|(container, add)| {
        let value = |&item: &NodeId| tree.value(tree.resolve(item));
        let items: Vec<_> = tree
            .items(add)
            .filter(|item| !search.allows(value(item)))
            .collect();
        let values: Vec<_> = items.iter().map(|item| value(item).to_owned()).collect();
        (!items.is_empty()).then_some(Grant {
            values,
            ..Grant::new(container, add, Remedy::Remove(items))
        })
    });
    grants.collect()
}

fn words(offence: &Offence<'_>) -> Forbidden {
    let mut details = Vec::new();
    if !offence.lacking.is_empty() {
        let must = "must set securityContext.capabilities.drop=[\"ALL\"]";
        details.push(offence.containers() + must);
    }
    if offence.is_written() {
        let values = quoted(&offence.sorted_values());
        let who = offence.who_sets();
        details.push(format!(
            "{who}must not include {values} in securityContext.capabilities.add"
        ));
    }
    let reason = match offence.revision {
        "capabilities_baseline" => "non-default capabilities",
        _ => "unrestricted capabilities",
    };
    Forbidden::new(reason, details.join("; "))
}

const CONTROLS: &[Control] = &[
    cis(EVERY, "5.2.8").note("NET_RAW"),
    cis(TO_1_11, "5.2.9").note("added capabilities"),
    cis(TO_1_11, "5.2.10").note("assigned capabilities"),
    cis(FROM_1_12, "5.2.9").note("assigned capabilities"),
    soc2("CC6.8").note("allowed capabilities"),
    soc2("CC8.1").note("allowed capabilities"),
    kubescape("C-0046"),
    kubescape("C-0055"),
    kubescape("C-0199").note("its form of the CIS item"),
    kubescape("C-0200").note("its form of the CIS item"),
    kubescape("C-0201").note("its form of the CIS item"),
    checkov("CKV_K8S_37"),
    checkov("CKV_K8S_28").note("NET_RAW"),
    checkov("CKV_K8S_25").note("added"),
    checkov("CKV_K8S_39").note("SYS_ADMIN"),
    kube_linter("drop-net-raw-capability").note("NET_RAW"),
    trivy("KSV-0003"),
    trivy("KSV-0004"),
    trivy("KSV-0106"),
    trivy("KSV-0022").note("added"),
    trivy("KSV-0005").note("SYS_ADMIN"),
    trivy("KSV-0119").note("NET_RAW"),
    trivy("KSV-0120").note("SYS_MODULE"),
    kyverno("disallow-capabilities-strict"),
    kyverno("disallow-capabilities").note("added"),
    polaris("insecureCapabilities"),
    polaris("dangerousCapabilities").note("added"),
];

const ABOUT: About = About {
    looks_at: &[(Level::Container, "securityContext.capabilities.add")],
    accepts: "drop: a list with ALL in it; add: NET_BIND_SERVICE only, and at the baseline level what it \
        lists",
    what: "Root's privileges, one by one: to give files away, to pass by permissions, to send raw \
        packets. ALL of them are dropped. What somebody added was granted on purpose.",
    why: "Without this a container that runs as root starts with more than ten of them. NET_RAW \
        forges packets on the pod network; DAC_OVERRIDE reads files of every user; SYS_ADMIN, \
        where it was added, is close to root on the node. What is dropped cannot be taken back \
        from inside.",
    example: r"containers:
- name: web
  securityContext:
    capabilities:
      add: [SYS_ADMIN]",
    breaks: &[
        Breakage {
            symptoms: &[
                "error: failed switching to \"...\": operation not permitted",
                "failed to drop supplementary groups: Operation not permitted",
                "AH02156: setgid: unable to set group id to Group 33",
            ],
            status: "CrashLoopBackOff, exit code 1; Apache goes on running",
            cause: "The program starts as root and steps down to another user by itself: gosu, \
                su-exec, setpriv, memcached, Apache. That takes SETUID and SETGID.",
            remedies: &[
                "Set runAsUser to the user that it steps down to. Then there is nothing to step \
                down from.",
                "Add SETUID and SETGID to this container. The baseline level allows that, \
                restricted does not.",
            ],
            sources: &["tianon/gosu#78", "NousResearch/hermes-agent#13346", SEEN],
        },
        Breakage {
            symptoms: &["exec /usr/bin/caddy: operation not permitted"],
            status: "CrashLoopBackOff, or RunContainerError, exit code 126 or 128",
            cause: "The program has a file capability. The kernel does not start it where that \
                capability is dropped, not even for root.",
            remedies: &[
                "Remove it in the image: setcap -r FILE.",
                "Add that one capability to this container. Restricted allows only \
                NET_BIND_SERVICE.",
            ],
            sources: &["caddyserver/caddy-docker#396", KERNEL, SEEN],
        },
        Breakage {
            symptoms: &["bind: Permission denied"],
            status: "CrashLoopBackOff",
            cause: "NET_BIND_SERVICE is added, and the user is not root. An added capability reaches root, or \
                a program with a file capability: Kubernetes sets no ambient capabilities.",
            remedies: &[
                "Listen on a port from 1024 on.",
                "Set the sysctl net.ipv4.ip_unprivileged_port_start to 0 for the pod.",
            ],
            sources: &["kubernetes/kubernetes#56374", KERNEL],
        },
        Breakage {
            symptoms: &[
                "EACCES: permission denied",
                "Operation not permitted (from chown, chmod, setuid, chroot or a raw socket)",
            ],
            status: "CrashLoopBackOff, or no message at all",
            cause: "The container still runs as root. Root without DAC_OVERRIDE, CHOWN, FOWNER and \
                KILL cannot open, give away or signal what belongs to others.",
            remedies: &[
                "Run as the user that the files belong to.",
                "Add what is needed of CHOWN, DAC_OVERRIDE, FOWNER, SETUID and SETGID. The baseline \
                level allows them, restricted does not.",
            ],
            sources: &[KERNEL, SEEN],
        },
        Breakage {
            symptoms: &["ping: socket: Operation not permitted"],
            status: "probes that call ping fail",
            cause: "ping opens a raw socket, where the sysctl net.ipv4.ping_group_range does not cover \
                the group. containerd 2.0 and Docker cover all groups.",
            remedies: &[
                "Probe a port, or use httpGet or grpc, instead of ping.",
                "Set the sysctl net.ipv4.ping_group_range for the pod. The baseline level allows \
                it.",
            ],
            sources: &["containerd/containerd docs/containerd-2.0.md"],
        },
        wrong_level(
            &["unknown field \"spec.template.spec.securityContext.capabilities\""],
            &[TO_CONTAINERS],
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let drop = "container \"a\" must set securityContext.capabilities.drop=[\"ALL\"]";
        let container = |capabilities: &str| {
            format!("containers: [{{name: a, securityContext: {{capabilities: {capabilities}}}}}]")
        };
        table(
            "capabilities",
            "unrestricted capabilities",
            &[
                Case::restricted("containers: [{name: a}]").forbids(drop),
                Case::restricted(&container("{drop: []}")).forbids(drop),
                Case::restricted(&container("{drop: [NET_RAW, all]}")).forbids(drop),
                Case::restricted(&container("{drop: [NET_RAW, ALL]}")),
                Case::restricted(&container("{drop: [ALL], add: [NET_BIND_SERVICE]}")),
                Case::restricted(&container("{drop: [ALL], add: [SYS_ADMIN, CHOWN, SYS_ADMIN]}"))
                    .forbids("container \"a\" must not include \"CHOWN\", \"SYS_ADMIN\" in securityContext.capabilities.add"),
                Case::restricted(&container("{add: [KILL]}"))
                    .forbids("container \"a\" must set securityContext.capabilities.drop=[\"ALL\"]; container \"a\" must not include \"KILL\" in securityContext.capabilities.add"),
                Case::restricted("os: {name: windows}\ncontainers: [{name: a}]"),
                Case::restricted("os: {name: windows}\ncontainers: [{name: a}]").at(24).forbids(drop),
                Case::restricted("containers: [{name: a}]").at(21),
            ],
        );
        table(
            "capabilities",
            "non-default capabilities",
            &[
                Case::baseline(&container("{add: [KILL, CHOWN]}")),
                Case::baseline(&container("{add: [NET_RAW]}"))
                    .forbids("container \"a\" must not include \"NET_RAW\" in securityContext.capabilities.add"),
                Case::restricted(&container("{add: [NET_RAW]}")).at(21)
                    .forbids("container \"a\" must not include \"NET_RAW\" in securityContext.capabilities.add"),
            ],
        );
    }
}
