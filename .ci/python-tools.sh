#!/usr/bin/env bash
# Installs pre-commit and shellcheck, in the versions of requirements.txt, below the target directory, where a second run
# finds them again. Prints the directory of the programs. Needs Python 3.10 or later.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=.ci/requirements.txt
directory=${CARGO_TARGET_DIR:-target}/python-tools
if ! cmp -s "$wanted" "$directory/requirements.txt"; then
    rm -rf "$directory"
    python3 -m venv "$directory" >&2
    "$directory/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted" >&2
    cp "$wanted" "$directory/"
fi
cd "$directory/bin"
pwd
