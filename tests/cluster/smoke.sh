#!/usr/bin/env bash
# smoke.sh: shows that the cluster does what the tests count on. Ends with the first thing that does not.
# With HARDEN_TEST_KUBECONFIG the same on that cluster, but for what needs an API server of our own.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

checks=0
namespace=harden-smoke
work=$(mktemp -d "${TMPDIR:-/tmp}/kubectl-harden-smoke.XXXXXX")
state=$work/first
recorder=
finished=

clean_up() {
    local status=$? dir
    trap - EXIT
    [ -z "$recorder" ] || kill "$recorder" 2>/dev/null || true
    for dir in first second; do
        [ ! -e "$work/$dir/$marker" ] || "$cluster_dir/down.sh" "$work/$dir" >/dev/null || finished=
    done
    if [ -n "$finished" ]; then
        rm -rf "$work"
        exit 0
    fi
    echo "the logs are in $work" >&2
    exit $((status ? status : 1))
}

passed() {
    checks=$((checks + 1))
    echo "ok $checks $1, $SECONDS s"
}

fail() {
    echo "FAILED: $1" >&2
    kubectl get pods -A -o wide >&2 || true
    exit 1
}

# expect SECONDS WHAT PATTERN COMMAND...: within that time the command prints a text that matches the pattern as a whole.
expect() {
    local deadline=$((SECONDS + $1)) what=$2 pattern=$3 output
    shift 3
    until output=$("$@" 2>&1) && [[ $output =~ ^($pattern)$ ]]; do
        [ "$SECONDS" -lt "$deadline" ] || fail "$what: wanted \"$pattern\" of \"$*\", which says: $output"
        sleep 0.2
    done
    passed "$what"
}

# refused WHAT PATTERN COMMAND...: the command fails and says why.
refused() {
    local what=$1 pattern=$2 output
    shift 2
    ! output=$("$@" 2>&1) || fail "$what: \"$*\" succeeded: $output"
    [[ $output =~ $pattern ]] || fail "$what: \"$*\" failed, but with: $output"
    passed "$what"
}

k() {
    kubectl -n "$namespace" "$@"
}

# template OUTCOME [ANNOTATION]...: a pod template with two containers and an init container.
template() {
    local annotation
    echo "metadata:"
    echo "  labels: {app: $1}"
    echo "  annotations:"
    echo "    harden.test/outcome: ${1%%.*}"
    for annotation in "${@:2}"; do
        echo "    harden.test/$annotation"
    done
    cat <<'END'
spec:
  initContainers: [{name: setup, image: registry.invalid/setup:1}]
  containers:
  - {name: app, image: registry.invalid/app:1}
  - {name: sidecar, image: registry.invalid/sidecar:1}
END
}

# workload KIND NAME "SPEC LINES" OUTCOME [ANNOTATION]...
workload() {
    k apply -f - >/dev/null <<END
apiVersion: apps/v1
kind: $1
metadata: {name: $2}
spec:
  selector: {matchLabels: {app: $4}}
$3
  template:
$(template "${@:4}" | sed 's/^/    /')
END
}

# job_spec INDENTATION OUTCOME
job_spec() {
    printf '%s\n' 'backoffLimit: 0' 'template:' "$(template "$2" | sed 's/^/  /')" '    restartPolicy: Never' | sed "s/^/$1/"
}

job() {
    printf '%s\n' 'apiVersion: batch/v1' 'kind: Job' "metadata: {name: $1}" 'spec:' "$(job_spec '  ' "$2")" | k apply -f - >/dev/null
}

cronjob() {
    printf '%s\n' 'apiVersion: batch/v1' 'kind: CronJob' "metadata: {name: $1}" 'spec:' '  schedule: "* * * * *"' \
        '  jobTemplate:' "    metadata: {labels: {app: $2}}" '    spec:' "$(job_spec '      ' "$2")" | k apply -f - >/dev/null
}

create_workloads() {
    local outcome
    workload Deployment slow '  replicas: 1' slow 'after: 4s'
    for outcome in ready never-ready crash config-error image-pull pending typo; do
        workload Deployment "$outcome" '  replicas: 1' "$outcome"
    done
    workload Deployment fail-later '  replicas: 1' fail-later 'after: 3s'
    workload Deployment init-crash '  replicas: 1' crash.init 'container: setup'
    workload Deployment hardened '  replicas: 2
  progressDeadlineSeconds: 6' ready.hardened 'outcome-when-hardened: crash'
    workload StatefulSet set '  replicas: 2
  serviceName: set' ready.set
    workload DaemonSet each '' ready.each
    cronjob cron succeeded.cron
    job failing crash.job
}

# pod APP PATH...: what the newest pod with that label has there.
pod() {
    local app=$1
    shift
    k get pods -l "app=$app" --sort-by .metadata.creationTimestamp -o "jsonpath=$(printf '{.items[-1:]%s} ' "$@")" | sed 's/ $//'
}

state_of() {
    pod "$1" .status.phase '.status.containerStatuses[0].state.waiting.reason' '.status.containerStatuses[0].restartCount'
}

# Every status that a pod has ever had, for what is gone before one can ask for it: app, Ready, restarts.
record_history() {
    k get pods --watch --no-headers -o "custom-columns=APP:.metadata.labels.app,READY:$is_ready,RESTARTS:$restarts" >"$work/history" 2>&1 &
    recorder=$!
}

# was APP READY RESTARTS
was() {
    grep -m1 -E "^$1 +$2 +$3\$" "$work/history"
}

is_ready='.status.conditions[?(@.type=="Ready")].status'
restarts='.status.containerStatuses[0].restartCount'
last='.status.containerStatuses[0].lastState.terminated'

check_workloads() {
    expect 20 "a Deployment is rolled out" '.*successfully rolled out' k rollout status deployment/ready --timeout 1s
    expect 20 "a StatefulSet is ready" 2 k get statefulset set -o 'jsonpath={.status.readyReplicas}'
    expect 20 "a DaemonSet is ready on each node" '3 3' k get daemonset each -o 'jsonpath={.status.desiredNumberScheduled} {.status.numberReady}'
    expect 20 "never-ready: runs" 'Running False' pod never-ready .status.phase "$is_ready"
    expect 20 "config-error" 'Pending CreateContainerConfigError 0' state_of config-error
    expect 20 "image-pull" 'Pending ImagePullBackOff 0' state_of image-pull
    expect 20 "pending" 'Pending ContainerCreating 0' state_of pending
    expect 20 "an outcome that does not exist" 'Pending UnknownOutcome 0' state_of typo
    expect 20 "crash: restarts again and again" 'Running CrashLoopBackOff [2-9]' state_of crash
    expect 20 "crash: hits one container, and says how it ended" 'False true Error 1' \
        pod crash "$is_ready" '.status.containerStatuses[1].ready' "$last.reason" "$last.exitCode"
    expect 20 "crash: there is an event" Warning k get events --field-selector reason=BackOff -o 'jsonpath={.items[0].type}'
    expect 20 "crash of an init container: the others wait" 'Pending PodInitializing 0' state_of crash.init
    expect 20 "crash of an init container: it restarts" '[1-9]' pod crash.init '.status.initContainerStatuses[0].restartCount'
    expect 20 "fail-later: restarts" '[1-9] Error' pod fail-later "$restarts" "$last.reason"
    expect 1 "fail-later: was ready before" '.+' was fail-later True 0
    expect 20 "slow: is ready" 'True 0' pod slow "$is_ready" "$restarts"
    expect 1 "slow: was not ready before" '.+' was slow False 0
    refused "crash: was never ready" '^$' was crash True '.+'
    expect 20 "a Job fails" Failed k get job failing -o 'jsonpath={.status.conditions[-1:].type}'
}

# The story of the rollout tests: healthy, broken by hardening, healthy after it is taken back.
check_hardened() {
    local progress='jsonpath={.status.conditions[?(@.type=="Progressing")].reason}'
    expect 20 "before hardening: two are available" 2 k get deployment hardened -o 'jsonpath={.status.availableReplicas}'
    k patch deployment hardened --field-manager smoke --type strategic \
        -p '{"spec":{"template":{"spec":{"containers":[{"name":"app","securityContext":{"readOnlyRootFilesystem":true}}]}}}}' >/dev/null
    expect 20 "hardened: the new pod crashes" 'Running CrashLoopBackOff [1-9]' state_of ready.hardened
    expect 20 "hardened: the old ones stay" 2 k get deployment hardened -o 'jsonpath={.status.availableReplicas}'
    expect 20 "hardened: the deadline passes" ProgressDeadlineExceeded k get deployment hardened -o "$progress"
    k rollout undo deployment hardened >/dev/null 2>&1
    expect 20 "taken back: rolled out" '.*successfully rolled out' k rollout status deployment/hardened --timeout 1s
    expect 20 "taken back: no pod is left that is not ready" 'True True' k get pods -l app=ready.hardened -o "jsonpath={.items[*]$is_ready}"
}

check_admission() {
    local restricted=$namespace-restricted
    kubectl create namespace "$restricted" --dry-run=client -o yaml | kubectl apply -f - >/dev/null
    kubectl label namespace "$restricted" pod-security.kubernetes.io/enforce=restricted --overwrite >/dev/null
    expect 20 "there is a service account" '.+' kubectl -n "$restricted" get serviceaccount default -o name
    refused "a restricted namespace refuses a bad pod" 'violates PodSecurity "restricted:latest"' \
        kubectl -n "$restricted" run bad --image registry.invalid/app:1
    expect 1 "and takes a good one" 'pod/good created' kubectl -n "$restricted" run good --image registry.invalid/app:1 --overrides \
        '{"spec":{"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},"containers":[{"name":"good",
          "image":"registry.invalid/app:1","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]}}'
    expect 1 "a bad Deployment is taken with a warning" '.*would violate PodSecurity.*created' \
        kubectl -n "$restricted" create deployment bad --image registry.invalid/app:1
    expect 20 "and gets no pods" FailedCreate kubectl -n "$restricted" get deployment bad \
        -o 'jsonpath={.status.conditions[?(@.type=="ReplicaFailure")].reason}'
    refused "RBAC refuses what nobody allowed" 'cannot list resource "pods"' k get pods --as "system:serviceaccount:$namespace:default"
    kubectl delete namespace "$restricted" --wait=false >/dev/null
}

# The local addresses on which a process listens, as /proc/net has them: 0100007F is 127.0.0.1.
listeners() {
    local sockets
    sockets=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n')
    awk 'NR == FNR {mine[$1] = 1; next} $4 == "0A" && ($10 in mine) {print $2}' <(echo "$sockets") <(cat /proc/net/tcp /proc/net/tcp6)
}

check_listeners() {
    local name address count=0
    for name in "${components[@]}"; do
        for address in $(listeners "$(pid_of "$name")"); do
            [[ $address == 0100007F:* ]] || fail "$name listens on $address, not on 127.0.0.1"
            count=$((count + 1))
        done
    done
    [ $count = 3 ] || fail "$count listeners, not 3: two of etcd, one of the API server"
    passed "everything listens on 127.0.0.1 only"
}

check_apiserver() {
    local action
    for action in stop kill; do
        "$cluster_dir/apiserver.sh" $action "$state" >/dev/null
        refused "$action: the API server is gone" 'refused' k get pods
        "$cluster_dir/apiserver.sh" start "$state"
        k rollout restart deployment/ready >/dev/null
        expect 30 "$action: after a start, a rollout goes through" '.*successfully rolled out' k rollout status deployment/ready --timeout 1s
    done
    "$cluster_dir/apiserver.sh" freeze "$state"
    refused "freeze: no answer" '[Tt]imeout|deadline exceeded' k get pods --request-timeout 1s
    "$cluster_dir/apiserver.sh" thaw "$state"
    expect 20 "thaw: it answers" '.+' k get pods -o name
    expect 1 "the audit log has the patch and who sent it" '.+' grep -m1 'deployments/hardened?fieldManager=smoke.*"verb":"patch"' "$state/log/audit.log"
}

second() {
    local state=$work/second
    kubectl "$@"
}

check_second_cluster() {
    "$cluster_dir/up.sh" "$work/second"
    refused "a second cluster knows nothing of the first" '\(NotFound\)' second get namespace "$namespace"
    "$cluster_dir/down.sh" "$work/second" >/dev/null
    expect 1 "and the first goes on without it" ok kubectl get --raw /readyz
}

check_down() {
    local pids pid
    pids=$(cat "$state"/pid/*)
    "$cluster_dir/down.sh" "$state" >/dev/null
    for pid in $pids; do
        [ -z "$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" || true)" ] || fail "process $pid is still there"
    done
    [ "$(ls -A "$state")" = "$marker"$'\n'log ] || fail "left in $state: $(ls -A "$state")"
    passed "nothing is left but the logs"
}

trap clean_up EXIT
"$cluster_dir/up.sh" "$state"
kubectl delete namespace "$namespace" --ignore-not-found >/dev/null
kubectl create namespace "$namespace" >/dev/null
record_history
create_workloads
check_admission
check_workloads
check_hardened
if [ -z "${HARDEN_TEST_KUBECONFIG:-}" ]; then
    check_listeners
    check_apiserver
    check_second_cluster
fi
expect 90 "a CronJob runs, and its Job succeeds" 1 k get jobs -l app=succeeded.cron -o 'jsonpath={.items[0].status.succeeded}'
kubectl delete namespace "$namespace" >/dev/null
check_down
finished=yes
echo "smoke: $checks checks passed in $SECONDS s"
