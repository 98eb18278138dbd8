#!/usr/bin/env bash
# What is held about one person, and what is past its term: the schema's terms, orders by date, and an extract that names no
# neighbour.
. "$(dirname "$0")/lib.bash"
community office
patch=样板社区/1栋
household=$(linli set household --store office --scope $patch room=101)
resident=$(linli set resident --store office --scope $patch "household=$household" name=演示甲 phone=13900000001)
other=$(linli set resident --store office --scope $patch "household=$household" name=演示乙)
mine=$(linli set request --store office --scope $patch "resident=$resident" "household=$household" title=坡道)
theirs=$(linli set request --store office --scope $patch "resident=$other" "household=$household" title=别人的事)
visit=$(linli set visit --store office --scope $patch "household=$household" note=走访)

linli export --store office --resident "$resident" --json >extract.json
same "$(json 'set(x["id"] for x in r["records"]) == {"'"$resident"'", "'"$household"'", "'"$mine"'", "'"$visit"'"}' <extract.json)" true
same "$(json 'sorted(set(w["field"] for w in r["writes"] if w["record"] == r["resident"]))' <extract.json)" '["household", "name", "phone"]'
same "$(json '[(g["role"], g["name"]) for g in r["readers"]]' <extract.json)" '[["node", "样板社区"]]'
! grep -qE '演示乙|别人的事' extract.json || fault "the extract names a neighbour"
linli export --store office --resident "$resident" --out mine.txt
grep -q 演示甲 mine.txt || fault "the extract for people does not name them"
! grep -qE '演示乙|别人的事' mine.txt || fault "the extract for people names a neighbour"
LC_ALL=C.UTF-8 LANGUAGE=zh_CN linli export --store office --resident "$resident" >/dev/null
exits 4 linli export --store office --resident "$household"
exits 4 linli export --store office --resident 00000000
exits 2 linli export --store office

# Three years later the visit is past its term, five years later the requests; residents stay.
same "$(linli schema visit --json | json 'r["keep_days"]')" 1095
linli schema visit | grep -q 1095 || fault "schema does not say for how long visits are kept"
same "$(linli erase --store office --due --json | json '[r["records"], r["orders"]]')" '[0, 0]'
at() { LINLI_NOW=$(date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ) linli erase --store office --due "${@:2}" --json; }
same "$(at '+1096 days' --dry-run | json 'r["types"]')" '{"visit": 1}'
same "$(at '+1096 days' --scope $patch | json '[r["types"], r["records"]]')" '[{"visit": 1}, 1]'
same "$(at '+1096 days' | json 'r["records"]')" 0
same "$(at '+1826 days' | json 'r["types"]')" '{"request": 2}'
same "$(linli show --store office "$visit" --json | json '[r["fields"], r["erased"][0]["kind"]]')" '[{}, "retention"]'
export LINLI_NOW=$(date -u -d "+1827 days" +%Y-%m-%dT%H:%M:%SZ) # a look is recorded, and the clock does not go back
same "$(linli show --store office "$resident" --json | json 'r["fields"]["name"]')" 演示甲
same "$(linli audit --store office --act erase --json | json 'len(r)')" 3
linli verify --store office >/dev/null
