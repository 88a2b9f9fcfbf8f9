//! `kubectl harden explain [CHECK]`: what a check is, why it matters, what breaks and what to do then.

mod facts;
mod find;
mod json;
mod overview;
mod page;
mod text;

use std::io::{self, Write};

use clap::{Args, ValueEnum};

pub use facts::{Facts, Rule, facts};
pub use find::{Found, UnknownCheck, find};
pub use overview::overview;
pub use text::one;

use crate::color::When;

/// `--help`, without its examples.
pub(crate) const LONG: &str = "\
Explain a check: what it is, why an attacker cares, what breaks when it is turned on and what to do then, which \
values are accepted, what harden writes, since which version Pod Security Standards demand it, how to leave it \
out, and which items of benchmarks and rules of scanners it supports.

Without CHECK, list all checks.

CHECK is an id as --check prints it, Pod Security Admission's name for it, a field, or the id of an item that it \
supports. Upper and lower case are the same.";

const EXAMPLES: &str = "\
Examples:
  # All checks, and what harden does with each
  kubectl harden explain

  # A pod does not start any more
  kubectl harden explain runAsNonRoot

  # By Pod Security Admission's name, by a field, by an item of a benchmark, by a scanner's rule
  kubectl harden explain capabilities_restricted
  kubectl harden explain hostPID
  kubectl harden explain CIS 5.2.7
  kubectl harden explain CKV_K8S_23

  # For a program
  kubectl harden explain runAsUser -o json

Exit codes:
  0 explained, 2 no such check";

/// The arguments of `kubectl harden explain`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "See 'kubectl harden explain --help' for examples.",
    after_long_help = EXAMPLES,
    override_usage = "kubectl harden explain [CHECK] [flags]"
)]
pub struct ExplainArgs {
    /// A check, a field, or an item that a check supports, such as CIS 5.2.7
    #[arg(value_name = "CHECK")]
    pub name: Vec<String>,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub output: Format,

    /// When to use colour; NO_COLOR and CLICOLOR_FORCE count too
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        num_args = 0..=1,
        default_missing_value = "always"
    )]
    pub color: When,
}

/// `-o`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// How a text is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Columns.
    pub width: usize,
    /// Whether headings and symptoms are coloured.
    pub color: bool,
}

/// Lines wider than this are hard to read, however wide the terminal is.
const WIDEST: usize = 100;
/// Narrower ones leave no room beside the indentation.
const NARROWEST: usize = 60;

/// Prints the explanation that is asked for.
///
/// # Errors
/// Nothing goes by the name.
pub fn run(args: &ExplainArgs) -> Result<(), UnknownCheck> {
    let found = find(&args.name.join(" "))?;
    let layout = Layout {
        width: textwrap::termwidth().clamp(NARROWEST, WIDEST),
        color: args.color.colors(),
    };
    colored::control::set_override(layout.color);
    let text = match (args.output, &found) {
        (Format::Json, found) => json::print(found),
        (Format::Text, Found::One(check)) => one(check, layout),
        (Format::Text, found) => overview(found, layout),
    };
    // A closed pipe is not an error.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    Ok(())
}
