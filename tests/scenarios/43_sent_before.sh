#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A scrape shows what was sent before it, also what no single receive can take: the loop receives it
# first. How much that may be has a bound in time, which a slow machine meets now and then.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_python socket
start_daemon --catalog "$scenarios/catalogs/pair.json"

cat >"$work/rounds.py" <<'PYTHON'
import re
import socket
import sys

ROUNDS, BURST = 100, 150  # three times what one receive takes

sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sender.connect(sys.argv[1])
scraper = socket.create_connection(("127.0.0.1", int(sys.argv[2])))


def scraped(path):
    scraper.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += scraper.recv(65536)
    head, body = answer.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
    while len(body) < length:
        body += scraper.recv(65536)
    return body.decode()


whole = dict.fromkeys(("/metrics/pair", "/debug/series?family=pair_first_total"), 0)
sent = 0
for path in whole:
    for _ in range(ROUNDS):
        for _ in range(BURST):
            sender.send(b"pair_first_total:1|c")
        sent += BURST
        page = scraped(path)
        whole[path] += str(sent) in re.findall(r"\d+", page)
print(*whole.values(), sent)
PYTHON
read -r scrapes views sent <<<"$("$python" "$work/rounds.py" "$socket" "$port")"
say "$scrapes of 100 scrapes and $views of 100 views showed all of the burst before them"
((scrapes >= 50 && views >= 50)) || fail "answers do not show what was sent before"
expect_metric pair_first_total "$sent"
expect_sums
stop_daemon
