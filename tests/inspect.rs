//! Who pods run as, asked of a real control plane, and of a real node where one has joined it. tests/cluster/README.md says
//! how to start them; KUBECONFIG names them.
//!
//! ```sh
//! tests/cluster/up.sh /tmp/c && tests/cluster/node/up.sh /tmp/c
//! KUBECONFIG=/tmp/c/kubeconfig cargo test --test inspect -- --ignored
//! ```

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use std::path::Path;

use regex_lite::Regex;
use serde_json::{Value, json};
use support::Ran;
use support::cluster::{Namespace, done, kubectl, template, until, workload};
use support::console::{execute, output_of};
use support::node::{is_joined, load};

/// Names behind 00000000a80425fb, in the kernel's order.
const DEFAULT: [&str; 14] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SYS_CHROOT",
    "MKNOD",
    "AUDIT_WRITE",
    "SETFCAP",
];

/// Whether there is a real node; then it has the images.
fn has_node() -> bool {
    let is_there = is_joined();
    if is_there {
        load(&["busybox-root", "busybox-named", "nginx"]);
    }
    is_there
}

/// A pod that stays; `container` adds to its only container, `spec` to the pod's.
fn sleeper(name: &str, image: &str, container: &Value, spec: &Value) -> Value {
    let mut one =
        json!({"name": "c", "image": format!("harden.test/{image}:1"), "imagePullPolicy": "Never"});
    merge(&mut one, container);
    let mut spec_of = json!({"terminationGracePeriodSeconds": 0, "containers": [one]});
    merge(&mut spec_of, spec);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec_of})
}

fn merge(into: &mut Value, from: &Value) {
    for (key, value) in from.as_object().into_iter().flatten() {
        into[key] = value.clone();
    }
}

/// Applies pods and waits until they run.
fn run(ns: &Namespace, pods: &[Value]) {
    ns.apply(pods);
    for pod in pods {
        let name = pod["metadata"]["name"].as_str().unwrap();
        done(
            &[
                "wait",
                "-n",
                &ns.0,
                "--for=condition=Ready",
                "--timeout=60s",
                &format!("pod/{name}"),
            ],
            "",
        );
    }
}

/// A pod whose kubelet is played: nothing can be read in it.
fn played() -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "played"},
        "spec": {"nodeName": "kwok-1", "containers": [{"name": "c", "image": "myapp:1"}]}})
}

fn seen(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out()).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// The containers of the only pod that is seen.
fn containers(ns: &Namespace, args: &[&str]) -> Vec<Value> {
    let ran = ns.harden(&[&["inspect"], args, &["-o", "json"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let json = seen(&ran);
    assert_eq!(json["pods"].as_array().unwrap().len(), 1, "{json:#}");
    json["pods"][0]["containers"].as_array().unwrap().clone()
}

fn only(ns: &Namespace, args: &[&str]) -> Value {
    let all = containers(ns, args);
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

fn findings(container: &Value) -> Vec<&str> {
    let all = container["findings"].as_array().unwrap();
    all.iter()
        .map(|finding| finding["id"].as_str().unwrap())
        .collect()
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn pods_are_those_of_their_workloads() {
    let ns = Namespace::new("inspect-of");
    let mut stray = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "stray"}});
    merge(&mut stray, &template("web"));
    stray["metadata"]["name"] = "stray".into();
    let job = json!({"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "myapp:1"}]}}});
    let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "night"},
        "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": job}}});
    ns.apply(&[
        workload("Deployment", "web"),
        workload("StatefulSet", "db"),
        stray,
        cron,
    ]);
    done(
        &[
            "create",
            "job",
            "night-1",
            "--from=cronjob/night",
            "-n",
            &ns.0,
        ],
        "",
    );
    let names = |args: &[&str]| {
        let ran = ns.harden(&[&["inspect", "--no-exec", "-o", "json"], args].concat());
        let json = seen(&ran);
        let pods = json["pods"].as_array().unwrap().clone();
        let of = |pod: &Value| {
            let name = pod["name"].as_str().unwrap();
            // Without what is made up for each pod.
            let name = name.split('-').next().unwrap().to_owned();
            format!("{name} of {}", pod["workload"].as_str().unwrap())
        };
        pods.iter().map(of).collect::<Vec<_>>()
    };
    until("all pods are there", || names(&[]).len() == 4);
    for (args, expected) in [
        (&["deploy/web"][..], &["web of deployment.apps/web"][..]),
        (&["sts", "db"], &["db of statefulset.apps/db"]),
        (&["cj/night"], &["night of cronjob.batch/night"]),
        (&["stray"], &["stray of pod/stray"]),
        (
            &["-l", "app=web"],
            &["stray of pod/stray", "web of deployment.apps/web"],
        ),
        (
            &["deploy,sts"],
            &["db of statefulset.apps/db", "web of deployment.apps/web"],
        ),
    ] {
        assert_eq!(names(args), expected, "{args:?}");
    }
    let none = ns.harden(&["inspect", "nosuch", "svc/x", "stray", "--no-exec"]);
    assert_eq!(none.code, 2, "{none:?}");
    assert!(
        none.stderr.contains("pods \"nosuch\" not found"),
        "{none:?}"
    );
    assert!(none.stderr.contains("services run no pods"), "{none:?}");
    assert!(none.out().contains("stray"), "{none:?}");
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn what_cannot_be_read_is_said() {
    let ns = Namespace::new("inspect-none");
    run(&ns, &[played()]);
    let container = only(&ns, &["played"]);
    let not_read = &container["notRead"][0];
    assert_eq!(not_read["what"], "all", "{container:#}");
    assert!(!not_read["reason"].as_str().unwrap().is_empty());
    assert_eq!(container["actual"]["user"], Value::Null);
    let table = ns.harden(&["inspect", "played"]);
    assert_eq!(table.code, 0, "{table:?}");
    assert!(table.out().contains("not read: "), "{table:?}");
    assert_eq!(ns.harden(&["inspect", "played", "--check"]).code, 2);
    let no_exec = only(&ns, &["played", "--no-exec"]);
    assert_eq!(no_exec["notRead"][0]["reason"], "--no-exec");
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_missing_right_is_said_in_kubectls_words() {
    let ns = Namespace::new("inspect-right");
    run(&ns, &[played()]);
    done(
        &[
            "create",
            "role",
            "reader",
            "--verb=get,list",
            "--resource=pods",
            "-n",
            &ns.0,
        ],
        "",
    );
    let account = format!("system:serviceaccount:{}:default", ns.0);
    let binding = format!("--serviceaccount={}:default", ns.0);
    done(
        &[
            "create",
            "rolebinding",
            "reader",
            "--role=reader",
            &binding,
            "-n",
            &ns.0,
        ],
        "",
    );
    let asked = || ns.harden(&["inspect", "played", "-o", "json", "--as", &account]);
    until("the right is there", || asked().code == 0);
    let ran = asked();
    let reason = seen(&ran)["pods"][0]["containers"][0]["notRead"][0]["reason"].clone();
    let reason = reason.as_str().unwrap();
    assert!(
        reason.starts_with("Error from server (Forbidden): pods \"played\" is forbidden"),
        "{reason}"
    );
    assert!(reason.contains("resource \"pods/exec\""), "{reason}");
    assert!(
        ran.stderr
            .contains("hint: ask for the verbs get and create on pods/exec"),
        "{ran:?}"
    );
}

#[test]
#[ignore = "needs a control plane and a node: tests/cluster/README.md"]
fn declared_stands_beside_actual() {
    if !has_node() {
        return;
    }
    let ns = Namespace::new("inspect-who");
    let own = json!({"securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
        "capabilities": {"drop": ["ALL"]}}});
    let mut setup = json!({"name": "setup", "image": "harden.test/busybox-root:1", "imagePullPolicy": "Never", "command": ["true"]});
    merge(&mut setup, &own);
    let of_pod = json!({"initContainers": [setup], "securityContext": {"runAsNonRoot": true, "runAsUser": 1000,
        "runAsGroup": 1000, "fsGroup": 1000, "seccompProfile": {"type": "RuntimeDefault"}}});
    run(
        &ns,
        &[
            sleeper("shell", "busybox-root", &json!({}), &json!({})),
            sleeper("hardened", "busybox-root", &own, &of_pod),
            sleeper("named", "busybox-named", &json!({}), &json!({})),
        ],
    );
    let shell = only(&ns, &["shell"]);
    assert_eq!(shell["actual"]["user"]["uid"], 0);
    let process = &shell["actual"]["process"];
    assert_eq!(process["capabilities"]["effective"], json!(DEFAULT));
    assert_eq!(
        (&process["noNewPrivs"], &process["seccomp"]),
        (&json!(false), &json!("disabled"))
    );
    assert_eq!(shell["actual"]["rootFilesystemReadOnly"], false);
    assert_eq!(
        findings(&shell),
        ["runsAsRoot", "userOfImage", "capabilitiesOfRuntime"]
    );
    let hardened = containers(&ns, &["hardened"]);
    let ended = json!({"state": "ended", "exitCode": 0, "reason": "Completed"});
    assert_eq!(
        (&hardened[0]["kind"], &hardened[0]["state"]),
        (&json!("init"), &ended["state"])
    );
    assert_eq!(
        hardened[0]["notRead"][0]["reason"],
        "it has ended: Completed, exit code 0"
    );
    let web = &hardened[1];
    assert_eq!(
        (&web["actual"]["user"]["uid"], &web["actual"]["user"]["gid"]),
        (&json!(1000), &json!(1000))
    );
    assert_eq!(
        web["actual"]["process"]["capabilities"]["effective"],
        json!([])
    );
    assert_eq!(web["actual"]["process"]["noNewPrivs"], true);
    assert_eq!(web["actual"]["process"]["seccomp"], "filter");
    assert_eq!(web["actual"]["rootFilesystemReadOnly"], true);
    assert_eq!(findings(web), [""; 0]);
    let named = only(&ns, &["named"]);
    assert_eq!(named["actual"]["user"]["uid"], 1001);
    assert_eq!(findings(&named), ["userOfImage"]);
    assert_eq!(
        ns.harden(&["inspect", "hardened", "named", "--check"]).code,
        0
    );
    assert_eq!(
        ns.harden(&["inspect", "-A", "--check", "-l", "x=y"]).code,
        0
    );
    assert_eq!(ns.harden(&["inspect", "--check"]).code, 1);
    assert_eq!(ns.harden(&["inspect", "shell", "-c", "nosuch"]).code, 2);
}

#[test]
#[ignore = "needs a control plane and a node: tests/cluster/README.md"]
fn processes_and_ports_are_told_apart() {
    if !has_node() {
        return;
    }
    let ns = Namespace::new("inspect-shared");
    let listens =
        |port: u16| json!({"command": ["sh", "-c", format!("nc -l -p {port} & exec sleep 1000")]});
    let mut other = json!({"name": "other", "image": "harden.test/busybox-root:1", "imagePullPolicy": "Never",
        "command": ["sleep", "1000"], "securityContext": {"runAsUser": 5}});
    let host = json!({"hostPID": true, "hostNetwork": true});
    let mut two = sleeper("two", "busybox-root", &listens(80), &json!({}));
    two["spec"]["containers"]
        .as_array_mut()
        .unwrap()
        .push(other.take());
    let mut shared = two.clone();
    shared["metadata"]["name"] = "shared".into();
    shared["spec"]["shareProcessNamespace"] = true.into();
    run(
        &ns,
        &[
            two,
            shared,
            sleeper("host", "busybox-root", &listens(901), &host),
        ],
    );
    for name in ["two", "shared"] {
        let pod = containers(&ns, &[name]);
        assert_eq!(
            pod[0]["actual"]["ports"],
            json!([{"port": 80, "protocol": "TCP", "own": true}]),
            "{name}"
        );
        assert_eq!(
            pod[1]["actual"]["ports"],
            json!([{"port": 80, "protocol": "TCP", "own": false}]),
            "{name}"
        );
        assert_eq!(
            (
                &pod[0]["actual"]["user"]["uid"],
                &pod[1]["actual"]["user"]["uid"]
            ),
            (&json!(0), &json!(5)),
            "{name}"
        );
        assert_eq!(pod[1]["actual"]["others"], json!([]), "{name}");
        assert_eq!(pod[1]["actual"]["process"]["name"], "sleep", "{name}");
    }
    let host = only(&ns, &["host"]);
    assert_eq!(host["actual"]["process"]["name"], "sleep");
    assert_eq!(
        host["actual"]["ports"],
        json!([{"port": 901, "protocol": "TCP", "own": true}])
    );
}

#[test]
#[ignore = "needs a control plane and a node: tests/cluster/README.md"]
fn an_image_without_a_shell_is_looked_at_from_beside() {
    if !has_node() {
        return;
    }
    let ns = Namespace::new("inspect-beside");
    done(
        &[
            "label",
            "namespace",
            &ns.0,
            "pod-security.kubernetes.io/enforce=restricted",
        ],
        "",
    );
    // What an image without a shell shows: no program is found by its name.
    let own = json!({"command": ["/bin/busybox", "sleep", "1000"], "env": [{"name": "PATH", "value": "/nowhere"}],
        "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
            "capabilities": {"drop": ["ALL"]}}});
    let of_pod = json!({"securityContext": {"runAsNonRoot": true, "runAsUser": 1000, "runAsGroup": 1000,
        "seccompProfile": {"type": "RuntimeDefault"}}});
    run(&ns, &[sleeper("static", "busybox-root", &own, &of_pod)]);
    let unread = only(&ns, &["static"]);
    assert_eq!(
        unread["notRead"][0]["reason"],
        "no sh, cat or busybox in the image"
    );
    assert_eq!(
        unread["notRead"][0]["hint"],
        "--debug-image looks from a container beside it"
    );
    for _ in 0..2 {
        let ran = ns.harden(&[
            "inspect",
            "static",
            "--debug-image=harden.test/busybox-root:1",
            "-o",
            "json",
        ]);
        assert!(
            ran.stderr.contains("Kubernetes cannot remove it"),
            "{ran:?}"
        );
        let json = seen(&ran);
        let container = &json["pods"][0]["containers"];
        assert_eq!(container.as_array().unwrap().len(), 1, "{json:#}");
        let actual = &container[0]["actual"];
        assert_eq!(
            (&actual["user"]["uid"], &actual["user"]["source"]),
            (&json!(1000), &json!("debugContainer"))
        );
        assert_eq!(actual["process"]["name"], "busybox");
        assert_eq!(actual["process"]["capabilities"]["effective"], json!([]));
        assert_eq!(
            (&actual["rootFilesystemReadOnly"], &actual["others"]),
            (&json!(true), &json!([]))
        );
        assert_eq!(container[0]["notRead"], json!([]));
    }
    let absent = ns.harden(&[
        "inspect",
        "static",
        "--debug-image=harden.test/nosuch:1",
        "-o",
        "json",
    ]);
    let reason = seen(&absent)["pods"][0]["containers"][0]["notRead"][0]["reason"].clone();
    assert!(
        reason
            .as_str()
            .unwrap()
            .contains("kubectl-harden-inspect-3 did not start: "),
        "{reason}"
    );
}

/// docs/inspect.md: every ```console node block. `BLESS=1` writes what is printed.
#[test]
#[ignore = "needs a control plane and a node: tests/cluster/README.md"]
fn the_document_shows_what_a_node_says() {
    if !has_node() {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kubeconfig = std::env::var("KUBECONFIG").expect("KUBECONFIG, see tests/cluster/README.md");
    let directory = tempfile::tempdir().unwrap();
    kubectl(
        &["delete", "namespace", "inspected", "--ignore-not-found"],
        "",
    );
    done(&["create", "namespace", "inspected"], "");
    let ns = Namespace(String::from("inspected"));
    until("the namespace has its service account", || {
        kubectl(&["get", "serviceaccount", "default", "-n", "inspected"], "").code == 0
    });
    let hardened = json!({"securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
        "capabilities": {"drop": ["ALL"]}}});
    let of_pod = json!({"securityContext": {"runAsNonRoot": true, "runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000,
        "seccompProfile": {"type": "RuntimeDefault"}}});
    let without_shell = json!({"command": ["/bin/busybox", "sleep", "1000"], "env": [{"name": "PATH", "value": "/nowhere"}]});
    let mut web = workload("Deployment", "web");
    web["spec"]["template"]["spec"] = json!({"terminationGracePeriodSeconds": 0, "containers": [
        {"name": "nginx", "image": "harden.test/nginx:1", "imagePullPolicy": "Never"}]});
    ns.apply(&[web]);
    run(
        &ns,
        &[
            sleeper("shell", "busybox-root", &json!({}), &json!({})),
            sleeper("hardened", "busybox-root", &hardened, &of_pod),
            sleeper("named", "busybox-named", &json!({}), &json!({})),
            sleeper("static", "busybox-root", &without_shell, &json!({})),
        ],
    );
    done(
        &[
            "rollout",
            "status",
            "deploy/web",
            "-n",
            "inspected",
            "--timeout=60s",
        ],
        "",
    );
    let pods = Regex::new(r"web-[0-9a-f]{6,10}-[0-9a-z]{5}\b").unwrap();
    let env = [("KUBECONFIG", kubeconfig.as_str())];
    let commands = execute(
        &root.join("docs/inspect.md"),
        "```console node",
        |command, _| {
            let said = output_of(command, directory.path(), &env);
            pods.replace_all(&said, "web-6c5cb755cd-lp2qh").into_owned()
        },
    );
    assert!(commands > 0);
}
