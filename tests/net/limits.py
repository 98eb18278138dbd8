#!/usr/bin/env python3
"""What a node bears: thousands of strangers, members that never listen or never stop, while an honest member goes on working.

Usage: limits.py short|long. Each attack is measured beside the honest sessions of the same minute without it. The figures are
printed; a failed honest session, memory or descriptors without bound are faults, and in the long form so is a p99 over twice
the one without the attack, in the best of three tries (other programs use the machine too).
"""
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

from meet import CROWD, Fault, Folder, Store, agree, end, first_line, need, start

WAITING_MAX = GUESTS_MAX = 256  # libsync/src/node/internal.h: not answered yet, and not let in yet
HALF_OPEN_MAX = WAITING_MAX + GUESTS_MAX
STRANGER_BYTES = 2048      # before a peer is known
KEPT_BYTES = 384           # whole pages, and what the C library's heap keeps of an answer that has left
MEMBER_BYTES = 384 * 1024  # what waits to leave, what waits to be worked off, and one message (libsync/src/node/internal.h)
SLACK_BYTES = 768 * 1024   # of the allocator, and of LMDB's lists of pages, whatever comes
BORNE_MS = 15000           # a stranger is cut by then
SLOWER_MAX, TRIES = 2.0, 3

# name, the crowd's mode and options, how many such crowds, and bytes that each connection may cost
SHORT = (
    ("500 sockets that trickle", ("trickle", "--sockets", 500, "--rate", 1000, "--keyless", 1), 1, STRANGER_BYTES),
    ("half-open handshakes", ("half-open", "--sockets", 500, "--rate", 1500, "--total", 3000), 1, STRANGER_BYTES),
    ("a member that never reads", ("deaf",), 1, MEMBER_BYTES),
    ("a member that asks at line rate", ("flood",), 1, MEMBER_BYTES),
    ("a member that sends at line rate", ("flood", "--data", 1), 1, MEMBER_BYTES),
)
LONG = (
    ("5,000 sockets that trickle", ("trickle", "--sockets", 5000, "--rate", 2500, "--keyless", 1), 1, STRANGER_BYTES),
    ("100,000 half-open, no key", ("half-open", "--sockets", 1000, "--rate", 4000, "--total", 100000, "--keyless", 1), 1, STRANGER_BYTES),
    ("100,000 half-open, good key", ("half-open", "--sockets", 1000, "--rate", 1000, "--total", 100000), 1, STRANGER_BYTES),
    ("4 members that never read", ("deaf",), 4, MEMBER_BYTES),
    ("a member that asks at line rate", ("flood",), 1, MEMBER_BYTES),
    ("a member that sends at line rate", ("flood", "--data", 1), 1, MEMBER_BYTES),
)


def crowd(port, store, *options):
    return start([CROWD, options[0], "--port", str(port), "--store", store, *[str(o) for o in options[1:]]], prefix=("nice",))


def answer(process, seconds=120):
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        end(process)
        raise Fault("the crowd did not end:", process.args)
    need(process.returncode == 0, "the crowd failed:", err)
    return json.loads(out.splitlines()[-1])


class Watch(threading.Thread):
    """The most that a process held while it was watched: private memory and descriptors."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.proc, self.bytes, self.files, self.over = pathlib.Path("/proc/%d" % pid), 0, 0, threading.Event()

    def private_bytes(self):
        for line in (self.proc / "status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return 1024 * int(line.split()[1])
        raise Fault("no RssAnon")

    def run(self):
        while not self.over.is_set():
            self.bytes = max(self.bytes, self.private_bytes())
            self.files = max(self.files, len(list((self.proc / "fd").iterdir())))
            self.over.wait(0.05)

    def __enter__(self):
        self.before = self.private_bytes()
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


class Stage:
    def __init__(self, folder, sessions, seconds):
        self.folder, self.sessions, self.seconds = folder, sessions, seconds
        self.office = Store(folder / "office").found().serve()
        self.members = [Store(folder / name) for name in ("honest", "wicked")]
        for member in self.members:
            member.join(self.office)
        self.honest, wicked = self.members
        need(wicked.edit("household", "room=1"), "an edit is refused")
        need(wicked.run("sync", "127.0.0.1:%d" % self.office.port).returncode == 0, "sync")
        self.measure()  # the node has grown to its usual size afterwards

    def measure(self, sessions=None):
        result = subprocess.run([CROWD, "honest", "--port", str(self.office.port), "--store", self.honest.dir, "--total",
                                 str(sessions or self.sessions), "--seconds", str(self.seconds)], capture_output=True, text=True,
                                timeout=self.seconds + 60)
        need(result.returncode == 0, "the honest member failed:", result.stderr)
        return json.loads(result.stdout)

    def crowds(self, count, options):
        """Each with a copy of the wicked member's folder: one process holds a store at a time."""
        made = []
        for i in range(count):
            copy = self.folder / ("wicked%d" % i)
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(self.members[1].dir, copy)
            made.append(crowd(self.office.port, str(copy), *options))
        return made

    def attack(self, name, options, count, each_bytes):
        quiet = self.measure()
        with Watch(self.office.node.pid) as watch:
            by_rate = dict(zip(options[1::2], options[2::2]))
            seconds = max(self.seconds, by_rate.get("--total", 0) // by_rate.get("--rate", 1000) + 5)
            crowds = self.crowds(count, (*options, "--seconds", seconds))
            time.sleep(0.3)
            under = self.measure()
            told = [answer(c, seconds + 60) for c in crowds]
        slower = under["p99_ms"] / max(quiet["p99_ms"], 0.1)
        print("    %-34s p50 %5.1f -> %6.1f ms, p99 %5.1f -> %6.1f ms (x%.1f), memory +%d KiB, %d descriptors, %s" % (
            name, quiet["p50_ms"], under["p50_ms"], quiet["p99_ms"], under["p99_ms"], slower,
            (watch.bytes - watch.before) // 1024, watch.files, json.dumps(told[0]).replace('"', "")))
        need(under["failed"] == 0, "of", under["sessions"], "honest sessions", under["failed"], "failed:", under["fault"])
        places = HALF_OPEN_MAX if each_bytes == STRANGER_BYTES else count
        need(watch.bytes - watch.before <= places * each_bytes + SLACK_BYTES, "memory without bound:", watch.bytes - watch.before)
        need(watch.files <= HALF_OPEN_MAX + 64, "descriptors without bound:", watch.files)
        need(told[0].get("longest_ms", 0) <= BORNE_MS, "a stranger was borne with for", told[0].get("longest_ms"), "ms")
        return slower

    def per_stranger(self, sockets):
        """Private memory for each handshake held open, without the key, and after a good message 1; each on a fresh heap."""
        for keyless in (1, 0):
            self.office.stop()
            self.office.serve()
            self.measure(3)
            before = Watch(self.office.node.pid).private_bytes()
            (held,) = self.crowds(1, ("idle", "--sockets", sockets, "--seconds", 2, "--keyless", keyless))
            need(first_line(held) == "held", "not held")
            time.sleep(0.5)  # what was said to each of them has left
            each = (Watch(self.office.node.pid).private_bytes() - before) / sockets
            told = answer(held)
            print("    %d strangers held%s: %d bytes each" % (sockets, "" if keyless else " after a good message 1", each))
            need(told["cut"] == 0 and told["answered"] == (0 if keyless else sockets), "not all were held:", told)
            need(each <= STRANGER_BYTES + KEPT_BYTES, "a stranger costs", each, "bytes")


def main():
    long = sys.argv[1:] == ["long"]
    try:
        with Folder("limits") as folder:
            stage = Stage(folder, *((300, 45) if long else (40, 1)))
            try:
                stage.per_stranger(WAITING_MAX - 12)
                for attack in LONG if long else SHORT:
                    tries = [stage.attack(*attack)]
                    while long and min(tries) > SLOWER_MAX and len(tries) < TRIES:
                        tries.append(stage.attack(*attack))
                    need(not long or min(tries) <= SLOWER_MAX, "honest sessions are %.1f times slower:" % min(tries), attack[0])
                need(stage.measure(10)["failed"] == 0, "honest sessions fail afterwards")
                agree(stage.office, stage.honest)
                stage.office.stop()
            finally:
                stage.office.stop(signal.SIGKILL)
    except Fault as fault:
        print("FAIL limits:", fault)
        return 1
    print("ok limits: honest sessions went on, memory and descriptors stayed bounded")
    return 0


if __name__ == "__main__":
    sys.exit(main())
