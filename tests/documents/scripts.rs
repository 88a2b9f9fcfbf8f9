//! `sh` blocks: what a shell makes of them. A shell runs each with programs that only write down how they are called.
//! What is called of `kubectl harden` is then read by the real command line. Everything else has to be listed here.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use clap::Parser;
use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
use kubectl_harden::cli::Cli;

use crate::of_sort;
use crate::support::console::Block;

/// How calls begin that are not made here, and what makes them instead or why nothing does.
const NOT_CALLED: [(&str, &str); 12] = [
    ("cargo run", ".ci/run takes the line from README.md"),
    ("cargo test", ".ci/run takes the line from README.md"),
    (
        "cargo install --path .",
        "tests/action/install.rs and .ci/pre-commit.sh install so",
    ),
    ("kubectl krew", "krew itself, by .ci/krew.sh"),
    ("kubectl replace", "needs a pod that may end"),
    (
        "curl -fsSL --remote-name-all",
        "needs a release; .ci/release/archive.sh makes its files",
    ),
    (
        "sha256sum --check",
        "needs a release; tests/release.rs compares its sums",
    ),
    ("gh attestation verify", "needs a release, and GitHub"),
    ("tar -xzf", "needs a release; .ci/krew.sh unpacks one"),
    (
        "cat",
        "writes notify.sh and probe.sh, which the last tests execute",
    ),
    ("git diff", "tests/ci_docs.rs executes the script"),
    ("xargs", "tests/ci_docs.rs executes the script"),
];

/// Writes its name and arguments as one record into the file that `CALLS` names.
const STAND_IN: &str = r#"#!/bin/sh
call=$(printf '%s\037' "${0##*/}" "$@")
printf '%s\036' "$call" >> "$CALLS"
"#;

/// What a block calls, each with its arguments.
fn calls(block: &Block) -> Vec<Vec<String>> {
    let directory = tempfile::tempdir().unwrap();
    let programs = directory.path().join("bin");
    fs::create_dir(&programs).unwrap();
    let names = NOT_CALLED.iter().map(|(call, _)| call.split(' ').next());
    for name in names.flatten().chain(["kubectl", "kubectl-harden"]) {
        let path = programs.join(name);
        fs::write(&path, STAND_IN).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let calls = directory.path().join("calls");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-e", "-u", "-c", &block.text]);
    shell.current_dir(directory.path()).stdin(Stdio::null());
    shell.env("PATH", programs).env("CALLS", &calls);
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let place = &block.place;
    assert!(
        output.status.success() && said.is_empty(),
        "{place}: {said}"
    );
    let calls = fs::read_to_string(calls).unwrap();
    let calls = calls.split_terminator('\u{1e}');
    calls.map(words).collect()
}

fn words(call: &str) -> Vec<String> {
    call.split_terminator('\u{1f}').map(str::to_owned).collect()
}

/// The arguments of `kubectl harden`, also where another program is to call it.
fn arguments(call: &[String]) -> Option<&[String]> {
    let direct = call.iter().position(|word| word == "kubectl-harden");
    let plugin = call.iter().position(|word| word == "kubectl");
    let plugin = plugin.filter(|&i| call.get(i + 1).is_some_and(|word| word == "harden"));
    direct.or(plugin.map(|i| i + 1)).map(|i| &call[i + 1..])
}

#[test]
fn scripts_call_what_is_there() {
    let blocks = of_sort("sh");
    let (mut read, mut listed) = (0, vec![false; NOT_CALLED.len()]);
    for block in blocks {
        for call in calls(&block) {
            let line = call.join(" ");
            let known = NOT_CALLED
                .iter()
                .position(|(start, _)| line.starts_with(start));
            if let Some(arguments) = arguments(&call) {
                let program = String::from("kubectl-harden");
                let outcome = Cli::try_parse_from([program].iter().chain(arguments));
                if let Err(error) = outcome
                    && !matches!(error.kind(), DisplayHelp | DisplayVersion)
                {
                    panic!("{}: {line}\n{error}", block.place);
                }
                read += 1;
            } else {
                assert!(known.is_some(), "{}: nothing calls {line}", block.place);
            }
            known.into_iter().for_each(|i| listed[i] = true);
        }
    }
    assert!(read >= 10, "{read} command lines of kubectl harden");
    let unused = NOT_CALLED
        .iter()
        .zip(listed)
        .filter(|(_, is_used)| !is_used);
    let unused: Vec<_> = unused.map(|((start, _), _)| start).collect();
    assert_eq!(unused, [] as [&&str; 0], "no block calls these");
}

#[test]
fn a_command_line_that_is_not_there_is_found() {
    let call = words("xargs\u{1f}-0\u{1f}kubectl-harden\u{1f}--chek\u{1f}--\u{1f}");
    let arguments = arguments(&call).unwrap();
    assert_eq!(arguments, ["--chek", "--"]);
    let program = String::from("kubectl-harden");
    assert!(Cli::try_parse_from([program].iter().chain(arguments)).is_err());
}

/// The script of the documents that posts to a chat, with a curl that keeps what it is given.
#[test]
fn the_notification_is_what_a_chat_takes() {
    let has_jq = Command::new("jq").arg("--version").output().is_ok();
    if !has_jq {
        eprintln!("skipped: jq is not installed");
        return;
    }
    let script = script("notify.sh");
    for (state, expected) in [
        ("hardened", ""),
        (
            "restored",
            r#"{"text":"shop/deployment.apps/web restored: exit code 1"}"#,
        ),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let posted = posted(directory.path(), &script, state);
        let compact: String = posted.lines().map(str::trim).collect();
        assert_eq!(compact.replace("\": \"", "\":\""), expected, "{state}");
    }
}

/// The script of that name, which a block writes.
fn script(name: &str) -> String {
    let blocks = of_sort("sh");
    let begin = format!("cat > {name} <<'END'\n");
    let script = blocks.iter().find_map(|block| {
        let (_, script) = block.text.split_once(&begin)?;
        script.split_once("END\n")
    });
    script.unwrap().0.to_owned()
}

/// The probe of the documents, with a kubectl that keeps how it is called.
#[test]
fn the_probe_asks_the_pod_that_it_is_told() {
    let script = script("probe.sh");
    for (context, expected) in [
        ("", "exec -n shop web-1 -- wget -q -O /dev/null "),
        ("prod eu", "--context=prod eu exec -n shop web-1 -- wget "),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let kubectl = directory.path().join("kubectl");
        fs::write(&kubectl, "#!/bin/sh\necho \"$@\" > called\n").unwrap();
        fs::set_permissions(&kubectl, fs::Permissions::from_mode(0o755)).unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut shell = Command::new("sh");
        shell
            .args(["-e", "-u", "-c", &script])
            .current_dir(&directory);
        shell.env("PATH", format!("{}:{path}", directory.path().display()));
        let facts = [
            ("NAMESPACE", "shop"),
            ("POD", "web-1"),
            ("CONTEXT", context),
        ];
        shell.envs(facts.map(|(name, value)| (format!("HARDEN_{name}"), value)));
        assert!(shell.status().unwrap().success());
        let called = fs::read_to_string(directory.path().join("called")).unwrap();
        assert!(called.starts_with(expected), "{called}");
    }
}

fn posted(directory: &Path, script: &str, state: &str) -> String {
    let curl = directory.join("curl");
    fs::write(&curl, "#!/bin/sh\ncat > posted\n").unwrap();
    fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).unwrap();
    let fact = format!(
        r#"{{"namespace":"shop","object":"deployment.apps/web","state":"{state}","reason":"exit code 1"}}"#
    );
    fs::write(directory.join("fact"), fact).unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", script]).current_dir(directory);
    shell.env("PATH", format!("{}:{path}", directory.display()));
    shell
        .env("HARDEN_STATE", state)
        .env("WEBHOOK", "https://hooks.example");
    shell.stdin(fs::File::open(directory.join("fact")).unwrap());
    assert!(shell.status().unwrap().success());
    fs::read_to_string(directory.join("posted")).unwrap_or_default()
}
