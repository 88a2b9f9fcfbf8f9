//! `apply --retry` on real servers that run as root, and on programs that fail in ways of their own. Nothing of the product knows
//! these images.

use std::fmt::Write as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::night::Night;
use crate::support::cluster::{Namespace, done, until};
use crate::support::node::{deploy_into, is_joined, load, servers};

/// What a hardened container is to have, with the pod's part of it.
const FIELDS: [&str; 8] = [
    "runAsNonRoot",
    "runAsUser",
    "runAsGroup",
    "fsGroup",
    "seccompProfile",
    "allowPrivilegeEscalation",
    "readOnlyRootFilesystem",
    "capabilities",
];

const QUIET: [&str; 4] = ["--yes", "--color=never", "--timeout=120s", "--soak=10s"];
const ALL: [&str; 3] = ["--retry", "--retry-seed", "--retry-env"];

fn deployment(ns: &Namespace, name: &str) -> Value {
    let json = done(&["get", "deployment", name, "-n", &ns.0, "-o", "json"], "");
    serde_json::from_str(&json).expect("JSON")
}

/// Which of the fields the first container ends with.
fn fields(deployment: &Value) -> Vec<&'static str> {
    let pod = &deployment["spec"]["template"]["spec"];
    let contexts = [
        &pod["securityContext"],
        &pod["containers"][0]["securityContext"],
    ];
    let has = |field: &&str| contexts.iter().any(|context| !context[field].is_null());
    FIELDS.into_iter().filter(has).collect()
}

fn script(ns: &Namespace, name: &str, script: &str) {
    let labels = json!({"app": name});
    let container = json!({"name": "app", "image": "harden.test/busybox-root:1", "imagePullPolicy": "Never",
        "command": ["sh", "-c", script]});
    ns.apply(&[
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
            "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]}}}}),
    ]);
}

fn are_available(ns: &Namespace) {
    let args = ["wait", "deployment", "--all", "-n", &ns.0];
    done(
        &[&args[..], &["--for=condition=available", "--timeout=180s"]].concat(),
        "",
    );
}

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn every_server_ends_healthy_and_most_with_all_fields() {
    if !is_joined() {
        return;
    }
    let night = Night::new("retry");
    let ns = Namespace::new("retry");
    let names = servers();
    names.iter().for_each(|name| deploy_into(&ns, name));
    are_available(&ns);
    let what = ["apply", "deploy", "-n", &ns.0, "--concurrency=4"];
    let ran = night.harden(&[&what[..], &QUIET, &ALL].concat());
    let status = night.status(&night.last_run());
    let mut table = String::new();
    let mut whole = 0;
    for name in &names {
        let fields = fields(&deployment(&ns, name));
        whole += usize::from(fields.len() == FIELDS.len());
        let all = status["workloads"].as_array().expect("workloads");
        let of = all
            .iter()
            .find(|workload| workload["object"]["name"] == *name);
        let of = of.unwrap_or(&Value::Null);
        let _ = writeln!(
            table,
            "{name:12} {} of 8 fields, {}: {}",
            fields.len(),
            of["state"],
            of["how"]
        );
    }
    eprintln!("{table}");
    assert_eq!(ran.code, 0, "{table}\n{ran:?}");
    are_available(&ns);
    assert!(whole * 4 >= names.len() * 3, "{whole} have all:\n{table}");
}

/// Three paths one after the other, none of which exists before.
const THREE: &str = "for d in /one /two /three; do mkdir -p $d/x || exit 1; rm -r $d/x; rmdir $d 2>/dev/null; done; while :; do sleep 1; done";

/// It starts as root alone, and does not say so.
const SILENT: &str = "[ \"$(id -u)\" = 0 ] || exit 0; while :; do sleep 1; done";

/// Its probe asks it to ping, and nobody says so where it may not.
const PINGS: &str = "blackbox-exporter";

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn a_program_gets_what_it_needs_or_does_without_the_one_field() {
    if !is_joined() {
        return;
    }
    load(&["busybox-root"]);
    let night = Night::new("needs");
    let ns = Namespace::new("needs");
    script(&ns, "three", THREE);
    script(&ns, "silent", SILENT);
    deploy_into(&ns, PINGS);
    are_available(&ns);
    let before = deployment(&ns, "silent")["spec"].clone();
    let what = ["apply", "deploy", "-n", &ns.0];
    let ran = night.harden(&[&what[..], &QUIET, &["--retry"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let three = deployment(&ns, "three");
    assert_eq!(fields(&three).len(), FIELDS.len(), "{three}");
    let pings = deployment(&ns, PINGS);
    assert_eq!(fields(&pings).len(), FIELDS.len(), "{pings}");
    let context = &pings["spec"]["template"]["spec"]["securityContext"];
    assert_eq!(
        context["sysctls"],
        json!([{"name": "net.ipv4.ping_group_range", "value": "0 2147483647"}])
    );
    let silent = deployment(&ns, "silent");
    let kept = fields(&silent);
    let user = ["runAsNonRoot", "runAsUser", "runAsGroup"];
    assert!(user.iter().all(|field| !kept.contains(field)), "{kept:?}");
    let container = &silent["spec"]["template"]["spec"]["containers"][0];
    let capabilities = &container["securityContext"]["capabilities"];
    assert_eq!(capabilities["drop"], json!(["ALL"]), "{silent}");
    assert_eq!(
        capabilities["add"].as_array().map(Vec::len),
        Some(9),
        "{silent}"
    );
    assert!(
        kept.contains(&"readOnlyRootFilesystem"),
        "put back: {kept:?}"
    );
    assert!(ran.stderr.contains("what the app has to fix:"), "{ran:?}");
    let undone = night.harden(&["undo", "--yes", "--timeout=60s"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert_eq!(
        deployment(&ns, "silent")["spec"],
        before,
        "set back to the letter"
    );
}

/// It needs a directory of its own from its start.
const NEEDS: &str = "mkdir -p /state/x || exit 1; rm -r /state/x; rmdir /state 2>/dev/null; while :; do sleep 1; done";

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn tries_are_trials_and_the_workload_changes_once() {
    if !is_joined() {
        return;
    }
    load(&["busybox-root"]);
    let night = Night::new("trial");
    let ns = Namespace::new("trial");
    script(&ns, "needs", NEEDS);
    are_available(&ns);
    let what = ["apply", "deploy", "-n", &ns.0, "--trial"];
    let plain = night.harden(&[&what[..], &QUIET].concat());
    assert_eq!(plain.code, 3, "{plain:?}");
    assert!(
        plain.out().contains("blocked: its trial job failed"),
        "{plain:?}"
    );
    assert_eq!(deployment(&ns, "needs")["metadata"]["generation"], 1);
    let ran = night.harden(&[&what[..], &QUIET, &["--retry"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let needs = deployment(&ns, "needs");
    assert_eq!(needs["metadata"]["generation"], 2, "{needs}");
    assert_eq!(fields(&needs).len(), FIELDS.len());
    until("no trial is left", || {
        done(
            &[
                "get",
                "jobs,pods",
                "-n",
                &ns.0,
                "-l",
                "kubectl-harden.dev/trial",
                "-o",
                "name",
            ],
            "",
        )
        .is_empty()
    });
}

/// kill -9 at moments spread over trials, tries and what is between them, and `--resume` after each.
#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn kills_leave_nothing_behind() {
    if !is_joined() {
        return;
    }
    load(&["busybox-root"]);
    let most = std::env::var("HARDEN_TEST_KILLS").map_or(6, |n| n.parse().expect("a number"));
    let mut kills = 0;
    for round in 0.. {
        if kills >= most {
            break;
        }
        let night = Night::new("kills");
        let ns = Namespace::new(&format!("kills-{round}"));
        script(&ns, "needs", NEEDS);
        script(&ns, "silent", SILENT);
        are_available(&ns);
        let quick = ["--yes", "--color=never", "--timeout=120s", "--soak=2s"];
        let what = ["apply", "deploy", "-n", &ns.0, "--retry", "--trial"];
        let mut args = [&what[..], &quick].concat();
        let code = loop {
            let mut process = night.start(&args);
            let wait = Duration::from_millis(700 + (kills * 977) % 5_000);
            let deadline = Instant::now() + wait;
            let ended = loop {
                match process.try_wait().expect("waited for") {
                    Some(status) => break status.code(),
                    None if kills < most && Instant::now() > deadline => break None,
                    None => sleep(Duration::from_millis(50)),
                }
            };
            if let Some(code) = ended {
                break code;
            }
            process.kill().expect("killed");
            process.wait().expect("waited for");
            kills += 1;
            if !night.runs().is_empty() {
                args = vec!["apply", "--resume", "--yes", "--color=never"];
            }
        };
        assert_eq!(code, 0, "{:?}", night.status(&night.last_run()));
        assert_eq!(fields(&deployment(&ns, "needs")).len(), FIELDS.len());
        let silent = fields(&deployment(&ns, "silent"));
        assert!(
            !silent.contains(&"runAsUser") && silent.len() >= 4,
            "{silent:?}"
        );
        until("no trial is left", || {
            let trials = ["-l", "kubectl-harden.dev/trial", "-o", "name"];
            done(
                &[&["get", "jobs,pods", "-n", &ns.0][..], &trials].concat(),
                "",
            )
            .is_empty()
        });
        are_available(&ns);
    }
    eprintln!("{kills} kills");
}
