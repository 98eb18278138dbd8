# What the e2e scripts of the command line share; sourced. Each works in a folder of its own, on stores of its own.
set -eu
: "${LINLI_BIN:?names the folder of the built programs}"
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
shared=${LINLI_SHARED_DATA:-$top/../shared/data}
demo=$top/apps/demo/data
work=$(mktemp -d)
pids=()
finish() {
    local rc=$? pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    [ ${#pids[@]} -eq 0 ] || wait "${pids[@]}" 2>/dev/null || true
    rm -rf "$work"
    exit "$rc"
}
trap finish EXIT
unset LINLI_STORE LINLI_PASSPHRASE LINLI_NOW LINLI_LOCALEDIR LC_ALL LC_MESSAGES LANGUAGE || true
export LANG=C.UTF-8 NO_COLOR=1
cd "$work"

linli() { "$LINLI_BIN/linli" "$@"; }
fault() {
    echo "FAULT $(basename "$0"): $*" >&2
    exit 1
}
skip() {
    echo "SKIP: $*"
    exit 77
}
# The line that called, so that a fault says where.
same() { [ "$1" = "$2" ] || fault "line ${BASH_LINENO[0]}: wanted '$2', got '$1'"; }
# exits CODE COMMAND...: the command ends so, prints nothing on stdout when it fails, and one line on stderr.
exits() {
    local want=$1 rc=0
    shift
    "$@" >out 2>err </dev/null || rc=$?
    [ "$rc" = "$want" ] || fault "line ${BASH_LINENO[0]}: exit $rc instead of $want: $* ($(head -n 3 err))"
    if [ "$want" != 0 ]; then
        [ "$(wc -l <err)" = 1 ] || fault "line ${BASH_LINENO[0]}: not one line on stderr: $(cat err)"
        grep -qE '^linli: [^;]+: [^;]+; .+$' err || fault "line ${BASH_LINENO[0]}: not 'linli: WHAT: WHY; WHAT TO DO': $(cat err)"
    fi
}
# json EXPRESSION < document: r is the document, or the list of documents when there are several lines.
json() {
    python3 -c 'import json, sys
lines = [json.loads(line) for line in sys.stdin if line.strip()]
r = lines[0] if len(lines) == 1 and not sys.argv[1].startswith("all:") else lines
value = eval(sys.argv[1].removeprefix("all:"))
print(json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list, bool)) or value is None else value)' "$1"
}
# counts REPORT: "rows created updated unchanged rejected" of an import.
counts() { json '"%d %d %d %d %d" % tuple(r[k] for k in ("rows", "created", "updated", "unchanged", "rejected"))' <"$1"; }
# A community that stands alone, with one building's patch.
community() {
    linli init --store "$1" --root community --name 样板社区 --quiet >/dev/null
    linli scope add --store "$1" --parent 样板社区 --kind patch --name 1栋 --style courtyard >/dev/null
}
# serve STORE FLAGS...: start, wait for the line, put the address into $address
serve() {
    local store=$1
    shift
    rm -f "$store.out" # of a server before this one
    "$LINLI_BIN/linli" serve --store "$store" --listen 127.0.0.1:0 "$@" >"$store.out" 2>"$store.err" &
    server=$!
    pids+=($server)
    for _ in $(seq 200); do
        [ -s "$store.out" ] && break
        sleep 0.05
    done
    address=$(sed -n 's/^listening on //p' "$store.out")
    [ -n "$address" ] || fault "serve does not listen: $(cat "$store.out" "$store.err")"
}
stop() {
    kill -TERM "$server"
    rc=0
    wait "$server" || rc=$?
    same "$rc" 0
    pids=()
}
