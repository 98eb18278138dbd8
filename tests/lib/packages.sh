# shellcheck shell=bash
# The Debian packages that building and testing need, in one place. Source it, then: ensure_packages build test

packages_build=(gcc libc6-dev cmake ninja-build pkg-config gettext libuv1-dev liblmdb-dev libsodium-dev libmsgpack-dev
    libzstd-dev libjansson-dev libcsv-dev libqrencode-dev libzip-dev libexpat1-dev libxlsxwriter-dev
    libinih-dev libmicrohttpd-dev)
packages_demo=(python3)
packages_test=(libcmocka-dev python3 g++ zbar-tools)
packages_static=(clang-tidy cppcheck)
packages_valgrind=(valgrind libc6-dbg)
packages_coverage=(gcovr)

# Install what is missing of the groups named, and say so. Nothing is done, and no root is needed, when all is there.
# Returns: 0; 1 when something is missing and could not be installed.
ensure_packages() {
    local group package missing=() as_root=()
    command -v dpkg-query >/dev/null || {
        echo "no dpkg here: what the build needs is listed in tests/lib/packages.sh" >&2
        return 0
    }
    for group in "$@"; do
        local -n list=packages_$group
        for package in "${list[@]}"; do
            dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
        done
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    echo "installing Debian packages: ${missing[*]}" >&2
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update -qq &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "could not install: ${missing[*]}" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}
