# What a store of a golden generation says, and on which kind of machine it can be opened; sourced after tests/e2e/lib.bash.

# LMDB's pages follow the machine that made them (proto/store.md).
machine() {
    python3 -c 'import struct, sys; print(8 * struct.calcsize("P"), sys.byteorder, "endian,", end=" ")'
    echo "pages of $(getconf PAGESIZE)"
}

# tell STORE FOLDER: everything that a person or a peer is told, in files whose bytes are the same for ever. Told by a copy: that
# sealed fields were read is written down, too.
tell() {
    local store=$1.read out=$2 id
    cp -r "$1" "$store"
    mkdir -p "$out"
    linli status --store "$store" --json | json '{k: r[k] for k in ("replica", "role", "scopes", "records", "changesets",
        "conflicts", "set_aside", "digest")}' >"$out/status.json"
    linli export --store "$store" --format jsonl >"$out/export.jsonl"
    linli conflicts --store "$store" --json >"$out/conflicts.jsonl"
    linli grant list --store "$store" --json >"$out/grants.jsonl"
    linli scope list --store "$store" --json >"$out/scopes.jsonl"
    : >"$out/show.jsonl"
    : >"$out/history.jsonl"
    for id in $(json 'all:" ".join(line["id"] for line in r[::9] + r[-1:])' <"$out/export.jsonl") $(json 'all:" ".join(sorted({line["id"] for line in r}))' <"$out/conflicts.jsonl"); do
        linli show "$id" --store "$store" --json >>"$out/show.jsonl"
        linli history "$id" --store "$store" --json >>"$out/history.jsonl"
    done
    rm -r "$store"
}
