//! A program that listens on port 80 as somebody who is not root.

use serde_json::{Value, json};

use crate::support::cluster::{Namespace, done, until_within};
use crate::support::node::{is_joined, load, pod};
use std::time::Duration;

/// The first port that anybody may listen on, and what the program said if it could not.
fn listens(ns: &Namespace, name: &str, pod_context: &Value) -> (u16, Option<String>) {
    let command =
        "cat /proc/sys/net/ipv4/ip_unprivileged_port_start; httpd -f -p 80 -h /data || echo ended";
    let context = json!({"runAsUser": 1000, "runAsNonRoot": true, "capabilities": {"drop": ["ALL"]},
        "allowPrivilegeEscalation": false});
    ns.apply(&[pod(name, "busybox-none", command, pod_context, &context)]);
    let log = || crate::support::cluster::kubectl(&["logs", name, "-n", &ns.0], "").out();
    let answers = || {
        let page = [
            "exec",
            name,
            "-n",
            &ns.0,
            "--",
            "wget",
            "-q",
            "-O",
            "-",
            "http://127.0.0.1/README",
        ];
        crate::support::cluster::kubectl(&page, "").code == 0
    };
    until_within(Duration::from_secs(60), name, || {
        log().contains("ended") || answers()
    });
    let log = done(&["logs", name, "-n", &ns.0], "");
    // The runtime keeps no order between the two outputs.
    let start = log.lines().find_map(|line| line.parse().ok());
    let start = start.expect("a port");
    let said = log.contains("ended").then_some(log);
    (start, said)
}

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn the_sysctl_opens_port_80() {
    if !is_joined() {
        return;
    }
    load(&["busybox-none"]);
    let ns = Namespace::new("ports");
    let (start, said) = listens(&ns, "as-the-runtime-has-it", &json!({}));
    match start {
        0..=80 => assert_eq!(said, None),
        _ => assert!(
            said.expect("it ends").contains("bind: Permission denied"),
            "{start}"
        ),
    }
    let open = json!({"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]});
    assert_eq!(listens(&ns, "with-the-sysctl", &open), (0, None));
}
