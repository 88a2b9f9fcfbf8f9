//! The manual pages, one for each command, made from the same command line as its help.

mod command;
mod page;
mod prose;
mod surroundings;

pub use command::run;
pub use page::Page;

use clap::{Command, CommandFactory};

use crate::cli::Cli;

/// A page for each command, in the order of the help. They say `kubectl harden`, whatever this process was called by.
pub fn pages() -> Vec<Page> {
    let mut command = Cli::command();
    command.build();
    let mut pages = Vec::new();
    collect(&command, None, &mut pages);
    pages
}

fn collect(command: &Command, parent: Option<&Command>, pages: &mut Vec<Page>) {
    pages.push(Page::of(command, parent));
    for below in command.get_subcommands().filter(|c| !c.is_hide_set()) {
        collect(below, Some(command), pages);
    }
}

/// What a page of a command is called, without its section: `kubectl-harden-apply`.
fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

#[cfg(test)]
mod tests;
