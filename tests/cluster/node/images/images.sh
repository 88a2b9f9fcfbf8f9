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

images_cache=$cache_dir/oci

short_hash() {
    sha256sum | cut -c 1-12
}

# What is built by other instructions is another image; a comment is none.
image_cache() {
    local recipe
    recipe=$(recipe_of "$1")
    echo "$images_cache/$1-$({
        base_cache
        declare -f make_layer fill_scratch fill_overlay write_whiteouts install_server describe_image
        cat "$recipe"
    } | short_hash)"
}

# build_image NAME: nothing where it is there already.
build_image() {
    local target partial
    target=$(image_cache "$1")
    [ ! -e "$target/index.json" ] || return 0
    mkdir -p "$images_cache"
    partial=$(mktemp -d "$images_cache/.partial.XXXXXX")
    echo "building image $1"
    (umask 022 && make_layer "$1" "$partial" && describe_image "$1" "$partial") >"$partial/log" 2>&1 || {
        mv "$partial/log" "$images_cache/$1.log"
        rm -rf "$partial"
        tail -n 15 "$images_cache/$1.log" >&2
        die "the image $1 cannot be built; the whole output is in $images_cache/$1.log"
    }
    mv "$partial" "$target"
}
