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
