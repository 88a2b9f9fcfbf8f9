//! The documents, their fenced blocks, and console blocks that are executed.
//!
//! In a block, a line that starts with `$ ` is a command. The lines below it are everything it prints, stdout and
//! stderr as a terminal shows them. `? N` is its exit code, 0 where there is none. `BLESS=1` writes what is printed
//! into the document.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The documents with ```console cluster blocks, which tests/overnight.rs executes.
pub const CLUSTER_DOCUMENTS: [&str; 5] = [
    "README.md",
    "docs/quick-start.md",
    "docs/overnight.md",
    "docs/overnight-reference.md",
    "docs/live.md",
];

const COLORS: [&str; 3] = ["NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"];

/// README.md and what is below docs.
pub fn documents(root: &Path) -> Vec<PathBuf> {
    let below = walkdir::WalkDir::new(root.join("docs")).sort_by_file_name();
    let paths = below.into_iter().map(|entry| entry.unwrap().into_path());
    let documents = paths.filter(|path| path.extension().is_some_and(|e| e == "md"));
    [root.join("README.md")]
        .into_iter()
        .chain(documents)
        .collect()
}

/// A fenced block: the file and line that it begins at, what stands behind its backticks, and its lines.
pub struct Block {
    pub place: String,
    pub sort: String,
    pub text: String,
}

/// The fenced blocks of a document, and the text around them.
pub fn blocks(path: &Path) -> (Vec<Block>, String) {
    let document = fs::read_to_string(path).unwrap();
    let (mut blocks, mut prose) = (Vec::new(), String::new());
    let mut lines = document.lines().enumerate();
    while let Some((i, line)) = lines.next() {
        let Some(sort) = line.trim_start().strip_prefix("```") else {
            prose += &format!("{line}\n");
            continue;
        };
        let place = format!("{}:{}", path.display(), i + 1);
        assert!(line.starts_with("```"), "{place}: the block is indented");
        let text = lines.by_ref().map(|(_, line)| line);
        let text = text.take_while(|line| *line != "```");
        blocks.push(Block {
            place,
            sort: sort.to_owned(),
            text: text.map(|line| format!("{line}\n")).collect(),
        });
    }
    (blocks, prose)
}

/// Runs the commands of the blocks of one document that start with the line `fence`, and compares; how many there
/// were. `output` runs one: whether it is the first of its block is said.
pub fn execute(path: &Path, fence: &str, mut output: impl FnMut(&str, bool) -> String) -> usize {
    let document = fs::read_to_string(path).unwrap();
    let (mut executed, mut count) = (String::new(), 0);
    let (mut is_inside, mut is_first) = (false, false);
    let mut lines = document.lines().peekable();
    while let Some(line) = lines.next() {
        executed += &format!("{line}\n");
        match is_inside {
            false if line == fence => (is_inside, is_first) = (true, true),
            true if line == "```" => is_inside = false,
            true => {
                let Some(command) = line.strip_prefix("$ ") else {
                    panic!("{}: output without a command: {line}", path.display());
                };
                while lines
                    .next_if(|line| !line.starts_with("$ ") && *line != "```")
                    .is_some()
                {}
                executed += &output(command, is_first);
                is_first = false;
                count += 1;
            }
            false => {}
        }
    }
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, &executed).unwrap();
    } else {
        compare(path, &document, &executed);
    }
    count
}

fn compare(path: &Path, document: &str, executed: &str) {
    let differs = document.lines().zip(executed.lines()).enumerate();
    let first = differs.into_iter().find(|(_, (a, b))| a != b);
    if let Some((i, (written, printed))) = first {
        let place = format!("{}:{}", path.display(), i + 1);
        panic!("{place}: the document says\n  {written}\nbut it is\n  {printed}");
    }
    assert_eq!(document.len(), executed.len(), "{}", path.display());
}

/// What a command prints and its exit code, as a block shows them. `kubectl` finds the program as a plugin; where there
/// is no kubectl the program is called directly.
pub fn output_of(command: &str, directory: &Path, env: &[(&str, &str)]) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_kubectl-harden"));
    let mut path = vec![program.parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    let command = match has_kubectl() {
        true => command.to_owned(),
        false => command.replace("kubectl harden", "kubectl-harden"),
    };
    let (mut printed, writer) = std::io::pipe().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", &command]).current_dir(directory);
    shell.env("PATH", std::env::join_paths(path).unwrap());
    shell.env("GIT_CEILING_DIRECTORIES", std::env::temp_dir());
    COLORS.iter().for_each(|name| {
        shell.env_remove(name);
    });
    shell.envs(env.iter().copied());
    shell.stdin(Stdio::null());
    shell.stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = shell.spawn().unwrap();
    drop(shell);
    let mut text = String::new();
    printed.read_to_string(&mut text).unwrap();
    match child.wait().unwrap().code() {
        Some(0) => text,
        Some(code) => format!("{text}? {code}\n"),
        None => panic!("{command} was killed"),
    }
}

fn has_kubectl() -> bool {
    let mut kubectl = Command::new("kubectl");
    kubectl.args(["version", "--client"]).stdin(Stdio::null());
    kubectl.stdout(Stdio::null()).stderr(Stdio::null());
    kubectl.status().is_ok_and(|status| status.success())
}
