#!/usr/bin/env bash
# Every bad input ends in one line for a person and the exit code for a script.
. "$(dirname "$0")/lib.bash"
community s
export LINLI_STORE=$work/s

# usage
exits 2 linli nosuchverb
exits 2 linli list household --nosuchflag
exits 2 linli list household --limit
exits 2 linli list household --limit many
exits 2 linli list nosuchtype
exits 2 linli list household --where nosuchfield=1
exits 2 linli list household --where tenure=castle
exits 2 linli list household --sort nosuchfield
exits 2 linli set household --scope 样板社区 nosuchfield=1
exits 2 linli set visit --scope 样板社区 time=yesterday
exits 2 linli set household room=101
exits 2 linli set household --scope 样板社区 room
exits 2 linli show
exits 2 linli show a b
exits 2 linli init --store t --root village --name 甲
exits 2 linli init --store t --root city
exits 2 linli export --format xml
exits 2 linli status --now yesterday
exits 2 linli sync nowhere
exits 2 linli completion tcsh
exits 2 linli invite --scope 样板社区 --role captain --name 甲 --expires soon
for name in $'甲\e[31m' $'甲\xc2\x9b31m' $'甲\xe2\x80\xae' $'甲\nlinli' $'\xff'; do
    exits 2 linli invite --scope 样板社区 --role captain --name "$name" --address 127.0.0.1:9
    exits 2 linli scope add --parent 样板社区 --kind patch --name "$name"
    exits 2 linli join --store t linli:AAAA --name "$name"
done
exits 4 linli show $'\xc2\x9b31m\xe2\x80\xae'
! grep -q $'\xc2\x9b\\|\xe2\x80\xae' err || fault "controls reach the terminal"
[ ! -e t ] || fault "a failed init left a folder behind"

# not found
exits 4 linli show 0123456789abcdef0123456789abcdef
exits 4 linli list household --scope 没有/这里
exits 4 linli import nosuch.csv --scope 样板社区
exits 4 linli status --store nosuchstore
exits 4 linli resolve 0123456789abcdef0123456789abcdef room --choose x

# invitations
exits 2 linli join --store t 'http://example'
exits 2 linli join --store t linli:AAAA
uri=$(linli invite --scope 样板社区/1栋 --role captain --name 甲 --address 127.0.0.1:9)
exits 2 linli join --store t "${uri%????????}"
exits 1 linli join --store t "$uri"
[ ! -e t ] || fault "a failed join left a folder behind"
exits 1 linli sync 127.0.0.1:9

# the key
head -c 32 /dev/zero >zero.key
exits 3 linli status --key-file zero.key
exits 3 linli status --key-file "$top/LICENSE"
LINLI_PASSPHRASE=right linli init --store p --root community --name 甲社区 --quiet >/dev/null
exits 3 env LINLI_PASSPHRASE=wrong "$LINLI_BIN/linli" status --store p
exits 3 linli status --store p
LINLI_PASSPHRASE=right linli status --store p >/dev/null
[ "$(stat -c %a s/store.key)" = 600 ] || fault "the key file can be read by others"
exits 1 linli init --root city --name 甲

# files that are no CSV
head -c 4096 /dev/urandom >noise.bin
exits 5 linli import noise.bin --scope 样板社区
printf 'a,b\n1,2\n' >plain.csv
exits 5 linli import plain.csv --scope 样板社区
: >empty.csv
exits 5 linli import empty.csv --scope 样板社区
exits 1 linli import . --scope 样板社区
{ head -n 2 "$demo/roster.csv"; printf '1栋,1单元,101,"甲'; } >quote.csv
exits 5 linli import quote.csv --scope 样板社区 --json
same "$(json 'r["rejected"]' <out)" 1

# stores that are damaged, or of a newer format
cp -r s g
printf 'garbage' >g/format
exits 1 linli status --store g
cp -r s n
if [ -r n/format ] && grep -q '[0-9]' n/format; then
    sed -i 's/[0-9][0-9]*/999/' n/format
    exits 1 linli status --store n
fi
cp -r s d
head -c 65536 /dev/urandom >d/data.mdb
exits 1 linli status --store d

# a store that another process holds: no socket answers, so it is in use
python3 - s <<'P' &
import fcntl, os, sys, time
f = open(os.path.join(sys.argv[1], "held"), "r+")
fcntl.flock(f, fcntl.LOCK_EX)
open("locked", "w").close()
time.sleep(60)
P
pids+=($!)
for _ in $(seq 100); do [ -e locked ] && break; sleep 0.05; done
exits 1 linli status
grep -q 'in use' err || fault "the line does not say that the store is in use: $(cat err)"

# nobody reads the rest of a list
linli schema | head -n 1 >/dev/null
