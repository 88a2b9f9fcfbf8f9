//! A review by keys: the block of what is shown is redrawn in place, on the main screen, and what was decided stays
//! above it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::cursor::{MoveToColumn, MoveUp};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, poll, read};
use crossterm::queue;
use crossterm::style::Print;
use crossterm::terminal::{Clear, ClearType, disable_raw_mode, enable_raw_mode, size};

use super::desk::{Desk, Ending};
use super::pager::page;
use super::screen::{Line, Room, Style, block, paint};
use super::step::Key;

/// How long it takes until a signal is noticed.
const NAP: Duration = Duration::from_millis(200);

/// Where the terminal does not say: that of a VT100.
const SIZE: (u16, u16) = (80, 24);

/// The terminal in raw mode. It is set back when this goes, and before a panic is told.
struct Raw;

impl Raw {
    fn new() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                let _ = disable_raw_mode();
                before(panic);
            }));
        });
        enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = disable_raw_mode();
    }
}

/// What happened at the terminal.
enum Input {
    Key(Key),
    Resized,
    Suspend,
}

/// What is drawn, to be drawn over.
#[derive(Default)]
struct Drawn {
    /// The columns of each line.
    lines: Vec<usize>,
}

/// Goes on with a review until it is quit or to be written.
///
/// # Errors
/// A terminal that cannot be used; a decision that cannot be kept.
pub(super) fn run(desk: &mut Desk, color: bool) -> anyhow::Result<Ending> {
    let signals = signals()?;
    end_with_the_terminal();
    let mut raw = Some(Raw::new()?);
    let mut drawn = Drawn::default();
    loop {
        draw(desk, &mut drawn, color)?;
        let key = match input(&signals) {
            Input::Key(key) => key,
            Input::Resized => continue,
            Input::Suspend => {
                erase(&mut drawn)?;
                raw = None;
                suspend();
                raw.get_or_insert(Raw::new()?);
                continue;
            }
        };
        let done = desk.press(key)?;
        erase(&mut drawn)?;
        for line in &done.said {
            put(&paint(&Line::of(Style::Dim, line), color))?;
        }
        if let Some(text) = &done.page {
            raw = None;
            page(&desk.page(text, width(), color), color)?;
            // What interrupts the pager is for the pager.
            signals.store(false, Ordering::Relaxed);
            raw.get_or_insert(Raw::new()?);
        }
        if let Some(ending) = done.ending {
            if ending == Ending::Write {
                // What is written stays on the screen.
                draw(desk, &mut drawn, color)?;
                put("")?;
            }
            drop(raw);
            return Ok(ending);
        }
    }
}

/// The exit code of a process whose terminal is gone: 128 and SIGHUP, as a shell says it.
#[cfg(unix)]
const HUNG_UP: i32 = 129;

/// SIGINT from elsewhere, and SIGTERM: both save and quit. SIGHUP ends the process: its terminal is gone, and
/// everything is kept. That is so even where SIGHUP was to be ignored (nohup): reading from a terminal that is gone
/// never ends.
fn signals() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&flag))?;
    }
    #[cfg(unix)]
    {
        let always = Arc::new(AtomicBool::new(true));
        let signal = signal_hook::consts::SIGHUP;
        signal_hook::flag::register_conditional_shutdown(signal, HUNG_UP, always)?;
    }
    Ok(flag)
}

/// Ends the process when its terminal goes and no signal says so, because the process is not in the terminal's foreground:
/// reading from a terminal that is gone never ends. Every decision is kept already.
#[cfg(unix)]
fn end_with_the_terminal() {
    use rustix::event::{PollFd, PollFlags, poll};
    std::thread::spawn(|| {
        let stdin = io::stdin();
        loop {
            let mut watched = [PollFd::new(&stdin, PollFlags::empty())];
            let polled = poll(&mut watched, None);
            let is_gone = watched.iter().any(|fd| !fd.revents().is_empty());
            match polled {
                Ok(_) if is_gone => std::process::exit(HUNG_UP),
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
    });
}

#[cfg(not(unix))]
fn end_with_the_terminal() {}

fn input(signals: &AtomicBool) -> Input {
    loop {
        if signals.load(Ordering::Relaxed) {
            return Input::Key(Key::Interrupt);
        }
        match poll(NAP) {
            Ok(false) => continue,
            Ok(true) => {}
            Err(_) => return Input::Key(Key::Interrupt),
        }
        match read() {
            Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => return of(key),
            Ok(Event::Resize(..)) => return Input::Resized,
            Ok(_) => {}
            // A terminal that is gone.
            Err(_) => return Input::Key(Key::Interrupt),
        }
    }
}

fn of(key: KeyEvent) -> Input {
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    let is_alt = key.modifiers.contains(KeyModifiers::ALT);
    Input::Key(match key.code {
        KeyCode::Char('c' | 'd') if is_control => Key::Interrupt,
        KeyCode::Char('z') if is_control => return Input::Suspend,
        KeyCode::Char('h') if is_control => Key::Backspace,
        KeyCode::Char(c) if !is_control && !is_alt => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Backspace => Key::Backspace,
        _ => Key::Other,
    })
}

/// Stops this process as the shell expects it, until it is continued.
fn suspend() {
    #[cfg(unix)]
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP);
}

fn room() -> Room {
    let (width, height) = size().unwrap_or(SIZE);
    let or = |cells: u16, default: u16| usize::from(if cells == 0 { default } else { cells });
    Room {
        width: or(width, SIZE.0),
        height: Some(or(height, SIZE.1)),
    }
}

fn width() -> usize {
    room().width
}

fn draw(desk: &Desk, drawn: &mut Drawn, color: bool) -> io::Result<()> {
    erase(drawn)?;
    let lines = block(&desk.model, &desk.state, room());
    let painted: Vec<_> = lines.iter().map(|line| paint(line, color)).collect();
    drawn.lines = lines.iter().map(Line::columns).collect();
    let mut out = io::stdout().lock();
    queue!(out, Print(painted.join("\r\n")))?;
    out.flush()
}

/// Takes away what is drawn. On a terminal that was made narrower, a line may stand in several rows.
fn erase(drawn: &mut Drawn) -> io::Result<()> {
    let lines = std::mem::take(&mut drawn.lines);
    if lines.is_empty() {
        return Ok(());
    }
    let room = room();
    let rows = lines
        .iter()
        .map(|columns| columns.div_ceil(room.width.max(1)).max(1));
    let rows: usize = rows.sum();
    let above = rows.min(room.height.unwrap_or(rows)) - 1;
    let mut out = io::stdout().lock();
    queue!(out, MoveToColumn(0))?;
    if above > 0 {
        queue!(out, MoveUp(u16::try_from(above).unwrap_or(u16::MAX)))?;
    }
    queue!(out, Clear(ClearType::FromCursorDown))?;
    out.flush()
}

/// Writes a line that stays.
fn put(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    write!(out, "{line}\r\n")?;
    out.flush()
}
