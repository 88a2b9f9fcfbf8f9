//! Ctrl-C and the system's wishes to end.

use std::io;
use std::rc::Rc;

use super::halt::Halt;

/// Hears signals as long as the run goes on. SIGINT, SIGTERM and SIGHUP (a closed terminal) are one wish: the first
/// time what is under way ends, the second time everything stops.
pub(super) fn watch(halt: &Rc<Halt>) -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        for (kind, name) in [
            (SignalKind::interrupt(), "SIGINT"),
            (SignalKind::terminate(), "SIGTERM"),
            (SignalKind::hangup(), "SIGHUP"),
        ] {
            let mut signal = signal(kind)?;
            let halt = Rc::clone(halt);
            tokio::task::spawn_local(async move {
                while signal.recv().await.is_some() {
                    halt.interrupt(name);
                }
            });
        }
    }
    #[cfg(not(unix))]
    {
        let halt = Rc::clone(halt);
        tokio::task::spawn_local(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                halt.interrupt("Ctrl-C");
            }
        });
    }
    Ok(())
}
