//! A real terminal made by script(1), its screen kept by a terminal in memory.

use std::fs;
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long a machine that is busy with other things may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("not zero")
}

/// A terminal with a program in it.
pub struct PseudoTerminal {
    script: Child,
    keys: Option<ChildStdin>,
    screen: Arc<Mutex<vt100::Parser>>,
    raw: Arc<Mutex<Vec<u8>>>,
    /// Holds the name of its device.
    pub tty: PathBuf,
    /// Holds the id of the process in it.
    pub pid: PathBuf,
}

impl PseudoTerminal {
    /// Starts a command line of sh; `folder` is for what is noted about it, `size` is columns and rows.
    pub fn start(
        inside: &str,
        folder: &Path,
        directory: &Path,
        size: (u16, u16),
        variables: &[(&str, &str)],
    ) -> Self {
        let (tty, pid) = (folder.join("tty"), folder.join("pid"));
        let (columns, rows) = size;
        // SIGHUP is ignored, as under nohup.
        let inside = format!(
            "trap '' HUP; stty cols {columns} rows {rows}; tty > {}; echo $$ > {}; exec {inside}",
            tty.display(),
            pid.display()
        );
        let _ = fs::remove_file(&pid);
        let mut command = Command::new("script");
        command
            .args(["-qec", &inside, "/dev/null"])
            .current_dir(directory)
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "ACCESSIBLE", "COLUMNS"] {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied());
        let mut script = command.spawn().expect("script(1) is installed");
        let keys = script.stdin.take();
        let mut output = script.stdout.take().expect("piped");
        let screen = Arc::new(Mutex::new(vt100::Parser::new(
            cells(rows),
            cells(columns),
            2000,
        )));
        let raw = Arc::new(Mutex::new(Vec::new()));
        let (to_screen, to_raw) = (Arc::clone(&screen), Arc::clone(&raw));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                to_raw.lock().expect("one writer").extend(&bytes[..read]);
                to_screen
                    .lock()
                    .expect("one writer")
                    .process(&bytes[..read]);
            }
        });
        Self {
            script,
            keys,
            screen,
            raw,
            tty,
            pid,
        }
    }

    pub fn press(&mut self, keys: &str) {
        let input = self.keys.as_mut().expect("open");
        input.write_all(keys.as_bytes()).expect("pressed");
        input.flush().expect("pressed");
    }

    pub fn shown(&self) -> String {
        self.screen.lock().expect("a screen").screen().contents()
    }

    /// What is on the screen, with its colours.
    pub fn screen(&self) -> vt100::Screen {
        self.screen.lock().expect("a screen").screen().clone()
    }

    /// Everything that was ever written, escape sequences included.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.raw.lock().expect("bytes")).into_owned()
    }

    /// Waits until the screen shows a text.
    pub fn sees(&self, text: &str) -> String {
        let start = Instant::now();
        loop {
            let shown = self.shown();
            if shown.contains(text) {
                return shown;
            }
            assert!(start.elapsed() < PATIENCE, "no \"{text}\" in\n{shown}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a text was written behind so many bytes.
    pub fn writes(&self, before: usize, text: &str) {
        let start = Instant::now();
        while !self
            .written()
            .get(before..)
            .is_some_and(|new| new.contains(text))
        {
            assert!(start.elapsed() < PATIENCE, "no \"{text}\" was written");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses keys and waits for what they lead to.
    pub fn does(&mut self, keys: &str, expected: &str) -> String {
        self.press(keys);
        self.sees(expected)
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        self.screen
            .lock()
            .expect("a screen")
            .screen_mut()
            .set_size(cells(rows), cells(columns));
        let tty = fs::read_to_string(&self.tty).expect("a terminal");
        let status = Command::new("stty")
            .args([
                "-F",
                tty.trim(),
                "cols",
                &columns.to_string(),
                "rows",
                &rows.to_string(),
            ])
            .status();
        assert!(status.expect("stty").success());
    }

    /// Takes the terminal away from under the program.
    pub fn vanish(&mut self) {
        drop(self.keys.take());
        let _ = self.script.kill();
        let _ = self.script.wait();
    }

    /// Ends the program, as its machine would.
    pub fn kill(&mut self, signal: &str) {
        let pid = fs::read_to_string(&self.pid).expect("a process");
        let status = Command::new("kill").args([signal, pid.trim()]).status();
        assert!(status.expect("kill").success());
        self.script.wait().expect("ends");
    }

    /// Waits for the end; the exit code.
    pub fn ends(&mut self) -> i32 {
        let start = Instant::now();
        loop {
            if let Some(status) = self.script.try_wait().expect("waited for") {
                return status.code().expect("a code");
            }
            assert!(
                start.elapsed() < PATIENCE,
                "it does not end:\n{}",
                self.shown()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for PseudoTerminal {
    fn drop(&mut self) {
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}
