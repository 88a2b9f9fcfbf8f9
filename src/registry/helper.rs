//! Credential helpers: programs that keep credentials for docker.
//!
//! Source: github.com/docker/docker-credential-helpers, `client/client.go`.

use std::ffi::OsStr;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::credentials::Credentials;

/// The longest answer, in bytes.
const MAX_ANSWER: u64 = 1 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    #[serde(default)]
    username: String,
    secret: String,
}

/// Asks a helper. `None` where it has nothing for the server.
///
/// # Errors
/// What went wrong, without anything that the helper printed but its own error.
pub(super) async fn get(
    name: &str,
    server: &str,
    patience: Duration,
    path: Option<&OsStr>,
) -> Result<Option<Credentials>, String> {
    let program = format!("docker-credential-{name}");
    if name.contains(['/', '\\']) {
        return Err(format!("{program} is no name of a program"));
    }
    match tokio::time::timeout(patience, ask(&program, server, path)).await {
        Ok(answer) => answer.map_err(|why| format!("{program}: {why}")),
        Err(_) => Err(format!("{program} does not answer within {patience:?}")),
    }
}

async fn ask(
    program: &str,
    server: &str,
    path: Option<&OsStr>,
) -> Result<Option<Credentials>, String> {
    let mut command = Command::new(program);
    command.arg("get").kill_on_drop(true);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read what it is asked shows by its answer.
        let _ = stdin.write_all(server.as_bytes()).await;
    }
    let mut text = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let read = stdout.take(MAX_ANSWER).read_to_end(&mut text).await;
        read.map_err(|error| error.to_string())?;
    }
    let status = child.wait().await.map_err(|error| error.to_string())?;
    if !status.success() {
        let said = String::from_utf8_lossy(&text);
        let said = said.lines().next().unwrap_or_default().trim();
        return match said.contains("credentials not found") {
            true => Ok(None),
            false => Err(format!(
                "{status}: {}",
                said.chars().take(200).collect::<String>()
            )),
        };
    }
    let said: Said =
        serde_json::from_slice(&text).map_err(|_| "its answer does not read as credentials")?;
    Ok(Some(match said.username.as_str() {
        "<token>" => Credentials::Refresh(said.secret),
        user => Credentials::Password {
            user: user.to_owned(),
            password: said.secret,
        },
    }))
}
