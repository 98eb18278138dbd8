#!/usr/bin/env bash
# A resident asks to be erased: nothing of hers is in any file of any replica afterwards, a captain who was away comes back with
# old and new edits and does not bring her back, every signature stays good, and her neighbour is still there.
. "$(dirname "$0")/lib.bash"
canaries=(金丝雀姓名 金丝雀关系 金丝雀户籍 金丝雀住址 金丝雀诉求 canary-detail 金丝雀旧改 金丝雀新改)
# clean STORE: no canary is in any of its files, their names included.
clean() {
    local canary
    for canary in "${canaries[@]}"; do
        ! grep -raqF -- "$canary" "$1" || return 1
        [ -z "$(find "$1" -name "*$canary*")" ] || return 1
    done
}
community office
serve office
for who in one two; do
    uri=$(linli invite --store office --scope 样板社区/1栋 --role captain --name "captain $who")
    linli join --store "$who" "$uri" --quiet >/dev/null
done
household=$(linli set household --store one --scope 样板社区/1栋 room=101)
resident=$(linli set resident --store one --scope 样板社区/1栋 "household=$household" name=金丝雀姓名 relation=金丝雀关系 \
    registered=金丝雀户籍 residence=金丝雀住址 phone=13900000001 note=sealed)
neighbour=$(linli set resident --store one --scope 样板社区/1栋 "household=$household" name=不相干的邻居)
request=$(linli set request --store one --scope 样板社区/1栋 "resident=$resident" title=金丝雀诉求 detail=canary-detail)
for who in one two one; do linli sync --store "$who" "$address" --json >/dev/null; done
same "$(linli show --store two "$resident" --json | json 'r["fields"]["name"]')" 金丝雀姓名
linli set --store two "$resident" relation=金丝雀旧改 >/dev/null # and then he is away for a year
for store in office one two; do ! clean "$store" || fault "the canaries are not where they should be: $store"; done

# By the schema, what is about a person goes with them, and what is about a household with it; who lives there does not.
put() { linli set "$1" --store office --scope 样板社区/1栋 "${@:2}"; }
cared=$(put resident "household=$household" name=别的邻居)
put care "resident=$cared" alone=yes >/dev/null
put consent "resident=$cared" covers=relief basis=consent given=2026-01-01 >/dev/null
put residence "resident=$cared" since=2026-01-01 >/dev/null
put same_as "one=$cared" "other=$neighbour" >/dev/null
asked=$(put request "resident=$cared" title=坡道)
put fund "request=$asked" purpose=坡道 amount=1 >/dev/null
same "$(linli erase --store office "$cared" --reason x --dry-run --json | json 'r["types"]')" \
    '{"resident": 1, "request": 1, "residence": 1, "care": 1, "consent": 1, "same_as": 1, "fund": 1}'
put visit "household=$household" >/dev/null
put vote "household=$household" option=甲 >/dev/null
put notice_receipt "household=$household" how=spoken >/dev/null
same "$(linli erase --store office "$household" --reason x --dry-run --json | json 'r["types"]')" '{"household": 1, "visit": 1, "notice_receipt": 1, "vote": 1}'
linli erase --store office "$cared" --reason "asked at the desk" --json >/dev/null
linli sync --store one "$address" --json >/dev/null

exits 2 linli erase --store office "$resident"
exits 2 linli erase --store office --reason "asked at the desk"
exits 2 linli erase --store office "$resident" --reason x --kind nonsense
exits 4 linli erase --store office 00000000 --reason "asked at the desk"
exits 3 linli erase --store one "$resident" --reason "not his to say"
same "$(linli erase --store office "$resident" --reason x --dry-run --json | json '[r["records"], r["types"], r["dry_run"]]')" \
    '[2, {"resident": 1, "request": 1}, true]'
same "$(linli show --store office "$resident" --json | json '"erased" in r')" false
linli erase --store office "$resident" --kind resident-request --reason "asked at the desk" --json >erased.json
same "$(json '[r["records"], r["orders"], r["compacted"], r["left"], r["left_classes"]]' <erased.json)" '[2, 2, true, 0, []]'
clean office || fault "the office still has it"
same "$(linli show --store office "$resident" --json | json '[r["fields"], r["deleted"], r["erased"][0]["kind"], r["erased"][0]["counts"]]')" \
    '[{}, true, "resident-request", true]'
same "$(linli history --store office "$resident" --json | json 'all:[l["kind"] for l in r if "erased" in l]')" '["resident-request"]'
linli show --store office "$resident" | grep -q '^erased ' || fault "show does not say that it was erased"
same "$(linli list resident --store office --json | json 'r["id"]')" "$neighbour"
linli sync --store one "$address" --json >/dev/null
clean one || fault "captain one still has it"

# He comes back, with what he wrote before and writes more before he hears.
future=$(date -u -d '+1 year' +%Y-%m-%dT%H:%M:%SZ)
LINLI_NOW=$future linli set --store two "$resident" residence=金丝雀新改 >/dev/null
for _ in 1 2; do linli sync --store two "$address" --json >/dev/null; done
for who in one two; do linli sync --store "$who" "$address" --json >"$who.json"; done
same "$(json 'r["settled"]' <two.json)" true
clean two || fault "captain two still has it"
for _ in $(seq 100); do # the node writes its store anew when nobody is connected
    clean office && break
    sleep 0.1
done
clean office || fault "it came back to the office"
clean one || fault "it came back to captain one"
exits 3 env "LINLI_NOW=$future" "$LINLI_BIN/linli" set --store two "$resident" name=金丝雀姓名
for who in one two; do
    same "$(linli show --store "$who" "$resident" --json | json 'r["fields"]')" '{}'
    same "$(linli show --store "$who" "$request" --json | json 'r["fields"]')" '{}'
    same "$(linli show --store "$who" "$neighbour" --json | json 'r["fields"]["name"]')" 不相干的邻居
    same "$(linli aside --store "$who" --json | wc -l)" 0
    linli verify --store "$who" >/dev/null
    clean "$who" || fault "looking at it brought it back to $who"
done
same "$(linli status --store one --json | json 'r["digest"]')" "$(linli status --store two --json | json 'r["digest"]')"
same "$(linli erase --store office "$resident" --reason again --json | json 'r["orders"]')" 0
exits 2 linli compact --store office --older-than 2y
linli compact --store office --json | json 'r["bytes_after"] > 0' >compacted
same "$(cat compacted)" true
linli verify --store office >/dev/null
stop
linli verify --store office >/dev/null
clean office || fault "the node kept it"
