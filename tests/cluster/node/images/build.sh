#!/usr/bin/env bash
# build.sh [NAME...]: builds the images that are not in the cache yet; without names all of them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/images.sh"

# locked NAME COMMAND...: one at a time; another image is not held up.
locked() {
    local name=$1
    shift
    {
        flock 7
        "$@"
    } 7>"$images_cache/locks/$name"
}

names=("$@")
[ $# != 0 ] || mapfile -t names < <(all_recipes)
needs_root
mkdir -p "$images_cache/locks"
locked base build_base
for name in "${names[@]}"; do
    locked "$name" build_image "$name"
done
echo "all there in $images_cache: ${#names[@]} images"
