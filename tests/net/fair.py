"""A fair measure of a node under attack, on one machine that others use, too.

In the field the node, those who meet it and those who attack it are machines of their own. Here the node has a processor to itself.
Sessions and attackers have another, sessions first, and where nobody attacks it is kept busy all the same: so what is compared is the
node's work, not theirs. Both go before whatever else the machine does; who may not have that gets no judgement of times.
"""
import os
import pathlib
import statistics
import sys
import threading
from dataclasses import dataclass, field

from meet import Fault, end, start

NODE, SESSION = 5, 6   # priorities of SCHED_RR, before which nothing else goes
ATTACKER_NICE = -10
BUSY = "while True: pass"


class Seats:
    """Who runs where. `why_not`: times say little here, and why."""

    def __init__(self):
        processors = sorted(os.sched_getaffinity(0))
        self.node, self.others, self.why_not = {processors[-1]}, {processors[0]}, ""
        if len(processors) < 2:
            self.why_not = "there is one processor"
        try:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(NODE))
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        except PermissionError:
            self.why_not = "no right to go before other programs"

    def take(self, task, processors, priority=0):
        os.sched_setaffinity(task, processors)
        if self.why_not:
            return
        if priority > 0:
            os.sched_setscheduler(task, os.SCHED_RR, os.sched_param(priority))
        else:
            os.setpriority(os.PRIO_PROCESS, task, ATTACKER_NICE)

    def seat_node(self, process):
        for task in pathlib.Path("/proc/%d/task" % process.pid).iterdir():
            self.take(int(task.name), self.node, NODE)

    def holds(self, process):
        """The node goes before other programs, and nobody has put it back."""
        return not self.why_not and os.sched_getscheduler(process.pid) == os.SCHED_RR

    def session(self, args):
        return start(args, ready=lambda: self.take(0, self.others, SESSION))

    def attacker(self, args):
        return start(args, ready=lambda: self.take(0, self.others))

    def busy(self):
        return Busy(self.attacker([sys.executable, "-c", BUSY]))


class Busy:
    """A processor that is used by somebody."""

    def __init__(self, process):
        self.process = process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)


class Watch(threading.Thread):
    """The most that a process held while it was watched: private memory and descriptors."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.proc, self.bytes, self.files, self.over = pathlib.Path("/proc/%d" % pid), 0, 0, threading.Event()
        self.before = self.private_bytes()

    def private_bytes(self):
        for line in (self.proc / "status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return 1024 * int(line.split()[1])
        raise Fault("no RssAnon")

    def grown(self):
        return self.bytes - self.before

    def run(self):
        while not self.over.is_set():
            self.bytes = max(self.bytes, self.private_bytes())
            self.files = max(self.files, len(list((self.proc / "fd").iterdir())))
            self.over.wait(0.05)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def slowest_but(times, percent):
    """What so many of a hundred stay under."""
    ordered = sorted(times)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] if ordered else 0


def ratio(times, others, percent):
    return slowest_but(times, percent) / max(slowest_but(others, percent), 0.1)


@dataclass
class Turn:
    """Honest sessions without the attack and under it, and what was seen meanwhile."""
    peace: dict
    under: dict
    watch: Watch
    told: dict             # by the first of the crowds
    fair: bool             # the node went first all the time
    admitted_ms: float = 0


@dataclass
class Times:
    """Of all turns of one attack: the median over the turns, so that what befalls one of them does not count."""
    turns: list = field(default_factory=list)

    def of(self, side, percent):
        return statistics.median(slowest_but(getattr(t, side)["times"], percent) for t in self.turns)

    def slower(self, percent):
        return statistics.median(ratio(t.under["times"], t.peace["times"], percent) for t in self.turns)

    def noise(self, percent):
        """The same of one half of the peace against the other: what a ratio is when nothing differs."""
        halves = [(t.peace["times"][:len(t.peace["times"]) // 2], t.peace["times"][len(t.peace["times"]) // 2:]) for t in self.turns]
        return statistics.median(max(ratio(a, b, percent), ratio(b, a, percent)) for a, b in halves)

    def told(self, percent):
        return "p%d %.2f -> %.2f ms x%.2f (peace x%.2f)" % (
            percent, self.of("peace", percent), self.of("under", percent), self.slower(percent), self.noise(percent))

    def strength(self):
        """Connections a second that strangers made."""
        return statistics.median(t.told.get("made", 0) / t.told["seconds"] for t in self.turns)

    def fair(self):
        return all(t.fair for t in self.turns)

    def fewest(self):
        return min(min(len(t.peace["times"]), len(t.under["times"])) for t in self.turns)
