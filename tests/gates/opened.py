#!/usr/bin/env python3
"""Gate: sealed values are opened for a caller in known places alone, and every call that hands them out is driven by test_audit.c.

Usage: opened.py ROOT. Prints each line that breaks a rule; exit status 1 when there is one.
"""
import pathlib
import re
import sys

REPLICA = "libsync/src/replica/"
TEST = "tests/unit/api/test_audit.c"

# What opens -> the files that may use it. Those of the first list show nobody what they open; those of the second pass it through a
# disclosure (replica/disclose.h) before they hand it out.
INNER = {"sealing.c", "view.c", "reindex.c", "verify_record.c", "keys.h", "reading.h"}
TOLD = {"read.c", "query.c", "conflicts.c", "history.c", "find.c"}
OPENS = re.compile(r"\b(open_state|open_value|view_open|struct opening)\b")
# Files of the API that open without handing out: they write what follows from a reading.
LOADS = re.compile(r"\b(replica_load|replica_shown_group)\s*\(")
WRITERS = {"libsync/src/api/api_txn.c", "libsync/src/api/api_write.c", REPLICA + "read.c", REPLICA + "history.c", REPLICA + "replica.h"}

# A public function that takes one of these hands values out.
DECLARES = re.compile(r"LINLI_API\s+[^;(]*?\b(linli_\w+)\s*\(([^;]*)\)\s*;", re.S)
CARRIES = re.compile(r"linli_record \*\*|\blinli_(record|write|conflict)_fn\b")
CLOSED = {"linli_record_get_closed"}


def check_inside(root):
    for path in sorted((root / "libsync/src").rglob("*.[ch]")):
        name = path.relative_to(root).as_posix()
        text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), path.read_text(encoding="utf-8"), flags=re.S)
        known = name.startswith(REPLICA) and path.name in INNER | TOLD
        for number, line in enumerate(text.splitlines(), 1):
            if OPENS.search(line) and not known:
                yield f"{path}:{number}: opens sealed values: for whom? (replica/disclose.h)"
            if LOADS.search(line) and name not in WRITERS:
                yield f"{path}:{number}: what is handed out comes from replica_show"
        if known and path.name in TOLD and "told" not in text:
            yield f"{path}:1: hands out what it opens, and has no disclosure"


def check_calls(root):
    driven = (root / TEST).read_text(encoding="utf-8") if (root / TEST).is_file() else ""
    for path in sorted((root / "libsync/include/linli").glob("*.h")):
        for match in DECLARES.finditer(path.read_text(encoding="utf-8")):
            function, arguments = match.groups()
            if CARRIES.search(arguments) and function not in CLOSED and f'{{"{function}"' not in driven:
                yield f"{path}: {function} hands out values, and is not in the table of {TEST}"


def main():
    root = pathlib.Path(sys.argv[1])
    found = [*check_inside(root), *check_calls(root)]
    print("\n".join(found) if found else "opened: every place that opens sealed values is known, every call that hands them out is driven")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
