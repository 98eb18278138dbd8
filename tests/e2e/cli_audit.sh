#!/usr/bin/env bash
# The audit on the command line: who read what is sealed at the office, who exported, what was done with rights; no value in it.
. "$(dirname "$0")/lib.bash"
lane=样板社区
acts() { linli audit --store "$1" "${@:2}" --json | json 'all:[a["act"] for a in r]'; }
me=$(id -un)

community office
linli import --store office "$demo/roster.csv" --scope $lane --quiet >/dev/null
who=$(linli set --store office resident --scope $lane/1栋 name=样板人 phone=19900000170 id_number=530111199001010010 note=样板密语)
serve office
linli join --store captain "$(linli invite --store office --scope $lane/1栋 --role captain --name 样板楼长 --address "$address")" \
    --json >/dev/null 2>&1
sleep 1
[ $(($(date +%s) % 900)) -lt 870 ] || sleep 35 # what follows is to lie within one quarter hour
start=$(date -u +%FT%TZ)

# Through the daemon and without it: the user is named, with the reason; a second look the same quarter hour is one line.
linli show --store office "$who" --reason 样板缘由 >/dev/null
linli show --store office "$who" --reason 样板缘由 >/dev/null
linli list --store office resident --where id_number=530111199001010010 --json >/dev/null
stop
linli history --store office "$who" >/dev/null
same "$(linli list --store office household | grep -c .)" "$(linli list --store office household | grep -c .)" # nothing sealed is shown
same "$(acts office --since "$start")" '["read", "search", "history"]'
linli audit --store office --act read --record "$who" --json >line
same "$(json '[r["who"], r["reason"], r["type"], r["record"], r["classes"], r["count"], r["state"]]' <line)" \
    "[\"$me\", \"样板缘由\", \"resident\", \"$who\", [\"contact\", \"identity\", \"notes\"], null, \"signed\"]"
same "$(json 'len(r["dot"].split(":")) == 2 and len(r["key"]) == 64 and r["home"] == r["scope"]' <line)" true

# Reading on a captain's phone is no business of the office; exporting is.
linli show --store captain "$who" >/dev/null 2>&1 || true
same "$(acts captain --act read)" '[]'
linli export --store captain --format csv --out one.csv --reason 样板导出 >/dev/null
serve office
linli sync --store captain "$address" --json >/dev/null
same "$(linli audit --store office --act export --who 样板楼长 --json | json '[r["format"], r["reason"], r["device"], r["count"] > 0]')" \
    '["csv", "样板导出", "样板楼长", true]'
stop

# An export at the office says what was opened, too; the canonical form is the same whoever exports when.
linli export --store office --scope $lane --format csv --out two.csv --reason 样板导出 >/dev/null
same "$(linli audit --store office --act list --json --limit 1 | json '[r["type"], r["reason"], r["count"] > 60]')" \
    '["resident", "样板导出", true]'
linli export --store office --format jsonl --out first
linli export --store office --format jsonl --out second
cmp first second || fault "to export changes what is exported"
! grep -q '"type":"audit"' first || fault "the audit stands in the canonical export"

# Rights; the newest N; who; both languages.
linli revoke --store office 样板楼长 --reason lost >/dev/null
same "$(linli audit --store office --limit 1 --json | json '[r["act"], r["reason"], r["subject"] is not None]')" '["revoke", "lost", true]'
same "$(acts office --act grant | json len\(r\))" 2
same "$(linli audit --store office --who nobody --json | wc -l)" 0
same "$(linli audit --store office | head -n 1 | wc -w)" 6
linli audit --store office | grep -q "$me@" || fault "no line names the user"
LANG=zh_CN.UTF-8 linli audit --store office | grep -q 查看 || [ ! -d "$LINLI_BIN/../locale" ] || fault "no Chinese in the audit"
same "$(linli audit --store office --until "$start" --act read --json | wc -l)" 0

# Where nothing can be written, nothing sealed is read: here, by a clock that is days behind.
LINLI_NOW=2020-01-01T00:00:00Z exits 1 linli show --store office "$who"
exits 2 linli audit --store office --since yesterday
exits 2 linli audit --store office --limit 0
exits 2 linli audit --store office --act look
exits 2 linli show --store office "$who" --reason "$(printf '%300s' x)"
exits 4 linli audit --store office --scope 样板社区/9栋

# No value that was read, and nothing that was searched for.
linli audit --store office --json >all
linli list --store office audit --json >>all
for canary in 19900000170 530111199001010010 样板密语 样板人; do
    ! grep -qF "$canary" all || fault "'$canary' stands in the audit"
done
linli verify --store office --json >verified || fault "the office does not verify: $(cat verified)"
