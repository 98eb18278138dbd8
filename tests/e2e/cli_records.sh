#!/usr/bin/env bash
# Records by hand: create, show, edit with a token, sets, logs, status ladders, delete and restore, conflicts, history.
. "$(dirname "$0")/lib.bash"
community s
export LINLI_STORE=$work/s
scope=样板社区/1栋
show() { linli show "$1" --json | json "$2"; }

home=$(linli set household --scope $scope building=1栋 unit=1 room=101 tenure=自住 tags+=独居老人 tags+=低楼层 remarks=第一条)
same "${#home}" 32
same "$(show "$home" 'r["fields"]["tenure"]')" owner
same "$(show "$home" 'sorted(r["fields"]["tags"])')" '["低楼层", "独居老人"]'
same "$(show "${home:0:8}" 'r["id"]')" "$home"
linli set "$home" tags-=低楼层 remarks=第二条 last_visited=2026-11-23T09:10:00+08:00 >/dev/null
same "$(show "$home" 'r["fields"]["tags"]')" '["独居老人"]'
same "$(show "$home" 'r["fields"]["remarks"]')" '["第一条", "第二条"]'
same "$(show "$home" 'r["fields"]["last_visited"]')" 2026-11-23T01:10:00Z
same "$(show "$home" 'sorted(r)')" '["conflicts", "deleted", "fields", "id", "scope", "token", "type"]'

# A write with an old token stands beside what was written meanwhile; a person chooses.
token=$(show "$home" 'r["token"]')
linli set "$home" head=甲一 >/dev/null
linli set "$home" --seen "$token" head=乙一 >/dev/null
same "$(show "$home" 'r["conflicts"]')" '["head"]'
same "$(linli conflicts --scope $scope --json | json '[r["id"] == "'"$home"'", r["field"], r["count"], sorted(v["value"] for v in r["values"])]')" \
    '[true, "head", 2, ["乙一", "甲一"]]'
shown=$(linli conflicts | sed -n 's/.*乙一.* //p') # as people see it
linli resolve "$home" head --choose "$shown" >/dev/null
same "$(show "$home" '[r["conflicts"], r["fields"]["head"]]')" '[[], "乙一"]'
token=$(show "$home" 'r["token"]')
linli set "$home" head=甲一 >/dev/null
linli set "$home" --seen "$token" head=丙一 >/dev/null
dot=$(linli conflicts --json | json 'next(v["dot"] for v in r["values"] if v["value"] == "甲一")')
exits 4 linli resolve "$home" head --choose 00000000:1
linli resolve "$home" head --choose "$dot" >/dev/null
same "$(show "$home" '[r["conflicts"], r["fields"]["head"]]')" '[[], "甲一"]'
same "$(linli status --json | json 'r["conflicts"]')" 0
exits 2 linli set "$home" --seen nonsense head=丙一
other=$(linli set household --scope $scope room=102)
exits 2 linli set "$other" --seen "$token" head=丙一

# Ladders only go forward, unless they start anew.
request=$(linli set request --scope $scope title=门口坡道 household="${home:0:10}" state=reported)
linli set "$request" state=accepted assignee=居委会 >/dev/null
exits 3 linli set "$request" state=reported
linli set "$request" --reopen state=reported >/dev/null
same "$(show "$request" 'r["fields"]["state"]')" reported

# Attached bytes.
printf '\001\002\003' >photo
hazard=$(linli set hazard --scope $scope kind=handrail photo=@photo)
same "$(show "$hazard" 'r["fields"]["photo"]')" AQID
exits 4 linli set "$hazard" photo=@nosuch

# Delete, restore.
linli delete "$other"
same "$(linli list household --scope $scope --json | wc -l)" 1
same "$(linli list household --scope $scope --deleted --json | wc -l)" 2
same "$(show "$other" 'r["deleted"]')" true
linli delete "$other"
linli delete --restore "$other"
same "$(show "$other" 'r["deleted"]')" false

# History, oldest first, with the keys that scripts rely on.
linli history "$home" --json >history
same "$(json 'sorted(r[0])' <history)" '["author", "device", "dot", "field", "stamp", "superseded", "value"]'
same "$(json '[w["value"] for w in r if w["field"] == "head"]' <history)" '["甲一", "乙一", "乙一", "甲一", "丙一", "甲一"]'
same "$(json '[w["stamp"] for w in r] == sorted(w["stamp"] for w in r)' <history)" true

# For people, each write is a sentence: what it is now, and what was written before.
linli history "$home" >words
for said in 'recorded this household' 'head of household: 乙一 (before: 甲一)' 'tags: added 独居'; do
    grep -q "$said" words || fault "history does not say '$said': $(cat words)"
done
long=$(python3 -c 'print("甲" * 700)') begins=$(python3 -c 'print("甲" * 20)')… # the old value is not lost behind a long new one
said=$(linli set household --scope $scope "head=$long")
linli set "$said" head=乙一 >/dev/null
linli set "$said" "head=$long" >/dev/null
linli history "$said" >words
grep -q "head of household: 乙一 (before: $begins)" words || fault "history cuts what was before: $(cat words)"
grep -q "head of household: $begins (before: 乙一)" words || fault "history loses what was before: $(cat words)"
linli delete "$said"
linli history "$other" >words
for said in 'deleted it' 'brought it back'; do grep -q "$said" words || fault "history does not say '$said': $(cat words)"; done

# Finding.
same "$(linli list household --where room=101 --json | json 'r["id"]')" "$home"
same "$(linli list household --match 独居 --json | json 'r["id"]')" "$home"
same "$(linli list household --sort room --limit 1 --json | json 'r["id"]')" "$home"
same "$(linli list request --where state=reported --json | json 'r["id"]')" "$request"
same "$(linli list household --where room=999 --json)" ""

linli verify --json >verify
same "$(json 'sorted(r)' <verify) $(json 'r["bad"]' <verify)" '["bad", "changesets", "records"] []'
same "$(linli status --json | json 'sorted(r)')" \
    '["bytes_on_disk", "changesets", "conflicts", "digest", "peers", "receipts", "records", "replica", "role", "root_rivals", "scopes", "set_aside", "unconfirmed", "warnings"]'

# The clock that is told; a clock that runs backwards is not signed with.
export LINLI_NOW=2026-01-02T03:04:05Z
community clock
id=$(linli set household --store clock --scope $scope room=103)
same "$(linli history --store clock "$id" --json | json 'all:r[0]["stamp"]')" 2026-01-02T03:04:05Z
exits 1 linli --now 2025-12-31T00:00:00Z set --store clock "$id" room=104
