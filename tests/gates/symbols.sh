#!/usr/bin/env bash
# Gate: the shared and the static library show linli_* alone, and every function that a public header declares.
# Usage: symbols.sh SHARED STATIC INCLUDE_FOLDER NM
set -u
shared=$1 static=$2 include=$3 nm=$4
failed=0

exported=$("$nm" -D --defined-only "$shared" | awk '$2 != "A" {sub(/@.*/, "", $3); print $3}' | sort -u)
globals=$("$nm" -g --defined-only "$static" | awk 'NF == 3 {print $3}' | sort -u)
declared=$(cat "$include"/linli/*.h | tr '\n' ' ' | grep -oE 'LINLI_API[^;(]*\(' | grep -oE 'linli_[a-z0-9_]+ *\($' |
    tr -d ' (' | sort -u)

[ -n "$exported" ] || { echo "$shared exports nothing"; failed=1; }
for list in exported globals; do
    strange=$(grep -v '^linli_' <<<"${!list}")
    [ -z "$strange" ] || { echo "$list, but not ours:" $strange; failed=1; }
    missing=$(comm -13 <(echo "${!list}") <(echo "$declared"))
    [ -z "$missing" ] || { echo "declared, but not $list:" $missing; failed=1; }
done
extra=$(comm -23 <(echo "$exported") <(echo "$declared"))
[ -z "$extra" ] || { echo "exported, but declared in no public header:" $extra; failed=1; }
[ $failed -eq 0 ] && echo "symbols: $(wc -l <<<"$exported") exported, all declared"
exit $failed
