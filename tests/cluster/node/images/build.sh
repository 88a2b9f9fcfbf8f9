#!/usr/bin/env bash
# build.sh [NAME...]: builds the images that are not in the cache yet; without names all of them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/images.sh"

names=("$@")
[ $# != 0 ] || mapfile -t names < <(all_recipes)
needs_root
mkdir -p "$cache_dir/images"
exec 7>"$cache_dir/images.lock"
flock 7
build_base
for name in "${names[@]}"; do
    build_image "$name"
done
echo "all there in $cache_dir/images: ${#names[@]} images"
