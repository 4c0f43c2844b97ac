# SPDX-License-Identifier: MIT
"""What bench_load is for programs in Python: the same orders, series and answers.

    load.py prometheus_client FOLDER PROCESSES SERIES   a Counter in each worker, multi-process mode
    load.py libstatgate LIBRARY SOCKET PROCESSES SERIES  statgate_client_count, through ctypes
    load.py prepared LIBRARY SOCKET PROCESSES SERIES     prepared counters
    load.py serve FOLDER PORT                            scrapes of the folder, as prometheus_client's page describes
"""
import ctypes
import os
import sys
import time

CODES = ("200", "301", "404", "500")
BATCH = 64


def labels(series):
    return [(f"r{i // 4}", CODES[i % 4]) for i in range(series)]


def prometheus_client(folder):
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    from prometheus_client import Counter
    requests = Counter("bench_requests", "Requests.", ["route", "code"])
    return (lambda route, code: requests.labels(route, code).inc()), (lambda: 0)


def libstatgate(library, socket, prepared):
    lib = ctypes.CDLL(library)
    lib.statgate_client_new.restype = lib.statgate_client_counter.restype = ctypes.c_void_p
    lib.statgate_client_new.argtypes = [ctypes.c_char_p]
    lib.statgate_client_counter.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
    lib.statgate_client_count.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_double, ctypes.c_char_p]
    lib.statgate_metric_add.argtypes = [ctypes.c_void_p, ctypes.c_double]
    lib.statgate_client_flush_wait.argtypes = [ctypes.c_void_p, ctypes.c_uint]
    lib.statgate_client_lost.argtypes, lib.statgate_client_lost.restype = [ctypes.c_void_p], ctypes.c_uint64
    client = ctypes.c_void_p(lib.statgate_client_new(socket.encode()))
    counters, add, send = {}, lib.statgate_metric_add, lib.statgate_client_count

    def count(route, code):
        send(client, b"bench_requests_total", 1, f"route:{route},code:{code}".encode())

    def count_prepared(route, code):
        counter = counters.get((route, code))
        if counter is None:
            text = f"route:{route},code:{code}".encode()
            counter = ctypes.c_void_p(lib.statgate_client_counter(client, b"bench_requests_total", text))
            counters[route, code] = counter
        add(counter, 1)

    def lost():
        lib.statgate_client_flush_wait(client, 2000)
        return lib.statgate_client_lost(client)

    return (count_prepared if prepared else count), lost


def follow(order, number, processes, all_labels, state, count, lost):
    """Returns the next state, and the answer of this process."""
    words = order.split()
    rate = int(words[1])
    if words[0] == "all":
        wanted = list(range(number, len(all_labels), processes))
    else:
        wanted = []
        for _ in range(int(words[0])):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            wanted.append((state >> 33) % len(all_labels))
    before, cpu, start = lost(), 0, time.monotonic()
    for at in range(0, len(wanted), BATCH):
        time.sleep(max(0, start + at / rate - time.monotonic()))
        batch = [all_labels[i] for i in wanted[at:at + BATCH]]
        begun = time.thread_time_ns()
        for route, code in batch:
            count(route, code)
        cpu += time.thread_time_ns() - begun
    return state, f"{len(wanted)} {lost() - before} {cpu}"


def work(number, processes, series, way, orders, results):
    ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
    count, lost = way()
    all_labels, state = labels(series), (number + 1) * 0x9E3779B97F4A7C15 % 2**64
    for order in os.fdopen(orders):
        state, answer = follow(order, number, processes, all_labels, state, count, lost)
        os.write(results, (answer + "\n").encode())
    os._exit(0)


def lead(way, processes, series):
    """Passes orders on, and adds the answers up."""
    read_results, write_results = os.pipe()
    orders = []
    for number in range(processes):
        read_orders, write_orders = os.pipe()
        if os.fork() == 0:
            for other in [write_orders, read_results, *orders]:
                os.close(other)
            work(number, processes, series, way, read_orders, write_results)
        os.close(read_orders)
        orders.append(write_orders)
    os.close(write_results)
    results = os.fdopen(read_results)
    for order in sys.stdin:
        for pipe in orders:
            os.write(pipe, order.encode())
        answers = [[int(word) for word in results.readline().split()] for _ in orders]
        print(*map(sum, zip(*answers)), flush=True)


def serve(folder, port):
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    from wsgiref.simple_server import WSGIRequestHandler, make_server
    from prometheus_client import CollectorRegistry, make_wsgi_app, multiprocess

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_):
            pass

    def answer(environ, start_response):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
        return make_wsgi_app(registry)(environ, start_response)

    make_server("127.0.0.1", port, answer, handler_class=Quiet).serve_forever()


def main(kind, *rest):
    if kind == "serve":
        serve(rest[0], int(rest[1]))
    elif kind == "prometheus_client":
        lead(lambda: prometheus_client(rest[0]), int(rest[1]), int(rest[2]))
    elif kind in ("libstatgate", "prepared"):
        lead(lambda: libstatgate(rest[0], rest[1], kind == "prepared"), int(rest[2]), int(rest[3]))
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
