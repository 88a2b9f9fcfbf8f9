//! An image's own configuration, as far as it decides what the kubelet and the program do.

use super::Ids;

/// USER as the container runtime reads it: the part before the colon as a number, else as a name.
///
/// Source: containerd `internal/cri/server/images/image_status.go`, `getUserFromImage`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// No USER, or an empty one: root.
    Unset,
    /// A number; any that fits 64 bits.
    Uid(i64),
    /// A name, `root` included.
    Name(String),
}

impl User {
    /// Reads USER: `nginx`, `101`, `101:101`, `nobody:nogroup`, or nothing.
    pub fn parse(text: &str) -> Self {
        let user = text.split(':').next().unwrap_or_default();
        match user.parse() {
            _ if user.is_empty() => Self::Unset,
            Ok(uid) => Self::Uid(uid),
            Err(_) => Self::Name(user.to_owned()),
        }
    }
}

/// What an image says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// The digest of its manifest: `sha256:...`.
    pub digest: String,
    /// USER as written.
    pub user: String,
    /// The ids of that user and its primary group by the image's `/etc/passwd` and `/etc/group`, where they are there.
    pub ids: Option<Ids>,
    /// EXPOSE: `80/tcp`.
    pub exposed_ports: Vec<String>,
    /// VOLUME.
    pub volumes: Vec<String>,
    /// ENTRYPOINT and CMD.
    pub command: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_as_the_runtime_reads_them() {
        let name = |name: &str| User::Name(name.to_owned());
        for (text, user) in [
            ("", User::Unset),
            (":101", User::Unset),
            ("0", User::Uid(0)),
            ("101:101", User::Uid(101)),
            ("007", User::Uid(7)),
            ("-1", User::Uid(-1)),
            ("root", name("root")),
            ("nobody:nogroup", name("nobody")),
            ("99999999999999999999", name("99999999999999999999")),
        ] {
            assert_eq!(User::parse(text), user, "{text}");
        }
    }
}
