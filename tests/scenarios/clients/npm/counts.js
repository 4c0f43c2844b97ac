// SPDX-License-Identifier: MIT
'use strict';
// Clients that send by UDP alone, to the port in argv[2]: each counts `n` times, sets a gauge and changes it, and times one
// call of 250 ms.
const Lynx = require('lynx');
const NodeStatsd = require('node-statsd').StatsD;
const StatsdClient = require('statsd-client');

const port = Number(process.argv[2]);
const n = 200;
const nodeStatsd = new NodeStatsd({ host: '127.0.0.1', port });
const statsdClient = new StatsdClient({ host: '127.0.0.1', port, prefix: 'statsdclient' });
const lynx = new Lynx('127.0.0.1', port, { scope: 'lynx' });
let round = 0;
const timer = setInterval(() => {
  round += 1;
  nodeStatsd.increment('nodestatsd.hits', 1, ['outcome:ok']);
  statsdClient.increment('hits');
  lynx.increment('hits');
  if (round < n) return;
  clearInterval(timer);
  nodeStatsd.gauge('nodestatsd.depth', 7);
  nodeStatsd.timing('nodestatsd.time', 250);
  statsdClient.gauge('depth', 10);
  statsdClient.gaugeDelta('depth', 5);
  statsdClient.gaugeDelta('depth', -2);
  statsdClient.timing('time', 250);
  lynx.gauge('depth', 9);
  lynx.timing('time', 250);
  setTimeout(() => {
    nodeStatsd.close();
    statsdClient.close();
    lynx.close();
  }, 200);
}, 1);
