#!/usr/bin/env bash
# Compares the whole run with ripgrep and with the tools that people use instead, in one run.
#
#   benches/compare.sh [FILES [ROUNDS]]
#
# THREADS=n sets the threads of both (default: all cores). TREE=DIR compares over that directory instead of a generated one,
# with ripgrep alone. PROGRAM=PATH is the program that is measured, instead of one built here. Tools that are not
# installed are left out and said so.
set -euo pipefail
cd "$(dirname "$0")/.."
files=${1:-22000} rounds=${2:-5} threads=${THREADS:-$(nproc)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

harden=${PROGRAM:-}
if [ -z "$harden" ]; then
    target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
    cargo build --release --quiet
    harden=$target/release/kubectl-harden
fi
tree=${TREE:-}
if [ -z "$tree" ]; then
    tree=$work/tree
    cargo bench --quiet --bench stages -- --make-tree "$tree" "$files"
fi
read -r files bytes < <(find "$tree" -type f -printf '%s\n' | awk '{ n += $1 } END { print NR, n }')

# Seconds of one run; a tool's own exit code does not count.
seconds() {
    local before after
    before=$(date +%s%N)
    "$@" > /dev/null 2>&1 || true
    after=$(date +%s%N)
    echo $(( (after - before) / 1000 ))
}
less() { if [ "$1" -lt "$2" ]; then echo "$1"; else echo "$2"; fi; }
pinned() { if command -v taskset > /dev/null; then taskset -c "0-$((threads - 1))" "$@"; else "$@"; fi; }

# Both alternate, so that whatever else the machine does meets both.
best_rg=999999999 best_harden=999999999
for _ in $(seq "$rounds"); do
    if command -v rg > /dev/null; then
        best_rg=$(less "$best_rg" "$(seconds pinned rg -c -j "$threads" containers "$tree")")
    fi
    best_harden=$(less "$best_harden" "$(seconds pinned "$harden" -R -f "$tree")")
done

line() { # NAME MICROSECONDS BYTES CORES REMARK
    awk -v name="$1" -v us="$2" -v bytes="$3" -v cores="$4" -v base="$best_rg" -v remark="$5" 'BEGIN {
        ratio = base < 999999999 ? sprintf("%8.2f", us / base) : "       -"
        printf "%-28s %10.3f s %s %10.1f  %s\n", name, us / 1e6, ratio, bytes / us / cores, remark }'
}

printf '%d files, %d MB, %d threads, best of %d\n\n' "$files" $((bytes / 1000000)) "$threads" "$rounds"
printf '%-28s %12s %8s %10s\n' tool wall 'x rg' 'MB/s/core'
if command -v rg > /dev/null; then
    line "rg -c containers" "$best_rg" "$bytes" "$threads" ""
else
    echo "rg is not installed: cargo install ripgrep"
fi
line "kubectl harden -R" "$best_harden" "$bytes" "$threads" ""

[ -z "${TREE:-}" ] || exit 0

# The others are given only files with workloads, a sample of them, and less to do: no proof, no diff.
find "$tree" -name '*-deployment.yaml' | sort | awk 'NR % 33 == 1' | head -n 100 > "$work/sample"
sample=$(xargs cat < "$work/sample" | wc -c)
count=$(wc -l < "$work/sample")
workloads=$(find "$tree" -name '*-deployment.yaml' | wc -l)
remark="$count of $workloads workload files, scaled to all of them"
sampled() { # NAME COMMAND...
    local best=999999999 name=$1 us
    shift
    if ! "$@" > /dev/null 2>&1; then echo "$name fails"; return; fi
    for _ in $(seq 3); do best=$(less "$best" "$(seconds "$@")"); done
    us=$((best * workloads / count))
    line "$name" "$us" $((sample * workloads / count)) 1 "$remark"
}
insertion='.spec.template.spec.securityContext = {"runAsNonRoot": true}'
yq_each() { while read -r file; do yq "$insertion" "$file"; done < "$work/sample"; }
cat > "$work/roundtrip.py" <<'PYTHON'
import io, sys
from ruamel.yaml import YAML
for path in open(sys.argv[1]).read().split():
    yaml = YAML()
    document = yaml.load(open(path))
    document["spec"]["template"]["spec"]["securityContext"] = {"runAsNonRoot": True}
    yaml.dump(document, io.StringIO())
PYTHON
cat > "$work/npm.cjs" <<'NODE'
const fs = require('fs'), YAML = require('yaml');
for (const path of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const document = YAML.parseDocument(fs.readFileSync(path, 'utf8'));
  document.setIn(['spec', 'template', 'spec', 'securityContext'], { runAsNonRoot: true });
  document.toString();
}
NODE
if command -v yq > /dev/null; then sampled "yq, a process a file" yq_each; else echo "yq is not installed"; fi
python=${PYTHON:-python3}
if "$python" -c 'import ruamel.yaml' 2> /dev/null; then
    sampled "ruamel.yaml, one process" "$python" "$work/roundtrip.py" "$work/sample"
else
    echo "ruamel.yaml is not installed: pip install ruamel.yaml"
fi
if command -v node > /dev/null && node -e "require('yaml')" 2> /dev/null; then
    sampled "npm yaml, one process" node "$work/npm.cjs" "$work/sample"
else
    echo "npm yaml is not installed: npm install yaml, then NODE_PATH=node_modules"
fi

# One manifest as a process, and memory by the number of files.
one="$work/one.yaml"
printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: one\nspec:\n  template:\n    spec:\n      containers:\n        - name: one\n          image: one:1\n          env:\n' > "$one"
for i in $(seq 15); do printf '            - name: SETTING_%d\n              value: "a value"\n' "$i" >> "$one"; done
best=999999999
for _ in $(seq 20); do best=$(less "$best" "$(seconds "$harden" -f "$one")"); done
printf '\none manifest of %d bytes as a process: %d.%03d ms\n' "$(wc -c < "$one")" $((best / 1000)) $((best % 1000))

if command -v /usr/bin/time > /dev/null; then
    for n in 2000 20000; do
        cargo bench --quiet --bench stages -- --make-tree "$work/tree-$n" "$n"
        /usr/bin/time -f %M -o "$work/rss" "$harden" -R -f "$work/tree-$n" > /dev/null 2>&1 || true
        printf 'peak memory over %d files: %d KB\n' "$n" "$(tail -n 1 "$work/rss")"
    done
else
    echo "peak memory is not measured: /usr/bin/time is not installed"
fi
