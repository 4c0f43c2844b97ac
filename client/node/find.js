// SPDX-License-Identifier: MIT
"use strict";

// The program's own prom-client, as seen from one of the folders: this package may lie elsewhere. Null if there is none.
function findPromClient(folders) {
  for (const folder of folders.filter(Boolean)) {
    try {
      return require(require.resolve("prom-client", { paths: [folder] }));
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  return null;
}

// The daemon's counters end in _total, as OpenMetrics has it; prom-client appends it to the pages of OpenMetrics, too.
function sentName(prom, metric) {
  return metric instanceof prom.Counter && !metric.name.endsWith("_total") ? `${metric.name}_total` : metric.name;
}

// Gauges that one process raises and another lowers.
const updown = new Set((process.env.STATGATE_UPDOWN || "").split(/[\s,]+/));

module.exports = { findPromClient, sentName, updown };
