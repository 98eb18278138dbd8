#!/usr/bin/env bash
# The division list becomes the scope tree, once; codes are dated; a renamed community is renamed.
. "$(dirname "$0")/lib.bash"
linli init --store s --root city --name 昆明市 --division 530100 --quiet >/dev/null
export LINLI_STORE=$work/s
rows=$(($(wc -l <"$demo/divisions-guandu.csv") - 1))
linli import "$demo/divisions-guandu.csv" --scope 昆明市 --date 2023-06-30 --json >report
same "$(counts report)" "$rows $((rows - 2)) 0 2 0"
linli import "$demo/divisions-guandu.csv" --kind divisions --scope 昆明市 --json >report
same "$(counts report)" "$rows 0 0 $rows 0"
community=昆明市/官渡区/关上街道/民航路社区
id=$(linli scope list --json | json 'next(s["id"] for s in r if s["path"] == "'$community'")')
same "$(linli show "$id" --json | json 'r["fields"]["divisions"]')" '["530111003003@2023-06-30"]'
sed 's/双桥社区居民委员会/双桥社区/' "$demo/divisions-guandu.csv" >renamed.csv
linli import renamed.csv --scope 昆明市 --json >report
same "$(counts report)" "$rows 0 1 $((rows - 1)) 0"
linli scope add --parent 昆明市/官渡区/关上街道/双桥社区 --kind patch --name 1栋 >/dev/null

cat >bad.csv <<'C'
code,name,level,parent,urban_rural
530111009000,样板街道,street,530111000000,
530111009001,样板社区,community,530111009000,111
53011,短码,street,530111000000,
530111008001,无上级,community,530111008000,111
530111009000,重复,street,530111000000,
530111009002,样板二社区,hamlet,530111009000,111
530111009004,#REF!,community,530111009000,111
C
exits 5 linli import bad.csv --scope 昆明市 --json
same "$(counts out)" "7 2 0 0 5"
printf 'code,name,level,parent\n530111009003,样板三社区,community,530111009001\n' >order.csv
exits 5 linli import order.csv --scope 昆明市

community alone
exits 5 linli import --store alone "$demo/divisions-guandu.csv" --scope 样板社区 --json
same "$(json 'r["created"]' <out)" 0

[ -r "$shared/kunming-divisions.csv" ] || skip "no division list of the whole city here"
linli init --store whole --root city --name 昆明市 --division 530100 --quiet >/dev/null
linli import --store whole "$shared/kunming-divisions.csv" --scope 昆明市 --json >report
same "$(counts report)" "1905 1903 0 2 0"
same "$(linli scope list --store whole --json | wc -l)" 1904
digest=$(linli status --store whole --json | json 'r["digest"]')
linli import --store whole "$shared/kunming-divisions.csv" --scope 昆明市 --json >report
same "$(counts report)" "1905 0 0 1905 0"
same "$(linli status --store whole --json | json 'r["digest"]')" "$digest"
