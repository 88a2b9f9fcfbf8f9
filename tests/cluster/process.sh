# shellcheck shell=bash
# Sourced: starting, stopping and waiting for the processes of one cluster, by the pid files in its state directory.
# shellcheck disable=SC2154 # state comes from the script that sources this

# start NAME COMMAND...: in the background, in a session of its own, so that an interrupt of the caller does not reach it.
start() {
    local name=$1
    shift
    mkdir -p "$state/pid" "$state/log"
    setsid nohup "$@" >>"$state/log/$name.log" 2>&1 </dev/null &
    echo $! >"$state/pid/$name"
    # Until it has become the program, pid_of does not know it.
    until pid_of "$name" >/dev/null || ! kill -0 $! 2>/dev/null; do
        sleep 0.01
    done
}

# pid_of NAME: its process id, if that process is really the one of this cluster: every command line names the state directory.
pid_of() {
    local pid words
    [ -s "$state/pid/$1" ] || return 1
    pid=$(<"$state/pid/$1")
    mapfile -d '' -t words 2>/dev/null <"/proc/$pid/cmdline" || return 1
    [[ "${words[*]}" == *"$state/"* ]] || return 1
    echo "$pid"
}

# stop NAME [SIGNAL]: ends it, after 15 s by force. It may be frozen, and then has to be woken up to see the signal.
stop() {
    local pid tries=150
    if pid=$(pid_of "$1"); then
        kill "-${2:-TERM}" "$pid"
        kill -CONT "$pid" 2>/dev/null || true
        while pid_of "$1" >/dev/null; do
            tries=$((tries - 1))
            [ "$tries" != 0 ] || kill -KILL "$pid" 2>/dev/null || true
            [ "$tries" -gt -50 ] || die "$1 ($pid) does not end"
            sleep 0.1
        done
        echo "stopped $1 ($pid)"
    fi
    rm -f "$state/pid/$1"
}

# wait_for NAME SECONDS WHAT COMMAND...: until the command succeeds; NAME is the process whose log explains a failure.
wait_for() {
    local name=$1 deadline=$((SECONDS + $2)) what=$3
    shift 3
    until "$@" >/dev/null 2>&1; do
        pid_of "$name" >/dev/null || failed "$name" "$name ended before $what"
        [ "$SECONDS" -lt "$deadline" ] || failed "$name" "gave up waiting for $what"
        sleep 0.1
    done
}

failed() {
    echo "--- the end of $state/log/$1.log" >&2
    tail -n 20 "$state/log/$1.log" >&2 || true
    die "$2" "the logs are in $state/log"
}
