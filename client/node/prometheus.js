// SPDX-License-Identifier: MIT
// After `require("statgate/prometheus")`, or with `node --require statgate/prometheus`, an unchanged prom-client program sends here,
// from any number of processes.
//
// Its metrics keep this process's values; what they are given is also sent. README.md says where the numbers differ from those of
// prom-client's AggregatorRegistry. The environment: STATGATE_SOCKET, STATGATE_STREAM and STATGATE_SERVICE, as for a Client;
// STATGATE_METRICS, the URL of the page that this program's own endpoint shows; STATGATE_UPDOWN, names of gauges that are sent as
// changes.
"use strict";
const Module = require("module");
const path = require("path");
const { Client } = require("./index.js");
const { findPromClient, sentName, updown } = require("./find.js");

const BEAT_MS = 250;
const COLLECT_MS = 2000;
const NAMES_MAX = 65536;
const METRICS_URL = "http://127.0.0.1:9464/metrics";
const MARK = Symbol.for("statgate.prometheus");
const NONE = {};

let client = null; // made with the first metric: programs that have none may preload this, too
let beatTimer = null;
let collectTimer = null;
const records = new WeakMap(); // by metric: what it is, its registry, and its series by the values of their labels
const sentNames = new Set();
const collected = new Set(); // references to metrics with collect()
const busy = new WeakSet(); // metrics whose collect() has not resolved yet
let fresh = []; // metrics that were made since the last beat
let changed = []; // series of gauges that were set since the last beat

const isObject = (value) => value !== null && typeof value === "object";
const ignore = () => {};

// ---- series ----

function keyOf(metric, labels) {
  let key = "";
  for (const name of metric.labelNames) key += labels[name] === undefined ? "\n" : `${labels[name]}\0`;
  return key;
}

function prepare(record, metric, labels, defaults, key) {
  const all = { ...labels };
  for (const [key, value] of Object.entries(defaults)) all[key] = all[key] || value; // as clusterMetrics() does
  const pairs = Object.entries(all).filter(([, value]) => value !== undefined);
  const name = sentName(record.kind, record.name);
  if (sentNames.size < NAMES_MAX) sentNames.add(name);
  const isUpdown = record.kind === "gauge" && updown.has(name);
  const sent = client[isUpdown ? "updown" : record.kind](name, pairs.map(([key, value]) => [key, String(value)]));
  return { record, key, metric, labels: { ...labels }, defaults, sent, isUpdown, total: 0, isChanged: false, isRemoved: false };
}

const isRegistered = (record, metric) => record.registry._metrics[record.name] === metric;

// Null if the metric is in no registry, or is one that clusterMetrics() leaves out.
function seriesFor(metric, labels) {
  const record = records.get(metric);
  if (record === undefined || metric.aggregator === "omit" || !isRegistered(record, metric)) return null;
  const defaults = record.registry._defaultLabels || NONE;
  const key = keyOf(metric, labels);
  const before = record.series.get(key);
  if (before !== undefined && before.defaults === defaults) return before;
  if (before !== undefined && record.kind === "gauge" && !before.isUpdown) before.sent.set(0); // the labels are others now
  const series = prepare(record, metric, labels, defaults, key);
  record.series.set(key, series);
  return series;
}

function counted(metric, labels, value) {
  if (!isObject(labels)) [labels, value] = [{}, labels];
  const series = seriesFor(metric, labels);
  if (series !== null) series.sent.add(value === undefined || value === null ? 1 : value);
}

function gaugeChanged(metric, labels) {
  const series = seriesFor(metric, isObject(labels) ? labels : {});
  if (series === null) return;
  series.isRemoved = false;
  changes(series);
}

function changes(series) {
  if (series.isUpdown) {
    sendGauge(series);
    client.flush(); // before another process can act on it
  } else if (!series.isChanged) {
    series.isChanged = true;
    changed.push(series);
    needBeat();
  }
}

function sendGauge(series) {
  const value = series.isRemoved ? 0 : series.metric._getValue(series.labels);
  if (!series.isUpdown) series.sent.set(value);
  else if (series.sent.add(value - series.total)) series.total = value;
  if (series.isRemoved) series.record.series.delete(series.key);
}

// A metric, or its series with these labels, has no value any more: a gauge shows 0.
function removed(metric, labels) {
  const record = records.get(metric);
  if (record === undefined) return;
  const found = labels === undefined ? [...record.series.values()] : [record.series.get(keyOf(metric, labels))];
  for (const series of found.filter(Boolean)) {
    series.isRemoved = true;
    if (record.kind === "gauge") changes(series);
    else record.series.delete(series.key);
  }
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
    const { kind } = records.get(metric);
    if (metric.collect) collect(metric);
    if (metric.labelNames.length !== 0 || hasWorkers()) continue;
    if (kind === "counter") counted(metric, 0);
    else if (kind === "gauge") gaugeChanged(metric);
  }
  const set = changed;
  changed = [];
  for (const series of set) {
    series.isChanged = !client._hasRoom();
    if (series.isChanged) changed.push(series);
    else sendGauge(series);
  }
  if (changed.length !== 0) needBeat();
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
  for (const reference of collected) {
    const metric = reference.deref();
    if (metric !== undefined && isRegistered(records.get(metric), metric)) collect(metric);
    else collected.delete(reference);
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

const asked = new Map(); // pages that are on their way: the URL may be that of this program's own page

// The daemon's page. A comment instead, if there is none, or if no catalog declares what is sent.
async function page(isOpenMetrics = false) {
  const url = process.env.STATGATE_METRICS || METRICS_URL;
  const accept = isOpenMetrics ? "application/openmetrics-text; version=1.0.0" : "text/plain; version=0.0.4";
  let found;
  try {
    if (!asked.has(url + accept)) asked.set(url + accept, get(url, accept).finally(() => asked.delete(url + accept)));
    found = await asked.get(url + accept);
  } catch (error) {
    const next = "start statgated, or set STATGATE_METRICS to the URL of its page";
    return comment([`no page at ${url}: ${error.message || error.code}`, next], isOpenMetrics);
  }
  const names = new Set([...sentNames].filter((name) => !name.startsWith("process_"))); // the daemon has such itself
  const declares = (name) => names.has(name) || names.has(`${name}_total`);
  if (names.size === 0 || (found.match(/^# TYPE \S+/gm) || []).some((line) => declares(line.slice(7)))) return found;
  const service = process.env.STATGATE_SERVICE || "app";
  const lines = [`no catalog declares what this program sends; to write one, run: statgate learn --service ${service} --output ${service}.json`];
  lines.push(`and then: statgated --catalog ${service}.json`, "if it has an endpoint of its own, set STATGATE_METRICS to its URL");
  return comment(lines, isOpenMetrics);
}

// ---- prom-client ----

function adopt(kinds, registry, metric) {
  const [kind] = Object.keys(kinds).filter((name) => metric instanceof kinds[name]);
  if (kind === undefined) return; // one that AggregatorRegistry.aggregate() made
  if (client === null) {
    process.on("exit", beat); // before the client's own
    client = new Client();
  }
  let record = records.get(metric);
  if (record !== undefined && isRegistered(record, metric)) return; // Registry.merge()
  const isNew = record === undefined;
  if (isNew) record = { kind: kind === "summary" ? "histogram" : kind, reference: new WeakRef(metric), series: new Map() };
  records.set(metric, Object.assign(record, { registry, name: metric.name }));
  if (metric.collect) collected.add(record.reference);
  if (metric.collect && collectTimer === null) collectTimer = setInterval(collectAll, COLLECT_MS).unref();
  if (!isNew) return;
  fresh.push(metric);
  needBeat();
  // A metric that was made before this module was loaded has methods of its own. What it counted until then is sent.
  for (const method of ["inc", "observe"])
    if (Object.prototype.hasOwnProperty.call(metric, method))
      metric[method] = metric[method + (metric.enableExemplars ? "WithExemplar" : "WithoutExemplar")];
  for (const { labels, value } of Object.values(metric.hashMap || {})) {
    if (value && kind === "counter") counted(metric, labels, value);
    else if (value && kind === "gauge") gaugeChanged(metric, labels);
  }
}

function around(prototype, name, before, then) {
  const original = prototype[name];
  if (original === undefined) return;
  prototype[name] = function (...given) {
    before(this, ...given);
    const result = original.apply(this, given);
    then(this, ...given);
    return result;
  };
}

const after = (prototype, name, then) => around(prototype, name, ignore, then);

function install(prom) {
  if (!prom || !prom.Counter || prom.Counter.prototype[MARK]) return;
  const { Counter, Gauge, Histogram, Summary, Registry, AggregatorRegistry, Pushgateway } = prom;
  Object.defineProperty(Counter.prototype, MARK, { value: true });
  after(Counter.prototype, "incWithoutExemplar" in Counter.prototype ? "incWithoutExemplar" : "inc", counted);
  for (const method of ["set", "inc", "dec"]) after(Gauge.prototype, method, gaugeChanged);
  after(Histogram.prototype, "observeWithoutExemplar" in Histogram.prototype ? "observeWithoutExemplar" : "observe", observed);
  after(Histogram.prototype, "observeWithExemplar", (metric, { labels = {}, value } = {}) => observed(metric, labels, value));
  after(Summary.prototype, "observe", observed);
  for (const { prototype } of [Counter, Gauge, Histogram, Summary]) {
    after(prototype, "remove", (metric, ...given) => removed(metric, labelsGiven(metric, given)));
    after(prototype, "reset", (metric) => removed(metric));
  }
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
  const kinds = { counter: Counter, gauge: Gauge, histogram: Histogram, summary: Summary };
  after(Registry.prototype, "registerMetric", (registry, metric) => adopt(kinds, registry, metric));
  around(Registry.prototype, "clear", (registry) => registry.getMetricsAsArray().forEach((metric) => removed(metric)), ignore);
  around(Registry.prototype, "removeSingleMetric", (registry, name) => removed(registry.getSingleMetric(name)), ignore);
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
  for (const metric of prom.register.getMetricsAsArray()) adopt(kinds, prom.register, metric);
}

// Each copy of prom-client that is there, or will be loaded.
function start() {
  const isCopy = (file) => /(^|[\\/])prom-client([\\/]index\.js)?$/.test(file);
  const load = Module._load;
  Module._load = function (file, ...rest) {
    const found = load.call(this, file, ...rest);
    if (isCopy(file)) install(found);
    return found;
  };
  const loaded = Object.keys(require.cache).filter(isCopy);
  for (const file of loaded) install(require.cache[file].exports);
  const folders = [() => path.dirname(path.resolve(process.argv[1])), () => process.cwd(), () => __dirname];
  const found = findPromClient(folders);
  install(found);
  if (found === null && loaded.length === 0 && module.parent && module.parent.id !== "internal/preload")
    throw new Error("statgate/prometheus: the program has no prom-client");
  const exported = { page };
  return Object.defineProperty(exported, "client", { get: () => client, enumerable: true });
}

// Two copies of this module would count all twice.
if (process[MARK] === undefined) Object.defineProperty(process, MARK, { value: start() });
module.exports = process[MARK];
