//! What is too long for the screen, in the pager of the person.

use std::env;
use std::io::{self, Write};
use std::process::{Command, Stdio};

/// Shows a text in `$PAGER`, else in less, else as it is.
///
/// # Errors
/// A terminal that cannot be written to.
pub(super) fn page(text: &str, color: bool) -> io::Result<()> {
    let wanted = env::var("PAGER").ok().filter(|pager| !pager.is_empty());
    let default = if color { "less -R" } else { "less" };
    let pager = wanted.unwrap_or_else(|| default.into());
    if started(&pager, text) {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Whether the pager ran. As git has it, less quits where a screen is enough, and leaves what it showed (`LESS=FRX`).
fn started(pager: &str, text: &str) -> bool {
    let mut command = match cfg!(windows) {
        true => {
            let mut command = Command::new("cmd");
            command.args(["/C", pager]);
            command
        }
        false => {
            let mut command = Command::new("sh");
            command.args(["-c", pager]);
            command
        }
    };
    if env::var_os("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    let Ok(mut child) = command.stdin(Stdio::piped()).spawn() else {
        return false;
    };
    if let Some(mut stdin) = child.stdin.take() {
        // Who quits the pager early does not want the rest.
        let _ = stdin.write_all(text.as_bytes());
    }
    // 127: no such program.
    child.wait().is_ok_and(|status| status.code() != Some(127))
}
