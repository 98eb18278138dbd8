#!/usr/bin/env bash
# A roster that was exported, corrected in a spreadsheet and imported again changes the corrected cells alone; what a captain changed
# meanwhile stays, and where both changed one thing both stand, to be looked at. As XLSX and as CSV.
. "$(dirname "$0")/lib.bash"
export PYTHONPATH=$top/tests/lib PYTHONDONTWRITEBYTECODE=1

# edit.py IN OUT CHANGE...: a change is NAME.COLUMN=VALUE, or NAME! for a row that goes, NAME+NEW for a copied row of somebody new.
cat >edit.py <<'P'
import csv, sys, xlsx
source, target, *changes = sys.argv[1:]
if source.endswith("csv"):
    rows = list(csv.reader(open(source, encoding="utf-8-sig", newline="")))
else:
    rows = xlsx.read(source)
heads = rows[0]
name = heads.index("姓名")
for change in changes:
    if "." in change and "=" in change:
        who, rest = change.split(".", 1)
        what, value = rest.split("=", 1)
        for row in rows[1:]:
            if row[name] == who:
                row[heads.index(what)] = value
    elif change.endswith("!"):
        rows = [row for row in rows if row[name] != change[:-1]]
    else:
        who, new = change.split("+")
        copy = list(next(row for row in rows if row[name] == who))
        copy[name], copy[heads.index("身份证号")], copy[heads.index("手机号")] = new, "", ""
        rows.append(copy)
if target.endswith("csv"):
    with open(target, "w", encoding="utf-8-sig", newline="") as f:
        csv.writer(f).writerows(rows)
else:
    xlsx.write(target, [[cell or None for cell in row] for row in rows])
P
fields() { linli list resident --where "name=$1" --json | json "$2"; }
changes() { linli export --format jsonl | sha256sum; } # without the audit, which says that somebody looked

for form in xlsx csv; do
    community "s$form"
    export LINLI_STORE=$work/s$form
    linli import "$demo/roster.csv" --scope 样板社区 --quiet >/dev/null
    beside=$(fields 乙一 'r["fields"]["household"]')
    linli set "$beside" floor=底层 >/dev/null
    linli export --format $form --scope 样板社区 --out out.$form
    before=$(changes)
    linli import out.$form --scope 样板社区 --json >report
    same "$form $(counts report)" "$form 60 0 0 60 0"
    same "$(changes)" "$before"

    # Meanwhile a captain corrects one phone, and the note of another person.
    one=$(fields 甲一 'r["id"]') two=$(fields 甲二 'r["id"]')
    linli set "$one" phone=19900000901 note=样板备注 >/dev/null
    linli set "$two" phone=19900000902 >/dev/null
    # The office: a registered residence, one of those phones, a phone that goes, a whole household's room, a new head, somebody who
    # moves in with a neighbour, somebody new.
    python3 edit.py out.$form back.$form 甲一.户籍地=改过的地方 甲二.手机号=19900000802 乙一.手机号= 乙一.楼层= 乙二.楼层= 丙一.房号=209 丙二.房号=209 丙三.房号=209 \
        丙四.房号=209 甲三.房号=102 乙一+乙新 甲一.户主=甲二 甲二.户主=甲二 甲三.户主=甲二
    rooms=$(linli list household --json | json 'sorted(r["fields"]["room"] for r in r)')
    exits 5 linli import back.$form --scope 样板社区 --dry-run --json # the copied row still has the other's mark
    same "$form $(json '[[p["row"], p["column"]] for p in r["problems"]]' <out)" "$form [[62, \"姓名\"]]"
    same "$(linli list household --json | json 'sorted(r["fields"]["room"] for r in r)')" "$rooms"
    python3 edit.py back.$form back.$form 乙新.导出凭据（请勿修改）=
    members=$(fields 丙一 'r["fields"]["household"]')
    linli import back.$form --scope 样板社区 --json >report
    same "$form $(json 'r["created"], r["rejected"], r["conflicts"]' <report | tr -d '[]()' )" "$form 1, 0, 1"
    same "$form $(json 'r["updated"]' <report)" "$form 5" # of a household that moves whole, one row says it for all
    # What the captain wrote is there; what both wrote stands side by side.
    same "$(fields 甲一 '[r["fields"][k] for k in ("phone", "note", "registered")]')" '["19900000901", "样板备注", "改过的地方"]'
    same "$(linli conflicts --json | json '[[r["id"] == "'"$two"'", r["field"], sorted(v["value"] for v in r["values"])]]')" \
        '[[true, "phone", ["19900000802", "19900000902"]]]'
    same "$(fields 乙一 'r["fields"].get("phone")')" null
    same "$(linli show "$beside" --json | json 'r["fields"]["floor"]')" 底层 # emptied: it says nothing, nor does the room instead
    # The household is the same one under its new address; who moved alone is with the neighbour now.
    same "$(fields 丙一 'r["fields"]["household"]')" "$members"
    same "$(linli show "$members" --json | json 'r["fields"]["room"]')" 209
    same "$(fields 甲三 'r["fields"]["household"]')" "$(fields 乙一 'r["fields"]["household"]')"
    same "$(linli show "$(fields 甲一 'r["fields"]["household"]')" --json | json '[r["fields"]["head"], r["conflicts"]]')" '["甲二", []]'
    # The same file once more finds all that it says.
    before=$(changes)
    linli import back.$form --scope 样板社区 --json >report
    same "$form $(json 'r["created"], r["rejected"]' <report | tr -d '[]()')" "$form 0, 0"
    same "$(changes)" "$before"
    linli verify >/dev/null

    # Somebody deleted meanwhile, a mark that was edited, a roster of another store; a column that went says nothing.
    linli export --format $form --scope 样板社区 --out out.$form
    linli delete "$(fields 丁一 'r["id"]')"
    python3 edit.py out.$form wrong.$form 丁一.户籍地=别处 戊一.导出凭据（请勿修改）=L1:AAAA
    exits 5 linli import wrong.$form --scope 样板社区 --json
    same "$form $(json '[p["column"] for p in r["problems"]]' <out)" "$form [\"导出凭据（请勿修改）\", \"导出凭据（请勿修改）\"]"
done
exits 5 linli import --store sxlsx out.csv --scope 样板社区 --json
same "$(json 'r["rejected"] == r["rows"]' <out)" true

# The file: text in every cell, the headings in sight, nothing that is taken for a formula.
export LINLI_STORE=$work/sxlsx
linli set "$(linli list resident --where name=甲二 --json | json 'r["id"]')" note="=HYPERLINK(1)" >/dev/null
linli export --format xlsx --out out.xlsx
python3 - <<'P' || fault "the XLSX file is not as it should be"
import xlsx
sheet = xlsx.Sheet("out.xlsx")
assert sheet.kinds <= {"s", "inlineStr"}, sheet.kinds
assert sheet.rows[0][0] == "楼栋" and sheet.rows[0][-1].startswith("导出凭据")
assert 'state="frozen"' in sheet.xml and 'ySplit="1"' in sheet.xml and "<autoFilter" in sheet.xml
assert "'=HYPERLINK(1)" in sum(sheet.rows, []) and "<f>" not in sheet.xml
assert "530111188102040034" in sum(sheet.rows, [])
P
linli export --format csv | grep -q '"530111188102040034	"' || fault "a spreadsheet would shorten an identity number of the CSV file"
linli export --format csv --plain | head -n 1 | grep -q 凭据 && fault "--plain has marks"
linli export --format xlsx --type household >types.xlsx
same "$(python3 -c 'import xlsx; print(len(xlsx.read("types.xlsx")))')" "$(($(linli list household --json | wc -l) + 1))"
exits 1 linli export --format xlsx --out nosuch/folder
rc=0
TMPDIR=/nosuch linli export --format xlsx >none 2>err || rc=$?
same "$rc $(wc -c <none)" "1 0"
# For whoever reads Excel's CSV of this file, a value that begins with a tab or a full-width = is no formula either.
linli set "$(linli list resident --where name=甲二 --json | json 'r["id"]')" note="＝1" >/dev/null
linli export --format csv --scope 样板社区 --out tab.csv
grep -q "'＝1" tab.csv || fault "a full-width formula was not guarded"
linli import tab.csv --scope 样板社区 --json >report
same "$(json 'r["created"] + r["updated"] + r["rejected"]' <report)" 0
