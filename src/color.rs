//! When standard output is coloured.

use clap::ValueEnum;

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl When {
    /// Whether standard output is coloured. NO_COLOR and CLICOLOR_FORCE count where nothing is asked for.
    pub fn colors(self) -> bool {
        use std::io::IsTerminal;
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR") => false,
            Self::Auto if set("CLICOLOR_FORCE") => {
                std::env::var_os("CLICOLOR_FORCE") != Some("0".into())
            }
            Self::Auto => {
                std::io::stdout().is_terminal() && std::env::var_os("TERM") != Some("dumb".into())
            }
        }
    }
}
