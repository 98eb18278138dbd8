#!/usr/bin/env bash
# Gate: what is installed can be used from outside: by find_package(linli), shared and static, and by pkg-config.
# Usage: install.sh BUILD_FOLDER CMAKE CC
set -eu
build=$1 cmake=$2 cc=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/prefix" >/dev/null
mkdir "$work/app"
cat >"$work/app/main.c" <<'C'
#include <linli/linli.h>
#include <stdio.h>

int main(void)
{
    return puts(linli_version()) < 0;
}
C
cat >"$work/app/CMakeLists.txt" <<'M'
cmake_minimum_required(VERSION 3.25)
project(app C)
find_package(linli 0.1 REQUIRED)
foreach(kind linli linli_static)
    add_executable(app_${kind} main.c)
    target_link_libraries(app_${kind} PRIVATE linli::${kind})
endforeach()
M
"$cmake" -G Ninja -S "$work/app" -B "$work/app/build" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$work/prefix" \
    >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$cmake" --build "$work/app/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$work/app/build/app_linli"
"$work/app/build/app_linli_static"

PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name linli.pc)")
export PKG_CONFIG_PATH
"$cc" -o "$work/by_pc" "$work/app/main.c" $(pkg-config --cflags --libs linli)
LD_LIBRARY_PATH=$(pkg-config --variable=libdir linli) "$work/by_pc"
