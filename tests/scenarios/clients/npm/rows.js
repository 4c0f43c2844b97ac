// SPDX-License-Identifier: MIT
// The rows of the table in client/node/README.md, for scenario 139: with MAKE_CATALOG it only makes the metrics, for statgate-catalog;
// else, with the drop-in loaded, it checks each row with the daemon at $STATGATE_SOCKET and $STATGATE_METRICS.
"use strict";
const assert = require("assert");
const { fork, spawnSync } = require("child_process");
const cluster = require("cluster");
const http = require("http");
const prom = require("prom-client");

const early = new prom.Counter({ name: "r_early_total", help: "Made before the drop-in is loaded, if EARLY." });
const earlySeconds = new prom.Histogram({ name: "r_early_seconds", help: "Likewise." });
const earlyDepth = new prom.Gauge({ name: "r_early_depth", help: "Likewise." });
if (process.argv[2] !== "child") {
  early.inc(100);
  earlyDepth.set(7);
}
const dropIn = process.env.MAKE_CATALOG ? null : require(process.env.DROP_IN);

const gauge = (name, config) => new prom.Gauge({ name, help: "A gauge.", ...config });
const counter = (name, config) => new prom.Counter({ name, help: "A counter.", ...config });
const depth = gauge("r_depth");
const least = gauge("r_least", { aggregator: "min", labelNames: ["k"] });
const mean = gauge("r_mean", { aggregator: "average" });
const firstOf = gauge("r_first", { aggregator: "first" });
const omitted = gauge("r_omitted", { aggregator: "omit" });
const odd = gauge("r_odd", { aggregator: "max" });
const gone = gauge("r_gone", { labelNames: ["k"] });
const bare = counter("r_bare");
const text = counter("r_text_total", { labelNames: ["k"] });
const many = counter("r_many_total", { labelNames: ["n"] });
const partial = counter("r_partial_total", { labelNames: ["a", "b"] });
const fine = counter("r_fine_total");
const ended = counter("r_ended_total");
const untouched = counter("r_untouched_total");
const colon = counter("r:colon_total");
const empty = new prom.Histogram({ name: "r_empty", help: "Without observations.", labelNames: ["k"] });
const plain = new prom.Histogram({ name: "r_plain", help: "Bounds from 1.", buckets: [1, 2.5] });
const delta = new prom.Histogram({ name: "r_delta", help: "A bound below 0.", buckets: [-1, 0, 1] });
const size = new prom.Summary({ name: "r_size", help: "A size.", percentiles: [0.5, 0.9], maxAgeSeconds: 600, ageBuckets: 5 });
const own = new prom.Registry();
own.setDefaultLabels({ zone: "a" });
const zoned = counter("r_zoned_total", { registers: [own], labelNames: ["k"] });
const open = new prom.Registry(prom.Registry.OPENMETRICS_CONTENT_TYPE);
const example = counter("r_example_total", { registers: [open], enableExemplars: true });
counter("r_nowhere_total", { registers: [] }).inc();
const wide = counter("r_wide_total", { labelNames: ["n"] });
const wideGauge = gauge("r_wide", { labelNames: ["n"] });
const exiting = new prom.Summary({ name: "r_exiting", help: "Observed before the end." });
const late = counter("r_late_total", { registers: [], labelNames: ["k"] });
const queue = gauge("r_queue", { labelNames: ["k"] });
let polls = 0;
gauge("r_polled", {
  collect() {
    this.set(Math.min(++polls, 3));
  },
});
gauge("r_polled_late", {
  async collect() {
    await new Promise((resolve) => setTimeout(resolve, 20));
    this.set(4);
  },
});
gauge("r_throws", {
  collect() {
    throw new Error("the program's own");
  },
});
gauge("r_rejects", { collect: async () => Promise.reject(new Error("the program's own")) });

function page(accept = "text/plain") {
  return new Promise((resolve, reject) => {
    http.get(process.env.STATGATE_METRICS, { headers: { Accept: accept } }, (answer) => {
      let body = "";
      answer.on("data", (part) => (body += part)).on("end", () => resolve(body));
    }).on("error", reject);
  });
}

async function samples() {
  const lines = (await page()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]));
}

async function expect(series, wanted) {
  const until = Date.now() + 1000 * (process.env.STATGATE_TEST_HANG_S || 60);
  for (;;) {
    const found = (await samples())[series];
    if (found === wanted) return;
    assert(Date.now() < until, `${series} ${found}, expected ${wanted}; the client: ${dropIn.client.error}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const settled = () => new Promise((resolve) => setTimeout(() => resolve(dropIn.client.flush(60000)), 400));

// Performs the child's part of a row; the child then lives until it is told to end.
async function inChild(row) {
  const child = fork(__filename, ["child", row]);
  await new Promise((resolve, reject) => child.once("message", resolve).once("exit", reject));
  return () => new Promise((resolve) => child.once("exit", resolve).send("end"));
}

const childParts = {
  live() {
    depth.set(4);
    least.set({ k: "a" }, 2);
    mean.set(10);
    firstOf.set(20);
    ended.inc(3);
  },
  worker() {
    untouched.inc(5);
  },
};

childParts.queue = () => {
  queue.labels("a").dec();
  queue.inc({ k: "a" }, 0.5);
};

childParts.exits = () => {
  ended.inc(7); // the socket is not connected yet
  process.exit();
};
childParts.exitsLater = () => {
  setTimeout(() => {
    for (let n = 0; n < 20000; n++) exiting.observe(n / 1024);
    process.exit();
  }, 300);
};

const rows = {
  async metricsMadeBefore() {
    early.inc();
    earlySeconds.observe(0.2);
    await expect("r_early_total", 101);
    await expect("r_early_depth", 7);
    await expect("r_early_seconds_count", 1);
    assert.strictEqual((await early.get()).values[0].value, 101);
  },

  async gaugesOfLiveProcesses() {
    depth.set(3);
    least.labels("a").set(5);
    mean.set(2);
    firstOf.set(7);
    omitted.set(1);
    const end = await inChild("live");
    await expect("r_depth", 7);
    await expect('r_least{k="a"}', 2);
    await expect("r_mean", 10);
    await expect("r_first", 20);
    await expect("r_ended_total", 3);
    await end();
    await expect("r_depth", 3);
    await expect('r_least{k="a"}', 5);
    await expect("r_mean", 2);
    await expect("r_ended_total", 3);
    assert(!("r_omitted" in (await samples())));
  },

  async changes() {
    queue.inc({ k: "a" }, 5);
    queue.labels("a").set(4);
    await (await inChild("queue"))();
    await expect('r_queue{k="a"}', 3.5);
    queue.remove("a");
    await expect('r_queue{k="a"}', -0.5);
  },

  async collects() {
    await expect("r_polled", 3);
    await expect("r_polled_late", 4);
    const calls = polls;
    await new Promise((resolve) => setTimeout(resolve, 4500));
    assert(polls >= calls + 1 && polls <= calls + 3, `${polls - calls} calls in 4.5 s`);
  },

  async withoutSamples() {
    await expect("r_untouched_total", 0);
    empty.zero({ k: "a" });
    empty.labels("b").observe(0);
    await expect('r_empty_count{k="b"}', 1);
    assert(!('r_empty_count{k="a"}' in (await samples())));
    await expect("r_plain_count", 0);
  },

  async counterNames() {
    bare.inc(2);
    await expect("r_bare_total", 2);
    colon.inc();
    partial.inc({ a: "x" });
    partial.inc({ a: "x", b: undefined });
    await expect('r_partial_total{a="x"}', 2);
    zoned.inc({ k: "x" });
    await expect('r_zoned_total{k="x",zone="a"}', 1);
    own.setDefaultLabels({ zone: "b" });
    zoned.inc({ k: "x" });
    await expect('r_zoned_total{k="x",zone="b"}', 1);
    example.inc({ value: 2, exemplarLabels: { trace: "x" } });
    await expect("r_example_total", 2);
    assert(!/colon|nowhere|trace/.test(await page("application/openmetrics-text")));
  },

  async oddValues() {
    const { lost } = dropIn.client;
    odd.set(2);
    await expect("r_odd", 2);
    for (const value of [NaN, Infinity, -Infinity]) {
      odd.set(value);
      await settled();
    }
    assert.strictEqual(dropIn.client.lost, lost + 3);
    await expect("r_odd", 2);
    plain.observe(-1);
    plain.observe(0.5);
    plain.observe(1);
    await expect("r_plain_count", 2);
    await expect('r_plain_bucket{le="1"}', 2);
    delta.observe(-0.5);
    await expect('r_delta_bucket{le="0"}', 1);
    assert(!("r_delta_sum" in (await samples())));
    assert.strictEqual(dropIn.client.lost, lost + 3); // the daemon counts that one
  },

  async texts() {
    for (const value of ["a,b", "a|b", "a\nb", ""]) text.inc({ k: value });
    await expect('r_text_total{k="a_b"}', 3);
    await expect("r_text_total", 1); // an empty label is none
    for (let n = 0; n < 120; n++) many.labels(n).inc();
    await expect('r_many_total{n="other"}', 20);
  },

  async percentiles() {
    for (let n = 1; n <= 100; n++) size.observe(n);
    await expect("r_size_count", 100);
    const half = (await samples())['r_size{quantile="0.5"}'];
    assert(half > 48 && half < 53, `the median is ${half}`);
  },

  async removedSeries() {
    gone.set({ k: "a" }, 5);
    gone.set({ k: "b" }, 6);
    await expect('r_gone{k="a"}', 5);
    gone.remove("a");
    await expect('r_gone{k="a"}', 0);
    gone.reset();
    await expect('r_gone{k="b"}', 0);
    gone.labels("a").inc();
    await expect('r_gone{k="a"}', 1);
    bare.reset();
    bare.inc();
    await expect("r_bare_total", 3);
  },

  async manySeriesAtOnce() {
    const { lost } = dropIn.client;
    for (let n = 0; n < 6000; n++) {
      wide.inc({ n });
      wideGauge.set({ n }, 1);
    }
    await expect('r_wide_total{n="other"}', 5900);
    await expect('r_wide{n="99"}', 1);
    for (let n = 0; n < 6000; n++) wideGauge.remove({ n });
    await expect('r_wide{n="99"}', 0);
    wideGauge.reset(); // nothing is left to say 0 of
    gone.remove("never");
    await settled();
    assert(!('r_gone{k="never"}' in (await samples())));
    assert.strictEqual(dropIn.client.lost, lost);
  },

  async registries() {
    late.inc({ k: "a" }, 5);
    const first = new prom.Registry();
    first.setDefaultLabels(undefined);
    first.registerMetric(late);
    late.inc({ k: "a" });
    prom.Registry.merge([first, own]).setDefaultLabels({ zone: "merged" });
    late.inc({ k: "a" });
    await expect('r_late_total{k="a"}', 7);
    gone.set({ k: "cleared" }, 5);
    await expect('r_gone{k="cleared"}', 5);
    prom.register.removeSingleMetric("r_gone");
    gone.set({ k: "cleared" }, 6);
    await expect('r_gone{k="cleared"}', 0);
    first.clear();
    late.inc({ k: "a" });
    await settled();
    await expect('r_late_total{k="a"}', 7);
    assert.strictEqual(require(process.env.OTHER_COPY), dropIn);
  },

  async endsOfProcesses() {
    const before = (await samples()).r_ended_total;
    for (const part of ["exits", "exitsLater"])
      assert.strictEqual(spawnSync(process.execPath, [__filename, "child", part], { stdio: "inherit" }).status, 0);
    await expect("r_ended_total", before + 7);
    await expect("r_exiting_count", 20000);
  },

  async noTexts() {
    const { client } = dropIn;
    const none = Object.create(null);
    for (const value of [Symbol("x"), none, 5n, null, undefined, {}]) {
      client.count("r_nothing", value, { k: value });
      client.counter("r_nothing", value).add(value);
      client.attempt("r_nothing", value, value);
      client.job("r_nothing", value, value);
      client.begin("r_nothing", value)?.report(value, value);
      client.service(value);
      client.count(value);
    }
    client.service("rows");
  },

  async fractions() {
    for (let n = 0; n < 10; n++) fine.inc(0.1);
    await settled();
    assert(Math.abs((await samples()).r_fine_total - 1) < 1e-9);
  },

  async theClustersPrimary() {
    cluster.setupPrimary ? cluster.setupPrimary({ args: ["child", "worker"] }) : cluster.setupMaster({ args: ["child", "worker"] });
    const worker = cluster.fork();
    await new Promise((resolve) => worker.once("message", resolve));
    untouched.inc(2);
    await expect("r_untouched_total", 7);
    assert((await new prom.AggregatorRegistry().clusterMetrics()).includes("r_untouched_total 7"));
    worker.process.kill("SIGKILL");
    await new Promise((resolve) => worker.once("exit", resolve));
    await expect("r_untouched_total", 7);
  },

  async pages() {
    assert(/^r_early_total 101$/m.test(await prom.register.metrics()));
    assert((await open.metrics()).endsWith("# EOF\n"));
    assert(/^r_early_total 101$/m.test(await prom.AggregatorRegistry.aggregate([await own.getMetricsAsJSON()]).metrics()));
    assert((await prom.register.getSingleMetricAsString("r_bare")).endsWith("r_bare 1")); // this process's, since reset()
    const { STATGATE_METRICS } = process.env;
    process.env.STATGATE_METRICS = "http://127.0.0.1:1/metrics";
    assert(/^# no page at http:\/\/127.0.0.1:1\/metrics: .*\n# start statgated/.test(await prom.register.metrics()));
    assert((await open.metrics()).endsWith("# EOF\n"));
    process.env.STATGATE_METRICS = process.env.EMPTY_METRICS;
    assert(/^# no catalog declares.*statgate learn --service/.test(await prom.register.metrics()));
    process.env.STATGATE_METRICS = STATGATE_METRICS;
  },

  async pushed() {
    let body = "";
    const gateway = http.createServer((request, answer) => {
      request.on("data", (part) => (body += part)).on("end", () => answer.end());
    });
    await new Promise((resolve) => gateway.listen(0, "127.0.0.1", resolve));
    await new prom.Pushgateway(`http://127.0.0.1:${gateway.address().port}`, {}, own).push({ jobName: "j" });
    gateway.close();
    assert(/^r_zoned_total\{/m.test(body) && !/r_early/.test(body), body);
  },

  async errorsAsBefore() {
    const { lost } = dropIn.client;
    const calls = [() => early.inc(-1), () => early.inc("x"), () => text.inc({ unknown: 1 }), () => text.labels("a", "b"), () => depth.set("x"),
      () => plain.observe("x"), () => plain.observe({ unknown: 1 }, 1), () => size.observe(NaN), () => counter("r_early_total")];
    for (const call of calls) assert.throws(call);
    assert.strictEqual(dropIn.client.lost, lost);
  },
};

async function main() {
  if (process.argv[2] === "child") {
    childParts[process.argv[3]]();
    await settled();
    process.on("message", () => process.exit());
    process.send("ready");
    return;
  }
  for (const [name, row] of Object.entries(rows)) {
    await row().catch((error) => {
      console.error(`row ${name}: ${error.stack}`);
      process.exit(1);
    });
  }
  process.exit(0);
}

if (process.env.MAKE_CATALOG) new prom.Registry().registerMetric(late);
else main();
