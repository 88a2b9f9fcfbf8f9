//! `/proc/net/snmp` and `/proc/net/snmp6`: the counters of a network namespace.

/// Whether echo requests were sent from the namespace since it was made, over IPv4 or IPv6. Takes one of the files, or both.
pub(crate) fn has_pinged(text: &str) -> bool {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let sent = match line.strip_prefix("Icmp:") {
            // The names stand in one line, their values in the next.
            Some(names) => {
                let values = lines.next().and_then(|line| line.strip_prefix("Icmp:"));
                let values = values.unwrap_or_default().split_whitespace();
                let mut counters = names.split_whitespace().zip(values);
                counters.find(|(name, _)| *name == "OutEchos")
            }
            None => line
                .split_once(char::is_whitespace)
                .filter(|(name, _)| *name == "Icmp6OutEchos"),
        };
        let count = sent.and_then(|(_, count)| count.trim().parse::<u64>().ok());
        if count.is_some_and(|count| count > 0) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snmp(echoes: u64) -> String {
        format!(
            "Ip: Forwarding DefaultTTL\nIp: 1 64\nIcmp: InMsgs OutMsgs OutEchos OutEchoReps\nIcmp: 5 9 {echoes} 4\n\
             IcmpMsg: InType3 OutType3\nIcmpMsg: 5 10\nTcp: RtoMin OutSegs\nTcp: 200 76526\n"
        )
    }

    #[test]
    fn requests_of_either_family_count() {
        let six =
            |echoes| format!("Icmp6InEchos \t7\nIcmp6OutEchos                   \t{echoes}\n");
        for (four, six, expected) in [
            (snmp(0), six(0), false),
            (snmp(2), six(0), true),
            (snmp(0), six(3), true),
            (snmp(2), String::new(), true),
            (String::new(), six(3), true),
        ] {
            assert_eq!(has_pinged(&(four + &six)), expected);
        }
    }

    #[test]
    fn what_is_cut_off_says_nothing() {
        let whole = snmp(0) + "Icmp6OutEchos 0\n";
        for end in 0..whole.len() {
            assert!(!has_pinged(whole.get(..end).unwrap_or_default()));
        }
        assert!(!has_pinged(
            "Icmp: OutEchos\nIcmp:\nIcmp6OutEchos\nIcmp6OutEchos many"
        ));
    }
}
