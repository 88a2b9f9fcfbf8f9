//! What a user meets at the command line: modes, exit codes, inputs, errors.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_yaml::Value;
use support::{Ran, judge, patch, program, run, run_stdin};
use tempfile::TempDir;

const POD: &str = "apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: nginx
";

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";

const TEMPLATE: &str = "apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}
spec:
  containers:
  - name: web
    image: nginx
";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("made");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("inside")).expect("made");
        fs::write(path, text).expect("written");
    }
    folder
}

fn hardened() -> String {
    let folder = folder(&[("a.yaml", POD)]);
    assert_eq!(run(folder.path(), &["-f", "a.yaml", "-w"]).code, 0);
    text(folder.path(), "a.yaml")
}

fn text(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).expect("read")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("listed");
    let names = entries.map(|entry| entry.expect("listed").file_name());
    let mut names: Vec<_> = names.map(|n| n.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn values(text: &[u8]) -> Vec<Value> {
    let documents = serde_yaml::Deserializer::from_slice(text);
    let values = documents.map(|d| Value::deserialize(d).expect("YAML"));
    values.filter(|value| !value.is_null()).collect()
}

/// What is piped to `kubectl apply -f -` is the object alone.
#[test]
fn reasons_of_values_are_on_stderr_whatever_is_printed() {
    let folder = folder(&[("a.yaml", POD)]);
    let reason = "nginx: runAsUser 101, runAsGroup 101: the image's own (well-known image)\n";
    let printed = |format: &str| {
        let from_file = run(folder.path(), &["-f", "a.yaml", "-o", format]);
        let from_stdin = run_stdin(folder.path(), &["-f", "-", "-o", format], POD.as_bytes());
        for ran in [&from_file, &from_stdin] {
            assert_eq!(ran.stderr.matches(reason).count(), 1, "{format}");
            assert!(!ran.out().contains("image's own"), "{format}");
        }
        from_file
    };
    assert_eq!(printed("diff").code, 1);
    assert_eq!(printed("name").out(), "a.yaml: pod/web\n");
    let object = values(&printed("yaml").stdout);
    assert_eq!(
        object[0]["metadata"],
        serde_yaml::from_str::<Value>("name: web").unwrap()
    );
    let keys = |value: &Value| -> Vec<String> {
        let keys = value.as_mapping().expect("an object").keys();
        keys.map(|key| key.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(&object[0]), ["apiVersion", "kind", "metadata", "spec"]);
    assert_eq!(values(&printed("json").stdout), object);
}

#[test]
fn diff_exits_0_1_2_as_kubectl_diff_does() {
    let good = hardened();
    let folder = folder(&[("bad.yaml", POD), ("good.yaml", &good), ("no.yaml", "a: [")]);
    let code = |args: &[&str]| run(folder.path(), args).code;
    assert_eq!(code(&["-f", "good.yaml"]), 0);
    assert_eq!(code(&["-f", "bad.yaml"]), 1);
    assert_eq!(code(&["-f", "bad.yaml", "-o", "diff"]), 1);
    assert_eq!(code(&["-f", "no.yaml"]), 2);
    assert_eq!(code(&["-f", "bad.yaml", "-f", "no.yaml"]), 2);
    assert_eq!(code(&["-f", "absent.yaml"]), 2);
    assert_eq!(code(&["--no-such-flag"]), 2);
    assert_eq!(code(&[]), 2);
}

#[test]
fn check_exits_0_1_2_and_prints_one_line_each() {
    let good = hardened();
    let folder = folder(&[("bad.yaml", POD), ("good.yaml", &good)]);
    let ran = run(folder.path(), &["-f", "good.yaml", "--check"]);
    assert_eq!(
        (ran.code, ran.out().as_str(), ran.stderr.as_str()),
        (0, "", "")
    );
    let ran = run(folder.path(), &["-f", "bad.yaml", "--check"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out().lines().count(), 8, "{}", ran.out());
    for line in ran.out().lines() {
        let place = line.split(' ').next().expect("a place");
        let numbers: Vec<_> = place.split(':').skip(1).collect();
        assert!(place.starts_with("bad.yaml:"), "{line}");
        assert!(numbers.iter().all(|n| n.parse::<u32>().is_ok()), "{line}");
        assert!(line.contains(" pod/web "), "{line}");
    }
    assert_eq!(text(folder.path(), "bad.yaml"), POD);
    let ran = run(folder.path(), &["-f", "bad.yaml", "-f", "none", "--check"]);
    assert_eq!(ran.code, 2);
}

#[test]
fn writing_and_printing_exit_0_whatever_changes() {
    let folder = folder(&[("a.yaml", POD), ("s.yaml", SERVICE)]);
    for mode in [&["-o", "yaml"], &["-o", "json"], &["-o", "name"]] {
        let args = [&["-f", "a.yaml"][..], mode].concat();
        assert_eq!(run(folder.path(), &args).code, 0, "{mode:?}");
    }
    assert_eq!(text(folder.path(), "a.yaml"), POD);
    for flag in ["-w", "--write", "--in-place"] {
        fs::write(folder.path().join("a.yaml"), POD).expect("written");
        let ran = run(folder.path(), &["-f", "a.yaml", flag]);
        assert_eq!(ran.code, 0);
        assert_eq!(ran.out(), "pod/web hardened (a.yaml)\n");
        assert_eq!(text(folder.path(), "a.yaml"), hardened());
    }
    let ran = run(folder.path(), &["-f", "a.yaml", "-w"]);
    assert_eq!(
        (ran.code, ran.out().as_str(), ran.stderr.as_str()),
        (0, "", "")
    );
}

#[test]
fn names_are_kubectls() {
    let deployment = POD.replace("v1\nkind: Pod", "apps/v1\nkind: Deployment");
    let deployment = deployment.replace(
        "spec:\n",
        "spec:\n  selector: {}\n  template:\n    spec:\n      containers: [{name: a, image: b}]\n",
    );
    let deployment = deployment.split("  containers:\n").next().expect("head");
    let folder = folder(&[("a.yaml", POD), ("d.yaml", deployment), ("s.yaml", SERVICE)]);
    let ran = run(folder.path(), &["-f", ".", "-o", "name"]);
    assert_eq!(ran.out(), "a.yaml: pod/web\nd.yaml: deployment.apps/web\n");
}

#[test]
fn stdin_goes_to_stdout_only() {
    let folder = folder(&[]);
    let ran = run_stdin(folder.path(), &["-f", "-", "-o", "yaml"], POD.as_bytes());
    assert_eq!((ran.code, ran.out()), (0, hardened()));
    let ran = run_stdin(folder.path(), &["-f", "-"], POD.as_bytes());
    assert_eq!(ran.code, 1);
    assert!(
        ran.out().starts_with("--- a/stdin\n+++ b/stdin\n"),
        "{}",
        ran.out()
    );
    let ran = run_stdin(folder.path(), &["-f", "-", "-w"], POD.as_bytes());
    assert_eq!((ran.code, ran.out().as_str()), (2, ""));
    assert!(ran.stderr.starts_with("error: -w cannot"), "{}", ran.stderr);
    let ran = run_stdin(folder.path(), &["-f", "-", "--check"], b"");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn several_files_and_comma_lists_are_done_once_each() {
    let folder = folder(&[("a.yaml", POD), ("b.yml", POD), ("c.json", "{}")]);
    for args in [
        &["-f", "a.yaml", "-f", "b.yml"][..],
        &["-f", "a.yaml,b.yml"],
        &["--filename=a.yaml,b.yml", "-f", "./a.yaml"],
        &["-f", "a.yaml", "-f", "b.yml", "--", "a.yaml"],
        &["-f", "."],
        &["--", "a.yaml", "b.yml"],
    ] {
        let ran = run(folder.path(), &[args, &[][..]].concat());
        assert_eq!(ran.code, 1, "{args:?}");
        let diff = patch::files(&ran.stdout).expect("a diff");
        assert_eq!(
            diff.keys().collect::<Vec<_>>(),
            ["a.yaml", "b.yml"],
            "{args:?}"
        );
    }
}

#[test]
fn printed_documents_of_several_files_stay_documents() {
    let open = POD.trim_end();
    let json = r#"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}"#;
    let folder = folder(&[("a.yaml", open), ("b.yaml", POD), ("c.json", json)]);
    let args = ["-f", "a.yaml", "-f", "b.yaml", "-f", "c.json", "-o", "yaml"];
    let printed = values(&run(folder.path(), &args).stdout);
    assert_eq!(printed.len(), 3);
    for pod in printed.iter().flat_map(judge::pod_specs) {
        assert_eq!(judge::violations(pod), [""; 0]);
    }
    let args = ["-f", "a.yaml", "-f", "b.yaml", "-f", "c.json", "-o", "json"];
    let printed = run(folder.path(), &args).stdout;
    let stream = serde_json::Deserializer::from_slice(&printed);
    let printed = stream.into_iter::<serde_json::Value>();
    let printed: Vec<_> = printed.map(|value| value.expect("JSON")).collect();
    assert_eq!(printed.len(), 3);
}

#[test]
fn directories_are_flat_without_recursive() {
    let folder = folder(&[
        ("m/a.yaml", POD),
        ("m/sub/b.yaml", POD),
        ("m/notes.txt", POD),
        ("m/.git/c.yaml", POD),
        ("m/s.yaml", SERVICE),
    ]);
    let listed = |args: &[&str]| run(folder.path(), args).out();
    assert_eq!(listed(&["-f", "m", "-o", "name"]), "m/a.yaml: pod/web\n");
    let both = "m/a.yaml: pod/web\nm/sub/b.yaml: pod/web\n";
    assert_eq!(listed(&["-f", "m", "-R", "-o", "name"]), both);
    assert_eq!(listed(&["-f", "m/", "--recursive", "-o", "name"]), both);
    assert_eq!(
        listed(&["-f", "m/notes.txt", "-o", "name"]),
        "m/notes.txt: pod/web\n"
    );
}

#[test]
fn a_template_is_an_error_when_named_and_a_warning_when_met() {
    let folder = folder(&[("t/a.yaml", POD), ("t/t.yaml", TEMPLATE)]);
    let ran = run(folder.path(), &["-f", "t/t.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.starts_with("error: t/t.yaml:4:"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("hint: render it first"),
        "{}",
        ran.stderr
    );
    for args in [&["-f", "t"][..], &["--", "t/a.yaml", "t/t.yaml"]] {
        let ran = run(folder.path(), args);
        assert_eq!(ran.code, 1, "{args:?}");
        assert!(
            ran.stderr.starts_with("Warning: t/t.yaml:4:"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("1 not covered"), "{}", ran.stderr);
    }
    let ran = run(folder.path(), &["-f", "t", "-w"]);
    assert_eq!(ran.code, 0);
    assert_eq!(text(folder.path(), "t/t.yaml"), TEMPLATE);
}

#[test]
fn yaml_becomes_json_and_json_yaml() {
    let several =
        format!("# two\n{POD}---\n{SERVICE}---\n# empty\n---\nx: [yes, 010, 1.5, \"yes\", ~]\n");
    let folder = folder(&[("a.yaml", &several)]);
    let json = run(folder.path(), &["-f", "a.yaml", "-o", "json"]);
    assert_eq!(json.code, 0, "{}", json.stderr);
    let stream = serde_json::Deserializer::from_slice(&json.stdout);
    let objects: Vec<_> = stream
        .into_iter::<serde_json::Value>()
        .map(|value| value.expect("JSON"))
        .collect();
    assert_eq!(objects.len(), 3);
    let plain = run(folder.path(), &["-f", "a.yaml", "-o", "yaml"]);
    let expected = values(&plain.stdout);
    for (object, expected) in objects.iter().zip(&expected).take(2) {
        let object: Value = serde_yaml::from_str(&object.to_string()).expect("YAML");
        assert_eq!(&object, expected);
    }
    let numbers = &objects[2]["x"];
    assert_eq!(
        numbers.to_string(),
        r#"[true,8,1.5,"yes",null]"#,
        "YAML 1.1 as Kubernetes reads it"
    );

    fs::write(folder.path().join("b.json"), &json.stdout).expect("written");
    let yaml = run(folder.path(), &["-f", "b.json", "-o", "yaml"]);
    assert_eq!(yaml.code, 0, "{}", yaml.stderr);
    let back = values(&yaml.stdout);
    assert_eq!(back.len(), 3);
    assert_eq!(back[..2], expected[..2]);
    assert_eq!(back[2]["x"][3], Value::from("yes"));
    let kept = run(folder.path(), &["-f", "b.json", "-o", "json"]);
    assert_eq!(kept.stdout, json.stdout);
}

#[test]
fn strings_that_look_like_other_things_survive_conversion() {
    let strings = [
        "true",
        "no",
        "on",
        "~",
        "null",
        "010",
        "0x1f",
        "1e3",
        ".5",
        "1_000",
        "12:30:45",
        "2020-01-01",
        "",
        " a",
        "a ",
        "a: b",
        "- a",
        "#a",
        "a #b",
        "'",
        "\"",
        "\\",
        "%a",
        "@a",
        "`a",
        "!a",
        "&a",
        "*a",
        "|",
        ">",
        "{",
        "[",
        "]",
        ",",
        "?",
        "? a",
        "a\nb\n",
        "\n",
        "a\tb",
        "\u{1}",
        "\u{feff}",
        "ü",
        "😀",
        "=",
        "<<",
        "y",
        "-",
        "--- a",
        "...",
        "a\r\nb",
        "0o17",
        "+1",
        "-.inf",
        "NaN",
        ".nan",
    ];
    let keys: std::collections::BTreeMap<_, _> = strings.iter().map(|s| (*s, 1)).collect();
    let object = serde_json::json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "list": strings.to_vec(),
        "map": keys,
    });
    let folder = folder(&[("a.json", &object.to_string())]);
    let yaml = run(folder.path(), &["-f", "a.json", "-o", "yaml"]);
    assert_eq!(yaml.code, 0, "{}", yaml.stderr);
    let value: Value = serde_yaml::from_slice(&yaml.stdout).expect("YAML");
    let listed: Vec<_> = value["list"]
        .as_sequence()
        .expect("a list")
        .iter()
        .collect();
    for (string, value) in strings.iter().zip(listed) {
        assert_eq!(value.as_str(), Some(*string), "{}", yaml.out());
    }
    fs::write(folder.path().join("a.yaml"), &yaml.stdout).expect("written");
    let back = run(folder.path(), &["-f", "a.yaml", "-o", "json"]);
    let back: serde_json::Value = serde_json::from_slice(&back.stdout).expect("JSON");
    assert_eq!(back, object);
}

#[test]
fn json_strings_keep_their_line_separators() {
    let folder = folder(&[("a.json", "{\"kind\": \"C\", \"a\": \"a\u{85}b\"}")]);
    let yaml = run(folder.path(), &["-f", "a.json", "-o", "yaml"]);
    let value: Value = serde_yaml::from_slice(&yaml.stdout).expect("YAML");
    assert_eq!(value["a"].as_str(), Some("a\u{85}b"), "{}", yaml.out());
}

#[test]
fn colour_only_where_asked() {
    let folder = folder(&[("a.yaml", POD)]);
    let run_with = |args: &[&str], variables: &[(&str, &str)]| {
        let args = [&["-f", "a.yaml"][..], args].concat();
        let mut command = program(folder.path(), &args);
        command.envs(variables.iter().copied());
        command.output().expect("runs").stdout.contains(&0x1b)
    };
    assert!(!run_with(&[], &[]));
    assert!(run_with(&["--color=always"], &[]));
    assert!(run_with(&["--color"], &[]));
    assert!(run_with(&["--color=always"], &[("NO_COLOR", "1")]));
    assert!(!run_with(&["--color=never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(run_with(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!run_with(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!run_with(
        &[],
        &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]
    ));
    assert!(!run_with(&["--color=always", "-o", "yaml"], &[]));
    let plain = run(folder.path(), &["-f", "a.yaml"]).out();
    let colored = run(folder.path(), &["-f", "a.yaml", "--color=always"]).out();
    let stripped: String = colored
        .split('\u{1b}')
        .enumerate()
        .map(|(i, part)| {
            if i == 0 {
                part
            } else {
                part.split_once('m').expect("a code").1
            }
        })
        .collect();
    assert_eq!(stripped, plain);
    assert_eq!(
        run(folder.path(), &["-f", "a.yaml", "--color=blue"]).code,
        2
    );
}

#[test]
fn bad_values_are_refused_with_a_suggestion() {
    let folder = folder(&[("a.yaml", POD)]);
    for (arg, expected) in [
        (
            "--skip=readOnlyRootFS",
            "did you mean \"readOnlyRootFilesystem\"?",
        ),
        ("--skip=runasnonroot", "did you mean \"runAsNonRoot\"?"),
        ("--only=nothing-like-it", "known are runAsNonRoot"),
        ("--profile=hard", "known are hardened, restricted, baseline"),
        ("--run-as-user=0", "0 is not in 1..=2147483647"),
        ("--run-as-user=-1", "-1"),
        ("--run-as-user=root", "invalid"),
        ("--run-as-group=99999999999", "99999999999 is not in"),
        ("--fs-group=1.5", "invalid"),
        ("--output=xml", "diff, yaml, json, name"),
        ("--chek", "--check"),
    ] {
        let ran = run(folder.path(), &["-f", "a.yaml", arg]);
        assert_eq!((ran.code, ran.out().as_str()), (2, ""), "{arg}");
        assert!(ran.stderr.starts_with("error: "), "{arg}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{arg}: {}", ran.stderr);
    }
    for pair in [
        ["-w", "--check"],
        ["-w", "--output=yaml"],
        ["--check", "-oname"],
    ] {
        let ran = run(folder.path(), &[&["-f", "a.yaml"][..], &pair].concat());
        assert_eq!(ran.code, 2, "{pair:?}");
        assert!(ran.stderr.contains("cannot be used with"), "{}", ran.stderr);
    }
}

#[test]
fn checks_go_by_the_names_of_pod_security_admission_too() {
    let folder = folder(&[("a.yaml", POD)]);
    let ran = run(
        folder.path(),
        &["-f", "a.yaml", "--check", "--only=capabilities_restricted"],
    );
    assert_eq!(ran.out().lines().count(), 1, "{}", ran.out());
    assert!(ran.out().contains(": capabilities: "), "{}", ran.out());
}

#[test]
fn a_closed_pipe_is_no_error() {
    let pods = vec![POD; 1000].join("---\n");
    let folder = folder(&[("a.yaml", &pods)]);
    for args in [
        &["-f", "a.yaml"][..],
        &["-f", "a.yaml", "--check"],
        &["-f", "a.yaml", "-o", "json"],
    ] {
        let mut child = program(folder.path(), args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        drop(child.stdout.take());
        let mut stderr = String::new();
        let pipe = child.stderr.as_mut().expect("piped");
        pipe.read_to_string(&mut stderr).expect("read");
        let status = child.wait().expect("ends");
        assert!(!stderr.contains("error"), "{stderr}");
        assert!(!stderr.contains("panic"), "{stderr}");
        assert_ne!(status.code(), Some(2), "{args:?}");
        assert_ne!(status.code(), Some(101), "{args:?}");
    }
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_done() {
    let utf16: Vec<u8> = POD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xff, 0xfe][..], &utf16].concat();
    for (name, bytes, reason) in [
        ("utf16.yaml", utf16, "UTF-16, not UTF-8"),
        ("utf16-bom.yaml", marked, "UTF-16, not UTF-8"),
        (
            "image.yaml",
            b"kind: containers\n\0\x01\x02".to_vec(),
            "a binary file",
        ),
        (
            "broken.yaml",
            b"kind: Pod\nspec: {containers: [\n".to_vec(),
            "broken.yaml:",
        ),
        (
            "latin1.yaml",
            b"kind: Pod\nspec:\n  containers:\n  - name: \xfc\n".to_vec(),
            "not valid UTF-8",
        ),
    ] {
        let folder = folder(&[("good.yaml", POD)]);
        fs::write(folder.path().join(name), &bytes).expect("written");
        let ran = run(folder.path(), &["-f", ".", "-w"]);
        assert_eq!(ran.code, 2, "{name}: {}", ran.stderr);
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
        assert!(
            ran.stderr.contains(name) && ran.stderr.contains(reason),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("\nhint: "), "{}", ran.stderr);
        assert_eq!(ran.out(), "pod/web hardened (good.yaml)\n");
        assert_eq!(fs::read(folder.path().join(name)).expect("read"), bytes);
        assert_eq!(text(folder.path(), "good.yaml"), hardened());
    }
}

#[test]
fn a_broken_document_does_not_stop_its_neighbours() {
    let broken = "apiVersion: v1\nkind: Pod\nspec:\n  containers: [\n";
    let mixed = format!("{POD}---\n{broken}---\n{POD}");
    let folder = folder(&[("a.yaml", &mixed)]);
    let ran = run(folder.path(), &["-f", "a.yaml", "-w"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("error: a.yaml:1"), "{}", ran.stderr);
    let good = hardened();
    assert_eq!(
        text(folder.path(), "a.yaml"),
        format!("{good}---\n{broken}---\n{good}")
    );
}

#[test]
fn paths_that_are_not_there_or_hold_nothing() {
    let folder = folder(&[
        ("a.yaml", POD),
        ("empty/readme.md", ""),
        ("deep/sub/b.yaml", POD),
    ]);
    for (path, expected) in [
        ("absent.yaml", "the path \"absent.yaml\" does not exist"),
        ("empty", "recognized file extensions are [.json .yaml .yml]"),
        ("deep", "-R looks into its subdirectories too"),
        ("https://example.com/a.yaml", "the URL"),
    ] {
        let ran = run(folder.path(), &["-f", path, "-f", "a.yaml"]);
        assert_eq!(ran.code, 2, "{path}");
        assert!(ran.stderr.contains(expected), "{path}: {}", ran.stderr);
        assert!(ran.out().starts_with("--- a/a.yaml"), "{path}");
    }
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
    use std::os::unix::process::CommandExt;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    }

    #[test]
    fn links_that_lead_nowhere_or_round_are_said() {
        let folder = folder(&[("m/a.yaml", POD)]);
        let at = folder.path();
        symlink("nowhere.yaml", at.join("m/dangling.yaml")).expect("linked");
        symlink("loop.yaml", at.join("m/loop.yaml")).expect("linked");
        symlink("..", at.join("m/up")).expect("linked");
        let ran = run(at, &["-f", "m", "-R", "-o", "name"]);
        assert_eq!(ran.code, 2);
        assert_eq!(ran.out(), "m/a.yaml: pod/web\n");
        for name in ["m/dangling.yaml", "m/loop.yaml"] {
            assert!(ran.stderr.contains(name), "{}", ran.stderr);
            let ran = run(at, &["-f", name]);
            assert_eq!(ran.code, 2, "{name}");
            assert!(ran.stderr.contains(name), "{}", ran.stderr);
            assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
        }
    }

    #[test]
    fn mode_and_link_stay_and_nothing_is_left_behind() {
        let folder = folder(&[("real/a.yaml", POD)]);
        let at = folder.path();
        set_mode(&at.join("real/a.yaml"), 0o640);
        symlink("real/a.yaml", at.join("link.yaml")).expect("linked");
        let before = fs::metadata(at.join("real/a.yaml")).expect("there");
        let ran = run(at, &["-f", "link.yaml", "-w"]);
        assert_eq!((ran.code, ran.stderr.contains("error")), (0, false));
        assert!(
            fs::symlink_metadata(at.join("link.yaml"))
                .expect("there")
                .is_symlink()
        );
        assert_eq!(text(at, "real/a.yaml"), hardened());
        let after = fs::metadata(at.join("real/a.yaml")).expect("there");
        assert_eq!(after.mode(), before.mode());
        assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
        assert_eq!(names(at), ["link.yaml", "real"]);
        assert_eq!(names(&at.join("real")), ["a.yaml"]);
    }

    #[test]
    fn an_untouched_file_is_not_rewritten() {
        let good = hardened();
        let folder = folder(&[("a.yaml", &good), ("s.yaml", SERVICE)]);
        let inode = |name| fs::metadata(folder.path().join(name)).expect("there").ino();
        let before = (inode("a.yaml"), inode("s.yaml"));
        assert_eq!(run(folder.path(), &["-f", ".", "-w"]).code, 0);
        assert_eq!((inode("a.yaml"), inode("s.yaml")), before);
    }

    #[test]
    fn a_read_only_file_is_left_alone() {
        let folder = folder(&[("a.yaml", POD), ("b.yaml", POD)]);
        set_mode(&folder.path().join("a.yaml"), 0o444);
        let ran = run(folder.path(), &["-f", ".", "-w"]);
        assert_eq!(
            (ran.code, ran.out().as_str()),
            (2, "pod/web hardened (b.yaml)\n")
        );
        assert!(
            ran.stderr.contains("error: a.yaml: it is read-only"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
        assert_eq!(text(folder.path(), "a.yaml"), POD);
        assert_eq!(names(folder.path()), ["a.yaml", "b.yaml"]);
        assert_eq!(
            run(folder.path(), &["-f", "a.yaml"]).code,
            1,
            "a diff needs no writing"
        );
    }

    /// Root reads and writes everything, so as root the program is run as another user, who owns the folder.
    fn run_as_ordinary_user(folder: &Path, args: &[&str]) -> support::Ran {
        const NOBODY: u32 = 65534;
        if fs::metadata(folder).unwrap().uid() != 0 {
            return run(folder, args);
        }
        let binaries = tempfile::tempdir().unwrap();
        set_mode(binaries.path(), 0o755);
        let copy = binaries.path().join("kubectl-harden");
        fs::copy(env!("CARGO_BIN_EXE_kubectl-harden"), &copy).unwrap();
        for entry in walkdir::WalkDir::new(folder) {
            lchown(entry.unwrap().path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let mut command = Command::new(copy);
        command.current_dir(folder).args(args).stdin(Stdio::null());
        command.uid(NOBODY).gid(NOBODY);
        command.output().expect("runs").into()
    }

    #[test]
    fn an_unreadable_file_or_directory_is_said() {
        let folder = folder(&[("a.yaml", POD), ("m/b.yaml", POD), ("m/c/d.yaml", POD)]);
        let (file, directory) = (folder.path().join("a.yaml"), folder.path().join("m/c"));
        set_mode(&file, 0);
        set_mode(&directory, 0);
        let ran = run_as_ordinary_user(
            folder.path(),
            &["-f", "a.yaml", "-f", "m", "-R", "-o", "name"],
        );
        set_mode(&directory, 0o755);
        assert_eq!((ran.code, ran.out().as_str()), (2, "m/b.yaml: pod/web\n"));
        assert!(
            ran.stderr.contains("a.yaml: cannot read it"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("m/c"), "{}", ran.stderr);
    }

    #[test]
    fn a_directory_that_cannot_be_written_keeps_its_files() {
        let folder = folder(&[("m/a.yaml", POD)]);
        let directory = folder.path().join("m");
        set_mode(&directory, 0o555);
        let ran = run_as_ordinary_user(folder.path(), &["-f", "m/a.yaml", "-w"]);
        set_mode(&directory, 0o755);
        assert_eq!((ran.code, ran.out().as_str()), (2, ""));
        assert!(
            ran.stderr.contains("m/a.yaml: cannot write it"),
            "{}",
            ran.stderr
        );
        assert_eq!(text(folder.path(), "m/a.yaml"), POD);
    }

    #[test]
    fn a_file_is_read_once_however_many_links_lead_to_it() {
        let folder = folder(&[
            ("m/a.yaml", POD),
            ("other/b.yaml", POD),
            ("outside.txt", POD),
        ]);
        let link = |target: &str, name: &str| {
            symlink(target, folder.path().join("m").join(name)).unwrap();
        };
        link("a.yaml", "link.yaml");
        link("../other/b.yaml", "first.yaml");
        link("../other/b.yaml", "second.yaml");
        link("../outside.txt", "text.yaml");
        link("../other", "directory.yaml");
        let ran = run(folder.path(), &["-f", "m", "-R", "-o", "name"]);
        let expected = "m/a.yaml: pod/web\nother/b.yaml: pod/web\noutside.txt: pod/web\n";
        assert_eq!(
            (ran.code, ran.out().as_str()),
            (0, expected),
            "{}",
            ran.stderr
        );
        let diff = run(folder.path(), &["-f", "m", "-R"]);
        assert_eq!(git_apply(folder.path(), &diff.stdout), Some(true));
        assert_eq!(run(folder.path(), &["-f", "m", "-R"]).code, 0);
        let link = folder.path().join("m/link.yaml");
        assert!(link.symlink_metadata().unwrap().is_symlink());
    }

    #[test]
    fn a_pipe_is_not_read_as_a_file() {
        let folder = folder(&[("a.yaml", POD)]);
        let made = Command::new("mkfifo")
            .arg(folder.path().join("p.yaml"))
            .status();
        if !made.is_ok_and(|status| status.success()) {
            return; // no mkfifo here
        }
        let path = folder.path().join("p.yaml");
        let writer = std::thread::spawn(move || fs::write(path, POD));
        let ran = run(folder.path(), &["-f", "p.yaml", "-o", "name"]);
        writer.join().expect("wrote").ok();
        assert_eq!((ran.code, ran.out().as_str()), (2, ""));
        assert!(
            ran.stderr.contains("p.yaml: not a regular file"),
            "{}",
            ran.stderr
        );
    }

    #[test]
    fn names_with_control_characters_do_not_reach_the_terminal() {
        let folder = folder(&[("a\u{1b}[31m.yaml", "kind: Pod\nspec: {containers: [\n")]);
        let ran = run(folder.path(), &["-f", "."]);
        assert_eq!(ran.code, 2);
        assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
    }
}

/// Documents that would take very long are refused; what takes long only by its length is done.
#[test]
fn hostile_documents_are_refused_in_time() {
    let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n";
    let keys: String = (0..2000).map(|i| format!("k{i}: 1, ")).collect();
    let merging: String = (0..2000)
        .map(|i| format!("  - {{<<: *a, name: n{i}, image: b}}\n"))
        .collect();
    let many: String = (0..10_001)
        .map(|i| format!("  - {{name: n{i}, image: b}}\n"))
        .collect();
    let directives: String = (0..101)
        .map(|i| format!("%TAG !e{i}! tag:x,2000:\n"))
        .collect();
    let ports = "    - {containerPort: 1, hostPort: 2}\n".repeat(20_000);
    let folder = folder(&[
        ("merges.yaml", &format!("a: &a {{{keys}}}\n{head}{merging}")),
        ("containers.yaml", &(head.to_owned() + &many)),
        ("directives.yaml", &format!("{directives}---\n{POD}")),
        (
            "ports.yaml",
            &format!("{head}  - name: a\n    image: b\n    ports:\n{ports}"),
        ),
    ]);
    for (file, expected) in [
        (
            "merges.yaml",
            "merge keys that add up to more than 1000000 keys",
        ),
        (
            "containers.yaml",
            "spec.containers has more than 10000 items",
        ),
        ("directives.yaml", "more than 100 directives"),
    ] {
        let ran = run(folder.path(), &["-f", file]);
        assert_eq!((ran.code, ran.out().as_str()), (2, ""), "{file}");
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
    let ran = run(
        folder.path(),
        &["-f", "ports.yaml", "--check", "--report", "json=r.json"],
    );
    assert_eq!(ran.code, 1);
    let last = "hostPort 2 (spec.containers[0].ports[0].hostPort)";
    assert!(ran.out().contains(last), "the same words are said once");
    let report: serde_json::Value =
        serde_json::from_str(&text(folder.path(), "r.json")).expect("JSON");
    let rows = report["subjects"][0]["rows"].as_array().unwrap();
    assert!(
        rows.iter()
            .any(|row| row["field"] == "spec.containers[0].ports[19999].hostPort")
    );
}

#[test]
fn a_file_that_another_writer_changed_is_left_alone() {
    let folder = folder(&[("a.yaml", "changed meanwhile\n")]);
    let path = folder.path().join("a.yaml");
    let error = kubectl_harden::sink::replace_file(&path, POD.as_bytes(), b"hardened\n");
    let message = error.expect_err("changed").to_string();
    assert_eq!(message, "it changed while it was being hardened");
    assert_eq!(text(folder.path(), "a.yaml"), "changed meanwhile\n");
    assert_eq!(names(folder.path()), ["a.yaml"]);
}

fn git_apply(folder: &Path, diff: &[u8]) -> Option<bool> {
    let mut command = Command::new("git");
    command.args(["apply", "-"]).current_dir(folder);
    command.env("GIT_CEILING_DIRECTORIES", folder.parent()?);
    command.stdin(Stdio::piped());
    let mut child = command.spawn().ok()?;
    std::io::Write::write_all(&mut child.stdin.take()?, diff).ok()?;
    Some(child.wait().ok()?.success())
}

#[test]
fn git_applies_the_diff_whatever_the_paths_are_called() {
    let crlf = POD.replace('\n', "\r\n");
    let files = [
        ("plain.yaml", POD),
        ("with space.yaml", POD),
        ("quote\"d.yaml", POD),
        ("back\\slash.yaml", POD),
        ("ümläut-名前.yaml", POD),
        ("sub/a b/c.yaml", POD),
        ("-dash.yaml", POD),
        ("crlf.yaml", crlf.as_str()),
        ("open.yaml", POD.trim_end()),
    ];
    let files = if cfg!(windows) {
        &files[..2]
    } else {
        &files[..]
    };
    let (one, two) = (folder(files), folder(files));
    let diff = run(one.path(), &["-f", ".", "-R"]);
    assert_eq!(diff.code, 1);
    match git_apply(one.path(), &diff.stdout) {
        Some(applied) => assert!(applied, "{}", diff.out()),
        None => return, // no git here
    }
    assert_eq!(run(two.path(), &["-f", ".", "-R", "-w"]).code, 0);
    for (name, original) in files {
        assert_eq!(text(one.path(), name), text(two.path(), name), "{name}");
        assert_ne!(text(one.path(), name), *original, "{name}");
    }
}

#[test]
fn an_absolute_path_below_the_working_directory_is_shown_relative_to_it() {
    let folder = folder(&[("sub/a.yaml", POD)]);
    let at = folder.path().canonicalize().expect("there");
    let path = at.join("sub/a.yaml");
    let diff = run(&at, &["-f", path.to_str().expect("UTF-8")]);
    assert!(
        diff.out().starts_with("--- a/sub/a.yaml\n"),
        "{}",
        diff.out()
    );
    let elsewhere = self::folder(&[]);
    let ran = run(
        elsewhere.path(),
        &["-f", path.to_str().expect("UTF-8"), "-w"],
    );
    assert_eq!(ran.code, 0);
    assert_eq!(text(&at, "sub/a.yaml"), hardened());
}

#[test]
fn the_configuration_nearest_to_a_file_counts() {
    let folder = folder(&[
        (".kubectl-harden.yaml", "runAsUser: 2000\n"),
        ("a.yaml", POD),
        ("sub/.kubectl-harden.yaml", "runAsUser: 3000\n"),
        ("sub/deep/b.yaml", POD),
        ("bad/.kubectl-harden.yaml", "runAsUsr: 1\n"),
        ("bad/c.yaml", POD),
        ("bad/d.yaml", POD),
    ]);
    let ran = run(folder.path(), &["-f", ".", "-R", "-w"]);
    assert_eq!(ran.code, 2);
    assert!(text(folder.path(), "a.yaml").contains("runAsUser: 2000"));
    assert!(text(folder.path(), "sub/deep/b.yaml").contains("runAsUser: 3000"));
    assert_eq!(text(folder.path(), "bad/c.yaml"), POD);
    let said = "bad/.kubectl-harden.yaml: unknown key \"runAsUsr\", did you mean \"runAsUser\"?";
    assert_eq!(ran.stderr.matches(said).count(), 1, "{}", ran.stderr);
    let from = folder.path().join("sub/deep");
    let ran = run(&from, &["-f", "b.yaml", "--run-as-user=4000", "--check"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn help_teaches_and_short_help_is_short() {
    let folder = folder(&[]);
    let long = run(folder.path(), &["--help"]);
    let short = run(folder.path(), &["-h"]);
    assert_eq!((long.code, short.code), (0, 0));
    assert!(long.out().contains("Examples:") && long.out().contains("Exit codes:"));
    assert!(!short.out().contains("Examples:"));
    assert!(short.out().lines().count() < 64, "{}", short.out());
    assert_eq!(run(folder.path(), &["--version"]).code, 0);
}

/// As kubectl calls it: by the path at which it is on `PATH`.
#[test]
fn usage_speaks_as_the_plugin_was_called() {
    let folder = folder(&[]);
    let path = Path::new(env!("CARGO_BIN_EXE_kubectl-harden")).parent();
    for (args, says) in [
        (&["--help"][..], "kubectl harden -f deployment.yaml"),
        (&["-h"], "Usage: kubectl harden (-f PATH"),
        (&["plan", "--help"], "Usage: kubectl harden plan TYPE"),
        (
            &["apply", "--no-such"],
            "Usage: kubectl harden apply (-f PLAN",
        ),
    ] {
        let text = |program: &mut Command| {
            let output = program.output().expect("runs");
            let ran = Ran::from(output);
            ran.out() + &ran.stderr
        };
        let direct = text(&mut program(folder.path(), args));
        let mut through = program(folder.path(), args);
        let through = text(through.env("PATH", path.expect("a folder")));
        assert!(through.contains(says), "{through}");
        let renamed = says.replace("kubectl harden", "kubectl-harden");
        assert!(direct.contains(&renamed), "{direct}");
        assert!(!direct.contains("kubectl harden "), "{direct}");
    }
}

#[test]
fn every_command_has_help() {
    let folder = folder(&[]);
    for command in [
        "plan",
        "apply",
        "status",
        "undo",
        "report",
        "explain",
        "review",
        "completion",
        "version",
    ] {
        for help in ["-h", "--help"] {
            let ran = run(folder.path(), &[command, help]);
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{command}");
            let usage = format!("Usage: kubectl-harden {command} ");
            assert!(ran.out().contains(&usage), "{}", ran.out());
        }
    }
}

#[test]
fn explain_is_a_command_and_its_help_teaches() {
    let folder = folder(&[]);
    let long = run(folder.path(), &["explain", "--help"]);
    let short = run(folder.path(), &["explain", "-h"]);
    assert_eq!((long.code, short.code), (0, 0));
    let usage = "Usage: kubectl-harden explain [CHECK] [flags]";
    assert!(long.out().contains(usage), "{}", long.out());
    assert!(
        long.out().contains("why an attacker cares"),
        "{}",
        long.out()
    );
    assert!(long.out().contains("Examples:") && !short.out().contains("Examples:"));
    for help in ["-h", "--help"] {
        let out = run(folder.path(), &[help]).out();
        let listed = out.lines().any(|line| {
            let command = line.trim_start().strip_prefix("explain ");
            command.is_some_and(|about| about.trim_start().starts_with("Explain a check"))
        });
        assert!(listed, "{out}");
    }
    let ran = run(folder.path(), &["explain", "HOSTPID"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.out().starts_with("hostNamespaces: "), "{}", ran.out());
    let ran = run(folder.path(), &["explain", "runAsUsr"]);
    assert_eq!((ran.code, ran.out().as_str()), (2, ""));
    assert!(
        ran.stderr.starts_with(
            "error: no check, field or item \"runAsUsr\", did you mean \"runAsUser\"?\nhint: "
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn explain_prints_json_for_programs() {
    let folder = folder(&[]);
    let json = |args: &[&str]| -> serde_json::Value {
        let ran = run(folder.path(), args);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        serde_json::from_slice(&ran.stdout).expect("JSON")
    };
    let one = json(&["explain", "runAsUser", "-o", "json"]);
    assert_eq!(one["id"], "runAsUser");
    assert_eq!(one["writes"], "runAsUser: 1000");
    assert_eq!(one["supports"][0]["id"], "5.2.7");
    assert!(one["breaks"][0]["symptoms"][0].is_string());
    let all = json(&["explain", "--output=json"]);
    assert_eq!(all.as_array().map(Vec::len), Some(22));
    let two = json(&["explain", "C-0013", "-o=json"]);
    assert_eq!(two.as_array().map(Vec::len), Some(3));
}

#[test]
fn explain_colours_only_where_asked() {
    let folder = folder(&[]);
    for (args, colored) in [
        (&["explain", "runAsUser"][..], false),
        (&["explain", "runAsUser", "--color"], true),
        (&["explain", "runAsUser", "--color", "always"], true),
        (&["explain", "--color=never", "runAsUser"], false),
    ] {
        let ran = run(folder.path(), args);
        assert_eq!(ran.code, 0, "{args:?} {}", ran.stderr);
        assert_eq!(ran.out().contains('\u{1b}'), colored, "{args:?}");
    }
    let mut forced = program(folder.path(), &["explain", "runAsUser"]);
    let forced = forced.env("CLICOLOR_FORCE", "1").output().expect("runs");
    assert!(forced.stdout.contains(&0x1b));
}

/// The word is a command only where it comes first: a file may be called so too.
#[test]
fn a_file_called_explain_is_still_a_file() {
    let folder = folder(&[("explain", POD), ("a.yaml", POD)]);
    let path = folder.path();
    for args in [
        &["-f", "explain"][..],
        &["-fexplain"],
        &["--filename=explain"],
        &["--", "explain"],
        &["--check", "--", "explain"],
        &["--check", "-f", "explain"],
        &["-f", "a.yaml", "--", "explain"],
    ] {
        let ran = run(path, args);
        assert_eq!(ran.code, 1, "{args:?} {}", ran.stderr);
        assert!(ran.out().contains("explain"), "{args:?} {}", ran.out());
    }
    assert!(run(path, &["explain"]).out().contains("HARDEN WRITES"));
    for (args, said) in [
        (
            &["./explain"][..],
            "\"./explain\" is a file, not a resource",
        ),
        (&["a.yaml"], "hint: kubectl harden -f a.yaml"),
        (&["-n", "explain"], "must specify one of"),
        (
            &["--check", "explain"],
            "\"explain\" is a file, not a resource",
        ),
        (
            &["deploy/web", "explain"],
            "there is no need to specify a resource type",
        ),
        (
            &["-f", "a.yaml", "explain"],
            "\"explain\" is a file, not a resource",
        ),
        (
            &["apply"],
            "must specify one of -f PLAN, TYPE[/NAME] or --resume",
        ),
        (&["explain", "-f", "a.yaml"], "unexpected argument '-f'"),
        (&["explain", "--check"], "unexpected argument '--check'"),
    ] {
        let ran = run(path, args);
        assert_eq!((ran.code, ran.out().as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.contains(said), "{args:?} {}", ran.stderr);
    }
}

#[test]
fn hostile_nesting_aliases_and_lines_are_bounded() {
    let deep = format!(
        "kind: Pod\ncontainers: {}{}\n",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    let dashes = format!("kind: Pod\ncontainers:\n{}a\n", "- ".repeat(20_000));
    let bomb: String = (1..30)
        .map(|i| {
            format!(
                "a{i}: &a{i} [{}]\n",
                vec![format!("*a{}", i - 1); 9].join(", ")
            )
        })
        .collect();
    let bomb = format!("kind: Pod\ncontainers: &a0 [x]\n{bomb}{}", POD);
    let bomb = bomb.replace("kind: Pod\ncontainers", "containers");
    let wide = format!("kind: Pod\ncontainers: \"{}\"\n", "x".repeat(5_000_000));
    let files = [
        ("deep", &deep),
        ("dashes", &dashes),
        ("bomb", &bomb),
        ("wide", &wide),
    ];
    for (name, hostile) in files {
        let folder = folder(&[("a.yaml", hostile), ("b.yaml", POD)]);
        for mode in [&["-o", "name"][..], &["-o", "json"], &["--check"], &["-w"]] {
            let started = std::time::Instant::now();
            let ran = run(folder.path(), &[&["-f", "."][..], mode].concat());
            assert!(ran.code <= 2, "{name} {mode:?}: {}", ran.stderr);
            assert!(started.elapsed().as_secs() < 30, "{name} {mode:?}");
        }
        assert_eq!(text(folder.path(), "b.yaml"), hardened(), "{name}");
    }
}

#[test]
fn kubectl_finds_the_plugin_on_the_path() {
    let folder = folder(&[("a.yaml", POD)]);
    let bin = Path::new(env!("CARGO_BIN_EXE_kubectl-harden"))
        .parent()
        .expect("a folder");
    let mut path = bin.as_os_str().to_owned();
    if let Some(rest) = std::env::var_os("PATH") {
        path.push(if cfg!(windows) { ";" } else { ":" });
        path.push(rest);
    }
    let mut command = Command::new("kubectl");
    command.args(["harden", "-f", "a.yaml"]).env("PATH", path);
    let Ok(output) = command.current_dir(folder.path()).output() else {
        return; // no kubectl here
    };
    let ran = support::Ran::from(output);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(ran.out(), run(folder.path(), &["-f", "a.yaml"]).out());
}
