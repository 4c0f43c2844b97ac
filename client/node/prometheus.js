// SPDX-License-Identifier: MIT
// After `require("statgate/prometheus")`, or with `node --require statgate/prometheus`, an unchanged prom-client program sends here,
// from any number of processes.
//
// Its metrics keep this process's values; what they are given is also sent. README.md says where the numbers differ from those of
// prom-client's AggregatorRegistry. The environment: STATGATE_SOCKET, STATGATE_STREAM and STATGATE_SERVICE, as for a Client;
// STATGATE_METRICS, the URL of the page that this program's own endpoint shows; STATGATE_UPDOWN, names of gauges that are sent as
// changes.
"use strict";
const path = require("path");
const { Client } = require("./index.js");
const { findPromClient, sentName, updown } = require("./find.js");

const BEAT_MS = 250;
const COLLECT_MS = 2000;
const SERIES_MAX = 65536;
const METRICS_URL = "http://127.0.0.1:9464/metrics";

let client = null; // made with the first metric: programs that have none may preload this, too
let beatTimer = null;
let seriesCount = 0;
const records = new WeakMap(); // by metric: its registry, and its series by the values of their labels
const sentNames = new Set();
const collected = new Set(); // metrics with collect()
let collectTimer = null;
const busy = new WeakSet(); // those whose collect() has not resolved yet
let fresh = []; // metrics that were made since the last beat
let changed = []; // gauges that were set since the last beat
let prom;

const isObject = (value) => value !== null && typeof value === "object";
const ignore = () => {};

// ---- series ----

function prepare(metric, labels, defaults) {
  const all = { ...labels };
  for (const [key, value] of Object.entries(defaults)) all[key] = all[key] || value; // as clusterMetrics() does
  const pairs = Object.entries(all).filter(([, value]) => value !== undefined);
  const name = sentName(prom, metric);
  const isUpdown = metric instanceof prom.Gauge && updown.has(name);
  const kind = metric instanceof prom.Counter ? "counter" : isUpdown ? "updown" : metric instanceof prom.Gauge ? "gauge" : "histogram";
  if (sentNames.size < SERIES_MAX) sentNames.add(name);
  const texts = pairs.map(([key, value]) => [key, String(value)]);
  return { metric, labels: { ...labels }, defaults, isUpdown, total: 0, isChanged: false, sent: client[kind](name, texts) };
}

// Null if the metric is in no registry, or is one that clusterMetrics() leaves out.
function seriesFor(metric, labels) {
  const record = records.get(metric);
  if (record === undefined || metric.aggregator === "omit") return null;
  const defaults = record.registry._defaultLabels;
  let key = "";
  for (const name of metric.labelNames) key += labels[name] === undefined ? "\n" : `${labels[name]}\0`;
  let series = record.series.get(key);
  if (series !== undefined && series.defaults === defaults) return series;
  const hasRoom = series !== undefined || seriesCount < SERIES_MAX;
  if (series === undefined) seriesCount++;
  series = prepare(metric, labels, defaults);
  if (hasRoom) record.series.set(key, series);
  return series;
}

function counted(metric, labels, value) {
  if (!isObject(labels)) [labels, value] = [{}, labels];
  const series = seriesFor(metric, labels);
  if (series !== null) series.sent.add(value === undefined || value === null ? 1 : value);
}

function changes(series) {
  if (series === null || series.isChanged) return;
  if (series.isUpdown) {
    const value = series.metric._getValue(series.labels);
    if (!series.sent.add(value - series.total)) return;
    series.total = value;
    client.flush(); // before another process can act on it
    return;
  }
  series.isChanged = true;
  changed.push(series);
  needBeat();
}

function gaugeChanged(metric, labels) {
  changes(seriesFor(metric, isObject(labels) ? labels : {}));
}

function observed(metric, labels, value) {
  if (typeof labels === "number") [labels, value] = [{}, labels];
  const series = seriesFor(metric, labels || {});
  if (series !== null) series.sent.observe(value);
}

// The labels that were given as an object, or as values in the order of their names.
function labelsGiven(metric, given) {
  return typeof given[0] === "object" ? given[0] || {} : Object.fromEntries(metric.labelNames.map((name, i) => [name, given[i]]));
}

// ---- beats ----

function needBeat() {
  if (beatTimer !== null) return;
  beatTimer = setTimeout(() => {
    beatTimer = null;
    beat();
    client.flush();
  }, BEAT_MS);
  beatTimer.unref();
}

// clusterMetrics() asks the workers alone, so a primary's metrics that nothing was given are no samples.
function hasWorkers() {
  return Object.keys(require("cluster").workers || {}).length !== 0;
}

function beat() {
  const made = fresh;
  fresh = [];
  for (const metric of made) {
    if (metric.collect) collect(metric);
    if (metric.labelNames.length !== 0 || hasWorkers()) continue;
    if (metric instanceof prom.Counter) counted(metric, 0);
    else if (metric instanceof prom.Gauge) gaugeChanged(metric);
  }
  const set = changed;
  changed = [];
  for (const series of set) {
    series.isChanged = false;
    series.sent.set(series.metric._getValue(series.labels)); // 0 if it was removed
  }
}

// What collect() throws is the program's own; its value is then not sent.
function collect(metric) {
  if (busy.has(metric)) return;
  try {
    const result = metric.collect();
    if (!(result instanceof Promise)) return;
    busy.add(metric);
    result.catch(ignore).then(() => busy.delete(metric));
  } catch {
    // as said
  }
}

function collectAll() {
  for (const metric of collected) {
    if (records.get(metric).registry.getSingleMetric(metric.name) === metric) collect(metric);
    else collected.delete(metric);
  }
}

function adopt(registry, metric) {
  if (!(metric instanceof prom.Counter || metric instanceof prom.Gauge || metric instanceof prom.Histogram || metric instanceof prom.Summary))
    return; // a metric of AggregatorRegistry.aggregate()
  if (client === null) begin();
  const before = records.get(metric);
  records.set(metric, { registry, series: before === undefined ? new Map() : before.series });
  if (before === undefined) fresh.push(metric);
  if (metric.collect) collected.add(metric);
  if (metric.collect && collectTimer === null) collectTimer = setInterval(collectAll, COLLECT_MS).unref();
  needBeat();
}

function begin() {
  process.on("exit", beat); // before the client's own
  client = new Client();
}

// A metric that was made before this module was loaded. Its methods are its own; what it counted until then is sent.
function adoptEarly(registry, metric) {
  adopt(registry, metric);
  for (const method of ["inc", "observe"])
    if (Object.prototype.hasOwnProperty.call(metric, method))
      metric[method] = metric[method + (metric.enableExemplars ? "WithExemplar" : "WithoutExemplar")];
  for (const { labels, value } of Object.values(metric.hashMap)) {
    if (metric instanceof prom.Counter) counted(metric, labels, value);
    else if (metric instanceof prom.Gauge) gaugeChanged(metric, labels);
  }
}

// ---- the page ----

function comment(lines, isOpenMetrics) {
  return lines.map((line) => `# ${line.replace(/\s+/g, " ")}\n`).join("") + (isOpenMetrics ? "# EOF\n" : "");
}

function get(url, accept) {
  return new Promise((resolve, reject) => {
    const request = require(url.startsWith("https:") ? "https" : "http").get(url, { headers: { Accept: accept }, timeout: 10000 });
    request.on("timeout", () => request.destroy(new Error("no answer in 10 s")));
    request.on("error", reject);
    request.on("response", (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        if (answer.statusCode === 200) resolve(Buffer.concat(parts).toString());
        else reject(new Error(`HTTP status ${answer.statusCode}`));
      });
    });
  });
}

// The daemon's page. A comment instead, if there is none, or if no catalog declares what is sent.
async function page(isOpenMetrics = false) {
  const url = process.env.STATGATE_METRICS || METRICS_URL;
  let found;
  try {
    found = await get(url, isOpenMetrics ? "application/openmetrics-text; version=1.0.0" : "text/plain; version=0.0.4");
  } catch (error) {
    const next = "start statgated, or set STATGATE_METRICS to the URL of its page";
    return comment([`no page at ${url}: ${error.message || error.code}`, next], isOpenMetrics);
  }
  const declares = (name) => sentNames.has(name) || sentNames.has(`${name}_total`);
  if (sentNames.size !== 0 && !(found.match(/^# TYPE \S+/gm) || []).some((line) => declares(line.slice(7)))) {
    const service = process.env.STATGATE_SERVICE || "app";
    const lines = [`no catalog declares what this program sends; to write one, run: statgate learn --service ${service} --output ${service}.json`];
    return comment([...lines, `and then: statgated --catalog ${service}.json`], isOpenMetrics);
  }
  return found;
}

// ---- prom-client ----

function after(prototype, name, then) {
  const original = prototype[name];
  if (original === undefined) return;
  prototype[name] = function (...given) {
    const result = original.apply(this, given);
    then(this, ...given);
    return result;
  };
}

function install() {
  const { Counter, Gauge, Histogram, Summary, Registry, AggregatorRegistry, Pushgateway } = prom;
  after(Counter.prototype, "incWithoutExemplar" in Counter.prototype ? "incWithoutExemplar" : "inc", counted);
  for (const method of ["set", "inc", "dec"]) after(Gauge.prototype, method, gaugeChanged);
  after(Gauge.prototype, "remove", (gauge, ...given) => gaugeChanged(gauge, labelsGiven(gauge, given)));
  after(Gauge.prototype, "reset", (gauge) => records.has(gauge) && records.get(gauge).series.forEach(changes));
  after(Histogram.prototype, "observeWithoutExemplar" in Histogram.prototype ? "observeWithoutExemplar" : "observe", observed);
  after(Histogram.prototype, "observeWithExemplar", (metric, { labels = {}, value } = {}) => observed(metric, labels, value));
  after(Summary.prototype, "observe", observed);
  for (const { prototype } of [Histogram, Summary]) {
    const original = prototype.labels;
    prototype.labels = function (...given) {
      const child = original.apply(this, given);
      const observe = (value) => {
        child.observe(value);
        observed(this, labelsGiven(this, given), value);
      };
      return { ...child, observe };
    };
  }
  after(Registry.prototype, "registerMetric", adopt);
  const { metrics } = Registry.prototype;
  Registry.prototype.metrics = function () {
    return page(this.contentType === Registry.OPENMETRICS_CONTENT_TYPE);
  };
  AggregatorRegistry.prototype.clusterMetrics = Registry.prototype.metrics;
  for (const method of ["push", "pushAdd"]) {
    const original = Pushgateway.prototype[method];
    Pushgateway.prototype[method] = function (...given) {
      const own = Object.create(this.registry, { metrics: { value: metrics } }); // what is pushed is this process's
      return original.apply(Object.create(this, { registry: { value: own } }), given);
    };
  }
  for (const metric of prom.register.getMetricsAsArray()) adoptEarly(prom.register, metric);
}

prom = findPromClient([process.argv[1] && path.dirname(path.resolve(process.argv[1])), process.cwd(), __dirname]);
if (prom !== null) install();
else if (module.parent && module.parent.id !== "internal/preload") throw new Error("statgate/prometheus: the program has no prom-client");

module.exports = {
  get client() {
    return client;
  },
  page,
};
