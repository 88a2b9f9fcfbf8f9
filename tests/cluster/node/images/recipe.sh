# shellcheck shell=bash
# Sourced: reading a recipe. Above the first "== " it has fields, one a line: "packages" for apt-get, "from: scratch" for
# an image that does not stand on Debian, and with a capital the fields of the image's configuration, in JSON. Below
# "== /PATH" is a file of the image, below "== setup" a script that runs in it when it is built.
# A server is a recipe with a "/probe".
# shellcheck disable=SC2154 # images_dir comes from images.sh

recipe_of() {
    [ -e "$images_dir/recipes/$1" ] || die "there is no recipe for an image $1" "the recipes are in $images_dir/recipes"
    echo "$images_dir/recipes/$1"
}

all_recipes() {
    ls "$images_dir/recipes"
}

all_servers() {
    (cd "$images_dir/recipes" && grep -lx '== /probe' -- *)
}

# field NAME KEY: its value, nothing without it.
field() {
    sed -nE "/^== /q; s/^$2: *//p" "$(recipe_of "$1")"
}

# image_config NAME: the fields with a capital, as one JSON object.
image_config() {
    sed -nE '/^== /q; s/^([A-Z][A-Za-z]*): *(.*)/"\1": \2/p' "$(recipe_of "$1")" | paste -s -d , | sed 's/.*/{&}/'
}

sections() {
    sed -n 's/^== //p' "$(recipe_of "$1")"
}

section() {
    awk -v wanted="== $2" '/^== / { inside = $0 == wanted; next } inside' "$(recipe_of "$1")"
}

# write_files NAME ROOT: what starts with "#!" may be executed.
write_files() {
    local path
    for path in $(sections "$1"); do
        [ "$path" != setup ] || continue
        mkdir -p "$2$(dirname "$path")"
        section "$1" "$path" >"$2$path"
        [ "$(head -c 2 "$2$path")" != "#!" ] || chmod 755 "$2$path"
    done
}
