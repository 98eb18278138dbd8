#!/usr/bin/env bash
# linli backup and restore: a node is backed up while it serves, dies, and is made anew from last night's file; the captain's phone
# meets it, and nothing that anybody was told is safe is lost. Keys, damage, old ones thinned.
. "$(dirname "$0")/lib.bash"

community office
serve office
linli join --store phone "$(linli invite --store office --scope 样板社区/1栋 --role captain --name 样例甲)" --quiet >/dev/null
before=$(linli set household --store phone --scope 样板社区/1栋 building=1栋 unit=1 room=101)
linli sync --store phone "$address" --quiet >/dev/null

# While it serves, and while the phone writes on.
linli backup --store office nights --json >made
same "$(json 'r["changesets"] > 3 and r["deleted"]' <made)" 0
file=$(json 'r["file"]' <made)
[ -f "$file" ] || fault "no $file"
same "$(stat -c %a "$file")" 600
! grep -qa 101 "$file" || fault "what is sealed stands in the file"
digest=$(linli status --store office --json | json 'r["digest"]')
same "$(json 'r["digest"]' <made)" "$digest"
after=$(linli set household --store phone --scope 样板社区/1栋 building=1栋 unit=1 room=102)
linli sync --store phone "$address" --quiet >/dev/null
late=$(linli set announcement --store office --scope 样板社区/1栋 title=备份之后)
linli sync --store phone "$address" --quiet >/dev/null
kill -9 "${pids[-1]}"; wait "${pids[-1]}" 2>/dev/null || true; unset 'pids[-1]'
cp office/store.key key
rm -rf office

# Only the key opens it.
exits 3 linli restore nights --store office
head -c 32 /dev/urandom >other
exits 3 linli restore nights --store office --key-file other
exits 4 linli restore nights --store office --key-file nowhere
exits 4 linli restore nowhere --store office --key-file key
[ ! -e office ] || fault "something was left behind"
exits 0 linli restore nights --store office --key-file key --json
same "$(json 'r["same"]' <out)" true
same "$(json 'r["device"].split(".")[0] == r["replica"].split(".")[0] and r["device"] != r["replica"]' <out)" true
exits 1 linli restore nights --store office --key-file key
cp key office/store.key && chmod 600 office/store.key

# The devices come again, and bring what was written after the backup.
linli show --store office "$before" >/dev/null
exits 4 linli show --store office "$after"
serve office
linli sync --store phone "$address" --quiet >/dev/null
linli show --store office "$after" >/dev/null
same "$(linli show --store office "$late" --json | json 'r["fields"]["title"]')" 备份之后
linli set announcement --store office --scope 样板社区/1栋 title=恢复之后 >/dev/null
linli sync --store phone "$address" --quiet >/dev/null
same "$(linli status --store phone --json | json 'r["digest"]')" "$(linli status --store office --json | json 'r["digest"]')"
linli verify --store office --quiet >/dev/null
linli verify --store phone --quiet >/dev/null
same "$(linli status --store office --json | json 'r["conflicts"]')" 0

# Old ones go, by their device, and only when the new one is whole.
for day in 01 02 03; do linli backup --store office nights --now "2099-01-${day}T20:00:00Z" >/dev/null; done
linli backup --store phone nights >/dev/null
linli backup --store office nights --keep 2 --now 2099-01-04T20:00:00Z --json >made
same "$(json 'r["deleted"]' <made)" 3
linli backup --store office nights --keep 2 --now 1970-01-02T00:00:00Z --json >made # a clock that went back: the new one is the newest
[ -f "$(json 'r["file"]' <made)" ] || fault "what was just written was deleted"
same "$(json 'r["file"]' <made | grep -o '[0-9]*T[0-9]*Z')" 20990104T200001Z
same "$(find nights -name 'linli-*.backup' | wc -l)" 3
exits 2 linli restore nights --store elsewhere --key-file key
exits 2 linli backup --store office nights --keep 0

# A damaged one is refused, and makes nothing.
good=$(json 'r["file"]' <made)
python3 - "$good" <<'PY'
import sys
with open(sys.argv[1], "r+b") as file:
    data = bytearray(file.read())
    data[len(data) // 2] ^= 1
    file.seek(0)
    file.write(data)
PY
exits 3 linli restore "$good" --store elsewhere --key-file key
[ ! -e elsewhere ] || fault "something was left behind"

# Under a passphrase: its salt comes with it.
LINLI_PASSPHRASE=样例口令 linli init --store worded --root community --name 样板小区 --quiet >/dev/null
LINLI_PASSPHRASE=样例口令 linli backup --store worded words >/dev/null
LINLI_PASSPHRASE=另一个 exits 3 linli restore words --store again
LINLI_PASSPHRASE=样例口令 linli restore words --store again --quiet >/dev/null
LINLI_PASSPHRASE=样例口令 linli status --store again >/dev/null
