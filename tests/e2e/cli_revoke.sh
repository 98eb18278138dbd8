#!/usr/bin/env bash
# A captain leaves, and his phone works on: what it wrote later is set aside everywhere, adopted as it was signed, or
# rejected. A live session of his is cut. One captain changes building by one act. Who is revoked syncs no more.
. "$(dirname "$0")/lib.bash"
community office
linli scope add --store office --parent 样板社区 --kind patch --name 2栋 --style courtyard >/dev/null
serve office
for who in one two; do
    uri=$(linli invite --store office --scope 样板社区/1栋 --role captain --name "captain $who")
    linli join --store "$who" "$uri" --quiet >/dev/null
done
id=$(linli set household --store one --scope 样板社区/1栋 room=101)
linli sync --store one "$address" --json | json 'r["settled"]' >/dev/null
linli sync --store two "$address" --json >/dev/null
one=$(linli grant list --store office --json | json '[g["device"] for g in r if g["name"] == "captain one"][0]')

# A live session: serve with a peer stays; it ends within 2 s of the act. The same store may not come back.
"$LINLI_BIN/linli" serve --store one --listen 127.0.0.1:0 --peer "$address" >one.out 2>one.err &
live=$!
pids+=($live)
for _ in $(seq 100); do
    linli status --store office --json | grep -q '"peers": *\[{' && break
    sleep 0.05
done
exits 4 linli revoke --store office 00000000
exits 4 linli revoke --store office nobody
exits 3 linli revoke --store two "$one"
linli revoke --store office "captain one" --reason left --json >revoked.json
same "$(json '[r["grants"], r["logs"], r["device"]]' <revoked.json)" "[1, 1, \"$one\"]"
same "$(linli grant list --store office --json | json '[g["revoked"] for g in r if g["name"] == "captain one"]')" '[true]'
kill -TERM "$live"
wait "$live" || true
pids=("$server")
exits 4 linli revoke --store office "captain one"

# He did hear of it. A copy of his phone from before did not: here, a colleague's store carries what it wrote.
exits 3 linli set --store one "$id" room=102
exits 3 linli sync --store one "$address"
same "$(linli show --store office "$id" --json | json 'r["fields"]["room"]')" 101

# Late work: two's phone goes, too, but writes before it hears.
linli set --store two "$id" room=103 >/dev/null
"$LINLI_BIN/linli" serve --store two --listen 127.0.0.1:0 >two.out 2>two.err &
two=$!
pids+=($two)
for _ in $(seq 100); do [ -s two.out ] && break; sleep 0.05; done
uri=$(linli invite --store office --scope 样板社区/1栋 --role captain --name "captain three")
linli join --store three "$uri" --quiet >/dev/null
linli revoke --store office "captain two" --reason "the phone was left on a bus" >/dev/null
linli sync --store three "$(sed -n 's/^listening on //p' two.out)" --json >/dev/null
same "$(linli show --store three "$id" --json | json 'r["fields"]["room"]')" 103
linli sync --store three "$address" --json >sync.json
same "$(linli show --store three "$id" --json | json 'r["fields"]["room"]')" 101
cp -r three apart # a copy that nobody meets; what was set aside is not what was there before
linli set --store apart "$id" room=105 >/dev/null
linli history --store apart "$id" >words
grep -q 'room: 103 .*set aside' words || fault "history does not show what was set aside: $(cat words)"
grep -q 'room: 105 (before: 101)' words || fault "history takes what was set aside for what was there: $(cat words)"
same "$(linli aside --store office --json | json '[r["reason"], r["record"]]')" "[\"revoked\", \"$id\"]"
same "$(linli status --store office --json | json 'r["digest"]')" "$(linli status --store office --json | json 'r["digest"]')"
exits 2 linli adopt --store office
exits 3 linli adopt --store three "$id"
same "$(linli adopt --store office "$id" --json | json '[r["adopted"], r["none"], r["refused"]]')" '[1, 0, 0]'
same "$(linli show --store office "$id" --json | json 'r["fields"]["room"]')" 103
same "$(linli history --store office "$id" --json | json 'r[-1]["device"]')" "captain two"
same "$(linli aside --store office --json | wc -l)" 0
linli sync --store three "$address" --json >/dev/null
same "$(linli show --store three "$id" --json | json 'r["fields"]["room"]')" 103
exits 4 linli reject --store office "$id"

# One act: three's old building is closed to him, the new one is open, and his phone knows it at the next meeting.
linli grant move --store office "captain three" --to 样板社区/2栋 --json >/dev/null
linli sync --store three "$address" --json >/dev/null
exits 3 linli set --store three household --scope 样板社区/1栋 room=104
new=$(linli set household --store three --scope 样板社区/2栋 room=201)
linli sync --store three "$address" --json | json 'r["settled"]' >settled
same "$(cat settled)" true
same "$(linli show --store office "$new" --json | json 'r["fields"]["room"]')" 201
for store in office three; do linli verify --store $store >/dev/null; done
kill -TERM "$two"
wait "$two" || true
stop
linli verify --store one >/dev/null
