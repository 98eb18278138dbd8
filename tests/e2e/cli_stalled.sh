#!/usr/bin/env bash
# A reader that stands still holds nobody up: whatever a verb prints, the node goes on, and the reader gets it all later.
. "$(dirname "$0")/lib.bash"
linli init --store office --root community --name 样板社区 --quiet >/dev/null
linli sample --store office --seed 5 --communities 1 --households 300 --json >/dev/null
verbs=("list resident --json" "export --format jsonl" "export --format csv --type resident" "export --format csv" "list resident")
for i in "${!verbs[@]}"; do linli ${verbs[i]} --store office >want.$i; done
[ "$(stat -c %s want.0)" -gt 200000 ] || fault "the list fits into a pipe"
serve office
readers=()
for i in "${!verbs[@]}"; do
    # shellcheck disable=SC2086
    linli ${verbs[i]} --store office | { sleep 15; cat >got.$i; } &
    readers+=($!)
done
sleep 1
for _ in 1 2 3; do timeout 4 "$LINLI_BIN/linli" status --store office >/dev/null || fault "a stalled reader holds the node up"; done
timeout 4 "$LINLI_BIN/linli" set household --store office --scope 样板社区 room=1 >/dev/null || fault "a stalled reader holds writers up"
wait "${readers[@]}"
for i in "${!verbs[@]}"; do cmp want.$i got.$i || fault "linli ${verbs[i]}: cut short"; done
stop

# What waits holds fields that were sealed: it waits in memory, however long it is, and needs no folder.
linli init --store large --root community --name 样板社区 --quiet >/dev/null
linli sample --store large --seed 5 --communities 1 --households 3000 --json >/dev/null
TMPDIR=$work/nowhere linli export --store large --format jsonl >whole
[ "$(stat -c %s whole)" -gt 4194304 ] || fault "the export is too short for this test: $(stat -c %s whole)"
TMPDIR=$work/nowhere exits 1 linli export --format xlsx --store large
grep -q TMPDIR err || fault "the line does not name the folder: $(cat err)"

# Nor does one that never reads, or never writes, keep the node from ending.
serve large
mkfifo never endless
exec 7<>never 8<>endless
linli export --store large --format jsonl >&7 &
linli import --store large --scope 样板社区 /dev/stdin <&8 2>err.import &
sleep 2
began=$SECONDS
stop
[ $((SECONDS - began)) -le 8 ] || fault "callers that stand still kept the node from ending for $((SECONDS - began)) s"
wait || true
linli verify --store large >/dev/null
