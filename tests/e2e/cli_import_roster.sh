#!/usr/bin/env bash
# A roster goes in whole; the same file again changes nothing; a corrected file changes only what differs; bad rows are
# named by row and column; every spelling that offices save is read.
. "$(dirname "$0")/lib.bash"
community s
export LINLI_STORE=$work/s

linli import "$demo/roster.csv" --scope 样板社区 --json >report
same "$(counts report)" "60 60 0 0 0"
same "$(linli list household --scope 样板社区/1栋 --json | wc -l)" 24
same "$(linli list resident --scope 样板社区/1栋 --json | wc -l)" 60
digest=$(linli status --json | json 'r["digest"]')
# Whoever looks again in another quarter hour is written down anew: then there is another digest, too.
quarter() { echo $(($(date +%s) / 900)); }
began=$(quarter)
unchanged() { [ "$(quarter)" != "$began" ] || same "$(linli status --json | json 'r["digest"]')" "$1"; }

for kind in plain bom gb18030 crlf tabs; do
    case $kind in
    plain) cp "$demo/roster.csv" again.csv ;;
    bom) { printf '\357\273\277'; cat "$demo/roster.csv"; } >again.csv ;;
    gb18030) iconv -f UTF-8 -t GB18030 "$demo/roster.csv" >again.csv ;;
    crlf) sed 's/\r*$/\r/' "$demo/roster.csv" >again.csv ;;
    tabs) tr , '\t' <"$demo/roster.csv" >again.csv ;;
    esac
    linli import again.csv --scope 样板社区 --json >report
    same "$kind $(counts report)" "$kind 60 0 0 60 0"
done
unchanged "$digest"

# GB18030 into an empty store gives the same people as UTF-8.
community g
linli import --store g again.csv --scope 样板社区 --json >/dev/null
iconv -f UTF-8 -t GB18030 "$demo/roster.csv" >gb.csv
community h
linli import --store h gb.csv --scope 样板社区 --json >report
same "$(counts report)" "60 60 0 0 0"
linli export --store g --format csv --plain >g.csv
linli export --store h --format csv --plain >h.csv
cmp g.csv h.csv || fault "GB18030 and UTF-8 read differently"

# A title above, headings in another order, a note in brackets, full-width digits, blank rows.
python3 - "$demo/roster.csv" <<'P'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8-sig")))
wide = lambda s: "".join(chr(ord(c) + 0xFEE0) if "0" <= c <= "9" else c for c in s)
heads = ["姓名（必填）", "* 身份证号", "性别", "出生日期", "与户主关系", "户主姓名", "楼栋", "单元", "房号", "联系电话"]
with open("order.csv", "w", encoding="utf-8", newline="") as f:
    w = csv.writer(f)
    w.writerow(["样板社区1栋居民花名册"])
    w.writerow(heads)
    for i, r in enumerate(rows):
        w.writerow([r["姓名"], wide(r["身份证号"]), r["性别"], r["出生日期"].replace("-", "/"), r["与户主关系"], r["户主"],
                    r["楼栋"], r["单元"], wide(r["房号"]) + "室", "+86 " + r["手机号"] if r["手机号"] else ""])
        if i % 7 == 0:
            w.writerow([])
P
linli import order.csv --scope 样板社区 --json >report
same "$(counts report)" "60 0 0 60 0"

# One phone, one identity number corrected; one person new; a household whose head changes.
cat >correct.py <<'P'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8")))
def number(body):
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights)) % 11]
rows[0]["手机号"] = "19900000999"
old = rows[4]["身份证号"]
rows[4]["身份证号"] = number(old[:14] + "9" + old[15:17])
new = dict(rows[-1], 姓名="癸例九", 与户主关系="其他亲属", 手机号="", 身份证号=number("53011118990101991"), 性别="男", 出生日期="1899-01-01")
rows.append(new)
with open("corrected.csv", "w", encoding="utf-8", newline="") as f:
    w = csv.DictWriter(f, fieldnames=list(rows[0]))
    w.writeheader()
    w.writerows(rows)
P
python3 correct.py "$demo/roster.csv"
linli import corrected.csv --scope 样板社区 --dry-run --json >report
same "$(counts report)" "61 1 2 58 0"
unchanged "$digest"
linli import corrected.csv --scope 样板社区 --json >report
same "$(counts report)" "61 1 2 58 0"
linli import corrected.csv --scope 样板社区 --json >report
same "$(counts report)" "61 0 0 61 0"
id=$(linli list resident --where name=甲一 --json | json 'r["id"]')
same "$(linli history "$id" --json | json 'sorted({w["field"] for w in r if w["superseded"]})')" '["phone"]'

# Bad rows: each is named, the good ones go in; --strict changes nothing.
before=$(linli status --json | json 'r["digest"]')
cat >bad.csv <<'C'
楼栋,单元,房号,姓名,性别,身份证号,出生日期,手机号
1栋,1,101,甲例一,男,530111188402290055,,
1栋,1,101,,女,,,
1栋,1,101,甲例二,女,530111188402290019,,
1栋,1,101,甲例三,男,,1999-02-30,
1栋,1,101,甲例四,男,,,12345
1栋,1,,甲例五,男,,,
1栋,1,101,甲例六,男,530111188402290019,,
1栋,1,101,甲例六,男,530111188402290019,,
C
exits 5 linli import bad.csv --scope 样板社区 --strict --json
same "$(counts out)" "8 1 0 0 7"
unchanged "$before"
exits 5 linli import bad.csv --scope 样板社区 --json
same "$(json '[[p["row"], p["column"]] for p in r["problems"]]' <out)" \
    '[[2, "身份证号"], [3, "姓名"], [4, "性别"], [5, "出生日期"], [6, "手机号"], [7, "房号"], [9, "身份证号"]]'
same "$(linli list resident --where name=甲例六 --json | json 'r["fields"]["id_number"]')" 530111188402290019

# One row in neither encoding spoils that row alone.
{ head -n 3 "$demo/roster.csv"; printf '1栋,1单元,101,,,\377\376,,,,,,,,,,,\n'; } >broken.csv
exits 5 linli import broken.csv --scope 样板社区 --json
same "$(counts out)" "3 0 1 1 1"
same "$(json 'r["problems"][0]["row"]' <out)" 4

# What a spreadsheet would take for a formula comes back as it was.
linli set "$id" note==1+1 >/dev/null
linli export --format csv --plain --scope 样板社区 >formula.csv
grep -q "\"'=1+1\"" formula.csv || fault "a cell that looks like a formula was not guarded"
linli import formula.csv --scope 样板社区 --json >report
same "$(json 'r["created"] + r["updated"] + r["rejected"]' <report)" 0

# Who may be recorded already is told, and nobody is refused for it: by name and birth, however the name is spelt, and by name and phone.
cat >twins.csv <<'C'
楼栋,单元,房号,姓名,出生日期,手机号
1栋,1单元,402,甲 一,1880-01-01,
1栋,1单元,401,卯例·一,1899-05-05,
1栋,1单元,402,卯例•一,1899-05-05,
1栋,1单元,402,甲二,,199 0000 0102
C
linli import twins.csv --scope 样板社区 --dry-run --json >report
same "$(counts report)" "4 4 0 0 0"
same "$(json '[[f["row"], f["other"] == "'"$id"'", f["other_row"]] for f in r["findings"]][:2]' <report)" '[[2, true, null], [4, false, 3]]'
same "$(json 'r["findings"][2]["row"]' <report)" 5
linli import twins.csv --scope 样板社区 >report
same "$(grep -c '^row [245]: ' report)" 3
same "$(linli check resident --json | json 'all:sorted(f["finding"] for f in r if f["finding"] == "duplicate")')" '["duplicate", "duplicate", "duplicate"]'
# So it is where a person is typed in by hand.
linli set resident --scope 样板社区/1栋 name=甲一 birth_date=1880-01-01 --json >report
same "$(json '[[f["finding"], f["other"] == "'"$id"'"] for f in r["findings"]]' <report)" '[["duplicate", true]]'
linli set resident --scope 样板社区/1栋 name=甲一 birth_date=1880-01-01 >report 2>said
same "$(grep -c 'see [0-9a-f]\{32\}; ' said) $(wc -l <report)" "2 1"
linli set resident --scope 样板社区/1栋 name=辰例二 2>said >/dev/null
same "$(wc -c <said)" 0

# What follows from the number or the room fills what is empty, follows a number that is corrected, and leaves what somebody typed.
home=$(linli show "$id" --json | json 'r["fields"]["household"]')
linli set "$home" floor=底层 >/dev/null
linli set "$id" birth_date=1880-12-31 >/dev/null
{ echo 楼栋,单元,房号,姓名,身份证号; linli show "$id" --json | json '"1栋,1单元,101,甲一," + r["fields"]["id_number"]' | tr -d '"'; echo ',,,甲二,'; } >derived.csv
linli import derived.csv --scope 样板社区 --json >report
same "$(counts report)" "2 0 0 2 0"
same "$(linli show "$home" --json | json 'r["fields"]["floor"]') $(linli show "$id" --json | json 'r["fields"]["birth_date"]')" "底层 1880-12-31"
printf '楼栋,单元,房号,姓名,身份证号\n1栋,1,101,甲例六,53011118840229006X\n' >derived.csv
linli import derived.csv --scope 样板社区 --json >report
same "$(counts report)" "1 0 1 0 0"
same "$(linli list resident --where name=甲例六 --json | json 'r["fields"]["sex"]')" female
