#!/usr/bin/env bash
# One table makes help, man page and completions, in both languages.
. "$(dirname "$0")/lib.bash"
verbs=$(linli help | sed -n 's/^  \([a-z]\+\( [a-z-]\+\)\?\)  .*/\1/p')
[ "$(wc -l <<<"$verbs")" -ge 20 ] || fault "help lists too few verbs"
while read -r verb; do
    # shellcheck disable=SC2086
    linli $verb --help >one
    # shellcheck disable=SC2086
    linli help $verb >two
    cmp one two || fault "two help pages of $verb"
    grep -q -- --json one || fault "no common flags in the help of $verb"
    grep -q "^\*$verb\*" "$top/docs/man/linli.1.scd" || fault "$verb is not in the man page"
done <<<"$verbs"
linli help --man >verbs.scd
sed -n "/^# OPTIONS\$/,/^# FILES\$/p" "$top/docs/man/linli.1.scd" | sed "\$d" | diff - verbs.scd >&2 ||
    fault "docs/man/linli.1.scd is older than the verb table: put what 'linli help --man' prints before FILES"
if command -v scdoc >/dev/null; then scdoc <"$top/docs/man/linli.1.scd" >linli.1; fi

for shell in bash zsh fish; do
    linli completion $shell >"completion.$shell"
    if command -v $shell >/dev/null; then $shell -n "completion.$shell" || fault "$shell does not read its completion"; fi
done
complete_words() {
    bash -c 'source completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _linli; echo "${COMPREPLY[@]}"' - "$@"
}
same "$(complete_words linli imp)" import
same "$(complete_words linli scope a)" add
same "$(complete_words linli scope add --kind p)" patch
same "$(complete_words linli list household --wh)" --where
same "$(complete_words linli export --format '')" "jsonl csv xlsx"

LANG=zh_CN.UTF-8 linli help >zh
grep -q 用法 zh || { [ -d "$LINLI_BIN/../locale" ] && fault "no Chinese in the help of a Chinese locale" || true; }
same "$(LANG=zh_CN.UTF-8 linli help | grep -c '^  [a-z]')" "$(wc -l <<<"$verbs")"
