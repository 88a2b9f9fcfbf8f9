//! Completion of the command line: for shells, and for kubectl, whose own completion asks its plugins.

mod bash;
mod candidates;
mod cluster;
mod command;
mod install;
mod places;
mod typed;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};

use clap_complete::engine::{CompletionCandidate, complete};
use clap_complete::env::{CompleteEnv, EnvCompleter, Fish, Powershell, Shells, Zsh};

pub use command::run;

use crate::cli::{PROGRAM, Shell};
use bash::Bash;
use candidates::command as with_candidates;
use typed::Typed;

/// Which shell asks; set by its script.
const VARIABLE: &str = "KUBECTL_HARDEN_COMPLETE";
/// The first argument of a request of kubectl; what follows is the command line, its last word being completed.
const REQUEST: &str = "__complete";

/// cobra's `ShellCompDirectiveNoSpace` and `ShellCompDirectiveNoFileComp`, which kubectl's scripts know.
const NO_SPACE: u8 = 2;
const NO_FILES: u8 = 4;

/// zsh loads a file of its `fpath` when the first completion is asked for, and takes running it for that completion.
const FIRST_CALL: &str = "\
if [[ ${funcstack[1]} = _kubectl-harden ]]; then
    _clap_dynamic_completer_kubectl_harden \"$@\"
fi
";

/// Answers where this process was started by a shell or by kubectl to complete a command line.
///
/// # Errors
/// Standard output that takes nothing.
pub fn answer() -> io::Result<bool> {
    let args: Vec<OsString> = env::args_os().collect();
    if let [_, request, words @ ..] = args.as_slice()
        && request == REQUEST
    {
        answer_kubectl(words)?;
        return Ok(true);
    }
    if env::var_os(VARIABLE).is_none() {
        return Ok(false);
    }
    let args = up_to_cursor(args);
    let words = args.iter().skip_while(|word| *word != "--").skip(2);
    let words: Vec<_> = bash::without_equals(words.cloned().collect());
    let typed = Typed::read(words.split_last().map_or(&[], |(_, before)| before));
    let asked = CompleteEnv::with_factory(|| with_candidates(&typed))
        .shells(Shells(&[&Bash, &Zsh, &Fish, &Powershell]))
        .bin(PROGRAM)
        .var(VARIABLE)
        .completer(PROGRAM);
    let directory = env::current_dir().ok();
    // A line that cannot be completed has no candidates: a shell prints no message of its completions.
    Ok(asked
        .try_complete(args, directory.as_deref())
        .unwrap_or(true))
}

/// What a shell's script passes, without the words behind the one that is completed.
fn up_to_cursor(mut args: Vec<OsString>) -> Vec<OsString> {
    let index = env::var("_CLAP_COMPLETE_INDEX").ok();
    let index = index.and_then(|index| index.parse::<usize>().ok());
    let line = args.iter().position(|word| word == "--");
    if let (Some(index), Some(line)) = (index, line) {
        args.truncate(line.saturating_add(index).saturating_add(2));
    }
    args
}

/// Candidates in the form of cobra: a line for each, its help behind a tab, and the directive at the end.
fn answer_kubectl(words: &[OsString]) -> io::Result<()> {
    let (found, directive) = kubectl_candidates(words);
    let mut out = io::stdout().lock();
    for candidate in found {
        let value = candidate.get_value().to_string_lossy();
        let help = candidate.get_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        match help.lines().next().filter(|line| !line.is_empty()) {
            Some(line) => writeln!(out, "{value}\t{line}")?,
            None => writeln!(out, "{value}")?,
        }
    }
    writeln!(out, ":{directive}")
}

fn kubectl_candidates(words: &[OsString]) -> (Vec<CompletionCandidate>, u8) {
    let before = words.split_last().map_or(words, |(_, before)| before);
    let mut command = with_candidates(&Typed::read(before));
    let line = [&[PROGRAM.into()], words].concat();
    let directory = env::current_dir().ok();
    let last = line.len().saturating_sub(1);
    let mut found = complete(&mut command, line, last, directory.as_deref()).unwrap_or_default();
    if words.last().is_some_and(|word| word.is_empty()) {
        // As kubectl: flags are offered to who has begun one.
        found.retain(|candidate| !candidate.get_value().as_encoded_bytes().starts_with(b"-"));
    }
    if let Some(flag) = words.last().and_then(|word| flag_of(word)) {
        found = found
            .into_iter()
            .map(|candidate| behind(candidate, flag))
            .collect();
    }
    let goes_on = |value: &OsStr| {
        let value = value.as_encoded_bytes();
        value.ends_with(b"/") || value.ends_with(b"=") || value.ends_with(b",")
    };
    let is_begun = found.iter().any(|candidate| goes_on(candidate.get_value()));
    let directive = if is_begun {
        NO_FILES | NO_SPACE
    } else {
        NO_FILES
    };
    (found, directive)
}

/// `--flag=` of a word that begins so. kubectl's scripts put it before the candidates themselves.
fn flag_of(word: &OsStr) -> Option<&str> {
    let word = word.to_str().filter(|word| word.starts_with('-'))?;
    let end = word.find('=')?;
    word.get(..=end)
}

fn behind(candidate: CompletionCandidate, flag: &str) -> CompletionCandidate {
    let value = candidate.get_value().to_string_lossy();
    match value.strip_prefix(flag) {
        Some(value) => CompletionCandidate::new(value).help(candidate.get_help().cloned()),
        None => candidate,
    }
}

/// The script that a shell reads to complete the plugin's command line.
fn script(shell: Shell) -> io::Result<Vec<u8>> {
    let of_shell: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Powershell => &Powershell,
    };
    let mut text = Vec::new();
    of_shell.write_registration(VARIABLE, "kubectl_harden", PROGRAM, PROGRAM, &mut text)?;
    if shell == Shell::Zsh {
        text.extend_from_slice(FIRST_CALL.as_bytes());
    }
    Ok(text)
}
