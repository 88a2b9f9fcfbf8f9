#!/usr/bin/env bash
# Measures a rollout on a control plane of its own (tests/cluster): wall time against kubectl, what 5,000 workloads cost,
# and the load on the API server.
#
#   benches/rollout.sh [PART...]         the parts are wall, list and load; without any, all of them
#
# HARDEN=FILE measures that binary instead of building one. DIR=DIR is for the cluster and the run directories, else a temporary one.
# WORKLOADS=60 ROUNDS=3 CONCURRENCY=8  wall: healthy Deployments of 2 replicas
# OBJECTS=5000                         list: Deployments of 0 replicas
# ACTIVE=200 AT_ONCE=64                load: healthy Deployments of 2 replicas
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
cd "$(dirname "$0")/.."
. tests/cluster/versions.sh
PATH=$bin_dir:$PATH
workloads=${WORKLOADS:-60} rounds=${ROUNDS:-3} concurrency=${CONCURRENCY:-8}
objects=${OBJECTS:-5000} active=${ACTIVE:-200} at_once=${AT_ONCE:-64}
work=${DIR:-$(mktemp -d)}
mkdir -p "$work/files"
export XDG_STATE_HOME=$work/state KUBECONFIG=$work/cluster/kubeconfig
audit() { cat "$work"/cluster/log/audit*.log; } # the API server begins a new file every 100 MB, and names the old ones before it
started_cluster=

# shellcheck disable=SC2317 # by the trap
clean_up() {
    [ -z "$started_cluster" ] || tests/cluster/down.sh "$work/cluster" > /dev/null
    [ -n "${DIR:-}" ] || rm -rf "$work"
}
trap clean_up EXIT

say() { printf '%s\n' "$*"; }
now() { date +%s%N; }
median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# took FILE COMMAND...: appends the seconds that a command takes to FILE. It has to succeed.
took() {
    local file=$1 before
    shift
    before=$(now)
    if ! "$@" > "$work/said" 2>&1; then
        tail -n 20 "$work/said" >&2
        say "error: failed: $*" >&2
        exit 1
    fi
    echo $((($(now) - before) / 1000000)) | awk '{ print $1 / 1000 }' | tee -a "$file" > "$work/last"
}
last() { cat "$work/last"; }

# deployments NAMESPACE COUNT REPLICAS FOLDER: a manifest each.
deployments() {
    mkdir -p "$4"
    local i
    for ((i = 0; i < $2; i++)); do
        cat > "$4/web-$i.yaml" << YAML
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-$i
  namespace: $1
  labels: {app: web-$i, team: shop}
spec:
  replicas: $3
  selector: {matchLabels: {app: web-$i}}
  template:
    metadata: {labels: {app: web-$i}}
    spec:
      containers:
      - name: web
        image: registry.example.org/shop/web:1.$i
        ports: [{containerPort: 8080}]
        env: [{name: LOG_LEVEL, value: info}, {name: DATABASE, value: postgres.shop.svc}]
        resources: {requests: {cpu: 1m, memory: 1Mi}}
      - name: sidecar
        image: registry.example.org/shop/sidecar:2
        resources: {requests: {cpu: 1m, memory: 1Mi}}
YAML
    done
}

# namespace NAME COUNT REPLICAS: with that many Deployments, all of them ready.
namespace() {
    local folder=$work/files/$1
    kubectl create namespace "$1" > /dev/null
    deployments "$1" "$2" "$3" "$folder"
    kubectl create -f "$folder" > /dev/null
    until [ "$(kubectl get deploy -n "$1" -o jsonpath='{.items[*].status.readyReplicas}' | wc -w)" = "$2" ]; do sleep 1; done
}

# requests FROM: what kubectl-harden has asked for since that byte of the audit log.
requests() {
    audit | tail -c "+$(($1 + 1))" | grep -F '"userAgent":"kubectl-harden' | awk '
        function text(key) { return match($0, "\"" key "\":\"[^\"]*\"") ? substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 5) : "" }
        function when(key) {
            if (!match($0, "\"" key "\":\"[0-9T:.-]*Z\"")) return 0
            split(substr($0, RSTART + length(key) + 15, 15), clock, /[:Z"]/)
            return clock[1] * 3600 + clock[2] * 60 + clock[3]
        }
        {
            verb = text("verb"); stage = text("stage"); uri = text("requestURI")
            begun = when("requestReceivedTimestamp"); done = when("stageTimestamp")
            if (verb == "watch" && stage == "ResponseStarted") { watches++; if (++open > most) most = open; next }
            if (verb == "watch") { open--; next }
            if (stage != "ResponseComplete") next
            name = verb
            if (verb == "patch" && uri ~ /dryRun=/) name = "patch (dry run)"
            if (verb == "list") name = uri ~ /\/events/ ? "list events" : uri ~ /\/pods/ ? "list pods" : "list others"
            count[name]++; took[name] += done - begun; all++; second[int(begun)]++
            if (match($0, /"code":429/)) refused++
        }
        END {
            for (name in count) printf "  %-16s %6d   %6.1f ms each\n", name, count[name], 1000 * took[name] / count[name]
            if (watches) printf "  %-16s %6d\n", "watch", watches
            for (s in second) if (second[s] > peak) peak = second[s]
            printf "  %-16s %6d   at most %d in a second, %d watches open, %d answered 429\n", "all but watches", all, peak, most, refused
        }'
}
mark() { audit | wc -c; }

# usage COMMAND...: wall time, processor time, peak memory and the requests of a command.
usage() {
    local from status=0
    from=$(mark)
    /usr/bin/time -f '%e s, %U s user, %S s system, %M KB at most' -o "$work/usage" "$@" > "$work/said" 2>&1 || status=$?
    say "\$ kubectl-harden ${*:2}"
    say "  $(tail -n 1 "$work/usage"), exit $status"
    sleep 1
    requests "$from"
}

kubectl_rollout() { # FOLDER
    # shellcheck disable=SC2016 # sh expands it
    find "$1" -name '*.yaml' -print0 | xargs -0 -P "$concurrency" -I FILE sh -c \
        'kubectl apply --server-side --force-conflicts -f "$1" && kubectl rollout status -f "$1" --timeout=120s' _ FILE
}

# Fresh namespaces in each round; who goes first changes.
wall() {
    local round who
    say "wall: $workloads healthy Deployments of 2 replicas, $concurrency at a time, $rounds rounds"
    say "  kubectl: xargs -P $concurrency of kubectl apply --server-side --force-conflicts -f FILE && kubectl rollout status -f FILE"
    say "  harden:  kubectl-harden apply -f PLAN --yes --soak=0s --concurrency=$concurrency; check: the same with --dry-run=server"
    rm -f "$work"/seconds.*
    for ((round = 1; round <= rounds; round++)); do
        namespace "kubectl-$round" "$workloads" 2
        namespace "harden-$round" "$workloads" 2
        "$harden" -f "$work/files/kubectl-$round" -w > /dev/null 2>&1
        "$harden" plan deploy -n "harden-$round" --out "$work/plan.yaml" 2> /dev/null
        for who in $((round % 2)) $(((round + 1) % 2)); do
            if [ "$who" = 1 ]; then
                took "$work/seconds.kubectl" kubectl_rollout "$work/files/kubectl-$round"
                say "  round $round: kubectl $(last) s, load $(cut -d ' ' -f 1 /proc/loadavg)"
            else
                took "$work/seconds.check" "$harden" apply -f "$work/plan.yaml" --dry-run=server
                from=$(mark)
                took "$work/seconds.harden" "$harden" apply -f "$work/plan.yaml" --yes --soak=0s --concurrency="$concurrency"
                say "  round $round: harden $(last) s, load $(cut -d ' ' -f 1 /proc/loadavg)"
                cp "$work/said" "$work/said.$round"
            fi
        done
        [ "$round" != "$rounds" ] || requests "$from"
        kubectl delete namespace "kubectl-$round" "harden-$round" --wait=false > /dev/null
        for who in kubectl harden; do kubectl wait --for=delete "namespace/$who-$round" --timeout=120s > /dev/null; done
    done
    for who in kubectl harden check; do
        printf '  %-8s median %s s\n' "$who" "$(median < "$work/seconds.$who")"
    done
    paste "$work/seconds.harden" "$work/seconds.kubectl" | awk '{ print $1 / $2 }' | median |
        awk '{ printf "  harden / kubectl, by round: median %.2f\n", $1 }'
}

list() {
    local i at=0 each
    say "list: $objects Deployments of 0 replicas in 10 namespaces"
    each=$((objects / 10))
    for ((i = 0; i < 10; i++)); do
        kubectl create namespace "list-$i" > /dev/null
        deployments "list-$i" "$each" 0 "$work/files/list-$i"
        find "$work/files/list-$i" -name '*.yaml' -exec cat {} + | sed 's/^apiVersion: apps/---\n&/' > "$work/files/list-$i.yaml"
    done
    printf '%s\0' "$work"/files/list-*.yaml | xargs -0 -P 4 -n 1 kubectl create -f > /dev/null
    until at=$(kubectl get deploy -A -o jsonpath='{.items[?(@.status.observedGeneration==1)].metadata.name}' | wc -w) && [ "$at" -ge "$((each * 10))" ]; do sleep 1; done
    usage "$harden" plan deploy -A --out "$work/list.yaml"
    say "  plan of $(stat -c %s "$work/list.yaml") bytes, load $(cut -d ' ' -f 1 /proc/loadavg)"
    usage "$harden" apply -f "$work/list.yaml" --dry-run=server
    usage "$harden" apply deploy -A --dry-run=server
    usage "$harden" apply -f "$work/list.yaml" --yes --soak=0s --concurrency=64
    tail -n 2 "$work/said" | sed 's/^/  /'
}

load() {
    say "load: $active healthy Deployments of 2 replicas, $at_once at a time"
    namespace load "$active" 2
    "$harden" plan deploy -n load --out "$work/load.yaml" 2> /dev/null
    usage "$harden" apply -f "$work/load.yaml" --yes --soak=10s --concurrency="$at_once"
    tail -n 2 "$work/said" | sed 's/^/  /'
}

harden=${HARDEN:-}
if [ -z "$harden" ]; then
    target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
    cargo build --release --quiet
    harden=$target/release/kubectl-harden
fi
if [ ! -e "$KUBECONFIG" ]; then
    tests/cluster/up.sh "$work/cluster"
    started_cluster=yes
fi
say "$(nproc) cores, load $(cut -d ' ' -f 1-3 /proc/loadavg), $("$harden" --version)"
for part in "${@:-wall list load}"; do
    # shellcheck disable=SC2086 # all parts are one word by default
    for each in $part; do "$each"; done
done
