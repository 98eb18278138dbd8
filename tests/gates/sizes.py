#!/usr/bin/env python3
"""Gate: no file over 800 lines, no C function over 120. (Past 600 and 60, look for the second idea.)

Usage: sizes.py ROOT. Prints what is over; exit status 1 when anything is.
"""
import os
import pathlib
import sys

FILE_MAX = 800
FUNCTION_MAX = 120
SUFFIXES = {".c", ".h", ".py", ".sh", ".ts", ".tsx", ".css", ".java", ".kt", ".swift"}
FOLDERS = ["libsync", "apps", "bindings", "tests"]
PASSED_OVER = {"node_modules", "build", "dist", "corpus", "generated"}


def files(root):
    for folder in FOLDERS:
        for where, inner, names in os.walk(root / folder):
            inner[:] = sorted(d for d in inner if d not in PASSED_OVER)
            for name in sorted(names):
                if pathlib.Path(name).suffix in SUFFIXES:
                    yield pathlib.Path(where) / name


def functions(lines):
    """(first line, length) of each body that opens with a brace in column 0 and closes with one."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.rstrip() == "{":
            start = number
        elif line.rstrip() == "}" and start is not None:
            yield start - 1, number - start + 2
            start = None


def main():
    root = pathlib.Path(sys.argv[1])
    found = []
    for path in files(root):
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > FILE_MAX:
            found.append(f"{path}: {len(lines)} lines, at most {FILE_MAX}")
        if path.suffix != ".c":
            continue
        for start, length in functions(lines):
            if length > FUNCTION_MAX:
                found.append(f"{path}:{start}: a function of {length} lines, at most {FUNCTION_MAX}")
    print("\n".join(found) if found else "sizes: every file and function is within its limit")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
