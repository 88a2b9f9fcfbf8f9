#!/usr/bin/env bash
# notes.sh VERSION [FILE]: prints what CHANGELOG.md, or FILE, says of a version, as the notes of its release.
# The version's heading has to have a date, so that nothing is released that the changelog still calls unreleased.
set -euo pipefail
file=${2:-$(dirname "$0")/../../CHANGELOG.md}
version=${1:-}
[[ $version =~ ^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || {
    echo "error: \"$version\" is not a version" >&2
    exit 2
}
version=${version#v}
# A heading is compared as a text: a dot of a version is a dot. Blank lines before and after the notes are left out, and
# so are the targets of links, which the file has at its end.
awk -v heading="## [$version] - " '
    index($0, "## ") == 1 {
        inside = index($0, heading) == 1 && substr($0, length(heading) + 1) ~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][ \r]*$/
        found = found || inside
        next
    }
    !inside || /^\[[^]]*\]: / { next }
    { sub(/\r$/, "") }
    /[^ \t]/ { printf "%s%s\n", blank, $0; blank = ""; said = 1; next }
    said { blank = blank "\n" }
    END { exit !(found && said) }
' "$file" || {
    echo "error: $file has no notes under \"## [$version] - YYYY-MM-DD\"" >&2
    echo "hint: give what is under [Unreleased] that heading before the tag" >&2
    exit 1
}
