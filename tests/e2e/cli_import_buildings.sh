#!/usr/bin/env bash
# A register of buildings, older release then newer: what was added, changed and is gone; and a map of one's own.
. "$(dirname "$0")/lib.bash"
community s
export LINLI_STORE=$work/s
cat >own.csv <<'C'
编号,名称,层数,建成年份,用途
A1,甲栋,7,1995,住宅;商铺
A2,乙栋,七,1996,住宅
A1,丙栋,3,1990,住宅
A3,#N/A,3,1990,住宅
C
exits 2 linli import own.csv --scope 样板社区 --kind buildings --map '编号=code,没有=floors'
exits 5 linli import own.csv --scope 样板社区 --kind buildings --map '编号=code,名称=name,层数=floors,建成年份=year,用途=uses' --json
same "$(counts out)" "4 1 0 0 3"
same "$(json '[[p["row"], p["column"]] for p in r["problems"]]' <out)" '[[3, "层数"], [4, "编号"], [5, "名称"]]'
same "$(linli list building --json | json 'sorted(r["fields"]["uses"])')" '["住宅", "商铺"]'
printf '编号=code\n名称=name\n# 注\n用途=uses\n' >map.txt
printf '编号,名称,用途\nA1,甲栋,住宅\n' >less.csv
linli import less.csv --scope 样板社区 --kind buildings --map @map.txt --json >report
same "$(counts report)" "1 0 1 0 0"
same "$(linli list building --json | json 'r["fields"]["uses"]')" '["住宅"]'

[ -r "$shared/sg-hdb/buildings.csv" ] || skip "no register of buildings here"
community f
older=$shared/sg-hdb/buildings-older.csv newer=$shared/sg-hdb/buildings.csv
linli import --store f "$older" --scope 样板社区 --json >report
same "$(counts report)" "12144 12144 0 0 0"
linli import --store f "$newer" --scope 样板社区 --complete --json >report
same "$(counts report) $(json 'r["deleted"]' <report)" "12267 137 295 11835 0 14"
same "$(linli list --store f building --json | wc -l)" 12267
linli import --store f "$newer" --scope 样板社区 --complete --json >report
same "$(counts report) $(json 'r["deleted"]' <report)" "12267 0 0 12267 0 0"

# Two replicas take the newer release in on different days, apart, and agree when they meet: one record a building.
community office
linli import --store office "$older" --scope 样板社区 --json >report
serve office
uri=$(linli invite --store office --scope 样板社区 --role clerk --name 办公室)
linli join --store clerk "$uri" >/dev/null
stop
linli import --store office "$newer" --scope 样板社区 --complete --now 2099-11-20T09:00:00+08:00 --json >report
same "$(counts report) $(json 'r["deleted"]' <report)" "12267 137 295 11835 0 14"
linli import --store clerk "$newer" --scope 样板社区 --complete --now 2099-11-23T09:00:00+08:00 --json >report
same "$(counts report) $(json 'r["deleted"]' <report)" "12267 137 295 11835 0 14"
serve office
linli sync --store clerk "$address" >/dev/null
stop
same "$(linli status --store clerk --json | json 'r["digest"], r["conflicts"]')" \
    "$(linli status --store office --json | json 'r["digest"], r["conflicts"]')"
same "$(linli status --store office --json | json 'r["conflicts"]')" 0
same "$(linli list --store clerk building --json | wc -l)" 12267
same "$(linli export --store clerk --format jsonl | sha256sum)" "$(linli export --store office --format jsonl | sha256sum)"
linli verify --store clerk >/dev/null
