#!/usr/bin/env python3
"""A byte is turned over on the way, at every place in turn: the session ends, and nothing is stored that was not sent.

Usage: flips.py STRIDE [OFFSET]. Two meetings are replayed, each from copies of the same two stores: one where both hold the
same, one where each has something for the other. STRIDE 1 is every byte in both directions.
"""
import concurrent.futures
import os
import shutil
import subprocess
import sys

from meet import Fault, Folder, Proxy, Store, agree, end, need, start

PATIENCE_MS, SECONDS = 400, 20


def hex_digests(*stores):
    return [s.digest() for s in stores]


class Case:
    """Two stores to copy, and what they are worth before and after a good meeting."""

    def __init__(self, folder, name, edit):
        self.folder, self.name = folder, name
        office, captain = Store(folder / (name + "-office")).found().serve(), Store(folder / (name + "-captain"))
        captain.join(office)
        need(captain.run("sync", "127.0.0.1:%d" % office.port).returncode == 0, "the first meeting fails")
        if edit:
            for store in (office, captain):
                need(store.edit("household", "room=7", "remarks=" + "x" * 300), "an edit is refused")
        office.stop()
        self.before = hex_digests(office, captain)
        self.originals = (office.dir, captain.dir)
        office, captain = self.copy("clean")
        self.bytes = self.meet(office, captain)
        self.after = agree(office, captain)
        office.stop()

    def copy(self, label):
        stores = []
        for original, who in zip(self.originals, ("office", "captain")):
            target = self.folder / ("%s-%s-%s" % (self.name, label, who))
            shutil.copytree(original, target)
            stores.append(Store(target))
        stores[0].serve()
        return stores

    def meet(self, office, captain):
        proxy = Proxy(office.port, "--connections", 1)
        need(captain.run("sync", "127.0.0.1:%d" % proxy.port).returncode == 0, "the clean meeting fails")
        (report,) = proxy.report()
        return {"up": int(report["up"]), "down": int(report["down"])}

    def broken_meeting(self, office, captain, way, at):
        proxy = Proxy(office.port, "--connections", 1, "--seconds", SECONDS, "--trouble", "flip", "--way", way, "--at", at,
                      "--amount", at * 5 % 8, "--patience", PATIENCE_MS)
        sync = start(captain.args("sync", "127.0.0.1:%d" % proxy.port, "--json"))
        try:
            answer = sync.communicate(timeout=SECONDS)[0]
        except subprocess.TimeoutExpired:
            end(sync)
            raise Fault("the session did not end")
        (report,) = proxy.report()
        return sync.returncode, answer, report

    def flip(self, way, at):
        """True: the byte was reached. How many bytes a meeting takes varies by a few, and the last may never come."""
        label = "%s%d" % (way, at)
        office, captain = self.copy(label)
        try:
            code, answer, report = self.broken_meeting(office, captain, way, at)
            if report["struck"] == "0":
                return None
            now = hex_digests(office, captain)
            need(now[0] in (self.before[0], self.after), "the office holds what nobody wrote")
            need(now[1] in (self.before[1], self.after), "the captain holds what nobody wrote")
            settled = code == 0 and '"settled":true' in answer.replace(" ", "")
            need(not settled or now == [self.after] * 2, "it says settled and is not")
            need(captain.run("sync", "127.0.0.1:%d" % office.port).returncode == 0, "the healed session fails")
            need(agree(office, captain) == self.after, "it heals to something else")
            return report["end"]
        except Fault as fault:
            raise Fault("%s, byte %d %s: %s" % (self.name, at, way, fault))
        finally:
            office.stop()
            shutil.rmtree(office.dir)
            shutil.rmtree(captain.dir)


def sweep(case, stride, offset):
    places = [(way, at) for way in ("up", "down") for at in range(offset % stride, case.bytes[way], stride)]
    with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1) + 2) as pool:
        ends = list(pool.map(lambda place: case.flip(*place), places))
    print("    %s: %d bytes up, %d down; %d flipped, %d of them left a side waiting, %d not reached" % (
        case.name, case.bytes["up"], case.bytes["down"], len(ends) - ends.count(None), ends.count("patience"),
        ends.count(None)))
    need(ends.count(None) <= len(ends) // 4, "most flips were not reached")


def main():
    stride, offset = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    try:
        with Folder("flips") as folder:
            sweep(Case(folder, "equal", edit=False), stride, offset)
            sweep(Case(folder, "apart", edit=True), stride, offset + 3)
    except Fault as fault:
        print("FAIL flips:", fault)
        return 1
    print("ok flipped bytes end the session, and nothing is stored that was not sent")
    return 0


if __name__ == "__main__":
    sys.exit(main())
