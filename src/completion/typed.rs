//! What stands on the command line before the word that is completed.

use std::ffi::OsString;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::cli::{Cli, Connection, PROGRAM};

/// What of it says where to look for candidates.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) connection: Connection,
    pub(super) namespace: Option<String>,
    /// TYPEs, NAMEs and TYPE/NAMEs.
    pub(super) words: Vec<String>,
}

impl Typed {
    /// Reads words, without the program's name. An unfinished or wrong one does not keep the others from counting.
    pub(super) fn read(words: &[OsString]) -> Self {
        let line = [&[PROGRAM.into()], words].concat();
        let command = Cli::command().ignore_errors(true);
        let Ok(mut matches) = command.try_get_matches_from(line) else {
            return Self::default();
        };
        while let Some((_, inner)) = matches.remove_subcommand() {
            matches = inner;
        }
        Self {
            connection: connection_of(&matches),
            namespace: words_of(&matches, "namespace").pop(),
            words: ["resources", "what"]
                .iter()
                .flat_map(|id| words_of(&matches, id))
                .collect(),
        }
    }
}

/// The flags of a connection, none where the command has no such flags.
fn connection_of(matches: &ArgMatches) -> Connection {
    // clap panics over an argument that the command does not have.
    let has_flags = matches.try_contains_id("kubeconfig").is_ok();
    let read = has_flags.then(|| Connection::from_arg_matches(matches).ok());
    read.flatten().unwrap_or_default()
}

/// The values of an argument, none where the command has no such argument.
fn words_of(matches: &ArgMatches, id: &str) -> Vec<String> {
    let values = matches.try_get_many::<String>(id).ok().flatten();
    values.map_or(Vec::new(), |values| values.cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Typed {
        let words: Vec<OsString> = line.split_whitespace().map(Into::into).collect();
        Typed::read(&words)
    }

    #[test]
    fn flags_count_wherever_they_stand() {
        for line in [
            "-n shop --context=blue deploy web",
            "deploy web --context blue --namespace=shop",
            "plan deploy web -n shop --context=blue",
            "apply deploy web -nshop --context=blue --concurrency=8",
            "undo deploy web -n shop --context blue",
            "review --context=blue -n shop deploy web",
        ] {
            let typed = read(line);
            assert_eq!(typed.namespace.as_deref(), Some("shop"), "{line}");
            assert_eq!(typed.connection.context.as_deref(), Some("blue"), "{line}");
            assert_eq!(typed.words, ["deploy", "web"], "{line}");
        }
    }

    #[test]
    fn what_is_unfinished_or_wrong_hides_nothing() {
        for line in [
            "deploy -n shop -l",
            "deploy -n shop --no-such-flag",
            "deploy -n shop --run-as-user=root",
            "deploy -n shop --profile",
            "plan deploy -n shop --out",
        ] {
            let typed = read(line);
            assert_eq!(typed.namespace.as_deref(), Some("shop"), "{line}");
            assert_eq!(typed.words, ["deploy"], "{line}");
        }
        assert!(read("").words.is_empty());
        assert!(read("explain run").words.is_empty());
    }
}
