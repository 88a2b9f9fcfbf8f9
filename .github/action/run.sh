#!/usr/bin/env bash
# The step of action.yml. What it is told comes in the environment alone: HARDEN_* are the action's inputs, the rest is the
# runner's. It runs on bash 3.2, which macOS has. It exits with the program's code, and with 2 where it cannot run it.
set -euo pipefail
exec 2>&1 # one stream, so that nothing overtakes the end of stop-commands

# A value inside a workflow command, which ends at a line break.
escaped() {
    local text=${1//'%'/%25}
    text=${text//$'\r'/%0D}
    printf '%s' "${text//$'\n'/%0A}"
}

fail() {
    echo "::error title=kubectl harden::$(escaped "$1")"
    echo "hint: $(escaped "$2")"
    exit 2
}

# Whether an input is true.
on() {
    case $2 in
        true) return 0 ;;
        false) return 1 ;;
        *) fail "the input $1 is \"$2\"" "write true or false" ;;
    esac
}

# Builds in the action's directory: a rust-toolchain.toml or .cargo/config.toml of the workspace is not for this build.
build() {
    command -v cargo >/dev/null ||
        fail "there is no cargo on this runner" "install Rust 1.89 or later in a step before this one, or use install: path"
    echo "::group::cargo install kubectl-harden"
    (cd "$GITHUB_ACTION_PATH" &&
        CARGO_TARGET_DIR=$home/target cargo install --locked --force --bins --root "$home" --path .) ||
        fail "kubectl-harden does not build" "the output of cargo is above; Rust has to be 1.89 or later"
    echo "::endgroup::"
    program=$home/bin/kubectl-harden
}

archive_name() {
    local os arch suffix=tar.gz
    case ${RUNNER_OS:-} in
        Linux) os=linux ;;
        macOS) os=darwin ;;
        Windows) os=windows suffix=zip ;;
        *) return 1 ;;
    esac
    case ${RUNNER_ARCH:-} in
        X64) arch=amd64 ;;
        ARM64) arch=arm64 ;;
        *) return 1 ;;
    esac
    echo "kubectl-harden-v$1-$os-$arch.$suffix"
}

fetch() {
    curl --fail --silent --show-error --location --retry 3 \
        --proto '=https,file' --proto-redir '=https' --output "$2" "$1" ||
        fail "cannot download $1" "there may be no such release; install: build needs none"
}

sha256_of() {
    if command -v sha256sum >/dev/null; then
        sha256sum <"$1"
    else
        shasum -a 256 <"$1"
    fi | cut -d ' ' -f 1
}

download() {
    local version=${HARDEN_VERSION#v} archive expected actual
    [ -n "$version" ] ||
        version=$(sed -n -e 's/^version = "\(.*\)"$/\1/p' -e '/^version = /q' "$GITHUB_ACTION_PATH/Cargo.toml")
    case $version in
        '' | *[!0-9A-Za-z.+-]*) fail "\"$version\" is not a version" "write it as in 0.1.0" ;;
    esac
    archive=$(archive_name "$version") ||
        fail "there is no archive for ${RUNNER_OS:-?} on ${RUNNER_ARCH:-?}" "use install: build"
    fetch "$HARDEN_RELEASE_URL/v$version/$archive" "$work/$archive"
    expected=$HARDEN_SHA256
    if [ -z "$expected" ]; then
        fetch "$HARDEN_RELEASE_URL/v$version/SHA256SUMS" "$work/SHA256SUMS"
        expected=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$work/SHA256SUMS")
        [ -n "$expected" ] || fail "SHA256SUMS does not name $archive" "give its sum as the input sha256"
    fi
    actual=$(sha256_of "$work/$archive")
    [ "$actual" = "$expected" ] ||
        fail "the sha256 of $archive is $actual, not $expected" "do not use that archive"
    mkdir -p "$home/bin"
    case $archive in
        *.zip) unzip -q -o "$work/$archive" kubectl-harden.exe -d "$home/bin" ;;
        *) tar -xzf "$work/$archive" -C "$home/bin" kubectl-harden ;;
    esac || fail "$archive does not hold the program" "use install: build"
    program=$home/bin/kubectl-harden
}

# Sets the variable program.
install_program() {
    case $HARDEN_INSTALL in
        build) build ;;
        release) download ;;
        path)
            program=$(command -v kubectl-harden) ||
                fail "kubectl-harden is not on PATH" "install it in a step before this one, or use install: build"
            ;;
        *) fail "the input install is \"$HARDEN_INSTALL\"" "write build, release or path" ;;
    esac
}

# Adds the reports that were asked for to the command line and to the variable asked.
add_reports() {
    local line format file
    while read -r line; do
        [ -n "$line" ] || continue
        format=${line%%=*}
        case $line in
            *=-) fail "the report \"$line\" has no file" "the log is for the violations; name a file, or none" ;;
            *=*) file=${line#*=} ;;
            junit) file=$work/junit.xml ;;
            markdown) file=$work/report.md ;;
            *) file=$work/report.$format ;;
        esac
        command_line+=("--report=$format=$file")
        asked+=("$format=$file")
    done <<<"$HARDEN_REPORTS"
}

# Sets the variable command_line.
build_command_line() {
    local line words
    command_line=(--check)
    if on recursive "$HARDEN_RECURSIVE"; then command_line+=(--recursive); fi
    [ -z "$HARDEN_PROFILE" ] || command_line+=("--profile=$HARDEN_PROFILE")
    [ -z "$HARDEN_PSS_VERSION" ] || command_line+=("--pss-version=$HARDEN_PSS_VERSION")
    if on annotations "$HARDEN_ANNOTATIONS"; then command_line+=("--report=github=$work/annotations.txt"); fi
    if on summary "$HARDEN_SUMMARY"; then command_line+=("--report=markdown=$work/summary.md"); fi
    add_reports
    local paths=0
    while read -r line; do
        [ -n "$line" ] || continue
        [ "$line" != - ] || fail "the input paths has -" "a step has no standard input; name files and directories"
        command_line+=("--filename=$line")
        paths=$((paths + 1))
    done <<<"$HARDEN_PATHS"
    [ "$paths" -gt 0 ] || fail "the input paths is empty" "name files and directories, one on each line"
    IFS=$' \t\n' read -r -d '' -a words <<<"$HARDEN_ARGS" || true
    command_line+=(${words[@]+"${words[@]}"})
}

# Names of files come from whoever opened the pull request: between the two commands the runner takes nothing in the log for
# a workflow command. The annotations, which the program escapes, come behind them.
check() {
    local token
    token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    echo "::stop-commands::$token"
    "$program" "${command_line[@]}" >"$work/violations.txt" </dev/null || status=$?
    cat "$work/violations.txt"
    echo "::$token::"
    [ ! -f "$work/annotations.txt" ] || cat "$work/annotations.txt"
}

# GitHub refuses a summary of more than 1 MiB as a whole.
add_summary() {
    local limit=1000000
    [ -f "$work/summary.md" ] || return 0
    if [ "$(wc -c <"$work/summary.md")" -le "$limit" ]; then
        cat "$work/summary.md"
    else
        head -c "$limit" "$work/summary.md" | sed '$d'
        printf '\n\nCut here: a summary has room for 1 MiB. The log of the job lists all violations.\n'
    fi >>"$GITHUB_STEP_SUMMARY"
}

set_outputs() {
    local report file
    {
        echo "exit-code=$status"
        echo "violations=$(wc -l <"$work/violations.txt" | tr -d ' ')"
        echo "reports<<end of reports"
        for report in ${asked[@]+"${asked[@]}"}; do
            file=${report#*=}
            [ ! -f "$file" ] || echo "$file"
        done
        echo "end of reports"
        for report in ${asked[@]+"${asked[@]}"}; do
            file=${report#*=}
            case $report in sarif=*) [ ! -f "$file" ] || echo "sarif=$file" ;; esac
        done
    } >>"$GITHUB_OUTPUT"
}

status=0
asked=()
home=$RUNNER_TEMP/kubectl-harden
work=$(mktemp -d "$RUNNER_TEMP/kubectl-harden-run.XXXXXX")
if on fail-on-violations "$HARDEN_FAIL_ON_VIOLATIONS"; then accepted=0; else accepted=1; fi
cd "$GITHUB_WORKSPACE"
build_command_line
install_program
check
add_summary
set_outputs
[ "$status" -gt "$accepted" ] || status=0
exit "$status"
