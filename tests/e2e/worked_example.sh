#!/usr/bin/env bash
# The page docs/en/worked-example.md, played word for word: each command runs, and prints what the line after it says.
. "$(dirname "$0")/lib.bash"
command -v jq >/dev/null || skip "jq is not there, which the page uses"
blocks() { sed -n '/^```sh$/,/^```$/p' "$top/docs/$1/worked-example.md" | grep -v '^```'; }
[ "$(blocks en)" = "$(blocks zh)" ] || fault "the pages in English and Chinese have other commands"
[ "$(blocks en | wc -l)" -gt 30 ] || fault "the page has lost its commands"
export LINLI_STORE=$work/s LINLI_NOW=2026-04-13T10:30:00+08:00
while IFS= read -r line; do
    case $line in
    '#> '*) grep -qF "${line#\#> }" out || fault "'${line#\#> }' is not what '$last' prints: $(cat out)" ;;
    *)
        eval "$line" >out 2>err || fault "'$line' fails: $(cat err)"
        last=$line
        ;;
    esac
done <<<"$(blocks en)"
