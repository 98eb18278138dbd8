"""Other libraries on the same data: installed by npm into build/bench/peers, and run like our programs, process beside process."""
import json
import pathlib
import shutil
import subprocess

import rows

PACKAGES = {"yjs": "yjs", "loro": "loro-crdt", "automerge": "@automerge/automerge"}
HERE = pathlib.Path(__file__).parent / "peers"
WORK = {
    "W1": ("w1", (("seconds", "time", "s"), ("bytes", "bytes on the wire", "B"), ("resident_bytes", "receiver's memory", "B"))),
    "W2": ("w2", (("seconds", "time", "s"), ("bytes", "bytes on the wire", "B"))),
    "W3": ("w3", (("seconds", "time", "s"), ("bytes", "bytes on the wire", "B"))),
    "W4": ("w4", (("per_second_1", "edits one at a time", "/s"),)),
}
PATIENCE_S = 900


def install(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true, "type": "module"}\n', encoding="utf-8")
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, folder)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *PACKAGES.values()], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)


def measure(folder, peer, work, town):
    done = subprocess.run(["node", "peer.mjs", peer, work, town], cwd=folder, stdout=subprocess.PIPE, text=True, check=True,
                          timeout=PATIENCE_S)
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure_all(built, chosen, runs, smoke, progress):
    """[{row, peer, what, unit, measured: (median, least, most)}] of the rows that were chosen."""
    folder = built.parent / "bench-peers"
    install(folder)
    town = folder / "town.jsonl"
    with open(town, "w", encoding="ascii") as out:
        subprocess.run([built / "town_json", *(("10", "40") if smoke else ())], stdout=out, check=True)
    found = []
    for row in (row.name for row in chosen if row.name in WORK):
        work, figures = WORK[row]
        for peer in PACKAGES:
            progress(f"{row} {peer}")
            taken = [measure(folder, peer, work, town) for _ in range(runs)]
            found += [{"row": row, "peer": peer, "what": what, "unit": unit, "measured": rows.summary([run[name] for run in taken])}
                      for name, what, unit in figures]
    progress("")
    return found
