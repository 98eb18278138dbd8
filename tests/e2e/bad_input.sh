#!/usr/bin/env bash
# Invitations that are over, used or foreign, clocks that are off by years, a full disk: each is one clear line with its
# exit code, and changes nothing.
. "$(dirname "$0")/lib.bash"

community office
serve office

# an invitation whose time is over
uri=$(linli invite --store office --scope 样板社区/1栋 --role captain --name 楼长 --expires 1m)
exits 3 linli join --store late "$uri" --now 2027-06-01T00:00:00+08:00
[ ! -e late ] || fault "an expired invitation left a folder behind"

# one that was used
uri=$(linli invite --store office --scope 样板社区/1栋 --role captain --name 楼长)
linli join --store captain "$uri" >/dev/null 2>&1
exits 3 linli join --store thief "$uri"
[ ! -e thief ] || fault "a used invitation left a folder behind"

# a store that is there is not overwritten
before=$(linli status --store captain --json)
uri=$(linli invite --store office --scope 样板社区/1栋 --role captain --name 另一位)
exits 1 linli join --store captain "$uri"
same "$(linli status --store captain --json)" "$before"

# a foreign network
community other
what_is_held() { linli status --store "$1" --json | json '[r[k] for k in ("replica", "records", "changesets", "set_aside", "digest", "warnings")]'; }
was=$(what_is_held other)
exits 1 linli sync --store other "$address" # it closes without a word, so why it did is not known
grep -q 'another network' err || fault "the line does not say that the network may be another: $(cat err)"
exits 1 linli sync --store office "$address"
grep -q 'the same store' err || fault "the line does not say that it is the same store: $(cat err)"
cp -r office twin
exits 1 linli sync --store twin "$address"
grep -q "this store is a copy of the peer's" err || fault "the line does not say that it is a copy: $(cat err)"
LANG=zh_CN.UTF-8 exits 1 linli sync --store twin "$address"
grep -q '对方数据库的副本' err || fault "not said in Chinese: $(cat err)"
exits 2 linli sync --store captain "$address" nowhere
same "$(cat out)" ""
same "$(what_is_held other)" "$was"
same "$(linli status --store office --json | json 'r["set_aside"]')" 0

# a stranger that speaks something else does not trouble the node
for bytes in 'GET / HTTP/1.1\r\n\r\n' '\026\003\001\002\000\001\000' 'LNLI\001\001aaaaaaaaaaaaaaaa\000\040' '\000\000\000\000'; do
    timeout 5 bash -c "exec 9<>/dev/tcp/${address%:*}/${address##*:}; printf '$bytes' >&9; cat <&9 >/dev/null" || true
done
linli sync --store captain "$address" --json >report
same "$(json 'r["settled"]' <report)" true
same "$(grep -vE '^[^ ]+ info (enrolled|enrolment-denied|joined|session) ' office.err)" ""

# a clock that is years ahead hides nobody's value; one that is years behind asks before it signs
id=$(linli set visit --store captain --scope 样板社区/1栋 note=今天)
linli sync --store captain "$address" >/dev/null
linli set "$id" --store captain note=三十一年以后 --now 2057-11-23T09:00:00+08:00 >/dev/null
linli set "$id" --store office note=办公室写的 >/dev/null
linli sync --store captain "$address" >/dev/null
same "$(linli show "$id" --store office --json | json 'r["conflicts"]')" '["note"]'
same "$(linli conflicts --store office --json | grep -o -e 三十一年以后 -e 办公室写的 | sort -u | wc -l)" 2
was=$(linli status --store office --json | json 'r["digest"]')
exits 1 linli set "$id" --store office note=一九七零 --now 1970-01-02T00:00:00Z
same "$(linli status --store office --json | json 'r["digest"]')" "$was"
stop

# a full disk: what was saved before stays, what did not fit is refused
[ "$(id -u)" = 0 ] || skip "no root to mount a small disk"
mkdir disk
mount -t tmpfs -o size=3m tmpfs disk 2>/dev/null || skip "no small disk can be mounted here"
undo() { umount "$work/disk" 2>/dev/null || true; }
trap 'rc=$?; undo; (exit $rc); finish' EXIT
community disk/s
linli set visit --store disk/s --scope 样板社区/1栋 note=第一次 >/dev/null
exits 1 linli sample --store disk/s --seed 1 --communities 1 --households 4000 --json
linli list visit --store disk/s --match 第一次 --json | grep -q 第一次 || fault "what was saved before is gone"
linli verify --store disk/s >/dev/null
for i in 1 2 3 4 5 6; do dd if=/dev/zero of=disk/fill bs=64k count=400 2>/dev/null || true; done
exits 1 linli import "$demo/roster.csv" --store disk/s --scope 样板社区
rm disk/fill
linli verify --store disk/s >/dev/null
umount disk

# on a full disk a lost phone can still be turned out, and the records wait
mount -t tmpfs -o size=80m tmpfs disk
community disk/s
serve disk/s
linli join "$(linli invite --store disk/s --scope 样板社区/1栋 --role captain --name 样板 --json | json 'r["uri"]')" --store away --quiet >/dev/null
stop
captain=$(linli grant list --store disk/s --json | json 'all:[g["device"] for g in r if g["role"] == "captain"][0]')
fallocate -l 64m disk/fill
for block in 64k 4k; do dd if=/dev/zero of=disk/more-$block bs=$block 2>/dev/null || true; done
n=0
while linli set visit --store disk/s --scope 样板社区/1栋 note=第$((n += 1))次 >/dev/null 2>err; do [ $n -lt 2000 ] || fault "the disk is never full"; done
grep -q "disk is full" err || fault "a full disk is not named: $(cat err)"
linli revoke "$captain" --store disk/s --reason 丢失 >/dev/null || fault "nobody is turned out on a full disk"
linli grant list --store disk/s --json | json "all:[g['revoked'] for g in r if g['device'] == '$captain']" | grep -q true || fault "the revocation is not kept"
[ -s disk/s/reserve ] || fault "nothing is kept back for the next one"
rm disk/fill disk/more-*
linli set visit --store disk/s --scope 样板社区/1栋 note=又一次 >/dev/null
linli verify --store disk/s >/dev/null
