#!/usr/bin/env bash
# What there is to do, how areas stand, what a write replaced put back, and two stores compared.
. "$(dirname "$0")/lib.bash"
export LINLI_NOW=2026-11-26T10:00:00+08:00
community s
export LINLI_STORE=$work/s
scope=样板社区/1栋
linli scope add --parent 样板社区 --kind patch --name 2栋 --style fringe >/dev/null
figures() { linli stats "${@:2}" --json | json "all:[$1 for x in r]"; }

# Figures follow each write, at every level.
home=$(linli set household --scope $scope building=1栋 unit=1 room=101 head=甲一 last_visited=2026-11-25T23:30:00Z)
other=$(linli set household --scope $scope building=1栋 room=102 head=乙二 last_visited=2026-10-20T02:00:00Z)
linli set household --scope $scope building=1栋 room=103 head=丙三 tenure=vacant >/dev/null
same "$(figures 'x["households"]')" '[3, 3, 0]'
same "$(figures '(x["captains"]["without"], x["captains"]["coverage"])')" '[[2, 0], [1, 0], [1, 100]]'
patch=$(linli scope list --json | json 'next(x["id"] for x in r if x["name"] == "1栋")')
held=$(linli set appointment --scope 样板社区 name=甲一 role=building_captain patch="$patch" since=2026-01-01)
same "$(figures '(x["captains"]["building"], x["captains"]["covered"])')" '[[1, 3], [1, 3], [0, 0]]'
linli set "$held" until=2026-11-25 ended=moved >/dev/null
same "$(figures 'x["captains"]["building"]' --scope 样板社区)" '[0, 0, 0]'
same "$(figures 'x["captains"]["building"]' --now 2026-11-20T00:00:00Z)" '[1, 1, 0]'
same "$(figures '(x["visits"]["households"], x["visits"]["overdue"])' --scope $scope)" '[[1, 1]]' # nobody is to be seen in the vacant flat
same "$(figures 'x["visits"]["households"]' --scope $scope --now 2026-12-01T00:00:00+08:00)" '[0]'
linli set visit --scope $scope household="$home" time=2026-11-25T23:30:00Z next_due=2026-11-26 >/dev/null
request=$(linli set request --scope $scope title=门口坡道 household="$home" state=reported reported=2026-11-20T01:00:00Z due=2026-11-25)
same "$(figures '(x["requests"]["open"], x["requests"]["overdue"], x["requests"]["states"]["reported"])' --scope $scope)" '[[1, 1, [0, 1, 0, 0, 0]]]'
linli stats >words
for said in 'area ' 'without' '1栋 .* 0%  \[        \]' 'reported  *0  *1'; do grep -q "$said" words || fault "stats does not say '$said': $(cat words)"; done
linli stats --csv >csv
same "$(wc -l <csv)" 4
grep -q '^样板社区,community,3,0,2,0,0%,2,' csv || fault "the table is $(cat csv)"
exits 2 linli stats --csv --json
exits 4 linli stats --scope 9999

# What is due: by the day the last visit named, else a month after they were seen; the vacant flat is not.
linli set hazard --scope $scope place=一层楼道 kind=clutter note=纸箱 due=2026-11-30 >/dev/null
linli set hazard --scope $scope place=院门 kind=lighting state=done >/dev/null
notice=$(linli set announcement --scope 样板社区 title=雨天提醒 until=2026-12-01)
linli set announcement --scope 样板社区 title=旧公告 until=2026-11-01 >/dev/null
round=$(linli set round --scope 样板社区 title=来住登记 why=安排值守 basis=consent starts=2026-11-01 ends=2026-11-30)
one=$(linli set resident --scope $scope household="$home" name=甲一 registration=elsewhere)
linli set resident --scope $scope household="$home" name=乙二 registration=here >/dev/null
today() { linli today --json "${@:2}" | json "all:$1"; }
same "$(today '[(x["kind"], x["day"], x["overdue"]) for x in r]')" '[["visit", "2026-11-19", true], ["visit", "2026-11-26", false], ["hazard", "2026-11-30", false], ["announcement", "2026-12-01", false], ["request", "2026-11-25", true], ["round", "2026-11-30", false], ["newcomer", null, false]]'
same "$(today '[x["text"] for x in r if x["kind"] in ("visit", "newcomer")]')" '["1栋 102 乙二", "1栋 1-101 甲一", "甲一"]'
linli today | grep -q '^visit  *2026-11-19  overdue  *1栋 102 乙二' || fault "$(linli today)"
linli set notice_receipt --scope $scope announcement="$notice" household="$home" time=2026-11-26T01:00:00Z by="$(linli history "$notice" --json | json 'r[0]["device"]')" >/dev/null
linli set registration --scope $scope round="$round" resident="$one" name=甲一 arrived=2026-11-01 registered=2026-11-10 ends=2026-11-30 >/dev/null
linli set "$request" state=accepted assignee=物业 >/dev/null
linli set "$other" last_visited=2026-11-26T01:00:00Z >/dev/null
same "$(today '[x["kind"] for x in r]')" '["visit", "hazard", "round"]'
same "$(today '[x["kind"] for x in r]' --now 2026-11-20T00:00:00Z)" '["hazard"]'
same "$(figures '(x["newcomers"]["registered"], x["newcomers"]["late"], x["newcomers"]["days"])' --scope $scope)" '[[1, 1, 9]]'

# A moment past all calendars is a day like others; a long name is mine whole; and what another area announces is not meant.
odd=$(linli set household --scope $scope building=1栋 room=104 head=丁四 last_visited=9999-12-31T20:00:00Z)
same "$(today '[x["kind"] for x in r]' --now 2026-11-20T00:00:00Z)" '["hazard"]'
linli delete "$odd"
linli init --store town --root city --name 样板市 --quiet >/dev/null
for area in 甲社区 乙社区; do
    linli scope add --store town --parent 样板市 --kind community --name $area >/dev/null
    linli scope add --store town --parent 样板市/$area --kind patch --name 1栋 --style fringe >/dev/null
    linli set announcement --store town --scope 样板市/$area title=$area until=2026-12-01 >/dev/null
    linli set resident --store town --scope 样板市/$area/1栋 name=$area的新居民 registration=elsewhere >/dev/null
done
linli set announcement --store town --scope 样板市 title=全市 until=2026-12-01 >/dev/null
linli set round --store town --scope 样板市/甲社区 title=甲社区登记 why=安排值守 basis=consent starts=2026-11-01 ends=2026-11-30 >/dev/null
said() { today 'sorted(x["text"] for x in r)' --store town "$@"; }
same "$(said)" '["乙社区", "全市", "甲社区", "甲社区登记", "甲社区的新居民"]'
same "$(said --scope 样板市/乙社区/1栋)" '["乙社区", "全市"]'
same "$(said --scope 样板市/甲社区/1栋)" '["全市", "甲社区", "甲社区登记", "甲社区的新居民"]'
same "$(said --scope 样板市/甲社区)" '["全市", "甲社区", "甲社区登记", "甲社区的新居民"]'

# Undone, and undone again; what something newer stands upon is left, unless told.
field() { linli show "$home" --json | json 'r["fields"].get("'"$1"'")'; }
linli set "$home" head=甲乙 tags+=独居 >/dev/null
first=$(linli history "$home" --json | json 'r[-1]["dot"]')
linli undo "$home" >/dev/null
same "$(field head) $(field tags)" "甲一 null"
linli undo "$home" >/dev/null
same "$(field head) $(field tags)" '甲乙 ["独居"]'
linli set "$home" head=丙丁 >/dev/null
exits 3 linli undo "$home" "$first"
grep -q 'something newer stands there' err || fault "$(cat err)"
same "$(linli undo "$home" "$first" --anyway --json | json 'sorted(r["fields"])')" '["head", "tags"]'
same "$(field head)" 甲一
linli set "$home" unit=3 >/dev/null
linli undo "$home" >/dev/null
same "$(field unit) $(field room)" "1 101"
linli undo "$request" >/dev/null # a status goes back by a new episode
same "$(linli show "$request" --json | json "[r[\"fields\"][\"state\"], r[\"fields\"].get(\"assignee\")]")" '["reported", null]'
linli delete "$other"
linli undo "$other" >/dev/null
same "$(linli show "$other" --json | json 'r["deleted"]')" false
exits 3 linli undo "$held" "$(linli history "$held" --json | json 'r[0]["dot"]')"
exits 4 linli undo "$home" 00000000:1

# What two wrote apart stands side by side: undoing one of them would cover the other.
name=$(printf '样%.0s' $(seq 60))
serve s
linli join --store away "$(linli invite --scope $scope --role captain --name "$name" --json | json 'r["uri"]')" --quiet >/dev/null
linli set "$home" head=甲方 tags+=低保 >/dev/null
linli set --store away "$home" head=乙方 tags+=低保 >/dev/null
linli set request --scope $scope title=长名 state=accepted assignee="$name" due=2026-12-05 >/dev/null
linli sync --store away "$address" --json >/dev/null
same "$(linli today --store away --json | json 'all:[x["text"] for x in r if x["kind"] == "request"]')" '["长名"]'
apart=$(linli conflicts --json | json 'all:[v["dot"] for c in r for v in c["values"]]')
same "$(json 'len(r)' <<<"$apart")" 2
for n in 0 1; do
    exits 3 linli undo "$home" "$(json "r[$n]" <<<"$apart")"
    grep -q 'another value stands beside it' err || fault "$(cat err)"
done
same "$(linli conflicts --json | json 'all:len(r)')" 1
linli undo "$home" "$(json 'r[0]' <<<"$apart")" --anyway >/dev/null
same "$(linli conflicts --json | json 'all:len(r)')" 0
stop

# A person who is recorded twice is listed once, with what either record says, until the two are parted again.
again=$(linli set resident --scope $scope household="$home" name=甲一 relation=户主 birth_date=1950-01-01)
people() { linli list resident --where name=甲一 --json "$@" | json "all:[(x[\"fields\"].get(\"registration\"), x[\"fields\"].get(\"birth_date\"), len(x.get(\"same\", []))) for x in r]"; }
same "$(people | json 'sorted(x[2] for x in r)')" '[0, 0]'
joined=$(linli set same_as --scope $scope one="$one" other="$again" note=登记了两次)
same "$(people)" '[["elsewhere", "1950-01-01", 1]]'
same "$(people --apart | json 'len(r)')" 2
linli list resident --where name=甲一 | grep -q '1950-01-01' || fault "$(linli list resident)"
same "$(linli list resident | grep -c 甲一)" 1
linli delete "$joined"
same "$(people | json 'len(r)')" 2

# Two stores: what only one has, and what reads otherwise.
cp -r s t
same "$(linli compare t --json)" ""
linli compare t | grep -q '^0 records differ' || fault "$(linli compare t)"
linli set "$home" head=戊己 >/dev/null
new=$(linli set building --scope $scope name=3栋)
same "$(linli compare t --json | json 'all:sorted((x["held"], x["type"], x["path"]) for x in r)')" \
    '[["both", "household", "样板社区/1栋"], ["here", "building", "样板社区/1栋"]]'
same "$(linli compare s --store t --json | json 'all:sorted(x["held"] for x in r)')" '["both", "there"]'
linli compare t | grep -q "${new:0:8}  only here" || fault "$(linli compare t)"
exits 4 linli compare nowhere
linli set "$home" head=己庚 >/dev/null
linli undo "$home" >/dev/null
rm -r t
cp -r s t
same "$(linli compare t)" "0 records differ"
linli set "$home" head=己庚 >/dev/null
linli set "$home" head=戊己 >/dev/null
linli compare t | grep -q 'do not hold the same' || fault "$(linli compare t)"
# A daemon's passphrase is for its own store.
LINLI_PASSPHRASE=样例口令 linli init --store worded --root community --name 样板小区 --quiet >/dev/null
LINLI_PASSPHRASE=样例口令 serve worded
LINLI_PASSPHRASE=样例口令 linli init --store other --root community --name 样板小区 --quiet >/dev/null
exits 3 linli compare other --store worded
grep -q 'no passphrase is sent to it' err || fault "$(cat err)"
linli compare t --store worded >/dev/null
stop
linli verify >/dev/null
