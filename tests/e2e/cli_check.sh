#!/usr/bin/env bash
# What does not fit is listed with what to do, refuses nothing, and goes when it is mended; buildings are made from three numbers,
# on two devices the same.
. "$(dirname "$0")/lib.bash"
community office
export LINLI_STORE=$work/office
patch=样板社区/1栋
# finds FINDING.FIELD...: these and no others, by the records that were made last.
finds() { same "$(linli check --json | json 'all:sorted("%s.%s" % (f["finding"], f["field"] or "") for f in r)')" "$(printf '%s\n' "$@" | sort | python3 -c 'import json, sys; print(json.dumps(sys.stdin.read().split()))')"; }
none() { same "$(linli check --json | wc -l)" 0; }
new() { linli set "$1" --scope $patch "${@:2}"; }

# --- a building from three numbers ---
linli building add --scope $patch --name 1栋 --units 3 --floors 18 --rooms 2 --year 1996 --style courtyard --json >made
same "$(json '[r["units"], r["dwellings"], r["created"]]' <made)" '[3, 108, 112]'
same "$(linli list dwelling --json | json '[len(r), len({(x["fields"]["unit"], x["fields"]["room"]) for x in r}), max(int(x["fields"]["room"]) for x in r)]')" '[108, 108, 1802]'
same "$(linli building add --scope $patch --name 1栋 --units 3 --floors 18 --rooms 2 --json | json 'r["created"]')" 0
same "$(linli building add --scope $patch --name 9栋 --units 1 --floors 5 --rooms 2 --skip 4 --json | json '[r["dwellings"], r["created"]]')" '[8, 10]'
exits 2 linli building add --scope $patch --name 2栋 --units 3 --floors 18
exits 2 linli building add --scope $patch --name 2栋 --units 0 --floors 18 --rooms 2
exits 2 linli building add --scope $patch --name 2栋 --units 99 --floors 99 --rooms 99
exits 2 linli building add --scope $patch --name 2栋 --units 1 --floors 1 --rooms 1 --year soon
exits 2 linli building add --name 2栋 --units 1 --floors 1 --rooms 1
none

# --- who had that address as text is given the dwelling that it means; others, and those that name one, are left alone ---
text=$(new household building=1幢 unit=2单元 room=302室 head=戊例)
away=$(new household building=7栋 unit=2 room=302 head=己例)
same "$(linli building add --scope $patch --name 1栋 --units 3 --floors 18 --rooms 2 --json | json '[r["created"], r["linked"]]')" '[0, 1]'
meant=$(linli show "$text" --json | json 'r["fields"]["dwelling"]')
same "$(linli show "$meant" --json | json 'r["fields"]["room"]')" 302
same "$(linli show "$away" --json | json '"dwelling" in r["fields"]')" false
same "$(linli building add --scope $patch --name 1栋 --units 3 --floors 18 --rooms 2 --json | json 'r["linked"]')" 0
none # 302室 in 1幢 is room 302 of 1栋
linli delete "$text" >/dev/null

# Names that begin alike, however long, are not the same; what is too long to be compared whole is left alone.
alike=样板市样板区样板街道样板路样板苑 longer=$(python3 -c 'print("样" * 90)')
text=$(new household "building=${alike}乙栋" unit=1 room=101 head=庚例)
same "$(linli building add --scope $patch --name ${alike}甲栋 --units 1 --floors 1 --rooms 2 --json | json '[r["dwellings"], r["linked"]]')" '[2, 0]'
same "$(linli building add --scope $patch --name ${alike}乙栋 --units 1 --floors 1 --rooms 2 --json | json '[r["dwellings"], r["linked"]]')" '[2, 1]'
meant=$(linli show "$text" --json | json 'r["fields"]["dwelling"]')
same "$(linli show "$(linli show "$meant" --json | json 'r["fields"]["building"]')" --json | json 'r["fields"]["name"]')" ${alike}乙栋
linli delete "$text" >/dev/null
block=$(new building name=${longer}甲)
place=$(new dwelling "building=$block" room=101)
text=$(new household building=${longer}乙 room=101 head=庚例)
same "$(linli building add --scope $patch --name 1栋 --units 3 --floors 18 --rooms 2 --json | json 'r["linked"]')" 0
for id in $text $place $block; do linli delete "$id" >/dev/null; done
linli delete "$away" >/dev/null

# --- a name under which something was deleted or erased makes nothing, and says so ---
add() { linli building add --scope $patch --name "$1" --units 1 --floors 1 --rooms 2 --json; }
gone=$(add 废栋 | json 'r["id"]')
linli delete "$gone" >/dev/null
exits 3 add 废栋
grep -q 'deleted; give another name' err || fault "it does not say that it was deleted: $(cat err)"
LANG=zh_CN.UTF-8 add 废栋 2>err && fault "it was made again"
[ ! -d "$LINLI_BIN/../locale" ] || grep -q '请换个名称' err || fault "no Chinese: $(cat err)"
same "$(linli list building --where name=废栋 --json | wc -l)" 0
linli delete "$gone" --restore >/dev/null
same "$(add 废栋 | json 'r["created"]')" 0
flat=$(linli list dwelling --json | json 'all:[d["id"] for d in r if d["fields"].get("building") == "'"$gone"'"][0]')
linli set "$flat" tenure=owner >/dev/null
linli erase "$flat" --reason 演示 --kind error --yes >/dev/null
exits 3 add 废栋
grep -q 'erased.*give another name' err || fault "it does not say that it was erased: $(cat err)"
none

# --- one household that is whole ---
flat=$(linli list dwelling --where room=501 --json | json 'all:[d["id"] for d in r if d["fields"]["building"] == "'"$(json 'r["id"]' <made)"'"][0]')
home=$(new household building=1栋 unit=1 room=501 head=甲例 "dwelling=$flat")
head=$(new resident "household=$home" name=甲例 relation=户主 sex=male birth_date=1884-02-29 id_number=530111188402290019 phone=13800138000)
none

# --- each thing that does not fit, alone: what is set, what is found, and that it goes ---
# try ID FIELD=WRONG FINDING.FIELD...: and back to what it was
try() {
    local id=$1 wrong=$2 field=${2%%=*} before
    before=$(linli show "$id" --json | json 'r["fields"].get("'"$field"'") or ""')
    linli set "$id" "$wrong" >/dev/null || fault "a finding refused a write: $wrong"
    finds "${@:3}"
    linli set "$id" "$field=$before" >/dev/null
    none
}
try "$home" head= missing.head
try "$home" head=乙例 head.head
try "$home" unit=4 unit.unit
try "$home" room=1901 room.room address.room
try "$home" room=503 room.room address.room
try "$home" room=502 address.room
try "$home" building=无此栋 address.building # no such building is recorded, so nothing is known of its rooms
try "$home" building=9栋 address.building
try "$head" household= missing.household
try "$head" relation=远亲戚 word.relation
try "$head" phone=12345 phone.phone
try "$head" id_number=530111188402290055 identity.id_number
try "$head" id_number=530111840229001 identity.id_number
try "$head" sex=female sex.sex
try "$head" birth_date=1884-03-01 birth.birth_date
try "$head" disability_type=多重残疾 missing.disability_grade missing.disability_parts
try "$head" disability_type=肢体、智力 missing.disability_grade several.disability_type
linli set "$head" disability_type=多重 disability_grade=1级 "disability_parts=肢体、智力残疾" >/dev/null
same "$(linli show "$head" --json | json '[r["fields"][f] for f in ("disability_type", "disability_grade", "disability_parts")]')" '["多重残疾", "一级", "肢体、智力残疾"]'
none
try "$head" disability_parts=肢体、无此类 word.disability_parts
linli set "$head" disability_type= disability_grade= disability_parts= >/dev/null
try "$head" disability_type=limb missing.disability_grade
try "$head" household=$flat reference-type.household
try "$head" name="$(python3 -c 'print("甲" * 51)')" name.name head.head
linli set "$head" arrived=2021-01-01 left=2020-12-31 >/dev/null
finds order.left
linli set "$head" arrived= left= >/dev/null
none
agreed=$(new consent "resident=$head" covers=health basis=consent given=2024-01-01)
none
try "$agreed" basis=emergency missing.ends # an emergency has an end
tower=$(linli list building --where name=9栋 --json | json 'r["id"]')
try "$tower" year=19960 bounds.year
request=$(new request title=坡道 "household=$home")
gone=$(new asset kind=handrail place=楼道 "request=$request")
none
linli delete "$request" >/dev/null
finds reference-deleted.request
linli delete "$gone" >/dev/null
none

# --- the same thing twice: found, joined, parted again ---
twin=$(new resident "household=$home" name=甲例 birth_date=1884-02-29)
linli check --json >twins
same "$(json '[r["finding"], {r["record"], r["other"]} == {"'"$head"'", "'"$twin"'"}]' <twins)" '["duplicate", true]'
joined=$(new same_as "one=$twin" "other=$head")
none
linli delete "$joined" >/dev/null # it is undone like any record
finds duplicate.
linli delete "$joined" --restore >/dev/null
none
new household building=1栋 unit=1 room=501 head=丙例 >/dev/null
finds duplicate.

# --- for people, in both languages; a scope and a type alone ---
linli check | grep -q '1 findings in' || fault "no sum for people"
linli check | grep -q 'look at both' || fault "it does not say what to do"
if [ -d "$LINLI_BIN/../locale" ]; then LANG=zh_CN.UTF-8 linli check | grep -q '请两条都看一看' || fault "no Chinese"; fi
same "$(linli check resident --json | wc -l)" 0
same "$(linli check --scope $patch --json | wc -l)" 1
exits 2 linli check nothing
exits 4 linli check --scope nowhere

# --- counties: of a city whose list is held, those that there are and were; an unknown one is found and not refused ---
linli init --store city --root city --name 样板市 --division 530100 --quiet >/dev/null
linli scope add --store city --parent 样板市 --kind district --name 样板区 --division 530111 >/dev/null
strange() { same "$(linli check resident --store city --json | json 'all:[f["finding"] for f in r if f["field"] == "id_number"]')" "$1"; }
for number in 530111188402290019 530121188401010014 110105194912310\02X; do
    linli set resident --store city --scope 样板市 name=样例 "id_number=${number//\\/}" >/dev/null
done
strange '[]' # one district is no list: who holds it alone knows of no other
linli scope add --store city --parent 样板市 --kind district --name 邻区 --division 530112 >/dev/null
strange '["county"]'
linli init --store district --root city --name 样板市 --quiet >/dev/null # nor are districts without their city's record
for number in 530111 530112; do linli scope add --store district --parent 样板市 --kind district --name 区$number --division $number >/dev/null; done
linli set resident --store district --scope 样板市 name=样例 id_number=530121188401010014 >/dev/null
same "$(linli check resident --store district --json | json 'all:[f["finding"] for f in r if f["field"] == "id_number"]')" '[]'

# --- every vector of identity numbers that others wrote is judged as it says ---
[ -f "$shared/cn-codes/id-vectors.csv" ] || { echo "no vectors here"; exit 0; }
community vectors
python3 - "$shared/cn-codes/id-vectors.csv" >numbers <<'P'
import csv, sys
for row in csv.DictReader(open(sys.argv[1], encoding="utf-8")):
    print(row["valid"], row["id"].replace(" ", "_"), row["reason"].split(":")[0].replace(" ", "-"))
P
while read -r valid number reason; do
    id=$(linli set resident --store vectors --scope $patch name=样例 "id_number=${number//_/ }")
    found=$(linli check resident --store vectors --json | json 'all:len([f for f in r if f["field"] == "id_number" and f["finding"] == "identity"])')
    same "$number $found" "$number $((1 - valid))"
    linli delete --store vectors "$id" >/dev/null
done <numbers

# A sample town has nothing that does not fit.
linli init --store town --root community --name 样板社区 --quiet >/dev/null
linli sample --store town --seed 5 --communities 1 --households 90 --captains-rule --json >sample
same "$(linli check --store town --json | wc -l)" 0
same "$(linli schema --json | python3 -c 'import json, sys
made = json.load(open("sample"))["types"]
print([t["type"] for t in map(json.loads, sys.stdin) if t["type"] not in made])')" "['scope', 'grant', 'statement', 'seal_key', 'audit']"

# All of it travels: another replica exports the same bytes.
serve town
linli join --store far "$(linli invite --store town --scope 样板社区 --role node --name 远)" --quiet >/dev/null
for _ in 1 2; do linli sync --store far "$address" --quiet >/dev/null; done
linli export --store town --format jsonl >here.jsonl
linli export --store far --format jsonl >there.jsonl
stop
cmp here.jsonl there.jsonl || fault "two replicas export otherwise"
same "$(json 'all:len({x["type"] for x in r} - {"grant", "statement", "seal_key", "audit", "scope"})' <here.jsonl)" "$(json 'len(r["types"])' <sample)"
