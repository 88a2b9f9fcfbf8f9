//! bash, which splits the words of its completion at `=` (`COMP_WORDBREAKS`) and replaces what is behind it.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap_complete::engine::complete;
use clap_complete::env::{self as shells, EnvCompleter};

/// clap's bash, with `--flag = value` taken as `--flag value`.
pub(super) struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        shells::Bash.name()
    }

    fn is(&self, name: &str) -> bool {
        shells::Bash.is(name)
    }

    fn write_registration(
        &self,
        var: &str,
        name: &str,
        bin: &str,
        completer: &str,
        buf: &mut dyn Write,
    ) -> io::Result<()> {
        shells::Bash.write_registration(var, name, bin, completer, buf)
    }

    fn write_complete(
        &self,
        cmd: &mut clap::Command,
        args: Vec<OsString>,
        current_dir: Option<&Path>,
        buf: &mut dyn Write,
    ) -> io::Result<()> {
        let line = without_equals(args);
        let last = line.len().saturating_sub(1);
        let separator = env::var("_CLAP_IFS").unwrap_or_else(|_| "\n".into());
        for (n, candidate) in complete(cmd, line, last, current_dir)?.iter().enumerate() {
            let separator = if n == 0 { "" } else { &separator };
            write!(
                buf,
                "{separator}{}",
                candidate.get_value().to_string_lossy()
            )?;
        }
        Ok(())
    }
}

/// The words without the `=` that stand behind a flag as words of their own.
pub(super) fn without_equals(words: Vec<OsString>) -> Vec<OsString> {
    let mut kept: Vec<OsString> = Vec::new();
    for word in words {
        let behind_flag = kept
            .last()
            .is_some_and(|flag| flag.as_encoded_bytes().starts_with(b"-"));
        if word != "=" || !behind_flag {
            kept.push(word);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_equals_sign_behind_a_flag_is_no_word() {
        for (words, expected) in [
            ("x --output = js", "x --output js"),
            ("x -n = shop deploy", "x -n shop deploy"),
            ("x --output = json = y", "x --output json = y"),
            ("x = y", "x = y"),
        ] {
            let words = words.split(' ').map(OsString::from).collect();
            let expected: Vec<_> = expected.split(' ').map(OsString::from).collect();
            assert_eq!(without_equals(words), expected);
        }
    }
}
