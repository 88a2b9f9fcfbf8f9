//! The command line of `inspect`.

use clap::{Args, ValueEnum};

use super::connection::{Connection, Selection};
use crate::color::When;
use crate::report::Target;

/// What `inspect --help` says first.
pub(super) const LONG: &str = "\
Show who pods are really running as, beside what they declare: uid, gid, groups, capabilities, NoNewPrivs, seccomp, whether / \
can be written, ports below 1024, and processes of other users than the first one.

A manifest says what was asked for. What runs is decided by the image, the runtime and the program too: nothing declared \
can be root or the image's user, and a program that starts as root may have become another user since.

It reads files below /proc with one command in each container (kubectl exec, by sh, cat or busybox, whichever the image \
has), and what the pod's status says. Nothing is changed. Where an image has no such program, --debug-image adds a container \
that looks from beside it: that one cannot be removed again, and stays listed in the pod until the pod goes.

  UID, GID       of process 1; in brackets what is declared, where that is something else: 101 (unset), 0 (1000)
  CAPABILITIES   in effect; 'default 14' is what containerd and Docker give to who asks for nothing
  NNP            NoNewPrivs: no program can gain more, as with allowPrivilegeEscalation: false
  SECCOMP        filter is a profile, disabled is none
  ?              not read; the last column says why";

/// What it says last.
pub(super) const EXAMPLES: &str = "\
Examples:
  # One pod, and the pods of a deployment
  kubectl harden inspect web-0
  kubectl harden inspect deploy/web -n shop

  # Everything of a namespace, with groups, bounding set and ports
  kubectl harden inspect -n shop -o wide

  # What runs as root in the cluster, for a CI job
  kubectl harden inspect -A --check

  # Evidence of before and after
  kubectl harden inspect -n shop --report csv=before.csv --report markdown=before.md

  # An image without a shell
  kubectl harden inspect web-0 --debug-image=busybox:1.37

  # Full names of the capabilities in effect
  kubectl harden inspect web-0 -o wide

Exit codes:
  0 shown; with --check nothing runs as root
  1 with --check: something runs as root
  2 error; with --check also where it is not known who runs

Rights: get and list pods and what controls them, get and create pods/exec; for --debug-image patch pods/ephemeralcontainers \
and get pods/log. --no-exec does without: then only the status tells, where the runtime fills it in (containerd 2).";

/// `inspect`.
#[derive(Clone, Debug, Args)]
pub struct InspectArgs {
    /// Pods, or what has pods: POD..., TYPE/NAME..., TYPE [NAME...]; without any those that -l, -n or -A select
    #[arg(value_name = "POD|TYPE/NAME")]
    pub resources: Vec<String>,

    /// Only containers of this name; repeat it
    #[arg(short, long, value_name = "NAME")]
    pub container: Vec<String>,

    /// wide has groups, bounding set, ports and workloads; json and yaml have everything
    #[arg(short, long, value_name = "FORMAT")]
    pub output: Option<InspectOutput>,

    /// Exit with 1 if anything runs as root, with 2 if that is not known of everything
    #[arg(long)]
    pub check: bool,

    /// Also write a report: json, markdown or csv; FILE - is stdout; repeat it
    #[arg(long, value_name = "FORMAT=FILE", value_parser = Target::parse)]
    pub report: Vec<Target>,

    /// Run nothing in containers: what is declared, and what the status says
    #[arg(long)]
    pub no_exec: bool,

    /// Where an image has nothing to read with, add a container of this image to the pod; it cannot be removed again
    #[arg(long, value_name = "IMAGE")]
    pub debug_image: Option<String>,

    /// When to use colour; NO_COLOR and CLICOLOR_FORCE count too
    #[arg(long, value_name = "WHEN", default_value = "auto", num_args = 0..=1, default_missing_value = "always")]
    pub color: When,

    /// Which live objects.
    #[command(flatten)]
    pub selection: Selection,

    /// In which cluster, and as whom.
    #[command(flatten)]
    pub connection: Connection,
}

/// `inspect -o`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InspectOutput {
    /// More columns
    Wide,
    /// One JSON object
    Json,
    /// The same as YAML
    Yaml,
}
