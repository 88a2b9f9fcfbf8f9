//! What is said of a run that learned, and what it leaves for later, from its directory alone.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::with_state;
use tempfile::TempDir;

const RUN: &str = "20261128-010203";
const SPEC: &str = "spec.template.spec";
const EVIDENCE: &str = "open() \"/opt/shop/state\" failed (30: Read-only file system)";
const FIX: &str = "let it write to a directory of its own";

fn object() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "resource": "deployments", "namespace": "shop",
        "name": "web", "uid": "uid-web"})
}

fn deployment() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "uid": "uid-web"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "app", "image": "registry.example/shop/front:1.2"}]}}}})
}

fn change(field: &str, after: &Value) -> Value {
    json!({"field": format!("{SPEC}.{field}"), "before": null, "after": after})
}

fn plan() -> Value {
    json!({
        "apiVersion": "kubectl-harden.dev/v1alpha1", "kind": "HardenPlan",
        "metadata": {"createdAt": "2026-11-28T01:00:00Z", "createdBy": "kubectl-harden 0.1.0",
            "cluster": {"server": "10.0.0.12:16443", "context": "prod"}},
        "settings": {"profile": "hardened", "pssVersion": "v1.30"},
        "workloads": [{"object": object(), "templateHash": "sha256:0", "podSpecs": [SPEC], "changes": [
            change("containers[name=app].securityContext.readOnlyRootFilesystem", &json!(true)),
            change("securityContext.seccompProfile", &json!({"type": "RuntimeDefault"})),
            change("securityContext.runAsNonRoot", &json!(true)),
            change("securityContext.runAsUser", &json!(1000)),
            change("securityContext.runAsGroup", &json!(1000)),
            change("securityContext.fsGroup", &json!(1000)),
            change("containers[name=app].securityContext.allowPrivilegeEscalation", &json!(false)),
            change("containers[name=app].securityContext.capabilities", &json!({"drop": ["ALL"]})),
        ]}],
    })
}

/// What is in force in the end.
fn changes() -> Vec<Value> {
    vec![
        change(
            "securityContext.seccompProfile",
            &json!({"type": "RuntimeDefault"}),
        ),
        change("securityContext.runAsNonRoot", &json!(true)),
        change("securityContext.runAsUser", &json!(33)),
        change("securityContext.runAsGroup", &json!(33)),
        change("securityContext.fsGroup", &json!(33)),
        change(
            "securityContext.sysctls",
            &json!([{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]),
        ),
        change(
            "containers[name=app].securityContext.allowPrivilegeEscalation",
            &json!(false),
        ),
        change(
            "containers[name=app].securityContext.capabilities",
            &json!({"drop": ["ALL"]}),
        ),
        change(
            "containers[name=app].volumeMounts",
            &json!([{"name": "run", "mountPath": "/run"}, {"name": "tmp", "mountPath": "/tmp"}]),
        ),
        change(
            "volumes",
            &json!([{"name": "run", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}]),
        ),
    ]
}

fn learned() -> Value {
    json!({"containers": {"app": {"runAs": {"uid": 33, "gid": 33}, "writable": ["/run"], "lowPorts": [80],
        "leftOut": {"readOnlyRootFilesystem": {"evidence": EVIDENCE, "fix": FIX}}}}})
}

/// A run in which one deployment failed, was tried again, and came to a state.
fn state(last: &str) -> TempDir {
    let state = tempfile::tempdir().unwrap();
    let directory = state.path().join("kubectl-harden/runs").join(RUN);
    fs::create_dir_all(directory.join("originals")).unwrap();
    let write = |name: &str, text: String| fs::write(directory.join(name), text).unwrap();
    write("plan.yaml", plan().to_string());
    let duration = |secs: u64| json!({"secs": secs, "nanos": 0});
    let options = json!({"concurrency": 4, "maxFailures": 0, "timeout": duration(300), "soak": duration(90),
        "window": null, "notifyCmd": null, "trialJobs": false, "retry": 5, "forceConflicts": false, "includeManaged": false,
        "fieldManager": "kubectl-harden", "connection": {}});
    write("options.json", options.to_string());
    let workload = "shop/deployment.apps/web";
    let moved = |from: &str, to: &str, reason: Value| {
        let mut line = json!({"event": "moved", "workload": workload, "from": from, "to": to});
        if !reason.is_null() {
            line["reason"] = reason;
        }
        line
    };
    let finding = json!({"container": "app", "symptom": "erofs", "fields": ["readOnlyRootFilesystem"], "evidence": EVIDENCE, "fix": FIX});
    let lines = [
        json!({"event": "began", "version": "0.1.0", "by": "me@here", "user": "admin", "pid": 1}),
        moved("pending", "applying", Value::Null),
        moved(
            "watching",
            "failing",
            json!({"word": "CrashLoopBackOff", "message": "exit code 1"}),
        ),
        json!({"event": "learned", "workload": workload, "findings": [finding], "isRetried": true, "learned": learned()}),
        moved(
            "settling",
            "pending",
            json!({"word": "Retry", "message": "try 1 of 5: container app"}),
        ),
        json!({"event": "learned", "workload": workload, "learned": learned()}),
        json!({"event": "replanned", "workload": workload, "changes": changes()}),
        moved("pending", "applying", Value::Null),
        json!({"event": "did", "workload": workload, "what": "apply"}),
        moved("soaking", last, Value::Null),
        json!({"event": "ended"}),
    ];
    let lines = lines.into_iter().zip(1..).map(|(mut line, seq)| {
        line["seq"] = json!(seq);
        line["at"] = json!(format!("2026-11-28T01:02:{seq:02}Z"));
        line.to_string() + "\n"
    });
    write("journal.jsonl", lines.collect());
    write(
        "originals/shop_deployment.apps_web.json",
        deployment().to_string(),
    );
    state
}

const HOW: &str = "runs as 33:33; emptyDir at /run; ports below 1024 opened; after 1 retry; without readOnlyRootFilesystem in container app";

#[test]
fn status_says_how_a_workload_was_hardened() {
    let state = state("hardened");
    let ran = with_state(state.path(), &["status"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let out = ran.out();
    assert!(out.contains(&format!("   {HOW}\n")), "{out}");
    assert!(!out.contains("exit code 1"), "{out}");
    let fix = format!(
        "what the app has to fix:\n  shop/deployment.apps/web container app: readOnlyRootFilesystem\n    seen: {EVIDENCE}\n    fix: {FIX}\n"
    );
    assert!(ran.stderr.ends_with(&fix), "{}", ran.stderr);
    let json = with_state(state.path(), &["status", "-o", "json"]).out();
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let web = &json["workloads"][0];
    assert_eq!(
        (&web["how"], &web["retries"], &web["reason"]),
        (&json!(HOW), &json!(1), &Value::Null)
    );
    assert_eq!(web["learned"], learned());
    assert_eq!(web["findings"][0]["symptom"], "erofs");
    let left_out = json!([{"container": "app", "checks": ["readOnlyRootFilesystem"], "evidence": EVIDENCE, "fix": FIX}]);
    assert_eq!(web["leftOut"], left_out);
}

#[test]
fn what_did_not_end_well_is_said_as_before() {
    let state = self::state("restored");
    let ran = with_state(state.path(), &["status"]);
    assert!(
        ran.out().contains("try 1 of 5: container app\n"),
        "{}",
        ran.out()
    );
    assert!(!ran.stderr.contains("to fix"), "{}", ran.stderr);
    let ran = with_state(state.path(), &["apply", "--resume", "--remember"]);
    assert!(!state.path().join(".kubectl-harden.yaml").exists());
    assert!(
        ran.stderr
            .ends_with(".kubectl-harden.yaml: nothing was learned to be added\n"),
        "{}",
        ran.stderr
    );
    assert!(
        !state
            .path()
            .join("kubectl-harden/runs")
            .join(RUN)
            .join("learned")
            .exists()
    );
}

#[test]
fn a_field_that_is_left_out_is_exempt_in_a_report() {
    let state = state("hardened");
    let ran = with_state(state.path(), &["report", "--offline", "--report", "json=-"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report: Value = serde_json::from_str(&ran.out()).expect("JSON");
    let web = &report["subjects"][0];
    let row = |check: &str| {
        let rows = web["rows"].as_array().expect("rows");
        let found = rows.iter().find(|row| row["check"] == check);
        found.unwrap_or_else(|| panic!("no {check}: {web}")).clone()
    };
    let root = row("readOnlyRootFilesystem");
    assert_eq!(
        (&root["status"], &root["after"]),
        (&json!("exempt"), &Value::Null)
    );
    let reason = root["exemption"]["reason"].as_str().expect("a reason");
    assert_eq!(
        reason,
        format!("left out, for the app does not run with it: {EVIDENCE}")
    );
    let user = row("runAsUser");
    assert_eq!(
        (&user["status"], &user["after"]),
        (&json!("fixed"), &json!(33))
    );
    let rollout = &web["rollout"];
    assert_eq!(rollout["retries"], 1);
    let text = |text: &str| json!({"container": "app", "text": text});
    assert_eq!(
        rollout["learned"],
        json!([
            text("runs as 33:33"),
            text("emptyDir at /run"),
            text("ports below 1024 opened")
        ])
    );
    assert_eq!(rollout["leftOut"][0]["fix"], FIX);
    let markdown = with_state(state.path(), &["report", "--offline"]).out();
    for part in [
        "### What the app has to fix",
        "learned: <code>app: runs as 33:33; app: emptyDir at /run; app: ports below 1024 opened</code><br>retries: 1",
        FIX,
    ] {
        assert!(markdown.contains(part), "no {part}: {markdown}");
    }
}

#[test]
fn what_was_learned_is_kept_and_remembered() {
    let state = state("hardened");
    let config = state.path().join(".kubectl-harden.yaml");
    let before = "# ours\nskip: [fsGroup] # for now\n";
    fs::write(&config, before).unwrap();
    let ran = with_state(state.path(), &["apply", "--resume", "--remember"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let said =
        ".kubectl-harden.yaml written: 1 image, 1 exemption added\nhint: what was learned is in ";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let text = fs::read_to_string(&config).unwrap();
    assert!(text.starts_with(before), "{text}");
    let directory = state
        .path()
        .join("kubectl-harden/runs")
        .join(RUN)
        .join("learned");
    let kept = fs::read_to_string(directory.join("kubectl-harden.yaml")).unwrap();
    for text in [&text, &kept] {
        for part in [
            "writableDirs: auto\n",
            "lowPorts: sysctl\n",
            "- image: \"registry.example/shop/front\"\n  runAsUser: 33\n",
        ] {
            assert!(text.contains(part), "no {part}: {text}");
        }
    }
    let plan: Value =
        serde_yaml::from_str(&fs::read_to_string(directory.join("plan.yaml")).unwrap()).unwrap();
    let written = plan["workloads"][0]["changes"].as_array().expect("changes");
    assert_eq!(
        (written.len(), &written[2]["after"]),
        (changes().len(), &json!(33))
    );
    let path = directory.join("plan.yaml").display().to_string();
    let applied = with_state(state.path(), &["apply", "-f", &path, "--dry-run"]);
    assert!(!applied.stderr.contains("plan"), "{}", applied.stderr);
    let patch =
        fs::read_to_string(directory.join("patches/shop_deployment.apps_web.json")).unwrap();
    assert!(patch.contains("\"value\": 33"), "{patch}");
    let again = with_state(state.path(), &["apply", "--resume", "--remember"]);
    assert!(
        again
            .stderr
            .contains("an entry for registry.example/shop/front is there already: none is added"),
        "{}",
        again.stderr
    );
    assert_eq!(fs::read_to_string(&config).unwrap(), text);
}

#[test]
fn a_manifest_gets_what_was_learned() {
    let state = state("hardened");
    with_state(state.path(), &["apply", "--resume", "--remember"]);
    fs::write(state.path().join("web.json"), deployment().to_string()).unwrap();
    let out = with_state(state.path(), &["-f", "web.json", "-o", "json"]).out();
    let hardened: Value = serde_json::from_str(&out).expect("JSON");
    let mut wanted = deployment();
    let spec = &mut wanted["spec"]["template"]["spec"];
    for change in changes() {
        let field = change["field"]
            .as_str()
            .unwrap()
            .replace("containers[name=app]", "containers.0");
        let steps = field.split('.').skip(3);
        let place = steps.fold(&mut *spec, |place, step| match step.parse::<usize>() {
            Ok(index) => &mut place[index],
            Err(_) => &mut place[step],
        });
        *place = change["after"].clone();
    }
    assert_eq!(hardened, wanted);
}

#[test]
fn a_file_that_cannot_be_added_to_is_said_before_anything_else() {
    let state = state("hardened");
    fs::write(state.path().join("a.yaml"), "{skip: []}\n").unwrap();
    let ran = with_state(
        state.path(),
        &["apply", "deploy", "--retry", "--remember=a.yaml"],
    );
    assert_eq!(ran.code, 2, "{ran:?}");
    let path = state.path().join("a.yaml");
    let path = fs::canonicalize(path).unwrap();
    let said = format!(
        "error: nothing can be added to {}: it is written in braces\n",
        path.display()
    );
    assert_eq!(ran.stderr, said);
}

/// The reference shows what this run says.
#[test]
fn the_reference_says_the_same() {
    let reference = include_str!("../docs/overnight-reference.md");
    let fixes = format!(
        "what the app has to fix:\n  shop/deployment.apps/web container app: readOnlyRootFilesystem\n    seen: {EVIDENCE}\n    fix: {FIX}\n"
    );
    for said in [format!("shop/deployment.apps/web hardened: {HOW}\n"), fixes] {
        assert!(reference.contains(&format!("```text\n{said}```")), "{said}");
    }
}
