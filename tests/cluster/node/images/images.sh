# shellcheck shell=bash
# Sourced: images for the real node, made of Debian's packages. Each is kept in the cache directory under the hash of its
# recipe, next to the base layer that they share.
# shellcheck source-path=SCRIPTDIR

images_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$images_dir/../../versions.sh"
. "$images_dir/../packages.sh"
. "$images_dir/recipe.sh"
. "$images_dir/base.sh"
. "$images_dir/layer.sh"
. "$images_dir/oci.sh"

# What is built with other instructions is another image.
build_hash() {
    cat "$images_dir"/{base,layer,oci}.sh "$@" | sha256sum | cut -c 1-12
}

image_cache() {
    echo "$cache_dir/images/$1-$(build_hash "$(recipe_of "$1")")"
}

# build_image NAME: nothing where it is there already.
build_image() {
    local target partial
    target=$(image_cache "$1")
    [ ! -e "$target/index.json" ] || return 0
    mkdir -p "$cache_dir/images"
    partial=$(mktemp -d "$cache_dir/images/.partial.XXXXXX")
    echo "building image $1"
    (umask 022 && make_layer "$1" "$partial" && describe_image "$1" "$partial") >"$partial/log" 2>&1 || {
        mv "$partial/log" "$cache_dir/images/$1.log"
        rm -rf "$partial"
        tail -n 15 "$cache_dir/images/$1.log" >&2
        die "the image $1 cannot be built; the whole output is in $cache_dir/images/$1.log"
    }
    rm -rf "$cache_dir/images/$1"-[0-9a-f]*
    mv "$partial" "$target"
}
