#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Sends what the inference service would: API processes take requests and create jobs, workers take the jobs, and executors
compute; one executor is killed now and then while it computes. The queue of jobs between API and workers is a pipe, so that +1 and
-1 come from different processes. With --trouble models time out and are slow, and the workers do not keep up.

What the processes count with is metrics.py, which is prometheus_client's; `import statgate.prometheus` alone has it sent here.
"""
import argparse
import fcntl
import os
import random
import select
import signal
import sys
import time

PERIOD_S = 0.25
KILL_S = 10  # how often an executor is killed
DYING_S = 0.2  # from its last sample until then, so that the daemon can read it while the process lives
END_S = 10  # for an orderly end of all processes
REQUESTS = 12  # of an API process in a round
JOBS, PENDING = 6, 4  # created by an API process in a round; in the first, some more
RUSH = 40  # more in each round with --trouble: one tenant's batch, all of one model
# How many jobs the queue has room for, a byte each; others are refused. That is sixteen pages of a pipe. The kernel frees a page
# only when all of it was read, so a queue of one page would be full, then empty, and its depth would not stay high.
QUEUED = 65536
F_SETPIPE_SZ = 1031
MODELS = (("my_model", "v1", 0.02), ("my_model", "v2", 0.03), ("resnet", "2024-06", 0.05), ("whisper", "large-v3", 0.2))
TENANTS = ("acme", "globex", "initech")
DEVICES = ("cpu", "cuda:0")


class Process:
    """What the functions of a role see. The random numbers of a process are the same in each run."""

    def __init__(self, options, role, index):
        self.options, self.role, self.index = options, role, index
        self.round = 0
        self.random = random.Random(f"{role} {index}")
        self.queue = options.queue

    def deliver(self):
        """Waits for a busy daemon: long if all has to arrive; a service would not wait at all."""
        return statgate.prometheus.flush(2 if self.options.rounds else 0.05)


# ---- API ----


def fail(name, version, tenant, cause):
    metrics.inference_errors_total.labels(model=name, version=version, error_type=cause, tenant=tenant).inc()


def request(process):
    trouble, chance = process.options.trouble, process.random.random()
    name, version, median_s = process.random.choice(MODELS)
    tenant = process.random.choice(TENANTS)
    latency_s = median_s * (25 if trouble else 1) * 4 ** (2 * process.random.random() - 1)
    metrics.inference_requests_total.labels(model=name, version=version, tenant=tenant).inc()
    if trouble and chance < 0.12:
        fail(name, version, tenant, "timeout")
        latency_s = 5
    elif chance < (0.2 if trouble else 0.002):
        fail(name, version, tenant, "inference_error")
    metrics.inference_latency_seconds.labels(model=name, version=version, tenant=tenant).observe(latency_s)


def create_jobs(process):
    count = JOBS + (PENDING if process.round == 0 else 0)
    jobs = [process.random.randrange(len(MODELS)) for _ in range(count)] + [0] * (RUSH if process.options.trouble else 0)
    for job in jobs:
        metrics.job_queue_depth.labels(*MODELS[job][:2]).inc()
    process.deliver()  # the jobs must be counted before a worker can take them
    try:
        put = os.write(process.queue[1], bytes(jobs))
    except BlockingIOError:
        put = 0
    for job in jobs[put:]:
        metrics.job_queue_depth.labels(*MODELS[job][:2]).dec()


def serve(process):
    for _ in range(REQUESTS):
        request(process)
    # A client's typing error: one, or again and again with --trouble. It is counted as others are, but not timed.
    if process.index == 0 and process.round % 4 == 0 and (process.round == 0 or process.options.trouble):
        metrics.inference_requests_total.labels(model="my_modle", version="v1", tenant="acme").inc()
        fail("my_modle", "v1", "acme", "model_not_found")
    create_jobs(process)


# ---- workers and executors ----


def work(process):
    """Takes as many jobs as are created, except those that are pending from the first round. With --rounds, waits for them."""
    for _ in range(JOBS):
        if not select.select([process.queue[0]], [], [], 0.5 if process.options.rounds else 0)[0]:
            return
        try:
            job = os.read(process.queue[0], 1)[0]
        except BlockingIOError:  # another worker was faster
            continue
        metrics.job_queue_depth.labels(*MODELS[job][:2]).dec()


def execute(process):
    """Ends the calls of the round before and begins others, so that some are always active."""
    for calls, device in enumerate(DEVICES, 1):
        if process.round > 0:
            metrics.executor_inflight.labels(device).dec(calls)
        metrics.executor_inflight.labels(device).inc(calls)
        if process.options.trouble and process.round > 0 and process.random.random() < 0.5:
            metrics.executor_timeouts_total.labels(device).inc()


def stop_executing(process):
    for calls, device in enumerate(DEVICES, 1):
        metrics.executor_inflight.labels(device).dec(calls if process.round > 0 else 0)


ROLES = {"api": (2, serve), "worker": (2, work), "executor": (2, execute)}


# ---- processes ----


def live(process, parent, reports):
    """A process until the pipe from its parent ends, which it also does when the parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    do_round, options = ROLES[process.role][1], process.options
    next_s, ended = time.monotonic(), False
    while not ended and not 0 < options.rounds <= process.round:
        do_round(process)
        process.round += 1
        if not process.deliver() and options.rounds:
            sys.exit(f"no daemon takes what {process.role} {process.index} sends: {statgate.prometheus.client.error}")
        next_s += PERIOD_S
        ended = bool(select.select([parent], [], [], 0 if options.rounds else max(0.0, next_s - time.monotonic()))[0])

    def report():
        os.write(reports, b"%d %d %d\n" % (os.getpid(), process.round, statgate.prometheus.client.lost))
    if not ended:
        report()
        select.select([parent], [], [])
    if process.role == "executor":
        stop_executing(process)
        process.deliver()
    if not options.rounds:
        report()


class Parent:
    """Starts the processes, kills the executor that is due, and says what was sent."""

    def __init__(self, options):
        self.options = options
        self.reports, self.report_to = os.pipe()
        self.children = {}  # role, index, whether it is to be killed, and when, by process
        self.rounds = self.lost = self.count = 0
        self.reported = set()
        self.is_ended = self.is_failed = self.is_printed = False

    def start(self, role, index, is_doomed):
        from_parent, to_child = os.pipe()
        child = os.fork()
        if child == 0:
            for _, _, _, _, other in self.children.values():
                os.close(other)
            os.close(to_child)
            live(Process(self.options, role, index), from_parent, self.report_to)
            statgate.prometheus.client.close()
            os._exit(0)
        os.close(from_parent)
        kill_s = time.monotonic() + KILL_S if is_doomed and not self.options.rounds else None
        self.children[child] = [role, index, is_doomed, kill_s, to_child]

    def take_reports(self):
        while select.select([self.reports], [], [], 0)[0]:
            for line in os.read(self.reports, 4096).splitlines():
                process, rounds, lost = map(int, line.split())
                self.rounds += rounds
                self.lost += lost
                self.reported.add(process)
                if self.options.rounds and process in self.children and self.children[process][2]:
                    self.children[process][3] = time.monotonic() + DYING_S  # killed with the values that it then owns

    def reap(self):
        while self.children:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                return
            role, index, is_doomed, _, to_child = self.children.pop(process)
            os.close(to_child)
            was_killed = is_doomed and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            if was_killed and not self.is_ended and not self.options.rounds:
                self.start(role, index, True)
            elif not was_killed and (not self.is_ended or status != 0):
                print(f"a process ({role}) ended without a request to", file=sys.stderr)
                self.is_failed = self.is_ended = True

    def kill_due(self):
        for process, child in self.children.items():
            if child[3] is not None and time.monotonic() >= child[3]:
                child[3] = None
                os.kill(process, signal.SIGKILL)

    def say(self):
        print(f"sent {self.rounds} rounds of {self.count} processes, {self.lost} samples lost", flush=True)
        self.is_printed = True

    def end(self, *_):
        self.is_ended = True

    def run(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.end)
        for role, (count, _) in ROLES.items():
            may_die = role == "executor"
            for index in range(count + (may_die and self.options.rounds > 0)):  # with --rounds, the one to be killed is one more
                self.start(role, index, may_die and index == (count if self.options.rounds else count - 1))
                self.count += 1
        end_s = time.monotonic() + (self.options.seconds or 1e9)
        while not self.is_ended and time.monotonic() < end_s:
            ready = select.select([sys.stdin] if self.is_printed else [], [], [], 0.02)[0]
            self.kill_due()
            self.take_reports()
            self.reap()
            are_dying = any(child[2] for child in self.children.values())
            if self.options.rounds and len(self.reported) == self.count and not are_dying and not self.is_printed:
                self.say()
            if ready and not os.read(0, 256):
                break
        self.is_ended = True
        for *_, to_child in self.children.values():
            os.write(to_child, b"e")
        end_s = time.monotonic() + END_S
        while self.children:
            self.take_reports()
            self.reap()
            if time.monotonic() >= end_s:
                for process in self.children:
                    os.kill(process, signal.SIGKILL)
            time.sleep(0.01)
        self.take_reports()
        if not self.is_printed:
            self.say()
        return self.is_failed or bool(self.options.rounds and self.lost)


def whole(text):
    if not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError("a whole number is needed")
    return int(text)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--socket", metavar="PATH", help="the daemon's socket; else $STATGATE_SOCKET, else the default places")
length = parser.add_mutually_exclusive_group()
length.add_argument("--seconds", metavar="N", type=whole, default=0, help="end after N seconds; else by Ctrl-C")
length.add_argument("--rounds", metavar="N", type=whole, default=0,
                    help="N rounds of each process without pauses; then all stay until standard input is closed")
parser.add_argument("--trouble", action="store_true", help="a load that the alerts are for")
arguments = parser.parse_args()
arguments.queue = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
fcntl.fcntl(arguments.queue[1], F_SETPIPE_SZ, QUEUED)

# Where the package is not installed, it lies beside.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../client/python"))
sys.dont_write_bytecode = True
if arguments.socket:
    os.environ["STATGATE_SOCKET"] = arguments.socket
os.environ["STATGATE_UPDOWN"] = "executor_inflight,job_queue_depth"
import statgate.prometheus  # noqa: E402
import metrics  # noqa: E402

sys.exit(Parent(arguments).run())
