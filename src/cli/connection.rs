//! kubectl's flags for live objects: which of them, in which cluster, and as whom.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args};

/// Which live objects.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Live objects")]
pub struct Selection {
    /// Namespace of the objects; without it that of the context
    #[arg(short, long, value_name = "NAME")]
    pub namespace: Option<String>,

    /// Objects of all namespaces
    #[arg(
        short = 'A', long, action = ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_value_t = false, default_missing_value = "true", hide_default_value = true,
        hide_possible_values = true, value_name = "BOOL"
    )]
    pub all_namespaces: bool,

    /// Label selector, such as app=web,tier!=cache
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,

    /// Field selector, such as metadata.name=web
    #[arg(long, value_name = "SELECTOR", hide_short_help = true)]
    pub field_selector: Option<String>,

    /// How many objects to list with one request; 0 lists all at once
    #[arg(long, value_name = "N", default_value_t = 500, hide_short_help = true)]
    pub chunk_size: u32,
}

impl Selection {
    /// What goes only with live objects, by the name of its flag.
    pub fn live_only(&self) -> Option<&'static str> {
        let given = [
            (self.all_namespaces, "--all-namespaces"),
            (self.selector.is_some(), "--selector"),
            (self.field_selector.is_some(), "--field-selector"),
        ];
        given
            .iter()
            .find(|(given, _)| *given)
            .map(|(_, flag)| *flag)
    }
}

/// In which cluster, and as whom.
#[derive(Clone, Default, Args)]
#[command(next_help_heading = "Cluster")]
pub struct Connection {
    /// The kubeconfig file; without it $KUBECONFIG, ~/.kube/config, or the pod's service account
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub kubeconfig: Option<PathBuf>,

    /// Context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,

    /// Cluster of the kubeconfig
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub cluster: Option<String>,

    /// User of the kubeconfig
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub user: Option<String>,

    /// Address of the API server
    #[arg(short, long, value_name = "URL", hide_short_help = true)]
    pub server: Option<String>,

    /// Bearer token for the API server
    #[arg(long, value_name = "TOKEN", hide_short_help = true)]
    pub token: Option<String>,

    /// User to impersonate
    #[arg(long = "as", value_name = "USER", hide_short_help = true)]
    pub as_user: Option<String>,

    /// Group to impersonate; repeat it
    #[arg(long, value_name = "GROUP", hide_short_help = true)]
    pub as_group: Vec<String>,

    /// UID to impersonate
    #[arg(long, value_name = "UID", hide_short_help = true)]
    pub as_uid: Option<String>,

    /// How long one request may take, such as 30s or 1m30s; 0 sets no limit
    #[arg(long, value_name = "TIME", value_parser = timeout, hide_short_help = true)]
    pub request_timeout: Option<Duration>,

    /// Certificate of the authority that signed the API server's
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub certificate_authority: Option<PathBuf>,

    /// Take any certificate of the API server: whoever is on the way can read and change everything
    #[arg(
        long, action = ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_value_t = false, default_missing_value = "true", hide_default_value = true,
        hide_possible_values = true, value_name = "BOOL", hide_short_help = true
    )]
    pub insecure_skip_tls_verify: bool,

    /// Name that the API server's certificate has to hold
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub tls_server_name: Option<String>,
}

/// Without the token.
impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("kubeconfig", &self.kubeconfig)
            .field("context", &self.context)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

const TIMEOUT: &str = "Invalid timeout value. Timeout must be a single integer in seconds, or an integer \
    followed by a corresponding time unit (e.g. 1s | 2m | 3h)";

/// kubectl's rule (`clientcmd.ParseTimeout`): seconds, or Go's durations.
pub(super) fn timeout(text: &str) -> Result<Duration, &'static str> {
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let units = [("ms", 0.001), ("h", 3600.0), ("m", 60.0), ("s", 1.0)];
    let (mut rest, mut seconds) = (text, 0.0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'));
        let (number, behind) = digits
            .and_then(|at| rest.split_at_checked(at))
            .ok_or(TIMEOUT)?;
        let number: f64 = number.parse().map_err(|_| TIMEOUT)?;
        let unit = units
            .iter()
            .find_map(|(unit, factor)| Some((behind.strip_prefix(unit)?, factor)));
        let (behind, factor) = unit.ok_or(TIMEOUT)?;
        seconds += number * factor;
        rest = behind;
    }
    if text.is_empty() {
        return Err(TIMEOUT);
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| TIMEOUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_kubectls() {
        for (text, expected) in [
            ("0", 0),
            ("30", 30_000),
            ("1s", 1000),
            ("1m30s", 90_000),
            ("1.5h", 5_400_000),
            ("250ms", 250),
        ] {
            assert_eq!(timeout(text), Ok(Duration::from_millis(expected)), "{text}");
        }
        for text in [
            "",
            "s",
            "-1",
            "1x",
            "1m 30s",
            "1s30",
            "99999999999999999999h",
        ] {
            assert_eq!(timeout(text), Err(TIMEOUT), "{text}");
        }
    }
}
