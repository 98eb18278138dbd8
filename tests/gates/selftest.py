#!/usr/bin/env python3
"""Gate of the gates: each rule of layers.py, sizes.py and opened.py refuses a tree that breaks it, and passes one that does not."""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
SRC = "libsync/src/"

GOOD = {
    SRC + "base/a.h": "#include <stdint.h>\n",
    SRC + "base/crypto.c": '#include "base/a.h"\n#include <sodium.h>\n',
    SRC + "node/b.c": '#include "base/a.h"\n#include <uv.h>\n#include <time.h>\n',
    "libsync/include/linli/x.h": "#include <stdint.h>\n",
    "apps/linli/main.c": '#include "help.h"\n#include <linli/x.h>\n#include <uv.h>\n',
    "apps/linli/help.h": "",
}
LAYER_CASES = {
    "an upward include": {SRC + "base/c.c": '#include "node/n.h"\n', SRC + "node/n.h": ""},
    "a circle": {SRC + "base/p.h": '#include "base/q.h"\n', SRC + "base/q.h": '#include "base/p.h"\n'},
    "an include without its layer": {SRC + "base/c.c": '#include "a.h"\n'},
    "libuv outside node": {SRC + "session/c.c": "#include <uv.h>\n"},
    "LMDB outside store": {SRC + "replica/c.c": "#include <lmdb.h>\n"},
    "libsodium outside its file": {SRC + "noise/c.c": "#include <sodium/utils.h>\n"},
    "msgpack-c outside the writer": {SRC + "codec/reader.c": "#include <msgpack.h>\n"},
    "a clock in a pure layer": {SRC + "session/c.c": "#include <time.h>\n"},
    "the system's randomness in a pure layer": {SRC + "auth/c.c": "int f(void)\n{\n    return rng_system();\n}\n"},
    "a file outside the layers": {SRC + "misc/c.c": ""},
    "a public header that shows an inner one": {"libsync/include/linli/y.h": '#include "base/a.h"\n'},
    "an application that looks inside": {"apps/linli/bad.c": '#include "base/a.h"\n'},
}
OPENED_CASES = {
    "a new place that opens": {SRC + "replica/peek.c": "int f(void)\n{\n    return open_state(a, b, c);\n}\n"},
    "a reader without a disclosure": {SRC + "replica/query.c": "int f(void)\n{\n    return view_open(a);\n}\n"},
    "a call of the API that shows what was loaded for writing": {SRC + "api/c.c": "int f(void)\n{\n    return replica_load(a);\n}\n"},
    "a public call that no test drives": {
        "libsync/include/linli/y.h": "LINLI_API int linli_peek_each(linli_store *store,\n    linli_record_fn fn, void *ctx);\n"},
}
SIZE_CASES = {
    "a long file": {SRC + "base/long.c": "\n" * 801},
    "a long function": {SRC + "base/long.c": "int f(void)\n{\n" + "    f();\n" * 119 + "}\n"},
}


def run(gate, tree):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in tree.items():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return subprocess.run([sys.executable, HERE / gate, folder], capture_output=True, text=True)


def main():
    failures = 0
    for gate, cases in (("layers.py", LAYER_CASES), ("sizes.py", SIZE_CASES), ("opened.py", OPENED_CASES)):
        good = run(gate, GOOD)
        if good.returncode != 0:
            failures += 1
            print(f"{gate} refuses a good tree: {good.stdout}{good.stderr}")
        for name, tree in cases.items():
            result = run(gate, {**GOOD, **tree})
            if result.returncode != 1 or result.stderr:
                failures += 1
                print(f"{gate} does not refuse {name}: {result.stdout}{result.stderr}")
    print(f"{failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
