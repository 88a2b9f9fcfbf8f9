//! Credentials and rights that end in the middle.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::cluster::{done, kubectl, turn};
use super::fleet::{Fleet, crashing, healthy};
use super::journal;
use super::process::{Home, Process};

/// A ServiceAccount that may do what a run needs, and a kubeconfig with its token.
struct Account<'f> {
    fleet: &'f Fleet,
    home: Home,
}

impl<'f> Account<'f> {
    fn new(fleet: &'f Fleet) -> Self {
        let mut account = Self {
            fleet,
            home: Home::new(),
        };
        account.grant(&[
            "get", "list", "watch", "patch", "create", "update", "delete",
        ]);
        account.home.kubeconfig = account.home.path().join("kubeconfig");
        account.renew();
        account
    }

    fn namespace(&self) -> &str {
        &self.fleet.namespace.0
    }

    /// What it may do with everything in its namespace.
    fn grant(&self, verbs: &[&str]) {
        let name = json!({"name": "night"});
        let rules = json!([{"apiGroups": ["", "apps", "batch", "coordination.k8s.io", "policy", "autoscaling"],
            "resources": ["*"], "verbs": verbs}]);
        let subject =
            json!({"kind": "ServiceAccount", "name": "night", "namespace": self.namespace()});
        self.fleet.namespace.apply(&[
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": name, "rules": rules}),
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": name,
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "night"},
                "subjects": [subject]}),
        ]);
    }

    /// Makes the account anew and writes its token into the kubeconfig, as whoever logs in again does.
    fn renew(&self) {
        kubectl(
            &["create", "serviceaccount", "night", "-n", self.namespace()],
            "",
        );
        let token = done(
            &[
                "create",
                "token",
                "night",
                "-n",
                self.namespace(),
                "--duration=1h",
            ],
            "",
        );
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
        let mut config: Value = serde_json::from_str(&view).expect("JSON");
        config["users"][0]["user"] = json!({"token": token.trim()});
        let new = self.home.path().join("new");
        fs::write(&new, config.to_string()).expect("written");
        fs::rename(new, &self.home.kubeconfig).expect("renamed");
    }

    /// Without its account a token is worth nothing.
    fn revoke(&self) {
        done(
            &["delete", "serviceaccount", "night", "-n", self.namespace()],
            "",
        );
    }

    fn start(&self) -> Process {
        self.home.start(&[
            "apply",
            "deploy",
            "-n",
            self.namespace(),
            "--yes",
            "--soak=5s",
            "--timeout=40s",
            "--concurrency=2",
        ])
    }

    fn run(&self) -> PathBuf {
        self.home.run()
    }

    fn assert_ends(&self, code: i32, writes: i64) {
        let resumed = self.home.done(&["apply", "--resume", "--yes"]);
        assert_eq!(resumed.code, Some(code), "{resumed:?}");
        self.assert_right(writes);
    }

    fn assert_right(&self, writes: i64) {
        let lines = journal::lines(&self.run());
        assert_eq!(journal::faults(&lines), Vec::<String>::new());
        assert_eq!(
            self.fleet.faults(&self.run(), &journal::states(&lines)),
            Vec::<String>::new()
        );
        let all = self.fleet.writes();
        assert!(all.values().all(|&times| times == writes), "{all:?}");
    }
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_token_that_ends_stops_the_run_and_a_new_one_resumes_it() {
    let _turn = turn();
    let fleet = Fleet::new("token", healthy(4));
    let account = Account::new(&fleet);
    let process = account.start();
    account.home.until_state("watching");
    account.revoke();
    process.until_stderr("You must be logged in to the server");
    let ended = process.ended(Duration::from_secs(120));
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(
        ended
            .err
            .contains("stopped: You must be logged in to the server"),
        "{ended:?}"
    );
    assert!(ended.err.contains("log in again"), "{ended:?}");
    account.renew();
    account.assert_ends(0, 1);
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_token_that_is_renewed_in_time_lets_the_run_go_on() {
    let _turn = turn();
    let fleet = Fleet::new("renewed", healthy(4));
    let account = Account::new(&fleet);
    let process = account.start();
    account.home.until_state("soaking");
    account.revoke();
    process.until_stderr("You must be logged in to the server");
    account.renew();
    let ended = process.ended(Duration::from_secs(120));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    account.assert_right(1);
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn rights_that_end_stop_the_run_and_come_back() {
    let _turn = turn();
    let fleet = Fleet::new("rights", healthy(4));
    let account = Account::new(&fleet);
    let process = account.start();
    account.home.until_state("watching");
    done(
        &["delete", "rolebinding", "night", "-n", account.namespace()],
        "",
    );
    let ended = process.ended(Duration::from_secs(60));
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(
        ended.err.contains("stopped: Error from server (Forbidden)"),
        "{ended:?}"
    );
    account.grant(&[
        "get", "list", "watch", "patch", "create", "update", "delete",
    ]);
    account.assert_ends(0, 1);
}

/// The right to change ends after the change and before it is set back: that has to be made up for later.
#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_right_that_ends_before_the_fields_are_set_back_does_not_leave_them_so() {
    let _turn = turn();
    let fleet = Fleet::new("stuck", crashing(3));
    let account = Account::new(&fleet);
    let process = account.start();
    account
        .home
        .until_line("did apply", |line| line["event"] == "did");
    account.grant(&["get", "list", "watch"]);
    let ended = process.ended(Duration::from_secs(90));
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.err.contains("cannot patch resource"), "{ended:?}");
    let states = journal::states(&journal::lines(&account.run()));
    let is_open =
        |state: &String| ["applying", "watching", "failing", "restoring"].contains(&state.as_str());
    assert!(states.values().all(is_open), "nothing ended: {states:?}");
    account.grant(&[
        "get", "list", "watch", "patch", "create", "update", "delete",
    ]);
    account.assert_ends(3, 2);
}
