// SPDX-License-Identifier: MIT
'use strict';
// Counts with hot-shots at a pace (argv[3] a second) until SIGTERM, then prints how many were sent.
const StatsD = require('hot-shots');

const rate = Number(process.argv[3]);
const fail = (error) => {
  console.error(`hot-shots: ${error.message}`);
  process.exit(1);
};
const client = new StatsD({
  protocol: 'uds', path: process.argv[2], globalTags: { client: 'node' }, errorHandler: fail, maxBufferSize: 0,
});
const start = Date.now();
let sent = 0;
const timer = setInterval(() => {
  for (; sent < ((Date.now() - start) / 1000) * rate; sent += 1) client.increment('client_requests_total', { outcome: 'ok' });
}, 2);
process.on('SIGTERM', () => {
  clearInterval(timer);
  client.close(() => console.log(sent));
});
