//! `kubectl harden`.

use std::process::ExitCode;

use clap::Parser;
use kubectl_harden::cli::Cli;
use kubectl_harden::run::{FAILED, run};

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}
