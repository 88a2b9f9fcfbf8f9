//! One test for each folder of `golden/<topic>/<case>/`.
//!
//! A case is `in.yaml` or `in.json`, `out.*` where something changes, `args` where there are flags,
//! `.kubectl-harden.yaml` where there is a configuration, and `report.txt`: what the program says about it.
//! `BLESS=1 cargo test --test golden` writes `out.*` and `report.txt`; read the difference before you commit it.
//! `fault.txt` marks a case whose expectation is right and whose result is known to be wrong: it has to fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use serde_yaml::Value;
use support::{Ran, copy_tree, judge, patch, run, run_stdin};

/// A directory tree of its own, with its own test.
const TREE: &str = "overnight";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut trials: Vec<_> = cases(&root)
        .into_iter()
        .map(|folder| {
            let name = folder.strip_prefix(&root).expect("inside").display();
            Trial::test(name.to_string(), move || Case::read(&folder).test())
        })
        .collect();
    trials.push(Trial::test(TREE, move || overnight(&root.join(TREE))));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).expect("listed");
    let paths = entries.map(|entry| entry.expect("listed").path());
    let mut paths: Vec<_> = paths.filter(|path| path.is_dir()).collect();
    paths.sort();
    paths
}

fn cases(root: &Path) -> Vec<PathBuf> {
    let topics = folders(root).into_iter();
    let topics = topics.filter(|topic| !topic.ends_with(TREE));
    topics.flat_map(|topic| folders(&topic)).collect()
}

struct Case {
    folder: PathBuf,
    file: &'static str,
    input: Vec<u8>,
    args: Vec<String>,
}

fn check(passed: bool, message: impl FnOnce() -> String) -> Result<(), Failed> {
    if passed {
        Ok(())
    } else {
        Err(message().into())
    }
}

/// The text without the `# ` at the start of its lines, where a document is refused.
fn uncommented(text: &[u8], refused: bool) -> Vec<u8> {
    if !refused {
        return text.to_vec();
    }
    let lines = text.split_inclusive(|&b| b == b'\n');
    let lines = lines.map(|line| line.strip_prefix(b"# ").unwrap_or(line));
    lines.collect::<Vec<_>>().concat()
}

fn same(what: &str, found: &[u8], expected: &[u8]) -> Result<(), Failed> {
    check(found == expected, || {
        let show = |text: &[u8]| text.escape_ascii().to_string().replace("\\n", "\\n\n");
        format!(
            "{what}: expected\n{}\nbut found\n{}",
            show(expected),
            show(found)
        )
    })
}

impl Case {
    fn read(folder: &Path) -> Self {
        let file = ["in.yaml", "in.json"]
            .into_iter()
            .find(|name| folder.join(name).exists())
            .unwrap_or_else(|| panic!("{} has no in.yaml or in.json", folder.display()));
        let args = fs::read_to_string(folder.join("args")).unwrap_or_default();
        Self {
            folder: folder.to_owned(),
            file,
            input: fs::read(folder.join(file)).expect("read"),
            args: args.split_whitespace().map(str::to_owned).collect(),
        }
    }

    fn test(&self) -> Result<(), Failed> {
        if !self.folder.join("fault.txt").exists() {
            if std::env::var_os("BLESS").is_some() {
                self.bless();
            }
            return self.passes();
        }
        match self.passes() {
            Err(_) => Ok(()),
            Ok(()) => Err("it passes: the fault is gone, delete fault.txt".into()),
        }
    }

    fn out_path(&self) -> PathBuf {
        self.folder.join(self.file.replacen("in.", "out.", 1))
    }

    fn copy(&self, text: &[u8]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("made");
        fs::write(directory.path().join(self.file), text).expect("written");
        let config = self.folder.join(".kubectl-harden.yaml");
        if config.exists() {
            fs::copy(config, directory.path().join(".kubectl-harden.yaml")).expect("copied");
        }
        directory
    }

    fn run(&self, text: &[u8], mode: &[&str]) -> Ran {
        let directory = self.copy(text);
        let mut args = vec!["-f", self.file];
        args.extend_from_slice(mode);
        args.extend(self.args.iter().map(String::as_str));
        run(directory.path(), &args)
    }

    /// The file after `-w`, and what was said.
    fn write(&self, text: &[u8]) -> (Vec<u8>, Ran) {
        let directory = self.copy(text);
        let mut args = vec!["-f", self.file, "-w"];
        args.extend(self.args.iter().map(String::as_str));
        let ran = run(directory.path(), &args);
        let written = fs::read(directory.path().join(self.file)).expect("read");
        (written, ran)
    }

    /// What `--check` and the default mode say.
    fn report(&self) -> String {
        let mut report = String::new();
        for mode in ["--check", "--output=diff"] {
            let ran = self.run(&self.input, &[mode]);
            report += &format!("$ kubectl harden -f {} {mode}", self.file);
            for arg in &self.args {
                report += &format!(" {arg}");
            }
            report += "\n";
            if mode == "--check" {
                report += &ran.out();
            }
            for line in ran.stderr.lines() {
                report += &format!("2> {line}\n");
            }
            report += &format!("exit {}\n", ran.code);
        }
        report
    }

    fn bless(&self) {
        let (written, _) = self.write(&self.input);
        if written == self.input {
            let _ = fs::remove_file(self.out_path());
        } else {
            fs::write(self.out_path(), written).expect("written");
        }
        fs::write(self.folder.join("report.txt"), self.report()).expect("written");
    }

    fn passes(&self) -> Result<(), Failed> {
        let out = fs::read(self.out_path()).unwrap_or_else(|_| self.input.clone());
        let changes = out != self.input;
        if let Ok(expected) = fs::read(self.folder.join("report.txt")) {
            same("report.txt", self.report().as_bytes(), &expected)?;
        } else {
            check(self.folder.join("fault.txt").exists(), || {
                "no report.txt: BLESS=1".into()
            })?;
        }

        let (written, wrote) = self.write(&self.input);
        same("-w", &written, &out)?;
        check(wrote.code != 1, || format!("-w exits 1: {wrote:?}"))?;
        let said = wrote.out().contains(&format!("hardened ({})", self.file));
        check(said == changes, || format!("-w says {:?}", wrote.out()))?;

        let diff = self.run(&self.input, &[]);
        let failed = diff.stderr.contains("error: ");
        let code = if failed { 2 } else { i32::from(changes) };
        check(diff.code == code, || {
            format!("exit {} for {code}: {}", diff.code, diff.stderr)
        })?;
        let patched = apply(&diff.stdout, self.file, &self.input)?;
        same("the diff applied", &patched, &out)?;

        let format = if is_json(&self.input) { "json" } else { "yaml" };
        let printed = self.run(&self.input, &["-o", format]);
        if changes || !failed {
            // A refused document is commented out in YAML: its bytes are there, but nothing applies them.
            let plain = |text: &[u8]| uncommented(text, failed);
            same(
                "-o in its own format",
                &plain(&printed.stdout),
                &plain(&out),
            )?;
        }
        let mut piped = vec!["-f", "-", "-o", format];
        piped.extend(self.args.iter().map(String::as_str));
        let piped = run_stdin(self.copy(b"").path(), &piped, &self.input);
        same("-f -", &piped.stdout, &printed.stdout)?;

        let again = self.run(&out, &[]);
        same("the second run", &again.stdout, b"")?;
        let quiet = !diff.stderr.contains("Warning: ")
            && [" exempt", "needs a decision"]
                .iter()
                .all(|left| !again.stderr.contains(left));
        check(again.code == if failed { 2 } else { 0 }, || {
            format!("the second run exits {}: {}", again.code, again.stderr)
        })?;
        check(failed || !quiet || again.stderr.is_empty(), || {
            format!("the second run says {}", again.stderr)
        })?;
        let (twice, _) = self.write(&out);
        same("-w twice", &twice, &out)?;
        self.invariants(&out)
    }

    fn invariants(&self, out: &[u8]) -> Result<(), Failed> {
        check(ends(&self.input) == ends(out), || {
            "the final newline came or went".into()
        })?;
        let bom = b"\xEF\xBB\xBF";
        check(self.input.starts_with(bom) == out.starts_with(bom), || {
            "the byte order mark came or went".into()
        })?;
        check(comments(&self.input) == comments(out), || {
            format!("comments: {:?} {:?}", comments(&self.input), comments(out))
        })?;
        let takes = self.args.iter().any(|arg| arg == "--unsafe-fixes");
        lines_stay(&self.input, out, takes)?;
        let (Some(before), Some(after)) = (values(&self.input), values(out)) else {
            return Ok(());
        };
        let plain = |values: &[Value]| values.iter().map(judge::without_contexts).collect();
        let (was, mut is): (Vec<Value>, Vec<Value>) = (plain(&before), plain(&after));
        if self
            .args
            .iter()
            .any(|arg| arg.starts_with("--writable-dirs"))
        {
            let pairs = was.iter().zip(&is);
            is = pairs
                .map(|(was, is)| judge::without_new_volumes(was, is))
                .collect();
        }
        check(takes || was == is, || {
            format!("more than securityContext changed: {was:?} {is:?}")
        })?;
        let left = self.run(out, &["--check"]);
        let defaults = self.args.is_empty() && !self.folder.join(".kubectl-harden.yaml").exists();
        if left.code == 0 && left.stderr.is_empty() && defaults {
            let violations: Vec<_> = after
                .iter()
                .flat_map(judge::pod_specs)
                .flat_map(judge::violations)
                .collect();
            let partial = windows_or_partial(&after);
            check(violations.is_empty() || partial, || {
                format!("an independent judge still finds {violations:?}")
            })?;
        }
        Ok(())
    }
}

fn windows_or_partial(values: &[Value]) -> bool {
    let text = values.iter().map(|v| format!("{v:?}")).collect::<String>();
    text.contains("windows") || !text.contains("\"image\"")
}

fn ends(text: &[u8]) -> bool {
    text.ends_with(b"\n")
}

fn apply(diff: &[u8], path: &str, original: &[u8]) -> Result<Vec<u8>, Failed> {
    let mut files = patch::files(diff)?;
    let hunks = files.remove(path).unwrap_or_default();
    check(files.is_empty(), || format!("other files: {files:?}"))?;
    Ok(patch::apply(original, &hunks)?)
}

/// What looks like a comment, line by line; quotes before it make it a part of a scalar.
fn comments(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let comment = |line: &str| {
        let starts = line.match_indices('#').map(|(at, _)| at);
        let mut starts = starts.filter(|&at| at == 0 || line[..at].ends_with([' ', '\t']));
        let quotes = |at: usize| line[..at].matches(['"', '\'']).count();
        let at = starts.find(|&at| quotes(at) % 2 == 0)?;
        Some(line[at..].trim_end().to_owned())
    };
    text.lines().filter_map(comment).collect()
}

fn parts(text: &[u8]) -> Vec<(&[u8], &[u8])> {
    let split = |line: &'_ [u8]| -> usize {
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        body.strip_suffix(b"\r").unwrap_or(body).len()
    };
    let lines = patch::lines(text).into_iter();
    lines.map(|line| line.split_at(split(line))).collect()
}

/// Every line of the input is still there, in order, except those that a line with the same key replaces;
/// inserted lines end as the line before them.
fn lines_stay(input: &[u8], out: &[u8], takes: bool) -> Result<(), Failed> {
    let (old, new) = (parts(input), parts(out));
    let mut common = vec![vec![0u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = match old[i].0 == new[j].0 {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut gone: Vec<&[u8]> = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i].0 == new[j].0 {
            let last = i + 1 == old.len() && old[i].1.is_empty();
            check(last || old[i].1 == new[j].1 || j + 1 == new.len(), || {
                format!("line {} has another ending", i + 1)
            })?;
            check(takes || gone.is_empty(), || missing(&gone))?;
            gone.clear();
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
            gone.push(old[i].0);
            i += 1;
        } else {
            if let Some(at) = gone.iter().position(|line| replaces(line, new[j].0)) {
                gone.remove(at);
            }
            let before = j.checked_sub(1).map(|j| new[j].1);
            let last = j + 1 == new.len();
            check(last || before.is_none_or(|b| b == new[j].1), || {
                format!("line {} of the result ends unlike the one before", j + 1)
            })?;
            j += 1;
        }
    }
    check(takes || gone.is_empty(), || missing(&gone))
}

fn missing(gone: &[&[u8]]) -> String {
    let lines = gone.iter().map(|line| line.escape_ascii().to_string());
    format!("lines are missing: {:?}", lines.collect::<Vec<_>>())
}

/// The same indentation and key; the rest of the old line may differ in its value.
fn replaces(old: &[u8], new: &[u8]) -> bool {
    let key = |line: &[u8]| {
        let end = line.iter().position(|&b| matches!(b, b':' | b'{' | b'['));
        let dash = line.iter().position(|&b| b == b'-').map(|at| at + 1);
        line[..end.or(dash).unwrap_or(line.len())].to_vec()
    };
    let undashed = |line: &[u8]| {
        let indent = line.iter().take_while(|&&b| matches!(b, b' ' | b'-'));
        let indent = indent.count();
        (indent, line[indent..].to_vec())
    };
    key(old) == key(new) || new.starts_with(old.trim_ascii_end()) || undashed(old) == undashed(new)
}

/// Whether a text is a stream of JSON values.
fn is_json(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<serde_json::Value>();
    let braces = text.trim_ascii_start().starts_with(b"{");
    braces && values.all(|value| value.is_ok())
}

/// The documents as values, where this parser takes them.
fn values(text: &[u8]) -> Option<Vec<Value>> {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let documents = serde_yaml::Deserializer::from_slice(text);
    let values = documents.map(|document| {
        let mut value = Value::deserialize(document).ok()?;
        value.apply_merge().ok()?;
        Some(value)
    });
    values.collect()
}

fn overnight(tree: &Path) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let at = directory.path();
    let fresh = || {
        let copy = at.join("golden").join(TREE);
        let _ = fs::remove_dir_all(&copy);
        copy_tree(tree, &copy);
        copy
    };
    let copy = fresh();
    let walk = ["-f", "golden/overnight", "-R"];
    let diff = run(at, &walk);
    check(diff.code == 1, || format!("{diff:?}"))?;
    check(diff.stderr.starts_with("37 workloads in "), || {
        diff.stderr.clone()
    })?;

    let names = run(at, &[&walk[..], &["-o", "name"]].concat());
    let objects = names.out().lines().count();
    check(objects == 37, || format!("{objects} objects"))?;
    for other in ["service/", "configmap/", "ingress.", "networkpolicy."] {
        check(!names.out().contains(other), || names.out())?;
    }

    let files = patch::files(&diff.stdout)?;
    let mut applied = Vec::new();
    for (path, hunks) in &files {
        let original = fs::read(at.join(path))?;
        applied.push((path.clone(), patch::apply(&original, hunks)?));
    }
    let before = contents(&copy);
    let write = run(at, &[&walk[..], &["-w"]].concat());
    check(write.code == 0, || format!("{write:?}"))?;
    let lines = write.out().lines().count();
    check(lines == 37, || format!("{lines} lines"))?;
    for (path, text) in applied {
        same(&path, &fs::read(at.join(&path))?, &text)?;
    }
    for (path, text) in before {
        let name = path.strip_prefix(at).expect("inside").display().to_string();
        if !files.contains_key(&name) {
            same(&name, &fs::read(&path)?, &text)?;
            continue;
        }
        let now = fs::read(&path)?;
        lines_stay(&text, &now, false)?;
        let (Some(was), Some(is)) = (values(&text), values(&now)) else {
            return Err(format!("{name} is not YAML").into());
        };
        for (was, is) in was.iter().zip(&is) {
            let workload = !judge::pod_specs(was).is_empty();
            check(workload || was == is, || format!("{name}: {was:?}"))?;
            let left: Vec<_> = judge::pod_specs(is)
                .into_iter()
                .flat_map(judge::violations)
                .collect();
            check(left.is_empty(), || format!("{name}: {left:?}"))?;
        }
    }
    for mode in [&[][..], &["-w"], &["--check"]] {
        let again = run(at, &[&walk[..], mode].concat());
        check(again.code == 0 && again.stdout.is_empty(), || {
            format!("{again:?}")
        })?;
        check(again.stderr.is_empty(), || again.stderr.clone())?;
    }
    Ok(())
}

fn contents(of: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(of).expect("listed");
    let paths = entries.map(|entry| entry.expect("listed").path());
    let each = paths.map(|path| match path.is_dir() {
        true => contents(&path),
        false => vec![(path.clone(), fs::read(&path).expect("read"))],
    });
    each.flatten().collect()
}
