#!/usr/bin/env node
// SPDX-License-Identifier: MIT
"use strict";
const cluster = require("cluster");
const { EventEmitter } = require("events");
const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");
const { parseArgs } = require("util");
const { findPromClient, sentName, updown } = require("./find.js");

const MAX_VALUES = 100;
const MAX_SERIES = 10000;
const SERVICE_SERIES = 90000; // of families with several labels; a service has 100,000 unless it says otherwise
const MAX_BUCKETS = 200;
const MAX_HELP = 1000;
const MERGES = { sum: "sum", min: "min", max: "max" };
const USAGE = `Usage: statgate-catalog MODULE[:EXPORT] [flags]

Writes the catalog of a prom-client program from its registries. MODULE is loaded, as the program or its workers would load it, and so
is EXPORT in it, which is called if () follows; all metrics that then are in a registry are declared. What a registry does not say is a
guess: each is a line on standard error, for a person to decide.

  --service NAME         the service of the catalog; by default $STATGATE_SERVICE, else the module's name
  --output FILE          where to write the catalog; by default it is printed
  --write-config FILE    the daemon's configuration, which then names the catalog
  --listen HOST:PORT     with --write-config: the address of an endpoint for this service alone
  --help                 show this text
`;

class Refused extends Error {}

function labelsOf(family, names, most, say) {
  if (names.length === 0) return {};
  const labels = {};
  for (const name of names) {
    say(family, `label ${name}: any value, at most ${MAX_VALUES}, the others become "other": a person has to decide`);
    labels[name] = { pattern: ".+", max: MAX_VALUES, otherwise: "other", optional: true };
  }
  if (names.length === 1) return { labels };
  say(family, `max_series ${most}, as its labels together allow more`);
  return { labels, max_series: most };
}

const labelNamesOf = (metric, registry) => [...new Set([...metric.labelNames, ...Object.keys(registry._defaultLabels || {})])];

// Why the daemon cannot take the metric.
function obstacleOf(prom, metric) {
  if (metric.name.includes(":")) return "a name with a colon cannot be sent";
  if (metric.aggregator === "omit") return "clusterMetrics() omits it";
  if (metric.labelNames.includes("le") || metric.labelNames.includes("quantile")) return "le and quantile belong to histograms and summaries";
  if (metric instanceof prom.Histogram && metric.buckets.filter(Number.isFinite).length === 0) return "a histogram needs a bound";
  if (metric instanceof prom.Histogram && metric.buckets.length > MAX_BUCKETS) return `a histogram has at most ${MAX_BUCKETS} bounds`;
  return null;
}

// The name and the declaration of a metric, or null if it has no way here.
function familyOf(prom, registry, metric, most, say) {
  const name = sentName(metric.type, metric.name);
  const obstacle = obstacleOf(prom, metric);
  if (obstacle !== null) {
    say(name, `left out: ${obstacle}`);
    return null;
  }
  if (name !== metric.name) say(name, `prom-client's name is ${metric.name}: the daemon's counters end in _total`);
  const declared = { type: metric.type, help: metric.help.slice(0, MAX_HELP) };
  if (metric instanceof prom.Histogram) declared.buckets = [...new Set(metric.buckets)].filter(Number.isFinite).sort((a, b) => a - b);
  if (metric instanceof prom.Summary) declared.quantiles = metric.percentiles;
  if (metric instanceof prom.Summary && metric.maxAgeSeconds) declared.window_s = metric.maxAgeSeconds;
  if (metric instanceof prom.Gauge && updown.has(name)) {
    Object.assign(declared, { type: "updowncounter", owner: "host" });
    say(name, '"owner": "host": what a process added stays when it ends, as for a queue; "process" takes it back: a person has to decide');
  } else if (metric instanceof prom.Gauge) {
    declared.merge = MERGES[metric.aggregator] || "max";
    if (!(metric.aggregator in MERGES))
      say(name, `gauge of several processes: "merge": "max" of the live ones; prom-client's is "${metric.aggregator}": a person has to decide`);
  }
  return [name, Object.assign(declared, labelsOf(name, labelNamesOf(metric, registry), most, say))];
}

// The catalog of the metrics that are in a registry.
function catalogOf(prom, registered, service, say) {
  const families = {};
  const there = [...registered].filter(([metric, registry]) => registry.getSingleMetric(metric.name) === metric);
  const wide = there.filter(([metric, registry]) => labelNamesOf(metric, registry).length > 1).length;
  const most = Math.min(MAX_SERIES, Math.floor(SERVICE_SERIES / Math.max(wide, 1)));
  for (const [metric, registry] of there) {
    const found = familyOf(prom, registry, metric, most, say);
    if (found === null) continue;
    if (found[0] in families) say(found[0], "declared as in the last of the registries that have it");
    families[found[0]] = found[1];
  }
  return { statgate: 1, service, families };
}

function write(file, value) {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (file === undefined) {
    fs.writeSync(1, text);
    return;
  }
  fs.writeFileSync(`${file}.new`, text);
  fs.renameSync(`${file}.new`, file);
}

// Names the catalog and its endpoint in the daemon's configuration.
function configure(file, catalog, service, listen) {
  const config = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {};
  const relative = path.relative(path.dirname(path.resolve(file)), catalog);
  config.catalog = [...new Set([config.catalog || [], relative].flat())];
  if (listen !== undefined) {
    config.endpoints = config.endpoints || [];
    if (!config.endpoints.some((endpoint) => (endpoint.services || []).includes(service)))
      config.endpoints.push({ listen, services: [service] });
  }
  write(file, config);
}

function optionsOf(words) {
  const options = {};
  for (const name of ["service", "output", "write-config", "listen"]) options[name] = { type: "string" };
  let found;
  try {
    found = parseArgs({ args: words, allowPositionals: true, options: { ...options, help: { type: "boolean" } } });
  } catch (error) {
    throw new Refused(`${error.message}; see --help`);
  }
  const { values, positionals } = found;
  if (!values.help && positionals.length !== 1) throw new Refused("one module is needed; see --help");
  if (values["write-config"] && !values.output) throw new Refused("--write-config needs --output: the configuration names that file");
  return { ...values, module: positionals[0] };
}

async function load(text) {
  const [, file, wanted] = /^(.*?)(?::([\w.]+(?:\(\))?))?$/.exec(text);
  let resolved;
  try {
    resolved = require.resolve(path.resolve(file));
  } catch {
    throw new Refused(`${file}: there is no such module`);
  }
  const prom = findPromClient([() => path.dirname(resolved), () => process.cwd()]);
  if (prom === null) throw new Refused(`${file}: no prom-client is installed where it lies`);
  const registered = new Map(prom.register.getMetricsAsArray().map((metric) => [metric, prom.register]));
  const { registerMetric } = prom.Registry.prototype;
  prom.Registry.prototype.registerMetric = function (metric) {
    registerMetric.call(this, metric);
    registered.set(metric, this);
  };
  // A primary's metrics are made before it forks, and a worker's by the same module.
  cluster.fork = () => Object.assign(new EventEmitter(), { process: new EventEmitter(), send: () => false, kill() {}, isConnected: () => false });
  process.argv = [process.argv[0], resolved];
  const exported = await import(pathToFileURL(resolved).href);
  let owner;
  let found = exported.default && exported.default.__esModule ? exported.default : exported;
  for (const name of wanted ? wanted.replace("()", "").split(".") : []) {
    owner = name in found || found.default === undefined ? found : found.default;
    found = owner[name];
    if (found === undefined) throw new Refused(`${file} exports no ${name}`);
  }
  if (wanted && wanted.endsWith("()")) await found.call(owner);
  return { prom, registered, file };
}

async function main(words) {
  const options = optionsOf(words);
  if (options.help) {
    fs.writeSync(1, USAGE);
    return 0;
  }
  const { prom, registered, file } = await load(options.module);
  const service = options.service || process.env.STATGATE_SERVICE || path.parse(file).name.replace(/_/g, "-");
  const catalog = catalogOf(prom, registered, service, (family, sentence) => fs.writeSync(2, `${family}: ${sentence}\n`));
  if (Object.keys(catalog.families).length === 0) throw new Refused(`${file}: no metric is in a registry after it was loaded`);
  write(options.output, catalog);
  if (options["write-config"]) configure(options["write-config"], options.output, service, options.listen);
  if (options.listen) fs.writeSync(2, `${service}: its page is at http://${options.listen}/metrics: for the program's own, set STATGATE_METRICS to this\n`);
  return 0;
}

main(process.argv.slice(2)).then(process.exit, (error) => {
  fs.writeSync(2, `statgate-catalog: ${error instanceof Refused ? error.message : error.stack}\n`);
  process.exit(1);
});
