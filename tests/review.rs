//! A review as a person has it, in a real terminal.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::pseudo_terminal::{PATIENCE, PseudoTerminal};
use support::{copy_tree, run};
use tempfile::TempDir;

/// A working directory with manifests and a place for decisions.
struct Place {
    folder: TempDir,
}

impl Place {
    fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("work")).expect("made");
        Self { folder }
    }

    /// golden/overnight, 37 workloads in 35 files.
    fn overnight() -> Self {
        let place = Self::empty();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/overnight");
        copy_tree(&from, &place.work().join("overnight"));
        place
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.work().join(name), text).expect("written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.work().join(name)).expect("read")
    }

    fn git(&self, args: &[&str]) {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        let status = Command::new("git")
            .args(identity)
            .args(args)
            .current_dir(self.work())
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("git").success(), "git {args:?}");
    }

    /// All files below the working directory.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let walk = walkdir::WalkDir::new(self.work());
        let files = walk.into_iter().map(|entry| entry.expect("listed"));
        let files = files.filter(|entry| entry.file_type().is_file());
        files
            .map(|entry| {
                (
                    entry.path().to_owned(),
                    fs::read(entry.path()).expect("read"),
                )
            })
            .collect()
    }

    fn review(&self, args: &str) -> PseudoTerminal {
        review_in(self, args, (80, 24), &[])
    }
}

/// A terminal with a review in it.
fn review_in(
    place: &Place,
    args: &str,
    size: (u16, u16),
    variables: &[(&str, &str)],
) -> PseudoTerminal {
    let program = env!("CARGO_BIN_EXE_kubectl-harden");
    let state = place.state().display().to_string();
    let variables = [&[("PAGER", "cat"), ("XDG_STATE_HOME", &state)], variables].concat();
    let inside = format!("{program} review {args}");
    PseudoTerminal::start(
        &inside,
        place.folder.path(),
        &place.work(),
        size,
        &variables,
    )
}

const PLAIN: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: NAME\nspec:\n  template:\n    spec:\n      containers:\n      - name: main # the only one\n        image: x\n";

/// What hardening makes of a text.
fn hardened(text: &str, flags: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("x.yaml"), text).expect("written");
    let ran = run(folder.path(), &[&["-f", "x.yaml", "-w"], flags].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    fs::read_to_string(folder.path().join("x.yaml")).expect("read")
}

fn three() -> Place {
    let place = Place::empty();
    for name in ["a", "b", "c"] {
        place.write(&format!("{name}.yaml"), &PLAIN.replace("NAME", name));
    }
    place
}

#[test]
fn thirty_seven_deployments_are_accepted_but_two_and_written() {
    let place = Place::overnight();
    let before = place.files();
    let mut review = place.review("-f overnight -R");
    review.sees("37 workloads in 35 files, 338 fields to write, 14 different changes");
    review.does("j", "[1/14] 20 workloads, the same change  undecided");
    review.does("s", "[1/33] deployment.apps/login in shop  undecided");
    review.does("n", "[2/33] deployment.apps/profile in shop");
    review.sees("declined: deployment.apps/login");
    review.does("n", "[3/33] deployment.apps/cart-api in shop");
    review.does("A", "Accept 34 workloads without a risk note? (y/n)");
    review.does("y", "search-indexer in shop-search  undecided");
    let shown = review.sees("! fsGroup changes the group of all files");
    assert!(shown.contains("accepted: 34 workloads"), "{shown}");
    let end = review.does("y", "Write 33 files? (y/N)");
    for line in [
        "Declined: 2",
        "  deployment.apps/login, deployment.apps/profile",
        "Accepted: 35",
    ] {
        assert!(end.lines().any(|shown| shown.trim_end() == line), "{end}");
    }
    assert!(!end.contains("more line"), "{end}");
    assert_eq!(
        place.files(),
        before,
        "nothing is written before the question"
    );
    review.press("y");
    assert_eq!(review.ends(), 0);
    let written = review.sees("33 files written");
    assert!(!written.contains("error"), "{written}");
    drop(review);

    let all = Place::overnight();
    let ran = run(&all.work(), &["-f", "overnight", "-R", "-w"]);
    assert_eq!(ran.code, 0);
    for (path, bytes) in place.files() {
        let inside = path.strip_prefix(place.work()).expect("inside");
        let is_declined =
            inside.ends_with("accounts/login.yaml") || inside.ends_with("accounts/profile.yaml");
        let expected = match is_declined {
            true => &before[&path],
            false => &fs::read(all.work().join(inside)).expect("read"),
        };
        assert!(bytes == *expected, "{}", inside.display());
    }
}

#[test]
fn fields_are_toggled_and_undone_and_what_is_shown_is_written() {
    let place = three();
    let mut review = place.review("-f . --color=never");
    review.does("j", "[1/1] 3 workloads, the same change");
    review.does("7", "[ ] 7 readOnlyRootFilesystem: left as it is");
    let shown = review.does("2", "[ ] 2 runAsUser: left as it is");
    assert!(!shown.contains("+        runAsUser"), "{shown}");
    review.does("u", "[x] 2 runAsUser: 1000");
    review.does("y", "Write 3 files? (y/N)");
    review.does("u", "[1/1] 3 workloads, the same change  undecided");
    review.sees("[ ] 7 readOnlyRootFilesystem");
    review.does("s", "[1/3] deployment.apps/a  undecided");
    review.does("eu", "runAsUser: ");
    review.does("12\u{7f}345\r", "[x] 2 runAsUser: 1345");
    review.does("y", "[2/3] deployment.apps/b");
    review.does("7", "[x] 7 readOnlyRootFilesystem: true");
    review.does("7y", "[3/3] deployment.apps/c");
    review.does("n", "Write 2 files? (y/N)");
    review.does("y", "2 files written");
    assert_eq!(review.ends(), 0);
    let plain = |name: &str| PLAIN.replace("NAME", name);
    let skip = "--skip=readOnlyRootFilesystem";
    assert_eq!(
        place.read("a.yaml"),
        hardened(&plain("a"), &[skip, "--run-as-user=1345"])
    );
    assert_eq!(place.read("b.yaml"), hardened(&plain("b"), &[skip]));
    assert_eq!(place.read("c.yaml"), plain("c"));
}

#[test]
fn a_review_goes_on_after_quitting_ctrl_c_and_a_crash() {
    let place = three();
    let mut review = place.review("-f .");
    review.does("js", "[1/3] deployment.apps/a");
    review.does("n", "[2/3] deployment.apps/b");
    review.press("q");
    assert_eq!(review.ends(), 0);
    let shown = review.sees("saved: kubectl harden review --resume ");
    let id = shown
        .split("--resume ")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap();
    drop(review);

    let mut review = place.review(&format!("--resume {id}"));
    review.does("J", "[1/3] deployment.apps/a  declined");
    review.does("j", "[2/3] deployment.apps/b  undecided");
    review.press("\u{3}");
    assert_eq!(review.ends(), 0, "Ctrl-C is q");
    review.sees("saved: ");
    drop(review);

    let mut review = place.review("--resume");
    review.does("j", "[2/3] deployment.apps/b  undecided");
    review.does("y", "[3/3] deployment.apps/c");
    review.kill("-KILL");
    drop(review);
    assert_eq!(place.read("b.yaml"), PLAIN.replace("NAME", "b"));

    let mut review = place.review("--resume");
    review.does("JJ", "[2/3] deployment.apps/b  accepted");
    review.does("u", "[2/3] deployment.apps/b  undecided");
    review.does("y", "[3/3] deployment.apps/c");
    review.press("n");
    review.sees("Write 1 file? (y/N)");
    review.does("y", "1 file written");
    assert_eq!(review.ends(), 0);
    assert_eq!(
        place.read("b.yaml"),
        hardened(&PLAIN.replace("NAME", "b"), &[])
    );
    assert_eq!(place.read("a.yaml"), PLAIN.replace("NAME", "a"));
    drop(review);
    let mut review = place.review("--resume");
    assert_eq!(review.ends(), 2);
    review.sees("no review to go on with");
}

#[test]
fn what_changed_meanwhile_is_asked_again_or_left_alone() {
    let place = three();
    let mut review = place.review("-f .");
    review.does("js", "[1/3] deployment.apps/a");
    review.does("y", "[2/3]");
    review.does("y", "[3/3]");
    review.press("q");
    assert_eq!(review.ends(), 0);
    drop(review);
    let other = PLAIN.replace("NAME", "a").replace("image: x", "image: y");
    place.write("a.yaml", &other);
    let mut review = place.review("--resume");
    review.sees("1 decision does not hold any more");
    review.does("j", "deployment.apps/a  undecided");
    review.does("J", "deployment.apps/b  accepted");
    // Somebody writes a file while the question stands.
    review.does("j", "deployment.apps/c  undecided");
    review.does("y", "Write 2 files? (y/N)");
    let late = PLAIN.replace("NAME", "b") + "# late\n";
    place.write("b.yaml", &late);
    review.press("y");
    assert_eq!(review.ends(), 2);
    review.sees("it changed while it was being hardened");
    review.sees("1 file written");
    assert_eq!(place.read("a.yaml"), other);
    assert_eq!(place.read("b.yaml"), late);
    assert_eq!(
        place.read("c.yaml"),
        hardened(&PLAIN.replace("NAME", "c"), &[])
    );
}

#[test]
fn files_with_uncommitted_changes_are_named_and_not_written() {
    let place = three();
    place.git(&["init", "-q"]);
    place.git(&["add", "."]);
    place.git(&["commit", "-qm", "all"]);
    let mine = PLAIN.replace("NAME", "b") + "# mine\n";
    place.write("b.yaml", &mine);
    let mut review = place.review("-f .");
    review.sees("1 file has uncommitted changes, not written without");
    review.does("jy", "Write 2 files? (y/N)");
    review.press("y");
    assert_eq!(review.ends(), 2);
    let shown = review.sees("2 files written");
    assert!(
        shown.contains("b.yaml: not written: it has uncommitted changes"),
        "{shown}"
    );
    assert_eq!(place.read("b.yaml"), mine);
    assert_ne!(place.read("a.yaml"), PLAIN.replace("NAME", "a"));
    drop(review);
    let mut review = place.review("--resume --allow-dirty");
    review.does("j", "Write 1 file? (y/N)");
    review.press("y");
    assert_eq!(review.ends(), 0);
    assert_eq!(place.read("b.yaml"), hardened(&mine, &[]));
}

#[test]
fn what_is_declined_can_be_remembered() {
    let place = three();
    let config = "# ours\nprofile: hardened\n";
    place.write(".kubectl-harden.yaml", config);
    let mut review = place.review("-f .");
    review.does("js", "[1/3]");
    review.does("r", "decline it, or a field of it, first");
    review.does("n", "[2/3]");
    review.does("K", "[1/3] deployment.apps/a  declined");
    review.does("r\r", "nothing is remembered without a reason");
    review.does("rlegacy: it writes\r", "last day (none: Enter): ");
    review.does("soon\r", "soon is not a date like 2027-01-31");
    review.does(
        "2099-01-31\r",
        "remembered: legacy: it writes (until 2099-01-31)",
    );
    review.does("j7", "[ ] 7 readOnlyRootFilesystem");
    review.does("rits cache\r\r", "remembered: its cache");
    review.does("y", "[3/3]");
    assert_eq!(
        place.read(".kubectl-harden.yaml"),
        config,
        "not before the end"
    );
    review.does("y", "Write 2 files and exemptions of 2 workloads? (y/N)");
    review.press("y");
    assert_eq!(review.ends(), 0);
    let expected = format!(
        "{config}exemptions:\n- kind: Deployment\n  name: a\n  checks: [runAsNonRoot, runAsUser, runAsGroup, fsGroup, seccompProfile, allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities]\n  reason: \"legacy: it writes\"\n  expires: 2099-01-31\n- kind: Deployment\n  name: b\n  container: main\n  checks: [readOnlyRootFilesystem]\n  reason: \"its cache\"\n"
    );
    assert_eq!(place.read(".kubectl-harden.yaml"), expected);
    let again = run(&place.work(), &["-f", ".", "--check"]);
    assert_eq!(again.code, 0, "{again:?}");
}

#[test]
fn forty_columns_and_a_resize_are_readable() {
    let place = three();
    let mut review = review_in(&place, "-f .", (40, 24), &[]);
    review.does("j", "[1/1] undecided");
    let shown = review.sees("Accept? [y,n,1-8,j,k,u,p,q,?]");
    assert!(
        shown.lines().all(|line| line.chars().count() <= 40),
        "{shown}"
    );
    assert!(
        shown.contains("[x] 7 readOnlyRootFilesystem: true"),
        "{shown}"
    );
    review.resize(100, 40);
    review.sees("Accept this change? [y,n,a,d,s,1-8,e,w,j,k,u,A,p,q,?]");
    review.does("3", "[ ] 3 runAsGroup: left as it is");
    review.resize(60, 12);
    let shown = review.does("3", "[x] 3 runAsGroup: 1000");
    assert!(shown.lines().count() <= 12, "{shown}");
    review.does("y", "Write 3 files? (y/N)");
    review.press("n");
    assert_eq!(review.ends(), 0);
}

/// Whether a text has SGR sequences.
fn has_styles(text: &str) -> bool {
    text.split("\u{1b}[").skip(1).any(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ';'));
        end.is_some_and(|end| rest[end..].starts_with('m'))
    })
}

#[test]
fn colour_is_beside_words_and_signs_never_instead() {
    let place = three();
    let mut review = review_in(&place, "-f .", (80, 24), &[("NO_COLOR", "1")]);
    let plain = review.does("j", "Accept this change?");
    assert!(!has_styles(&review.written()), "{:?}", review.written());
    assert!(!review.written().contains("[?1049h"), "no alternate screen");
    review.press("q");
    review.ends();
    drop(review);
    let mut review = place.review("-f .");
    let coloured = review.does("j", "Accept this change?");
    assert!(has_styles(&review.written()));
    assert!(
        review.written().contains("\u{1b}[32m+"),
        "{:?}",
        review.written()
    );
    assert_eq!(plain, coloured, "the same words");
    assert!(plain.contains("+      securityContext:"), "{plain}");
}

#[test]
fn control_characters_wide_and_combining_ones_do_no_harm() {
    let place = Place::empty();
    let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: \"we\\e[2J\\x9b1mb\"\nspec:\n  containers:\n  - name: \u{6771}\u{4eac}e\u{301}\n    image: x # \u{6771}\u{4eac}\n";
    place.write("x.yaml", text);
    let mut review = review_in(&place, "-f .", (40, 30), &[("NO_COLOR", "1")]);
    let shown = review.does("j", "Accept?");
    assert!(shown.contains("we\\u{1b}[2J\\u{9b}1mb"), "{shown}");
    assert!(shown.contains("\u{6771}\u{4eac}e\u{301}"), "{shown}");
    assert!(
        !review.written().contains("\u{9b}"),
        "{:?}",
        review.written()
    );
    review.does("y", "Write 1 file?");
    review.press("y");
    assert_eq!(review.ends(), 0);
    assert_eq!(place.read("x.yaml"), hardened(text, &[]));
}

#[test]
fn keys_that_mean_nothing_only_remind() {
    let place = three();
    let mut review = place.review("-f .");
    review.does("j", "undecided");
    for key in ["\r", "\u{1b}[A", "x", "9"] {
        let said = match key {
            "9" => "there is no field 9",
            _ => "y accepts, n declines",
        };
        let shown = review.does(key, said);
        assert!(
            shown.contains("[1/1] 3 workloads, the same change  undecided"),
            "{shown}"
        );
        review.does("u", "nothing to undo");
    }
    review.does("gx\r", "there is no change of that number");
    review.does("/nowhere\r", "nothing is found");
    let shown = review.does("w6", "allowPrivilegeEscalation: ");
    assert!(!shown.is_empty());
    review.sees("Accept this change?");
    review.does("?", "Nothing is written before the question at the end.");
    // The pager's text scrolls away when the question comes again.
    let before = review.written().len();
    review.press("p");
    review.writes(before, "drop: [\"ALL\"]");
}

#[test]
fn a_review_whose_terminal_is_gone_ends() {
    let place = three();
    let review = place.review("-f .");
    ends_without_its_terminal(review);
}

/// The signal goes to the shell, which ignores it and waits.
#[test]
fn a_review_behind_a_shell_whose_terminal_is_gone_ends() {
    let place = three();
    let program = env!("CARGO_BIN_EXE_kubectl-harden");
    let inside = format!("sh -c '{program} review -f .; true'");
    let state = place.state().display().to_string();
    let review = PseudoTerminal::start(
        &inside,
        place.folder.path(),
        &place.work(),
        (80, 24),
        &[("XDG_STATE_HOME", &state)],
    );
    ends_without_its_terminal(review);
}

fn ends_without_its_terminal(mut review: PseudoTerminal) {
    review.does("j", "undecided");
    let pid = fs::read_to_string(&review.pid).expect("a process");
    let started = Path::new("/proc").join(pid.trim());
    let children = started.join("task").join(pid.trim()).join("children");
    let child = fs::read_to_string(children).unwrap_or_default();
    let process = match child.trim() {
        "" => started,
        child => Path::new("/proc").join(child),
    };
    review.vanish();
    let start = Instant::now();
    while process.join("exe").exists() {
        assert!(start.elapsed() < PATIENCE, "it goes on without a terminal");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_screen_reader_gets_numbered_questions() {
    for (args, variables) in [
        ("-f . --accessible", &[][..]),
        ("-f .", &[("ACCESSIBLE", "1")]),
        ("-f .", &[("TERM", "dumb")]),
    ] {
        let place = three();
        let mut review = review_in(&place, args, (80, 60), variables);
        review.sees("1. show the first change");
        review.does("1\r", "3. leave a field as it is");
        review.does("3\r", "field: ");
        review.does("7\r", "[ ] 7 readOnlyRootFilesystem");
        review.does("nonsense\r", "y accepts, n declines");
        review.does("10\r", "[1/3] deployment.apps/a");
        review.does("1\r", "[2/3] deployment.apps/b");
        review.does("2\r", "[3/3] deployment.apps/c");
        review.does("1\r", "Write 2 files? (y/N)");
        review.does("1\r", "2 files written");
        assert_eq!(review.ends(), 0);
        let written = review.written();
        assert!(
            !written.contains("\u{1b}["),
            "nothing is redrawn: {written:?}"
        );
        let skip = "--skip=readOnlyRootFilesystem";
        assert_eq!(
            place.read("a.yaml"),
            hardened(&PLAIN.replace("NAME", "a"), &[skip])
        );
        assert_eq!(place.read("b.yaml"), PLAIN.replace("NAME", "b"));
    }
}

#[test]
fn ctrl_c_saves_for_a_screen_reader_too() {
    let place = three();
    let mut review = place.review("-f . --accessible");
    review.sees("1. show the first change");
    review.does("1\r", "1. accept");
    review.does("2\r", "Nothing to write. Quit?");
    review.press("\u{3}");
    assert_eq!(review.ends(), 0);
    let shown = review.sees("saved: kubectl harden review --resume ");
    let id = shown.rsplit("--resume ").next().unwrap().trim();
    drop(review);
    let review = place.review(&format!("--resume {id}"));
    review.sees("3 workloads, each 8 fields, declined");
    review.sees("1. show the first change");
}

#[test]
fn a_signal_saves_and_sets_the_terminal_back() {
    let place = three();
    let mut review = place.review("-f .");
    review.does("j", "undecided");
    let tty = fs::read_to_string(&review.tty).expect("a terminal");
    let modes = || {
        let output = Command::new("stty").args(["-F", tty.trim(), "-a"]).output();
        String::from_utf8(output.expect("stty").stdout).expect("UTF-8")
    };
    assert!(modes().contains("-icanon"), "{}", modes());
    let pid = fs::read_to_string(&review.pid).expect("a process");
    Command::new("kill")
        .args(["-TERM", pid.trim()])
        .status()
        .expect("kill");
    review.sees("saved: kubectl harden review --resume");
    assert_eq!(review.ends(), 0);
}

#[test]
fn without_a_terminal_the_other_command_is_named() {
    let place = three();
    for (args, expected) in [
        (
            &["review", "-f", "a b/", "-R", "--accessible"][..],
            "kubectl harden -f 'a b/' -R -w",
        ),
        (&["review", "--", "a.yaml"], "kubectl harden -w -- a.yaml"),
        (
            &["review", "deploy/web", "--out=p"],
            "kubectl harden plan deploy/web --out=p",
        ),
        (
            &["review", "deploy/web"],
            "kubectl harden plan deploy/web --out=FILE",
        ),
    ] {
        let ran = run(&place.work(), args);
        assert_eq!(ran.code, 2);
        assert_eq!(
            ran.stderr,
            format!("error: a review needs a terminal to ask on\nhint: without one: {expected}\n")
        );
    }
}

#[test]
fn what_is_not_fixed_is_said_with_its_reason() {
    let place = Place::empty();
    place.write("a.yaml", &PLAIN.replace("NAME", "a"));
    place.write(
        "bad.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [\n",
    );
    place.write("agent.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: agent}\nspec: {containers: [{name: a, image: x, securityContext: {privileged: true}}]}\n");
    let mut review = place.review("-f .");
    let shown = review.sees("Not fixed, whatever is decided:");
    assert!(shown.contains("bad.yaml:"), "{shown}");
    assert!(shown.contains("agent.yaml:1 pod/agent: "), "{shown}");
    assert!(
        shown.contains("privileged: --unsafe-fixes takes it away"),
        "{shown}"
    );
    review.does("jy", "Write 1 file?");
    review.sees("Not fixed, whatever is decided:");
    review.press("y");
    assert_eq!(review.ends(), 0);
}

#[test]
fn where_nothing_changes_there_is_nothing_to_review() {
    let place = Place::empty();
    place.write("a.yaml", &hardened(&PLAIN.replace("NAME", "a"), &[]));
    let mut review = place.review("-f .");
    assert_eq!(review.ends(), 0);
    review.sees("nothing to review: no workload changes");
    assert!(!place.state().exists());
}

/// Live objects of a real control plane: see tests/cluster/README.md.
#[test]
#[ignore = "needs a cluster: KUBECONFIG"]
fn live_objects_become_a_plan_that_apply_takes() {
    let namespace = format!("review-{}", std::process::id());
    let kubectl = |args: &[&str], input: &str| {
        let ran = support::cluster::kubectl(args, input);
        assert_eq!(ran.code, 0, "kubectl {args:?}: {}", ran.stderr);
        ran.out()
    };
    kubectl(&["create", "namespace", &namespace], "");
    for name in ["a", "b", "c"] {
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: 2\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: main, image: \"x:1\"}}]}}\n"
        );
        kubectl(&["apply", "-n", &namespace, "-f", "-"], &text);
    }
    let place = Place::empty();
    let mut review = place.review(&format!("deploy -n {namespace} --out=plan.yaml"));
    review.sees("3 workloads of the cluster");
    review.does("j", "3 workloads, the same change");
    review.does("s", "deployment.apps/a");
    review.does("7", "[ ] 7 readOnlyRootFilesystem: left as it is");
    review.does("eu", "runAsUser: ");
    review.does("4711\r", "[x] 2 runAsUser: 4711");
    review.does("y", "[2/3]");
    review.press("q");
    assert_eq!(review.ends(), 0);
    drop(review);
    kubectl(
        &["set", "image", "-n", &namespace, "deploy/c", "main=x:2"],
        "",
    );
    let mut review = place.review("--resume");
    review.does("j", "[2/3] deployment.apps/b");
    review.does("n", "[3/3] deployment.apps/c");
    review.does("n", "Write a plan of 1 workload to plan.yaml? (y/N)");
    review.press("y");
    assert_eq!(review.ends(), 0);
    review.sees("kubectl harden apply -f plan.yaml");
    let plan = place.read("plan.yaml");
    assert!(plan.contains("declined in review"), "{plan}");
    let apply = |flags: &[&str]| {
        let mut command = support::program(
            &place.work(),
            &[&["apply", "-f", "plan.yaml"], flags].concat(),
        );
        let output = command
            .env("XDG_STATE_HOME", place.state())
            .output()
            .expect("runs");
        support::Ran::from(output)
    };
    let dry = apply(&["--dry-run=server"]);
    assert_eq!(dry.code, 0, "{dry:?}");
    let applied = apply(&["--yes", "--soak=1s", "--timeout=3m"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    let of = |name: &str, path: &str| {
        let path = format!("jsonpath={{.spec.template.spec{path}}}");
        kubectl(&["get", "deploy", name, "-n", &namespace, "-o", &path], "")
    };
    assert_eq!(of("a", ".securityContext.runAsUser"), "4711");
    assert_eq!(
        of("a", ".containers[0].securityContext.readOnlyRootFilesystem"),
        ""
    );
    assert_eq!(
        of(
            "a",
            ".containers[0].securityContext.allowPrivilegeEscalation"
        ),
        "false"
    );
    for name in ["b", "c"] {
        assert_eq!(of(name, ".containers[0].securityContext"), "");
    }
    kubectl(&["delete", "namespace", &namespace, "--wait=false"], "");
}
