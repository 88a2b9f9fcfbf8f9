#!/usr/bin/env bash
# down.sh [DIR]: stops the processes that up.sh started for DIR, and removes the cluster's data. The logs stay in DIR/log.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

use_state_directory "${1:-}"
# Without ports it is somebody else's cluster, which goes on without the nodes.
if [ ! -e "$state/ports" ] && [ -e "$state/kubeconfig" ]; then
    kubectl delete nodes -l harden.test/node=kwok --ignore-not-found || echo "warning: the nodes are still there" >&2
fi
stop_all
remove_state
