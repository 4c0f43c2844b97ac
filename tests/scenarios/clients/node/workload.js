// SPDX-License-Identifier: MIT
'use strict';
// Sends a known load with hot-shots to the socket in argv[2] and prints what a receiver must hold
// afterwards: verdicts for this process, and samples as they stand in the exposition.
const StatsD = require('hot-shots');

// Sampling asks Math.random: a fixed sequence makes the number of sent lines known.
let seed = 12345;
Math.random = () => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed / 2147483648;
};

const expected = {
  client: 'hot-shots', pid: process.pid, accepted: 0, folded: 0, ignored: 0, rejected: {}, values: {},
};
const accept = (sample, value, count = 1) => {
  expected.values[sample] = (expected.values[sample] || 0) + value;
  expected.accepted += count;
};
const reject = (reason) => {
  expected.rejected[reason] = (expected.rejected[reason] || 0) + 1;
};
const histogram = (route, value, folded = false) => {
  const labels = (extra) => `{client="node",${extra}route="${route}"}`;
  const name = 'client_request_duration_seconds';
  for (const le of [0.01, 0.1, 1]) {
    const sample = `${name}_bucket{client="node",route="${route}",le="${le}"}`;
    expected.values[sample] = (expected.values[sample] || 0) + (value <= le ? 1 : 0);
  }
  for (const [sample, by] of [
    [`${name}_bucket{client="node",route="${route}",le="+Inf"}`, 1],
    [`${name}_count${labels('')}`, 1], [`${name}_sum${labels('')}`, value]]) {
    expected.values[sample] = (expected.values[sample] || 0) + by;
  }
  if (folded) expected.folded += 1; else expected.accepted += 1;
};

const fail = (error) => {
  console.error(`hot-shots: ${error.message}`);
  process.exit(1);
};
const options = {
  protocol: 'uds', path: process.argv[2], maxBufferSize: 512, errorHandler: fail,
  globalTags: { client: 'node', env: 'scenario' },
};
// Datadog mode adds |c: and |card: to each line and telemetry about the client itself.
const client = new StatsD({
  ...options, datadog: true, containerID: 'scenario', cardinality: 'low', telemetryFlushInterval: 200,
});
const sendTelemetry = client.telemetry.sendFn;
client.telemetry.setSendFunction((message, callback) => {
  expected.ignored += message.split('\n').length;
  sendTelemetry(message, callback);
});
const unlabelled = new StatsD({ ...options, globalTags: {} });
const aggregating = new StatsD({ ...options, aggregation: { flushInterval: 50 } });

const route = 'GET /v1/images/{name}';
const requests = (outcome) => `client_requests_total{client="node",outcome="${outcome}"}`;
const node = '{client="node"}';

// First, since a datagram that meets a full queue is sent again after those behind it.
client.gauge('client_temperature_celsius', 21.5);
for (let i = 0; i < 100; i += 1) client.increment('client_requests_total', { outcome: 'ok' });
accept(requests('ok'), 100, 100);
for (let i = 0; i < 4; i += 1) client.increment('client.requests', 2.5, { outcome: 'error' });
accept(requests('error'), 10, 4);
let sampled = 0;
const before = seed;
for (let i = 0; i < 200; i += 1) if (Math.random() <= 0.25) sampled += 1;
seed = before;
for (let i = 0; i < 200; i += 1) client.increment('client_requests_total', 1, 0.25, { outcome: 'ok' });
accept(requests('ok'), 4 * sampled, sampled);
for (let i = 0; i < 1000; i += 1) aggregating.increment('client_requests_total', { outcome: 'error' });
accept(requests('error'), 1000);
client.increment('client_bytes_total', 1e21);
accept(`client_bytes_total${node}`, 1e21);

client.gauge('client_temperature_celsius', -4.25, { timestamp: 1640995200 });
accept(`client_temperature_celsius${node}`, -4.25, 2);
client.increment('client_connections', 5);
client.decrement('client_connections', 2);
client.gaugeDelta('client_connections', 4);
client.gaugeDelta('client_connections', -3);
accept(`client_connections${node}`, 4, 4);

client.histogram('client_request_duration_seconds', 0.05, { route });
histogram(route, 0.05);
client.distribution('client_request_duration_seconds', 2, { route });
histogram(route, 2);
client.timing('client_request_duration_seconds', 250, { route });
histogram(route, 0.25);
client.histogram('client_request_duration_seconds', 1e-7, { route: 'GET /:id' });
histogram('GET /:id', 1e-7);
client.histogram('client_request_duration_seconds', 0.5, { route: '/wp-login.php' });
histogram('other', 0.5, true);

client.decrement('client_requests_total', { outcome: 'ok' });
reject('bad_value');
client.gauge('client_temperature_celsius', NaN);
reject('bad_value');
client.increment('no_such_family');
reject('unknown_family');
client.increment('client_requests_total', { outcome: 'ok', user: '42' });
reject('unknown_label');
client.increment('client_requests_total', { outcome: 'maybe, not' });
reject('label_value');
unlabelled.increment('client_requests_total', { outcome: 'ok' });
reject('missing_label');
client.unique('client_requests_total', 'visitor:7', { outcome: 'ok' });
reject('type_mismatch');
client.timing('client_requests_total', 3, { outcome: 'ok' });
reject('type_mismatch');
client.event('Deployed', 'line one\nline two', { alert_type: 'warning' });
client.check('scenario.up', client.CHECKS.WARNING, { hostname: 'h1', message: 'slow' }, ['role:db']);
expected.ignored += 2;
// hot-shots counts a title in UTF-16 units where the format counts bytes: the frame is wrong.
client.event('Überraschung', 'text');
reject('malformed');
// It leaves a newline in a check's message as it is: the rest is a line of its own.
client.check('scenario.up', client.CHECKS.OK, { message: 'first\nsecond' });
expected.ignored += 1;
reject('malformed');

// Longer than the telemetry's interval, so that it is sent once on its own and once on closing.
setTimeout(() => unlabelled.close(() => aggregating.close(() => client.close((error) => {
  if (error) fail(error);
  console.log(JSON.stringify(expected));
}))), 300);
