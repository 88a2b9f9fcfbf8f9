//! `--report FORMAT=FILE`: which format goes where.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;

use super::csv::Csv;
use super::github::Github;
use super::html::Html;
use super::json::Json;
use super::junit::Junit;
use super::markdown::Markdown;
use super::sarif::Sarif;
#[cfg(feature = "xlsx")]
use super::xlsx::Xlsx;
use super::{ControlMap, Format};
use crate::sink::create_file;
use crate::suggest;

/// A report that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    format: &'static str,
    /// Where it goes.
    pub destination: Destination,
}

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// `-`.
    Stdout,
    /// A file.
    File(PathBuf),
}

/// The names of all formats.
pub const FORMATS: [&str; 8] = [
    "json", "sarif", "csv", "xlsx", "junit", "markdown", "html", "github",
];

impl Target {
    /// Reads `FORMAT=FILE`.
    ///
    /// # Errors
    /// A format that is not known, or no file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once('=').unwrap_or((text, ""));
        let Some(format) = FORMATS.into_iter().find(|known| *known == name) else {
            let known = FORMATS.join(", ");
            return Err(match suggest::nearest(name, FORMATS.into_iter()) {
                Some(near) => format!("no report format \"{name}\", did you mean \"{near}\"?"),
                None => format!("no report format \"{name}\"; known are {known}"),
            });
        };
        if format == "xlsx" && cfg!(not(feature = "xlsx")) {
            return Err("this build has no xlsx: take csv, or build with --features xlsx".into());
        }
        let destination = match file {
            "" => {
                return Err(format!(
                    "no file: write {format}=FILE, or {format}=- for stdout"
                ));
            }
            "-" => Destination::Stdout,
            file => Destination::File(PathBuf::from(file)),
        };
        Ok(Self {
            format,
            destination,
        })
    }

    /// The format's name.
    pub fn name(&self) -> &'static str {
        self.format
    }

    /// Writes what the format made to where it goes.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, bytes: &[u8], stdout: &mut dyn Write) -> io::Result<()> {
        match &self.destination {
            Destination::Stdout => stdout.write_all(bytes).and_then(|()| stdout.flush()),
            Destination::File(path) => create_file(path, bytes),
        }
    }

    /// The format, with the auditor's row ids where it has a place for them.
    pub fn format(&self, controls: &ControlMap) -> Box<dyn Format> {
        let controls = controls.clone();
        match self.format {
            "sarif" => Box::new(Sarif),
            "csv" => Box::new(Csv { controls }),
            #[cfg(feature = "xlsx")]
            "xlsx" => Box::new(Xlsx { controls }),
            "junit" => Box::new(Junit),
            "markdown" => Box::new(Markdown),
            "html" => Box::new(Html { controls }),
            "github" => Box::new(Github),
            _ => Box::new(Json),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.destination {
            Destination::Stdout => write!(f, "{}=-", self.format),
            Destination::File(path) => write!(f, "{}={}", self.format, path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_and_files_are_read() {
        let target = Target::parse("json=a=b.json").expect("a target");
        assert_eq!(target.to_string(), "json=a=b.json");
        let target = Target::parse("csv=-").expect("a target");
        assert_eq!(target.destination, Destination::Stdout);
        for (text, expected) in [
            ("jsn=x", "did you mean \"json\""),
            ("json", "no file"),
            ("pdf=x", "known are json"),
        ] {
            let error = Target::parse(text).expect_err(text);
            assert!(error.contains(expected), "{error}");
        }
    }
}
