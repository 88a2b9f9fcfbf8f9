//! The stack around an error line that does not say what was called: `PermissionError: [Errno 13] Permission denied` under
//! `self.socket.bind(self.server_address)`.

/// How many lines are looked at before and after.
const LINES: usize = 12;

/// The line with the lines of its stack; `None` where it has none.
pub(super) fn with_stack(lines: &[&str], at: usize) -> Option<String> {
    let line = lines.get(at)?;
    let (before, rest) = lines.split_at_checked(at)?;
    let above = before
        .iter()
        .rev()
        .take(LINES)
        .take_while(|line| is_of_stack(line))
        .count();
    let below = rest
        .iter()
        .skip(1)
        .take(LINES)
        .take_while(|line| is_of_stack(line))
        .count();
    if above + below == 0 {
        return None;
    }
    let above = before.get(at.checked_sub(above)?..)?;
    let below = rest.get(1..=below)?;
    let all: Vec<&str> = std::iter::once(*line)
        .chain(above.iter().copied())
        .chain(below.iter().copied())
        .collect();
    Some(all.join("\n"))
}

/// What the error was wrapped in: `Error: cannot create /data/x` above `Caused by:`.
pub(super) fn wrapping<'l>(lines: &[&'l str], at: usize) -> Option<&'l str> {
    let mut above = lines.get(..at)?.iter().rev().take(LINES);
    let is_wrapped = |line: &&&str| line.trim().eq_ignore_ascii_case("caused by:");
    above.find(is_wrapped)?;
    above.find(|line| !line.trim().is_empty()).copied()
}

fn is_of_stack(line: &str) -> bool {
    line.starts_with([' ', '\t']) && !line.trim().is_empty() || line.starts_with("Traceback ")
}
