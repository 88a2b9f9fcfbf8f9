//! Executes the documentation that needs a cluster: every ```console cluster block, one after another for each document,
//! on the 37 deployments of golden/overnight with some made to break.
//!
//! ```sh
//! tests/cluster/up.sh /tmp/c && KUBECONFIG=/tmp/c/kubeconfig cargo test --test overnight -- --ignored
//! ```
//!
//! `BLESS=1` writes what is printed into the documents. Ids, addresses and times differ each time: the documents have
//! fixed ones in their place. The namespaces `shop*` are deleted and made anew.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use regex_lite::{Captures, Regex};
use support::console::{CLUSTER_DOCUMENTS, execute, output_of};

const NAMESPACES: [&str; 4] = ["shop", "shop-payments", "shop-platform", "shop-search"];

/// Deployments with what becomes of their pods once they are hardened.
const BREAKING: [(&str, &str, &str); 3] = [
    ("shop", "order-events", "crash"),
    ("shop", "tax-calculator", "never-ready"),
    ("shop-platform", "log-gateway", "config-error"),
];

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn the_documents_show_what_a_cluster_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kubeconfig = std::env::var("KUBECONFIG").expect("KUBECONFIG, see tests/cluster/README.md");
    for document in CLUSTER_DOCUMENTS {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state").display().to_string();
        fill(root);
        let env = [
            ("KUBECONFIG", kubeconfig.as_str()),
            ("XDG_STATE_HOME", &state),
        ];
        let commands = execute(&root.join(document), "```console cluster", |command, _| {
            normal(&output_of(command, directory.path(), &env))
        });
        assert!(commands > 0, "{document}: no commands");
    }
    delete();
}

/// The deployments, all of them as healthy as they get.
fn fill(root: &Path) {
    delete();
    for namespace in NAMESPACES {
        kubectl(&["create", "namespace", namespace]);
    }
    let accounts = || {
        NAMESPACES
            .iter()
            .all(|namespace| said(&["get", "serviceaccount", "default", "-n", namespace]).0)
    };
    until("the namespaces have their service accounts", accounts);
    let folder = root.join("golden/overnight");
    // The kustomizations between them are no objects of a cluster.
    said(&["apply", "-R", "-f", folder.to_str().unwrap()]);
    for (namespace, name, outcome) in BREAKING {
        let template = format!(
            r#"{{"spec":{{"template":{{"metadata":{{"annotations":{{"harden.test/outcome-when-hardened":"{outcome}"}}}}}}}}}}"#
        );
        kubectl(&["patch", "deploy", name, "-n", namespace, "-p", &template]);
    }
    let tracking =
        "argocd.argoproj.io/tracking-id=payments:apps/Deployment:shop-payments/payment-gateway";
    kubectl(&[
        "annotate",
        "deploy",
        "payment-gateway",
        "-n",
        "shop-payments",
        tracking,
    ]);
    // Two ask for nodes that are not there or forget what their quota wants: they stay as they are.
    let healthy = || {
        let path = r"jsonpath={range .items[*]}{.status.conditions[?(@.type=='Available')].status}{'\n'}{end}";
        let (_, text) = said(&["get", "deploy", "-A", "-o", path]);
        text.lines().filter(|line| *line == "True").count() >= 33
    };
    until("the deployments are available", healthy);
    // An autoscaler's first word is up to 15 s late, and changes what is said of a Deployment of one pod.
    let scaled = || {
        let path =
            r"jsonpath={range .items[*]}{.spec.minReplicas} {.status.currentReplicas}{'\n'}{end}";
        let (_, text) = said(&["get", "hpa", "-A", "-o", path]);
        let has_least = |line: &str| {
            let (least, current) = line.split_once(' ').unwrap_or(("1", ""));
            current
                .parse::<u32>()
                .is_ok_and(|pods| pods >= least.parse().unwrap_or(1))
        };
        text.lines().count() >= 3 && text.lines().all(has_least)
    };
    until("the autoscalers have their least pods", scaled);
}

fn delete() {
    let mut args = vec!["delete", "namespace", "--ignore-not-found"];
    args.extend(NAMESPACES);
    kubectl(&args);
}

fn said(args: &[&str]) -> (bool, String) {
    let output = Command::new("kubectl")
        .args(args)
        .output()
        .expect("kubectl");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (
        output.status.success(),
        text + &String::from_utf8_lossy(&output.stderr),
    )
}

fn kubectl(args: &[&str]) {
    let (is_done, text) = said(args);
    assert!(is_done, "kubectl {args:?}: {text}");
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(
            started.elapsed() < Duration::from_secs(90),
            "not within 90 s: {what}"
        );
        sleep(Duration::from_millis(500));
    }
}

/// A text with fixed values in the place of those that differ each time, as wide as they are.
fn normal(text: &str) -> String {
    let mut text = text.to_owned();
    for (found, fixed) in [
        // Ids of runs, times, uids, names of pods, the address.
        (r"\b20\d{6}-\d{6}\b", "20261125-010203"),
        (
            r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
            "2026-11-25T01:02:03Z",
        ),
        (
            r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
            "5384030a-684c-47d7-b299-3f300031df75",
        ),
        (r"-[0-9a-f]{6,10}-[0-9a-z]{5}(_|\b)", "-6c5cb755cd-lp2qh$1"),
        (r"\b127\.0\.0\.1:\d{5}\b", "10.0.0.12:16443"),
        // How long it took, at the end of the totals, and ages in a table.
        (r"(?m); (\d+[ms])+$", "; 70s"),
    ] {
        text = Regex::new(found)
            .unwrap()
            .replace_all(&text, fixed)
            .into_owned();
    }
    let age = |found: &Captures<'_>| {
        let width = found[0].len();
        format!("{:width$}", "   42s")
    };
    let ages = Regex::new(r"   (?:\d+[ms])+(?: +|$)").unwrap();
    text.lines()
        .map(|line| ages.replace(line, age).trim_end().to_owned() + "\n")
        .collect()
}

#[test]
fn what_differs_each_time_is_fixed() {
    for (text, expected) in [
        (
            "run 20261230-235959 on 127.0.0.1:24480, ended: 4 of 4 done: 4 hardened; 2m5s\n",
            "run 20261125-010203 on 10.0.0.12:16443, ended: 4 of 4 done: 4 hardened; 70s\n",
        ),
        (
            "shop   deployment.apps/web   restored   9s      not ready after 20s: pod web-69b44b99fb-vzqff\n",
            "shop   deployment.apps/web   restored   42s     not ready after 20s: pod web-6c5cb755cd-lp2qh\n",
        ),
        (
            "shop   deployment.apps/web   hardened   100s\n",
            "shop   deployment.apps/web   hardened   42s\n",
        ),
    ] {
        assert_eq!(normal(text), expected);
    }
}
