#!/usr/bin/env python3
"""Replay proto/vectors with nothing of the library: a reader of the formats written from proto/*.md alone.

Usage: replay_vectors.py [SOURCE_DIR]. Prints `N vectors replayed`; leaves with 1 at the first that does not agree.
"""
import base64
import hashlib
import json
import pathlib
import sys


class Refused(Exception):
    """Bytes that proto/*.md does not allow."""


def need(claim, why):
    if not claim:
        raise Refused(why)


# --- Ed25519 (RFC 8032), for checking only: slow, and plain to read ---

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    g, h = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    u, v, w, s = f - e, h - g, h + g, f + e
    return u * v % P, w * s % P, v * w % P, u * s % P


def multiply(n, point):
    out = (0, 1, 1, 0)
    while n:
        if n & 1:
            out = add(out, point)
        point = add(point, point)
        n >>= 1
    return out


def unpack_point(raw):
    y = int.from_bytes(raw, "little")
    x = recover_x(y & (1 << 255) - 1, y >> 255)
    y &= (1 << 255) - 1
    return None if x is None else (x, y, 1, x * y % P)


BASE = unpack_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def pack_point(point):
    z = pow(point[2], P - 2, P)
    x, y = point[0] * z % P, point[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def public_key(seed):
    n = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    return pack_point(multiply(n & (1 << 254) - 8 | 1 << 254, BASE))


def signature_good(key, message, signature):
    point, s = unpack_point(key), int.from_bytes(signature[32:], "little")
    if point is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    minus = (P - point[0], point[1], point[2], P - point[3])
    return pack_point(add(multiply(s, BASE), multiply(k, minus))) == signature[:32]


def signed(key, context, data, signature):
    return signature_good(key, context + b"\0" + data, signature)


def digest(context, *pieces):
    return hashlib.blake2b(context + b"\0" + b"".join(pieces), digest_size=32).digest()


# --- MessagePack in its one canonical form; `spans` keeps where each item of an array began and ended ---

class Array(list):
    spans = ()


def unpack(raw):
    value, at = item(raw, 0, 16)
    need(at == len(raw), "bytes after the end")
    return value


def big(raw, at, size):
    need(at + size <= len(raw), "cut short")
    return int.from_bytes(raw[at:at + size], "big"), at + size


def sized(raw, at, forms, mark):
    """A number in the longer head `mark`; refused when a shorter head would have held it."""
    size, least = forms[mark]
    n, at = big(raw, at, size)
    need(n >= least, "not the shortest head")
    return n, at


UINT = {0xcc: (1, 1 << 7), 0xcd: (2, 1 << 8), 0xce: (4, 1 << 16), 0xcf: (8, 1 << 32)}
BIN = {0xc4: (1, 0), 0xc5: (2, 1 << 8), 0xc6: (4, 1 << 16)}
TEXT = {0xd9: (1, 32), 0xda: (2, 1 << 8), 0xdb: (4, 1 << 16)}
ARRAY = {0xdc: (2, 16), 0xdd: (4, 1 << 16)}
MAP = {0xde: (2, 16), 0xdf: (4, 1 << 16)}


def item(raw, at, depth):
    need(at < len(raw) and depth >= 0, "cut short or too deep")
    mark, at = raw[at], at + 1
    if mark < 0x80:
        return mark, at
    if mark in (0xc0, 0xc2, 0xc3):
        return {0xc0: None, 0xc2: False, 0xc3: True}[mark], at
    if mark in UINT:
        return sized(raw, at, UINT, mark)
    if mark >= 0xe0:
        return mark - 256, at
    if 0xd0 <= mark <= 0xd3:
        size = 1 << mark - 0xd0
        n, end = big(raw, at, size)
        n -= 1 << 8 * size
        need(n < (-32 if size == 1 else -(1 << 4 * size - 1)) and n >= -(1 << 8 * size - 1), "not the shortest head")
        return n, end
    if mark in BIN or mark in TEXT or mark & 0xe0 == 0xa0:
        n = mark & 31
        if mark in BIN or mark in TEXT:
            n, at = sized(raw, at, BIN if mark in BIN else TEXT, mark)
        need(at + n <= len(raw), "cut short")
        data = bytes(raw[at:at + n])
        try:
            return data if mark in BIN else data.decode(), at + n
        except UnicodeDecodeError as error:
            raise Refused("not UTF-8") from error
    if mark in ARRAY or mark & 0xf0 == 0x90:
        n = mark & 15
        if mark in ARRAY:
            n, at = sized(raw, at, ARRAY, mark)
        return array(raw, at, n, depth)
    need(mark in MAP or mark & 0xf0 == 0x80, "a kind that is not used")
    n = mark & 15
    if mark in MAP:
        n, at = sized(raw, at, MAP, mark)
    flat, at = array(raw, at, 2 * n, depth)
    keys = flat[::2]
    need(all(type(k) is int and k >= 0 for k in keys) and all(a < b for a, b in zip(keys, keys[1:])), "map keys")
    return dict(zip(keys, flat[1::2])), at


def array(raw, at, count, depth):
    need(count <= len(raw) - at, "more items than bytes")
    out, spans = Array(), []
    for _ in range(count):
        value, end = item(raw, at, depth - 1)
        out.append(value)
        spans.append(bytes(raw[at:end]))
        at = end
    out.spans = spans
    return out, at


def fixed(value, size):
    need(type(value) is bytes and len(value) == size, "not a binary of %d" % size)
    return value


def number(value, least=0, most=2**64 - 1):
    need(type(value) is int and least <= value <= most, "not a number in range")
    return value


def fields(value, count):
    need(type(value) is Array and len(value) == count, "not an array of %d" % count)
    return value


# --- changesets (proto/changeset.md) ---

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


def refused(call, *args):
    try:
        call(*args)
    except Refused:
        return True
    return False


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


# --- authority (proto/authority.md) ---

def managed(name):
    return bytes([name[0] | 1]) + name[1:16]


def scope_of(network, path):
    scope = managed(digest(b"linli/root-scope/1", network))
    for nonce in path:
        scope = managed(digest(b"linli/scope/1", scope, nonce))
    return scope


def root_read(raw):
    document, signatures = fields(unpack(raw), 2)
    need(type(document) is bytes and type(signatures) is Array, "not a root file")
    version, threshold, keys, salt, created = fields(unpack(document), 5)
    number(version, 1, 1), number(created), fixed(salt, 16)
    need(type(keys) is Array and 1 <= len(keys) <= 16 and len(set(keys)) == len(keys), "keys")
    number(threshold, 1, len(keys))
    good, last = 0, -1
    for entry in signatures:
        index, signature = fields(entry, 2)
        need(number(index, 0, len(keys) - 1) > last, "order of signatures")
        last = index
        good += signed(fixed(keys[index], 32), b"linli/root/1", document, fixed(signature, 64))
    need(good >= threshold, "too few signatures")
    return digest(b"linli/root/1", document), threshold, keys


def root_signed(document, context, body, signatures):
    """By exactly `threshold` keys of it: index and signature, the index rising."""
    threshold, keys = document
    need(type(signatures) is bytes and len(signatures) == 65 * threshold, "how many signatures")
    last = -1
    for at in range(0, len(signatures), 65):
        index = signatures[at]
        need(last < index < len(keys), "order of signatures")
        need(signed(keys[index], context, body, signatures[at + 1:at + 65]), "signature")
        last = index


def grant_read(raw, root, held):
    network, threshold, keys = root
    body, signature = fields(unpack(raw), 2)
    need(type(body) is bytes, "body")
    v, net, issuer, path, subject, seal, role, rights, issued, expires, salt = fields(unpack(body), 11)
    number(v, 1, 1), number(role, 1, 255), number(rights, 0, 8191), number(issued), number(expires)
    fixed(subject, 32), fixed(seal, 32), fixed(salt, 16)
    need(fixed(net, 32) == network, "network")
    need(type(path) is Array and len(path) <= 7 and all(len(fixed(n, 16)) == 16 for n in path), "path")
    end, length = expires or 2**64 - 1, 1
    if type(issuer) is Array:
        version, document = fields(issuer, 2)
        need((number(version, 1), fixed(document, 32)) == (1, network), "no such root document")
        root_signed((threshold, keys), b"linli/grant/1", body, signature)
    else:
        above = held.get(fixed(issuer, 32))
        need(above is not None, "issuer not held")
        key, end, length = above["subject"], min(end, above["end"]), above["length"] + 1
        need(above["rights"] & 64 and not rights & ~above["rights"], "rights")
        need(list(path[:len(above["path"])]) == above["path"] and length <= 8, "path or length")
        need(signed(key, b"linli/grant/1", body, fixed(signature, 64)), "signature")
    name = digest(b"linli/grant/1", body)
    held[name] = {"subject": subject, "rights": rights, "path": list(path), "end": end, "length": length}
    return name.hex(), scope_of(network, path).hex(), subject.hex(), role, rights, str(expires), str(end)


def roots(vectors):
    for v in vectors["roots"]:
        raw = bytes.fromhex(v["file"])
        if v["expect"] != "LINLI_OK":
            yield refused(root_read, raw)
            continue
        network, threshold, keys = root_read(raw)
        yield (network.hex(), threshold, len(keys)) == (v["network"], v["threshold"], v["keys"])
        yield scope_of(network, []).hex() == v["scope"]
    for v in vectors["scopes"]:
        nonces = bytes.fromhex(v["nonces"])
        path = [nonces[i:i + 16] for i in range(0, len(nonces), 16)]
        yield scope_of(bytes.fromhex(vectors["network"]), path).hex() == v["scope"]


def grants(vectors):
    root, held = root_read(bytes.fromhex(vectors["root"])), {}
    for v in vectors["grants"]:
        raw = bytes.fromhex(v["certificate"])
        if v["expect"] != "LINLI_OK":
            yield refused(grant_read, raw, root, held)
            continue
        said = tuple(v[k] for k in ("id", "scope", "subject", "role", "rights", "expires_ms", "term_end_ms"))
        yield grant_read(raw, root, held) == said


def erasure_read(raw, key):
    need(len(raw) <= 4096, "bytes")
    body, signature = fields(unpack(raw), 2)
    need(type(body) is bytes, "body")
    kind, net, issuer, path, issued, salt, record, classes, reason, logs = fields(unpack(body), 10)
    number(kind, 4, 4), number(issued), number(reason, 0, 255), fixed(salt, 16), fixed(record, 16), fixed(issuer, 32)
    need(type(path) is Array and len(path) <= 7 and all(len(fixed(n, 16)) == 16 for n in path), "path")
    need(number(classes, 1) & ~6 == 0 and type(logs) is Array, "classes")
    parts, last = [], b""
    for log in logs:
        need(type(log) is Array and len(log) >= 3 and len(log) % 2 == 1 and fixed(log[0], 40) > last, "logs rise")
        last, pairs = log[0], [(number(log[i], 1), number(log[i + 1], 0, 1023)) for i in range(1, len(log), 2)]
        need(pairs == sorted(set(pairs)), "parts rise")
        parts += [[last.hex(), str(seq), part] for seq, part in pairs]
    need(len(parts) <= 400, "parts")
    need(signed(key, b"linli/erasure/1", body, fixed(signature, 64)), "signature")
    return digest(b"linli/erasure/1", body).hex(), scope_of(net, path).hex(), record.hex(), classes, reason, parts


def erasures(vectors):
    key = bytes.fromhex(vectors["key"])
    for v in vectors["erasures"]:
        raw = bytes.fromhex(v["certificate"])
        if v["expect"] != "LINLI_OK":
            yield refused(erasure_read, raw, key)
            continue
        yield erasure_read(raw, key) == tuple(v[k] for k in ("id", "scope", "record", "classes", "reason", "parts"))


def receipt_read(raw):
    body, signature = fields(unpack(raw), 2)
    need(len(raw) <= 4096 and type(body) is bytes, "body")
    v, net, node, incarnation, opened, run, count, issued, elements = fields(unpack(body), 9)
    number(v, 1, 1), number(opened), number(count, opened), number(issued)
    fixed(net, 32), fixed(node, 32), fixed(incarnation, 8), fixed(run, 8), fixed(signature, 64)
    need(type(elements) is Array and 1 <= len(elements) <= 48, "elements")
    held, last = {}, b""
    for scope, subtree, seen, statements, weight in (fields(e, 5) for e in elements):
        need(fixed(scope, 16) > last and type(subtree) is bool, "elements rise")
        held[scope, subtree] = number(statements), number(weight), fixed(seen, 32)
        last = scope
    need(signed(node, b"linli/receipt/1", body, signature), "signature")
    return {"id": digest(b"linli/receipt/1", body), "node": node, "incarnation": incarnation, "opened": opened, "run": run,
            "number": count, "elements": held}


def receipts_tell(x, y):
    if x["incarnation"] != y["incarnation"]:
        return "anew"
    if x["number"] == y["number"]:
        return "agree" if x["id"] == y["id"] else "forked"
    low, high = sorted((x, y), key=lambda r: r["opened"])
    if low["number"] >= high["opened"] if low["opened"] < high["opened"] else low["run"] != high["run"]:
        return "rolled back"
    before, after = sorted((x, y), key=lambda r: r["number"])
    both = [(before["elements"][k], after["elements"][k]) for k in before["elements"] if k in after["elements"]]
    if any(b[0] > a[0] for b, a in both):
        return "rights withheld"
    if any(b[1] > a[1] for b, a in both):
        return "records withheld"
    return "forked" if any(b[:2] == a[:2] and b[2] != a[2] for b, a in both) else "agree"


def receipts(vectors):
    for v in vectors["receipts"]:
        raw = bytes.fromhex(v["certificate"])
        if v["expect"] != "LINLI_OK":
            yield refused(receipt_read, raw)
            continue
        r = receipt_read(raw)
        yield (r["id"].hex(), r["node"].hex(), str(r["opened"]), str(r["number"])) == (v["id"], v["node"], v["opened"], v["number"])
        yield r["elements"] == {(bytes.fromhex(e["scope"]), e["subtree"]): (int(e["statements"]), int(e["weight"]),
                                                                            bytes.fromhex(e["digest"])) for e in v["elements"]}
    for v in vectors["pairs"]:
        yield receipts_tell(*(receipt_read(bytes.fromhex(v[k])) for k in ("first", "second"))) == v["verdict"]


def invitation_read(uri):
    need(uri.startswith("linli:"), "scheme")
    text = uri[6:]
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise Refused("base64url") from error
    need(base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == text, "not the one base64url")
    v, network, secret, expires, addresses = fields(unpack(raw), 5)
    number(v, 1, 1), number(expires), fixed(network, 32), fixed(secret, 32)
    need(type(addresses) is Array and len(addresses) <= 8, "addresses")
    for a in addresses:
        need(type(a) is str and 0 < len(a) < 64 and all("!" <= c <= "~" for c in a), "address")
    return network.hex(), secret.hex(), str(expires), list(addresses)


def invitations(vectors):
    for v in vectors["invitations"]:
        if v["expect"] == "LINLI_OK":
            yield invitation_read(v["uri"]) == (v["network"], v["secret"], v["expires_ms"], v["addresses"])
        else:
            yield refused(invitation_read, v["uri"])


# --- ChaCha20, Salsa20, Poly1305, X25519 as RFC 8439, draft-irtf-cfrg-xchacha-03, the Salsa20 papers and RFC 7748 have them ---

M32 = 0xffffffff


def rotate(x, n):
    return (x << n | x >> 32 - n) & M32


def words(raw):
    return [int.from_bytes(raw[i:i + 4], "little") for i in range(0, len(raw), 4)]


def from_words(list_of):
    return b"".join(w.to_bytes(4, "little") for w in list_of)


def chacha_rounds(x):
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            for one, two, three, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                x[one] = x[one] + x[two] & M32
                x[three] = rotate(x[three] ^ x[one], turn)


def salsa_rounds(x):
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11),
                           (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)):
            for to, one, two, turn in ((b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18)):
                x[to] ^= rotate(x[one] + x[two] & M32, turn)


SIGMA = words(b"expand 32-byte k")


def chacha_state(key, last):
    return SIGMA + words(key) + words(last)


def salsa_state(key, last):
    k, n = words(key), words(last)
    return SIGMA[:1] + k[:4] + SIGMA[1:2] + n + SIGMA[2:3] + k[4:] + SIGMA[3:]


def block(state, rounds):
    x = list(state)
    rounds(x)
    return from_words((a + b) & M32 for a, b in zip(x, state))


def hchacha(key, nonce):
    x = chacha_state(key, nonce)
    chacha_rounds(x)
    return from_words(x[:4] + x[12:])


def hsalsa(key, nonce):
    x = salsa_state(key, nonce)
    salsa_rounds(x)
    return from_words([x[0], x[5], x[10], x[15]] + x[6:10])


def xored(data, stream):
    return bytes(a ^ b for a, b in zip(data, stream))


def poly1305(key, message):
    r, s, a = int.from_bytes(key[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff, int.from_bytes(key[16:], "little"), 0
    for i in range(0, len(message), 16):
        a = (a + int.from_bytes(message[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((a + s) % 2**128).to_bytes(16, "little")


def to_16(data):
    return data + bytes(-len(data) % 16)


def xchacha_open(key, nonce, ad, sealed):
    inner, last = hchacha(key, nonce[:16]), bytes(4) + nonce[16:]
    stream = lambda n: block(chacha_state(inner, n.to_bytes(4, "little") + last), chacha_rounds)
    data, tag = sealed[:-16], sealed[-16:]
    lengths = len(ad).to_bytes(8, "little") + len(data).to_bytes(8, "little")
    need(poly1305(stream(0)[:32], to_16(ad) + to_16(data) + lengths) == tag, "tag")
    return xored(data, b"".join(stream(n) for n in range(1, len(data) // 64 + 2)))


def x25519(scalar, point):
    k = int.from_bytes(scalar, "little") & (1 << 255) - 8 | 1 << 254
    k &= (1 << 255) - 1
    u = int.from_bytes(point, "little") & (1 << 255) - 1
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if swap ^ bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, (aa - bb) * (aa + 121665 * (aa - bb)) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def box_seal_open(public, secret, sealed):
    need(len(sealed) >= 48, "cut short")
    nonce = hashlib.blake2b(sealed[:32] + public, digest_size=24).digest()
    inner = hsalsa(hsalsa(x25519(secret, sealed[:32]), bytes(16)), nonce[:16])
    tag, data = sealed[32:48], sealed[48:]
    stream = b"".join(block(salsa_state(inner, nonce[16:] + n.to_bytes(8, "little")), salsa_rounds)
                      for n in range((len(data) + 32) // 64 + 1))
    need(poly1305(stream[:32], data) == tag, "tag")
    return xored(data, stream[32:])


# --- sealed values and their keys (proto/sealing.md) ---

def value_open(v):
    raw = unpack(bytes.fromhex(v["value"]))
    need(type(raw) is bytes and len(raw) >= 88 and (len(raw) - 56) % 32 == 0, "form")
    key_id, group = bytes.fromhex(v["key_id"]), v["group"]
    need(raw[:16] == key_id, "another key")
    ad = b"linli/seal/1\0" + b"".join(bytes.fromhex(v[k]) for k in ("network", "scope", "record"))
    ad += group.to_bytes(4, "big") + bytes([v["class"]]) + bytes.fromhex(v["author"]) + int(v["seq"]).to_bytes(8, "big") + key_id
    plain = xchacha_open(bytes.fromhex(v["key"]), raw[16:40], ad, raw[40:])
    size = int.from_bytes(plain[:2], "big")
    need((size + 2 + 31) // 32 * 32 == len(plain) and not any(plain[2 + size:]), "padding")
    fields_of = unpack(plain[2:2 + size])
    need(type(fields_of) is dict and 0 not in fields_of, "no map of fields")
    need(not any(type(x) in (Array, dict) for x in fields_of.values()), "a field that is no scalar")
    return plain[2:2 + size].hex()


def commitment(keys, k, key):
    epoch = int(keys["epoch"]).to_bytes(8, "big")
    return digest(b"linli/class-key/1", bytes.fromhex(keys["network"]), bytes.fromhex(keys["scope"]), epoch, bytes([k]), key)


def wrap_open(keys, v):
    raw, public = bytes.fromhex(v["wrap"]), bytes.fromhex(v["seal_public"])
    need(len(raw) > 33 and 0 < raw[32] < 64 and len(raw) == 33 + 48 + 32 * bin(raw[32]).count("1"), "form")
    plain, good = box_seal_open(public, bytes.fromhex(v["seal_secret"]), raw[33:]), 0
    for k in range(1, 7):
        if raw[32] >> k - 1 & 1:
            good |= (commitment(keys, k, plain[:32]).hex() == keys["commitments"][64 * k - 64:64 * k]) << k - 1
            plain = plain[32:]
    need(good, "no key of this epoch")
    return good


def sealing(vectors):
    keys = vectors["keys"]
    for v in vectors["values"]:
        yield value_open(v) == v["opens"]
        yield commitment(keys, v["class"], bytes.fromhex(v["key"]))[:16].hex() == v["key_id"]
    for v in vectors["closed"]:
        yield v["opens"] is None and refused(value_open, v)
    yield "".join(commitment(keys, k + 1, bytes.fromhex(key)).hex() for k, key in enumerate(keys["keys"])) == keys["commitments"]
    record = bytearray(digest(b"linli/seal-key/1", bytes.fromhex(keys["network"]), bytes.fromhex(keys["scope"]),
                              int(keys["epoch"]).to_bytes(8, "big"), bytes.fromhex(keys["commitments"]))[:16])
    record[0] |= 1
    yield record.hex() == keys["record"]
    for v in keys["wraps"]:
        yield wrap_open(keys, v) == v["mask"]
    for v in keys["no_wraps"]:
        yield v["mask"] == 0 and refused(wrap_open, keys, v)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]) / "proto" / "vectors"
    count = 0
    for name, replay in (("changeset", changesets), ("root", roots), ("grant", grants), ("invitation", invitations),
                         ("sealing", sealing), ("receipt", receipts), ("erasure", erasures)):
        checks = replay(json.loads((folder / (name + ".json")).read_text()))
        for i, agrees in enumerate(checks):
            if not agrees:
                sys.exit("%s.json: check %d does not agree" % (name, i + 1))
            count += 1
    print("%d vectors replayed" % count)


if __name__ == "__main__":
    main()
