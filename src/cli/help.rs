//! What the plugin and the commands of a rollout say of themselves.

/// What `--help` says first.
pub(super) const ROOT: &str = "\
Insert the baseline securityContext into manifests and live objects and prove that nothing else changed.

Finds every pod spec in the manifests or objects, inserts or corrects the eight fields of the baseline, keeps every \
comment and every other byte, and prints a unified diff. A document is written only after five proofs, the \
second parser's agreement among them. What somebody granted on purpose (privileged, added capabilities) is \
listed, not taken away.

  pod        runAsNonRoot, runAsUser, runAsGroup, fsGroup, seccompProfile
  container  allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities

Without a command nothing in a cluster is changed. 'apply' does that: one workload after another, watched, and set back \
where it fails; 'undo' sets back what it did.";

pub(super) const ROOT_EXAMPLES: &str = "\
Examples:
  # What would change in a file, as a diff
  kubectl harden -f deployment.yaml

  # Every manifest below a directory, written in place
  kubectl harden -f manifests/ -R -w

  # What a chart or a pipe renders, hardened
  helm template shop ./chart | kubectl harden -f - -o yaml | kubectl apply -f -

  # What is wrong, one line each, for a terminal or a CI job
  kubectl harden -f manifests/ -R --check

  # Another uid, and a field left out
  kubectl harden -f app.yaml --run-as-user=10001 --skip=readOnlyRootFilesystem

  # Each change looked at and decided on, before anything is written
  kubectl harden review -f manifests/ -R

  # What runs in a cluster: one deployment, or every workload of all namespaces
  kubectl harden deploy/web -n shop
  kubectl harden deploy,sts,ds,cj -A --check

  # Overnight, in a cluster: plan, carry it out watched, see how it went, prove it
  kubectl harden plan deploy,sts,ds,cj -A --canary=1 --out=tonight.yaml
  kubectl harden apply -f tonight.yaml
  kubectl harden status
  kubectl harden report --report html=night.html

  # Evidence for an auditor, with the auditor's own row numbers beside it
  kubectl harden -f manifests/ -R --check --report xlsx=evidence.xlsx --control-map rows.csv

  # From a pre-commit hook
  kubectl harden --check -- deploy/web.yaml deploy/api.yaml

  # What a check is, and what to do when it breaks a pod
  kubectl harden explain runAsNonRoot

Exit codes:
  (none), -o diff    0 no differences, 1 differences, 2 error
  --check            0 hardened, 1 not hardened, 2 error
  -w, -o yaml|json|name   0 done, 2 error
  apply, undo        0 all done, 2 error, 3 some failed or blocked, 4 stopped and resumable, 130 interrupted
  any command        130 on SIGINT

Leave something alone, with a reason:
  # harden: ignore[readOnlyRootFilesystem] writes its cache below /app
  metadata.annotations: kubectl-harden.dev/ignore, .../reason, .../expires
  exemptions: in .kubectl-harden.yaml";

/// What `plan --help` says first.
pub(super) const PLAN: &str = "\
Write what would change in a cluster into a file: which workloads, which fields with their reasons, who owns them, what \
is risky about rolling them out. Nothing in the cluster changes.

The file is for reading and editing: take out workloads or single changes, or change their order. 'apply -f' carries it \
out, and leaves every workload alone whose pod template is no longer the one that was planned for. What Argo CD, Flux, Helm, \
OLM or an operator owns is in the file as blocked, with a patch for its source.";

/// What `apply --help` says first.
pub(super) const APPLY: &str = "\
Harden workloads of a cluster, a few at a time. Each is changed, watched until its new pods are ready, watched for some \
time more, and set back where it fails: its logs, events and status are saved first, and only the fields that were changed \
are touched.

Before anything changes: every right is looked up, every change is sent to the server as a dry run, and you are asked once. \
What happens is kept in a journal below $XDG_STATE_HOME/kubectl-harden (~/.local/state), so that a run that was stopped, \
killed or cut off goes on with --resume.

Ctrl-C once: nothing more starts, and what is under way ends or is set back. Twice: everything is left as it is. Both can be \
resumed.";

/// What `status --help` says first.
pub(super) const STATUS: &str = "\
Show how a run stands: each workload with its state, for how long, and why. It reads the journal alone, on the machine that \
the run was started on, and asks the cluster nothing.

  pending, trying, applying, watching, soaking      on the way
  failing, restoring, settling                      failed, and being set back
  hardened     the change is there and held
  unwatched    the change is there; nothing that could be watched has happened yet (CronJob, paused, OnDelete)
  restored     failed, set back, and ready again
  unrestored   failed, and so did setting it back: a person has to look
  blocked      nothing was changed, for the reason that is given
  overtaken    somebody else changed the same fields: left as they made it
  gone         deleted in the meantime";

/// What `undo --help` says first.
pub(super) const UNDO: &str = "\
Set back what runs have hardened, watched like every change: the fields of the plan, to the values that the run recorded, where \
nobody has changed them since. Without arguments it is everything that the last run hardened.";

/// What `report --help` says first.
pub(super) const REPORT: &str = "\
Show what a run did, as evidence: every field of every container before, after, and as the cluster says now, with times, who \
did it, how each workload ended and why. Before and after are judged anew from the objects that the run kept.";

pub(super) const PLAN_EXAMPLES: &str = "\
Examples:
  # What would change in all namespaces; one workload is tried before all others
  kubectl harden plan deploy,sts,ds,cj -A --canary=1 --out=tonight.yaml

  # Then carry it out
  kubectl harden apply -f tonight.yaml

  # One namespace, read at once
  kubectl harden plan deploy -n shop --out=- | less

Exit codes:
  0 written, 2 error";

pub(super) const APPLY_EXAMPLES: &str = "\
Examples:
  # One deployment, watched for a minute after it is ready
  kubectl harden apply deploy/web -n shop --soak=1m

  # Overnight: four at a time, stop after three failures, nothing starts that cannot end by five
  kubectl harden apply -f tonight.yaml --yes --concurrency=4 --max-failures=3 --window=01:00-05:00

  # What the API server would say to each change, and what you would be asked
  kubectl harden apply -f tonight.yaml --dry-run=server

  # Tell somebody about what failed
  kubectl harden apply -f tonight.yaml --yes --notify-cmd='[ \"$HARDEN_STATE\" != restored ] || mail -s \"$HARDEN_OBJECT\" me'

  # Try what fails again, with what it needs, and remember that for manifests with the same images
  kubectl harden apply -f tonight.yaml --yes --retry --remember

  # After an interruption, and in the morning
  kubectl harden apply --resume
  kubectl harden status
  kubectl harden report --report html=night.html

Exit codes:
  0    every workload is as planned
  2    error: nothing was begun, or the run could not go on; it may be resumable, and says so
  3    all have ended; some failed and were set back, or were blocked, overtaken or gone
  4    stopped before the end: --max-failures, a failed canary, the window, no answer; --resume goes on
  130  stopped by a second Ctrl-C; --resume goes on";

pub(super) const STATUS_EXAMPLES: &str = "\
Examples:
  # The last run; -w goes on showing it until it ends
  kubectl harden status
  kubectl harden status -w

  # All runs of this machine
  kubectl harden status --all

  # What is not hardened, with pod and container
  kubectl harden status -o wide | grep -v ' hardened '

  # For a program
  kubectl harden status -o json

Exit codes:
  0 shown, 2 error";

pub(super) const UNDO_EXAMPLES: &str = "\
Examples:
  # What would be set back
  kubectl harden undo --dry-run

  # One workload, by the newest run that hardened it
  kubectl harden undo deploy/web -n shop

  # A whole run, eight at a time
  kubectl harden undo 20261125-010203 --yes --concurrency=8

Exit codes:
  0    everything is set back, or there was nothing to set back
  2    error
  3    something could not be set back, or somebody else had changed it
  4    stopped before the end; apply --resume goes on
  130  stopped by a second Ctrl-C; apply --resume goes on";

pub(super) const REPORT_EXAMPLES: &str = "\
Examples:
  # For a pull request or a ticket: Markdown on standard output
  kubectl harden report

  # For people and for the auditor, with the auditor's own row numbers
  kubectl harden report --report html=night.html --report xlsx=night.xlsx --control-map rows.csv

  # Of an older run, from what was recorded alone
  kubectl harden report 20261125-010203 --offline --report json=-

Exit codes:
  0 written, 2 error";
