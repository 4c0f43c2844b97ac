// SPDX-License-Identifier: MIT
// libstatgate by koffi, which takes the declarations of statgate_ffi.h one by one: library.js LIBRARY HEADER SOCKET
const assert = require("assert");
const fs = require("fs");
const koffi = require("koffi");

const [library, header, socket] = process.argv.slice(2);
const lib = koffi.load(library);
const statgate = {};
for (const text of fs.readFileSync(header, "utf8").replace(/\/\*[^]*?\*\//g, "").split(";")) {
  const declaration = text.trim().replace(/\s+/g, " ");
  const opaque = /^struct (\w+)$/.exec(declaration);
  if (opaque) koffi.opaque(opaque[1]);
  else if (declaration !== "") statgate[/statgate_(\w+)\(/.exec(declaration)[1]] = lib.func(declaration.replace(/\bstruct /g, ""));
}

const client = statgate.client_new(socket);
assert(statgate.client_count(client, "calls_total", 1, "by:a"));
assert(statgate.client_count_with(client, "calls_total", 2, ["by", "a"], 1));
assert(statgate.client_set(client, "calls_level", 1.5, null));
const counter = statgate.client_counter_with(client, "calls_total", ["by", "b"], 1);
const histogram = statgate.client_histogram(client, "calls_seconds", null);
for (let i = 0; i < 1000; i++) assert(statgate.metric_add(counter, 1) && statgate.metric_observe(histogram, 0.5));
assert(!statgate.client_count(client, "a|b", 1, null));
assert.match(statgate.client_error(client), /^the name has/);
assert(statgate.client_flush_wait(client, 5000));
assert.strictEqual(Number(statgate.client_lost(client)), 1);
statgate.client_free(client);
