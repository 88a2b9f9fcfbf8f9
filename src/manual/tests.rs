use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Arg;

use super::page::Page;
use super::prose::sections;
use super::surroundings::VARIABLES;
use super::*;

/// Without the escapes of roff.
fn plain(page: &Page) -> String {
    let text = page.text.replace("\\-", "-").replace("\\*(Aq", "'");
    ["\\fB", "\\fI", "\\fR", "\\&"]
        .iter()
        .fold(text, |text, escape| text.replace(escape, ""))
}

fn for_each_command(check: &mut impl FnMut(&Command, &str)) {
    fn walk(command: &Command, pages: &[Page], check: &mut impl FnMut(&Command, &str)) {
        let page = pages.iter().find(|page| page.name == name(command));
        let page = page.unwrap_or_else(|| panic!("no page of {}", name(command)));
        check(command, &plain(page));
        for below in command.get_subcommands() {
            walk(below, pages, check);
        }
    }
    let mut command = Cli::command();
    command.build();
    walk(&command, &pages(), check);
}

#[test]
fn every_visible_argument_is_on_its_page_with_its_help() {
    let mut found = 0;
    for_each_command(&mut |command, page| {
        let visible = |arg: &&Arg| !arg.is_hide_set();
        for arg in command.get_arguments().filter(visible) {
            let flag = arg.get_long().map(|long| format!("--{long}"));
            let value = || arg.get_value_names().unwrap()[0].to_string();
            let shown = flag.unwrap_or_else(value);
            let help = arg.get_help().unwrap().to_string();
            let at = page.find(&format!("\n{help}\n")).unwrap_or_else(|| {
                panic!("{}: no \"{help}\" of {shown}", name(command));
            });
            let header = page[..at].lines().next_back().unwrap();
            assert!(header.contains(&shown), "{header} has no {shown}");
            found += 1;
        }
        assert!(!page.contains("--kustomize"), "a hidden flag is shown");
    });
    assert!(found > 150, "{found}");
}

#[test]
fn a_page_has_what_the_help_ends_with() {
    for_each_command(&mut |command, page| {
        let said = command.get_after_long_help();
        let said = said.map(ToString::to_string).unwrap_or_default();
        let lines = said.lines().filter(|line| line.starts_with("  "));
        for line in lines {
            assert!(page.contains(line.trim()), "{line}");
        }
        for title in ["EXAMPLES", "EXIT STATUS"] {
            let of_help = title.replace("STATUS", "CODES");
            let is_said = sections(&said).iter().any(|one| one.title == of_help);
            let heading = format!(".SH \"{title}\"\n");
            let is_there = page.contains(&heading) || page.contains(&heading.replace('"', ""));
            assert!(is_there || !is_said, "{}: no {title}", name(command));
        }
    });
}

#[test]
fn pages_say_what_is_read_and_written_beside_the_arguments() {
    let page = |name: &str| {
        let page = pages().into_iter().find(|page| page.name == name);
        plain(&page.unwrap())
    };
    let apply = page("kubectl-harden-apply");
    for text in [
        "KUBECONFIG\n",
        "XDG_STATE_HOME\n",
        ".kubectl-harden.yaml\n",
        "~/.local/state/kubectl-harden/runs/RUN/\n",
        "~/.kube/config\n",
        "kubectl-harden(1),\n",
        "kubectl-harden-status(1),\n",
    ] {
        assert!(apply.contains(text), "{text}");
    }
    assert!(!apply.contains("ACCESSIBLE"));
    let version = page("kubectl-harden-version");
    assert!(!version.contains("ENVIRONMENT") && !version.contains("FILES"));
    assert!(version.contains(".SH \"EXIT STATUS\"\n0 done, 2 error\n"));
}

#[test]
fn pages_have_neither_a_date_nor_a_commit() {
    for page in pages() {
        let title = format!(
            ".TH {} 1 \"\" \"kubectl-harden {}\" \"kubectl harden\"\n",
            page.name,
            env!("CARGO_PKG_VERSION")
        );
        assert!(page.text.contains(&title), "{}", page.text);
        assert!(!page.text.contains("commit unknown"));
    }
}

#[test]
fn a_help_is_divided_at_what_is_not_indented() {
    let text = "Keys, as git has them:\n  y n\n\n  a d\n\nExit codes: 0 done, 2 error";
    let found: Vec<_> = sections(text)
        .into_iter()
        .map(|section| (section.title, section.text))
        .collect();
    let expected = [
        ("KEYS", "  y n\n\n  a d"),
        ("EXIT CODES", "0 done, 2 error"),
    ];
    assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

/// Variables that the source names where it reads them.
fn read_variables(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            read_variables(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for call in [
            "env::var(\"",
            "env::var_os(\"",
            " set(\"",
            "variable(\"",
            "absolute(\"",
        ] {
            let behind = code.split(call).skip(1);
            found.extend(behind.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
    }
}

#[test]
fn every_variable_that_the_program_reads_is_explained() {
    let mut found = BTreeSet::new();
    read_variables(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    // What shells tell completion, and a folder for a test.
    found.retain(|name| !name.starts_with("_CLAP_") && name != "REPORTS");
    assert!(found.len() > 10, "{found:?}");
    let explained = VARIABLES.iter().flat_map(|entry| entry.name.split(", "));
    let explained: BTreeSet<_> = explained.collect();
    for name in &found {
        assert!(explained.contains(name.as_str()), "{name}");
    }
}
