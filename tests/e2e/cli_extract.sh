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
linli set fund --store office --scope $patch "request=$theirs" purpose=别人的事 amount=100 >/dev/null
fund=$(linli set fund --store office --scope $patch "request=$mine" purpose=坡道 amount=180000)
visit=$(linli set visit --store office --scope $patch "household=$household" note=走访)

linli export --store office --resident "$resident" --json >extract.json
same "$(json 'set(x["id"] for x in r["records"]) == {"'"$resident"'", "'"$household"'", "'"$mine"'", "'"$fund"'", "'"$visit"'"}' <extract.json)" true
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
same "$(at '+1826 days' | json 'r["types"]')" '{"request": 2}' # what was paid for stays to be accounted for
same "$(linli show --store office "$visit" --json | json '[r["fields"], r["erased"][0]["kind"]]')" '[{}, "retention"]'
export LINLI_NOW=$(date -u -d "+1827 days" +%Y-%m-%dT%H:%M:%SZ) # a look is recorded, and the clock does not go back
same "$(linli show --store office "$resident" --json | json 'r["fields"]["name"]')" 演示甲
same "$(linli audit --store office --act erase --json | json 'len(r)')" 3
linli verify --store office >/dev/null

# A term that runs from a date: a resident's year begins when they have left, and a registration ends with its round.
export LINLI_NOW=2026-01-02T12:00:00Z
community town
resident=$(linli set resident --store town --scope $patch name=演示丙 arrived=2026-01-01)
round=$(linli set round --store town --scope 样板社区 title=演示登记 why=演示 basis=consent starts=2026-01-01 ends=2026-02-01)
linli set registration --store town --scope $patch "round=$round" name=演示丁 ends=2026-02-01 >/dev/null
due() { LINLI_NOW=$1T12:00:00Z linli erase --store town --due --dry-run --json | json 'r["types"]'; }
same "$(due 2040-01-01)" '{"registration": 1}' # who has not left lives there
same "$(due 2026-03-02)" '{}'
same "$(due 2026-03-04)" '{"registration": 1}'
linli set "$resident" --store town left=2026-06-30 >/dev/null
same "$(due 2027-06-29)" '{"registration": 1}'
same "$(due 2027-07-01)" '{"resident": 1, "registration": 1}'
linli set "$resident" --store town left= >/dev/null # back again
same "$(due 2027-07-01)" '{"registration": 1}'
linli set "$resident" --store town left=2001-01-01 >/dev/null # of long ago: there are days to put it right
same "$(due 2026-01-31)" '{}'
same "$(due 2026-02-02)" '{"resident": 1}'
linli set "$resident" --store town left= >/dev/null
endless=$(linli set registration --store town --scope $patch "round=$round" name=演示戊) # nobody wrote when its round ends
same "$(due 2026-01-31)" '{}'
same "$(due 2026-02-02)" '{"registration": 1}'
linli delete "$endless" --store town >/dev/null
exits 2 linli set request --store town --scope $patch title=演示 fund_amount=1
grep -q 'fund.amount' err || fault "who writes a retired field is not sent on"
