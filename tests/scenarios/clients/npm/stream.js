// SPDX-License-Identifier: MIT
'use strict';
// hot-shots over the Unix stream in argv[2], as it comes from a connection that the program made.
const net = require('net');
const StatsD = require('hot-shots');

const stream = net.connect(process.argv[2], () => {
  const client = new StatsD({ protocol: 'stream', stream });
  for (let i = 0; i < 500; i += 1) client.increment('hotshots.hits', 1, ['outcome:ok']);
  client.gauge('hotshots.depth', 11);
  client.timing('hotshots.time', 250);
  client.close((error) => {
    if (error) throw error;
  });
});
