#!/usr/bin/env bash
# load.sh DIR IMAGE...: builds images that are not in the cache, and gives the node of that cluster those it has not got.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/node.sh"

[ $# != 0 ] || die "which cluster?" "$0 DIR IMAGE..."
use_node "$1"
shift
for image in "$@"; do
    load_image "$image"
done
