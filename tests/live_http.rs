//! What a real API server cannot be made to do on command: busy, expired, cut off, garbage. A server of the
//! test answers on loopback.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Ran, program};

/// What the server does with one request.
enum Answer {
    Json(u16, Value),
    /// As it stands on the wire, head and all.
    Raw(Vec<u8>),
    /// Closes the connection.
    Cut,
    /// Says nothing.
    Silence,
}

struct Fake {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// Answers each request by its path and how many came before it.
    fn new(answer: impl Fn(&str, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
        let address = listener.local_addr().expect("bound").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                thread::spawn(move || one(stream, &*answer, &log));
            }
        });
        Self { address, asked }
    }

    fn run(&self, args: &[&str]) -> Ran {
        let server = format!("http://{}", self.address);
        let all: Vec<_> = args.iter().copied().chain(["--server", &server]).collect();
        live(&all)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("not poisoned").clone()
    }
}

fn one(
    mut stream: TcpStream,
    answer: &(dyn Fn(&str, usize) -> Answer + Send + Sync),
    log: &Mutex<Vec<String>>,
) {
    let mut reader = BufReader::new(stream.try_clone().expect("cloned"));
    let mut first = String::new();
    reader.read_line(&mut first).expect("read");
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut line = String::new();
    while reader.read_line(&mut line).expect("read") > 2 {
        line.clear();
    }
    let before = {
        let mut log = log.lock().expect("not poisoned");
        log.push(path.clone());
        log.len() - 1
    };
    match answer(&path, before) {
        Answer::Json(code, value) => {
            let body = value.to_string();
            let head = format!(
                "HTTP/1.1 {code} X\r\ncontent-type: application/json\r\nretry-after: 0\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all((head + &body).as_bytes());
        }
        Answer::Raw(bytes) => {
            let _ = stream.write_all(&bytes);
        }
        Answer::Cut => {}
        Answer::Silence => thread::sleep(Duration::from_secs(60)),
    }
}

/// The program without any kubeconfig of this machine.
fn live(args: &[&str]) -> Ran {
    let home = tempfile::tempdir().expect("made");
    let mut command = program(home.path(), args);
    command.env("HOME", home.path());
    for name in [
        "KUBECONFIG",
        "KUBERNETES_SERVICE_HOST",
        "HTTPS_PROXY",
        "https_proxy",
    ] {
        command.env_remove(name);
    }
    command.output().expect("runs").into()
}

fn deployment(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "default", "uid": format!("uid-{name}")},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]},
            },
        },
    })
}

fn list(names: &[&str], token: &str) -> Value {
    let items: Vec<_> = names.iter().map(|name| deployment(name)).collect();
    json!({"kind": "DeploymentList", "apiVersion": "apps/v1", "metadata": {"continue": token}, "items": items})
}

fn status(code: u16, reason: &str, message: &str) -> Answer {
    let status = json!({"kind": "Status", "status": "Failure", "reason": reason, "message": message, "code": code});
    Answer::Json(code, status)
}

/// The names that a run printed with `-o name`.
fn names(ran: &Ran) -> Vec<String> {
    ran.out().lines().map(str::to_owned).collect()
}

fn expected(names: &[&str]) -> Vec<String> {
    let line = |name: &&str| format!("default: deployment.apps/{name}");
    names.iter().map(line).collect()
}

#[test]
fn one_object_by_name_is_one_request() {
    let fake = Fake::new(|_, _| Answer::Json(200, deployment("web")));
    let ran = fake.run(&["deploy/web"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out()
            .starts_with("--- a/default/deployment.apps/web\n+++ b/default/deployment.apps/web\n")
    );
    assert_eq!(
        fake.asked(),
        ["/apis/apps/v1/namespaces/default/deployments/web"]
    );
}

#[test]
fn pages_are_followed_and_selectors_sent() {
    let fake = Fake::new(|path, _| {
        let (names, token): (&[&str], _) = match path {
            path if path.contains("continue=t2") => (&["c"], ""),
            path if path.contains("continue=t1") => (&["b"], "t2"),
            _ => (&["a"], "t1"),
        };
        Answer::Json(200, list(names, token))
    });
    let args = [
        "deploy",
        "-A",
        "-l",
        "app in (a,b)",
        "--field-selector",
        "metadata.name!=x",
    ];
    let ran = fake.run(&[&args[..], &["--chunk-size=1", "-o", "name"]].concat());
    assert_eq!(
        (ran.code, names(&ran)),
        (0, expected(&["a", "b", "c"])),
        "{ran:?}"
    );
    let query = "labelSelector=app+in+%28a%2Cb%29&fieldSelector=metadata.name%21%3Dx&limit=1";
    let all = format!("/apis/apps/v1/deployments?{query}");
    let asked = [
        all.clone(),
        format!("{all}&continue=t1"),
        format!("{all}&continue=t2"),
    ];
    assert_eq!(fake.asked(), asked);
}

#[test]
fn a_busy_or_failing_server_is_asked_again() {
    for code in [429, 500, 502, 503, 504] {
        let fake = Fake::new(move |_, before| match before {
            0 | 1 => status(code, "TooManyRequests", "later"),
            _ => Answer::Json(200, list(&["a"], "")),
        });
        let ran = fake.run(&["deploy", "-o", "name"]);
        assert_eq!(
            (ran.code, names(&ran)),
            (0, expected(&["a"])),
            "{code}: {ran:?}"
        );
        assert_eq!(fake.asked().len(), 3);
    }
}

#[test]
fn retry_after_is_waited_for() {
    let fake = Fake::new(|_, before| match before {
        0 => Answer::Raw(
            b"HTTP/1.1 429 X\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                .to_vec(),
        ),
        _ => Answer::Json(200, list(&["a"], "")),
    });
    let started = Instant::now();
    let ran = fake.run(&["deploy", "-o", "name"]);
    assert_eq!((ran.code, names(&ran)), (0, expected(&["a"])), "{ran:?}");
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_server_that_stays_busy_ends_in_an_error() {
    let fake = Fake::new(|_, _| status(503, "ServiceUnavailable", "the server is away"));
    let ran = fake.run(&["deploy"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let said = "Error from server (ServiceUnavailable): the server is away\nhint: ";
    assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
    assert_eq!(fake.asked().len(), 6);
}

#[test]
fn a_cut_connection_is_tried_again() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{\"items\": [".to_vec();
    for first in [None, Some(half)] {
        let fake = Fake::new(move |_, before| match (before, &first) {
            (0, None) => Answer::Cut,
            (0, Some(half)) => Answer::Raw(half.clone()),
            _ => Answer::Json(200, list(&["a"], "")),
        });
        let ran = fake.run(&["deploy", "-o", "name"]);
        assert_eq!((ran.code, names(&ran)), (0, expected(&["a"])), "{ran:?}");
        assert_eq!(fake.asked().len(), 2);
    }
}

#[test]
fn a_list_that_expires_goes_on_with_the_servers_token() {
    let fake = Fake::new(|path, _| match path {
        path if path.contains("continue=inconsistent") => Answer::Json(200, list(&["b"], "")),
        path if path.contains("continue=old") => {
            let expired = json!({"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410,
                "message": "too old", "metadata": {"continue": "inconsistent"}});
            Answer::Json(410, expired)
        }
        _ => Answer::Json(200, list(&["a"], "old")),
    });
    let ran = fake.run(&["deploy", "-o", "name"]);
    assert_eq!(
        (ran.code, names(&ran)),
        (0, expected(&["a", "b"])),
        "{ran:?}"
    );
}

#[test]
fn a_list_that_starts_again_gives_each_object_once() {
    let fake = Fake::new(|path, before| match (path.contains("continue="), before) {
        (true, 0..=1) => status(410, "Expired", "too old"),
        (true, _) => Answer::Json(200, list(&["b"], "")),
        (false, _) => Answer::Json(200, list(&["a"], "old")),
    });
    let ran = fake.run(&["deploy", "-o", "name"]);
    assert_eq!(
        (ran.code, names(&ran)),
        (0, expected(&["a", "b"])),
        "{ran:?}"
    );
    assert_eq!(fake.asked().len(), 4);
}

#[test]
fn a_list_that_always_expires_ends() {
    let fake = Fake::new(|path, _| match path.contains("continue=") {
        true => status(410, "Expired", "too old"),
        false => Answer::Json(200, list(&["a"], "old")),
    });
    let ran = fake.run(&["deploy", "-o", "name"]);
    assert_eq!((ran.code, names(&ran)), (2, expected(&["a"])), "{ran:?}");
    assert!(ran.stderr.contains("Error from server (Expired): too old"));
}

#[test]
fn garbage_is_an_error_and_never_a_panic() {
    for body in [
        "",
        "<html>login</html>",
        "{\"items\": 5}",
        "[1]",
        "\u{0}\u{1}",
        "{\"items\": [{\"metadata\"",
        "\"x\"",
    ] {
        let fake = Fake::new(move |_, _| {
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            Answer::Raw((head + body).into_bytes())
        });
        let ran = fake.run(&["deploy"]);
        assert_eq!(ran.code, 2, "{body}: {ran:?}");
        assert!(
            ran.stderr.contains("is not one of Kubernetes"),
            "{body}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains("\nhint: "), "{body}: {}", ran.stderr);
    }
    for items in [
        json!([5]),
        json!([null, {}]),
        json!([{"metadata": 1, "spec": "x"}]),
    ] {
        let fake = Fake::new(move |_, _| Answer::Json(200, json!({"items": items})));
        let ran = fake.run(&["deploy"]);
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
        assert_ne!(ran.code, 101, "{ran:?}");
    }
}

#[test]
fn what_is_not_http_is_an_error() {
    let fake = Fake::new(|_, _| Answer::Raw(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()));
    let ran = fake.run(&["deploy"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr
            .starts_with("error: Unable to connect to the server: "),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_silent_server_is_left_after_the_request_timeout() {
    let fake = Fake::new(|_, _| Answer::Silence);
    let started = Instant::now();
    let ran = fake.run(&["deploy,sts,ds", "--request-timeout=300ms"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("within 300ms"), "{}", ran.stderr);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn unauthorized_stops_with_kubectls_sentence() {
    let fake = Fake::new(|_, _| status(401, "Unauthorized", "Unauthorized"));
    let ran = fake.run(&["deploy,sts"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let said = "error: You must be logged in to the server (Unauthorized)\nhint: ";
    assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
    assert_eq!(
        fake.asked().len(),
        1,
        "the second type would be refused too"
    );
}

#[test]
fn old_servers_are_discovered_group_by_group() {
    let fake = Fake::new(|path, _| {
        Answer::Json(
            200,
            match path {
                "/api" => json!({"kind": "APIVersions", "versions": ["v1"]}),
                "/api/v1" => json!({"resources": []}),
                "/apis" => json!({"kind": "APIGroupList", "groups": [
                {"name": "broken.example", "versions": [{"groupVersion": "broken.example/v1", "version": "v1"}]},
                {"name": "argoproj.io", "versions": [{"groupVersion": "argoproj.io/v1alpha1", "version": "v1alpha1"}],
                 "preferredVersion": {"groupVersion": "argoproj.io/v1alpha1", "version": "v1alpha1"}}]}),
                "/apis/broken.example/v1" => {
                    return status(503, "ServiceUnavailable", "no endpoints");
                }
                "/apis/argoproj.io/v1alpha1" => json!({"resources": [
                {"name": "rollouts/status", "singularName": "", "namespaced": true, "kind": "Rollout", "verbs": []},
                {"name": "rollouts", "singularName": "rollout", "shortNames": ["ro"], "namespaced": true, "kind": "Rollout", "verbs": []}]}),
                "/apis/argoproj.io/v1alpha1/namespaces/default/rollouts/web" => deployment("web"),
                _ => return status(404, "NotFound", "not found"),
            },
        )
    });
    let ran = fake.run(&["ro/web", "-o", "name"]);
    assert_eq!(
        (ran.code, ran.out()),
        (0, "default: rollout.argoproj.io/web\n".into()),
        "{ran:?}"
    );
    let ran = fake.run(&["nonsense"]);
    let said = "error: the server doesn't have a resource type \"nonsense\", but it cannot list those of broken.example";
    assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
    assert_eq!(ran.code, 2);
}

#[test]
fn nobody_listening_is_said_with_kubectls_sentence() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
        listener.local_addr().expect("bound").port()
    };
    let ran = live(&["deploy", "--server", &format!("http://127.0.0.1:{port}")]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let said = format!(
        "error: The connection to the server 127.0.0.1:{port} was refused - did you specify the right host or port?\nhint: "
    );
    assert!(ran.stderr.starts_with(&said), "{}", ran.stderr);
}

#[test]
fn without_a_kubeconfig_there_is_a_hint() {
    let ran = live(&["deploy"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.starts_with("error: no kubeconfig"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("\nhint: "), "{}", ran.stderr);
}

fn kubeconfig(folder: &Path, text: &str) -> String {
    let path = folder.join("config");
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

#[test]
fn kubeconfigs_are_read_by_kubectls_rules() {
    let folder = tempfile::tempdir().expect("made");
    let fake = Fake::new(|_, _| Answer::Json(200, deployment("web")));
    let path = kubeconfig(
        folder.path(),
        &format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts:\n- name: a\n  context: {{cluster: c, user: u, namespace: shop}}\n- name: sys\n  context: {{cluster: c, user: u, namespace: kube-system}}\nclusters:\n- name: c\n  cluster: {{server: 'http://{}'}}\nusers:\n- name: u\n  user:\n    exec: {{apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin, installHint: get it somewhere, interactiveMode: Never}}\n- name: plain\n  user: {{}}\n",
            fake.address
        ),
    );
    for (args, said) in [
        (
            &["--context=b"][..],
            "error: context \"b\" does not exist\nhint: ",
        ),
        (
            &["--cluster=b"],
            "error: cluster \"b\" does not exist\nhint: ",
        ),
        (
            &["--user=b"],
            "error: auth info \"b\" does not exist\nhint: ",
        ),
        (
            &[],
            "error: getting credentials: unable to run auth exec: No such file or directory (os error 2); get it somewhere\nhint: ",
        ),
        (
            &["--user=plain", "--context=sys"],
            "error: the context's namespace kube-system is the cluster's own",
        ),
        (
            &["--user=plain", "--as-group=x"],
            "error: requesting uid, groups or user-extra without impersonating a user",
        ),
        (
            &["--insecure-skip-tls-verify", "--certificate-authority=x"],
            "error: specifying a root certificates file with the insecure flag is not allowed",
        ),
        (
            &["--user=plain", "--certificate-authority=/no/ca"],
            "error: unable to read certificate-authority /no/ca: ",
        ),
    ] {
        let all = [&["deploy/web", "--kubeconfig", &path], args].concat();
        let ran = live(&all);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert!(ran.stderr.starts_with(said), "{args:?}: {}", ran.stderr);
    }
    assert_eq!(fake.asked().len(), 0);
    let ran = live(&["deploy/web", "--kubeconfig", &path, "--user=plain"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(
        fake.asked(),
        ["/apis/apps/v1/namespaces/shop/deployments/web"]
    );
    let missing = live(&["deploy/web", "--kubeconfig", "/no/such/config"]);
    assert!(
        missing
            .stderr
            .starts_with("error: cannot read the kubeconfig /no/such/config"),
        "{missing:?}"
    );
    let broken = kubeconfig(folder.path(), "clusters: [");
    let ran = live(&["deploy/web", "--kubeconfig", &broken]);
    assert!(
        ran.stderr.starts_with("error: error loading config file"),
        "{ran:?}"
    );
}

#[test]
fn arguments_that_do_not_go_together_need_no_cluster() {
    for (args, said) in [
        (
            &["-f", "x.yaml", "deploy/web"][..],
            "error: when paths, URLs, or stdin is provided as input",
        ),
        (
            &["deploy/web", "--", "x.yaml"],
            "error: when paths, URLs, or stdin is provided as input",
        ),
        (
            &["deploy", "web", "sts/db"],
            "error: there is no need to specify a resource type as a separate argument",
        ),
        (
            &["deploy", "web", "-l", "a=b"],
            "error: name cannot be provided when a selector is specified",
        ),
        (
            &["deploy/web", "-A"],
            "error: a resource cannot be retrieved by name across all namespaces",
        ),
        (
            &["deploy/web", "-w"],
            "error: -w writes files, and deploy/web is a live object\nhint: kubectl harden apply deploy/web",
        ),
        (
            &["-f", "x.yaml", "-A"],
            "error: --all-namespaces selects live objects, not files",
        ),
        (
            &["-f", "x.yaml", "-l", "a=b"],
            "error: --selector selects live objects, not files",
        ),
        (
            &["./deploy"],
            "error: \"./deploy\" is a path, not a resource",
        ),
        (
            &["inspect"],
            "error: name a POD or TYPE/NAME, or select pods with -l, -n or -A",
        ),
        (
            &["inspect", "-A", "web-0"],
            "error: a resource cannot be retrieved by name across all namespaces",
        ),
        (
            &["deploy", "-n", "a/b"],
            "error: invalid namespace \"a/b\": [may not contain '/']",
        ),
        (
            &["deploy", "--request-timeout=soon"],
            "error: invalid value 'soon' for '--request-timeout <TIME>': Invalid timeout value.",
        ),
    ] {
        let ran = live(args);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert!(ran.stderr.starts_with(said), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.out(), "", "{args:?}");
    }
}

#[test]
fn types_without_pods_and_categories_with_names_are_refused() {
    let fake = Fake::new(|path, _| {
        Answer::Json(
            200,
            match path {
                "/api" => {
                    json!({"kind": "APIGroupDiscoveryList", "items": [{"metadata": {}, "versions": [{"version": "v1", "resources": [
                {"resource": "services", "singularResource": "service", "shortNames": ["svc"], "categories": ["all"],
                 "scope": "Namespaced", "responseKind": {"kind": "Service"}, "verbs": ["list"]},
                {"resource": "pods", "singularResource": "pod", "shortNames": ["po"], "categories": ["all"],
                 "scope": "Namespaced", "responseKind": {"kind": "Pod"}, "verbs": ["list"]}]}]}]})
                }
                "/apis" => json!({"kind": "APIGroupDiscoveryList", "items": []}),
                "/api/v1/namespaces/default/pods?limit=500" => json!({"items": []}),
                _ => return status(404, "NotFound", "not found"),
            },
        )
    });
    let ran = fake.run(&["svc/web"]);
    assert!(
        ran.stderr.starts_with("error: services run no pods"),
        "{ran:?}"
    );
    let ran = fake.run(&["all/web"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let ran = fake.run(&["all"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (0, "No resources found in default namespace.\n"),
        "{ran:?}"
    );
}

#[test]
fn proxies_are_asked_by_gos_rules() {
    let folder = tempfile::tempdir().expect("made");
    let proxy = Fake::new(|_, _| {
        Answer::Raw(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n".to_vec())
    });
    let cluster = |server: &str, extra: &str| {
        kubeconfig(
            folder.path(),
            &format!(
                "current-context: a\ncontexts:\n- name: a\n  context: {{cluster: c, user: u}}\nclusters:\n- name: c\n  cluster: {{server: '{server}'{extra}}}\nusers: []\n"
            ),
        )
    };
    let run = |path: &str, no_proxy: &str| -> Ran {
        let mut command = program(
            folder.path(),
            &["deploy/web", "--kubeconfig", path, "--request-timeout=5s"],
        );
        command
            .env("HTTPS_PROXY", format!("http://{}", proxy.address))
            .env("NO_PROXY", no_proxy);
        command.env_remove("no_proxy").env_remove("https_proxy");
        command.output().expect("runs").into()
    };
    let fake = Fake::new(|_, _| Answer::Json(200, deployment("web")));
    let path = cluster(&format!("http://{}", fake.address), "");
    assert_eq!(
        run(&path, "").code,
        1,
        "this machine is never asked through a proxy of the environment"
    );
    let path = cluster("https://10.255.255.1:6443", "");
    assert_eq!(run(&path, "").code, 2);
    assert_eq!(proxy.asked()[0], "10.255.255.1:6443");
    let before = proxy.asked().len();
    let path = cluster("https://no-such-host.invalid:6443", "");
    assert_eq!(run(&path, ".invalid").code, 2);
    assert_eq!(proxy.asked().len(), before, "NO_PROXY names the server");
    let path = cluster(
        &format!("http://{}", fake.address),
        &format!(
            ", proxy-url: 'http://{}'",
            proxy.address.replace("127.0.0.1", "localhost")
        ),
    );
    assert_eq!(run(&path, "*").code, 2);
    assert_eq!(
        proxy.asked()[before],
        fake.address,
        "proxy-url of the kubeconfig always counts"
    );
}

#[test]
fn the_configuration_of_the_working_directory_counts() {
    let folder = tempfile::tempdir().expect("made");
    let config = "runAsUser: 65532\nskip: [fsGroup]\nworkloads:\n- {apiVersion: unknown.example/*, kind: Thing, podSpec: spec.pod}\n";
    std::fs::write(folder.path().join(".kubectl-harden.yaml"), config).expect("written");
    let fake = Fake::new(|path, _| {
        Answer::Json(
            200,
            match path {
                "/api" => json!({"kind": "APIGroupDiscoveryList", "items": []}),
                "/apis" => {
                    json!({"kind": "APIGroupDiscoveryList", "items": [{"metadata": {"name": "unknown.example"}, "versions": [{"version": "v1", "resources": [
                {"resource": "things", "singularResource": "thing", "scope": "Cluster", "responseKind": {"kind": "Thing"}, "verbs": ["list"]}]}]}]})
                }
                "/api/v1/namespaces/default/pods/p" => {
                    json!({"metadata": {"name": "p", "namespace": "default", "uid": "p",
                "ownerReferences": [{"apiVersion": "unknown.example/v1", "kind": "Thing", "name": "t", "uid": "t", "controller": true}]}})
                }
                "/apis/unknown.example/v1/things/t" => {
                    json!({"metadata": {"name": "t", "uid": "t"},
                "spec": {"pod": {"containers": [{"name": "c", "image": "nginx"}]}}})
                }
                _ => return status(404, "NotFound", "not found"),
            },
        )
    });
    let server = format!("http://{}", fake.address);
    let run = |args: &[&str]| -> Ran {
        let mut command = program(folder.path(), &[args, &["--server", &server]].concat());
        command.env("HOME", folder.path()).env_remove("KUBECONFIG");
        command.output().expect("runs").into()
    };
    let ran = run(&["po/p"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out().contains("+    runAsUser: 65532\n")
            || ran.out().contains("+      runAsUser: 65532\n"),
        "{}",
        ran.out()
    );
    assert!(!ran.out().contains("fsGroup"), "{}", ran.out());
    assert!(
        ran.out().starts_with("--- a/thing.unknown.example/t\n"),
        "{}",
        ran.out()
    );
    assert_eq!(
        run(&["thing", "t", "-o", "name"]).out(),
        "thing.unknown.example/t\n"
    );
    std::fs::write(folder.path().join(".kubectl-harden.yaml"), "profle: x\n").expect("written");
    let ran = run(&["po/p"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("did you mean \"profile\""),
        "{}",
        ran.stderr
    );
}

#[test]
fn every_report_takes_live_objects() {
    let fake = Fake::new(|_, _| Answer::Json(200, list(&["a", "b"], "")));
    let folder = tempfile::tempdir().expect("made");
    for format in [
        "json", "sarif", "csv", "junit", "markdown", "html", "github",
    ] {
        let file = folder.path().join(format);
        let ran = fake.run(&[
            "deploy",
            "--check",
            "--report",
            &format!("{format}={}", file.display()),
        ]);
        assert_eq!(ran.code, 1, "{format}: {ran:?}");
        let report = std::fs::read_to_string(&file).expect("written");
        assert!(report.contains("deployment.apps/b"), "{format}: {report}");
    }
}

#[test]
fn a_reader_that_leaves_ends_the_listing() {
    let names: Vec<String> = (0..2000).map(|i| format!("web-{i}")).collect();
    let fake = Fake::new(move |_, before| {
        let names: Vec<_> = names
            .iter()
            .map(|name| format!("{before}-{name}"))
            .collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        Answer::Json(200, list(&names, "more"))
    });
    let folder = tempfile::tempdir().expect("made");
    let server = format!("http://{}", fake.address);
    let mut command = program(
        folder.path(),
        &["deploy", "-o", "name", "--server", &server],
    );
    command.env("HOME", folder.path()).env_remove("KUBECONFIG");
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("runs");
    let mut reader = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("read");
    drop(reader);
    let deadline = Instant::now() + Duration::from_secs(30);
    while child.try_wait().expect("asked").is_none() {
        assert!(
            Instant::now() < deadline,
            "the list has no end, but its reader is gone"
        );
        thread::sleep(Duration::from_millis(50));
    }
    assert!(fake.asked().len() < 40, "{}", fake.asked().len());
}

#[test]
fn many_controllers_are_listed_and_few_are_read_one_by_one() {
    let owned = |kind: &str, name: String, owner: Option<(&str, String)>| {
        let mut object = json!({"metadata": {"name": name, "namespace": "default", "uid": format!("{kind}-{name}")},
            "spec": {"template": {"spec": {"containers": [{"name": "c", "image": "nginx"}]}}}});
        if let Some((kind, name)) = owner {
            let uid = format!("{kind}-{name}");
            object["metadata"]["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true}]);
        }
        object
    };
    for (count, requests) in [(3, 7), (12, 3)] {
        let fake = Fake::new(move |path, _| {
            let (path, name) = match path.rsplit_once("s/").map(|(_, name)| name) {
                Some(name) if name.starts_with(|c: char| c.is_ascii_digit()) => (path, Some(name)),
                _ => (path, None),
            };
            let object = |name: String| match path {
                path if path.contains("/pods") => {
                    owned("Pod", name.clone(), Some(("ReplicaSet", name)))
                }
                path if path.contains("/replicasets") => {
                    owned("ReplicaSet", name.clone(), Some(("Deployment", name)))
                }
                _ => owned("Deployment", name, None),
            };
            Answer::Json(
                200,
                match name {
                    Some(name) => object(name.to_owned()),
                    None => {
                        json!({"items": (0..count).map(|i| object(format!("{i:02}"))).collect::<Vec<_>>()})
                    }
                },
            )
        });
        let ran = fake.run(&["pods", "-o", "name"]);
        let expected: Vec<_> = (0..count)
            .map(|i| format!("default: deployment.apps/{i:02}"))
            .collect();
        assert_eq!((ran.code, names(&ran)), (0, expected), "{ran:?}");
        assert_eq!(fake.asked().len(), requests, "{:?}", fake.asked());
        let again = fake.run(&["pods,rs,deploy", "-o", "name"]);
        assert_eq!(names(&again).len(), count, "{again:?}");
        assert_eq!(
            fake.asked().len(),
            requests + 3,
            "all have been read by then"
        );
        assert!(!again.stderr.contains("note: "), "{}", again.stderr);
    }
}

#[test]
fn a_kind_whose_pod_spec_is_not_known_is_said() {
    let fake = Fake::new(|path, _| {
        Answer::Json(
            200,
            match path {
                "/api" => json!({"kind": "APIGroupDiscoveryList", "items": []}),
                "/apis" => {
                    json!({"kind": "APIGroupDiscoveryList", "items": [{"metadata": {"name": "unknown.example"}, "versions": [{"version": "v1", "resources": [
                {"resource": "things", "singularResource": "thing", "scope": "Namespaced", "responseKind": {"kind": "Thing"}, "verbs": ["list"]}]}]}]})
                }
                _ => json!({"metadata": {"name": "t", "namespace": "default", "uid": "t"},
                "spec": {"pod": {"containers": [{"name": "c", "image": "nginx"}]}}}),
            },
        )
    });
    let ran = fake.run(&["thing/t"]);
    assert!(
        ran.stderr
            .contains("thing.unknown.example/t is not covered yet"),
        "{ran:?}"
    );
    assert_eq!((ran.code, ran.out()), (0, String::new()), "{ran:?}");
}
