//! `kubectl harden`.

use std::io::{self, Write};
use std::process::ExitCode;

use kubectl_harden::cli::Cli;
use kubectl_harden::completion;
use kubectl_harden::run::{FAILED, run};

/// musl's own takes one lock for all threads, and is slow under it.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match completion::answer() {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(_) => return ExitCode::from(FAILED),
    }
    match run(&Cli::of_process()) {
        Ok(code) => ExitCode::from(code),
        // Whoever read our output, such as head, has enough of it.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // A terminal that was closed takes no message, and `eprintln` would panic.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
