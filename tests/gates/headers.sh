#!/usr/bin/env bash
# Gate: each public header compiles alone, as C11 and as C++17, without a warning; linli.h takes them all.
# Usage: headers.sh INCLUDE_FOLDER CC [CXX]
set -u
include=$1 cc=$2 cxx=${3:-}
failed=0
flags=(-Wall -Wextra -pedantic -Werror -fsyntax-only -I "$include")

for header in "$include"/linli/*.h; do
    name=linli/$(basename "$header")
    echo "#include <$name>" | "$cc" -std=c11 "${flags[@]}" -x c - || { echo "$name: not alone as C11"; failed=1; }
    if [ -n "$cxx" ]; then
        echo "#include <$name>" | "$cxx" -std=c++17 "${flags[@]}" -x c++ - ||
            { echo "$name: not alone as C++17"; failed=1; }
    fi
    if [ "$name" != linli/linli.h ] && ! grep -q "#include <$name>" "$include/linli/linli.h"; then
        echo "linli.h does not take $name"
        failed=1
    fi
done
[ -n "$cxx" ] || echo "SKIP C++17: no C++ compiler here"
[ $failed -eq 0 ] && echo "headers: each compiles alone"
exit $failed
