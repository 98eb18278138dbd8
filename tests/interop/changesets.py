"""Vectors of proto/changeset.md: entries and runs."""
from ed25519 import public_key, signed
from forms import Array, digest, fields, fixed, need, number, refused, unpack

LIMIT = 96 * 1024


def tail_read(tail, author, seq):
    seen, grant, stamp, schema, marks = fields(tail, 5)
    need(type(seen) is Array and type(marks) is Array, "not arrays")
    last = b""
    for head in seen:
        fields(head, 3)
        need(fixed(head[0], 40) > last and head[0] != author, "heads seen")
        last = head[0]
        number(head[1], 1)
        fixed(head[2], 32)
    need(grant is not None or seq > 1, "no grant at seq 1")
    if grant is not None:
        fixed(grant, 32)
    number(stamp)
    number(schema, 0, 2**32 - 1)
    for mark in marks:
        need(number(mark, 0, LIMIT << 3 | 7) >> 3 >= 39, "shorter than any part")
    return seen, grant, stamp, schema, marks


def changeset_read(network, scope, author, seq, prev, entry):
    need(seq >= 1, "seq 0")
    whole = fields(unpack(entry), 2)
    tail, bodies = whole
    out = tail_read(tail, author, seq)
    fields(bodies, len(out[4]))
    heads = 1 + (1 if len(bodies) < 16 else 3)
    need(heads + len(whole.spans[0]) + sum(mark >> 3 for mark in out[4]) <= LIMIT, "too large with all its parts")
    hashes, carried, last = [], [], None
    for body, raw, mark in zip(bodies, bodies.spans, out[4]):
        need(type(body) is Array and len(body) in (2, 4), "neither a part nor its hash")
        if len(body) == 2:
            carried.append(number(body[0], 1, 3))
            hashes.append(fixed(body[1], 32))
            continue
        fixed(body[0], 16)
        number(body[1], 0, 2**32 - 1)
        need(type(body[3]) is Array, "ops")
        need(len(raw) == mark >> 3, "another length than declared")
        order = (fixed(body[2], 16), mark >> 1 & 3)
        need(last is None or order > last, "parts out of order")
        last = order
        carried.append(0)
        hashes.append(digest(b"linli/part/1", raw))
    raw_tail = whole.spans[0]
    name = digest(b"linli/changeset/1", b"\1", network, scope, author, seq.to_bytes(8, "big"), prev,
                  len(raw_tail).to_bytes(4, "big"), raw_tail, *hashes)
    return name, out, bodies, hashes, carried, raw_tail


def position(entry):
    at = entry["position"]
    return [bytes.fromhex(at[k]) for k in ("network", "scope", "author")] + [int(at["seq"]), bytes.fromhex(at["prev"])]


def run_read(network, raw):
    scope, author, first, prev, entries, signature = fields(unpack(raw), 6)
    fixed(scope, 16), fixed(author, 40), fixed(prev, 32), fixed(signature, 64)
    number(first, 1)
    need(type(entries) is Array and 1 <= len(entries) <= 1024, "entries")
    need(first > 1 or prev == bytes(32), "prev of seq 1")
    ids, stamp = [], -1
    for i, entry in enumerate(entries.spans):
        prev, tail = changeset_read(network, scope, author, first + i, prev, entry)[:2]
        need(tail[2] > stamp, "stamp does not rise")
        stamp = tail[2]
        ids.append(prev)
    need(signed(author[:32], b"linli/head/1", prev, signature), "signature")
    return ids


def changesets(vectors):
    for v in vectors["changesets"]:
        at, entry = position(v), bytes.fromhex(v["entry"])
        name, tail, bodies, hashes, carried, raw_tail = changeset_read(*at, entry)
        key = public_key(bytes.fromhex(v["seed"]))
        grant = None if v["grant"] is None else bytes.fromhex(v["grant"])
        yield name.hex() == v["id"] and key == at[2][:32] and raw_tail.hex() == v["tail"]
        yield signed(key, b"linli/head/1", name, bytes.fromhex(v["signature"]))
        yield (grant, tail[2], tail[3]) == (tail[1], int(v["stamp"]), int(v["schema"]))
        yield [(h[0].hex(), str(h[1]), h[2].hex()) for h in tail[0]] == [(h["author"], h["seq"], h["id"]) for h in v["seen"]]
        for part, body, mark, hashed in zip(v["parts"], bodies, tail[4], hashes):
            yield (part["size"] << 3 | part["class"] << 1 | part["manage"], part["hash"]) == (mark, hashed.hex())
            yield (part["salt"], int(part["type"]), part["record"]) == (body[0].hex(), body[1], body[2].hex())
            yield part["ops"] == body.spans[3].hex()
        yield len(v["parts"]) == len(bodies) and not any(carried)
    for v in vectors["redacted"]:
        of = vectors["changesets"][v["changeset"]]
        name, tail, _, _, carried, _ = changeset_read(*position(of), bytes.fromhex(v["entry"]))
        yield name.hex() == of["id"]
        yield carried == [0 if v["class_mask"] >> (mark >> 1 & 3) & 1 else 1 for mark in tail[4]]
    for v in vectors["refused"]:
        yield refused(changeset_read, *position(v), bytes.fromhex(v["entry"]))
    for v in vectors["sizes"]:
        args = [*position(v), bytes.fromhex(v["entry"])]
        if v["expect"] == "LINLI_OK":
            yield [mark >> 3 for mark in changeset_read(*args)[1][4]] == v["sizes"]
        else:
            yield refused(changeset_read, *args)
    for v in vectors["runs"]:
        args = bytes.fromhex(v["network"]), bytes.fromhex(v["bytes"])
        if v["expect"] == "LINLI_OK":
            yield [i.hex() for i in run_read(*args)] == v["ids"]
        else:
            yield refused(run_read, *args)
