//! Capabilities by name.

use std::fmt;

/// All names in the kernel's order, without `CAP_`: a name's place is its bit (`include/uapi/linux/capability.h` of
/// Linux 6.12; the last one came with 5.9).
pub(crate) const NAMES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// A set of capabilities, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Capabilities(pub(crate) u64);

impl Capabilities {
    /// What containerd and Docker give a container that asks for nothing: `oci.WithDefaultSpec` of
    /// containerd (`pkg/oci/spec.go`, `defaultUnixCaps`), 14 of them.
    pub(crate) const RUNTIME_DEFAULT: Self = Self(0xa804_25fb);

    /// Reads the hexadecimal digits of `CapEff` and the like.
    pub(crate) fn parse(digits: &str) -> Option<Self> {
        u64::from_str_radix(digits, 16).ok().map(Self)
    }

    /// The set of names as manifests spell them, with or without `CAP_`; a name that is not known is left out.
    pub(crate) fn of_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let bit = |name: &str| {
            let name = name.strip_prefix("CAP_").unwrap_or(name);
            NAMES.iter().position(|known| *known == name)
        };
        let bits = names.into_iter().filter_map(bit);
        Self(bits.fold(0, |all, bit| all | 1 << bit))
    }

    /// Whether there is none.
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that `other` lacks.
    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The names, in the kernel's order; a bit without one by its number.
    pub(crate) fn names(self) -> Vec<String> {
        let set = (0..u64::BITS as usize).filter(|bit| self.0 >> bit & 1 == 1);
        set.map(|bit| {
            NAMES
                .get(bit)
                .map_or_else(|| bit.to_string(), |name| (*name).to_owned())
        })
        .collect()
    }
}

/// Names with commas between them; `none`, and `all` where it is all that have a name.
impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = (1_u64 << NAMES.len()) - 1;
        match self.0 {
            0 => f.write_str("none"),
            bits if bits == all => f.write_str("all"),
            _ => f.write_str(&self.names().join(",")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_of_runtimes_is_spelled_out() {
        let default = Capabilities::parse("00000000a80425fb").expect("a set");
        assert_eq!(default, Capabilities::RUNTIME_DEFAULT);
        let names = "CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,SETGID,SETUID,SETPCAP,NET_BIND_SERVICE,NET_RAW,SYS_CHROOT,\
                     MKNOD,AUDIT_WRITE,SETFCAP";
        assert_eq!(default.to_string(), names);
        assert_eq!(Capabilities::of_names(names.split(',')), default);
    }

    #[test]
    fn every_bit_has_a_name_or_its_number() {
        for (digits, expected) in [
            ("0000000000000000", "none"),
            ("0000000000000400", "NET_BIND_SERVICE"),
            ("000001ffffffffff", "all"),
            ("0000010000000000", "CHECKPOINT_RESTORE"),
            ("8000020000000001", "CHOWN,41,63"),
        ] {
            let set = Capabilities::parse(digits).expect(digits);
            assert_eq!(set.to_string(), expected, "{digits}");
        }
        assert_eq!(Capabilities(u64::MAX).names().len(), 64);
        assert_eq!(Capabilities::parse("-1"), None);
        assert_eq!(
            Capabilities::parse("00000000000000000"),
            Some(Capabilities(0))
        );
    }

    #[test]
    fn names_are_read_as_manifests_spell_them() {
        let read = Capabilities::of_names(["CAP_NET_RAW", "NET_ADMIN", "ALL", "net_raw"]);
        assert_eq!(read.to_string(), "NET_ADMIN,NET_RAW");
        assert_eq!(read.without(Capabilities(1 << 13)).to_string(), "NET_ADMIN");
    }
}
