#!/usr/bin/env bash
# A store that `serve` holds is used by the other verbs as if it were free: their flags, folder, clock, language and
# exit codes are the caller's. A captain joins, works offline, and syncs.
. "$(dirname "$0")/lib.bash"
community office
serve office
[ -S office/control.sock ] || fault "no control socket"
same "$(stat -c %a office/control.sock)" 600
grep -qE '^Max core file size +0 +0 ' "/proc/$server/limits" || fault "the daemon would leave a core dump"
linli import "$demo/roster.csv" --store office --scope 样板社区 --json >report
same "$(counts report)" "60 60 0 0 0"
mkdir below
cp "$demo/roster.csv" below/r.csv
same "$(cd below && linli import r.csv --store ../office --scope 样板社区 --json | json 'r["unchanged"]')" 60
exits 5 linli import "$top/LICENSE" --store office --scope 样板社区
exits 4 linli show --store office 0123456789abcdef0123456789abcdef
exits 2 linli list --store office nosuchtype
exits 1 linli serve --store office --listen 127.0.0.1:0
linli list resident --store office --json | head -n 1 >/dev/null
linli export --store office --format jsonl --out whole.jsonl
[ "$(wc -l <whole.jsonl)" -gt 84 ] || fault "the export is short"
for i in 1 2 3 4 5 6 7 8; do
    linli set household --store office --scope 样板社区/1栋 room=9$i >set.$i &
    sets[i]=$!
done
wait "${sets[@]}"
same "$(cat set.* | sort -u | wc -l)" 8
printf 'x\n' | timeout 10 "$LINLI_BIN/linli" status --store office >/dev/null || fault "status with a pipe on stdin"

# A captain joins by what `serve` knows of its own address, takes the building, works, and gives back.
uri=$(linli invite --store office --scope 样板社区/1栋 --role captain --name 1栋楼长)
linli join --store captain "$uri" --name 楼长的手机 --json >join.json 2>join.err
same "$(json '[r["role"], r["settled"], sorted(r)]' <join.json)" \
    '["node", true, ["code", "conflicts_new", "in", "out", "peer", "role", "round_trips", "seconds", "set_aside", "settled"]]'
same "$(linli status --store captain --json | json 'r["role"]')" captain
same "$(linli list resident --store captain --json | wc -l)" 60
exits 3 linli join --store second "$uri"
[ ! -e second ] || fault "a refused join left a folder behind"
id=$(linli list resident --store captain --where name=甲一 --json | json 'r["id"]')
linli set --store captain "$id" phone=19900000777 >/dev/null
exits 3 linli set --store captain scope --scope 样板社区/1栋 name=我的
linli sync --store captain "$address" --json >sync.json
same "$(json '[sorted(r), sorted(r["in"]), r["settled"], r["out"]["changesets"]]' <sync.json)" \
    '[["conflicts_new", "in", "joined", "out", "peer", "role", "round_trips", "seconds", "set_aside", "settled"], ["bytes", "changesets"], true, 1]'
same "$(linli show --store office "$id" --json | json 'r["fields"]["phone"]')" 19900000777
same "$(linli history --store office "$id" --json | json 'r[-1]["device"]')" 1栋楼长
same "$(linli scope list --store office --json | json '[s["captain"] for s in r if s["kind"] == "patch"]')" '["1栋楼长"]'
same "$(linli status --store captain --json | json 'r["peers"][0]["address"]')" "$address"
same "$(stat -c %a captain/peers.json)" 600
same "$(linli export --store office --scope 样板社区/1栋 --format jsonl | sha256sum)" \
    "$(linli export --store captain --scope 样板社区/1栋 --format jsonl | sha256sum)"
linli verify --store office >/dev/null
linli verify --store captain >/dev/null
stop
[ ! -e office/control.sock ] || fault "the socket was left behind"
linli status --store office >/dev/null

# A daemon that was killed leaves a socket that nobody answers.
serve office
kill -KILL "$server"
wait "$server" 2>/dev/null || true
pids=()
[ -e office/listening ] || fault "the word of the address is gone, so this shows nothing"
linli status --store office >/dev/null
exits 2 linli invite --store office --scope 样板社区/1栋 --role captain --name 甲 # nobody listens there now

# A daemon that is killed in the middle of a call says nothing any more: the caller does.
serve office
same "$(stat -c %a office/listening)" 600
mkfifo endless
exits 1 linli import endless --store office --scope 样板社区 &
call=$!
sleep 1
kill -KILL "$server"
wait "$call" || fault "the caller of a killed daemon: $(cat err)"
pids=()

# Callers that send too few streams, or one too many, cost no descriptor.
serve office
descriptors() { ls "/proc/$server/fd" 2>/dev/null | wc -l; } # a process that leaves no core shows them to root alone
before=$(descriptors)
[ "$before" -gt 0 ] || [ "$(id -u)" != 0 ] || fault "the daemon's descriptors cannot be counted"
python3 - office/control.sock <<'P'
import array, socket, struct, sys
for count in [0, 1, 2, 4] * 20:
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [1] * count))] if count else []
    s.sendmsg([struct.pack("=I", 2)], rights)
    s.close()
P
for _ in $(seq 40); do
    [ "$(descriptors)" -gt "$before" ] || break
    sleep 0.05
done
same "$(descriptors)" "$before"
stop

# A daemon that has no descriptor left waits for one; it does not ask over and over.
(ulimit -n 40; exec "$LINLI_BIN/linli" serve --store office --listen 127.0.0.1:0 >few.out) &
server=$!
pids+=($server)
for _ in $(seq 200); do
    [ -s few.out ] && break
    sleep 0.05
done
python3 - office/control.sock "$server" <<'P' || fault "a daemon without descriptors spins"
import os, socket, sys, time
held = [socket.socket(socket.AF_UNIX) for _ in range(60)]
for s in held:
    s.connect(sys.argv[1])
time.sleep(0.5)
def ticks():
    return sum(map(int, open(f"/proc/{sys.argv[2]}/stat").read().rsplit(")", 1)[1].split()[11:13]))
before = ticks()
time.sleep(2)
sys.exit((ticks() - before) / os.sysconf("SC_CLK_TCK") > 0.5)
P
timeout 20 "$LINLI_BIN/linli" status --store office >/dev/null || fault "the daemon does not come back"
stop
