//! What a command reads and writes beside its arguments.

use clap::Command;

/// A variable or a file.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    of: Of,
}

enum Of {
    /// Commands that have an argument, by its id.
    Argument(&'static str),
    /// By their names.
    Commands(&'static [&'static str]),
}

const CLUSTER: Of = Of::Argument("kubeconfig");
const COLOR: Of = Of::Argument("color");
const IMAGES: Of = Of::Argument("inspect_images");
const ROLLOUT: Of = Of::Argument("concurrency");
const REVIEW: Of = Of::Commands(&["review"]);
const INSTALL: Of = Of::Commands(&["install"]);
const RUNS: Of = Of::Commands(&["apply", "status", "undo", "report"]);
const JOURNALS: Of = Of::Commands(&["apply", "status", "undo", "report", "review"]);

const fn entry(name: &'static str, of: Of, text: &'static str) -> Entry {
    Entry { name, text, of }
}

/// Every variable that the program reads; a test compares them with its source.
pub(super) const VARIABLES: &[Entry] = &[
    entry(
        "KUBECONFIG",
        CLUSTER,
        "The kubeconfig files where --kubeconfig names none, separated as in PATH.",
    ),
    entry(
        "KUBERNETES_SERVICE_HOST",
        CLUSTER,
        "Set in a pod, whose service account is used where there is no kubeconfig.",
    ),
    entry(
        "HTTPS_PROXY, HTTP_PROXY, NO_PROXY",
        CLUSTER,
        "The proxy to the API server, where the kubeconfig names none, and what is reached without it. In small letters too.",
    ),
    entry("NO_COLOR", COLOR, "No colour where --color is auto."),
    entry(
        "CLICOLOR_FORCE",
        COLOR,
        "Colour where --color is auto, even if standard output is no terminal. 0 is for none.",
    ),
    entry("TERM", COLOR, "dumb: no colour, and nothing is redrawn."),
    entry(
        "CI",
        ROLLOUT,
        "Progress as lines of a log, also on a terminal.",
    ),
    entry(
        "HARDEN_STATE, HARDEN_OBJECT and others",
        ROLLOUT,
        "Set for the command of --notify-cmd: docs/overnight.md has all of them.",
    ),
    entry(
        "REGISTRY_AUTH_FILE, DOCKER_CONFIG, XDG_RUNTIME_DIR",
        IMAGES,
        "Where the credentials of registries are, of podman and docker, for --inspect-images.",
    ),
    entry(
        "XDG_CACHE_HOME",
        IMAGES,
        "Where the configurations of images are kept, ~/.cache without it.",
    ),
    entry(
        "XDG_STATE_HOME",
        JOURNALS,
        "Where journals are kept, ~/.local/state without it.",
    ),
    entry(
        "ACCESSIBLE",
        REVIEW,
        "1: numbered questions instead of keys, as with --accessible.",
    ),
    entry(
        "PAGER, LESS",
        REVIEW,
        "The pager for what is longer than the screen, less without it, and the options of less, FRX without them.",
    ),
    entry("SHELL", INSTALL, "The shell where none is named."),
    entry(
        "BASH_COMPLETION_USER_DIR, XDG_DATA_HOME, XDG_CONFIG_HOME",
        INSTALL,
        "Where scripts go: ~/.local/share and ~/.config without them.",
    ),
    entry(
        "PATH",
        INSTALL,
        "Where the plugin is found, beside which the script for kubectl is put.",
    ),
];

pub(super) const FILES: &[Entry] = &[
    entry(
        ".kubectl-harden.yaml",
        Of::Argument("profile"),
        "Defaults, kinds and exemptions: the nearest one in the directory of a file or above it, for live objects and standard input \
         in the working directory or above it. See docs/configuration.md.",
    ),
    entry(
        "~/.kube/config",
        CLUSTER,
        "The kubeconfig where neither --kubeconfig nor KUBECONFIG names one.",
    ),
    entry(
        "~/.docker/config.json, ~/.config/containers/auth.json",
        IMAGES,
        "Credentials of registries, as docker login and podman login write them.",
    ),
    entry(
        "~/.cache/kubectl-harden/images/",
        IMAGES,
        "Configurations of images that were read.",
    ),
    entry(
        "~/.local/state/kubectl-harden/runs/RUN/",
        RUNS,
        "The journal of a run, with the objects as they were and the evidence of what failed. Nothing is deleted there.",
    ),
    entry(
        "~/.local/state/kubectl-harden/reviews/ID/",
        REVIEW,
        "The journal of a review.",
    ),
];

impl Entry {
    pub(super) fn is_of(&self, command: &Command) -> bool {
        match self.of {
            Of::Argument(id) => command.get_arguments().any(|arg| arg.get_id() == id),
            Of::Commands(names) => names.contains(&command.get_name()),
        }
    }
}
