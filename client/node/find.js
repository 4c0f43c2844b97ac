// SPDX-License-Identifier: MIT
"use strict";

// The program's own prom-client, as seen from one of the folders that the functions name: this package may lie elsewhere. Null if
// there is none.
function findPromClient(folders) {
  for (const folder of folders) {
    let file;
    try {
      file = require.resolve("prom-client", { paths: [folder()] });
    } catch {
      continue; // nor can the name of a folder be had that was removed
    }
    return require(file);
  }
  return null;
}

// The daemon's counters end in _total, as OpenMetrics has it; prom-client appends it to the pages of OpenMetrics, too.
function sentName(kind, name) {
  return kind === "counter" && !name.endsWith("_total") ? `${name}_total` : name;
}

// Gauges that one process raises and another lowers.
const updown = new Set((process.env.STATGATE_UPDOWN || "").split(/[\s,]+/));

module.exports = { findPromClient, sentName, updown };
