#!/usr/bin/env bash
# A roster that an office keeps in a spreadsheet goes in as it is: titles above, merged cells, dates of every kind, headings of the
# office's own; what a spreadsheet has spoilt is said by row and column; files that no spreadsheet writes change nothing.
. "$(dirname "$0")/lib.bash"
export PYTHONPATH=$top/tests/lib PYTHONDONTWRITEBYTECODE=1
community s
export LINLI_STORE=$work/s

cat >make.py <<'P'
import csv, sys, xlsx
from xlsx import Cell
demo = list(csv.DictReader(open(sys.argv[1], encoding="utf-8-sig")))
wide = lambda s: "".join(chr(ord(c) + 0xFEE0) if "0" <= c <= "9" else c for c in s)
spell = ["inline", "s", "str"]

def people(rows, merged):
    """One row a resident; where `merged`, the household's cells are filled in the first row alone."""
    out, merges, first = [], [], 0
    for i, r in enumerate(rows):
        same = i > 0 and all(r[k] == rows[i - 1][k] for k in ("楼栋", "单元", "房号"))
        home = [r["楼栋"], r["单元"], wide(r["房号"]), r["户主"]]
        person = [r["姓名"], r["与户主关系"], r["性别"], Cell(wide(r["身份证号"]), spell[i % 3]),
                  Cell(int(r["手机号"])) if r["手机号"] else None]
        out.append(([None] * 4 if same and merged else home) + person)
    return out

rows = people(demo, True)
title = 4  # rows above the first resident
merges = ["A1:I1"]
start = 0
for i in range(1, len(rows) + 1):
    if i == len(rows) or rows[i][0] is not None:
        if i - start > 1:
            merges += [f"{c}{start + title}:{c}{i - 1 + title}" for c in "ABCD"]
        start = i
heads = ["楼栋", "单元", "房号", "户主", "姓名（必填）", "与户主关系", "性别", "* 身份证号", "联系电话"]
xlsx.write("merged.xlsx", [["样板社区居民花名册"] + [None] * 8, [], heads] + rows[:30],
           merges=[m for m in merges if int(m.split(":")[1][1:]) <= 33])
# The same people without merged cells: the household's cells are simply empty below its first row.
xlsx.write("empty.xlsx", [heads] + rows)
with open("empty.csv", "w", encoding="utf-8", newline="") as f:
    csv.writer(f).writerows([heads] + [[getattr(c, "value", c) for c in row] for row in rows])
# Other headings: a compound office's, in another order, and an English one.
second = ["人员姓名", "身份证号码", "手机", "家庭关系", "房间号", "单元号", "楼栋号"]
xlsx.write("second.xlsx", [second] + [[r["姓名"], r["身份证号"], r["手机号"] or None, r["与户主关系"], r["房号"] + "室", r["单元"], r["楼栋"]] for r in demo], hidden_first=True)
third = ["Building", "Unit", "Room", "Full name", "ID number", "Mobile", "Sex"]
xlsx.write("third.xlsx", [["Residents of the sample lane"], [], [], third] + [[r["楼栋"], r["单元"], int(r["房号"]), r["姓名"], r["身份证号"], r["手机号"] or None, {"男": "M", "女": "F"}[r["性别"]]] for r in demo])
# Words that nobody else uses, with a rule for each.
own = ["几幢", "梯", "户", "称呼", "证", "电", "房号"]
xlsx.write("own.xlsx", [own] + [[r["楼栋"], r["单元"], r["房号"], r["姓名"], r["身份证号"], r["手机号"] or None, "旧"] for r in demo])
open("own.map", "w", encoding="utf-8-sig").write("# 我们的表\n几幢 = 楼栋\n梯=unit\n户 = 房号\n称呼 = name\r\n证 = 身份证号\n电=phone\n房号 = -\n")
P
python3 make.py "$demo/roster.csv"

linli import merged.xlsx --scope 样板社区 --dry-run --json >report
same "$(counts report)" "30 30 0 0 0"
same "$(linli list resident --json | wc -l)" 0
linli import merged.xlsx --scope 样板社区 --json >report
same "$(counts report)" "30 30 0 0 0"
linli import merged.xlsx --scope 样板社区 --json >report
same "$(counts report)" "30 0 0 30 0"
linli import empty.xlsx --scope 样板社区 --json >report
same "$(counts report)" "60 30 0 30 0"
same "$(linli list household --json | wc -l)" 24
for file in empty.csv second.xlsx third.xlsx; do
    linli import "$file" --scope 样板社区 --json >report
    same "$file $(counts report)" "$file 60 0 0 60 0"
done
exits 5 linli import own.xlsx --scope 样板社区 --json
linli import own.xlsx --scope 样板社区 --mapping own.map --json >report
same "$(counts report)" "60 0 0 60 0"
exits 2 linli import own.xlsx --scope 样板社区 --map 称呼=nosuch
exits 4 linli import own.xlsx --scope 样板社区 --mapping nosuch.map
mkdir folder.map
exits 1 linli import own.xlsx --scope 样板社区 --mapping folder.map
grep -qi "is a directory" err || fault "it is not said why: $(cat err)"
{ cat own.map; head -c 70000 /dev/zero | tr '\0' '#'; } >long.map
exits 1 linli import own.xlsx --scope 样板社区 --mapping long.map --dry-run
# What was read is what the CSV file of the same people says.
linli import "$demo/roster.csv" --scope 样板社区 --json >report
same "$(json 'r["created"] + r["rejected"]' <report)" 0
same "$(linli list resident --where name=甲二 --json | json '[r["fields"][k] for k in ("id_number", "phone", "birth_date")]')" \
    '["530111188102040034", "19900000102", "1881-02-04"]'

# Dates: as text, as a spreadsheet shows them, as its bare numbers from 1900 and from 1904; with a time of day.
cat >dates.py <<'P'
import xlsx
from xlsx import Cell
heads = ["楼栋", "房号", "姓名", "来住日期"]
new = [("癸例一", "2024-02-29"), ("癸例二", Cell(45351, style=1)), ("癸例三", Cell(45351.75, style=2)), ("癸例四", 45351),
       ("癸例五", "2024年2月29日"), ("癸例六", "2024/2/29 00:00:00"), ("癸例七", Cell("2024-02-29T00:00:00", "d"))]
xlsx.write("1900.xlsx", [heads] + [["1栋", "101", name, date] for name, date in new])
xlsx.write("1904.xlsx", [heads] + [["1栋", "101", "癸例八", 43889], ["1栋", "101", "癸例九", Cell(43889, style=1)]], from_1904=True)
P
python3 dates.py
linli import 1900.xlsx --scope 样板社区 --json >report
same "$(counts report)" "7 7 0 0 0"
linli import 1904.xlsx --scope 样板社区 --json >report
same "$(counts report)" "2 2 0 0 0"
same "$(linli list resident --match 癸例 --json | json 'sorted({r["fields"]["arrived"] for r in r})')" '["2024-02-29"]'

# What a spreadsheet has spoilt.
cat >spoilt.py <<'P'
import xlsx
from xlsx import Cell
rows = [["楼栋", "房号", "姓名", "身份证号", "手机号", "出生日期", "用不到"],
        ["1栋", "101", "壬例一", 530111188402290019, None, None],
        ["1栋", "101", "壬例二", "5.30111E+17", None, None],
        ["1栋", "101", "壬例三", None, "1.99E+10", None],
        ["1栋", "101", "壬例四", None, None, 1990],
        ["1栋", "101", "壬例五", None, Cell("#REF!", "e"), None],
        ["1栋", "101", "壬例六", None, None, None, Cell("#N/A", "e")],
        ["1栋", "101", "壬例七", Cell(53011118840229006, style=3), None, None]]
xlsx.write("spoilt.xlsx", rows)
P
python3 spoilt.py
exits 5 linli import spoilt.xlsx --scope 样板社区 --json
same "$(counts out)" "7 1 0 0 6"
same "$(json '[[p["row"], p["column"]] for p in r["problems"]]' <out)" \
    '[[2, "身份证号"], [3, "身份证号"], [4, "手机号"], [5, "出生日期"], [6, "手机号"], [8, "身份证号"]]'
same "$(json 'sum("lost its last digits" in p["problem"] for p in r["problems"])' <out)" 4

# Where a row that could not be read lies between, nobody is put into the household above.
printf '楼栋,房号,姓名\n1栋,101,辛例一\n1栋,,辛例二\n,,辛例三\n' >gap.csv
exits 5 linli import gap.csv --scope 样板社区 --json
same "$(counts out)" "3 1 0 0 2"

# Files that nobody should send: a plain word, and nothing changed.
before=$(linli export --format jsonl | sha256sum)
cat >hostile.py <<'P'
import xlsx, zipfile
good = [["楼栋", "房号", "姓名"], ["1栋", "101", "丑例一"]]
def changed(name, part, text):
    named = xlsx.parts(good)
    named[part] = text if isinstance(text, (str, bytes)) else text(named[part])
    xlsx.pack(name, named)
sheet = "xl/worksheets/sheet1.xml"
changed("bomb.xlsx", sheet, lambda s: s.replace("</sheetData>", " " * 40_000_000 + "</sheetData>"))
changed("doctype.xlsx", sheet, lambda s: '<!DOCTYPE a [<!ENTITY b "丑例二">]>' + s)
changed("deep.xlsx", sheet, "<a>" * 5000 + "</a>" * 5000)
changed("cut.xlsx", sheet, lambda s: s[:-20])
changed("backwards.xlsx", sheet, lambda s: s.replace('r="2"', 'r="1"'))
changed("number.xlsx", sheet, lambda s: s.replace("<v>4</v>", "<v>99</v>"))
changed("wide.xlsx", sheet, lambda s: s.replace('<c r="C2"', '<c r="XFD2"'))
changed("long.xlsx", sheet, lambda s: s.replace("</row></sheetData>", '<c r="D2" t="str"><v>' + "长" * 9000 + "</v></c></row></sheetData>"))
changed("tag.xlsx", sheet, lambda s: s.replace("<sheetData>", '<sheetData a="' + "x" * 600_000 + '">'))
changed("nosheet.xlsx", "xl/workbook.xml", lambda s: s.replace('r:id="rId1"', 'r:id="rId7"'))
changed("merge.xlsx", sheet, lambda s: s.replace("</sheetData>", '</sheetData><mergeCell ref="A0:B9"/>'))
open("half.xlsx", "wb").write(open("bomb.xlsx", "rb").read()[:900])
open("old.xls", "wb").write(b"\xd0\xcf\x11\xe0" + bytes(600))
xlsx.pack("word.xlsx", {"word/document.xml": "<a/>"})
P
python3 hostile.py
for file in bomb.xlsx doctype.xlsx deep.xlsx cut.xlsx backwards.xlsx number.xlsx wide.xlsx long.xlsx tag.xlsx nosheet.xlsx merge.xlsx half.xlsx old.xls word.xlsx; do
    rc=0
    linli import "$file" --scope 样板社区 --strict >out 2>err || rc=$?
    same "$file $([ "$rc" = 1 ] || [ "$rc" = 5 ] && echo refused)" "$file refused"
    same "$file $(grep -cE '^linli: [^;]+: [^;]+; .+$' err)" "$file 1"
done
same "$(linli export --format jsonl | sha256sum)" "$before"

# Captains: by name, patch and phone; the same file again changes nothing.
linli scope add --parent 样板社区 --kind patch --name 2栋 --style courtyard >/dev/null
cat >captains.py <<'P'
import xlsx
rows = [["样板社区楼栋长名册"], ["责任区", "楼栋长姓名", "联系电话", "任职日期", "产生方式"],
        ["1号楼", "子例一", "199 0000 0201", 45351, "推选"], ["样板社区/2栋", "子例二", None, "2024-03-01", None]]
xlsx.write("captains.xlsx", rows)
rows += [["9栋", "子例三", None, None, None], ["2栋", "子例二", None, None, None], ["2栋", "子例四", "123", None, "抽签"]]
xlsx.write("wrong.xlsx", rows)
P
python3 captains.py
linli import captains.xlsx --scope 样板社区 --dry-run --json >report
same "$(counts report)" "2 2 0 0 0"
linli import captains.xlsx --scope 样板社区 --json >report
same "$(counts report)" "2 2 0 0 0"
linli import captains.xlsx --scope 样板社区 --kind captains --json >report
same "$(counts report)" "2 0 0 2 0"
exits 5 linli import wrong.xlsx --scope 样板社区 --json
same "$(json '[[p["row"], p["column"]] for p in r["problems"]]' <out)" \
    '[[5, "责任区"], [6, "楼栋长姓名"], [7, "联系电话"], [7, "产生方式"]]'
same "$(linli list appointment --scope 样板社区/1栋 --json | json '[r["fields"][k] for k in ("name", "role", "phone", "since", "how")]')" \
    '["子例一", "building_captain", "19900000201", "2024-02-29", "elected"]'

# Who returns has a new term; the one that is over stays as it was, though an old list still has it. A list of captains with their rooms
# fits a roster, too; an error of the spreadsheet is no phone; names have one point.
old=$(linli list appointment --scope 样板社区/2栋 --json | json 'r["id"]')
linli set "$old" until=2025-01-01 ended=1 >/dev/null
linli import captains.xlsx --scope 样板社区 --json >report
same "$(counts report)" "2 0 0 2 0"
printf '责任区,姓名,手机号,房号\n2栋,子例二,,101\n2栋,子•例五,#N/A,102\n' >returns.csv
exits 2 linli import returns.csv --scope 样板社区
grep -q -e '--kind' err || fault "it does not ask which kind it is: $(cat err)"
exits 5 linli import returns.csv --scope 样板社区 --kind captains --json
same "$(counts out)" "2 1 0 0 1"
same "$(json '[[p["row"], p["column"]] for p in r["problems"]]' <out)" '[[3, "手机号"]]'
sed -i 's,#N/A,,' returns.csv
linli import returns.csv --scope 样板社区 --kind captains --json >report
same "$(counts report)" "2 1 0 1 0"
sed -i 's/•/・/' returns.csv
linli import returns.csv --scope 样板社区 --kind captains --json >report
same "$(counts report)" "2 0 0 2 0"
same "$(linli list appointment --scope 样板社区/2栋 --json | json 'all:sorted([r["fields"]["name"], r["fields"].get("until", "")] for r in r)')" \
    '[["子·例五", ""], ["子例二", ""], ["子例二", "2025-01-01"]]'

# Rows that wait for the end of the file take 64 MiB at most, however little the file itself takes.
cat >wait.py <<'P'
import os, xlsx
def number(body):
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights)) % 11]
heads = ["楼栋", "单元", "房号", "姓名", "身份证号", "户籍地", "居住类型", "残疾类别", "残疾等级", "备注"]
rows = [["1栋", "1单元", "101", "甲二", number(f"53011118840229{i}")] + ["x" * 16000] * 5 for i in range(100, 1000)]
named = xlsx.parts([heads] + rows)
named["xl/other.bin"] = os.urandom(400_000) # so that the text is no more than 250 times the file
xlsx.pack("wait.xlsx", named)
P
python3 wait.py
exits 5 linli import wait.xlsx --scope 样板社区 --dry-run --json
same "$(json '[r["rows"], 0 < r["rejected"] < 100, "split it" in r["problems"][0]["problem"]]' <out)" '[900, true, true]'
