//! Ready is not proof: logs that are compared while a workload soaks, and `--probe-cmd`. kwok's nodes give no logs.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::night::{Night, printed};
use crate::support::Ran;
use crate::support::cluster::{Namespace, done, until, until_within};
use crate::support::node::{is_joined, load};

/// Ready at once, and 8 s later it writes to its root, and leaves nothing there.
const LATE: &str = "echo started; sleep 8; mkdir -p /late && touch /late/x && rm /late/x; rmdir /late 2>/dev/null; while :; do sleep 1; done";

/// It says the same before and after, with other numbers.
const NOISY: &str = "n=0; while :; do n=$((n+1)); echo \"worker $n: touch: /data/$n: Read-only file system\"; sleep 1; done";

/// It makes a file that a probe can ask for, where it can.
const MARKED: &str = "touch /marked; while :; do sleep 1; done";

const QUIET: [&str; 3] = ["--yes", "--color=never", "--timeout=60s"];

/// Long enough for what fails late.
const LONG: &str = "--soak=14s";
const SHORT: &str = "--soak=2s";

struct Case {
    night: Night,
    ns: Namespace,
    name: &'static str,
}

impl Case {
    /// A Deployment of busybox that runs a script, ready. `None` where there is no node.
    fn new(name: &'static str, script: &str) -> Option<Self> {
        if !is_joined() {
            return None;
        }
        load(&["busybox-root"]);
        let case = Self {
            night: Night::new(name),
            ns: Namespace::new(name),
            name,
        };
        let labels = json!({"app": name});
        let container = json!({"name": "app", "image": "harden.test/busybox-root:1", "imagePullPolicy": "Never",
            "command": ["sh", "-c", script]});
        case.ns.apply(&[json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]}}}})]);
        let object = case.object();
        done(
            &[
                "rollout",
                "status",
                &object,
                "-n",
                &case.ns.0,
                "--timeout=60s",
            ],
            "",
        );
        Some(case)
    }

    fn object(&self) -> String {
        format!("deployment/{}", self.name)
    }

    fn apply(&self, more: &[&str]) -> Ran {
        let object = self.object();
        let what: [&str; 4] = ["apply", &object, "-n", &self.ns.0];
        self.night.harden(&[&what, &QUIET[..], more].concat())
    }

    /// How it ended: `restored: ...`.
    fn end(&self, ran: &Ran) -> String {
        let shown = format!("{}/deployment.apps/{}", self.ns.0, self.name);
        printed(&ran.out(), &shown).to_owned()
    }

    fn is_hardened(&self) -> bool {
        let path =
            "jsonpath={.spec.template.spec.containers[0].securityContext.readOnlyRootFilesystem}";
        done(&["get", &self.object(), "-n", &self.ns.0, "-o", path], "") == "true"
    }

    /// The files of its last run whose names end like this.
    fn files(&self, end: &str) -> Vec<String> {
        let run = self
            .night
            .path("kubectl-harden/runs")
            .join(self.night.last_run());
        let mut found = Vec::new();
        walk(&run, &mut found);
        found.retain(|file| file.ends_with(end));
        found
    }
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("listed").flatten() {
        match entry.path().is_dir() {
            true => walk(&entry.path(), found),
            false => found.push(entry.path().display().to_string()),
        }
    }
}

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn what_is_slow_to_fail_is_set_back_where_that_is_wanted_and_else_told() {
    let Some(case) = Case::new("late", LATE) else {
        return;
    };
    let ran = case.apply(&[LONG, "--strict-soak"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let end = case.end(&ran);
    assert!(
        end.starts_with("restored: container app: new in its log (readOnlyRootFilesystem): "),
        "{end}"
    );
    assert!(end.contains("Read-only file system"), "{end}");
    assert!(!case.is_hardened());
    assert_eq!(
        case.files("_app.log").len(),
        2,
        "one from before, one as evidence"
    );

    let ran = case.apply(&[LONG]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(case.end(&ran), "hardened");
    let warning = ran
        .stderr
        .lines()
        .find(|line| line.contains("new in the log"));
    let warning = warning.unwrap_or_else(|| panic!("no warning: {ran:?}"));
    assert!(warning.starts_with("Warning: "), "{warning}");
    assert!(
        warning.contains("new in the log of the container app (readOnlyRootFilesystem): "),
        "{warning}"
    );
    let status = case.night.status(&case.night.last_run());
    let field = &status["workloads"][0]["logWarnings"][0]["field"];
    assert_eq!(field, "readOnlyRootFilesystem", "{status}");
}

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn with_retry_it_gets_what_its_log_says_it_needs() {
    let Some(case) = Case::new("retried", LATE) else {
        return;
    };
    let ran = case.apply(&[LONG, "--retry"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let status = case.night.status(&case.night.last_run());
    let states = status["workloads"][0]["transitions"].to_string();
    assert!(
        states.contains("new in its log"),
        "it was set back for its log: {states}"
    );
    assert!(
        !ran.stderr.contains("new in the log"),
        "and has nothing to say any more: {ran:?}"
    );
    assert!(
        case.is_hardened(),
        "by a volume, not by leaving the field out"
    );
}

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn what_it_said_before_never_counts() {
    let Some(case) = Case::new("noisy", NOISY) else {
        return;
    };
    let ran = case.apply(&[LONG, "--strict-soak"]);
    assert_eq!(
        (ran.code, case.end(&ran).as_str()),
        (0, "hardened"),
        "{ran:?}"
    );
    assert!(!ran.stderr.contains("new in the log"), "{ran:?}");
}

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn a_run_that_was_killed_compares_with_the_logs_from_before() {
    let Some(case) = Case::new("killed", LATE) else {
        return;
    };
    let object = case.object();
    let what: [&str; 4] = ["apply", &object, "-n", &case.ns.0];
    let mut child = case
        .night
        .start(&[&what, &QUIET[..], &[LONG, "--strict-soak"]].concat());
    let state = || {
        let run = case.night.runs().pop()?;
        let moved = case
            .night
            .journal(&run)
            .into_iter()
            .rev()
            .find(|line| line["event"] == "moved")?;
        Some(moved["to"].as_str()?.to_owned())
    };
    until("it soaks", || state().as_deref() == Some("soaking"));
    child.kill().expect("killed");
    child.wait().expect("reaped");
    let ran = case
        .night
        .harden(&["apply", "--resume", "--yes", "--color=never"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(case.end(&ran).contains("new in its log"), "{ran:?}");
    assert!(!case.is_hardened());
}

/// What a probe is told, written beside the run; then whether the program could make its file.
fn probe(case: &Case) -> String {
    let place = case.night.path("probe");
    format!(
        "--probe-cmd=env | grep -E '^(HARDEN_|KUBECONFIG)' | sort > '{}.'$HARDEN_STATE
         kubectl exec -n $HARDEN_NAMESPACE $HARDEN_POD -- ls /marked 2>&1",
        place.display()
    )
}

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn a_probe_that_fails_only_after_the_change_sets_it_back() {
    let Some(case) = Case::new("probed", MARKED) else {
        return;
    };
    let ran = case.apply(&[&probe(&case), SHORT]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let end = case.end(&ran);
    assert!(
        end.starts_with("restored: --probe-cmd exited with 1: "),
        "{end}"
    );
    assert!(!case.is_hardened());
    assert_eq!(case.files("probe.log").len(), 1);
    for state in ["pending", "soaking"] {
        let told = case.night.read(&format!("probe.{state}"));
        for line in [
            format!("HARDEN_NAMESPACE={}", case.ns.0),
            "HARDEN_KIND=Deployment".into(),
            "HARDEN_NAME=probed".into(),
            "HARDEN_OBJECT=deployment.apps/probed".into(),
            "HARDEN_POD=probed-".into(),
            "KUBECONFIG=/".into(),
        ] {
            assert!(told.contains(&line), "{line}: {told}");
        }
    }
}

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn a_probe_that_fails_before_or_hangs_changes_nothing() {
    let Some(case) = Case::new("hangs", NOISY) else {
        return;
    };
    let ran = case.apply(&["--probe-cmd=echo 503; exit 7", SHORT]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(
        case.end(&ran),
        "blocked: the probe fails before the change: --probe-cmd exited with 7: 503"
    );
    let late = ["--probe-cmd=sleep 600", "--probe-timeout=1s", SHORT];
    let end = case.end(&case.apply(&late));
    assert!(
        end.contains("did not end within 1s and was killed"),
        "{end}"
    );
    assert!(!case.is_hardened());
    assert_eq!(
        case.end(&case.apply(&["--probe-cmd=true", SHORT])),
        "hardened"
    );
}

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn a_probe_ends_with_the_run() {
    let Some(case) = Case::new("left", NOISY) else {
        return;
    };
    let pid = case.night.path("pid");
    let cmd = format!("--probe-cmd=echo $$ > '{}'; sleep 600", pid.display());
    let object = case.object();
    let what: [&str; 5] = ["apply", &object, "-n", &case.ns.0, &cmd];
    let mut child = case.night.start(&[&what[..], &QUIET].concat());
    let shell = || std::fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n'));
    until("the probe runs", shell);
    let interrupt = || {
        let mut kill = std::process::Command::new("kill");
        let sent = kill.args(["-INT", &child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    };
    interrupt();
    std::thread::sleep(Duration::from_millis(500));
    interrupt();
    let code = child.wait().expect("ends").code();
    assert_eq!(code, Some(130));
    let shell = case.night.read("pid");
    let process = format!("/proc/{}", shell.trim());
    until_within(Duration::from_secs(5), "the probe is gone", || {
        !Path::new(&process).exists()
    });
    assert!(!case.is_hardened());
}
