#!/usr/bin/env python3
"""The rules a second time, from proto/*.md alone: who may write what, what merges, what is seen.

Reads what a root replica holds (sim --dump): grants, logs as received, its verdicts, its values. Judges every part and
merges every accepted one again, by other code in another language, and compares. Signatures are not checked here (the
standard library has no Ed25519); ids and chains of hashes are.
"""
import json
import os
import sys
from hashlib import blake2b

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "authority"))
import model as rules  # the one statement of authority.md 6

ACCEPTED, SUBJECT, SCOPE, TERM, RIGHT, CONTENT, FORK, PARTLY, REVOKED, REJECTED, ERASED, COVERED = range(12)
NOT_NAMED, LAPSED, NAMED = range(3)
AUDIT = 13 << 1
REGISTER, SET, COUNTER, LOG, MAX, LADDER = range(6)
ZERO = bytes(32)


def H(context, *parts, size=32):
    return blake2b(context.encode() + b"\0" + b"".join(parts), digest_size=32).digest()[:size]


def managed(digest):
    """The id of a record that the right to manage is needed for."""
    return bytes([digest[0] | 1]) + digest[1:16]


class Bad(Exception):
    pass


# --- MessagePack: only what the canonical form has; maps stay lists of pairs ---

class Map(list):
    pass


def item(b, i):
    """One item at b[i:] and the place after it."""
    t = b[i]
    if t < 0x80:
        return t, i + 1
    if t >= 0xE0:
        return t - 256, i + 1
    if 0x80 <= t < 0x90:
        return many(b, i + 1, t & 15, True)
    if 0x90 <= t < 0xA0:
        return many(b, i + 1, t & 15, False)
    if 0xA0 <= t < 0xC0:
        return b[i + 1:i + 1 + (t & 31)].decode(), i + 1 + (t & 31)
    if t in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[t], i + 1
    if 0xCC <= t <= 0xCF or 0xD0 <= t <= 0xD3:
        n = 1 << (t & 3)
        return int.from_bytes(b[i + 1:i + 1 + n], "big", signed=t >= 0xD0), i + 1 + n
    width = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4, 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}.get(t)
    if width is None:
        raise Bad("byte %02x" % t)
    n, i = int.from_bytes(b[i + 1:i + 1 + width], "big"), i + 1 + width
    if t >= 0xDC:
        return many(b, i, n, t >= 0xDE)
    return (bytes(b[i:i + n]) if t <= 0xC6 else b[i:i + n].decode()), i + n


def many(b, i, n, pairs):
    out = Map() if pairs else []
    for _ in range(n):
        one, i = item(b, i)
        if pairs:
            value, i = item(b, i)
            one = (one, value)
        out.append(one)
    return out, i


def pieces(b):
    """The elements of an array as (value, raw bytes)."""
    count, i = {True: lambda: (b[0] & 15, 1), False: lambda: (int.from_bytes(b[1:3 if b[0] == 0xDC else 5], "big"),
                                                            3 if b[0] == 0xDC else 5)}[b[0] < 0xA0]()
    out = []
    for _ in range(count):
        value, j = item(b, i)
        out.append((value, b[i:j]))
        i = j
    return out


def is_int(v):
    return isinstance(v, int) and not isinstance(v, bool)


# --- authority.md ---

class Grant:
    def __init__(self, certificate):
        body = pieces(certificate)[0][0]
        self.id = H("linli/grant/1", body)
        fields = item(body, 0)[0]
        (_, self.network, self.issuer, self.path, self.subject, _, self.role, self.rights, _, self.expires, _) = fields[:11]
        self.after = fields[11] if len(fields) > 11 else []


def issued(issuer):
    """A grant, or of the root the version and the id of a document."""
    by_root = isinstance(issuer, list)
    return {"issuer": rules.ROOT if by_root else issuer, "version": issuer[0] if by_root else 0,
            "document": issuer[1] if by_root else None}


class Said(rules.World):
    """What is said of grants, in the names of the rules; what stands is found out once."""

    def __init__(self, grants, statements):
        self.known, self.keeping, self.told = {}, {}, {}
        history = {"grants": [{"id": g.id, **issued(g.issuer), "path": b"".join(g.path), "device": g.subject, "rights": g.rights,
                               "after": g.after} for g in grants],
                   "revocations": [], "rulings": [], "versions": [], "affirmations": []}
        self.orders = []
        for body in statements:
            kind, _, issuer, path, _, _, *more = item(body, 0)[0]
            said = {**issued(issuer), "path": b"".join(path)}
            if kind == 2:
                said["id"] = H("linli/revocation/1", body)
                said["act"], said["page"], said["pages"], said["device"], _, said["strict"], _, said["cuts"], said["kept"] = more
                history["revocations"].append(said)
            elif kind == 4:
                said["id"] = H("linli/erasure/1", body)
                said["nonces"], said["record"], said["classes"], _, logs = path, *more
                said["parts"] = {(log[0], seq, part) for log in logs for seq, part in zip(log[1::2], log[2::2])}
                self.orders.append(said)
            else:
                said["id"] = H("linli/ruling/1", body)
                said["scope id"], author, said["adopt"], said["items"] = more
                said["device"], said["incarnation"] = author[:32], author[32:]
                history["rulings"].append(said)
        # In a world the root has one document, which everybody was given.
        said_by = history["grants"] + history["revocations"] + history["rulings"] + self.orders
        history["first"] = {"id": next((s["document"] for s in said_by if s["document"]), None), "oldest": 0}
        super().__init__(history)

    def place(self, paths):
        """The rules speak of scopes by their paths."""
        for r in self.revocations:
            r["cuts"] = [[paths.get(scope, scope), *row] for scope, *row in r["cuts"]]
        for r in self.rulings:
            r["scope"] = paths.get(r["scope id"], r["scope id"])

    def erases(self, order):
        """The classes for which it counts."""
        rights = -1 if order["issuer"] is None else self.grants[order["issuer"]]["rights"]
        may = sum(1 << cls for cls in (1, 2) if rights & rules.MANAGE and rights & rules.WRITE[cls])
        return order["classes"] & may if self.stands(order) else 0

    def stands(self, said):
        if said["id"] not in self.known:
            self.known[said["id"]] = super().stands(said)
        return self.known[said["id"]]

    def kept(self, said):
        if said["id"] not in self.keeping:
            self.keeping[said["id"]] = super().kept(said)
        return self.keeping[said["id"]]

    def accepted(self, grant, *changeset):
        if (grant["id"], changeset) not in self.told:
            self.told[grant["id"], changeset] = super().accepted(grant, *changeset)
        return self.told[grant["id"], changeset]


class Authority:
    def __init__(self, network, certificates):
        self.network = network
        self.root = managed(H("linli/root-scope/1", network))
        self.parent = {self.root: None}
        bodies = [(item(pieces(c)[0][0], 0)[0][0], c) for c in certificates]
        self.grants = {g.id: g for g in (Grant(c) for kind, c in bodies if kind == 1)}
        self.said = Said(self.grants.values(), [pieces(c)[0][0] for kind, c in bodies if kind in (2, 3, 4)])
        self.paths = {self.root: b""}
        for g in self.grants.values():
            g.scope = self.learn(g.path)
        for order in self.said.orders:
            order["scope"] = self.learn(order["nonces"])
        for g in self.grants.values():
            g.end = self.check(g, 0)

    def learn(self, path):
        at = self.root
        for nonce in path:
            below = managed(H("linli/scope/1", at, nonce))
            self.parent[below] = at
            self.paths[below] = self.paths[at] + nonce
            at = below
        return at

    def within(self, scope, above):
        while scope is not None and scope != above:
            scope = self.parent.get(scope)
        return scope == above

    def check(self, g, depth):
        """The end of the chain's term; a held grant whose chain is not good is itself a finding."""
        if depth >= 8 or g.network != self.network:
            raise Bad("a grant that is not good is held")
        end = g.expires or float("inf")
        if isinstance(g.issuer, list):
            return end
        issuer = self.grants.get(g.issuer)
        if issuer is None or not issuer.rights & 64 or g.rights & ~issuer.rights or g.path[:len(issuer.path)] != issuer.path:
            raise Bad("a grant beyond its issuer's is held")
        return min(end, self.check(issuer, depth + 1))

    def may_write(self, g, author, scope, cls, manage, stamp):
        if g.subject != author[:32]:
            return SUBJECT
        if not self.within(scope, g.scope):
            return SCOPE
        if stamp >> 16 >= g.end:
            return TERM
        if cls > 2 or not g.rights >> 3 + cls & 1 or (manage and not g.rights >> 6 & 1):
            return RIGHT
        return ACCEPTED

    def judge(self, g, author, scope, seq, id_, index, cls, manage, stamp):
        """By what right a part is there, whatever it says."""
        path, device, incarnation = self.paths.get(scope, scope), author[:32], author[32:]
        verdict = self.may_write(g, author, scope, cls, manage, stamp)
        if verdict == ACCEPTED and not self.said.accepted(self.said.grants[g.id], path, incarnation, seq, id_):
            verdict = REVOKED
        if verdict != ACCEPTED and cls <= 2:
            ruled = self.said.ruled(path, device, incarnation, seq, index, id_, cls, manage)
            verdict = (verdict, ACCEPTED, REJECTED)[ruled]
        return verdict


    def marks(self, scope, author, seq, declared, parts):
        """Of each part: no order names it, only such as fell, or one that counts."""
        out = [NOT_NAMED] * len(parts)
        for order in self.said.orders:
            counts = self.said.erases(order)
            for i, (value, d) in enumerate(zip(parts, declared)):
                if order["scope"] != scope or (author, seq, i) not in order["parts"] or (len(value) == 4 and value[1] == AUDIT):
                    continue
                if counts >> (d >> 1 & 3) & 1:
                    out[i] = NAMED
                elif order["classes"] >> (d >> 1 & 3) & 1:
                    out[i] = max(out[i], LAPSED)
        return out

    def covers(self, scope, record):
        classes = 0
        for order in self.said.orders:
            if order["scope"] == scope and order["record"] == record:
                classes |= self.said.erases(order)
        return classes


# --- record.md ---

def value_good(group, value):
    rule = group >> 2 & 7
    if group == 0:
        return value in (Map([(0, 0)]), Map([(0, 1)])) and is_int(value[0][1])
    if rule == SET:
        return isinstance(value, bool)
    if rule in (COUNTER, MAX):
        return is_int(value) and -2 ** 63 <= value < 2 ** 63
    if isinstance(value, bytes):
        return True  # sealed
    if not isinstance(value, Map):
        return False
    fields = dict(value)
    if rule == LADDER and not all(is_int(fields.get(k)) and fields[k] < 2 ** 63 for k in (0, group >> 5)):
        return False
    return all((k != 0 or rule == LADDER) and not isinstance(v, (list, Map)) for k, v in value)


def context_good(flat, rule, cited):
    """Pairs of index and seq as a map author -> seq; cited[i] = (author, how far)."""
    indexes, seqs = flat[::2], flat[1::2]
    if len(flat) % 2 or indexes != sorted(set(indexes)) or not all(s > 0 for s in seqs):
        raise Bad("context")
    if any(i >= len(cited) or s > cited[i][1] for i, s in zip(indexes, seqs)):
        raise Bad("cites beyond")
    if rule in (LOG, MAX) and flat or rule == COUNTER and any(i > 0 for i in indexes):
        raise Bad("a rule without context")
    return {cited[i][0]: s for i, s in zip(indexes, seqs)}


def ops_read(raw, cls, cited):
    out = []
    for value, _ in pieces(raw):
        if not isinstance(value, list) or isinstance(value, Map) or len(value) != 4:
            raise Bad("op")
    for _, bytes_ in pieces(raw):
        (group, _), (key, _), (context, _), (value, value_raw) = pieces(bytes_)
        rule = group >> 2 & 7
        if rule > LADDER or group & 3 != cls or (group >> 5 == 0 and group != 0):
            raise Bad("group")
        if (rule == SET) != isinstance(key, bytes) or (rule != SET and key is not None):
            raise Bad("key")
        if rule == SET and (item(key, 0)[1] != len(key) or isinstance(item(key, 0)[0], (list, Map))):
            raise Bad("element")
        if not value_good(group, value):
            raise Bad("value")
        out.append((group, key or b"", context_good(context, rule, cited), value, value_raw))
    if any((a[0], a[1]) >= (b[0], b[1]) for a, b in zip(out, out[1:])):
        raise Bad("order")
    return out


class Cell:
    def __init__(self):
        self.context, self.values = {}, {}

    def take(self, author, seq, context, value, raw):
        for a, s in context.items():
            self.context[a] = max(s, self.context.get(a, 0))
        self.values[author, seq] = (value, raw)

    def seen(self, rule):
        out = {d: v for d, v in self.values.items() if self.context.get(d[0], 0) < d[1]}
        if rule == MAX and out:
            greatest = max(v for v, _ in out.values())
            out = {d: v for d, v in out.items() if v[0] == greatest}
            out = {d: v for d, v in out.items() if not any(e[0] == d[0] and e[1] < d[1] for e in out)}
        return sorted([a.hex(), s, raw.hex()] for (a, s), (_, raw) in out.items())


# --- changeset.md ---

def in_order(parts, declared, marks):
    """Records rise within a class, of the parts that no order names; of others only one stands for a record that has none."""
    last, out = {}, [True] * len(parts)
    cls = [d >> 1 & 3 for d in declared]
    for i, value in enumerate(parts):
        if len(value) == 4 and marks[i] == NOT_NAMED:
            out[i] = value[2] > last.get(cls[i], b"")
            last[cls[i]] = value[2]
    for i, value in enumerate(parts):
        if len(value) == 4 and marks[i] == LAPSED:
            out[i] = not any(len(v) == 4 and cls[k] == cls[i] and v[2] == value[2] and
                             (marks[k] == NOT_NAMED or (marks[k] == LAPSED and k < i)) for k, v in enumerate(parts) if k != i)
    return out


class Model:
    def __init__(self, lines):
        self.ids, self.cells, self.aside, self.parts, self.held = {}, {}, set(), 0, lines
        self.authority = Authority(bytes.fromhex(lines["network"][0]), [bytes.fromhex(c) for c in lines["grant"]])
        for path in map(bytes.fromhex, lines["path"]):
            self.authority.learn([path[i:i + 16] for i in range(0, len(path), 16)])
        self.authority.said.place(self.authority.paths)
        logs = [(bytes.fromhex(s), bytes.fromhex(a), e) for s, a, e in lines["log"]]
        for log in logs:
            self.identify(*log)
        for log in logs:
            self.judge(*log)

    def identify(self, scope, author, entries):
        """Ids, chained by hashes."""
        prev = ZERO
        for seq, text in entries:
            (_, tail), (_, parts) = pieces(bytes.fromhex(text))
            hashes = [v[1] if len(v) == 2 else H("linli/part/1", raw) for v, raw in pieces(parts)]
            prev = H("linli/changeset/1", b"\1", self.authority.network, scope, author, seq.to_bytes(8, "big"), prev,
                     len(tail).to_bytes(4, "big"), tail, *hashes)
            self.ids[scope, author, seq] = prev

    def judge(self, scope, author, entries):
        cited, stamp_before, grant = [(author, 0)], -1, None
        for n, (seq, text) in enumerate(entries):
            if seq != n + 1:
                raise Bad("a log with a gap")
            (tail, _), (_, parts) = pieces(bytes.fromhex(text))
            seen, cites, stamp, _, declared = tail
            if stamp <= stamp_before:
                raise Bad("a stamp that does not rise")
            if sum(d >> 3 for d in declared) > 96 * 1024:
                raise Bad("more than an entry holds")
            if any(len(v) == 4 and len(raw) != d >> 3 for d, (v, raw) in zip(declared, pieces(parts))):
                raise Bad("a part of another length than declared")
            stamp_before, grant = stamp, cites or grant
            self.cite(scope, cited, seen)
            cited[0] = (author, seq - 1)
            if grant not in self.authority.grants:
                raise Bad("judged without its grant")
            held = [value for value, _ in pieces(parts)]
            marks = self.authority.marks(scope, author, seq, declared, held)
            order = in_order(held, declared, marks)
            for index, (value, raw) in enumerate(pieces(parts)):
                if (len(value) == 2 and value[0] == 3) != (marks[index] == NAMED):
                    raise Bad("holds what was erased, or lacks as erased what nobody ordered to be")
                if marks[index] != NAMED:
                    self.part(scope, author, seq, index, self.authority.grants[grant], stamp, declared[index], value, raw, cited,
                              order[index])

    def cite(self, scope, cited, seen):
        for who, seq, hash_ in seen:
            known = self.ids.get((scope, who, seq))
            if known is not None and known != hash_:
                raise Bad("a head cited with another id")
            for i, (a, _) in enumerate(cited):
                if a == who:
                    cited[i] = (a, max(seq, cited[i][1]))
                    break
            else:
                cited.append((who, seq))

    def part(self, scope, author, seq, index, grant, stamp, declared, value, raw, cited, in_order):
        cls, manage = declared >> 1 & 3, bool(declared & 1)
        verdict = self.authority.judge(grant, author, scope, seq, self.ids[scope, author, seq], index, cls, manage, stamp)
        ops = []
        if len(value) == 4:
            self.parts += 1
            if value[1] != AUDIT and self.authority.covers(scope, value[2]) >> cls & 1:
                verdict = COVERED
        if verdict == ACCEPTED and len(value) == 4:
            try:
                right = value[1] & 1
                if value[1] >> 31 or bool(right) != manage or right != value[2][0] & 1 or not in_order or cls > 2:
                    raise Bad("belies its declaration")
                ops = ops_read(pieces(raw)[3][1], cls, cited)
            except (Bad, TypeError, ValueError):
                verdict = CONTENT
        if verdict != ACCEPTED:
            self.aside.add((scope.hex(), author.hex(), seq, index, verdict))
            return
        for group, key, context, v, v_raw in ops:
            rule = group >> 2 & 7
            if rule == COUNTER:
                key, context = author, {author: seq - 1}
            cell = self.cells.setdefault((scope.hex(), value[2].hex(), group, key.hex()), Cell())
            cell.take(author, seq, context, v, v_raw)

    def compare(self):
        aside = {tuple(a) for a in self.held["aside"] if a[4] != FORK}
        if aside != self.aside:
            raise Bad("set aside there %s, here %s" % (sorted(aside - self.aside)[:3], sorted(self.aside - aside)[:3]))
        there = {tuple(c[:4]): sorted(c[4]) for c in self.held["cell"] if c[4]}
        here = {k: c.seen(k[2] >> 2 & 7) for k, c in self.cells.items()}
        here = {k: v for k, v in here.items() if v}
        for k in sorted(set(there) | set(here)):
            if there.get(k) != here.get(k):
                raise Bad("cell %s shows %s there, %s here" % (k, there.get(k), here.get(k)))


def lines_of(path):
    lines = {k: [] for k in ("network", "grant", "path", "log", "aside", "cell")}
    with open(path) as f:
        for line in f:
            for k, v in json.loads(line).items():
                lines.setdefault(k, []).append(v)
    return lines


def shown(lines):
    """A cell that shows something."""
    return next(c for c in lines["cell"] if c[4])


def value_changed(lines):
    shown(lines)[4][0][2] += "00"


def value_hidden(lines):
    del shown(lines)[4][0]


def value_made_up(lines):
    cell = shown(lines)
    cell[4].append([cell[4][0][0], cell[4][0][1] + 1000, cell[4][0][2]])


def merged_not_set_aside(lines):
    scope, author, entries = lines["log"][0]
    lines["aside"].append([scope, author, len(entries), 0, RIGHT])


def kind_of(certificate):
    return item(pieces(bytes.fromhex(certificate))[0][0], 0)[0][0]


def grant_withheld(lines):
    lines["grant"].remove([c for c in lines["grant"] if kind_of(c) == 1][-1])


def revocations_withheld(lines):
    lines["grant"] = [c for c in lines["grant"] if kind_of(c) != 2]


def orders_withheld(lines):
    lines["grant"] = [c for c in lines["grant"] if kind_of(c) != 4]


def entry_left_out(lines):
    del max(lines["log"], key=lambda log: len(log[2]))[2][0]


def noticed(path, change):
    """What is said of this world's dump when it says something else; None when that is not noticed."""
    lines = lines_of(path)
    change(lines)
    try:
        Model(lines).compare()
    except Bad as e:
        return str(e)
    return None


def checkers(paths):
    """Is it noticed, in one of the worlds at least, when its dump says something else?"""
    missed = 0
    for change in (value_changed, value_hidden, value_made_up, merged_not_set_aside, grant_withheld, revocations_withheld,
                   orders_withheld, entry_left_out):
        said = next((said for said in (noticed(path, change) for path in paths) if said is not None), None)
        name = change.__name__.replace("_", " ")
        print(f"FAIL reference, {name}: not noticed" if said is None else f"ok reference, {name}: {said[:60]}")
        missed += said is None
    return 1 if missed else 0


def main(paths):
    if paths[:1] == ["--checkers"]:
        return checkers(paths[1:])
    failed = parts = aside = cells = 0
    for path in paths:
        lines = lines_of(path)
        try:
            model = Model(lines)
            model.compare()
            parts, aside, cells = parts + model.parts, aside + len(model.aside), cells + len(model.cells)
        except Bad as e:
            failed += 1
            print("FAIL reference, seed %s: %s" % (path.split("/")[-1].split(".")[0], e))
    print("reference: %d worlds, %d parts judged, %d set aside, %d cells compared, %d failed" %
          (len(paths), parts, aside, cells, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
