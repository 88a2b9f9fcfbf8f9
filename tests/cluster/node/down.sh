#!/usr/bin/env bash
# down.sh DIR: ends the real node of that cluster with its containers, and undoes what it changed of the machine. The logs
# of containerd and the kubelet stay in DIR/log.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/node.sh"

[ $# != 0 ] || die "which cluster?" "$0 DIR"
use_node "$1"
if kubectl get --raw /readyz >/dev/null 2>&1; then
    kubectl delete node "$node_name" --ignore-not-found >/dev/null
    kubectl uncordon -l harden.test/node=kwok >/dev/null
fi
stop_node
