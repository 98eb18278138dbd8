#!/usr/bin/env bash
# linlid: settings from files, the environment and flags, in this order; words to systemd; figures; reload; hostile HTTP; a graceful stop.
. "$(dirname "$0")/lib.bash"
linlid() { "$LINLI_BIN/linlid" "$@"; }
community office

# --- settings
mkdir -p conf.d
printf 'store = %s/office\nlisten = 127.0.0.1:0 ; anywhere\npeer = 127.0.0.1:9\npeer = 127.0.0.1:10\nlog-level = error\n' "$work" >linlid.conf
printf '# more\nlog-level = info\nconfirm-joins = yes\n' >conf.d/20.conf
printf 'log-level = debug\n' >conf.d/10.conf
exits 0 linlid --config linlid.conf --check
same "$(grep -c '^peer = ' out)" 2
same "$(grep '^log-level' out)" "log-level = info"
same "$(grep '^confirm-joins' out)" "confirm-joins = yes"
LINLI_LOG_LEVEL=trace LINLI_PEER="127.0.0.1:11" LINLI_CONFIRM_JOINS=no exits 0 linlid --config linlid.conf --check --log-level error
same "$(grep '^peer' out)" "peer = 127.0.0.1:11"
same "$(grep '^log-level' out)" "log-level = error"
same "$(grep -c '^confirm-joins' out || true)" 0
bad() { # TEXT LINE WORD: this file is refused, there
    printf '%b' "$1" >bad.conf
    exits 2 linlid --config bad.conf --check
    grep -q "bad.conf:$2: .*$3" err || fault "not told where: $(cat err)"
}
bad 'listen = 127.0.0.1:0\n\nlisen = 127.0.0.1:0\n' 3 lisen
bad 'log-level = loud\n' 1 log-level
bad 'confirm-joins = perhaps\n' 1 confirm-joins
bad '[node]\nlisten = 127.0.0.1:0\n' 2 node
bad 'listen = 127.0.0.1:0\nnothing at all\n' 2 ''
bad 'listen =\n' 1 listen
bad 'log-level = info debug\n' 1 log-level
printf 'web = 0.0.0.0:1\nstore = %s/office\nlisten = 127.0.0.1:0\n' "$work" >bad.conf
exits 2 linlid --config bad.conf
exits 4 linlid --config nowhere.conf --check
exits 2 linlid --config linlid.conf --unknown
exits 0 linlid --help
grep -q -- '--log-format' out || fault "the keys are not in the help"
if command -v systemd-analyze >/dev/null; then
    level=$(systemd-analyze security --offline=true "$top/apps/linlid/linlid.service" 2>/dev/null | sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p')
    [ -z "$level" ] || python3 -c "import sys; sys.exit(float('$level') > 2.0)" || fault "the sandbox is open: $level"
fi

# --- serving: what it tells systemd is heard here
printf 'store = %s/office\nlisten = 127.0.0.1:0\nweb = 127.0.0.1:0\nlog-format = json\n' "$work" >linlid.conf
rm -r conf.d
python3 - <<'P' &
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("notify.sock")
s.settimeout(60)
with open("notified", "w", buffering=1) as out:
    while True:
        word = s.recv(200).decode()
        print(word, file=out)
        if word == "STOPPING=1":
            break
P
pids+=($!)
listener=$!
for _ in $(seq 100); do [ -S notify.sock ] && break; sleep 0.05; done
NOTIFY_SOCKET=$work/notify.sock WATCHDOG_USEC=2000000 "$LINLI_BIN/linlid" --config linlid.conf >office.out 2>office.err &
daemon=$!
pids+=($daemon)
wait_for() { for _ in $(seq 200); do grep -q "$1" "$2" 2>/dev/null && return; sleep 0.05; done; fault "no '$1' in $2: $(cat "$2")"; }
wait_for READY=1 notified
address=$(sed -n 's/^listening on //p' office.out)
figures=$(sed -n 's/^figures on //p' office.out)
linli join --store phone "$(linli invite --store office --scope 样板社区/1栋 --role captain --name 样例甲)" --quiet >/dev/null
linli set household --store phone --scope 样板社区/1栋 room=101 >/dev/null
linli sync --store phone "$address" --quiet >/dev/null
wait_for WATCHDOG=1 notified
wait_for '"event":"session"' office.err
python3 -c 'import json, sys; [json.loads(line) for line in open("office.err")]' || fault "the log is no JSON Lines: $(cat office.err)"

# --- figures, and HTTP that means no good
python3 - "$figures" >answers <<'P'
import http.client, socket, sys, urllib.parse
at = urllib.parse.urlparse(sys.argv[1])
def ask(path, method="GET", body=None, **headers):
    c = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
    c.request(method, path, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
    r = c.getresponse()
    return r.status, r.read().decode(), r.getheader("Content-Type"), r.getheader("Cache-Control")
status, text, kind, cache = ask("/metrics")
assert status == 200 and "0.0.4" in kind and cache == "no-store", (status, kind)
values = dict(line.split(" ") for line in text.splitlines() if not line.startswith("#"))
assert float(values["linli_sessions_settled_total"]) >= 1, values
assert float(values["linli_records"]) >= 3 and float(values["linli_store_bytes"]) > 0, values
status, text, kind, _ = ask("/metrics", Accept="application/openmetrics-text")
assert status == 200 and "openmetrics" in kind and text.endswith("# EOF\n") and "# TYPE linli_sessions_settled counter" in text
assert ask("/healthz")[:2] == (200, "ok\n")
assert ask("/healthz", Host="evil.example")[0] == 421
assert ask("/metrics", "POST", b"x" * 100)[0] == 405
for path in ("/", "/../etc/passwd", "/%2e%2e/metrics", "/metrics/", "/healthz?x=1".replace("?x=1", "%00"), "/" + "a" * 3000):
    assert ask(path)[0] in (400, 404), path
held = [socket.create_connection((at.hostname, at.port)) for _ in range(100)]
for s in held: s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ")
assert ask("/healthz")[0] == 200  # beside those who never finish their headers
held[0].sendall(b"y" * 200000)    # and one who never ends
assert ask("/healthz")[0] == 200
print("fine")
P
same "$(cat answers)" fine
! grep -q 样例甲 office.err office.out || fault "a name is in the log"

# --- reload: the log changes, the session does not
printf 'store = %s/office\nlisten = 127.0.0.1:0\nlog-level = trace\n' "$work" >linlid.conf
kill -HUP "$daemon"
wait_for RELOADING=1 notified
wait_for ' info reloaded' office.err
linli status --store office --quiet >/dev/null
wait_for ' trace call' office.err
echo 'nonsense = 1' >linlid.conf
kill -HUP "$daemon"
wait_for 'linlid.conf:1' office.err
linli sync --store phone "$address" --quiet >/dev/null

# --- the end
kill -TERM "$daemon"
rc=0; wait "$daemon" || rc=$?
same "$rc" 0
wait "$listener"
same "$(tail -n 1 notified)" STOPPING=1
linli verify --store office --quiet >/dev/null
