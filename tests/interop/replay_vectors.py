#!/usr/bin/env python3
"""Replay proto/vectors with nothing of the library: a reader of the formats written from proto/*.md alone.

Usage: replay_vectors.py [SOURCE_DIR]. Prints `N vectors replayed`; leaves with 1 at the first that does not agree.
"""
import json
import pathlib
import sys

from authority import erasures, grants, invitations, receipts, roots
from changesets import changesets
from root_versions import root_versions
from seals import sealing

REPLAYS = (("changeset", changesets), ("root", roots), ("grant", grants), ("root_version", root_versions),
           ("invitation", invitations), ("sealing", sealing), ("receipt", receipts), ("erasure", erasures))


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]) / "proto" / "vectors"
    count = 0
    for name, replay in REPLAYS:
        checks = replay(json.loads((folder / (name + ".json")).read_text()))
        for i, agrees in enumerate(checks):
            if not agrees:
                sys.exit("%s.json: check %d does not agree" % (name, i + 1))
            count += 1
    print("%d vectors replayed" % count)


if __name__ == "__main__":
    main()
