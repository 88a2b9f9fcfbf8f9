//! The command line of a review, to be kept with it and to be said in other words.

use std::env;

use anyhow::Context;
use clap::Parser;

use crate::cli::{Cli, Command, ReviewArgs};

/// What is said without its value: a credential is not kept.
const SECRET: &str = "--token";

/// What only says how a review is shown.
const OWN: [&str; 3] = ["--accessible", "--allow-dirty", "--resume"];

/// What stands behind `review` on the command line, without credentials.
pub(super) fn arguments() -> Vec<String> {
    let all = env::args_os().map(|word| word.to_string_lossy().into_owned());
    let behind = all.skip_while(|word| word != "review").skip(1);
    without_secrets(behind)
}

fn without_secrets(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut words = words;
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        if word == SECRET {
            words.next();
        } else if !word.starts_with(&format!("{SECRET}=")) {
            kept.push(word);
        }
    }
    kept
}

/// A command line that was kept, with what the new one says about showing and writing it.
///
/// # Errors
/// One that this version does not take.
pub(super) fn again(kept: &[String], now: &ReviewArgs) -> anyhow::Result<ReviewArgs> {
    let words = ["kubectl-harden", "review"].into_iter().map(str::to_owned);
    let cli = Cli::try_parse_from(words.chain(kept.iter().cloned()));
    let cli = cli.context("the review was begun by another version")?;
    let Some(Command::Review(args)) = cli.command else {
        anyhow::bail!("the review was begun by another version");
    };
    let mut args = *args;
    args.accessible |= now.accessible;
    args.allow_dirty |= now.allow_dirty;
    args.color = now.color;
    args.out = now.out.clone().or(args.out);
    args.connection.token.clone_from(&now.connection.token);
    Ok(args)
}

/// The command that does the same without asking.
pub(super) fn without_asking(args: &ReviewArgs) -> String {
    if args.resume.is_some() {
        return "kubectl harden -f PATH -R -w writes without asking".into();
    }
    let words = arguments()
        .into_iter()
        .filter(|word| !OWN.contains(&word.as_str()));
    let words: Vec<_> = words.map(|word| quoted(&word)).collect();
    let words = words.join(" ");
    match (args.resources.is_empty(), &args.out) {
        (true, _) => {
            // Flags go before what `--` begins.
            match words.strip_prefix("-- ") {
                Some(files) => format!("kubectl harden -w -- {files}"),
                None => match words.split_once(" -- ") {
                    Some((flags, files)) => format!("kubectl harden {flags} -w -- {files}"),
                    None => format!("kubectl harden {words} -w"),
                },
            }
        }
        (false, Some(_)) => format!("kubectl harden plan {words}"),
        (false, None) => format!("kubectl harden plan {words} --out=FILE"),
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:@%+".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_kept() {
        let words = ["deploy", "--token", "s3", "--token=s3", "-n", "shop"].map(str::to_owned);
        assert_eq!(without_secrets(words.into_iter()), ["deploy", "-n", "shop"]);
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, expected) in [
            ("a/b.yaml", "a/b.yaml"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
