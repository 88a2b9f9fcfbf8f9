//! Completion: what is offered, the scripts put in place, and shells that use them through kubectl.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::pseudo_terminal::PseudoTerminal;
use support::{Ran, program, run};
use tempfile::TempDir;

/// What kubectl is told of a command line whose last word is completed.
fn asked(directory: &Path, words: &[&str], kubeconfig: &Path) -> Vec<String> {
    let output = program(directory, &[&["__complete"], words].concat())
        .env("KUBECONFIG", kubeconfig)
        .env("XDG_STATE_HOME", directory)
        .output();
    let ran = Ran::from(output.expect("runs"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{words:?}");
    let out = ran.out();
    out.lines().map(ToOwned::to_owned).collect()
}

/// Without a cluster: the values without their help, and the directive.
fn offered(words: &[&str]) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("manifests")).expect("made");
    fs::write(folder.path().join("app.yaml"), "").expect("written");
    let mut lines = asked(folder.path(), words, Path::new("/nonexistent"));
    let directive = lines.pop().expect("a directive");
    let value = |line: String| match line.split_once('\t') {
        Some((value, _)) => value.to_owned(),
        None => line,
    };
    (lines.into_iter().map(value).collect(), directive)
}

#[test]
fn what_needs_no_cluster_is_offered_without_one() {
    for (words, expected) in [
        (&["expl"][..], &["explain"][..]),
        (&["completion", "f"], &["fish"]),
        (&["plan", "deploy", "--out=t.yaml", "--can"], &["--canary"]),
        (&["dep"], &["deployments"]),
        (&["plan", "st"], &["statefulsets"]),
        (&["deployments,cr"], &["deployments,cronjobs"]),
        (&["explain", "runAsN"], &["runAsNonRoot"]),
        (&["--skip", "readOnly"], &["readOnlyRootFilesystem"]),
        (
            &["--skip=readOnlyRootFilesystem,runAsN"],
            &["readOnlyRootFilesystem,runAsNonRoot"],
        ),
        (&["--profile", "re"], &["restricted"]),
        (&["-o", "y"], &["yaml"]),
        // kubectl's scripts put the flag before the value themselves.
        (&["--output=j"], &["json"]),
        (&["--report", "sa"], &["sarif="]),
        (&["inspect", "dep"], &["deployments"]),
        (&["inspect", "web-0", "dep"], &["deployments/"]),
        (&["inspect", "web-0", "--report", "m"], &["markdown="]),
        (&["inspect", "-A", "-o", "w"], &["wide"]),
        (&["-f", "app"], &["app.yaml"]),
        (&["-f", "man"], &["manifests/"]),
    ] {
        let (values, directive) = offered(words);
        assert_eq!(values, expected, "{words:?}");
        let goes_on = expected[0].ends_with(['/', '=']);
        assert_eq!(directive, if goes_on { ":6" } else { ":4" }, "{words:?}");
    }
}

/// As kubectl offers its own.
#[test]
fn flags_are_offered_to_who_has_begun_one() {
    let (values, _) = offered(&[""]);
    assert!(values.contains(&"deployments".into()), "{values:?}");
    assert!(values.contains(&"plan".into()), "{values:?}");
    assert!(
        values.iter().all(|value| !value.starts_with('-')),
        "{values:?}"
    );
    let (values, _) = offered(&["-"]);
    assert!(values.contains(&"--check".into()), "{values:?}");
    assert!(
        values.iter().all(|value| value.starts_with('-')),
        "{values:?}"
    );
}

#[test]
fn what_only_a_cluster_knows_is_silently_missing_without_one() {
    for words in [
        &["deploy/"][..],
        &["deploy", "w"],
        &["-n", "s"],
        &["apply", "--namespace=s"],
        &["undo", "2026"],
        &["review", "--resume", "2026"],
        &["--no-such-flag", "--no-such"],
    ] {
        assert_eq!(offered(words), (Vec::new(), ":4".into()), "{words:?}");
    }
}

#[test]
fn contexts_are_those_of_the_kubeconfig() {
    let folder = tempfile::tempdir().expect("a folder");
    let kubeconfig = folder.path().join("config");
    let text = "apiVersion: v1\nkind: Config\ncontexts:\n- {name: blue, context: {cluster: one, user: me}}\n- {name: black, context: {cluster: two, user: me}}\nclusters:\n- {name: one, cluster: {server: 'https://127.0.0.1:1'}}\nusers:\n- {name: me, user: {}}\n";
    fs::write(&kubeconfig, text).expect("written");
    for (words, expected) in [
        (&["--context", "bl"][..], &["blue", "black", ":4"][..]),
        (&["plan", "deploy", "--cluster="], &["one", ":4"]),
        (&["--user", ""], &["me", ":4"]),
    ] {
        assert_eq!(
            asked(folder.path(), words, &kubeconfig),
            expected,
            "{words:?}"
        );
    }
}

#[test]
fn every_shell_has_a_script() {
    let folder = tempfile::tempdir().expect("a folder");
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let ran = run(folder.path(), &["completion", shell]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{shell}");
        assert!(ran.out().contains("KUBECTL_HARDEN_COMPLETE"), "{shell}");
    }
    let ran = run(folder.path(), &["completion"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let ran = run(folder.path(), &["completion", "tcsh"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("bash, zsh, fish, powershell"),
        "{ran:?}"
    );
}

/// A home directory, and the plugin in a directory on PATH as krew puts it there.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).expect("made");
        let plugin = env!("CARGO_BIN_EXE_kubectl-harden");
        std::os::unix::fs::symlink(plugin, bin.join("kubectl-harden")).expect("linked");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let bin = self.path("bin").display().to_string();
        let path = std::env::var("PATH").expect("a path");
        vec![
            ("HOME", self.folder.path().display().to_string()),
            ("ZDOTDIR", self.folder.path().display().to_string()),
            ("PATH", format!("{bin}:{path}")),
            ("XDG_DATA_HOME", self.path("data").display().to_string()),
            ("XDG_CONFIG_HOME", self.path("config").display().to_string()),
        ]
    }

    fn install(&self, args: &[&str], shell: &str) -> Ran {
        let mut command = Command::new("kubectl-harden");
        command.args(["completion", "install"]).args(args);
        command.envs(self.variables()).env("SHELL", shell);
        command.env_remove("BASH_COMPLETION_USER_DIR");
        command.output().expect("runs").into()
    }
}

#[test]
fn install_says_what_it_did_and_does_it_once() {
    let home = Home::new();
    for (args, shell, file) in [
        (
            &[][..],
            "/bin/bash",
            "data/bash-completion/completions/kubectl-harden",
        ),
        (
            &[],
            "/usr/bin/fish",
            "config/fish/completions/kubectl-harden.fish",
        ),
        (
            &["zsh"],
            "/bin/bash",
            "data/zsh/site-functions/_kubectl-harden",
        ),
    ] {
        let first = home.install(args, shell);
        assert_eq!(first.code, 0, "{first:?}");
        let file = home.path(file);
        assert!(
            first.out().contains(&format!("wrote {}\n", file.display())),
            "{first:?}"
        );
        let second = home.install(args, shell);
        let there = format!("{} is there already\n", file.display());
        assert!(second.out().contains(&there), "{second:?}");
        assert!(!second.out().contains("wrote"), "{second:?}");
    }
    let helper = home.path("bin/kubectl_complete-harden");
    let mut command = Command::new(&helper);
    let output = command
        .args(["explain", "seccomp"])
        .envs(home.variables())
        .output();
    let out = Ran::from(output.expect("runs")).out();
    assert!(
        out.starts_with("seccompProfile\t") && out.ends_with(":4\n"),
        "{out}"
    );
}

#[test]
fn install_leaves_alone_what_is_somebody_elses() {
    let home = Home::new();
    let helper = home.path("bin/kubectl_complete-harden");
    fs::write(&helper, "#!/bin/sh\necho mine\n").expect("written");
    let ran = home.install(&["bash"], "");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("is there and not ours"), "{ran:?}");
    assert_eq!(
        fs::read_to_string(&helper).expect("read"),
        "#!/bin/sh\necho mine\n"
    );
    let ran = Home::new().install(&[], "/bin/tcsh");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("name a shell"), "{ran:?}");
}

/// What kubectl's script for bash needs; a package of its own.
const BASH_COMPLETION: &str = "/usr/share/bash-completion/bash_completion";

/// A shell, what it is started with, and what it reads at its start: kubectl's own completion and the plugin's.
const SHELLS: [(&str, &str, &str, &str); 3] = [
    (
        "bash",
        "bash --rcfile RC -i",
        "rc.bash",
        "PS1='ready> '\n. /usr/share/bash-completion/bash_completion\n. <(kubectl completion bash)\nbind 'set bell-style none'\n",
    ),
    (
        "zsh",
        "zsh -i",
        ".zshrc",
        "PS1='ready> '\nfpath=($XDG_DATA_HOME/zsh/site-functions $fpath)\nautoload -Uz compinit && compinit -u\n. <(kubectl completion zsh)\nunsetopt BEEP\n",
    ),
    (
        "fish",
        "fish -i",
        "config/fish/config.fish",
        "function fish_prompt; echo 'ready> '; end\nset fish_greeting\nkubectl completion fish | source\n",
    ),
];

/// Lines with a Tab at their end, and what they become.
const COMPLETED: [(&str, &str); 9] = [
    ("kubectl harden --output=js", "kubectl harden --output=json"),
    ("kubectl-harden --output=js", "kubectl-harden --output=json"),
    ("kubectl harden stateful", "kubectl harden statefulsets "),
    (
        "kubectl harden -n NAMESPACE deploy/we",
        "kubectl harden -n NAMESPACE deploy/web",
    ),
    (
        "kubectl harden -n NAMESPACE deploy on",
        "kubectl harden -n NAMESPACE deploy only-one",
    ),
    (
        "kubectl harden plan deploy -n BEGUN",
        "kubectl harden plan deploy -n NAMESPACE",
    ),
    ("kubectl harden plan --cana", "kubectl harden plan --canary"),
    (
        "kubectl harden explain runAsNon",
        "kubectl harden explain runAsNonRoot",
    ),
    (
        "kubectl-harden -n NAMESPACE deploy on",
        "kubectl-harden -n NAMESPACE deploy only-one",
    ),
];

/// A real control plane: see tests/cluster/README.md.
#[test]
#[ignore = "needs a cluster: KUBECONFIG"]
fn shells_complete_through_kubectl() {
    let namespace = format!("completion-{}", std::process::id());
    let kubectl = |args: &[&str]| support::cluster::kubectl(args, "");
    assert_eq!(kubectl(&["create", "namespace", &namespace]).code, 0);
    for name in ["web", "only-one"] {
        let made = kubectl(&[
            "create",
            "deploy",
            name,
            "--image=x",
            "--replicas=0",
            "-n",
            &namespace,
        ]);
        assert_eq!(made.code, 0, "{made:?}");
    }
    for (shell, start, file, text) in SHELLS {
        let is_there = Command::new(shell).arg("--version").output().is_ok();
        if !is_there || (shell == "bash" && !Path::new(BASH_COMPLETION).exists()) {
            eprintln!("skipped: no {shell} with its completion");
            continue;
        }
        let home = Home::new();
        assert_eq!(home.install(&[shell], "").code, 0);
        let file = home.path(file);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(&file, text).expect("written");
        let kubeconfig = support::cluster::kubeconfig().display().to_string();
        let mut variables = home.variables();
        variables.push(("KUBECONFIG", kubeconfig));
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let start = start.replace("RC", &file.display().to_string());
        for (line, expected) in COMPLETED {
            let begun = &namespace[..namespace.len() - 1];
            let [line, expected] = [line, expected].map(|text| {
                text.replace("NAMESPACE", &namespace)
                    .replace("BEGUN", begun)
            });
            let mut terminal = PseudoTerminal::start(
                &start,
                home.folder.path(),
                home.folder.path(),
                (120, 24),
                &variables,
            );
            terminal.sees("ready> ");
            terminal.press(&line);
            terminal.does("\t", &expected);
            eprintln!("{shell}: {line}<TAB>");
        }
    }
    kubectl(&["delete", "namespace", &namespace, "--wait=false"]);
}
