#!/usr/bin/env bash
# apiserver.sh stop|kill|start|freeze|thaw [DIR]: takes the API server away from under a cluster that goes on running.
# stop ends it in order, kill at once; freeze leaves its port open and every request without an answer.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

# send SIGNAL: to the running API server.
send() {
    local pid
    pid=$(pid_of kube-apiserver) || die "the API server of $state does not run" "$0 start $state"
    kill "-$1" "$pid"
}

# The other programs wait up to 30 s between their attempts to connect, and kwok gives some changes up. New ones list
# everything and go on from there at once.
start_again() {
    local name
    ! pid_of kube-apiserver >/dev/null || die "the API server of $state is running"
    start_apiserver
    for name in kwok kube-scheduler kube-controller-manager; do
        stop "$name" >/dev/null
    done
    start_controller_manager
    start_scheduler
    start_kwok
}

[ $# != 0 ] || die "which of stop, kill, start, freeze, thaw?" "$0 stop|kill|start|freeze|thaw [DIR]"
use_state_directory "${2:-}"
[ -e "$state/kubeconfig" ] || die "the cluster in $state is down" "start it: $cluster_dir/up.sh $state"
[ -e "$state/ports" ] || die "the API server of $state is somebody else's, and not ours to stop"
case $1 in
    stop) stop kube-apiserver ;;
    kill) stop kube-apiserver KILL ;;
    start) start_again ;;
    freeze) send STOP ;;
    thaw) send CONT ;;
    *) die "there is no action $1" "$0 stop|kill|start|freeze|thaw [DIR]" ;;
esac
