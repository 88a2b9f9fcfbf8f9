#!/usr/bin/env bash
# kill-loop.sh [KILLS] [TEST...]: kills rollouts so often, resumes them, and shows in which states the kills met them.
# With names of tests, or parts of them, those of tests/rollout_chaos instead of the loop. 50 kills take about a quarter of an hour.
# Starts a cluster of its own, but for KUBECONFIG, which names one that is there.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

kills=${1:-50}
shift || true
[ $# != 0 ] || set -- kills::
if [ -z "${KUBECONFIG:-}" ]; then
    state=$(mktemp -d "${TMPDIR:-/tmp}/kubectl-harden-kills.XXXXXX")/cluster
    "$cluster_dir/up.sh" "$state"
    trap '"$cluster_dir/down.sh" "$state" && rm -rf "${state%/cluster}"' EXIT
    export KUBECONFIG=$state/kubeconfig
fi
export PATH=$bin_dir:$PATH HARDEN_TEST_KILLS=$kills
cd "$cluster_dir/../.."
cargo test --locked --test rollout_chaos -- --ignored --nocapture --test-threads=1 "$@"
