#!/usr/bin/env python3
"""Write merge.json: histories of one cell group or one record, and what a reader of them is shown.

The expected readings come from a reference written here from proto/record.md 3 and 4 alone, in the plainest way, and not
from the C code that replays them. `--check` writes nothing and fails when merge.json is not what this makes.

    authors   the 40 bytes of each author as hex; writes and contexts name them by their place in this list
    cases     {name, rule, writes, expected: {shown, conflicts}}
              a write: {author, seq, stamp (decimal text), ctx [[author, seq], ...], value}, and for a set its element
              value: {"field number": ...} for register, log and ladder (group n = 1; "0" is the episode, "1" the rung),
              true or false for a set, an integer for counter and max
              shown: the value (register, ladder; null when there is none), the elements (set), the sum (counter), all
              values oldest first (log), the integer (max; null when there is none). conflicts: greatest first
    lives     {name, writes, expected}: writes of a record's register n = 1 and of its life ("group": "field" or "life")
              expected: absent, alive, deleted or revived
A replay must give the same for the writes in any order, with any of them repeated.
"""

import json
import pathlib
import random
import sys

TARGET = pathlib.Path(__file__).resolve().parent / "merge.json"
AUTHORS = [bytes([b]) + bytes(31) + bytes(7) + bytes([i + 1]) for i, b in enumerate([0x50, 0xF0, 0x10, 0x90])]
LEAST = -(1 << 63)


def dot(w):
    return (w["author"], w["seq"])


def context(w, rule):
    if rule in ("log", "max"):
        return {}
    if rule == "counter":
        return {w["author"]: w["seq"] - 1}
    return {author: seq for author, seq in w["ctx"]}


def same_cell(x, y, rule):
    if rule == "set":
        return x["element"] == y["element"]
    return rule != "counter" or x["author"] == y["author"]


def standing(writes, rule):
    """The writes that no write of their cell covers."""
    left = [w for w in writes
            if not any(same_cell(x, w, rule) and context(x, rule).get(w["author"], 0) >= w["seq"] for x in writes)]
    if rule == "max" and left:
        top = max(w["value"] for w in left)
        left = [w for w in left if w["value"] == top]
        left = [w for w in left if not any(x["author"] == w["author"] and x["seq"] < w["seq"] for x in left)]
    return left


def order(w):
    return (int(w["stamp"]), AUTHORS[w["author"]], w["seq"])


def element_bytes(element):
    raw = element.encode()
    return bytes([0xA0 | len(raw)]) + raw  # MessagePack text of up to 31 bytes


def reading(writes, rule):
    left = standing(writes, rule)
    conflicts = []
    if rule in ("register", "ladder"):
        if rule == "ladder" and left:
            step = max((w["value"]["0"], w["value"]["1"]) for w in left)
            left = [w for w in left if (w["value"]["0"], w["value"]["1"]) == step]
        values = []
        for w in sorted(left, key=order, reverse=True):
            if w["value"] not in values:
                values.append(w["value"])
        shown, conflicts = (values[0] if values else None), values[1:]
    elif rule == "set":
        shown = sorted({w["element"] for w in left if w["value"]}, key=element_bytes)
    elif rule == "counter":
        shown = sum(w["value"] for w in left)
    elif rule == "log":
        shown = [w["value"] for w in sorted(left, key=order)]
    else:
        shown = left[0]["value"] if left else None
    return {"shown": shown, "conflicts": conflicts}


def life(writes):
    groups = {"field": [], "life": []}
    for w in writes:
        groups[w["group"]].append(w)
    left = standing(groups["field"], "register")
    lives = standing(groups["life"], "register")
    if not left and not lives:
        return "absent"
    deletes = [w for w in lives if w["value"] == {"0": 1}]
    others = left + [w for w in lives if w["value"] != {"0": 1}]
    for d in deletes:
        seen = {author: seq for author, seq in d["ctx"]}
        if all(seen.get(w["author"], 0) >= w["seq"] for w in others):
            return "deleted"
    return "revived" if deletes else "alive"


def shown_context(writes):
    """What a reader of these (standing) writes hands back: the join of their dots and contexts."""
    joined = {}
    for w in writes:
        for author, seq in w["ctx"] + [[w["author"], w["seq"]]]:
            joined[author] = max(joined.get(author, 0), seq)
    return [[author, joined[author]] for author in sorted(joined)]


def write(author, seq, stamp, ctx, value, **more):
    return {"author": author, "seq": seq, "stamp": str(stamp), "ctx": ctx, "value": value, **more}


def random_value(rng, rule):
    return {
        "register": lambda: {"1": rng.choice(["a", "b", "c"])},
        "log": lambda: {"1": rng.randrange(-3, 300)},
        "ladder": lambda: {"0": rng.randrange(2), "1": rng.randrange(1, 4), "2": rng.choice(["x", "y"])},
        "set": lambda: rng.random() < 0.6,
        "counter": lambda: rng.randrange(-1000, 1000),
        "max": lambda: rng.randrange(4),
    }[rule]()


def random_case(rng, rule):
    """Devices that write what they read, with stamps that mean nothing, and pass their writes on in part."""
    held = [[] for _ in AUTHORS]
    seqs = [0] * len(AUTHORS)
    writes = []
    for _ in range(rng.randrange(1, 10)):
        author = rng.randrange(len(AUTHORS))
        seqs[author] += 1
        more = {"element": rng.choice(["a", "bb", "c"])} if rule == "set" else {}
        w = write(author, seqs[author], rng.choice([7, 7, 8, 1 << 63, 1700000000000 << 16]), [],
                  random_value(rng, rule), **more)
        if rule in ("register", "ladder", "set") and rng.random() < 0.7:
            mine = [x for x in held[author] if same_cell(x, w, rule)]
            w["ctx"] = shown_context(standing(mine, rule))
        writes.append(w)
        held[author].append(w)
        other = rng.randrange(len(AUTHORS))
        if rng.random() < 0.6:
            held[other] = held[other] + [x for x in held[author] if x not in held[other]]
    return writes


def random_life(rng):
    held = [[] for _ in AUTHORS]
    seqs = [0] * len(AUTHORS)
    writes = []
    for _ in range(rng.randrange(1, 9)):
        author = rng.randrange(len(AUTHORS))
        seqs[author] += 1
        what = rng.choice(["field", "field", "delete", "alive"])
        group = "field" if what == "field" else "life"
        mine = {g: standing([x for x in held[author] if x["group"] == g], "register") for g in ("field", "life")}
        ctx = shown_context(mine["field"] + mine["life"]) if what == "delete" else shown_context(mine[group])
        value = {"field": {"1": rng.choice(["a", "b"])}, "delete": {"0": 1}, "alive": {"0": 0}}[what]
        w = write(author, seqs[author], rng.randrange(9), ctx, value, group=group)
        writes.append(w)
        held[author].append(w)
        other = rng.randrange(len(AUTHORS))
        if rng.random() < 0.6:
            held[other] = held[other] + [x for x in held[author] if x not in held[other]]
    return writes


def stories():
    fast = (1700000000000 + 31 * 365 * 86400000) << 16
    yield "a clock 31 years fast is replaced by who was shown its value", "register", [
        write(0, 1, fast, [], {"1": "fast"}), write(1, 1, 5, [[0, 1]], {"1": "right"})]
    yield "two at once: the greater stamp is shown, the other is a conflict", "register", [
        write(0, 1, 5, [], {"1": "a"}), write(1, 1, 6, [], {"1": "b"})]
    yield "equal stamps: author bytes decide", "register", [
        write(i, 1, 5, [], {"1": name}) for i, name in enumerate("abcd")]
    yield "a replaced value stays replaced when the write between is not here", "register", [
        write(0, 1, 1, [], {"1": "first"}), write(2, 1, 3, [[0, 1], [1, 1]], {"1": "last"})]
    yield "equal values at once are no conflict", "register", [
        write(0, 1, 5, [], {"1": "a"}), write(1, 1, 6, [], {"1": "a"})]
    yield "adding wins over taking out unseen", "set", [
        write(0, 1, 1, [], True, element="a"), write(0, 2, 9, [[0, 1]], False, element="a"),
        write(1, 1, 2, [[0, 1]], True, element="a")]
    yield "each author's newest total counts", "counter", [
        write(0, 1, 1, [], 2), write(0, 2, 2, [], 5), write(1, 1, 1, [], -3)]
    yield "reopening is a new episode", "ladder", [
        write(0, 1, 1, [], {"0": 1, "1": 5}), write(1, 1, 0, [], {"0": 2, "1": 1})]
    yield "a higher rung wins over a later stamp", "ladder", [
        write(0, 1, 1, [], {"0": 1, "1": 4}), write(1, 1, 9, [], {"0": 1, "1": 2})]
    yield "of equal greatest values the first of each author is kept", "max", [
        write(0, 1, 1, [], 9), write(0, 2, 1, [], 9), write(1, 1, 1, [], 9), write(2, 1, 9, [], 8)]
    yield "a log is read by stamp, then author, then seq", "log", [
        write(1, 1, 5, [], {"1": 1}), write(0, 1, 5, [], {"1": 2}), write(0, 2, 5, [], {"1": 3}),
        write(3, 1, 4, [], {"1": 4})]


def vectors():
    rng = random.Random("linli merge 1")
    cases = [{"name": name, "rule": rule, "writes": writes} for name, rule, writes in stories()]
    for rule in ("register", "set", "counter", "log", "max", "ladder"):
        cases += [{"name": f"random {rule} {i}", "rule": rule, "writes": random_case(rng, rule)} for i in range(40)]
    for case in cases:
        case["expected"] = reading(case["writes"], case["rule"])
    lives = [{"name": f"random {i}", "writes": random_life(rng)} for i in range(60)]
    for case in lives:
        case["expected"] = life(case["writes"])
    return {"authors": [author.hex() for author in AUTHORS], "cases": cases, "lives": lives}


def text():
    made = vectors()
    out = ['{', ' "authors": ' + json.dumps(made["authors"]) + ',']
    for key in ("cases", "lives"):
        rows = ",\n".join("  " + json.dumps(case) for case in made[key])
        out.append(f' "{key}": [\n{rows}\n ]' + ("," if key == "cases" else ""))
    return "\n".join(out + ["}", ""])


def main(arguments):
    if arguments == ["--check"]:
        held = TARGET.read_text(encoding="utf-8") if TARGET.exists() else ""
        if held != text():
            print("merge.json is stale: run proto/vectors/merge.py", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
