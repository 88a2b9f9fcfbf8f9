//! How a run goes, kept with it so that it goes on in the same way.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::age::exact;
use super::plan::{Blocked, PlannedWorkload};
use super::window::{Opening, Window};
use crate::cli::{Connection, Pace, Planning};

/// How a run goes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Options {
    pub(super) concurrency: usize,
    /// 0 is no limit.
    pub(super) max_failures: usize,
    pub(super) timeout: Duration,
    pub(super) soak: Duration,
    pub(super) window: Option<Window>,
    pub(super) notify_cmd: Option<String>,
    pub(super) trial_jobs: bool,
    /// Whether a copy of a pod is tried before its workload is changed.
    #[serde(default)]
    pub(super) trial: bool,
    /// Whether it may mount claims that are for one node.
    #[serde(default)]
    pub(super) trial_volumes: bool,
    /// Run for each workload before its change and at the end of its soak.
    #[serde(default)]
    pub(super) probe_cmd: Option<String>,
    #[serde(default = "probe_timeout")]
    pub(super) probe_timeout: Duration,
    /// Whether what the new pods' logs say the change denied is a failure.
    #[serde(default)]
    pub(super) strict_soak: bool,
    /// How often a workload that failed is tried in another way.
    #[serde(default)]
    pub(super) retry: usize,
    /// Whether init containers may fill volumes from the image.
    #[serde(default)]
    pub(super) retry_seed: bool,
    /// Whether HOME may be set.
    #[serde(default)]
    pub(super) retry_env: bool,
    /// The configuration file that what was learned is added to; absolute.
    #[serde(default)]
    pub(super) remember: Option<PathBuf>,
    pub(super) force_conflicts: bool,
    pub(super) include_managed: bool,
    pub(super) field_manager: String,
    pub(super) connection: SavedConnection,
}

/// How long `--probe-cmd` may take.
fn probe_timeout() -> Duration {
    Duration::from_secs(60)
}

/// Which cluster and as whom, without credentials.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SavedConnection {
    kubeconfig: Option<PathBuf>,
    context: Option<String>,
    cluster: Option<String>,
    user: Option<String>,
    server: Option<String>,
    as_user: Option<String>,
    as_group: Vec<String>,
    as_uid: Option<String>,
    request_timeout: Option<Duration>,
    certificate_authority: Option<PathBuf>,
    insecure_skip_tls_verify: bool,
    tls_server_name: Option<String>,
}

impl Options {
    /// What the command line says, and the defaults.
    ///
    /// # Errors
    /// A window that is none, or in which nothing can ever start.
    pub(super) fn new(
        pace: &Pace,
        planning: &Planning,
        connection: &Connection,
    ) -> anyhow::Result<Self> {
        let defaults = Self {
            concurrency: 4,
            max_failures: 0,
            timeout: Duration::from_secs(300),
            soak: Duration::from_secs(30),
            window: None,
            notify_cmd: None,
            trial_jobs: false,
            trial: false,
            trial_volumes: false,
            probe_cmd: None,
            probe_timeout: probe_timeout(),
            strict_soak: false,
            retry: 0,
            retry_seed: false,
            retry_env: false,
            remember: None,
            force_conflicts: false,
            include_managed: planning.include_managed,
            field_manager: "kubectl-harden".into(),
            connection: SavedConnection::of(connection),
        };
        defaults.with(pace, connection)
    }

    /// The same with what the command line says anew.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(super) fn with(mut self, pace: &Pace, connection: &Connection) -> anyhow::Result<Self> {
        self.concurrency = pace.concurrency.map_or(self.concurrency, usize::from);
        self.max_failures = pace.max_failures.unwrap_or(self.max_failures);
        self.timeout = pace.timeout.unwrap_or(self.timeout);
        self.soak = pace.soak.unwrap_or(self.soak);
        self.notify_cmd = pace.notify_cmd.clone().or(self.notify_cmd);
        self.trial_jobs |= pace.trial_jobs;
        self.trial |= pace.trial;
        self.trial_volumes |= pace.trial_volumes;
        self.probe_cmd = pace.probe_cmd.clone().or(self.probe_cmd);
        self.probe_timeout = pace.probe_timeout.unwrap_or(self.probe_timeout);
        self.strict_soak |= pace.strict_soak;
        self.retry = pace.retry.map_or(self.retry, usize::from);
        self.retry_seed |= pace.retry_seed;
        self.retry_env |= pace.retry_env;
        self.force_conflicts |= pace.force_conflicts;
        self.field_manager = pace.field_manager.clone().unwrap_or(self.field_manager);
        for (flag, is_given, other, is_there) in [
            ("--retry-seed", self.retry_seed, "--retry", self.retry > 0),
            ("--retry-env", self.retry_env, "--retry", self.retry > 0),
            ("--trial-volumes", self.trial_volumes, "--trial", self.trial),
        ] {
            if is_given && !is_there {
                anyhow::bail!("{flag} does nothing without {other}\nhint: give both");
            }
        }
        if let Some(text) = &pace.window {
            self.window = Some(Window::new(text, pace.timezone.as_deref())?);
        }
        let needed = self.needed();
        if self
            .window
            .as_ref()
            .is_some_and(|window| window.never_fits(needed))
        {
            anyhow::bail!(
                "nothing can ever start in that window: a workload may need {} (timeout, soak, and the timeout \
                 again to set it back)\nhint: make --window longer, or --timeout and --soak shorter",
                exact(needed)
            );
        }
        self.connection = self.connection.overridden(connection);
        Ok(self)
    }

    /// The same with a configuration file that is to be added to.
    pub(super) fn remembering(mut self, file: Option<&Path>) -> Self {
        let absolute =
            file.map(|file| std::path::absolute(file).unwrap_or_else(|_| file.to_owned()));
        self.remember = absolute.or(self.remember);
        self
    }

    /// Why a workload is not to be changed: what its plan says, unless that is overridden.
    pub(super) fn blocked<'w>(&self, workload: &'w PlannedWorkload) -> Option<&'w Blocked> {
        let blocked = workload.blocked.as_ref()?;
        let is_overridden = blocked.managed && self.include_managed;
        (!is_overridden).then_some(blocked)
    }

    /// The longest that a try of a workload may need from its start: its trial, to get ready, to stay ready, to be probed
    /// before and after, and to be set back.
    pub(super) fn needed(&self) -> Duration {
        let probe = self.probe_cmd.as_ref().map(|_| self.probe_timeout);
        let each = self.timeout.saturating_add(probe.unwrap_or_default());
        let trial = self.trial.then(|| self.timeout.saturating_add(self.soak));
        let needed = each.saturating_mul(2).saturating_add(self.soak);
        needed.saturating_add(trial.unwrap_or_default())
    }

    /// Whether a try that begins now would end within the window.
    pub(super) fn fits(&self, now: Timestamp) -> bool {
        let window = self.window.as_ref();
        window.is_none_or(|window| {
            matches!(window.state_at(now, self.needed()), Opening::Open { .. })
        })
    }
}

impl SavedConnection {
    fn of(flags: &Connection) -> Self {
        Self {
            kubeconfig: flags
                .kubeconfig
                .as_deref()
                .map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned())),
            context: flags.context.clone(),
            cluster: flags.cluster.clone(),
            user: flags.user.clone(),
            server: flags.server.clone(),
            as_user: flags.as_user.clone(),
            as_group: flags.as_group.clone(),
            as_uid: flags.as_uid.clone(),
            request_timeout: flags.request_timeout,
            certificate_authority: flags.certificate_authority.clone(),
            insecure_skip_tls_verify: flags.insecure_skip_tls_verify,
            tls_server_name: flags.tls_server_name.clone(),
        }
    }

    /// What the command line says wins.
    pub(super) fn overridden(self, flags: &Connection) -> Self {
        let new = Self::of(flags);
        Self {
            kubeconfig: new.kubeconfig.or(self.kubeconfig),
            context: new.context.or(self.context),
            cluster: new.cluster.or(self.cluster),
            user: new.user.or(self.user),
            server: new.server.or(self.server),
            as_user: new.as_user.or(self.as_user),
            as_group: match new.as_group.is_empty() {
                true => self.as_group,
                false => new.as_group,
            },
            as_uid: new.as_uid.or(self.as_uid),
            request_timeout: new.request_timeout.or(self.request_timeout),
            certificate_authority: new.certificate_authority.or(self.certificate_authority),
            insecure_skip_tls_verify: new.insecure_skip_tls_verify || self.insecure_skip_tls_verify,
            tls_server_name: new.tls_server_name.or(self.tls_server_name),
        }
    }

    /// As flags; `token` comes from the command line alone.
    pub(super) fn flags(&self, token: Option<&String>) -> Connection {
        let own = self.clone();
        Connection {
            kubeconfig: own.kubeconfig,
            context: own.context,
            cluster: own.cluster,
            user: own.user,
            server: own.server,
            token: token.cloned(),
            as_user: own.as_user,
            as_group: own.as_group,
            as_uid: own.as_uid,
            request_timeout: own.request_timeout,
            certificate_authority: own.certificate_authority,
            insecure_skip_tls_verify: own.insecure_skip_tls_verify,
            tls_server_name: own.tls_server_name,
        }
    }
}
