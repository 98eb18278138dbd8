#!/usr/bin/env python3
"""Two hosts: network namespaces of our own with a veth pair between them. Enrol and sync across, unplug, meet again.

Usage: spaces.py [long]. Needs root and iproute2, else says SKIP.
"""
import os
import shutil
import subprocess
import sys
import time

from meet import Fault, Folder, Store, agree, end, need, start

HOSTS = {"a": "10.213.77.1", "b": "10.213.77.2"}  # inside the two namespaces only


def ip(*args):
    return subprocess.run(["ip", *args], capture_output=True, text=True, timeout=20)


class Spaces:
    """The two namespaces; gone when left, whatever happened."""

    def __init__(self):
        self.names = {host: "linli-%d-%s" % (os.getpid(), host) for host in HOSTS}

    def __enter__(self):
        try:
            return self if self.made() else None
        except Fault:
            self.__exit__()
            raise

    def made(self):
        a, b = self.names["a"], self.names["b"]
        if any(ip("netns", "add", name).returncode != 0 for name in (a, b)):
            return False
        if ip("link", "add", "veth0", "netns", a, "type", "veth", "peer", "name", "veth0", "netns", b).returncode != 0:
            return False
        for host, address in HOSTS.items():
            for args in (("addr", "add", address + "/24", "dev", "veth0"), ("link", "set", "veth0", "up"),
                         ("link", "set", "lo", "up")):
                need(ip("-n", self.names[host], *args).returncode == 0, "ip", *args)
        return True

    def __exit__(self, *_):
        for name in self.names.values():
            ip("netns", "del", name)

    def inside(self, host):
        return ["ip", "netns", "exec", self.names[host]]

    def swallow(self):
        """From now on host a hears host b and never answers."""
        need(ip("-n", self.names["a"], "route", "add", "blackhole", HOSTS["b"] + "/32").returncode == 0, "ip route")

    def cable(self, plugged):
        need(ip("-n", self.names["b"], "link", "set", "veth0", "up" if plugged else "down").returncode == 0, "ip link")


def across(spaces, folder):
    office = Store(folder / "office", spaces.inside("a")).found().serve(HOSTS["a"])
    where = "%s:%d" % (HOSTS["a"], office.port)
    try:
        captain = Store(folder / "captain", spaces.inside("b"))
        need(captain.join(office)["settled"], "the first sync did not settle")
        need(captain.edit("household", "room=1"), "an edit is refused")
        need(office.edit("household", "room=2"), "an edit is refused")
        need(captain.ask("sync", where)["settled"], "not settled")
        agree(office, captain)
        # The cable is out for a moment in the middle of a session, and TCP mends it; then for good, and the session ends.
        edits = [captain.edit("visit", "note=" + "z" * 2000) for _ in range(20)]
        sync = start(captain.args("sync", where, "--json"), prefix=captain.prefix)
        spaces.cable(False)
        time.sleep(0.3)
        spaces.cable(True)
        sync.communicate(timeout=60)
        need(captain.ask("sync", where)["settled"], "not settled after the cable was back")
        agree(office, captain)
        need(all(dot in office.dots(record) for record, dot in edits), "an edit is gone")
    finally:
        office.stop()


def unplugged(spaces, folder):
    """Nobody answers: the one who calls hears so in good time, and nothing is harmed."""
    captain = Store(folder / "captain", spaces.inside("b"))
    before = captain.digest()
    spaces.swallow()
    began = time.monotonic()
    sync = start(captain.args("sync", HOSTS["a"] + ":7740"), prefix=captain.prefix)
    try:
        sync.communicate(timeout=45)
    except subprocess.TimeoutExpired:
        end(sync)
        raise Fault("a call to nobody did not end")
    need(sync.returncode == 1, "a call to nobody ended with", sync.returncode)
    need(captain.digest() == before, "a call to nobody changed the store")
    return time.monotonic() - began


def main():
    if os.geteuid() != 0 or shutil.which("ip") is None:
        print("SKIP net namespaces: no root or no iproute2 here")
        return 0
    try:
        with Folder("spaces") as folder, Spaces() as spaces:
            if spaces is None:
                print("SKIP net namespaces: this machine does not let us make them")
                return 0
            across(spaces, folder)
            silence = "; a call to nobody ends in %.1f s" % unplugged(spaces, folder) if sys.argv[1:] == ["long"] else ""
    except Fault as fault:
        print("FAIL namespaces:", fault)
        return 1
    print("ok two hosts: enrolled, synced, unplugged and plugged" + silence)
    return 0


if __name__ == "__main__":
    sys.exit(main())
