#!/usr/bin/env bash
# manifest.sh [--complete] [DIRECTORY]: prints the krew manifest of the version in Cargo.toml.
#
# Without DIRECTORY: all platforms, no sums, marked as unreleased; krew refuses it, since there is nothing to install.
# With DIRECTORY: the platforms whose archives are there, each with its sum. --complete fails unless all are.
#
#   VERSION=X.Y.Z    another version
#   RELEASES=URL     where the archives are, instead of the repository's releases
set -euo pipefail
called_from=$PWD
cd "$(dirname "$0")/../.."
# shellcheck source-path=SCRIPTDIR
. .ci/release/common.sh

unreleased() {
    cat <<'YAML'
# UNRELEASED. There is no archive of this version yet, so no sum either, and krew refuses this file. The release has the
# one with sums. Made by .ci/release/manifest.sh; tests/release.rs compares.
YAML
}

head_of_manifest() {
    cat <<YAML
apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: harden
spec:
  version: v$version
  homepage: $repository
  shortDescription: Write the baseline securityContext, with proofs
  description: |
    Writes the baseline securityContext where it is missing or insecure.

    In manifests: as a diff, in place, or decided on change by change in a
    review. Every comment and every other byte stays as it is, which is proved
    for each document before anything is printed or written. Privileges that
    somebody granted on purpose are listed and left alone.

    In a cluster: a plan to read and edit, then a rollout that changes a few
    workloads at a time, watches their new pods, sets back what fails and keeps
    the evidence. It can be resumed, undone and reported.

    Overlap: kubescape, kubesec-scan, popeye and score look for many kinds of
    problems and report them, and kubescape also proposes edits of the manifests
    that it scanned. This plugin is about the securityContext alone. It proves
    its edits, and it also rolls them out to live workloads.
  platforms:
YAML
}

platform() {
    cat <<YAML
    - selector:
        matchLabels:
          os: $1
          arch: $2
      uri: $releases/v$version/$3
YAML
    [ -z "$4" ] || echo "      sha256: $4"
    echo "      bin: $(program_name "$1")"
}

complete=
[ "${1:-}" != --complete ] || { complete=yes; shift; }
[ $# -le 1 ] || die "one directory at most" "manifest.sh [--complete] [DIRECTORY]"
directory=
if [ $# = 1 ]; then
    directory=$(cd "$called_from" && cd "$1" && pwd) || die "there is no directory $1"
elif [ -n "$complete" ]; then
    die "--complete says that all archives are in a directory, and none is named"
fi
version=${VERSION:-$(of_cargo version)}
repository=$(of_cargo repository)
releases=${RELEASES:-$repository/releases/download}

body=
while read -r os arch _; do
    archive=$(archive_name "$version" "$os" "$arch")
    sum=
    if [ -n "$directory" ]; then
        if [ ! -f "$directory/$archive" ]; then
            [ -z "$complete" ] || die "$directory has no $archive" "a complete manifest needs the archives of all platforms"
            echo "left out: $os on $arch: $directory has no $archive" >&2
            continue
        fi
        sum=$(sha256 "$directory/$archive" | cut -d' ' -f1)
    fi
    body+=$(platform "$os" "$arch" "$archive" "$sum")$'\n'
done < <(platforms)
[ -n "$body" ] || die "$directory has no archive of $version"
[ -n "$directory" ] || unreleased
head_of_manifest
printf '%s' "$body"
