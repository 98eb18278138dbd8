# shellcheck shell=bash
# The checkers of tests/run that look at the code instead of at what it does: two that read it (static), one that runs
# it on a machine of its own (valgrind), one that watches its threads (threads). Sourced by tests/run.

shipped_folders=(libsync apps)
checked_folders=("${shipped_folders[@]}" tests/lib tests/sim tests/crash)

# clang-tidy by .clang-tidy, over what is shipped: it takes a second a file. One file a process: version 14 mixes up the va_lists of several.
tidy() {
    local log=build/dev/static/clang-tidy.log
    find "${shipped_folders[@]}" -name '*.c' -print0 | sort -z |
        xargs -0 -P "$(nproc)" -n 1 clang-tidy --quiet -p build/dev >"$log" 2>"$log.err"
    if [ "${PIPESTATUS[2]}" = 0 ]; then
        ok "clang-tidy ($(find "${shipped_folders[@]}" -name '*.c' | wc -l) files)"
    else
        grep -E '(error|warning): ' "$log" | sort -u | head -n 40
        grep -i error "$log.err" | head -n 5
        fail "clang-tidy ($log)"
    fi
}

# cppcheck, with tests/lib/cppcheck.txt for what it gets wrong. It reads the sources in one configuration, ours.
cpp_check() {
    local log=build/dev/static/cppcheck.log
    if cppcheck --quiet -j "$(nproc)" --std=c11 --enable=warning,style,performance,portability --error-exitcode=1 \
        --suppressions-list=tests/lib/cppcheck.txt --template='{file}:{line}: {severity}: {message} [{id}]' \
        --library=tests/lib/cppcheck.cfg -D_POSIX_C_SOURCE=200809L \
        -Ilibsync/include -Ilibsync/src -Iapps/linli -Itests/lib -Itests/sim -Itests/crash "${checked_folders[@]}" >"$log" 2>&1; then
        ok "cppcheck"
    else
        head -n 40 "$log"
        fail "cppcheck ($log)"
    fi
}

static() {
    local tool
    ensure_packages static || true # what is still missing is skipped
    configure dev || return
    heading static
    mkdir -p build/dev/static
    for tool in clang-tidy cppcheck; do
        if ! command -v "$tool" >/dev/null; then
            skip "$tool: not here, and not installed"
        elif [ "$tool" = cppcheck ]; then
            cpp_check
        else
            tidy
        fi
    done
}

# The unit tests under memcheck. Left out are those that take minutes each; by name, they run too.
valgrind_long=(session/test_session store/test_damage replica/test_trust changeset/test_run noise/test_attack api/test_random)

valgrind_one() {
    local program=$1 log=$2
    shift 2
    valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect,possible --error-exitcode=99 \
        --suppressions=tests/lib/valgrind.txt "$program" "$@" >"$log" 2>&1
    echo $? >"$log.rc"
}

valgrind_units() {
    local program name log wanted=" $* " logs=build/dev/valgrind
    ensure_packages valgrind && command -v valgrind >/dev/null || { skip "valgrind: not here, and not installed"; return; }
    build dev || return
    heading "valgrind $*"
    rm -rf "$logs"
    mkdir -p "$logs"
    for program in build/dev/unit/*/test_*; do
        name=${program#build/dev/unit/}
        [ -x "$program" ] || continue
        if [ $# -gt 0 ]; then [[ $wanted == *" $name "* ]] || continue
        elif [[ " ${valgrind_long[*]} " == *" $name "* ]]; then continue; fi
        while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
        valgrind_one "$program" "$logs/${name/\//-}.log" &
    done
    wait
    for log in "$logs"/*.log; do
        name=$(basename "$log" .log)
        if [ "$(cat "$log.rc")" = 0 ]; then
            ok "$name"
        else
            grep -E '^==|FAILED' "$log" | head -n 30
            fail "$name ($log)"
        fi
    done
}

# What uses threads, under the thread sanitizer: the loop, the handle, and the daemon that serves other processes' calls.
threads() {
    local source targets=(linli_program)
    for source in tests/unit/node/test_*.c tests/unit/api/test_*.c; do
        targets+=("$(sed -E 's#tests/unit/([a-z]+)/(.*)\.c#unit_\1_\2#' <<<"$source")")
    done
    export TSAN_OPTIONS=halt_on_error=1
    build tsan "${targets[@]}" || return
    ctest_run tsan -L '^(node|api)$'
    e2e_preset=tsan e2e cli_daemon
}
