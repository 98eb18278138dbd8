"""Vectors of proto/authority.md and proto/receipts.md: roots, grants, orders to erase, receipts, invitations."""
import base64

from ed25519 import signed
from forms import Array, Refused, digest, fields, fixed, need, number, refused, unpack


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


def entry_bytes(scope, subtree, seen, statements, weight):
    return scope + bytes([subtree]) + seen + statements.to_bytes(8, "big") + weight.to_bytes(8, "big")


def list_top(entries):
    level = [digest(b"linli/receipt-entry/1", entry_bytes(*e)) for e in entries]
    while len(level) > 1:
        pairs = [level[i:i + 2] for i in range(0, len(level), 2)]
        level = [digest(b"linli/receipt-list/1", *p) if len(p) == 2 else p[0] for p in pairs]
    return level[0]


def entries_read(told, top, elements):
    """Entries that were told with a receipt: each leads to the top of its list."""
    need(top is not None and type(told) is Array and 1 <= len(told) <= 48, "entries")
    held, last = {}, None
    for scope, subtree, seen, statements, weight, lefts, path in (fields(e, 7) for e in told):
        need(type(subtree) is bool and (last is None or (fixed(scope, 16), subtree) > last), "entries rise")
        need((scope, subtree) not in elements, "an element says it")
        need(type(path) is bytes and len(path) % 32 == 0 and len(path) <= 13 * 32, "path")
        at = digest(b"linli/receipt-entry/1", entry_bytes(scope, subtree, fixed(seen, 32), number(statements), number(weight)))
        need(number(lefts) >> len(path) // 32 == 0, "more sides than steps")
        for step in range(len(path) // 32):
            beside = path[32 * step:32 * step + 32]
            at = digest(b"linli/receipt-list/1", *((beside, at) if lefts >> step & 1 else (at, beside)))
        need(at == top, "of another list")
        held[scope, subtree] = statements, weight, seen
        last = scope, subtree
    return held


def told_read(raw):
    """A receipt as it is passed on: a certificate, or one with entries of its list."""
    certificate, second = fields(unpack(raw), 2)
    if type(second) is not Array:
        return receipt_read(raw)
    r = receipt_read(certificate)
    r["entries"] = entries_read(second, r["list"], r["elements"])
    return r


def receipt_read(raw):
    body, signature = fields(unpack(raw), 2)
    need(len(raw) <= 4096 and type(body) is bytes, "body")
    said = unpack(body)
    need(type(said) is Array and len(said) in (9, 10), "body")
    v, net, node, incarnation, opened, run, count, issued, elements = said[:9]
    top = fixed(said[9], 32) if len(said) == 10 else None
    number(v, len(said) - 8, len(said) - 8), number(opened), number(count, opened), number(issued)
    fixed(net, 32), fixed(node, 32), fixed(incarnation, 8), fixed(run, 8), fixed(signature, 64)
    need(type(elements) is Array and 1 <= len(elements) <= 48, "elements")
    held, last = {}, b""
    for scope, subtree, seen, statements, weight in (fields(e, 5) for e in elements):
        need(fixed(scope, 16) > last and type(subtree) is bool, "elements rise")
        held[scope, subtree] = number(statements), number(weight), fixed(seen, 32)
        last = scope
    need(signed(node, b"linli/receipt/1", body, signature), "signature")
    return {"id": digest(b"linli/receipt/1", body), "node": node, "incarnation": incarnation, "opened": opened, "run": run,
            "number": count, "elements": held, "list": top, "entries": {}}


def receipts_tell(x, y):
    if x["incarnation"] != y["incarnation"]:
        return "anew"
    if x["number"] == y["number"]:
        return "agree" if x["id"] == y["id"] else "forked"
    low, high = sorted((x, y), key=lambda r: r["opened"])
    if low["number"] >= high["opened"] if low["opened"] < high["opened"] else low["run"] != high["run"]:
        return "rolled back"
    before, after = sorted((x, y), key=lambda r: r["number"])
    before, after = ({**r["elements"], **r["entries"]} for r in (before, after))
    both = [(before[k], after[k]) for k in before if k in after]
    if any(b[0] > a[0] for b, a in both):
        return "rights withheld"
    if any(b[1] > a[1] for b, a in both):
        return "records withheld"
    return "forked" if any(b[:2] == a[:2] and b[2] != a[2] for b, a in both) else "agree"


def elements_of(rows):
    return {(bytes.fromhex(e["scope"]), e["subtree"]): (int(e["statements"]), int(e["weight"]), bytes.fromhex(e["digest"]))
            for e in rows}


def receipts(vectors):
    for v in vectors["receipts"]:
        raw = bytes.fromhex(v["certificate"])
        if v["expect"] != "LINLI_OK":
            yield refused(told_read, raw)
            continue
        r = told_read(raw)
        yield (r["id"].hex(), r["node"].hex(), str(r["opened"]), str(r["number"])) == (v["id"], v["node"], v["opened"], v["number"])
        yield r["elements"] == elements_of(v["elements"]) and r["entries"] == elements_of(v.get("entries", []))
        yield (r["list"] or b"").hex() == v.get("list", "")
    for v in vectors["lists"]:
        held = elements_of(v["entries"])
        yield list_top([(*k, held[k][2], *held[k][:2]) for k in sorted(held)]).hex() == v["top"]
    for v in vectors["pairs"]:
        yield receipts_tell(*(told_read(bytes.fromhex(v[k])) for k in ("first", "second"))) == v["verdict"]


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
