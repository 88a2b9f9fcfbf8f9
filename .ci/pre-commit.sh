#!/usr/bin/env bash
# The hooks of .pre-commit-hooks.yaml, as pre-commit itself installs and runs them from a local clone of this repository.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
exec </dev/null
# In a git hook these variables are set and would lead every git below to this repository.
while read -r name; do unset "$name"; done < <(git rev-parse --local-env-vars)

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# Runs pre-commit in the user's repository; it has to end with the exit code. Its output is in $work/log.
expect() {
    local wanted=$1 status=0
    shift
    echo "\$ pre-commit $*" | sed "s|$work/||g"
    (cd "$work/user" && "$tools/pre-commit" "$@") >"$work/log" 2>&1 || status=$?
    sed 's/^/    /' "$work/log"
    [ "$status" = "$wanted" ] || fail "exit code $status, not $wanted"
}

logged() {
    grep -qF -e "$1" "$work/log" || fail "the output does not say \"$1\""
}

same() {
    cmp "$work/user/$1" "$work/$2" || fail "$1 is not $2"
}

# A clone of what is here, with the changes of tracked files that are not committed yet.
clone() {
    git clone --quiet --no-hardlinks "$root" "$work/clone"
    git diff --binary HEAD >"$work/uncommitted.diff"
    [ -s "$work/uncommitted.diff" ] || return 0
    git -C "$work/clone" apply --index "$work/uncommitted.diff"
    git -C "$work/clone" commit --quiet --message "What is not committed yet"
}

# A repository of a user: a manifest that is not hardened, one that is, and a file that is no manifest.
user_repository() {
    cp docs/examples/shell.yaml "$work/bad.yaml"
    cp docs/examples/shell.yaml "$work/hardened.yaml"
    "$program" -f "$work/hardened.yaml" -w >/dev/null 2>&1
    git init --quiet "$work/user"
    cp "$work/bad.yaml" "$work/user/bad.yaml"
    cp "$work/hardened.yaml" "$work/user/good.yaml"
    echo '{"name": "no manifest"}' >"$work/user/package.json"
    git -C "$work/user" add .
    git -C "$work/user" commit --quiet --message "Manifests"
}

tried() {
    expect 1 try-repo "$work/clone" kubectl-harden --verbose --files bad.yaml good.yaml package.json
    logged "bad.yaml:6:3 pod/shell pod: fsGroup"
    logged "exit code: 1"
    same bad.yaml bad.yaml

    expect 1 try-repo "$work/clone" kubectl-harden-write --files bad.yaml good.yaml package.json
    logged "files were modified by this hook"
    logged "pod/shell hardened (bad.yaml)"
    same bad.yaml hardened.yaml
    same good.yaml hardened.yaml
}

# The hooks of a configuration file, with flags, beside the program that is on PATH.
configured() {
    cat >"$work/user/.pre-commit-config.yaml" <<YAML
default_language_version: {rust: system}
repos:
  - repo: $work/clone
    rev: $(git -C "$work/clone" rev-parse HEAD)
    hooks:
      - id: kubectl-harden
      - id: kubectl-harden
        alias: baseline
        args: [--profile=baseline, --]
      - id: kubectl-harden-write
        stages: [manual]
  - repo: local
    hooks:
      - id: on-path
        name: kubectl harden on PATH
        entry: kubectl-harden --check --
        language: system
        types_or: [yaml, json]
        require_serial: true
YAML
    git -C "$work/user" add .
    git -C "$work/user" commit --quiet --no-verify --message "Hooks"
    PATH=$(dirname "$program"):$PATH
    expect 0 run --all-files
    compgen -G "$PRE_COMMIT_HOME/repo*/rustenv-system/bin/kubectl-harden" >/dev/null ||
        fail "pre-commit did not build with the installed Rust"

    cp "$work/bad.yaml" "$work/user/bad.yaml"
    git -C "$work/user" add bad.yaml
    expect 1 run kubectl-harden
    logged "bad.yaml:6:3 pod/shell pod: fsGroup"
    expect 1 run on-path
    logged "bad.yaml:6:3 pod/shell pod: fsGroup"
    expect 0 run baseline
    expect 1 run --hook-stage manual kubectl-harden-write
    same bad.yaml hardened.yaml
    git -C "$work/user" add bad.yaml
    expect 0 run
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_AUTHOR_NAME=gate GIT_AUTHOR_EMAIL=gate@example.com GIT_COMMITTER_NAME=gate GIT_COMMITTER_EMAIL=gate@example.com
export PRE_COMMIT_HOME=$work/pre-commit PRE_COMMIT_COLOR=never
# pre-commit takes the installed Rust where this works outside of any project, and downloads a toolchain where it does not.
(cd / && cargo --version >/dev/null) || fail "there is no cargo, and pre-commit would download it"

tools=$(.ci/python-tools.sh)
cargo build --quiet --locked
program=$(realpath "${CARGO_TARGET_DIR:-target}/debug/kubectl-harden")
clone
user_repository
# One directory for the builds below, and no optimisation: what is tested is how the hooks are installed and run.
export CARGO_TARGET_DIR=$work/target
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
expect 0 validate-manifest "$work/clone/.pre-commit-hooks.yaml"
tried
configured
