#!/usr/bin/env bash
# Personal data stays out of diagnostics: forty made-up values go through every verb and its errors while a daemon logs all that
# it can; then its log, what any verb said on stderr, its environment, its command line and the names of files are searched.
. "$(dirname "$0")/lib.bash"
community office
serve office --log-level trace

linli help | sed -n 's/^  \([a-z]\+\( [a-z-]\+\)\?\)  .*/\1/p' >verbs
while read -r verb; do # one that is new has a line below before it is let in here
    grep -qE "(linli|LINLI_BIN/linli\") $verb |^$verb office" "$top/tests/e2e/cli_canaries.sh" || fault "nothing is tried of 'linli $verb'"
done <verbs

# Eight people of five values each. The identity numbers have good check digits and births in the 1880s; nobody's.
python3 - <<'P'
people = "鹳雀楼 谢桥灯 汀洲白 棠梨雪 竹坞风 松窗月 石径云 蓼花秋".split()
def identity(n):
    body = "530111" + f"188{n}0{n + 1}1{n}" + f"{100 + 2 * n:03d}"
    sums = sum(int(d) * (2 ** (17 - i) % 11) for i, d in enumerate(body))
    return body + "10X98765432"[sums % 11]
with open("canaries", "w", encoding="utf-8") as out:
    for n, name in enumerate(people):
        print(name, identity(n), f"1990000{7310 + n}", f"柳莺里{371 + n}号院", f"逢雨膝痛记{n}号", file=out)
P
mapfile -t people <canaries
same "${#people[@]}" 8
same "$(tr ' ' '\n' <canaries | sort -u | wc -l)" 40

# say COMMAND...: as a person at a desk, whatever comes of it; stdout is what was asked for, stderr is searched.
say() { "$@" >>answers 2>>said </dev/null || true; }
house=$(linli set household --store office --scope 样板社区/1栋 room=101)
resident="" waiting=()
for person in "${people[@]}"; do
    read -r name number phone place note <<<"$person"
    id=$(linli set resident --store office --scope 样板社区/1栋 household="$house" name="$name" id_number="$number" \
        phone="$phone" registered="$place" note="$note" 2>>said || true)
    resident=${id:-$resident}
    for value in "$name" "$number" "$phone" "$place" "$note"; do
        say linli show --store office "$value" # and each where something else belongs
        say linli show --store office "$resident" "$value"
        say linli history --store office "$value"
        say linli "$value"
        say linli list "$value" --store office
        say linli list resident --store office --where "name=$value" --sort "$value" --limit "$value"
        say linli list resident --store office --where "$value=$value"
        say linli list resident --store office --match "$value" --scope "$value"
        say linli list resident --store office --match "$value"
        say linli "--$value" list resident --store office
        say linli set "$value" --store office name="$value"
        say linli set resident --store office --scope "$value" name="$value"
        say linli set resident --store office --scope 样板社区/1栋 "$value=$value"
        say linli set resident --store office --scope 样板社区/1栋 "$value"
        for field in household id_number sex birth_date disability_grade arrived left name; do
            say linli set resident --store office --scope 样板社区/1栋 "$field=$value"
        done
        say linli set "$resident" --store office "note=@$value"
        say linli set "$resident" --store office --seen "$value" note="$value"
        say linli delete "$value" --store office
        say linli resolve "$resident" "$value" --choose "$value" --store office
        say linli resolve "$value" name --choose "$value" --store office
        say linli conflicts --scope "$value" --store office
        say linli audit --who "$value" --record "$value" --store office
        say linli show "$resident" --reason "$value" --store office
        say linli export --format jsonl --scope "$value" --out "$value/$value" --store office
        say linli export --format "$value" --store office
        say linli export --format csv --type "$value" --store office
        say linli scope add --parent "$value" --kind patch --name "$value" --store office
        say linli scope add --parent 样板社区 --kind patch --name 样板社区 --division "$value" --store office
        say linli invite --scope "$value" --role captain --name "$value" --store office
        say linli invite --scope 样板社区/1栋 --role "$value" --name "$value" --expires "$value" --store office
        say linli invite --scope 样板社区/1栋 --role captain --name "$value" --address "$value" --store office
        say linli join "$value" --name "$value" --store elsewhere
        say linli join "linli:$value" --store elsewhere
        say linli enrol list --store office
        say linli enrol confirm "$value" --store office
        say linli enrol reject "$value" --store office
        say linli sync "$value" --store office
        say linli sync "$value:1" --store office
        say linli import "$value" --store office --scope 样板社区
        say linli import "$demo/roster.csv" --store office --scope "$value" --date "$value" --map "$value"
        say linli schema "$value"
        say linli check "$value" --store office
        say linli today --scope "$value" --reason "$value" --store office
        say linli stats --scope "$value" --store office
        say linli undo "$value" "$value" --store office
        say linli undo "$resident" "$value" --store office
        say linli compare "$value" --store office
        say linli check --scope "$value" --reason "$value" --store office
        say linli building add --scope "$value" --name "$value" --units 1 --floors 1 --rooms 1 --store office
        say linli building add --scope 样板社区/1栋 --name "$value" --units "$value" --floors "$value" --rooms "$value" --store office
        say linli building add --scope 样板社区/1栋 --name 2栋 --units 1 --floors 1 --rooms 1 --skip "$value" --year "$value" --lifts "$value" --store office
        say linli help "$value"
        say linli completion "$value"
        say linli status "$value" --store office
        say linli status --store office --now "$value"
        say linli init --root "$value" --name "$value" --store other
        say linli sample --seed "$value" --communities 1 --households 1 --store office
        say linli grant "$value" --store office
        say linli grant move "$value" --to "$value" --store office
        say linli revoke "$value" --reason "$value" --since "$value" --store office
        say linli revoke "$value" --reason "$value" --scope "$value" --store office
        say linli aside --scope "$value" --store office
        say linli adopt "$value" --device "$value" --scope "$value" --store office
        say linli reject "$value" --device "$value" --scope "$value" --store office
        say linli passphrase --store office --new-key-file "$value" & # both wait a second for the daemon that holds the store
        waiting+=($!)
        say linli root export-key "$value/none" --store office &
        waiting+=($!)
        say linli erase "$value" --reason "$value" --dry-run --yes --store office
        say linli erase "$resident" --reason "$value" --kind "$value" --dry-run --store office
        say linli erase --due --scope "$value" --dry-run --store office
        say linli export --resident "$value" --reason "$value" --store office
        say linli export --resident "$resident" --reason "$value" --out "$value/none" --store office
        say linli backup "$value/none" --keep "$value" --store office
        say linli restore "$value" --store other
        say linli root show "$value" --store office
        say linli root new-key "$value/none"
        say linli root draft "$value" --out "$value/none" --store office
        say linli root draft grant "$value" --scope "$value" --out "$value/none" --store office
        say linli root draft revoke "$value" --reason "$value" --out "$value/none" --store office
        say linli root sign "$value" --key "$value"
        say linli root apply "$value" --store office
    done
done
wait "${waiting[@]}"
[ -n "$resident" ] || fault "no record was made: $(head -n 3 said)"

# Imports: good rows and bad ones, in UTF-8 and in GB18030.
python3 - <<'P'
people = [line.split() for line in open("canaries", encoding="utf-8")]
head = "楼栋,单元,房号,户主,房屋类型,姓名,与户主关系,性别,身份证号,出生日期,手机号,户籍地,居住类型,残疾类别,残疾等级,来住日期,备注\n"
rows = head
for n, (name, number, phone, place, note) in enumerate(people):
    rows += f"1栋,1单元,{200 + n},{name},自住,{name},户主,女,{number},,{phone},{place},常住,,,,{note}\n"
    rows += f"1栋,1单元,{200 + n},{name},自住,{name},{note},{place},{number[:-1]}0,{name},{phone}1,{place},{note},{place},{name},{phone},{note}\n"
    rows += f"{place},{note},{number},{name},{name},,{name},{number}\n\"{name}{note}\n\",{phone}\n"
open("utf8.csv", "w", encoding="utf-8").write(rows)
open("gb.csv", "w", encoding="gb18030").write(rows)
open("broken.csv", "wb").write(rows.encode("gb18030")[:-1] + b"\xff\x81")
P
for file in utf8.csv gb.csv broken.csv; do
    for flags in "" --dry-run --strict "--json" "--kind buildings" "--kind divisions"; do
        # shellcheck disable=SC2086
        say linli import $file --store office --scope 样板社区 $flags
    done
done
linli list resident --store office --json | grep -q "${people[0]%% *}" || fault "nothing was imported, so this shows nothing"

# Another replica: conflicts, writes that its grants refuse, a line that breaks, a foreign network.
linli join --store captain "$(linli invite --store office --scope 样板社区/1栋 --role captain --name "${people[0]%% *}")" --name "${people[1]%% *}" >>answers 2>>said
linli join --store viewer "$(linli invite --store office --scope 样板社区/1栋 --role viewer --name "${people[2]%% *}")" >>answers 2>>said
say linli set "$resident" --store office name="${people[3]%% *}"
say linli set "$resident" --store captain name="${people[4]%% *}"
say linli set scope --store captain --scope 样板社区/1栋 name="${people[5]%% *}"
say linli set resident --store viewer --scope 样板社区/1栋 name="${people[6]%% *}"
say linli sync --store captain "$address"
say linli conflicts --store captain
say linli status --store captain
say linli verify --store captain
say linli grant list --store captain
say linli scope list --store captain
say linli revoke "${people[1]%% *}" --reason "${people[7]##* }" --store office
say linli aside --store office
say linli sync --store captain "$address"
say linli erase "$resident" --reason "${people[6]##* }" --kind resident-request --yes --store office
say linli erase "$house" --reason "${people[5]##* }" --yes --store captain
say linli show "$resident" --store office
say linli history "$resident" --store office
say linli check --store office
say linli today --store office
say linli stats --store office
say linli undo "$resident" --store office
say linli compact --store office
say linli compact --store captain
say linli sync --store captain "$address"
community foreign
say linli sync --store foreign "$address"
say timeout 0.05 "$LINLI_BIN/linli" sync --store viewer "$address"

# Full: no file may grow any more. And a store whose pages were overwritten.
grep -c 'the disk is full\|the disk failed' said >full || true
for person in "${people[@]}"; do
    (trap '' XFSZ; ulimit -f 1; linli set resident --store captain --scope 样板社区/1栋 name="${person%% *}" note="${person##* }") \
        2>&1 </dev/null | cat >>said
done
[ "$(grep -c 'the disk is full\|the disk failed' said)" -gt "$(cat full)" ] || fault "no disk was full: $(tail -n 3 said)"
cp -r captain hurt
dd if=/dev/urandom of=hurt/data.mdb bs=4096 seek=4 count=8 conv=notrunc 2>/dev/null
say linli verify --store hurt
say linli list resident --store hurt
{ tr '\0' '\n' <"/proc/$server/environ" >environ; } 2>/dev/null || : >environ # no core, so only root may read it
tr '\0' '\n' <"/proc/$server/cmdline" >cmdline
ls -R office captain viewer hurt >names
stop
mv office.err log
grep -q ' trace call verb="set" ' log || fault "the daemon's log is not at its most talkative"
[ "$(wc -l <said)" -gt 1000 ] || fault "too few errors were met: $(wc -l <said)"

# The search, in both encodings of Chinese, of whole values and of what might be shown of a long one.
python3 - <<'P'
import sys
values = open("canaries", encoding="utf-8").read().split()
parts = {part for v in values for part in ({v, v[:12], v[-8:]} if v.isascii() else {v})}
needles = {part.encode(encoding) for part in parts for encoding in ("utf-8", "gb18030")}
leaks = [f"{name}: {line.decode('utf-8', 'replace')[:160]}" for name in ("log", "said", "environ", "cmdline", "names", "office.out")
         for line in open(name, "rb").read().split(b"\n") if any(needle in line for needle in needles)]
for leak in leaks[:60]:
    print(leak, file=sys.stderr)
sys.exit(f"{len(leaks)} lines hold what a person wrote" if leaks else 0)
P
