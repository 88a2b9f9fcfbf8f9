//! Whose a file or directory of an image is, and who may read it.

use super::lesson::RunsAs;

/// A line of `ls -ldn`: `drwxr-x--- 2 100 101 4096 Nov 29 02:20 /var/lib/app`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rollout) struct Listed {
    pub(super) path: String,
    pub(super) owner: RunsAs,
    mode: String,
}

impl Listed {
    /// `None` for a line that is none, such as an error.
    pub(super) fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (mode, uid, gid) = (words.next()?, words.nth(1)?, words.next()?);
        Some(Self {
            path: line.get(line.find(" /")? + 1..)?.to_owned(),
            owner: RunsAs {
                uid: uid.parse().ok()?,
                gid: gid.parse().ok(),
            },
            mode: mode.to_owned(),
        })
    }

    /// Whether a user may read it.
    pub(super) fn is_open(&self, to: Option<RunsAs>) -> bool {
        self.allows(1, "r", to)
    }

    /// Whether it is a directory in which a user may make files.
    pub(super) fn is_writable(&self, to: Option<RunsAs>) -> bool {
        self.is_directory() && self.allows(2, "w", to)
    }

    pub(super) fn is_directory(&self) -> bool {
        self.mode.starts_with('d')
    }

    /// Whether the mode has a letter for a user, who is one of the others where nobody is named; `at` is its place in the
    /// part of the owner.
    fn allows(&self, at: usize, letter: &str, to: Option<RunsAs>) -> bool {
        let has = |at: usize| self.mode.get(at..=at) == Some(letter);
        let is_owner = to.is_some_and(|user| user.uid == self.owner.uid);
        let is_of_group = to.is_some_and(|user| user.gid.is_some() && user.gid == self.owner.gid);
        has(at + 6) || is_of_group && has(at + 3) || is_owner && has(at)
    }
}
