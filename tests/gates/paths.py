#!/usr/bin/env python3
"""Every path of a source file that a page of documentation names exists: `libsync/src/model/cell.c`, and relative links."""
import os
import re
import subprocess
import sys

top = sys.argv[1] if len(sys.argv) > 1 else "."
named = re.compile(r"`((?:libsync|apps|proto|tests|docs|bindings)/(?!\S*NAME)[A-Za-z0-9_./-]+\.[a-z0-9]+)`")
linked = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
pages = subprocess.run(["git", "-C", top, "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
                       capture_output=True, text=True, check=True).stdout.split()
missing = checked = 0
for page in pages:
    with open(os.path.join(top, page), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            wanted = [(m, os.path.join(top, m)) for m in named.findall(line)]
            wanted += [(m, os.path.join(top, os.path.dirname(page), m)) for m in linked.findall(line)]
            for name, path in wanted:
                checked += 1
                if not os.path.exists(path):
                    missing += 1
                    print(f"{page}:{number}: no such file: {name}")
print(f"{checked} paths in {len(pages)} pages, {missing} missing")
sys.exit(1 if missing or not checked else 0)
