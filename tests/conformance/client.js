// SPDX-License-Identifier: MIT
// The Node client for the conformance kit, run with --stream.
"use strict";
const readline = require("readline");
const { Client } = require("../../client/node");

const client = new Client();
const things = new Map();

async function perform(o) {
  const labels = o.labels || [];
  const value = typeof o.value === "string" ? { nan: NaN, inf: Infinity, "-inf": -Infinity }[o.value] : o.value;
  switch (o.op) {
    case "count":
    case "set":
    case "add":
    case "observe":
      return client[o.op](o.name, value, labels);
    case "info":
      return client.info(o.name, labels);
    case "state":
      return client.state(o.name, o.state, Object.fromEntries(labels));
    case "attempt":
    case "circuit":
      return client[o.op](o.name, o.word, labels);
    case "job":
      return client.job(o.name, o.word, o.instance, labels);
    case "prepare":
      things.set(o.id, client[o.kind](o.name, labels));
      return true;
    case "use":
      return things.get(o.id)[{ c: "add", u: "add", g: "set", h: "observe" }[o.id[0]]](value);
    case "report":
      return things.get(o.id).report(o.word, o.seconds !== undefined ? o.seconds : o.instance);
    case "begin":
      things.set(o.id, client.begin(o.name, labels));
      return things.get(o.id) !== null;
    case "drop":
      things.get(o.id).drop();
      return true;
    case "flush":
      return client.flush(o.timeout * 1000);
    case "can":
      return ["send by itself", "lack a value"].includes(o.what);
    default:
      return { value: client[o.op] };
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const answer = await perform(JSON.parse(line));
    process.stdout.write(JSON.stringify(typeof answer === "object" ? answer : { ok: answer }) + "\n");
  }
})();
