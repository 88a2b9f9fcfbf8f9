//! What a person sees on a terminal, in a real one made by script(1).

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};

use support::run;

/// Runs the program in a pseudo-terminal, with variables set; stdout and stderr are one there.
fn on_terminal(args: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let program = env!("CARGO_BIN_EXE_kubectl-harden");
    let mut command = Command::new("script");
    command
        .args(["-qec", &format!("{program} {args}"), "/dev/null"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    let output = command.output().expect("script(1) is installed");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    (output.status.code().unwrap(), text.replace('\r', ""))
}

fn without_colour(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..at]);
        let escape = &rest[at..];
        rest = &escape[escape.find('m').unwrap() + 1..];
    }
    plain + rest
}

const ARGS: &str = "--check -f docs/examples/agent.yaml -f docs/examples/exempt.yaml";

#[test]
fn violations_stand_under_their_object_and_container() {
    let (code, text) = on_terminal(ARGS, &[]);
    assert_eq!(code, 1);
    assert!(text.contains("\u{1b}[31mrunAsNonRoot\u{1b}[0m"), "{text}");
    let plain = without_colour(&text);
    let expected = "daemonset.apps/agent  docs/examples/agent.yaml:1:1\n  pod  spec.template.spec\n    12:7  fsGroup: must set securityContext.fsGroup to a non-zero gid: left alone beside a privilege that needs a decision\n  agent  spec.template.spec.containers[0]\n    13:11  runAsNonRoot: ";
    assert!(plain.starts_with(expected), "{plain}");
    assert!(
        plain.contains("readOnlyRootFilesystem=true: exempt: writes its index below /app\n"),
        "{plain}"
    );
    assert!(plain.contains("(until 2099-12-31)"), "{plain}");
}

#[test]
fn a_terminal_shows_all_that_a_pipe_does() {
    let (_, text) = on_terminal(ARGS, &[]);
    let plain = without_colour(&text);
    let args: Vec<_> = ARGS.split(' ').collect();
    let piped = run(Path::new(env!("CARGO_MANIFEST_DIR")), &args);
    let lines = piped.out();
    assert!(lines.lines().count() > 20);
    for line in lines.lines() {
        let (_, said) = line.split_once(": ").unwrap();
        let (said, _) = said.rsplit_once(" (").unwrap();
        assert!(plain.contains(said), "{said} in {plain}");
    }
}

#[test]
fn no_color_leaves_the_groups() {
    let (_, text) = on_terminal(ARGS, &[("NO_COLOR", "1")]);
    assert_eq!(text, without_colour(&on_terminal(ARGS, &[]).1));
}
