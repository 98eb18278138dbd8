#!/usr/bin/env bash
# People found as one types: by characters, pinyin and first letters, by each reading, by room and by the last digits; after a meeting
# and where sealed numbers do not open; and no file holds a sealed number in the clear.
. "$(dirname "$0")/lib.bash"
export LINLI_NOW=2026-11-26T02:00:00Z
community office
export LINLI_STORE=office
scope=样板社区/1栋
put() { linli set "$1" --scope $scope "${@:2}"; }
names() { linli list resident --match "$@" --json | python3 -c 'import json, sys
print(" ".join(sorted(json.loads(line)["fields"]["name"] for line in sys.stdin)))'; }
home=$(put household building=3栋 unit=1单元 room=502室 head=张三)
next=$(put household building=3栋 unit=2单元 room=502室 head=重庆)
put resident "household=$home" name=张三 phone=19900000106 id_number=53011118900101001X >/dev/null
put resident "household=$home" name=单雨 phone=19900000207 >/dev/null
put resident "household=$next" name=曾小山 >/dev/null
put resident name=阿依·努尔 note=轮椅 >/dev/null
for typed in 张三 张 zs zhangsan 'zhang san' zhs zhang三 ZS 0106 00000106 001X; do same "$(names "$typed")" 张三; done
for typed in 单雨 shanyu danyu sy dy chany 0207; do same "$(names "$typed")" 单雨; done
for typed in zeng cxs zxs 小山; do same "$(names "$typed")" 曾小山; done
for typed in 阿依努尔 aynu '阿依•努' 轮椅; do same "$(names "$typed")" 阿依·努尔; done
same "$(names s)" '单雨 张三 曾小山'
same "$(names 3-1-502) / $(names 3栋2单元502) / $(names 502)" '单雨 张三 / 曾小山 / 单雨 张三 曾小山'
same "$(names zs --where name=单雨) $(names yy) $(names 106)" '  张三'
for typed in cq zhongqing 3-2-502; do same "$(linli list household --match $typed --json | json 'r["id"]')" "$next"; done

# Filters by name, with any other condition.
ids() { linli list "$@" --json | python3 -c 'import json, sys
print(" ".join(sorted(json.loads(line)["id"] for line in sys.stdin)))'; }
came=$(put resident name=来客 arrived=2026-11-03)
put resident name=去客 arrived=2026-11-04 left=2026-11-20 >/dev/null
put resident name=旧客 arrived=2026-10-31 >/dev/null
lone=$(put resident name=孤一)
put care "resident=$lone" alone=yes >/dev/null
put care "resident=$came" alone=no >/dev/null
put visit "household=$home" time=2026-11-20T02:00:00Z next_due=2026-11-26 >/dev/null
put visit "household=$next" time=2026-11-20T02:00:00Z next_due=2026-11-25 >/dev/null
seen=$(put household room=601)
put visit "household=$seen" time=2026-11-01T02:00:00Z next_due=2026-11-05 >/dev/null
put visit "household=$seen" time=2026-11-20T02:00:00Z next_due=2026-12-20 >/dev/null
same "$(ids resident --filter newcomers)" "$came"
same "$(ids resident --filter alone) $(ids resident --filter alone --match gy) $(ids resident --filter alone --match zs)" "$lone $lone "
same "$(ids household --filter due)" "$(printf '%s\n' "$home" "$next" | sort | paste -sd' ')"
same "$(ids household --filter overdue) $(ids household --filter overdue --where room=601)" "$next "
exits 2 linli list household --filter newcomers
exits 2 linli list resident --filter nonsense

# A replica that meets has them with what it was given; what it cannot open finds nobody, and stands in no file.
serve office
linli join --store clerk "$(linli invite --scope 样板社区 --role clerk --name 'a clerk' --quiet)" --quiet >/dev/null
linli sync --store clerk "$address" --json >/dev/null
for store in office clerk; do same "$(names danyu --store $store) $(names 0106 --store $store)" '单雨 张三'; done
linli sync --store clerk "$address" --json >/dev/null
! grep -raqE '19900000106|53011118900101001X|00000106' clerk office || fault "a sealed number is in a file"
linli verify --store clerk --json | json 'r["bad"]' | grep -qx '\[\]' || fault "the index is not what the records say"
