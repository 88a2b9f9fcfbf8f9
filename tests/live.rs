//! Live objects of a real control plane. tests/cluster/README.md says how to start one; KUBECONFIG names it.
//!
//! ```sh
//! tests/cluster/up.sh /tmp/c && KUBECONFIG=/tmp/c/kubeconfig cargo test --test live -- --ignored
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use support::cluster::{Namespace, done, harden, kubectl, pod, template, until, workload};
use support::{Ran, program};

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn objects_are_selected_as_kubectl_selects_them() {
    let ns = Namespace::new("select");
    ns.apply(&[
        workload("Deployment", "web"),
        workload("Deployment", "api"),
        workload("StatefulSet", "db"),
        workload("DaemonSet", "agent"),
    ]);
    for (args, expected) in [
        (&["deploy/web"][..], &["deployment.apps/web"][..]),
        (
            &["deployment.apps/web", "sts/db"],
            &["deployment.apps/web", "statefulset.apps/db"],
        ),
        (
            &["deploy", "web", "api"],
            &["deployment.apps/api", "deployment.apps/web"],
        ),
        (&["deployments.v1.apps", "web"], &["deployment.apps/web"]),
        (
            &["Deployment,sts"],
            &[
                "deployment.apps/api",
                "deployment.apps/web",
                "statefulset.apps/db",
            ],
        ),
        (
            &["deploy,sts,ds", "-l", "app in (db,agent)"],
            &["daemonset.apps/agent", "statefulset.apps/db"],
        ),
        (
            &["deploy", "--field-selector", "metadata.name=api"],
            &["deployment.apps/api"],
        ),
        (
            &["deploy", "--chunk-size=1"],
            &["deployment.apps/api", "deployment.apps/web"],
        ),
        (
            &["deploy", "--chunk-size=0"],
            &["deployment.apps/api", "deployment.apps/web"],
        ),
        (&["cronjobs"], &[]),
    ] {
        assert_eq!(ns.names(args), expected, "{args:?}");
    }
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn the_modes_have_their_output_and_exit_codes() {
    let ns = Namespace::new("modes");
    ns.apply(&[workload("Deployment", "web")]);
    let ran = ns.harden(&["deploy/web"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let path = format!("{}/deployment.apps/web", ns.0);
    assert!(
        ran.out()
            .starts_with(&format!("--- a/{path}\n+++ b/{path}\n@@ ")),
        "{}",
        ran.out()
    );
    let removed = ran
        .out()
        .lines()
        .filter(|line| line.starts_with('-'))
        .count();
    assert_eq!(removed, 1, "only the header: {}", ran.out());
    assert_eq!(
        ran.stderr,
        "1 workload in the cluster: 1 to harden; 8 fields to write\n"
    );
    let ran = ns.harden(&["deploy/web", "--check"]);
    assert_eq!((ran.code, ran.out().lines().count()), (1, 8), "{ran:?}");
    assert!(ran.out().starts_with(&format!("{path}:")), "{}", ran.out());
    let ran = ns.harden(&["deploy/web", "-o", "json"]);
    let object: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    assert_eq!(
        object["spec"]["template"]["spec"]["securityContext"]["runAsUser"],
        1000
    );
    assert!(object.get("status").is_none() && object["metadata"].get("managedFields").is_none());
    let annotation = "kubectl.kubernetes.io/last-applied-configuration";
    assert!(object["metadata"]["annotations"].get(annotation).is_some());
    let report = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.json", ns.0));
    let ran = ns.harden(&[
        "deploy/web",
        "--report",
        &format!("json={}", report.display()),
    ]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let report = std::fs::read_to_string(report).expect("written");
    assert!(report.contains(&path), "{report}");
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn what_is_printed_applies_and_is_hardened_then() {
    let ns = Namespace::new("apply");
    ns.apply(&[
        workload("Deployment", "web"),
        workload("StatefulSet", "db"),
        json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "cron"},
            "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never",
                "containers": [{"name": "c", "image": "myapp"}]}}}}}}),
    ]);
    // What is printed holds the resourceVersion: kubectl refuses it once the status has changed.
    for of in ["deployment/web", "statefulset/db"] {
        done(&["rollout", "status", of, "-n", &ns.0], "");
    }
    sleep(Duration::from_secs(1));
    let ran = ns.harden(&["deploy,sts,cj", "-o", "yaml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let dry = done(&["apply", "--dry-run=server", "-f", "-"], &ran.out());
    assert_eq!(dry.lines().count(), 3, "{dry}");
    assert!(
        dry.lines()
            .all(|line| line.ends_with("configured (server dry run)")),
        "{dry}"
    );
    done(&["replace", "-f", "-"], &ran.out());
    let again = ns.harden(&["deploy,sts,cj"]);
    assert_eq!((again.code, again.out()), (0, String::new()), "{again:?}");
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn what_a_controller_makes_is_hardened_there_and_once() {
    let ns = Namespace::new("lift");
    let mut web = workload("Deployment", "web");
    web["spec"]["replicas"] = json!(3);
    ns.apply(&[
        web,
        workload("DaemonSet", "agent"),
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"},
            "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "myapp"}]}}}}),
    ]);
    let selector = ["get", "pods", "-n", &ns.0, "-o", "name"];
    until("there are pods of all", || {
        let pods = done(&selector, "");
        pods.contains("/once") && pods.contains("/agent") && pods.matches("/web").count() == 3
    });
    let tops = [
        "daemonset.apps/agent",
        "deployment.apps/web",
        "job.batch/once",
    ];
    assert_eq!(ns.names(&["pods"]), tops);
    assert_eq!(ns.names(&["all"]), tops);
    assert_eq!(ns.names(&["pods,rs,deploy,ds,jobs"]), tops);
    assert_eq!(ns.names(&["rs"]), ["deployment.apps/web"]);
    let ran = ns.harden(&["pods", "-l", "app=web"]);
    let note = format!(
        " and 2 more come from {}/deployment.apps/web, which is taken instead\n",
        ns.0
    );
    assert!(ran.stderr.contains(&note), "{}", ran.stderr);
    assert_eq!(ran.out().matches("\n+++ ").count(), 1, "{}", ran.out());
    let ran = ns.harden(&["deploy,pods", "-l", "app=web"]);
    assert!(
        !ran.stderr.contains("comes from"),
        "it was named: {}",
        ran.stderr
    );
    let name = done(&[&selector[..], &["-l", "app=web"]].concat(), "");
    let name = name.lines().next().expect("a pod").to_owned();
    assert_eq!(ns.names(&[&name]), ["deployment.apps/web"]);
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn many_controllers_are_each_found() {
    let ns = Namespace::new("many");
    let names: Vec<_> = (0..15).map(|i| format!("web{i:02}")).collect();
    let objects: Vec<_> = names
        .iter()
        .map(|name| workload("Deployment", name))
        .collect();
    ns.apply(&objects);
    let pods = || {
        done(&["get", "pods", "-n", &ns.0, "-o", "name"], "")
            .lines()
            .count()
            == 15
    };
    until("there are 15 pods", pods);
    let expected: Vec<_> = names
        .iter()
        .map(|name| format!("deployment.apps/{name}"))
        .collect();
    assert_eq!(ns.names(&["pods"]), expected);
    assert_eq!(ns.names(&["pods", "--chunk-size=4"]), expected);
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn what_is_immutable_says_how_to_make_it_anew() {
    let ns = Namespace::new("bare");
    ns.apply(&[
        pod("bare", &json!({})),
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"},
            "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "myapp"}]}}}}),
    ]);
    let node = || {
        let path = "jsonpath={.spec.nodeName}";
        !done(&["get", "pod", "bare", "-n", &ns.0, "-o", path], "").is_empty()
    };
    until("the pod has a node", node);
    let ran = ns.harden(&["pod/bare", "job/once"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for object in ["pod/bare", "job.batch/once"] {
        let hint = format!(
            "kubectl harden {object} -n {} -o yaml | kubectl replace --force -f -\n",
            ns.0
        );
        assert!(ran.stderr.contains(&hint), "{}", ran.stderr);
    }
    let ran = ns.harden(&["pod/bare", "job/once", "-o", "yaml"]);
    for server_set in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "nodeName",
        "controller-uid",
    ] {
        assert!(
            !ran.out().contains(server_set),
            "{server_set}: {}",
            ran.out()
        );
    }
    assert!(!ran.stderr.contains("hint: "), "{}", ran.stderr);
    done(&["replace", "--force", "-f", "-"], &ran.out());
    let ran = ns.harden(&["pod/bare", "job/once", "--check"]);
    assert_eq!((ran.code, ran.out()), (0, String::new()), "{ran:?}");
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn mirror_pods_point_to_their_file() {
    let ns = Namespace::new("mirror");
    let nodes = done(
        &["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"],
        "",
    );
    let mut mirror = pod("static", &json!({"kubernetes.io/config.mirror": "0"}));
    mirror["spec"]["nodeName"] = json!(nodes);
    ns.apply(&[mirror]);
    let ran = ns.harden(&["pod/static"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stderr
            .contains("/pod/static mirrors a static pod: its manifest is a file on the node"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("hint: harden that file there"),
        "{}",
        ran.stderr
    );
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn one_forbidden_type_does_not_stop_the_others() {
    let ns = Namespace::new("rbac");
    ns.apply(&[
        workload("Deployment", "web"),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"},
            "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list"]}]}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "r"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "team:shop"}]}),
    ]);
    let who = ["--as=jane", "--as-group=x", "--as-group=team:shop"];
    let path = format!("{}: deployment.apps/web\n", ns.0);
    until("the role is in force", || {
        ns.harden(&[&["deploy"], &who[..]].concat()).code == 1
    });
    let ran = ns.harden(&[&["sts,deploy,ds", "-o", "name"], &who[..]].concat());
    assert_eq!((ran.code, ran.out()), (2, path), "{ran:?}");
    for of in ["statefulsets", "daemonsets"] {
        let said = format!(
            "Error from server (Forbidden): {of}.apps is forbidden: User \"jane\" cannot list resource \"{of}\""
        );
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    }
    let ran = harden(&[&["deploy", "-A"], &who[..]].concat());
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("at the cluster scope\nhint: "),
        "{}",
        ran.stderr
    );
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn what_is_not_there_is_said_in_kubectls_words() {
    let ns = Namespace::new("absent");
    for (args, said) in [
        (
            &["deploy/web"][..],
            "Error from server (NotFound): deployments.apps \"web\" not found\nhint: ",
        ),
        (
            &["deploy", "web"],
            "Error from server (NotFound): deployments.apps \"web\" not found\nhint: ",
        ),
        (
            &["foo"],
            "error: the server doesn't have a resource type \"foo\"\nhint: ",
        ),
        (
            &["foo/web"],
            "error: the server doesn't have a resource type \"foo\"\nhint: ",
        ),
        (
            &["deployments.v9.apps"],
            "error: the server doesn't have a resource type \"deployments.v9.apps\"\nhint: ",
        ),
        (
            &["svc"],
            "error: services run no pods: there is nothing to harden\nhint: ",
        ),
        (
            &["deploy", "-l", "a==b==c"],
            "Error from server (BadRequest): ",
        ),
    ] {
        let ran = ns.harden(args);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert!(ran.stderr.starts_with(said), "{args:?}: {}", ran.stderr);
    }
    let ran = ns.harden(&["deploy"]);
    let said = format!("No resources found in {} namespace.\n", ns.0);
    assert_eq!((ran.code, ran.stderr), (0, said));
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn the_clusters_own_namespaces_are_left_out_and_counted() {
    let ns = Namespace::new("system");
    ns.apply(&[workload("Deployment", "web")]);
    let name = format!("harden-live-{}", std::process::id());
    let system = workload("Deployment", &name);
    done(
        &["apply", "-n", "kube-system", "-f", "-"],
        &system.to_string(),
    );
    let all = harden(&["deploy", "-A", "-o", "name"]);
    let named = harden(&["deploy", "-n", "kube-system", "-o", "name"]);
    done(&["delete", "deployment", &name, "-n", "kube-system"], "");
    assert!(
        all.out()
            .contains(&format!("{}: deployment.apps/web\n", ns.0)),
        "{all:?}"
    );
    assert!(!all.out().contains("kube-system"), "{all:?}");
    assert!(
        all.stderr
            .contains("of the cluster's own namespaces left out (kube-system); -n names one"),
        "{all:?}"
    );
    assert!(
        named
            .out()
            .contains(&format!("kube-system: deployment.apps/{name}\n")),
        "{named:?}"
    );
}

/// A small CRD of a kind whose pod template is known, and of one that is not.
fn custom(group: &str, kind: &str) -> Value {
    let plural = format!("{}s", kind.to_lowercase());
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {"group": group, "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase(), "shortNames": [format!("x{}", kind.to_lowercase())], "categories": ["hardentest"]},
            "versions": [{"name": "v1alpha1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}})
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn custom_resources_are_discovered_and_their_controllers_followed() {
    let ns = Namespace::new("custom");
    let argo = kubectl(&["get", "crd", "rollouts.argoproj.io"], "");
    assert_ne!(argo.code, 0, "this test makes and deletes Argo's CRD");
    let crds = [
        custom("argoproj.io", "Rollout"),
        custom("unknown.example", "Thing"),
    ];
    let crds = json!({"apiVersion": "v1", "kind": "List", "items": crds}).to_string();
    done(&["apply", "-f", "-"], &crds);
    let rollout = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"},
        "spec": {"template": template("web")}});
    let thing = json!({"apiVersion": "unknown.example/v1alpha1", "kind": "Thing", "metadata": {"name": "t"}});
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [rollout, thing]}).to_string();
    until("the CRDs are served", || {
        kubectl(&["apply", "-n", &ns.0, "-f", "-"], &list).code == 0
    });
    let uid = |of: &str| {
        done(
            &["get", of, "-n", &ns.0, "-o", "jsonpath={.metadata.uid}"],
            "",
        )
    };
    let owned = |name: &str, api: &str, kind: &str, owner: &str, uid: &str| {
        let mut set = workload("ReplicaSet", name);
        set["metadata"]["ownerReferences"] = json!([{"apiVersion": api, "kind": kind, "name": owner, "uid": uid, "controller": true}]);
        set
    };
    ns.apply(&[
        owned(
            "web-1",
            "argoproj.io/v1alpha1",
            "Rollout",
            "web",
            &uid("rollout/web"),
        ),
        owned(
            "t-1",
            "unknown.example/v1alpha1",
            "Thing",
            "t",
            &uid("thing/t"),
        ),
    ]);
    for args in [
        &["rollouts"][..],
        &["rollout/web"],
        &["xrollout", "web"],
        &["rollouts.argoproj.io"],
        &["rollouts.v1alpha1.argoproj.io"],
        &["hardentest"],
    ] {
        assert_eq!(ns.names(args), ["rollout.argoproj.io/web"], "{args:?}");
    }
    assert_eq!(
        ns.names(&["rs"]),
        ["replicaset.apps/t-1", "rollout.argoproj.io/web"]
    );
    let ran = ns.harden(&["rs/t-1"]);
    let said = format!(
        "Warning: {}/replicaset.apps/t-1 is made by thing/t, whose pod spec is not known",
        ns.0
    );
    assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    done(&["delete", "-f", "-"], &crds);
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn connection_flags_and_credential_plugins_lead_to_the_cluster() {
    let ns = Namespace::new("flags");
    ns.apply(&[workload("Deployment", "web")]);
    let view = done(
        &[
            "config",
            "view",
            "--raw",
            "--minify",
            "--flatten",
            "-o",
            "json",
        ],
        "",
    );
    let view: Value = serde_json::from_str(&view).expect("JSON");
    let (cluster, user) = (&view["clusters"][0]["cluster"], &view["users"][0]["user"]);
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let folder = tempfile::tempdir().expect("made");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let pem = |key: &str, of: &Value| {
        let input = text(of, key);
        let mut command = Command::new("base64");
        let pipes = command
            .arg("-d")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = pipes.spawn().expect("base64");
        child
            .stdin
            .take()
            .expect("piped")
            .write_all(input.as_bytes())
            .expect("written");
        let output = child.wait_with_output().expect("ends").stdout;
        String::from_utf8(output).expect("PEM")
    };
    let credential = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {
        "clientCertificateData": pem("client-certificate-data", user), "clientKeyData": pem("client-key-data", user)}});
    let credential = file("credential.json", &credential.to_string());
    let ca = file("ca.pem", &pem("certificate-authority-data", cluster));
    let exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "cat", "args": [credential], "interactiveMode": "Never"});
    let config = json!({"current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "plugin", "namespace": ns.0}},
            {"name": "nobody", "context": {"cluster": "c", "user": "none"}}],
        "clusters": [{"name": "c", "cluster": cluster}, {"name": "bare", "cluster": {"server": cluster["server"]}}],
        "users": [{"name": "plugin", "user": {"exec": exec}}, {"name": "admin", "user": user}, {"name": "none", "user": {}}]});
    let config = file("config", &config.to_string());
    let server = text(cluster, "server");
    let run = |args: &[&str]| -> Ran {
        let all = [&["deploy/web", "-o", "name", "--kubeconfig", &config], args].concat();
        let mut command = program(folder.path(), &all);
        command
            .env_remove("KUBECONFIG")
            .output()
            .expect("runs")
            .into()
    };
    let found = format!("{}: deployment.apps/web\n", ns.0);
    for args in [
        &[][..],
        &["--user=admin"],
        &["--context=nobody", "--user=admin", "-n", &ns.0],
        &["-s", &server],
        &["--cluster=bare", "--certificate-authority", &ca],
        &["--cluster=bare", "--insecure-skip-tls-verify"],
        &["--insecure-skip-tls-verify=true", "--user=admin"],
        &["--tls-server-name=localhost"],
    ] {
        let ran = run(args);
        assert_eq!(
            (ran.code, ran.out()),
            (0, found.clone()),
            "{args:?}: {ran:?}"
        );
    }
    for (args, said) in [
        (
            &["--cluster=bare"][..],
            "error: Unable to connect to the server: invalid peer certificate: UnknownIssuer\nhint: ",
        ),
        (
            &["--tls-server-name=example.org"],
            "error: Unable to connect to the server: invalid peer certificate: certificate not valid for name \"example.org\"",
        ),
        (
            &["--context=nobody", "--token=nonsense"],
            "error: You must be logged in to the server (Unauthorized)\nhint: log in again",
        ),
        (
            &["--context=nobody"],
            "Error from server (Forbidden): deployments.apps \"web\" is forbidden: User \"system:anonymous\"",
        ),
    ] {
        let ran = run(args);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert!(ran.stderr.starts_with(said), "{args:?}: {}", ran.stderr);
    }
}
