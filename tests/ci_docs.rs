//! docs/ci.md and docs/ci-reference.md agree with the hooks, the action and the program. Their `console` blocks are
//! executed by tests/readme.rs.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_yaml::Value;
use support::{Ran, copy_tree, run};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const README: &str = include_str!("../README.md");
const DOCUMENT: &str = concat!(
    include_str!("../docs/ci.md"),
    include_str!("../docs/ci-reference.md")
);

/// The blocks of a language in a document.
fn blocks<'d>(document: &'d str, language: &str) -> Vec<&'d str> {
    let fence = format!("\n```{language}\n");
    let blocks = document.split(&fence).skip(1);
    blocks
        .map(|rest| rest.split("\n```").next().unwrap())
        .collect()
}

fn yaml() -> Vec<Value> {
    let documents = [README, DOCUMENT];
    let blocks = documents
        .iter()
        .flat_map(|document| blocks(document, "yaml"));
    let parsed = blocks.map(|block| {
        serde_yaml::from_str(block).unwrap_or_else(|error| panic!("{error}:\n{block}"))
    });
    parsed.collect()
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value
        .get(key)
        .and_then(Value::as_sequence)
        .map_or(&[], |items| items)
}

/// Runs a script with the program on PATH.
fn shell(directory: &Path, script: &str) -> Ran {
    let program = Path::new(env!("CARGO_BIN_EXE_kubectl-harden"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", script]).current_dir(directory);
    shell.env("PATH", path).output().unwrap().into()
}

/// A directory with `manifests`: the examples, and those that need a person among them.
fn checkout() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let examples = Path::new(ROOT).join("docs/examples");
    copy_tree(&examples, &directory.path().join("manifests"));
    directory
}

#[test]
fn the_configurations_of_pre_commit_name_hooks_and_flags_that_are_there() {
    let offered: Vec<Value> =
        serde_yaml::from_str(include_str!("../.pre-commit-hooks.yaml")).unwrap();
    let (directory, mut count) = (checkout(), 0);
    for block in yaml() {
        for repo in items(&block, "repos") {
            let local = repo["repo"] == "local";
            assert!(local || repo["repo"] == env!("CARGO_PKG_REPOSITORY"));
            assert_eq!(repo.get("rev").is_some(), !local);
            for hook in items(repo, "hooks") {
                let offer = offered.iter().find(|offer| offer["id"] == hook["id"]);
                let offer = offer.unwrap_or_else(|| panic!("{hook:?}"));
                let key = |key| hook.get(key).or(offer.get(key).filter(|_| !local));
                let mut words: Vec<_> =
                    key("entry").unwrap().as_str().unwrap().split(' ').collect();
                let args = key("args")
                    .and_then(Value::as_sequence)
                    .into_iter()
                    .flatten();
                words.extend(args.map(|arg| arg.as_str().unwrap()));
                assert_eq!(words.last(), Some(&"--"), "{words:?}");
                words.push("manifests/shell.yaml");
                let ran = run(directory.path(), &words[1..]);
                let wanted = i32::from(words.contains(&"--check"));
                assert_eq!(ran.code, wanted, "{words:?}: {}", ran.stderr);
                fs::copy(
                    Path::new(ROOT).join("docs/examples/shell.yaml"),
                    directory.path().join("manifests/shell.yaml"),
                )
                .unwrap();
                count += 1;
            }
        }
    }
    assert!(count >= 5, "{count} hooks were found");
}

#[test]
fn the_workflow_uses_inputs_and_outputs_that_are_there() {
    let text = include_str!("../action.yml");
    let action: Value = serde_yaml::from_str(text).unwrap();
    let mut used = 0;
    for block in yaml() {
        let jobs = block.get("jobs").and_then(Value::as_mapping);
        let jobs = jobs.into_iter().flat_map(|jobs| jobs.values());
        for step in jobs.flat_map(|job| items(job, "steps")) {
            let uses = step["uses"].as_str().unwrap();
            if !uses.starts_with("kubectl-harden/kubectl-harden@") {
                continue;
            }
            used += 1;
            let with = step.get("with").and_then(Value::as_mapping);
            for (name, _) in with.into_iter().flatten() {
                assert!(action["inputs"].get(name).is_some(), "no input {name:?}");
            }
        }
    }
    assert!(used >= 2, "the workflows use the action {used} times");

    let outputs = DOCUMENT.split("steps.harden.outputs.").skip(1);
    let names = outputs.map(|rest| rest.split([' ', '}']).next().unwrap());
    let names: Vec<_> = names.collect();
    assert!(!names.is_empty());
    for name in names {
        assert!(action["outputs"].get(name).is_some(), "no output {name}");
    }
    for part in ["inputs", "outputs"] {
        for (name, value) in action[part].as_mapping().unwrap() {
            let name = name.as_str().unwrap();
            assert!(
                DOCUMENT.contains(&format!("`{name}`")),
                "{name} is not documented"
            );
            let default = value.get("default").and_then(Value::as_str).unwrap_or("");
            let row = format!("| `{name}` | `{default}` |");
            let shown = default.is_empty() || default.starts_with("https:");
            assert!(shown || DOCUMENT.contains(&row), "{row}");
        }
    }
}

/// The lines of the GitLab jobs that run the program.
fn gitlab() -> Vec<String> {
    let jobs = yaml()
        .into_iter()
        .filter_map(|block| block.get("kubectl-harden").cloned());
    let scripts = jobs.flat_map(|job| items(&job, "script").to_vec());
    let scripts = scripts.map(|script| script.as_str().unwrap().to_owned());
    scripts
        .filter(|script| !script.starts_with("cargo install "))
        .collect()
}

#[test]
fn the_junit_job_writes_its_report() {
    let scripts = gitlab();
    let script = scripts
        .iter()
        .find(|script| script.contains("junit="))
        .unwrap();
    let directory = checkout();
    let ran = shell(directory.path(), script);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let report = fs::read_to_string(directory.path().join("kubectl-harden.xml")).unwrap();
    assert!(report.contains("<testsuite"), "{report}");
}

#[test]
fn the_code_quality_job_writes_what_gitlab_reads() {
    if !Command::new("jq")
        .arg("--version")
        .output()
        .is_ok_and(|ran| ran.status.success())
    {
        eprintln!("skipped: jq is not installed");
        return;
    }
    let scripts = gitlab();
    let script = scripts.iter().find(|script| script.contains("jq")).unwrap();
    let directory = checkout();
    let path = directory.path();
    fs::copy(
        path.join("manifests/agent.yaml"),
        path.join("manifests/a: 1:2 b.yaml"),
    )
    .unwrap();
    let ran = shell(path, script);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let lines = fs::read_to_string(path.join("violations.txt")).unwrap();
    let report = fs::read_to_string(path.join("code-quality.json")).unwrap();
    let report: Vec<serde_json::Value> = serde_json::from_str(&report).unwrap();
    assert_eq!(report.len(), lines.lines().count());
    assert!(report.len() > 30, "{}", report.len());
    let mut fingerprints = std::collections::HashSet::new();
    for (issue, line) in report.iter().zip(lines.lines()) {
        let place = &issue["location"];
        let shown = format!(
            "{}:{}:",
            place["path"].as_str().unwrap(),
            place["lines"]["begin"]
        );
        assert!(line.starts_with(&shown), "{line}: {issue}");
        assert!(line.contains(&format!(": {}: ", issue["check_name"].as_str().unwrap())));
        assert!(!issue["description"].as_str().unwrap().is_empty());
        assert_eq!(issue["severity"], "major");
        assert!(
            fingerprints.insert(issue["fingerprint"].as_str().unwrap()),
            "{issue}"
        );
    }

    let hardened = shell(
        path,
        "rm manifests/*agent* manifests/a:* && kubectl-harden -f manifests -R -w >/dev/null",
    );
    assert_eq!(hardened.code, 0, "{}", hardened.stderr);
    assert_eq!(shell(path, script).code, 0);
    let report = fs::read_to_string(path.join("code-quality.json")).unwrap();
    assert_eq!(report, "[]\n");
}

#[test]
fn the_script_checks_what_a_branch_changes() {
    let [script] = blocks(DOCUMENT, "sh")[..] else {
        panic!("one script");
    };
    let directory = checkout();
    let path = directory.path();
    let git = "git -c user.name=t -c user.email=t@example.com";
    let begin = format!(
        "git init -q . && git add . && {git} commit -qm one && git update-ref refs/remotes/origin/main HEAD"
    );
    assert_eq!(shell(path, &begin).code, 0);
    let nothing = shell(path, script);
    assert_eq!(
        (nothing.code, nothing.out().as_str()),
        (0, ""),
        "{}",
        nothing.stderr
    );
    let change = format!(
        "cp manifests/shell.yaml 'a new.yaml' && git rm -q manifests/agent.yaml && git add . && {git} commit -qm two"
    );
    assert_eq!(shell(path, &change).code, 0);
    let ran = shell(path, script);
    assert_ne!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.out().lines().count(), 8, "{}", ran.out());
    assert!(
        ran.out()
            .lines()
            .all(|line| line.starts_with("a new.yaml:"))
    );
}
