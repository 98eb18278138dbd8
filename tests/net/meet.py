"""Real processes for the network suite: stores, `linli serve`, `linli sync`, the proxy between them."""
import atexit
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("LINLI_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build/dev"))
LINLI = str(BUILD / "bin/linli")
PROXY = str(BUILD / "net/proxy")
CROWD = str(BUILD / "net/crowd")
COMMUNITY, PATCH = "样板社区", "样板社区/1栋"
COMMAND_SECONDS = 60


class Fault(Exception):
    """Something that must never happen has happened."""


def need(claim, *why):
    if not claim:
        raise Fault(" ".join(str(w) for w in why))


def environment():
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LINLI_")}
    kept.update(LANG="C.UTF-8", NO_COLOR="1")
    return kept


started = []


def start(args, stderr=subprocess.PIPE, prefix=(), ready=None):
    process = subprocess.Popen([*prefix, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
                               env=environment(), text=True, preexec_fn=ready)
    started.append(process)
    return process


@atexit.register
def leave_nothing_running():
    for process in started:
        if process.poll() is None:
            process.kill()


def first_line(process, seconds=10):
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    line = process.stdout.readline() if ready else ""
    if not line:
        end(process)
    return line.strip()


def end(process, number=signal.SIGKILL):
    if process.poll() is None:
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
    try:
        return process.communicate(timeout=COMMAND_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Fault("a process did not end in", COMMAND_SECONDS, "s:", process.args)


class Store:
    """One replica's folder, and the node that serves it while there is one. `prefix` runs everything elsewhere."""

    def __init__(self, folder, prefix=()):
        self.dir, self.prefix, self.node, self.port, self.log = str(folder), list(prefix), None, 0, str(folder) + ".log"
        self.patch = PATCH

    def args(self, verb, *rest):
        return [LINLI, *verb.split(), "--store", self.dir, *rest]

    def run(self, verb, *rest):
        return subprocess.run(self.prefix + self.args(verb, *rest), stdin=subprocess.DEVNULL, capture_output=True,
                              env=environment(), text=True, timeout=COMMAND_SECONDS)

    def ask(self, verb, *rest):
        """The JSON document that a verb answers with; a failure is a fault."""
        done = self.run(verb, *rest, "--json")
        need(done.returncode == 0, verb, "ended with", done.returncode, done.stderr)
        return json.loads(done.stdout)

    def found(self):
        need(self.run("init", "--root", "community", "--name", COMMUNITY, "--quiet").returncode == 0, "init")
        need(self.run("scope add", "--parent", COMMUNITY, "--kind", "patch", "--name", "1栋", "--style",
                      "courtyard").returncode == 0, "scope add")
        return self

    def join(self, office, role="captain", scope=PATCH):
        done = office.run("invite", "--scope", scope, "--role", role, "--name", "试", "--address",
                          "%s:%d" % (office.host, office.port))
        need(done.returncode == 0, "invite:", done.stderr)
        self.patch = scope
        return self.ask("join", done.stdout.strip(), "--name", "试用机")

    def serve(self, host="127.0.0.1", peers=()):
        self.host = host
        with open(self.log, "a") as log:
            self.node = start(self.args("serve", "--listen", host + ":%d" % self.port, "--json",
                                        *[a for p in peers for a in ("--peer", p)]), log, self.prefix)
        line = first_line(self.node)
        need(line, "serve does not listen:", pathlib.Path(self.log).read_text())
        self.port = int(json.loads(line)["listening"].rsplit(":", 1)[1])
        return self

    def stop(self, number=signal.SIGTERM):
        if self.node is not None:
            end(self.node, number)
            code, self.node = self.node.returncode, None
            need(number != signal.SIGTERM or code == 0, "serve ended with", code, pathlib.Path(self.log).read_text())

    def digest(self):
        return self.ask("status")["digest"]

    def sound(self):
        bad = self.ask("verify")["bad"]
        need(bad == [], "verify found", bad)

    def edit(self, record, *writes):
        """One write of a new record (its type is named) or an old one: (record, dot) when it was acknowledged, else None."""
        scope = ["--scope", self.patch] if len(record) != 32 else []
        done = self.run("set", record, *scope, *writes, "--json")
        if done.returncode != 0:
            return None
        answer = json.loads(done.stdout)
        return answer["id"], answer["dot"]

    def dots(self, record):
        done = self.run("history", record, "--json")
        return {json.loads(line)["dot"] for line in done.stdout.splitlines()}

    def rss_kib(self):
        for line in pathlib.Path("/proc/%d/status" % self.node.pid).read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise Fault("no VmRSS")


class Proxy:
    """One run of the proxy in front of a port. After `report` it is gone."""

    def __init__(self, port, *options):
        self.process = start([PROXY, "--port", str(port), *[str(o) for o in options]])
        line = first_line(self.process)
        need(line.startswith("listening "), "the proxy does not listen")
        self.port = int(line.split()[1])

    def report(self, seconds=15):
        """The lines of its connections, as dictionaries; ends it when it has not ended after so long."""
        try:
            text = self.process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            text = end(self.process)[0]
        return [dict(pair.split("=") for pair in line.split()[1:]) for line in text.splitlines()]


def agree(*stores):
    """All hold the same, and each recomputes to what it shows."""
    digests = [s.digest() for s in stores]
    need(len(set(digests)) == 1, "the digests differ:", *digests)
    for s in stores:
        s.sound()
    return digests[0]


# A disk that nobody else uses, where there is one and it has room; else None, and stores are where temporary files are.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free >= 1 << 29 else None


class Folder:
    """A temporary folder, kept when something went wrong in it."""

    def __init__(self, name, where=None):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="linli-net-%s-" % name, dir=where))

    def __enter__(self):
        return self.path

    def __exit__(self, kind, _value, _trace):
        if kind is None:
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            print("    kept for a look:", self.path)
        return False


def wait_until(claim, seconds, what):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if claim():
            return
        time.sleep(0.05)
    raise Fault("not in", seconds, "s:", what)
