//! `/proc/net/tcp`, `tcp6`, `udp` and `udp6`: the sockets of a network namespace.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;

/// A socket that takes connections or datagrams from anybody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listening {
    pub(crate) port: u16,
    pub(crate) protocol: Protocol,
    pub(crate) address: IpAddr,
    /// Whom the socket belongs to: the effective uid of the process that made it.
    pub(crate) uid: u32,
    /// By which the descriptors of a process know it: `socket:[INODE]`.
    pub(crate) inode: u64,
}

/// Of the two that are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
}

impl Protocol {
    /// As Kubernetes spells it.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// `80/TCP`, as Services show ports.
impl fmt::Display for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.port, self.protocol.id())
    }
}

/// `TCP_LISTEN` of `include/net/tcp_states.h`.
const LISTEN: &str = "0A";

/// A UDP socket that is not connected has the state `TCP_CLOSE`.
const UNCONNECTED: &str = "07";

/// The listening sockets of one of the four files, by port. The file does not say which protocol it is of.
pub(crate) fn listening(protocol: Protocol, text: &str) -> Vec<Listening> {
    let mut found: Vec<_> = text
        .lines()
        .filter_map(|line| socket(protocol, line))
        .collect();
    found.sort();
    found
}

fn socket(protocol: Protocol, line: &str) -> Option<Listening> {
    let fields: Vec<_> = line.split_whitespace().collect();
    let [_, local, _, state, _, _, _, uid, _, inode, ..] = fields.as_slice() else {
        return None;
    };
    let wanted = match protocol {
        Protocol::Tcp => LISTEN,
        Protocol::Udp => UNCONNECTED,
    };
    let (address, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    (*state == wanted && port > 0).then_some(Listening {
        port,
        protocol,
        address: ip(address)?,
        uid: uid.parse().ok()?,
        inode: inode.parse().ok()?,
    })
}

/// An address in words of four bytes, each in the machine's order: all machines that Kubernetes runs on but s390x have
/// the lowest byte first.
fn ip(digits: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let digits = digits.get(at * 8..at * 8 + 8)?;
        u32::from_str_radix(digits, 16).ok().map(u32::to_le_bytes)
    };
    match digits.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let mut bytes = [0; 16];
            for (at, four) in bytes.chunks_exact_mut(4).enumerate() {
                four.copy_from_slice(&word(at)?);
            }
            Some(IpAddr::V6(Ipv6Addr::from(bytes)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TCP: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 50623 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 50624 1 0000000000000000 100 0 0 10 0
   2: 0100007F:0050 0100007F:D431 01 00000000:00000000 02:000A7D8C 00000000     0        0 50700 2 0000000000000000 20 4 30 10 -1
";

    const TCP6: &str = "\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:0019 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 50625 1 0000000000000000 100 0 0 10 0
";

    const UDP: &str = "\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  640: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 50800 2 0000000000000000 0
  641: 0100007F:9C40 0100007F:0035 01 00000000:00000000 00:00000000 00000000     0        0 50801 2 0000000000000000 0
";

    fn shown(sockets: &[Listening]) -> Vec<String> {
        let shown =
            |socket: &Listening| format!("{socket} on {} by {}", socket.address, socket.uid);
        sockets.iter().map(shown).collect()
    }

    #[test]
    fn what_listens_is_found() {
        let tcp = listening(Protocol::Tcp, TCP);
        assert_eq!(
            shown(&tcp),
            ["80/TCP on 0.0.0.0 by 0", "8080/TCP on 127.0.0.1 by 1000"]
        );
        assert_eq!(tcp[0].inode, 50_623);
        assert_eq!(
            shown(&listening(Protocol::Tcp, TCP6)),
            ["25/TCP on ::1 by 101"]
        );
        assert_eq!(
            shown(&listening(Protocol::Udp, UDP)),
            ["53/UDP on 0.0.0.0 by 0"]
        );
        assert!(listening(Protocol::Udp, TCP).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([0-9A-F]{8}(:[0-9A-F]{4})? |0A |.{0,6}\n?){0,60}") {
            let read = listening(Protocol::Tcp, &text);
            prop_assert!(read.len() <= text.lines().count());
            prop_assert!(read.iter().all(|socket| socket.port > 0));
        }
    }
}
