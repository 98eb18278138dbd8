#!/usr/bin/env bash
# What a node confirmed: two captains of two buildings meet it, a copy of its store is put back, and whoever knows better is
# told so in words, the node too. A copy that serves beside the node itself is noticed when the two captains meet, and one that withholds, when a
# captain meets a clerk, who reads everything.
. "$(dirname "$0")/lib.bash"
community node
linli scope add --store node --parent 样板社区 --kind patch --name 2栋 --style courtyard >/dev/null
serve node
for who in one two; do
    patch=$([ $who = one ] && echo 1栋 || echo 2栋)
    uri=$(linli invite --store node --scope "样板社区/$patch" --role captain --name "captain $who")
    linli join --store "$who" "$uri" --quiet >/dev/null
done
status() { linli status --store "$1" --json | json "$2"; }
sync() { linli sync --store "$1" "$address" --json --quiet 2>"$1.err" | json 'r["settled"]' >/dev/null; }

# Saved at the community: only when the node has signed.
same "$(status one 'r["unconfirmed"]')" 0
id=$(linli set household --store one --scope 样板社区/1栋 room=101)
linli set "$id" room=102 --store one >/dev/null
same "$(status one 'r["unconfirmed"]')" 2
linli status --store one | grep -q '^2 changesets of this device are not confirmed by any node yet$' || fault "nothing said of what is not confirmed"
sync one
sync two
same "$(status one 'r["unconfirmed"], [x["ours"] for x in r["receipts"]], r["warnings"]')" '(0, [True], [])'
linli status --store one | grep -q '^node .* confirmed on ' || fault "nothing said of what was confirmed"
same "$(status node 'r["unconfirmed"], r["warnings"]')" '(0, [])'
stop

# An older image of its store is put back. One had more confirmed since, and is told; so is whoever runs the node.
cp -a node older
serve node
linli set "$id" room=103 --store one >/dev/null
sync one
sync two
same "$(cat one.err two.err)" ""
stop
rm -r node
cp -a older node
serve node
sync two
sync one
grep -q 'was put back to an older state\|began anew' one.err || fault "one is not told: $(cat one.err)"
same "$(status node '[[w["kind"], w["self"]] for w in r["warnings"]]')" '[["rolled-back", true]]'
linli status --store node | grep -q '^warning: this store was put back to an older state' || fault "the node says nothing of it"
LANG=zh_CN.UTF-8 linli status --store node | grep -q '旧状态' || [ ! -d "$LINLI_BIN/../locale" ] || fault "nothing of it in Chinese"
same "$(linli show --store node "$id" --json | json 'r["fields"]["room"]')" 103
same "$(status one 'sorted({w["kind"] for w in r["warnings"]})')" '["began-anew"]'
sync two
same "$(status two 'sorted({w["kind"] for w in r["warnings"]})')" '["began-anew"]'
stop

# A copy beside it: each captain meets one of the two, and neither copy has met somebody of the other.
cp -a node twin
serve node
linli set "$id" room=104 --store one >/dev/null
sync one
stop
serve twin
linli set household --store two --scope 样板社区/2栋 room=201 >/dev/null
sync two
same "$(cat one.err two.err)" ""
stop
serve one
sync two
grep -qE '^warning: node .* (told two stories|was put back to an older state)' two.err || fault "nobody noticed: $(cat one.err two.err)"
stop

# A copy that goes on where the node itself was, under numbers that rise, without what a clerk wrote for a captain's patch: he is shown
# less than was confirmed to her, who reads everything. Both learn of it when they meet, from what her receipt lists of that patch.
rm -rf twin
serve node
linli join "$(linli invite --store node --scope 样板社区 --role clerk --name clerk --json | json 'r["uri"]')" --store clerk --quiet >/dev/null
linli join "$(linli invite --store node --scope 样板社区/1栋 --role captain --name "captain three" --json | json 'r["uri"]')" --store three --quiet >/dev/null
sync clerk
stop
cp -a node twin
linli set household --store clerk --scope 样板社区/1栋 room=106 >/dev/null
serve node
sync clerk
same "$(status clerk 'r["unconfirmed"]')" 0
stop
for n in $(seq 40); do linli set household --store twin --scope 样板社区/2栋 room="3$n" >/dev/null; done
serve twin
sync three
stop
same "$(status clerk 'r["warnings"]'), $(status three 'r["warnings"]')" '[], []'
serve three
sync clerk
stop
for who in clerk three; do
    same "$(status $who 'sorted({w["kind"] for w in r["warnings"]})')" '["records-withheld"]'
done
