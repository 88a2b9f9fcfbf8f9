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

# kwok waits ever longer between its attempts, and gives some changes up. A new one lists everything and goes on from there.
start_again() {
    ! pid_of kube-apiserver >/dev/null || die "the API server of $state is running"
    start_apiserver
    stop kwok >/dev/null
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
