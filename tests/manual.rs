//! The manual pages as they are printed, written, shown, and read by the programs that lay them out.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::pseudo_terminal::PseudoTerminal;
use support::run;

/// All pages, in a directory that was not there.
fn written(folder: &Path) -> Vec<PathBuf> {
    let ran = run(folder, &["man", "--out", "share/man1"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let entries = fs::read_dir(folder.join("share/man1")).unwrap();
    let mut pages: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    let said = format!("{} pages written into share/man1\n", pages.len());
    assert_eq!(ran.out(), said);
    pages
}

#[test]
fn what_is_printed_is_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let pages = written(folder.path());
    assert!(pages.len() > 10, "{pages:?}");
    for page in pages {
        let name = page.file_stem().unwrap().to_str().unwrap();
        let name = name.strip_prefix("kubectl-harden").unwrap();
        let words = name.split('-').filter(|word| !word.is_empty());
        let args: Vec<_> = std::iter::once("man").chain(words).collect();
        let ran = run(folder.path(), &args);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{args:?}");
        assert_eq!(ran.stdout, fs::read(&page).unwrap(), "{args:?}");
        // However this process was called.
        assert!(ran.out().contains("kubectl harden"), "{args:?}");
    }
}

#[test]
fn a_page_of_no_command_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(folder.path(), &["man", "completion", "uninstall"]);
    assert_eq!((ran.code, ran.out().as_str()), (2, ""));
    let expected = "error: there is no command \"completion uninstall\"\nhint: ";
    assert!(ran.stderr.starts_with(expected), "{}", ran.stderr);
}

/// What a program says of the pages; nothing where it is not installed.
fn said(program: &str, args: &[&str], page: &Path) -> String {
    let Ok(output) = Command::new(program).args(args).arg(page).output() else {
        eprintln!("skipped: no {program}");
        return String::new();
    };
    let bytes = [output.stderr, output.stdout].concat();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn groff_and_mandoc_have_nothing_to_say() {
    let folder = tempfile::tempdir().unwrap();
    for page in written(folder.path()) {
        let groff = said("groff", &["-ww", "-man", "-z"], &page);
        assert_eq!(groff, "", "{}", page.display());
        let mandoc = said("mandoc", &["-T", "lint", "-W", "warning"], &page);
        let others: Vec<_> = mandoc
            .lines()
            .filter(|line| !line.contains("missing date"))
            .collect();
        assert_eq!(others, [""; 0], "{}", page.display());
    }
}

/// A page on a terminal, with a man(1) that is the given script.
fn on_terminal(man: Option<&str>) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    if let Some(text) = man {
        let file = bin.join("man");
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let program = env!("CARGO_BIN_EXE_kubectl-harden");
    let mut terminal = PseudoTerminal::start(
        &format!("env PATH={} {program} man status", bin.display()),
        folder.path(),
        folder.path(),
        (100, 30),
        &[],
    );
    let code = terminal.ends();
    let text = terminal.sees(match man {
        Some(_) => "shown",
        None => "hint",
    });
    (code, text)
}

#[test]
fn a_terminal_has_the_page_shown_by_man() {
    let script = "#!/bin/sh\nread -r first < \"$1\"\necho \"$1: $first shown\"\n";
    let (code, text) = on_terminal(Some(script));
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("/kubectl-harden-status.1: .ie"), "{text}");
    let (code, text) = on_terminal(Some("#!/bin/sh\necho shown\nexit 3\n"));
    assert_eq!(code, 2);
    assert!(text.contains("man ended with exit status: 3"), "{text}");
}

#[test]
fn a_terminal_without_man_is_told_what_to_do() {
    let (code, text) = on_terminal(None);
    assert_eq!(code, 2);
    assert!(text.contains("error: there is no man(1)"), "{text}");
    assert!(!text.contains(".SH"), "{text}");
}
