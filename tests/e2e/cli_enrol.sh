#!/usr/bin/env bash
# Enrolment: the digits are the same on both screens; where the office asks for it a device waits until they were compared;
# everybody hears that a device joined; a photographed, old, foreign or altered invitation lets nobody in.
. "$(dirname "$0")/lib.bash"
community office
serve office --log-level debug
invite() { linli invite --store office --scope 样板社区/1栋 --role captain --name 1栋楼长 "$@"; }
await_waiting() { # until COUNT devices wait
    for _ in $(seq 100); do
        [ "$(linli enrol list --store office --json | wc -l)" = "$1" ] && return
        sleep 0.1
    done
    fault "line ${BASH_LINENO[0]}: not $1 devices wait"
}
join_behind() { # STORE URI: in the background, its digits in STORE.code once it waits
    "$LINLI_BIN/linli" join --store "$1" "$2" --json >"$1.json" 2>"$1.err" &
    joining=$!
    for _ in $(seq 100); do
        grep -oE '[0-9]{6}' "$1.err" >"$1.code" && return
        sleep 0.1
    done
    fault "line ${BASH_LINENO[0]}: no digits: $(cat "$1.err")"
}

# Without --confirm nothing waits, and the digits are told all the same.
linli join --store first "$(invite)" --json >first.json 2>/dev/null
code=$(json 'r["code"]' <first.json)
[[ $code =~ ^[0-9]{6}$ ]] || fault "no digits: $code"
grep -q " info enrolled digits=$code device=[0-9a-f]\{8\} role=captain " office.err || fault "the log has other digits"
grep -q ' info joined device=[0-9a-f]\{8\} role=captain ' office.err || fault "the log does not say who joined"

# With it a device waits; the office sees the same digits; nothing is granted before it confirms them.
grants=$(linli grant list --store office --json | wc -l)
join_behind second "$(invite --confirm)"
await_waiting 1
same "$(linli enrol list --store office --json | json '[r["code"], r["role"], r["name"]]')" "[\"$(cat second.code)\", \"captain\", \"1栋楼长\"]"
same "$(linli grant list --store office --json | wc -l)" "$grants"
wrong=$(printf '%06d' $(((10#$(cat second.code) + 1) % 1000000)))
exits 4 linli enrol confirm --store office "$wrong"
exits 2 linli enrol confirm --store office 12345
[ ! -e second/format ] || fault "a store was made before anybody confirmed"
linli enrol confirm --store office "$(cat second.code)"
wait "$joining"
same "$(json '[r["code"], r["settled"]]' <second.json)" "[\"$(cat second.code)\", true]"
same "$(linli grant list --store office --json | wc -l)" $((grants + 1))
await_waiting 0

# A device that is rejected, and whoever comes with its invitation after it.
uri=$(invite --confirm)
join_behind third "$uri"
await_waiting 1
LANG=zh_CN.UTF-8 linli enrol list --store office | grep -q "$(cat third.code)" || fault "the list has no digits"
linli enrol reject --store office "$(cat third.code)"
wait "$joining" && fault "a rejected device came in"
grep -q 'did not let this device in' third.err || fault "it does not say why: $(cat third.err)"
[ ! -e third ] || fault "a rejected device left a folder behind"
exits 1 linli join --store third "$uri"

# Two devices with one invitation: the one whose digits were confirmed.
uri=$(invite --confirm)
join_behind thief "$uri"
thief=$joining
join_behind honest "$uri"
await_waiting 2
linli enrol confirm --store office "$(cat honest.code)"
wait "$joining"
wait "$thief" && fault "two devices came in with one invitation"
grep -q 'used before' thief.err || fault "the other hears: $(cat thief.err)"

# Everybody of the scope hears of it at the next meeting.
linli sync --store first "$address" --json >sync.json
same "$(json '[j["role"] for j in r["joined"]]' <sync.json)" '["captain", "captain"]'
linli sync --store second "$address" | grep -qE '^device [0-9a-f]{8} joined: captain in [0-9a-f]{8}$' || fault "no line of who joined"

# Used, over, of another root, with another role: nobody comes in.
exits 3 linli join --store fourth "$uri"
exits 3 linli join --store fourth "$(invite --expires 1s)" --now 2099-01-01T00:00:00Z
LINLI_NOW=2026-01-01T00:00:00Z linli invite --store office --scope 样板社区/1栋 --role captain --name 旧 --expires 1s >old
exits 1 linli join --store fourth "$(cat old)" --now 2026-01-01T00:00:00Z # the node's own clock says that it is over
altered() { # URI FIELD: with a bit of that field turned
    python3 - "$1" "$2" <<'P'
import base64, sys
uri, field = sys.argv[1], sys.argv[2]
raw = bytearray(base64.urlsafe_b64decode(uri[6:] + "=" * (-len(uri[6:]) % 4)))
raw[{"network": 4, "secret": 40}[field]] ^= 1
print("linli:" + base64.urlsafe_b64encode(raw).decode().rstrip("="))
P
}
uri=$(invite)
exits 1 linli join --store fourth "$(altered "$uri" network)" # its handshake speaks of another network
exits 1 linli join --store fourth "$(altered "$uri" secret)"
linli join --store fourth "$uri" --json >fourth.json 2>/dev/null
same "$(linli status --store fourth --json | json 'r["role"]')" captain
stop

# As the rule of a node: all but viewers wait.
serve office --confirm-joins
linli join --store viewer "$(linli invite --store office --scope 样板社区 --role viewer --name 居民代表)" --json >/dev/null 2>&1
join_behind fifth "$(invite)"
await_waiting 1
linli enrol confirm --store office "$(cat fifth.code)"
wait "$joining"

# The QR code is the invitation, in a terminal that is light and in one that is dark.
command -v zbarimg >/dev/null || skip "zbarimg is not installed"
invite --qr >qr.txt
for background in 255 0; do
    python3 - $background <qr.txt >qr.pgm <<'P'
import re, sys
background, size = int(sys.argv[1]), 6
dots = []
for line in open("qr.txt", encoding="utf-8"):
    if not line.startswith("\x1b["):
        continue
    assert line.startswith("\x1b[30;47m") and line.rstrip("\n").endswith("\x1b[0m")  # black on white, whatever the theme
    cells = line[len("\x1b[30;47m"):].rstrip("\n")[:-len("\x1b[0m")]
    halves = {"█": (0, 0), "▀": (0, 255), "▄": (255, 0), " ": (255, 255)}
    for half in 0, 1:
        dots.append([halves[c][half] for c in cells])
margin = [background] * 4
width = len(dots[0]) + 8
rows = [[background] * width] * 4 + [margin + row + margin for row in dots] + [[background] * width] * 4
out = b"".join(bytes(v for v in row for _ in range(size)) * size for row in rows)
sys.stdout.buffer.write(b"P5 %d %d 255\n" % (width * size, len(rows) * size) + out)
P
    same "$(zbarimg --quiet --raw qr.pgm)" "$(head -n 1 qr.txt)"
done
stop
