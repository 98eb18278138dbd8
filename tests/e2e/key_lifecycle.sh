#!/usr/bin/env bash
# Every kind of key lost and stolen, as docs/en/keys.md says what to do: a node's, staff's, a community's re-issued by the city, a
# phone's, a root key within the threshold, and stolen root keys. After each of them the replicas meet and agree, what was
# acknowledged is there, and the old key has no effect.
. "$(dirname "$0")/lib.bash"
unset LINLI_NEW_PASSPHRASE
export LINLI_NEW_PASSPHRASE=

community=样市/样社区 patch=样市/样社区/1栋
# joins STORE FROM SCOPE ROLE: a new device, let in by the node that listens at $address
joins() {
    linli join "$(linli invite --store "$2" --scope "$3" --role "$4" --name "$1" --address "$address")" --store "$1" --quiet >/dev/null
}
# meets STORE...: each syncs once with the node that listens
meets() {
    local store
    for store in "$@"; do
        linli sync --store "$store" "$address" --json >sync.json
        same "$(json 'r["settled"]' <sync.json)" true
    done
}
key_of() { linli grant list --store "$1" --json | json "all:[g['device'] for g in r if g['name'] == '$2'][-1]"; }
writes() { linli set household --store "$1" --scope "$patch" "room=$2" >/dev/null; }
rooms() { linli list household --store "$1" --json | json 'all:",".join(sorted(x["fields"]["room"] for x in r))'; }
# agree ROOMS STORE...: all hold the same, and just what was acknowledged
agree() {
    local want=$1 store
    shift
    for store in "$@"; do
        same "$(rooms "$store")" "$want"
        same "$(linli verify --store "$store" --json | json 'len(r["bad"])')" 0
    done
}
said() { linli root show --store "$1" --json | json "$2"; }

linli init --store city --root city --name 样市 --quiet >/dev/null
linli scope add --store city --parent 样市 --kind community --name 样社区 >/dev/null
serve city
joins node city "$community" node
stop
linli scope add --store node --parent "$community" --kind patch --name 1栋 --style courtyard >/dev/null
serve node
joins phone node "$patch" captain
joins clerk node "$community" clerk
writes phone 101
meets phone clerk
meets city

# --- the root: 1 of 1 in the store at first, then 2 of 3 on machines that are offline; the first key counts no more ---
for key in a b c d; do LINLI_NEW_PASSPHRASE=made-up-$key linli root new-key $key.key --quiet >$key.pub; done
exits 1 env LINLI_NEW_PASSPHRASE=x "$LINLI_BIN/linli" root new-key a.key
exits 2 linli root new-key e.key
same "$(stat -c %a a.key)" 600
exits 2 linli root draft version --store city --threshold 4 --key a.key --key b.key --key c.key --out bad.draft
exits 2 linli root draft version --store city --threshold 2 --key a.key --key a.key --out bad.draft
linli root draft version --store city --threshold 2 --key a.key --key "$(cat b.pub)" --key c.key --oldest 2 --affirm all \
    --out v2.draft --json >draft.json
same "$(json '[i["act"] for i in r["items"]]' <draft.json)" '["version", "affirm"]'
same "$(json 'len(r["items"][1]["ids"]) == r["items"][1]["count"] > 0' <draft.json)" true
exits 3 linli root apply v2.draft --store city
linli root sign v2.draft --store city --json >signed.json
same "$(json '[s["missing"] for s in r["signers"]]' <signed.json)" '[0, 2]'
same "$(json 'r["fingerprint"]' <signed.json)" "$(json 'r["fingerprint"]' <draft.json)"
exits 1 linli root sign v2.draft --store city
exits 3 env LINLI_PASSPHRASE=wrong "$LINLI_BIN/linli" root sign v2.draft --key a.key
exits 3 env LINLI_PASSPHRASE=made-up-d "$LINLI_BIN/linli" root sign v2.draft --key d.key
sign() { LINLI_PASSPHRASE=made-up-$2 linli root sign "$1" --key "$2.key" --json >signed.json; }
sign v2.draft a
exits 3 linli root apply v2.draft --store city
sign v2.draft c
linli root apply v2.draft --store city >/dev/null
linli root apply v2.draft --store city >/dev/null # again is harmless
same "$(said city '[r["version"], r["threshold"], len(r["keys"]), r["oldest"], r["rivals"]]')" '[2, 2, 3, 2, 0]'
LINLI_NEW_PASSPHRASE=made-up-old linli root export-key old.key --store city --quiet >/dev/null
[ ! -e city/root.key ] || fault "the root's key is still in the store"
exits 4 env LINLI_NEW_PASSPHRASE=x "$LINLI_BIN/linli" root export-key again.key --store city
meets city phone clerk
same "$(said phone 'r["version"]')" 2
agree 101 city node phone clerk

# --- a root key lost within the threshold: c is gone, d takes its place ---
linli root draft version --store city --threshold 2 --key a.key --key b.key --key d.key --out v3.draft >/dev/null
sign v3.draft a
sign v3.draft b
linli root apply v3.draft --store city >/dev/null
meets city phone
same "$(said phone '[r["version"], r["oldest"], r["rivals"]]')" '[3, 2, 0]'
agree 101 city node phone

# --- a phone is lost: the node takes its rights back, and lets in another for the same captain ---
old=$(key_of node phone)
writes phone 102
meets phone
linli revoke --store node "$old" --reason lost --quiet >/dev/null
joins phone2 node "$patch" captain
meets phone2 clerk
exits 3 linli sync --store phone "$address"
writes phone 666 # it has not heard of it; nobody takes it in
exits 3 linli sync --store phone "$address"
writes phone2 103
meets phone2 city
agree 101,102,103 city node phone2

# --- a clerk's key is replaced ---
old=$(key_of node clerk)
joins clerk2 node "$community" clerk
linli revoke --store node "$old" --reason retired --quiet >/dev/null
exits 3 linli sync --store clerk "$address"
meets clerk2 phone2
agree 101,102,103 city node clerk2 phone2

# --- the community's node is lost: the city lets in another and ends the old one; what that had granted goes on ---
meets city
stop
old=$(key_of city node)
mv node node.lost
serve city
joins node2 city "$community" node
linli revoke --store city "$old" --reason lost --json >revoked.json
same "$(json 'r["kept"] > 0' <revoked.json)" true
meets node2 phone2 clerk2
writes phone2 104
meets phone2 node2 clerk2
agree 101,102,103,104 city node2 phone2 clerk2
exits 3 linli sync --store node.lost "$address"

# --- a node is stolen: the same, and what it says from then on falls, though it lets somebody in ---
old=$(key_of city node2)
joins node3 city "$community" node
stop
serve node2
joins stranger node2 "$patch" captain
stop
serve city
linli revoke --store city "$old" --reason stolen --compromised --quiet >/dev/null
exits 3 linli sync --store node2 "$address"
exits 3 linli sync --store stranger "$address"
meets node3 phone2
writes phone2 105
meets phone2 node3
agree 101,102,103,104,105 city node3 phone2

# --- the city's own node is lost: the root lets in another, made of a device that has joined ---
meets clerk2
stop
old=$(linli grant list --store clerk2 --json | json 'all:[g["device"] for g in r if g["by_root"]][0]')
mv city city.lost
serve node3
meets clerk2 phone2
linli root draft grant "$(key_of node3 node3)" --store node3 --role node --out city.draft >shown
grep -q 'rights ops.*ends: never' shown || fault "who signs a grant is not shown its rights and its end"
sign city.draft b
sign city.draft d
linli root apply city.draft --store node3 >/dev/null
linli root draft revoke "$old" --store node3 --reason lost --compromised --out strict.draft --json >draft.json
same "$(json '[r["items"][0]["reason"], r["items"][0]["strict"]]' <draft.json)" '["lost", true]'
linli root draft revoke "$old" --store node3 --reason lost --out gone.draft >/dev/null
sign gone.draft a
sign gone.draft b
linli root apply gone.draft --store node3 >/dev/null
meets clerk2 phone2
exits 3 linli sync --store city.lost "$address"
writes phone2 106
meets phone2 clerk2
agree 101,102,103,104,105,106 node3 clerk2 phone2

# --- two root keys are stolen: the thieves let themselves in; a new version counts no word of the old ones but what is affirmed ---
stop
thief=$(key_of node3 phone2)
linli root draft grant "$thief" --store node3 --role node --out thief.draft >/dev/null
sign thief.draft a
sign thief.draft b
linli root apply thief.draft --store phone2 >/dev/null
of_thief() { linli grant list --store phone2 --json | json "all:[g['revoked'] for g in r if g['by_root'] and g['device'] == '$thief']"; }
same "$(of_thief)" '[false]'
for key in e f; do LINLI_NEW_PASSPHRASE=made-up-$key linli root new-key $key.key --quiet >/dev/null; done
linli root draft version --store node3 --threshold 1 --key e.key --key f.key --oldest 4 --affirm all --out v4.draft >/dev/null
sign v4.draft a # the owners hold them, too
sign v4.draft b
sign v4.draft f
linli root apply v4.draft --store node3 >/dev/null
serve node3
meets phone2 clerk2
same "$(said phone2 '[r["version"], r["oldest"], r["rivals"]]')" '[4, 4, 0]'
same "$(of_thief)" '[true]'
exits 3 linli scope add --store phone2 --parent 样市 --kind community --name 贼社区
writes phone2 107
meets phone2 clerk2
agree 101,102,103,104,105,106,107 node3 clerk2 phone2

# --- two of the owners' three keys make a rival of the version that holds: one that all three sign goes before every such ---
linli root draft version --store node3 --after 3 --signatures 3 --threshold 1 --key f.key --oldest 4 --affirm all --out again.draft >/dev/null
sign again.draft a
sign again.draft b
sign again.draft f
exits 3 linli root apply again.draft --store node3
sign again.draft d
same "$(json '[s["missing"] for s in r["signers"]]' <signed.json)" '[0, 0]'
linli root apply again.draft --store node3 >/dev/null
same "$(said node3 '[r["version"], len(r["keys"]), r["rivals"]]')" '[4, 1, 1]'
same "$(linli status --store node3 --json | json 'r["root_rivals"]')" 1
linli status --store node3 >shown
grep -q 'two root documents follow the same one' shown || fault "the status says nothing of a rival"
linli root show --store node3 >shown
grep -q 'signed by 3 keys of the one before' shown || fault "it is not shown how many keys signed"
meets phone2
same "$(said phone2 '[r["version"], len(r["keys"]), r["rivals"]]')" '[4, 1, 1]'
exits 2 linli root draft version --store node3 --after 0 --threshold 1 --key f.key --out no.draft
exits 4 linli root draft version --store node3 --after 9 --threshold 1 --key f.key --out no.draft
exits 2 linli root draft version --store node3 --signatures 17 --threshold 1 --key f.key --out no.draft
