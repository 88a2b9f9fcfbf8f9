//! What can be seen of rollouts without a cluster: help, errors, and what is said of a run from its directory.

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
use support::{run, with_state};
use tempfile::TempDir;

const RUN: &str = "20261125-010203";

fn object(name: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "resource": "deployments", "namespace": "shop",
        "name": name, "uid": format!("uid-{name}")})
}

fn plan(names: &[&str]) -> Value {
    let field = "spec.template.spec.containers[name=app].securityContext.readOnlyRootFilesystem";
    let workloads = names.iter().map(|name| {
        json!({"object": object(name), "templateHash": "sha256:0", "podSpecs": ["spec.template.spec"],
            "changes": [{"field": field, "before": null, "after": true}]})
    });
    json!({
        "apiVersion": "kubectl-harden.dev/v1alpha1", "kind": "HardenPlan",
        "metadata": {"createdAt": "2026-11-25T01:00:00Z", "createdBy": "kubectl-harden 0.1.0",
            "cluster": {"server": "10.0.0.12:16443", "context": "prod"}},
        "settings": {"profile": "hardened", "pssVersion": "v1.30", "runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000},
        "workloads": workloads.collect::<Vec<_>>(),
    })
}

/// A run over the deployments api, web and cart: hardened, restored, and where the last was when the run stopped.
fn state(last: &str) -> TempDir {
    let state = tempfile::tempdir().unwrap();
    let directory = state.path().join("kubectl-harden/runs").join(RUN);
    fs::create_dir_all(directory.join("originals")).unwrap();
    let write = |name: &str, text: String| fs::write(directory.join(name), text).unwrap();
    write("plan.yaml", plan(&["api", "web", "cart"]).to_string());
    let duration = |secs: u64| json!({"secs": secs, "nanos": 0});
    let options = json!({"concurrency": 4, "maxFailures": 0, "timeout": duration(300), "soak": duration(90),
        "window": null, "notifyCmd": null, "trialJobs": false, "forceConflicts": false, "includeManaged": false,
        "fieldManager": "kubectl-harden", "connection": {}});
    write("options.json", options.to_string());
    let moved = |name: &str, from: &str, to: &str| json!({"event": "moved", "workload": format!("shop/deployment.apps/{name}"), "from": from, "to": to});
    let mut failing = moved("web", "watching", "failing");
    failing["reason"] = json!({"word": "CrashLoopBackOff", "message": "exit code 1: \u{1b}[2J", "pod": "web-1", "container": "app"});
    let mut lines = vec![
        json!({"event": "began", "version": "0.1.0", "by": "me@here", "user": "admin", "pid": 1}),
        moved("api", "pending", "applying"),
        json!({"event": "did", "workload": "shop/deployment.apps/api", "what": "apply"}),
        moved("api", "applying", "hardened"),
        failing,
        moved("web", "settling", "restored"),
    ];
    if last != "pending" {
        lines.push(moved("cart", "pending", last));
    }
    let lines = lines.into_iter().zip(1..).map(|(mut line, seq)| {
        line["seq"] = json!(seq);
        line["at"] = json!(format!("2026-11-25T01:02:{seq:02}Z"));
        line.to_string() + "\n"
    });
    write("journal.jsonl", lines.collect());
    for name in ["api", "web", "cart"] {
        let original = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}")},
            "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "a:1"}]}}}});
        write(
            &format!("originals/shop_deployment.apps_{name}.json"),
            original.to_string(),
        );
    }
    state
}

/// What only a registry or the configuration knew when the plan was made is in the plan.
#[test]
fn a_report_judges_by_what_the_plan_knew_of_images() {
    let judged = |images: Value| {
        let state = state("hardened");
        let directory = state.path().join("kubectl-harden/runs").join(RUN);
        let mut plan = plan(&["api", "web", "cart"]);
        plan["settings"] = json!({"profile": "hardened", "pssVersion": "v1.30"});
        plan["images"] = images;
        fs::write(directory.join("plan.yaml"), plan.to_string()).unwrap();
        let ran = with_state(
            state.path(),
            &["report", "--offline", "--report=json=out.json"],
        );
        assert_eq!(ran.code, 0, "{ran:?}");
        let text = fs::read_to_string(state.path().join("out.json")).unwrap();
        let report: Value = serde_json::from_str(&text).unwrap();
        let api = &report["subjects"][0];
        assert_eq!(api["object"]["name"], "api");
        let rows = api["rows"].as_array().unwrap().iter();
        let row = rows.clone().find(|row| row["check"] == "runAsGroup");
        (row.unwrap().clone(), api["notes"].clone())
    };
    let (row, notes) = judged(json!([]));
    assert_eq!(row["status"], "fixed", "{row:#}");
    assert_eq!(notes, json!([]));
    let grafana = json!([{"image": "a:1", "user": "472", "runAsUser": 472, "runAsGroup": 0}]);
    let (row, notes) = judged(grafana);
    assert_eq!(row["status"], "exempt", "{row:#}");
    let reason = "its files are for group 0, which it keeps (the image itself)";
    assert_eq!(row["exemption"]["reason"], reason);
    let pattern =
        json!([{"image": "a:1", "pattern": "a*", "staysRoot": true, "reason": "it has to"}]);
    let (row, _) = judged(pattern);
    assert_eq!(
        row["exemption"]["reason"], "it has to (images \"a*\" in the configuration)",
        "{row:#}"
    );
    assert_eq!(notes[0]["topic"], "value", "{notes:#}");
}

#[test]
fn every_command_of_a_rollout_has_help_that_teaches() {
    let folder = tempfile::tempdir().unwrap();
    let whole = run(folder.path(), &["--help"]).out();
    let short = run(folder.path(), &["-h"]).out();
    for command in ["plan", "apply", "status", "undo", "report"] {
        for help in [&whole, &short] {
            assert!(
                help.contains(&format!("\n  {command} ")),
                "{command}: {help}"
            );
        }
        let long = run(folder.path(), &[command, "--help"]);
        assert_eq!(long.code, 0);
        let long = long.out();
        for part in ["Usage: kubectl-harden ", "Examples:\n", "Exit codes:\n"] {
            assert!(long.contains(part), "{command}: no {part} in {long}");
        }
        let short = run(folder.path(), &[command, "-h"]).out();
        assert!(!short.contains("Examples:\n"), "{short}");
        for line in long.lines().chain(short.lines()) {
            assert!(line.chars().count() <= 150, "{command}: {line}");
        }
    }
}

#[test]
fn examples_of_help_are_command_lines() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["plan", "apply", "status", "undo", "report"] {
        let help = run(folder.path(), &[command, "--help"]).out();
        let examples = help.lines().map(str::trim);
        let examples: Vec<_> = examples
            .filter_map(|line| line.strip_prefix("kubectl-harden "))
            .filter(|line| line.starts_with(command) && !line.contains(['\'', '[']))
            .collect();
        assert!(examples.len() >= 2, "{help}");
        for example in examples {
            let example = example.split(" | ").next().unwrap();
            let args: Vec<_> = example.split_whitespace().collect();
            let ran = with_state(folder.path(), &args);
            // clap's own mistakes begin so, whatever keeps the command from its work else.
            for said in [
                "unexpected argument",
                "invalid value",
                "cannot be used with",
                "required arguments",
            ] {
                assert!(!ran.stderr.contains(said), "{example}: {}", ran.stderr);
            }
        }
    }
}

#[test]
fn a_run_is_shown_from_its_journal() {
    let state = state("watching");
    let ran = with_state(state.path(), &["status"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let out = ran.out();
    let rows: Vec<Vec<&str>> = out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(rows[0], ["NAMESPACE", "NAME", "STATE", "SINCE", "REASON"]);
    assert_eq!(rows[1][..3], ["shop", "deployment.apps/api", "hardened"]);
    assert_eq!(rows[2][..3], ["shop", "deployment.apps/web", "restored"]);
    assert!(
        out.contains("container app of the pod web-1: CrashLoopBackOff: exit code 1: \\u{1b}[2J\n"),
        "{out}"
    );
    assert_eq!(
        ran.stderr,
        "run 20261125-010203 on 10.0.0.12:16443, interrupted: 2 of 3 done: 1 hardened, 1 restored; 1 active; 6s\n"
    );
    let wide = with_state(state.path(), &["status", RUN, "-o", "wide"]).out();
    let heads = "NAMESPACE   NAME                   STATE      SINCE";
    assert!(wide.starts_with(heads), "{wide}");
    assert!(
        wide.lines().next().unwrap().ends_with("   REASON"),
        "{wide}"
    );
    let json = with_state(state.path(), &["status", "-o", "json"]).out();
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["workloads"][1]["reason"]["word"], "CrashLoopBackOff");
    let all = with_state(state.path(), &["status", "--all"]).out();
    assert!(
        all.contains("\n20261125-010203   2026-11-25T01:02:01Z   10.0.0.12:16443   3       1"),
        "{all}"
    );
    let names = with_state(state.path(), &["status", "-o", "name"]).out();
    assert_eq!(names.lines().count(), 3);
}

#[test]
fn a_run_is_reported_without_its_cluster() {
    let state = state("blocked");
    let ran = with_state(state.path(), &["report", "--offline"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let out = ran.out();
    for part in [
        "20261125-010203",
        "timeout 5m, soak 1m30s, concurrency 4, max-failures 0",
        "me@here",
        "| hardened | 1 |",
        "| restored | 1 |",
    ] {
        assert!(out.contains(part), "no {part}: {out}");
    }
    assert!(!out.contains('\u{1b}'), "{out}");
    let ran = with_state(state.path(), &["report"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.starts_with("error: ") && ran.stderr.contains("\nhint: "),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_undo_would_set_back_is_what_was_left_changed() {
    let state = state("unrestored");
    let ran = with_state(state.path(), &["undo", "--dry-run"]);
    assert_eq!(
        (ran.code, ran.out().as_str()),
        (0, "shop/deployment.apps/api restored (dry run)\n")
    );
    let ran = with_state(state.path(), &["undo", "deploy/web"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (
            2,
            "error: no run has changed deploy/web and left it so\nhint: kubectl harden status --all lists the runs\n"
        )
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    let state = state("watching");
    let program = env!("CARGO_BIN_EXE_kubectl-harden");
    let script = format!(
        "({program} status; echo $? >&2) | true; ({program} undo --dry-run; echo $? >&2) | true; \
        ({program} report --offline; echo $? >&2) | true"
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .env("XDG_STATE_HOME", state.path())
        .output()
        .expect("sh");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("error"), "{said}");
}

#[test]
fn mistakes_are_said_with_what_to_do() {
    let state = state("hardened");
    let write = |name: &str, text: &str| fs::write(state.path().join(name), text).unwrap();
    write("a.yaml", "apiVersion: v1\nkind: Pod\n");
    write(
        "b.yaml",
        &plan(&["web"]).to_string().replace("v1alpha1", "v9"),
    );
    write(
        "c.yaml",
        &plan(&["web"])
            .to_string()
            .replace("templateHash", "templatHash"),
    );
    write("d.yaml", &plan(&["web", "web"]).to_string());
    write(
        "e.yaml",
        &plan(&["web"])
            .to_string()
            .replace("spec.template.spec.containers", "metadata.x"),
    );
    for (args, said) in [
        (
            &["apply"][..],
            "error: must specify one of -f PLAN, TYPE[/NAME] or --resume\nhint: ",
        ),
        (
            &["apply", "--resume"],
            "the run 20261125-010203 has ended: nothing is left to do\n",
        ),
        (
            &["apply", "--resume", "x"],
            "error: no run \"x\"\nhint: kubectl harden status --all lists them; the last is \"20261125-010203\"\n",
        ),
        (
            &["apply", "-f", "no.yaml"],
            "error: cannot read the plan no.yaml: No such file",
        ),
        (
            &["apply", "-f", "a.yaml"],
            "error: a.yaml is not a plan: its kind is not HardenPlan\nhint: ",
        ),
        (
            &["apply", "-f", "b.yaml"],
            "error: b.yaml: this version reads plans of kubectl-harden.dev/v1alpha1, not kubectl-harden.dev/v9\nhint: ",
        ),
        (
            &["apply", "-f", "c.yaml"],
            "error: c.yaml: workloads[0]: unknown field `templatHash`, expected ",
        ),
        (
            &["apply", "-f", "d.yaml"],
            "error: d.yaml: shop/deployment.apps/web is there twice\n",
        ),
        (
            &["apply", "-f", "e.yaml"],
            "error: e.yaml: shop/deployment.apps/web: metadata.x[name=app].securityContext.readOnlyRootFilesystem is not in a pod spec\n",
        ),
        (
            &["undo", "--dry-run=server"],
            "error: undo sends nothing to be checked: --dry-run=server is not for it\nhint: ",
        ),
        (&["status", "x"], "error: no run \"x\"\nhint: "),
        (&["undo", "x"], "error: no run \"x\"\nhint: "),
        (
            &["undo", "x", "deploy/web"],
            "error: \"x\" is no TYPE/NAME\nhint: name either runs or objects\n",
        ),
        (
            &["apply", "deploy", "--window=01:00-01:10", "--timezone=UTC"],
            "error: nothing can ever start in that window: a workload may need 10m30s (timeout, soak, and the timeout again to set it back)\nhint: ",
        ),
        (
            &["apply", "deploy", "--window=1-5"],
            "error: --window: \"1-5\" is not a window\nhint: ",
        ),
        (
            &["apply", "deploy", "--retry-seed"],
            "error: --retry-seed does nothing without --retry\nhint: give both\n",
        ),
        (
            &["apply", "deploy", "--trial-volumes", "--retry"],
            "error: --trial-volumes does nothing without --trial\nhint: give both\n",
        ),
    ] {
        let ran = with_state(state.path(), args);
        assert!(ran.stderr.starts_with(said), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.out(), "", "{args:?}");
    }
    let empty = tempfile::tempdir().unwrap();
    let ran = with_state(empty.path(), &["status"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("no runs in ")
            && ran
                .stderr
                .contains("\nhint: kubectl harden apply makes one"),
        "{}",
        ran.stderr
    );
    let ran = with_state(empty.path(), &["status", "--all"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, "No runs found\n"));
}
