#!/usr/bin/env bash
# The demo that the README begins with plays to its end on the programs built here, and four replicas end with the same.
. "$(dirname "$0")/lib.bash"
LINLI_BIN=$LINLI_BIN bash "$top/apps/demo/run" --json >said 2>told || { cat told >&2; fault "the demo stopped"; }
[ "$(wc -l <said)" = 1 ] || fault "the demo says more than its last line"
python3 -c 'import json, sys; r = json.load(open("said")); sys.exit(not (r["converged"] and r["replicas"] == 4 and r["records"] >= 100))' ||
    fault "the demo did not converge: $(cat said)"
