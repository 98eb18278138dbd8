#!/usr/bin/env python3
"""Sessions over a bad network between real processes that are killed and frozen, with edits in between on both sides.

Usage: faults.py RUNS SEED. Each run: one office that serves, one captain who syncs through the proxy a few times; then the
network heals, and both must agree, verify, and hold every edit that was acknowledged. Run N of seed S is always the same in
what it chooses (when exactly a process dies is the machine's).
"""
import collections
import random
import signal
import subprocess
import sys
import time

from meet import Fault, Folder, Proxy, Store, agree, end, need, start

SYNC_SECONDS = 45  # longer than the session's deadline of 30 s: it must end by itself
SESSIONS = (2, 4)


class Run:
    def __init__(self, folder, dice, tally):
        self.dice, self.tally = dice, tally
        self.office = Store(folder / "office").found().serve()
        self.captain = Store(folder / "captain")
        self.captain.join(self.office)
        self.acknowledged, self.records = [], []

    def edits(self):
        for _ in range(self.dice.randrange(1, 6)):
            store = self.dice.choice((self.office, self.captain))
            text = "%x" % self.dice.getrandbits(8 * self.dice.choice((4, 40, 800)))
            old = self.records and self.dice.random() < 0.4
            record = self.dice.choice(self.records) if old else "household"
            self.keep(store.edit(record, "remarks=" + text, "room=%d" % self.dice.randrange(900)))

    def keep(self, edit):
        """None: it was not acknowledged, or the record is not there yet."""
        if edit is not None:
            self.acknowledged.append(edit)
            self.records.append(edit[0])
            self.tally["edits"] += 1

    def many_edits(self):
        """Enough for a session that lasts."""
        for _ in range(self.dice.randrange(30, 80)):
            self.keep(self.captain.edit("visit", "note=%x" % self.dice.getrandbits(8 * 700)))

    def cruel(self, sync):
        """What the two processes suffer while they meet."""
        dice, victim = self.dice, None
        kind = dice.choice(("nothing", "kill", "kill", "freeze"))
        pause = dice.choice((0.0, 0.002, 0.005, 0.01, 0.05, 0.3)) * dice.random() * 2
        if kind == "nothing":
            return
        time.sleep(pause)
        victim = dice.choice((sync, self.office.node))
        who = "sync" if victim is sync else "serve"
        self.tally["%s %s" % (kind, who)] += 1
        if kind == "kill":
            if dice.random() < 0.3 and who == "serve":  # in the middle of an edit
                edit = start(self.office.args("set", "household", "--scope", "样板社区/1栋", "room=1", "--json"))
                time.sleep(dice.random() * 0.006)
                victim.kill()
                end(edit)
                if edit.returncode == 0:
                    self.tally["edits"] += 1
            victim.kill()
            victim.wait()
        elif victim.poll() is None:
            victim.send_signal(signal.SIGSTOP)
            time.sleep(dice.choice((0.05, 0.3, 1.0)))
            victim.send_signal(signal.SIGCONT)

    def meet(self):
        proxy = Proxy(self.office.port, "--seed", self.dice.getrandbits(60), "--draw", self.dice.choice((1000, 4000, 60000)),
                      "--connections", 1, "--seconds", SYNC_SECONDS + 15,
                      # Of ten flips that leave a side waiting for bytes that never come, one waits for the deadline.
                      "--patience", self.dice.choice((0, *[1000] * 9)))
        sync = start(self.captain.args("sync", "127.0.0.1:%d" % proxy.port, "--json"))
        self.cruel(sync)
        if self.dice.random() < 0.2:
            self.edits()  # the captain's waits for the store, the office's goes to its node
        try:
            sync.communicate(timeout=SYNC_SECONDS)
        except subprocess.TimeoutExpired:
            end(sync)
            raise Fault("a session did not end in", SYNC_SECONDS, "s")
        finally:
            for line in proxy.report(2):  # one who died early never called
                self.tally["network " + line["trouble"] + (" struck" if line["struck"] == "1" else " missed")] += 1
        self.tally["settled" if sync.returncode == 0 else "broken off"] += 1
        if self.office.node.poll() is not None:
            self.office.stop(signal.SIGKILL)
            self.office.serve()

    def heal(self):
        done = self.captain.run("sync", "127.0.0.1:%d" % self.office.port, "--json")
        need(done.returncode == 0, "the healed session fails:", done.stderr)
        agree(self.office, self.captain)
        for record, dot in self.acknowledged:
            for store in (self.office, self.captain):
                need(dot in store.dots(record), "an acknowledged edit is gone:", dot, "of", record, "in", store.dir)
        self.office.stop()


def one(number, seed, tally):
    dice = random.Random("%d/%d" % (seed, number))
    with Folder("run%d" % number) as folder:
        run = Run(folder, dice, tally)
        try:
            for _ in range(dice.randint(*SESSIONS)):
                run.edits()
                if dice.random() < 0.25:
                    run.many_edits()
                run.meet()
            run.heal()
        finally:
            if run.office.node is not None:
                run.office.stop(signal.SIGKILL)


def main():
    runs, seed = int(sys.argv[1]), int(sys.argv[2])
    tally = collections.Counter()
    for number in range(1, runs + 1):
        try:
            one(number, seed, tally)
        except (Fault, subprocess.TimeoutExpired) as fault:
            print("FAIL run %d of seed %d: %s" % (number, seed, fault))
            return 1
    print("    " + ", ".join("%s %d" % item for item in sorted(tally.items())))
    print("ok %d runs of seed %d: they end equal, verified, with every acknowledged edit" % (runs, seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
