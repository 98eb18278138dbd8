#!/usr/bin/env bash
# The store's key: from key file to passphrase, to another, and back; only the newest opens it; nothing is lost on the way.
. "$(dirname "$0")/lib.bash"
community office
before=$(linli export --store office --format jsonl | sha256sum)
opens() { same "$(linli export --store office --format jsonl "$@" | sha256sum)" "$before"; }
[ -e office/store.key ] || fault "this shows nothing: no key file was made"
cp office/store.key old.key
cp office/root.key root.before

exits 2 linli passphrase --store office
LINLI_NEW_PASSPHRASE='红梅 一二三' linli passphrase --store office
[ ! -e office/store.key ] || fault "the old key file still lies there"
exits 3 linli status --store office
exits 3 linli status --store office --key-file old.key
LINLI_PASSPHRASE=other exits 3 linli status --store office
LINLI_PASSPHRASE='红梅 一二三' opens
cmp -s office/root.key root.before && fault "root.key is still under the old key"
[ ! -e office/root.key.new ] || fault "something was left behind"

LINLI_PASSPHRASE='红梅 一二三' LINLI_NEW_PASSPHRASE=second linli passphrase --store office
LINLI_PASSPHRASE='红梅 一二三' exits 3 linli status --store office
LINLI_PASSPHRASE=second opens

LINLI_PASSPHRASE=second linli passphrase --store office --new-key-file new.key 2>said
grep -q 'new.key' said || fault "it does not say where the key is"
same "$(stat -c %a new.key)" 600
LINLI_PASSPHRASE=second exits 3 linli status --store office
opens --key-file new.key
linli verify --store office --key-file new.key >/dev/null

# A daemon holds the store: the passphrase is nothing to send it.
linli passphrase --store office --key-file new.key --new-key-file office/store.key --quiet
serve office
LINLI_NEW_PASSPHRASE=third exits 1 linli passphrase --store office
stop
opens

# Killed at any moment: one of the two opens the store, all of it, and root.key is under that one.
key=second
linli passphrase --store office --new-key-file key.0 --quiet
LINLI_NEW_PASSPHRASE=$key linli passphrase --store office --key-file key.0
for i in $(seq 12); do
    LINLI_PASSPHRASE=$key LINLI_NEW_PASSPHRASE=next$i "$LINLI_BIN/linli" passphrase --store office &
    change=$!
    sleep "0.$(printf '%03d' $((RANDOM % 400)))"
    kill -KILL $change 2>/dev/null || true
    wait $change 2>/dev/null || true
    if LINLI_PASSPHRASE=next$i linli status --store office >/dev/null 2>&1; then key=next$i; fi
    LINLI_PASSPHRASE=$key opens
    [ ! -e office/root.key.new ] || fault "opening left the other root.key behind"
done
