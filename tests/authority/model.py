#!/usr/bin/env python3
"""The rules of proto/authority.md 6 and 7, written down once more: what holds, what stands, what is cut, what is adopted.

Reads histories with the library's answers (histories.c), a JSON line each, and tells where the two differ. Nothing is shared with the
library, not even how it goes about it: every rule is asked for from the start each time.
"""

import json
import sys

MANAGE, WRITE = 64, (8, 16, 32)
ROOT = None


def within(path, above):
    return path.startswith(above)


def rival(versions):
    """Of good versions that follow the same one, that which holds: most signers, then the least id."""
    return min(versions, key=lambda version: (-version["signers"], version["id"]))


class Root:
    """The versions of the root document and what they affirm."""

    def __init__(self, history):
        self.first = dict(history["first"], before=None)
        self.documents = {document["id"]: document for document in [self.first] + history["versions"]}
        self.versions = [v for v in history["versions"] if self.version_good(v)]
        self.affirmations = [a for a in history["affirmations"] if self.affirmation_good(a)]
        self.chain = [self.first]
        while followers := [v for v in self.versions if v["before"] == self.chain[-1]["id"]]:
            self.chain.append(rival(followers))
        self.oldest = self.chain[-1]["oldest"]

    @staticmethod
    def signed(document, signatures, wanted=None):
        """By exactly so many of its keys (its threshold), each under its own index, the index rising."""
        indexes = [index for _, index in signatures]
        return (len(signatures) == (wanted or document["threshold"]) and indexes == sorted(set(indexes))
                and all(index < len(document["keys"]) and document["keys"][index] == signer for signer, index in signatures))

    def version_good(self, version):
        if version["before"] is None:
            return True
        before, signers = self.documents[version["before"]], version["signers"]
        if signers and not before["threshold"] < signers <= len(before["keys"]):
            return False
        split = signers or before["threshold"]
        return (self.version_good(before) and version["oldest"] >= before["oldest"]
                and self.signed(before, version["signatures"][:split], split) and self.signed(version, version["signatures"][split:]))

    def affirmation_good(self, affirmation):
        document = self.documents[affirmation["document"]]
        return self.version_good(document) and self.signed(document, affirmation["signatures"])

    def holds(self, document):
        return document in [version["id"] for version in self.chain]

    def counts(self, said):
        return self.holds(said["document"]) and said["version"] >= self.oldest

    def stands(self, said):
        affirmed = any(self.counts(a) and said["id"] in a["ids"] for a in self.affirmations)
        return self.counts(said) or (self.holds(said["document"]) and affirmed)


class World:
    def __init__(self, history):
        self.root = Root(history)
        self.grants = {g["id"]: g for g in history["grants"]}
        self.revocations = history["revocations"]
        self.rulings = history["rulings"]
        self.revoking = {r["id"] for r in self.revocations}

    def chain_above(self, grant):
        while grant["issuer"] is not ROOT:
            grant = self.grants[grant["issuer"]]
            yield grant["id"]

    def outranks(self, by, grant):
        if by is ROOT or by in self.chain_above(grant):
            return True
        above = self.grants[by]
        if not within(grant["path"], above["path"]):
            return False
        return len(above["path"]) < len(grant["path"]) or not grant["rights"] & MANAGE

    def superseded(self, revocation, grant):
        """The grant names the act, and comes from no lower than who revoked."""
        if revocation["act"] not in grant["after"]:
            return False
        if grant["issuer"] is ROOT:
            return True
        if revocation["issuer"] is ROOT:
            return False
        return within(self.grants[revocation["issuer"]]["path"], self.grants[grant["issuer"]]["path"])

    def reaches(self, revocation, grant):
        """It would end the grant, but for what the grant supersedes."""
        return (revocation["device"] == grant["device"] and within(grant["path"], revocation["path"])
                and self.outranks(revocation["issuer"], grant) and self.stands(revocation))

    def ends(self, revocation, grant):
        return self.reaches(revocation, grant) and not self.superseded(revocation, grant)

    def act(self, revocation):
        """The pages held of what its issuer (of the root, one document) said under this act of this device, as far as they are kept alike."""
        return [r for r in self.revocations
                if all(r[key] == revocation[key] for key in ("act", "issuer", "document", "device", "path", "pages"))
                and self.kept(r) == self.kept(revocation) and (r["issuer"] is not ROOT or self.root.stands(r))]

    def whole(self, revocation):
        return {page["page"] for page in self.act(revocation)} == set(range(1, revocation["pages"] + 1))

    def lists(self, revocation, said):
        return any(said["id"] in page["kept"] for page in self.act(revocation))

    def endings(self, grant):
        """The revocations that end it and are of acts that are whole."""
        return [r for r in self.revocations if self.ends(r, grant) and self.whole(r)]

    def kept(self, said):
        """False when it does not stand; True when acts end what its issuer says, and each that is whole lists it; else None."""
        if said["issuer"] is ROOT:
            return None
        if not self.stands(said):
            return False
        endings = self.endings(self.grants[said["issuer"]])
        return True if endings and all(self.lists(r, said) for r in endings) else None

    def stands(self, said):
        if said["issuer"] is ROOT:
            return self.root.stands(said)
        issuer = self.grants[said["issuer"]]
        spared = said["id"] in self.revoking
        return self.stands(issuer) and all(self.lists(r, said) or (spared and not r["strict"]) for r in self.endings(issuer))

    def usable(self, grant):
        return self.stands(grant) and not any(self.ends(r, grant) for r in self.revocations)

    def accepted(self, grant, scope, incarnation, seq, name):
        if not self.stands(grant):
            return False
        for r in self.revocations:
            if not self.reaches(r, grant):
                continue
            rows = [row for page in self.act(r) for row in page["cuts"]]
            if self.superseded(r, grant) and incarnation not in [row[1] for row in rows]:
                continue
            mine = [row for row in rows if row[0] == scope and row[1] == incarnation]
            if not mine:
                if self.whole(r):
                    return False
                continue
            furthest = max(row[2] for row in mine)
            row = min((row for row in mine if row[2] == furthest), key=lambda row: row[3])
            if seq > row[2] or (seq == row[2] and name != row[3]):
                return False
        return True

    def ruled(self, scope, device, incarnation, seq, part, name, cls, manage):
        found = 0
        for r in self.rulings:
            if (r["scope"], r["device"], r["incarnation"]) != (scope, device, incarnation):
                continue
            if [seq, part, name] not in r["items"] or not within(scope, r["path"]) or not self.stands(r):
                continue
            if not r["adopt"]:
                return 2
            rights = None if r["issuer"] is ROOT else self.grants[r["issuer"]]["rights"]
            if rights is None or (rights & WRITE[cls] and (not manage or rights & MANAGE)):
                found = 1
        return found


SCOPES = ("", "a", "b", "aa", "ab", "aab", "ba")


def changeset(seq, branch):
    return bytes([9, seq, branch, 0, 1]).hex() + "00" * 27


def judge(history):
    world = World(history)
    grants = history["grants"]
    root = world.root
    yield "good", [root.version_good(v) for v in history["versions"]] + [root.affirmation_good(a) for a in history["affirmations"]]
    yield "holds", [root.holds(v["id"]) for v in history["versions"]]
    yield "usable", [world.usable(g) for g in grants]
    yield "stands", [world.stands(s) for s in history["revocations"] + history["rulings"]]
    yield "cuts", [[world.accepted(g, scope, incarnation, seq, changeset(seq, branch))
                    for seq in range(1, 5) for branch in range(2)]
                   for g in grants for scope in SCOPES for incarnation in range(2)]
    yield "ruled", [[world.ruled(scope, device, incarnation, seq, part, changeset(seq, 0), (0, 2)[part], seq == 1)
                     for seq in range(1, 4) for part in range(2)]
                    for scope in SCOPES for device in range(4) for incarnation in range(2)]


def leaves(answer):
    return sum(leaves(a) if isinstance(a, list) else 1 for a in answer)


def main():
    histories = decisions = cut = adopted = bad = rivals = more = 0
    for line in sys.stdin:
        history = json.loads(line)
        for name, answer in judge(history):
            said = history["answers"][name]
            if answer != said:
                where = next(i for i, (a, b) in enumerate(zip(answer, said)) if a != b)
                print(f"history {history['history']}: {name}[{where}]: model {answer[where]}, library {said[where]}")
                print(json.dumps({k: v for k, v in history.items() if k != "answers"}))
                return 1
            decisions += leaves(answer)
            cut += sum(row.count(False) for row in answer) if name == "cuts" else 0
            adopted += sum(row.count(1) for row in answer) if name == "ruled" else 0
        histories += 1
        good, holds = history["answers"]["good"], history["answers"]["holds"]
        bad += good.count(False)
        rivals += sum(g and not h for g, h in zip(good, holds))
        more += sum(h and v["signers"] > 0 for v, h in zip(history["versions"], holds))
    print(f"{histories} histories, {decisions} decisions, {cut} cut, {adopted} adopted, {bad} badly signed by the root, "
          f"{rivals} versions that do not hold, {more} that hold by more signers than were asked for: the two judges agree")
    return 0 if histories > 0 and min(cut, adopted, bad, rivals, more) > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
