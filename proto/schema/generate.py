#!/usr/bin/env python3
"""Check the record types of proto/schema and write what is made of them: the C table, and the pages docs/en|zh/records.md.

    generate.py            write them
    generate.py --check    write nothing; fail when one of them is not what the schema says

The same input gives the same bytes. Python's own library is enough.
"""

import pathlib
import sys

import emit_c
import emit_docs
import schema

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
OUTPUTS = {
    TOP / "libsync" / "src" / "model" / "generated" / "schema_table.c": emit_c.table,
    TOP / "docs" / "en" / "records.md": lambda read: emit_docs.page(read, "en"),
    TOP / "docs" / "zh" / "records.md": lambda read: emit_docs.page(read, "zh"),
}


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        read = schema.load()
    except (schema.Wrong, ValueError, OSError) as wrong:
        print(f"proto/schema: {wrong}", file=sys.stderr)
        return 1
    stale = 0
    for path, make in OUTPUTS.items():
        wanted = make(read)
        if path.exists() and path.read_text(encoding="utf-8") == wanted:
            continue
        if arguments:
            print(f"{path.relative_to(TOP)} is stale: run proto/schema/generate.py", file=sys.stderr)
            stale = 1
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
