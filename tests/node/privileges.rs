//! Programs that get their privileges from their file.

use serde_json::{Value, json};

use crate::support::cluster::Namespace;
use crate::support::node::{is_joined, load, pod, printed};

/// CAP_NET_BIND_SERVICE alone, and nothing, as /proc/PID/status says it.
const BIND: &str = "CapEff:\t0000000000000400";
const NOTHING: &str = "CapEff:\t0000000000000000";

/// What a user other than root gets: name of the pod, its container's context, the program, and a part of what it prints.
fn cases() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let setuid = "id-setuid";
    let setcap = "grep-setcap CapEff /proc/self/status";
    let refused = "Operation not permitted";
    let drop_all = json!({"capabilities": {"drop": ["ALL"]}});
    let no_escalation = json!({"allowPrivilegeEscalation": false});
    let one_kept = json!({"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}});
    vec![
        ("setuid", json!({}), setuid, "euid=0(root)"),
        ("setuid-drop-all", drop_all.clone(), setuid, "euid=0(root)"),
        (
            "setuid-no-escalation",
            no_escalation.clone(),
            setuid,
            "uid=1000 gid=0(root) groups=0(root)\n",
        ),
        ("setcap", json!({}), setcap, BIND),
        ("setcap-drop-all", drop_all, setcap, refused),
        ("setcap-kept", one_kept, setcap, BIND),
        ("setcap-no-escalation", no_escalation, setcap, NOTHING),
    ]
}

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn files_give_privileges_as_far_as_the_context_lets_them() {
    if !is_joined() {
        return;
    }
    load(&["programs"]);
    let ns = Namespace::new("privileges");
    let user = json!({"runAsUser": 1000});
    let pods: Vec<_> = cases()
        .iter()
        .map(|(name, context, program, _)| {
            pod(name, "programs", &format!("{program} 2>&1"), &user, context)
        })
        .collect();
    ns.apply(&pods);
    for (name, _, _, expected) in cases() {
        let printed = printed(&ns, name);
        assert!(printed.contains(expected), "{name}: {printed}");
    }
}
