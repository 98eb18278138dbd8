#!/usr/bin/env python3
"""Bytes of scanners and lost programs: the node says nothing, logs nothing of them, closes, and serves on.

Usage: scanners.py ROUNDS SEED
"""
import pathlib
import random
import re
import socket
import struct
import sys

from meet import Fault, Folder, Store, agree, need

CANARY = b"canary-7740"  # made up: to be looked for in what the node writes
CLOSE_SECONDS = 12       # the handshake's deadline is 10 s

# What the node says of the captain, who is let in.
OF_HONEST_PEERS = re.compile(rb"\S+ info (joined|enrolled|session) ")


def tls_hello(dice):
    name = struct.pack("!HHBH", 0, len(CANARY) + 5, 0, len(CANARY) + 2) + struct.pack("!H", len(CANARY)) + CANARY
    body = b"\x03\x03" + dice.randbytes(32) + b"\x00" + b"\x00\x04\x13\x01\x13\x02" + b"\x01\x00" + struct.pack("!H", len(name)) + name
    hello = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack("!H", len(hello)) + hello


def scans(dice):
    prefix = b"LNLI\x01\x01" + dice.randbytes(16)
    return {
        "nothing": b"",
        "HTTP": b"GET /" + CANARY + b" HTTP/1.1\r\nHost: " + CANARY + b"\r\n\r\n",
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
        "TLS": tls_hello(dice),
        "SSH": b"SSH-2.0-" + CANARY + b"\r\n",
        "a redis command": b"*1\r\n$11\r\n" + CANARY + b"\r\n",
        "zeros": bytes(4096),
        "ones": b"\xff" * 4096,
        "random": dice.randbytes(dice.randrange(1, 65536)),
        "half a prefix": prefix[:dice.randrange(1, 22)],
        "a prefix of no network": prefix + b"\x00\x30" + dice.randbytes(48),
        "a prefix of a later version": b"LNLI\x02" + dice.randbytes(40),
        "a prefix of another intent": b"LNLI\x01\x09" + dice.randbytes(40),
        "an invitation that is not there": b"LNLI\x01\x02" + dice.randbytes(16) + b"\x00\x30" + dice.randbytes(48),
        "a great length": prefix + b"\xff\xff" + dice.randbytes(70000),
    }


def scan(office, what, data):
    """The node's whole answer is an end."""
    with socket.create_connection(("127.0.0.1", office.port), timeout=CLOSE_SECONDS) as s:
        try:
            s.sendall(data)
            if what in ("nothing", "half a prefix"):
                s.shutdown(socket.SHUT_WR)  # else the node rightly waits for more
            need(s.recv(1) == b"", "an answer to", what)
        except (ConnectionResetError, BrokenPipeError):
            pass  # an end as well: not all of it was read
        except TimeoutError:
            raise Fault("not closed in", CLOSE_SECONDS, "s:", what)


def main():
    rounds, dice = int(sys.argv[1]), random.Random(sys.argv[2])
    try:
        with Folder("scanners") as folder:
            office, captain = Store(folder / "office").found().serve(), Store(folder / "captain")
            try:
                captain.join(office)
                before, count = agree(office, captain), 0
                for _ in range(rounds):
                    for what, data in scans(dice).items():
                        scan(office, what, data)
                        count += 1
                    need(captain.run("sync", "127.0.0.1:%d" % office.port).returncode == 0, "no honest session after them")
                need(agree(office, captain) == before, "scanners changed the store")
            finally:
                office.stop()
            logged = pathlib.Path(office.log).read_bytes()
            odd = [line for line in logged.splitlines() if not OF_HONEST_PEERS.match(line)]
            need(not odd, "the node logged", odd[:2])
    except Fault as fault:
        print("FAIL scanners:", fault)
        return 1
    print("ok %d scans: no answer, nothing logged, nothing changed, honest sessions between" % count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
