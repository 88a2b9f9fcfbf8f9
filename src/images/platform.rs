//! Platforms as docker and containerd write them: `linux/arm64`, `linux/arm/v7`.

use std::env::consts;
use std::fmt;
use std::str::FromStr;

/// What an image is built for, in normalised words.
///
/// Source: github.com/containerd/platforms, `platforms.go` and `database.go`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// As Go says it: `linux`, `windows`.
    pub os: String,
    /// As Go says it: `amd64`, `arm64`.
    pub architecture: String,
    /// `v7` of `arm`.
    pub variant: Option<String>,
}

/// A text that names no platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlatformError {
    /// One word that says nothing.
    #[error("\"{0}\": unknown operating system or architecture")]
    Unknown(String),
    /// A part that cannot be one.
    #[error("\"{0}\" is an invalid component of \"{1}\": it must be letters, digits, - and _")]
    Component(String, String),
    /// Too many parts.
    #[error(
        "\"{0}\": cannot parse platform specifier: it is OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT"
    )]
    Parts(String),
}

const SYSTEMS: [&str; 9] = [
    "aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "solaris", "windows",
];

const ARCHITECTURES: [&str; 11] = [
    "386", "amd64", "arm", "arm64", "loong64", "mips64", "mips64le", "ppc64", "ppc64le", "riscv64",
    "s390x",
];

impl Platform {
    fn new(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        let (os, architecture) = (os.to_lowercase(), architecture.to_lowercase());
        let variant = variant.map(str::to_lowercase);
        let os = match os.as_str() {
            "macos" => "darwin",
            os => os,
        };
        let (architecture, implied) = match architecture.as_str() {
            "i386" => ("386", None),
            "x86_64" | "x86-64" | "x86" => ("amd64", None),
            "aarch64" => ("arm64", None),
            "armhf" => ("arm", Some("v7")),
            "armel" => ("arm", Some("v6")),
            "powerpc64le" => ("ppc64le", None),
            "loongarch64" => ("loong64", None),
            other => (other, None),
        };
        let variant = variant.as_deref().or(implied);
        let variant = match (architecture, variant) {
            ("arm", None | Some("7")) => Some("v7"),
            ("arm", Some("6")) => Some("v6"),
            ("arm64", Some("8" | "v8")) | ("amd64", Some("v1")) => None,
            (_, variant) => variant,
        };
        Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            variant: variant.map(str::to_owned),
        }
    }

    /// One that an index names.
    pub(crate) fn of_index(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        Self::new(os, architecture, variant.filter(|text| !text.is_empty()))
    }

    /// How well an image for another platform runs on this one; smaller is better, `None` is not at all. Variants of arm
    /// run the older ones.
    pub(crate) fn rank(&self, other: &Self) -> Option<u8> {
        if (&self.os, &self.architecture) != (&other.os, &other.architecture) {
            return None;
        }
        let number = |platform: &Self| {
            let digits = platform.variant.as_ref()?.strip_prefix('v')?;
            digits.parse::<u8>().ok()
        };
        match (number(self), number(other)) {
            _ if self.variant == other.variant => Some(0),
            (Some(ours), Some(theirs)) => ours.checked_sub(theirs),
            (Some(_), None) => Some(u8::MAX),
            _ => None,
        }
    }
}

impl Default for Platform {
    /// Linux, which nearly all clusters run, on this machine's architecture.
    fn default() -> Self {
        Self::new("linux", consts::ARCH, None)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let parts: Vec<_> = text.split('/').collect();
        let is_word = |part: &&str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            !part.is_empty() && part.chars().all(allowed)
        };
        if let Some(part) = parts.iter().find(|part| !is_word(part)) {
            return Err(PlatformError::Component(
                (*part).to_owned(),
                text.to_owned(),
            ));
        }
        match parts.as_slice() {
            [word] => {
                let system = Self::new(word, consts::ARCH, None);
                let architecture = Self::new("linux", word, None);
                if SYSTEMS.contains(&system.os.as_str()) {
                    Ok(system)
                } else if ARCHITECTURES.contains(&architecture.architecture.as_str()) {
                    Ok(architecture)
                } else {
                    Err(PlatformError::Unknown(text.to_owned()))
                }
            }
            [os, architecture] => Ok(Self::new(os, architecture, None)),
            [os, architecture, variant] => Ok(Self::new(os, architecture, Some(variant))),
            _ => Err(PlatformError::Parts(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_read_as_docker_reads_them() {
        for (text, normalised) in [
            ("linux/amd64", "linux/amd64"),
            ("linux/x86_64", "linux/amd64"),
            ("Linux/ARM64/v8", "linux/arm64"),
            ("aarch64", "linux/arm64"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/v6", "linux/arm/v6"),
            ("linux/arm/7", "linux/arm/v7"),
            ("armel", "linux/arm/v6"),
            ("windows/amd64", "windows/amd64"),
            ("macos/arm64", "darwin/arm64"),
        ] {
            let platform: Platform = text.parse().unwrap();
            assert_eq!(platform.to_string(), normalised, "{text}");
        }
        for (text, error) in [
            ("", "\"\" is an invalid component of \"\""),
            ("linux/", "\"\" is an invalid component of \"linux/\""),
            ("linux/*", "\"*\" is an invalid component of \"linux/*\""),
            (
                "plan10",
                "\"plan10\": unknown operating system or architecture",
            ),
            ("a/b/c/d", "\"a/b/c/d\": cannot parse platform specifier"),
        ] {
            let said = text.parse::<Platform>().unwrap_err().to_string();
            assert!(said.starts_with(error), "{said}");
        }
    }

    #[test]
    fn variants_run_older_ones() {
        let rank = |ours: &str, theirs: &str| {
            let [ours, theirs] = [ours, theirs].map(|text| text.parse::<Platform>().unwrap());
            ours.rank(&theirs)
        };
        assert_eq!(rank("linux/arm64", "linux/arm64/v8"), Some(0));
        assert_eq!(rank("linux/arm/v7", "linux/arm/v7"), Some(0));
        assert_eq!(rank("linux/arm/v7", "linux/arm/v6"), Some(1));
        assert_eq!(rank("linux/arm/v6", "linux/arm/v7"), None);
        assert_eq!(rank("linux/amd64", "linux/amd64/v3"), None);
        assert_eq!(rank("linux/amd64/v3", "linux/amd64"), Some(u8::MAX));
        assert_eq!(rank("linux/amd64", "linux/arm64"), None);
        assert_eq!(rank("linux/amd64", "windows/amd64"), None);
    }
}
