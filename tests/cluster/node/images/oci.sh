# shellcheck shell=bash
# Sourced: an image as an OCI layout (image-spec, image-layout.md). Its base layer is a hard link.
# shellcheck disable=SC2154 # cache_dir comes from images.sh

image_repository=harden.test

image_name() {
    echo "$image_repository/$1:1"
}

digest_of() {
    sha256sum <"$1" | cut -d ' ' -f 1
}

# descriptor FILE TYPE [EXTRA]
descriptor() {
    printf '{"mediaType": "application/vnd.oci.image.%s", "digest": "sha256:%s", "size": %s%s}' "$2" "$(digest_of "$1")" "$(stat -c %s "$1")" "${3:-}"
}

# add_blob DIR FILE TYPE [EXTRA]: moves the file to its place in the layout, and prints its descriptor.
add_blob() {
    local digest
    digest=$(sha256sum <"$2" | cut -d ' ' -f 1)
    printf '{"mediaType": "application/vnd.oci.image.%s", "digest": "sha256:%s", "size": %s%s}' "$3" "$digest" "$(stat -c %s "$2")" "${4:-}"
    mkdir -p "$1/blobs/sha256"
    mv "$2" "$1/blobs/sha256/$digest"
}

# add_layer FILE: to the layout in $dir. Layers are not compressed, so the digest of one is its diff id too.
add_layer() {
    local layer
    layer=$(add_blob "$dir" "$1" layer.v1.tar)
    layers+=("$layer")
    diffs+=("$(grep -o '"sha256:[0-9a-f]*"' <<<"$layer")")
}

# describe_image NAME DIR: makes DIR with its layer.tar a layout.
describe_image() {
    local name=$1 dir=$2 layers=() diffs=() config manifest
    if [ "$(field "$name" from)" != scratch ]; then
        ln "$(base_cache)/layer.tar" "$dir/base.tar" && add_layer "$dir/base.tar" || return 1
    fi
    add_layer "$dir/layer.tar" || return 1
    printf '{"architecture": "%s", "os": "linux", "config": %s, "rootfs": {"type": "layers", "diff_ids": [%s]}}' \
        "$(dpkg --print-architecture)" "$(image_config "$name")" "$(joined "${diffs[@]}")" >"$dir/config.json"
    config=$(add_blob "$dir" "$dir/config.json" config.v1+json)
    printf '{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": %s, "layers": [%s]}' \
        "$config" "$(joined "${layers[@]}")" >"$dir/manifest.json"
    manifest=$(add_blob "$dir" "$dir/manifest.json" manifest.v1+json ", \"annotations\": {\"io.containerd.image.name\": \"$(image_name "$name")\"}")
    printf '{"schemaVersion": 2, "manifests": [%s]}' "$manifest" >"$dir/index.json"
    echo '{"imageLayoutVersion": "1.0.0"}' >"$dir/oci-layout"
}

joined() {
    local IFS=,
    echo "$*"
}
