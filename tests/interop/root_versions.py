"""Vectors of proto/authority.md 7 and 9: later versions of the root document, affirmations, drafts."""
from authority import root_read, root_signed
from ed25519 import signed
from forms import Array, digest, fields, fixed, need, number, refused, unpack

VERSION, AFFIRMATION = b"linli/root-version/1", b"linli/affirmation/1"


def keys_read(keys, threshold):
    need(type(keys) is Array and 1 <= len(keys) <= 16 and len(set(keys)) == len(keys), "keys")
    return [fixed(key, 32) for key in keys], number(threshold, 1, len(keys))


def said_read(raw):
    """The body of what the root says, what its head says of its issuer, and what follows the head."""
    need(len(raw) <= 4096, "bytes")
    body, signatures = fields(unpack(raw), 2)
    need(type(body) is bytes and type(signatures) is bytes, "body")
    items = unpack(body)
    need(type(items) is Array and len(items) >= 6, "head")
    kind, network, issuer, path, issued, salt = items[:6]
    need(kind in (5, 6), "kind")
    fixed(network, 32), number(issued), fixed(salt, 16), need(path == [], "path")
    version, document = fields(issuer, 2)
    return kind, body, signatures, (number(version, 1, 31), fixed(document, 32)), list(items[6:])


def version_form(by, items):
    version, threshold, keys, oldest, *more = fields(Array(items), 4 if len(items) == 4 else 5)
    keys, threshold = keys_read(keys, threshold)
    need(number(version, 2, 32) == by[0] + 1, "next version")
    said = {"version": version, "threshold": threshold, "keys": keys, "oldest": number(oldest, 1, version)}
    return {**said, "signers": number(more[0], 1, 16)} if more else said


def version_read(raw, held):
    kind, body, signatures, by, items = said_read(raw)
    need(kind == 5, "kind")
    said, before = version_form(by, items), held.get(by[1])
    need(before is not None and before["version"] == by[0], "the one before is not held")
    wanted = said.get("signers", before["threshold"])
    need("signers" not in said or wanted > before["threshold"], "signers that go without saying")
    split = 65 * wanted
    root_signed((wanted, before["keys"]), VERSION, body, signatures[:split])
    root_signed((said["threshold"], said["keys"]), VERSION, body, signatures[split:])
    need(said["oldest"] >= before["oldest"], "oldest taken back")
    name = digest(VERSION, body)
    held[name] = said
    return {"id": name.hex(), "before": by[1].hex(), **said, "keys": [key.hex() for key in said["keys"]]}


def affirmation_read(raw, held):
    kind, body, signatures, by, items = said_read(raw)
    need(kind == 6, "kind")
    (ids,), document = fields(Array(items), 1), held.get(by[1])
    need(type(ids) is Array and len(ids) > 0 and list(ids) == sorted({fixed(i, 32) for i in ids}), "ids rise")
    need(document is not None and document["version"] == by[0], "the document is not held")
    root_signed((document["threshold"], document["keys"]), AFFIRMATION, body, signatures)
    return {"id": digest(AFFIRMATION, body).hex(), "document": by[1].hex(), "ids": [i.hex() for i in ids]}


def reader_of(raw):
    return version_read if unpack(fields(unpack(raw), 2)[0])[0] == 5 else affirmation_read


# --- drafts ---

def signatures_read(raw):
    need(type(raw) is bytes and len(raw) % 65 == 0, "signatures")
    rows = [(raw[at], raw[at + 1:at + 65]) for at in range(0, len(raw), 65)]
    need(all(index < 16 for index, _ in rows) and all(a[0] < b[0] for a, b in zip(rows, rows[1:])), "indexes rise")
    return rows


def good_count(rows, signer, context, body):
    return sum(index < len(signer["keys"]) and signed(signer["keys"][index], context, body, made) for index, made in rows)


def item_missing(item, signers):
    """How many signatures of each signer the item lacks. A root version adds a signer."""
    certificate, by_issuer, by_itself = fields(item, 3)
    kind, body, empty, by, items = said_read(certificate)
    issuer = next((s for s in signers if (s["version"], s["id"]) == by), None)
    need(empty == b"" and issuer is not None, "said under neither document")
    context = VERSION if kind == 5 else AFFIRMATION
    lacks, wanted = [0] * len(signers), issuer["threshold"]
    own = signatures_read(by_itself)
    if kind == 5:
        need(len(signers) == 1, "one version at most")
        said = version_form(by, items)
        wanted = said.pop("signers", wanted)
        signers.append({"id": digest(VERSION, body), **said})
    lacks[signers.index(issuer)] = wanted - good_count(signatures_read(by_issuer), issuer, context, body)
    if kind == 5:
        lacks.append(signers[1]["threshold"] - good_count(own, signers[1], context, body))
    return lacks


def draft_read(raw):
    mark, form, under, items = fields(unpack(raw), 4)
    need(mark == "linli root draft" and form == 1, "mark")
    name, version, threshold, keys = fields(under, 4)
    keys, threshold = keys_read(keys, threshold)
    signers = [{"id": fixed(name, 32), "version": number(version, 1, 32), "threshold": threshold, "keys": keys}]
    need(type(items) is Array and 1 <= len(items) <= 64, "items")
    lacks = [item_missing(item, signers) for item in items]
    missing = [max([row[s] for row in lacks if s < len(row)] + [0]) for s in range(len(signers))]
    return digest(b"linli/root-draft/1", *[item[0] for item in items]).hex(), missing


def root_versions(vectors):
    network, threshold, keys = root_read(bytes.fromhex(vectors["root"]))
    held = {network: {"version": 1, "threshold": threshold, "keys": keys, "oldest": 1}}
    for v in vectors["said"]:
        raw = bytes.fromhex(v["certificate"])
        if v["expect"] != "LINLI_OK":
            yield refused(reader_of(raw), raw, held)
            continue
        said = reader_of(raw)(raw, held)
        yield said == {key: v[key] for key in said}
    for v in vectors["drafts"]:
        raw = bytes.fromhex(v["draft"])
        if v["expect"] != "LINLI_OK":
            yield refused(draft_read, raw)
            continue
        yield draft_read(raw) == (v["fingerprint"], v["missing"])
