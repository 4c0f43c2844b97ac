#!/usr/bin/env python3
"""Clients that follow /debug/events.

follow URL LAST COUNT   print so many events as `ID KIND NAME`, after the id LAST ("" is: from now on), coming again with
                        the last id whenever the stream ends
crowd URL COUNT         follow with so many connections; print what the one after them is answered; stay
stall URL LAST          ask for all after the id LAST, and take nothing of it
"""
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


def crowd(url, count):
    streams = [urllib.request.urlopen(request(url, ""), timeout=120) for _ in range(int(count))]
    try:
        urllib.request.urlopen(request(url, ""), timeout=120)
        print("taken", flush=True)
    except urllib.error.HTTPError as error:
        print(error.code, json.loads(error.read())["error"], flush=True)
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
