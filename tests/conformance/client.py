#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Python client for the conformance kit. STATGATE_LIBRARY says which of its two senders."""
import json
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../client/python"))
import statgate

client = statgate.Client()
things = {}


def labels_of(operation):
    return dict(map(tuple, operation.get("labels", [])))


def perform(o):
    op, name, labels = o["op"], o.get("name"), labels_of(o)
    if op in ("count", "set", "add", "observe"):
        return getattr(client, op)(name, o["value"], **labels)
    if op == "info":
        return client.info(name, **labels)
    if op == "state":
        return client.state(name, o["state"], **labels)
    if op in ("attempt", "circuit"):
        return getattr(client, op)(name, o["word"], **labels)
    if op == "job":
        return client.job(name, o["word"], o["instance"], **labels)
    if op == "prepare":
        things[o["id"]] = getattr(client, o["kind"])(name, **labels)
        return True
    if op == "use":
        thing = things[o["id"]]
        return {"c": thing.add, "u": thing.add, "g": thing.set, "h": thing.observe}[o["id"][0]](o["value"])
    if op == "report":
        thing = things[o["id"]]
        return thing.report(o["word"], o.get("seconds", o.get("instance")))
    if op == "begin":
        things[o["id"]] = client.begin(name, **labels)
        return things[o["id"]] is not None
    if op == "drop":
        things[o["id"]].drop()
        return True
    if op == "flush":
        return client.flush(o["timeout"])
    if op == "fork":
        child = os.fork()
        if child == 0:
            os._exit(0 if all([perform(operation) for operation in o["ops"]]) else 1)
        return os.waitpid(child, 0)[1] == 0
    if op == "threads":
        sys.setswitchinterval(1e-6)  # so that they meet
        done = []
        threads = [threading.Thread(target=lambda: done.extend(perform(operation) for operation in o["ops"] * o["times"])) for _ in range(o["count"])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return all(done)
    if op == "can":
        return True
    return {"value": getattr(client, op)}


for line in sys.stdin:
    answer = perform(json.loads(line))
    print(json.dumps(answer if isinstance(answer, dict) else {"ok": answer}), flush=True)
