#!/usr/bin/env node
// SPDX-License-Identifier: MIT
"use strict";
const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");
const { findPromClient, sentName, updown } = require("./find.js");

const MAX_VALUES = 100;
const MAX_SERIES = 10000;
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

function labelsOf(family, names, say) {
  if (names.length === 0) return {};
  const labels = {};
  for (const name of names) {
    say(family, `label ${name}: any value, at most ${MAX_VALUES}, the others become "other": a person has to decide`);
    labels[name] = { pattern: ".+", max: MAX_VALUES, otherwise: "other", optional: true };
  }
  if (names.length === 1) return { labels };
  say(family, `max_series ${MAX_SERIES}, as its labels together allow more`);
  return { labels, max_series: MAX_SERIES };
}

// The name and the declaration of a metric, or null if it has no way here.
function familyOf(prom, registry, metric, say) {
  const name = sentName(prom, metric);
  if (name.includes(":")) {
    say(name, "left out: a name with a colon cannot be sent");
    return null;
  }
  if (metric.aggregator === "omit") {
    say(name, "left out, as clusterMetrics() omits it");
    return null;
  }
  if (name !== metric.name) say(name, `prom-client's name is ${metric.name}: the daemon's counters end in _total`);
  const declared = { type: metric.type, help: metric.help };
  if (metric instanceof prom.Histogram) declared.buckets = metric.buckets.filter(Number.isFinite);
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
  const names = [...new Set([...metric.labelNames, ...Object.keys(registry._defaultLabels)])];
  return [name, Object.assign(declared, labelsOf(name, names, say))];
}

// The catalog of the metrics that are in a registry.
function catalogOf(prom, registered, service, say) {
  const families = {};
  for (const [metric, registry] of registered) {
    const isThere = registry.getSingleMetric(metric.name) === metric;
    const found = isThere ? familyOf(prom, registry, metric, say) : null;
    if (found !== null) families[found[0]] = found[1];
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
  for (let i = 0; i < words.length; i++) {
    const [word, ...rest] = words[i].split("=");
    if (["--service", "--output", "--write-config", "--listen"].includes(word)) {
      const value = rest.length !== 0 ? rest.join("=") : words[++i];
      if (value === undefined) throw new Refused(`${word} needs a value; see --help`);
      options[word.slice(2)] = value;
    } else if (word === "--help") {
      options.help = true;
    } else if (word.startsWith("-") || options.module !== undefined) {
      throw new Refused(`${words[i]}: ${word.startsWith("-") ? "unknown flag" : "one module is loaded"}; see --help`);
    } else {
      options.module = words[i];
    }
  }
  if (!options.help && options.module === undefined) throw new Refused("the module is missing; see --help");
  if (options["write-config"] && !options.output) throw new Refused("--write-config needs --output: the configuration names that file");
  return options;
}

async function load(text) {
  const [, file, wanted] = /^(.*?)(?::([\w.]+(?:\(\))?))?$/.exec(text);
  let resolved;
  try {
    resolved = require.resolve(path.resolve(file));
  } catch {
    throw new Refused(`${file}: there is no such module`);
  }
  const prom = findPromClient([path.dirname(resolved), process.cwd()]);
  if (prom === null) throw new Refused(`${file}: no prom-client is installed where it lies`);
  const registered = new Map(prom.register.getMetricsAsArray().map((metric) => [metric, prom.register]));
  const { registerMetric } = prom.Registry.prototype;
  prom.Registry.prototype.registerMetric = function (metric) {
    registerMetric.call(this, metric);
    registered.set(metric, this);
  };
  let found = await import(pathToFileURL(resolved).href);
  for (const name of wanted ? wanted.replace("()", "").split(".") : []) {
    found = found[name] !== undefined || found.default === undefined ? found[name] : found.default[name];
    if (found === undefined) throw new Refused(`${file} exports no ${name}`);
  }
  if (wanted && wanted.endsWith("()")) await found();
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
  return 0;
}

if (require.main === module)
  main(process.argv.slice(2)).then(process.exit, (error) => {
    fs.writeSync(2, `statgate-catalog: ${error instanceof Refused ? error.message : error.stack}\n`);
    process.exit(1);
  });

module.exports = { catalogOf };
