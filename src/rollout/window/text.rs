//! Windows as they are written, and what is wrong with a text that is none.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Window;

/// Minutes since midnight, the end excluded. An end at or before the start is on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u16,
    pub(super) end: u16,
}

/// Minutes of a day.
pub(super) const DAY: u16 = 24 * 60;

/// Why a text is no [`Window`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWindow {
    /// Not two times of day.
    #[error(
        "--window: \"{0}\" is not a window\nhint: give two times of day, such as 01:00-05:00; commas divide several"
    )]
    Span(String),
    /// Start and end are the same.
    #[error(
        "--window: \"{0}\" starts when it ends\nhint: leave --window out to start something at any time of day"
    )]
    Empty(String),
    /// Nothing is left out.
    #[error(
        "--window: \"{0}\" is the whole day\nhint: leave --window out to start something at any time of day"
    )]
    Always(String),
    /// A time zone that nobody knows.
    #[error("--timezone: \"{name}\" is not a time zone of the IANA database\nhint: {hint}")]
    Timezone {
        /// As given.
        name: String,
        /// What may have been meant.
        hint: String,
    },
    /// There is no database to look in.
    #[error(
        "--timezone: \"{0}\" cannot be looked up: there is no time zone database on this machine\nhint: install tzdata, or let TZDIR say where it is"
    )]
    NoDatabase(String),
    /// The machine's own zone cannot be told.
    #[error(
        "--window: the time zone of this machine has no name{0}\nhint: say whose clock counts, such as --timezone=Europe/Berlin or --timezone=UTC"
    )]
    Machine(String),
}

impl FromStr for Span {
    type Err = NoWindow;

    fn from_str(text: &str) -> Result<Self, NoWindow> {
        let times = text.split_once('-');
        let times = times.and_then(|(start, end)| Some((minute(start)?, minute(end)?)));
        let (start, end) = times
            .filter(|(start, _)| *start < DAY)
            .ok_or_else(|| NoWindow::Span(text.to_owned()))?;
        match start == end {
            true => Err(NoWindow::Empty(text.to_owned())),
            false => Ok(Self { start, end }),
        }
    }
}

/// `01:00`, `1:00`, and `24:00` for the end of a day.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) || hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= DAY).then_some(hour * 60 + minute)
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Span { start, end }) in self.spans.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            let (from, to) = ((start / 60, start % 60), (end / 60, end % 60));
            write!(
                f,
                "{comma}{:02}:{:02}-{:02}:{:02}",
                from.0, from.1, to.0, to.1
            )?;
        }
        write!(f, " {}", self.timezone_name)
    }
}

impl FromStr for Window {
    type Err = NoWindow;

    /// What [`fmt::Display`] writes; without a time zone that of this machine.
    fn from_str(text: &str) -> Result<Self, NoWindow> {
        let text = text.trim();
        match text.rsplit_once(' ') {
            Some((spans, zone)) if !zone.contains(':') => Self::new(spans, Some(zone)),
            _ => Self::new(text, None),
        }
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_written_as_they_are_read() {
        for text in [
            "01:00-05:00 Europe/Berlin",
            "22:30-02:00 America/New_York",
            "00:00-24:00,01:00-05:00 UTC",
            "01:00-05:00,22:30-24:00 Etc/GMT+12",
            "00:00-23:59 Asia/Kathmandu",
        ] {
            match text.parse::<Window>() {
                Ok(window) => {
                    assert_eq!(window.to_string(), text);
                    let json = serde_json::to_string(&window).expect("written");
                    assert_eq!(json, format!("\"{text}\""));
                    assert_eq!(serde_json::from_str::<Window>(&json).expect("read"), window);
                }
                Err(error) => assert!(text.starts_with("00:00-24:00"), "{text}: {error}"),
            }
        }
        let loose = Window::new(" 1:00 - 05:00, 22:30-0:00", Some("europe/berlin"));
        let exact = "01:00-05:00,22:30-00:00 Europe/Berlin";
        assert_eq!(loose.expect("read").to_string(), exact);
        assert!(serde_json::from_str::<Window>("\"01:00-05:00 Europe/Berlim\"").is_err());
    }

    #[test]
    fn what_is_no_window_is_said() {
        for text in [
            "",
            ",",
            "01:00",
            "01:00-",
            "-05:00",
            "01:00-05:00,",
            "1-5",
            "01:00-5am",
            "25:00-26:00",
            "24:00-01:00",
            "01:60-05:00",
            "01:00-24:01",
            "01:5-05:00",
            "+1:00-05:00",
            "01:00:00-05:00",
            "001:00-05:00",
            "01:00-05:00-06:00",
            "01:00\u{2013}05:00",
            "\u{661}:00-05:00",
            "mon 01:00-05:00",
            "-1:00-05:00",
            "99999999:00-05:00",
        ] {
            let error = Window::new(text, Some("UTC")).expect_err(text);
            assert!(matches!(error, NoWindow::Span(_)), "{text}: {error}");
        }
        let error = |text| Window::new(text, Some("UTC")).expect_err(text).to_string();
        assert_eq!(
            error("01:00-05:00,five"),
            "--window: \"five\" is not a window\nhint: give two times of day, such as 01:00-05:00; commas divide several"
        );
        assert!(error("01:00-01:00").contains("\"01:00-01:00\" starts when it ends\nhint: "));
        for whole in [
            "00:00-24:00",
            "00:00-12:00,12:00-00:00",
            "05:00-04:00,03:30-06:00",
        ] {
            assert!(error(whole).contains("is the whole day\nhint: "), "{whole}");
        }
    }
}
