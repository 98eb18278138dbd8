#!/usr/bin/env python3
"""Gate: which file may include what (the layers of the design, and where each library may be seen).

Usage: layers.py ROOT. Prints each line that breaks a rule; exit status 1 when there is one.
"""
import pathlib
import re
import sys

LAYERS = ["base", "codec", "model", "changeset", "auth", "store", "replica", "noise", "session", "node", "api"]

# These take clock, randomness and storage as arguments, so that a simulation can run a hundred of them in one thread.
PURE = {"codec", "model", "changeset", "auth", "noise", "session"}
SYSTEM = re.compile(r"(sys/.*|time|unistd|fcntl|pthread|threads|signal|dirent|netdb|netinet/.*|poll)\.h$")
SYSTEM_CALL = re.compile(r"\b(rng_system|clock_system|getenv|rand|random|time|clock_gettime)\s*\(")

# A library's header -> the only places that may see it, as prefixes of paths under libsync/src.
HOMES = {
    re.compile(r"uv(/.*)?\.h$"): ("node/",),
    re.compile(r"lmdb\.h$"): ("store/",),
    re.compile(r"sodium(/.*)?\.h$"): ("base/crypto.c", "base/rng.c", "base/secret.c"),
    re.compile(r"msgpack(/.*)?\.h$"): ("codec/writer.c",),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".c", ".h"))


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == "<", match.group(2)


def layer_of(name):
    first = name.split("/")[0]
    return LAYERS.index(first) if first in LAYERS else None


def check_library(src):
    graph = {}
    for path in sources(src):
        name = path.relative_to(src).as_posix()
        own = layer_of(name)
        if own is None:
            yield f"{path}:1: stands in no layer"
            continue
        graph[name] = []
        for number, angled, target in includes(path):
            where = f"{path}:{number}:"
            if not angled:
                other = layer_of(target)
                if other is None or not (src / target).is_file():
                    yield f'{where} "{target}": write "layer/file.h", relative to libsync/src'
                elif other > own:
                    yield f"{where} {LAYERS[own]} includes upward: {target}"
                else:
                    graph[name].append(target)
                continue
            for header, homes in HOMES.items():
                if header.match(target) and not name.startswith(homes):
                    yield f"{where} <{target}> is seen by {', '.join(homes)} alone"
            if LAYERS[own] in PURE and SYSTEM.match(target):
                yield f"{where} {LAYERS[own]} is pure: <{target}> is an argument's business"
        if LAYERS[own] in PURE:
            yield from check_calls(path)
    yield from cycles(graph)


def check_calls(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        code = re.sub(r'"(\\.|[^"\\])*"|/\*.*?\*/|//.*|/\*.*|^\s*\*.*', "", line)
        match = SYSTEM_CALL.search(code)
        if match:
            yield f"{path}:{number}: a pure layer calls {match.group(1)}"


def cycles(graph):
    """Headers of one layer must not include each other in a circle."""
    done = set()

    def walk(name, trail):
        if name in trail:
            yield "includes in a circle: " + " -> ".join(trail[trail.index(name):] + [name])
            return
        if name in done:
            return
        for target in graph.get(name, []):
            yield from walk(target, trail + [name])
        done.add(name)

    for name in sorted(graph):
        yield from walk(name, [])


def check_public(include):
    for path in sources(include):
        for number, angled, target in includes(path):
            if not angled or not re.match(r"(linli/[a-z_0-9]+|std(bool|def|int))\.h$", target):
                yield f"{path}:{number}: a public header includes <linli/...> and plain C types alone, not {target}"


def check_apps(apps):
    for path in sources(apps):
        for number, angled, target in includes(path):
            inside = not angled and (layer_of(target) is not None or "libsync" in target)
            if inside and not (path.parent / target).is_file():
                yield f"{path}:{number}: an application sees <linli/...> alone, not {target}"


def main():
    root = pathlib.Path(sys.argv[1])
    found = [*check_library(root / "libsync/src"), *check_public(root / "libsync/include"), *check_apps(root / "apps")]
    print("\n".join(found) if found else "layers: every include is in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
