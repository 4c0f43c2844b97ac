// SPDX-License-Identifier: MIT
// Random prom-client programs, for scenario 138: each is run in a cluster by prom-client and by the drop-in, and the pages are to be
// equal but for the table of client/node/README.md.
//
//   programs.js prom-client FIRST COUNT    what AggregatorRegistry shows of the programs FIRST to FIRST+COUNT-1
//   programs.js statgate FIRST COUNT       the same programs by the drop-in; the processes stay until standard input ends
//   programs.js compare WANTED URL         its samples against the page
//
// With MAKE_CATALOG it only makes the metrics, for statgate-catalog. A program is a seed. Names begin with its number, so that many
// are in one process. Values are multiples of 1/1024, so sums are exact in any order.
"use strict";
const cluster = require("cluster");
const fs = require("fs");
const http = require("http");

const WORKERS = 3;
const TEXTS = ["a", "b", "GET", "/orders/{id}", "x y", "\u00e9t\u00e9", 'say "hi"', "back\\slash", "k:v", 2, 3.5, true, null];

// Numbers of a seed.
class Random {
  constructor(seed) {
    this.state = 2166136261;
    for (const letter of String(seed)) this.state = Math.imul(this.state ^ letter.charCodeAt(0), 16777619);
  }
  next() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(n) {
    return Math.floor(this.next() * n);
  }
  one(list) {
    return list[this.below(list.length)];
  }
  number(low = -4096, high = 8192) {
    return (low + this.below(high - low)) / 1024;
  }
}

let ticks = 0;
function steadyClock() {
  const { bigint } = process.hrtime;
  process.hrtime = (since) => {
    const passed = ++ticks - (since ? since[2] : 0);
    return [Math.floor(passed / 1024), (passed % 1024) * (1e9 / 1024), ticks];
  };
  process.hrtime.bigint = bigint;
}

function atSteadyTime(action) {
  const { now } = Date;
  Date.now = () => 1.7e12 + ++ticks * 125;
  action();
  Date.now = now;
}

class Program {
  constructor(prom, registries, seed, who) {
    const random = new Random(seed);
    this.seed = seed;
    this.metrics = [];
    const count = 3 + random.below(4);
    for (let i = 0; i < count; i++) {
      const kind = random.one(["Counter", "Gauge", "Histogram", "Summary"]);
      const enableExemplars = (kind === "Counter" || kind === "Histogram") && random.below(5) === 0;
      const registry = enableExemplars ? registries[2] : registries[random.below(2)];
      const labelNames = ["l0", "l1", "l2"].slice(0, random.one([0, 0, 1, 1, 2, 3]));
      const name = `p${seed}_${kind.toLowerCase()}_${i}${kind === "Counter" && random.below(2) ? "_total" : ""}`;
      const config = { name, help: `A ${kind} of \\ program\n${seed}.`, labelNames, registers: [registry] };
      if (enableExemplars) config.enableExemplars = true;
      if (kind === "Gauge") config.aggregator = random.one(["sum", "sum", "min", "max", "omit"]);
      if (kind === "Gauge" && random.below(4) === 0) {
        const value = new Random(`${seed} ${who} ${i}`).number();
        const isAsync = random.below(2) === 1;
        const set = (gauge) => (labelNames.length === 0 ? gauge.set(value) : gauge.labels(...labelNames).set(value));
        config.collect = isAsync
          ? async function () {
              await new Promise(setImmediate);
              set(this);
            }
          : function () {
              set(this);
            };
      }
      if (kind === "Histogram" && random.below(5) !== 0) {
        const bounds = Array.from({ length: 2 + random.below(7) }, () => random.number());
        bounds.push(2); // prom-client 15 counts what is above all bounds in that of -1, if there is one
        config.buckets = [...new Set(bounds)].filter((bound) => bound !== -1).sort((a, b) => a - b);
      }
      const metric = new prom[kind](config);
      this.metrics.push({ kind, metric, labelNames, config, low: kind === "Histogram" && metric.buckets[0] < 0 ? -4096 : 0 });
    }
  }

  // What one process does.
  perform(who) {
    const random = new Random(`${this.seed} ${who}`);
    if (who === 1) for (const { kind, metric, labelNames } of this.metrics) if (labelNames.length === 0 && /Hi|Su/.test(kind)) this.observe(random, metric, {}, 1);
    for (let n = 10 + random.below(50); n > 0; n--) {
      const it = random.one(this.metrics);
      if (it.config.collect) continue;
      const labels = {};
      for (const name of it.labelNames) labels[name] = random.one(TEXTS);
      if (it.labelNames.length !== 0 && random.below(8) === 0) delete labels[it.labelNames[0]];
      if (it.labelNames.length !== 0 && random.below(12) === 0) labels[it.labelNames[0]] = undefined;
      this[`use${it.kind}`](random, it.metric, labels, it);
    }
    for (const wrong of ["x", NaN, Infinity]) this.tryWrong(random, wrong);
  }

  tryWrong(random, wrong) {
    const { kind, metric, config } = random.one(this.metrics);
    if (config.enableExemplars || (kind !== "Histogram" && kind !== "Summary" && typeof wrong === "number")) return;
    try {
      if (kind === "Counter") metric.inc(wrong);
      else if (kind === "Gauge") metric.set({ unknown: 1 }, 1);
      else if (random.below(2)) metric.observe(wrong);
      else metric.observe({ unknown: 1 }, 1);
    } catch {
      return;
    }
    throw new Error(`${kind} takes ${wrong}`);
  }

  // The metric itself, or its child by one of the forms.
  child(random, metric, labels) {
    const values = metric.labelNames.map((name) => labels[name]);
    if (values.length === 0 || values.some((value) => value === undefined || value === null || typeof value === "object")) return metric.labels(labels);
    return random.below(2) ? metric.labels(labels) : metric.labels(...values);
  }

  useCounter(random, metric, labels, { config }) {
    const value = random.number(0);
    const isBare = metric.labelNames.length === 0;
    if (config.enableExemplars) {
      metric.inc(random.below(2) ? { labels, value, exemplarLabels: { trace: "x" } } : { labels });
      return;
    }
    const how = random.below(6);
    if (how === 0) isBare ? metric.inc() : metric.inc(labels);
    else if (how === 1) isBare ? metric.inc(value) : metric.inc(labels, value);
    else if (how === 2) this.child(random, metric, labels).inc();
    else if (how === 3) this.child(random, metric, labels).inc(value);
    else if (how === 4) metric.inc(labels, 0);
    else {
      try {
        metric.inc(labels, -1);
      } catch {
        metric.inc(labels, null);
      }
    }
  }

  useGauge(random, metric, labels) {
    const value = random.number();
    const isBare = metric.labelNames.length === 0;
    const how = random.below(10);
    if (how === 0) isBare ? metric.inc() : metric.inc(labels);
    else if (how === 1) isBare ? metric.dec(value) : metric.dec(labels, value);
    else if (how === 2) isBare ? metric.set(value) : metric.set(labels, value);
    else if (how === 3) this.child(random, metric, labels).inc(value);
    else if (how === 4) this.child(random, metric, labels).dec();
    else if (how === 5) this.child(random, metric, labels).set(value);
    else if (how === 6) atSteadyTime(() => (isBare ? metric.setToCurrentTime() : metric.setToCurrentTime(labels)));
    else if (how === 7) isBare ? metric.startTimer()() : metric.startTimer()(labels);
    else if (how === 8) this.child(random, metric, labels).startTimer()();
    else {
      metric.remove(labels);
      isBare ? metric.set(value) : metric.set(labels, value);
    }
  }

  observe(random, metric, labels, value) {
    if (metric.enableExemplars) metric.observe({ labels, value, exemplarLabels: { trace: "x" } });
    else if (metric.labelNames.length === 0) metric.observe(value);
    else metric.observe(labels, value);
  }

  useHistogram(random, metric, labels, { low }) {
    const value = random.number(low);
    const how = random.below(5);
    if (how === 0) this.observe(random, metric, labels, random.below(9));
    else if (how === 1) this.child(random, metric, labels).observe(value);
    else if (how === 2 && !metric.enableExemplars) this.child(random, metric, labels).startTimer()();
    else if (how === 3 && !metric.enableExemplars) metric.startTimer(labels)(metric.labelNames.length === 0 ? undefined : { l0: "end" });
    else this.observe(random, metric, labels, value);
  }

  useSummary(random, metric, labels, it) {
    this.useHistogram(random, metric, labels, it);
  }
}

function make(first, count, who) {
  const prom = require("prom-client");
  const registries = [prom.register, new prom.Registry(), new prom.Registry(prom.Registry.OPENMETRICS_CONTENT_TYPE)];
  registries[1].setDefaultLabels({ zone: "z1", l1: "by default" });
  const programs = [];
  for (let seed = first; seed < first + count; seed++) programs.push(new Program(prom, registries, seed, who));
  return { prom, registries, programs };
}

function samplesOf(text) {
  const samples = {};
  for (const line of text.split("\n")) {
    const parts = /^(p[0-9]\w*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (parts === null) continue;
    const labels = parts[2] === undefined ? [] : parts[2].match(/\w+="(?:[^"\\]|\\.)*"/g);
    samples[`${parts[1]}{${labels.sort().join(",")}}`] = Number(parts[3]);
  }
  return samples;
}

// The samples of prom-client's page, as the table says that the drop-in shows them.
function expected(text, programs) {
  const wanted = samplesOf(text);
  for (const { metrics } of programs)
    for (const { kind, metric, low } of metrics)
      for (const key of Object.keys(wanted)) {
        const name = key.slice(0, key.indexOf("{"));
        if (kind === "Summary" && name === metric.name) delete wanted[key]; // a percentile
        if (low < 0 && name === `${metric.name}_sum`) delete wanted[key];
        if (kind === "Counter" && name === metric.name && !name.endsWith("_total")) {
          wanted[`${name}_total${key.slice(name.length)}`] = wanted[key];
          delete wanted[key];
        }
      }
  return wanted;
}

async function runWorker(first, count) {
  steadyClock();
  const { prom, registries, programs } = make(first, count, cluster.worker.id);
  prom.AggregatorRegistry.setRegistries(registries);
  new prom.AggregatorRegistry(); // answers the primary
  for (const program of programs) program.perform(cluster.worker.id);
  process.send("ready");
}

async function runPrimary(what, first, count) {
  let readyCount = 0;
  for (let i = 0; i < WORKERS; i++) cluster.fork().on("exit", (code, signal) => (signal ? 0 : process.exit(code || 1)));
  await new Promise((resolve) => cluster.on("message", (worker, message) => message === "ready" && ++readyCount === WORKERS && resolve()));
  if (what === "prom-client") {
    const { prom, programs } = make(first, count, 0);
    process.stdout.write(JSON.stringify(expected(await new prom.AggregatorRegistry().clusterMetrics(), programs)));
  } else {
    console.log("ready");
    await new Promise((resolve) => process.stdin.on("end", resolve).resume());
  }
  for (const worker of Object.values(cluster.workers)) worker.process.kill("SIGKILL");
  process.exit(0);
}

async function compare(wantedFile, url) {
  const wanted = JSON.parse(fs.readFileSync(wantedFile, "utf8"));
  const text = await new Promise((resolve, reject) =>
    http.get(url, (answer) => {
      let body = "";
      answer.on("data", (part) => (body += part)).on("end", () => resolve(body));
    }).on("error", reject)
  );
  const found = samplesOf(text);
  const differences = Object.keys(wanted).filter((key) => found[key] !== wanted[key]).map((key) => `${key}: ${found[key]}, expected ${wanted[key]}`);
  for (const key of Object.keys(found)) if (!(key in wanted)) differences.push(`${key}: ${found[key]}, expected none`);
  console.log([...differences.slice(0, 20), `${Object.keys(wanted).length} samples, ${differences.length} differ`].join("\n"));
  process.exit(differences.length === 0 && Object.keys(wanted).length !== 0 ? 0 : 1);
}

if (process.env.MAKE_CATALOG) {
  make(...process.env.MAKE_CATALOG.split(" ").map(Number), 0);
} else {
  const [what, ...rest] = process.argv.slice(2);
  if (what === "compare") compare(...rest);
  else (cluster.isWorker ? runWorker : (...given) => runPrimary(what, ...given))(Number(rest[0]), Number(rest[1]));
}
