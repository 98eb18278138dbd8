#!/usr/bin/env bash
# Exports: JSON Lines in one order, CSV that imports back without a change, files that appear whole.
. "$(dirname "$0")/lib.bash"
community s
export LINLI_STORE=$work/s
linli import "$demo/roster.csv" --scope 样板社区 --quiet >/dev/null
linli export --format jsonl >one
linli export --format jsonl --out two
cmp one two || fault "--out differs from stdout"
same "$(json '[r["id"] for r in r] == sorted(r["id"] for r in r)' <one)" true
same "$(python3 -c 'import json
print(all(line == json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n" for line in open("one")))')" True
same "$(linli export --format jsonl --scope 样板社区/1栋 --type resident | wc -l)" 60
linli export --format csv --scope 样板社区 --out back.csv
linli import back.csv --scope 样板社区 --json >report
same "$(counts report)" "60 0 0 60 0"
same "$(linli export --format csv --type household | wc -l)" 25
exits 1 linli export --format jsonl --out nosuch/folder
# A file appears under its name whole, for its owner alone, whatever lies in the way; a device or a pipe is written to.
ln -s one three.new
: >three
chmod 644 three
cp one kept
linli export --format jsonl --type resident --out three
cmp one kept || fault "a link beside the file was written through"
[ -L three.new ] || fault "a link beside the file was replaced"
same "$(stat -c %a three)" 600
linli export --format jsonl --out /dev/null
[ -c /dev/null ] || fault "/dev/null was replaced"
mkfifo fifo
linli export --format jsonl --out fifo &
cat fifo >four
wait $!
cmp one four || fault "--out into a pipe differs from stdout"
exits 1 linli export --format jsonl --out .
same "$(find . -maxdepth 1 -name '*.??????')" ""
mkdir full
[ ! -w /dev/full ] || { rc=0; linli export --format jsonl >/dev/full 2>err || rc=$?; same "$rc" 1; }
# A sample is the same town from the same seed.
for n in 1 2; do
    linli init --store sample$n --root community --name 样板社区 --quiet >/dev/null
    linli sample --store sample$n --seed 11 --communities 1 --households 70 --captains-rule --json >sample$n.json
    linli export --store sample$n --format csv --plain >sample$n.csv
done
cmp sample1.csv sample2.csv || fault "one seed made two towns"
cmp sample1.json sample2.json || fault "one seed counted differently"
linli import --store sample1 sample1.csv --scope 样板社区 --json >report
same "$(json 'r["created"] + r["updated"] + r["rejected"]' <report)" 0
linli verify --store sample1 >/dev/null
