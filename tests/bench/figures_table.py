# SPDX-License-Identifier: MIT
"""The table of tests/bench/figures: what measures, and what the pages say of it."""

# Each program of tests/bench, its arguments, and those of its shortest form (None: it has none).
# BUILD and SOURCE are the folders.
PROGRAMS = {
    "ingest": (["bench_ingest", "30"], ["bench_ingest", "1"]),
    "rejects": (["bench_rejects"], ["bench_rejects", "1"]),
    "streams": (["bench_streams", "150"], ["bench_streams", "2"]),
    "owned": (["bench_owned"], ["bench_owned", "1"]),
    "send": (["bench_send", "7"], ["bench_send", "1"]),
    "run": (["bench_run"], ["bench_run", "5"]),
    "client": (["bench_client", "7"], ["bench_client", "1"]),
    "python": (["SOURCE/tests/bench/bench_prometheus", "BUILD"], ["SOURCE/tests/bench/bench_prometheus", "BUILD", "1", "4", "100"]),
    "breaker": (["bench_breaker", "15"], ["bench_breaker", "1"]),
    "render": (["bench_render", "100000", "15"], ["bench_render", "1000", "1"]),
    "gzip": (["bench_gzip"], ["bench_gzip", "1000", "1"]),
    "restore": (["bench_restore", "25000"], ["bench_restore", "100"]),
    "live": (["bench_live"], ["bench_live", "--series", "100", "--seconds", "1"]),
    "turns": (["bench_turns", "5"], ["bench_turns", "1", "folds"]),
    "fleet": (["SOURCE/tests/bench/86_fleet_cost.sh", "BUILD"], None),
}


def is_long(name):
    return PROGRAMS[name][1] is None


def command(name, build, source, quick):
    words = PROGRAMS[name][1 if quick and PROGRAMS[name][1] else 0]
    if words[0].startswith("bench_"):
        words = [f"BUILD/tests/bench/{words[0]}", *words[1:]]
    return [word.replace("BUILD", str(build)).replace("SOURCE", str(source)) for word in words]


README = "README.md"
PERFORMANCE = "packaging/doc/PERFORMANCE.md"
CLIENTS = "packaging/doc/CLIENTS.md"
PROTOCOL = "proto/PROTOCOL.md"
CAPACITY = "packaging/doc/CAPACITY.md"

# In the tables of these pages every number is measured.
PAGES_OF_FIGURES = [PERFORMANCE]

# A page, and a piece of it with figures: see figures_page.py.
FIGURES = [
    # what a client pays
    (README, "An add to a prepared counter in C takes {client.add} ns"),
    (CLIENTS, "makes a system call, {send.ready:us} µs"),
    (CLIENTS, "A use costs {client.add} ns"),
    (CLIENTS, "samples wait in the handle, which is {send.handle:KiB} KiB"),
    (CLIENTS, "for some {send.waiting} series of 90 bytes"),
    ("client/statgate/base.h", "The default has room for {send.waiting} series with 90 bytes"),
    ("client/statgate/base.h", "a failing connect: {send.connect:us} microseconds"),
    ("client/statgate/handle.h", "A handle, about {send.handle:KiB} KiB"),
    (PROTOCOL, "A failing one costs {send.connect:us} µs"),
    (PROTOCOL, "a refused send costs {send.refused} times as much as a good one"),
    (PROTOCOL, "the usual 208 KiB hold some {send.buffer} small datagrams"),
    (PERFORMANCE, "| a command as a job, `statgate run` | {run.timeout} times `timeout` with the same command |"),
    (PERFORMANCE, "| an add to a prepared counter, 64 of them in turn | {client.add} ns |"),
    (PERFORMANCE, "| an observation of a prepared histogram | {client.observation} ns |"),
    (PERFORMANCE, "formatting, packing and sending | {client.observation.sent} times a number and ready bytes |"),
    (PERFORMANCE, "| an add to a counter that threads share | {client.shared} ns |"),
    (PERFORMANCE, "| the same while another thread adds, too | {client.shared.two} ns of a core |"),
    (PERFORMANCE, "| one call of `statgate_count`, with its system call | {send.count} times a send of ready bytes |"),
    (PERFORMANCE, "| that send | {send.ready} ns |"),
    *((PERFORMANCE, f"| {use} | {{python.{name}.library}} | {{python.{name}.alone}} |")
      for use, name in (("`inc()`", "inc"), ("`observe()`", "observe"), ("`labels(…).inc()`", "labels"),
                        ("`labels(key=…).inc()`", "keywords"), ("`set()` of a gauge", "set"))),
    (PERFORMANCE, "A scrape of 10,000 series of 48 workers takes {python.scrape} of"),
    (PERFORMANCE, "| a breaker check while closed | {breaker.closed.read} times a read of memory |"),
    (PERFORMANCE, "| a breaker check that has to compare the beat | {breaker.open.read} times a read of memory |"),

    # what a sample costs the daemon
    *((PERFORMANCE, f"| {series:,} | {datagram} | {{ingest.{series}.{how}.discard}} | {{ingest.{series}.{how}.bare}} |")
      for series in (100, 10000, 100000)
      for datagram, how in (("one line", "line"), ("1432 bytes", "packed"))),
    *((PERFORMANCE, f"| {line} | {{rejects.{kind}.*}} |")
      for line, kind in (("cannot be read", "malformed"),
                         ("has a name that no catalog has", "unknown_name"),
                         ("has a label that its family has not", "unknown_label"),
                         ("has a value that its label has not", "refused_value"),
                         ("has a value that is counted as another", "folded"))),
    *((PERFORMANCE, f"| {way} | {{streams.line.{name}}} | {{streams.packed.{name}}} |")
      for way, name in (("UDP", "udp"), ("a Unix stream of lines", "lines"),
                        ("a Unix stream of Datadog's frames", "frames"))),
    (PERFORMANCE, "values that do not, {owned.*.1} where one process"),
    (PERFORMANCE, "take turns on every series, {owned.*.8} (`bench_owned`)"),

    # what series cost
    (PERFORMANCE, "| 100,000 counters, gauges and histograms | {render.memory:MB} MB, {render.memory.series} bytes each |"),
    (PERFORMANCE, "| their exposition, a line | {render.*.line} ns |"),
    (PERFORMANCE, "| all of it, {render.openmetrics.page:MB} MB | {render.*.copy} times as long as to copy the bytes |"),
    (PERFORMANCE, "| compressing it by ISA-L | {gzip.to-zlib} of what zlib takes at level 1 |"),
    (PERFORMANCE, "| a daemon with nothing to do | {live.idle:MB} MB |"),
    (PERFORMANCE, "| a million counters in the file of a stopped daemon | {restore.counter.object} MB |"),
    ("packaging/man/statgate.1", "An idle daemon with small tables has some {live.idle:MB} MB."),
    ("packaging/man/statgated.8", "1,000,000 counters are {restore.counter.object} MB"),

    # what a fleet costs
    (CAPACITY, "| bytes of a scrape, plain | {fleet.openmetrics-text.identity.*} |"),
    (CAPACITY, "| {fleet.openmetrics-text.gzip.7980} of 7,980 lines; {fleet.openmetrics-text.gzip.1007} of 1,007 |"),
    (CAPACITY, "for a scrape, plain | {fleet.time.openmetrics-text.identity.7980} ns of 7,980 lines, "
               "{fleet.time.openmetrics-text.identity.1007} of 1,007, where"),
    (CAPACITY, "for a scrape, gzip by ISA-L | {fleet.time.openmetrics-text.gzip.7980} ns of 7,980 lines, "
               "{fleet.time.openmetrics-text.gzip.1007} of 1,007 |"),
    (CAPACITY, "| daemon's memory | {fleet.resident} MB, and {fleet.series.*} bytes |"),
    (CAPACITY, "| Prometheus: memory of a series in the head | {fleet.prometheus.memory} bytes |"),
    (CAPACITY, "| Prometheus: processor time to scrape and store a sample | {fleet.prometheus.time} ns |"),
    (CAPACITY, "| Prometheus: chunks of a block, for each sample | {fleet.prometheus.chunks} bytes"),
    (CAPACITY, "| Prometheus: index of a block, for each series | {fleet.prometheus.index} bytes |"),
    (CAPACITY, "| Prometheus: write-ahead log, for each sample | {fleet.prometheus.log} bytes,"),
    (CAPACITY, "| VictoriaMetrics: memory of a series | {fleet.victoriametrics.memory} bytes,"),
    (CAPACITY, "| VictoriaMetrics: processor time to scrape and store a sample | {fleet.victoriametrics.time} ns |"),
    (CAPACITY, "| VictoriaMetrics: data of a sample | {fleet.victoriametrics.data} bytes,"),
]
