#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients that follow /debug/events.

follow URL LAST COUNT   print so many events as `ID KIND NAME`, after the id LAST ("" is: from now on), coming again with
                        the last id whenever the stream ends
crowd URL COUNT SOURCE...  from each of these addresses, follow with so many connections; print how many may, and what the
                        one after them is answered; stay
stall URL LAST          ask for all after the id LAST, and take nothing of it
"""
import http.client
import json
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def request(url, last):
    headers = {"Accept": "text/event-stream"}
    if last != "":
        headers["Last-Event-ID"] = last
    return urllib.request.Request(url + "/debug/events", headers=headers)


def events_of(stream):
    lines = {}
    for line in stream:
        text = line.decode().rstrip("\n")
        if text == "" and "data" in lines:
            yield lines
        if text == "":
            lines = {}
        elif not text.startswith(":"):
            key, _, value = text.partition(": ")
            lines[key] = value


def follow(url, last, count):
    left = int(count)
    while left > 0:
        try:
            with urllib.request.urlopen(request(url, last), timeout=120) as stream:
                assert stream.headers["Content-Type"] == "text/event-stream"
                print("following", flush=True)
                for event in events_of(stream):
                    data = json.loads(event["data"])
                    assert str(data["id"]) == event["id"] and data["event"] == event["event"], event
                    print(event["id"], event["event"], data["name"], flush=True)
                    last = event["id"]
                    left -= 1
                    if left == 0:
                        return
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.2)


def follow_from(url, source):
    """The answer to a follower whose address is `source`."""
    parts = urllib.parse.urlsplit(url)
    client = http.client.HTTPConnection(parts.hostname, parts.port, timeout=120, source_address=(source, 0))
    client.request("GET", "/debug/events", headers={"Accept": "text/event-stream"})
    return client.getresponse()


def crowd(url, count, *sources):
    streams = []
    for source in sources:
        streams += [follow_from(url, source) for _ in range(int(count))]
        print(source, [stream.status for stream in streams[-int(count):]].count(200), flush=True)
        refused = follow_from(url, source)
        print(source, refused.status, "" if refused.status == 200 else json.loads(refused.read())["error"], flush=True)
    print("that is all", flush=True)
    sys.stdin.read()
    del streams


def stall(url, last):
    parts = urllib.parse.urlsplit(url)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.connect((parts.hostname, parts.port))
        client.sendall(f"GET /debug/events HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: text/event-stream\r\n"
                       f"Last-Event-ID: {last}\r\n\r\n".encode())
        print("stalled", flush=True)
        time.sleep(60)


if __name__ == "__main__":
    {"follow": follow, "crowd": crowd, "stall": stall}[sys.argv[1]](*sys.argv[2:])
