"""The table of tests/bench/figures: what measures, and what the pages say of it."""

# Each program of tests/bench, its arguments, and those of its shortest form (None: it has none).
# BUILD and SOURCE are the folders.
PROGRAMS = {
    "ingest": (["bench_ingest", "30"], ["bench_ingest", "1"]),
    "rejects": (["bench_rejects", "15"], ["bench_rejects", "1"]),
    "owned": (["bench_owned", "30"], ["bench_owned", "1"]),
    "client": (["bench_client", "7"], ["bench_client", "1"]),
    "breaker": (["bench_breaker", "15"], ["bench_breaker", "1"]),
    "render": (["bench_render", "100000", "15"], ["bench_render", "1000", "1"]),
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


PERFORMANCE = "packaging/doc/PERFORMANCE.md"
CLIENTS = "packaging/doc/CLIENTS.md"

# In the tables of these pages every number is measured.
PAGES_OF_FIGURES = [PERFORMANCE]

# A page, and a piece of it with figures: see figures_page.py.
FIGURES = [
    *((PERFORMANCE, f"| {series:,} | {datagram} | {{ingest.{series}.{how}.discard}} | {{ingest.{series}.{how}.bare}} |")
      for series in (100, 10000, 100000)
      for datagram, how in (("one line", "line"), ("1432 bytes", "packed"))),
    (PERFORMANCE, "| 100,000 counters, gauges and histograms | {render.memory:MB} MB, {render.memory.series} bytes each |"),
    (PERFORMANCE, "| their exposition of {render.openmetrics.page:MB} MB | {render.*.copy} times as long to render as to copy |"),
    (PERFORMANCE, "one process writing its series again and again | {owned.*.1:% more} % of a packed sample's CPU |"),
    (PERFORMANCE, "eight processes taking turns on every series | {owned.*.8:% more} % |"),
    (PERFORMANCE, "breaker check while closed | {breaker.closed.read} memory reads |"),
    (PERFORMANCE, "that has to compare the beat | {breaker.open.read} memory reads |"),
]
