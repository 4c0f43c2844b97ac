// SPDX-License-Identifier: MIT
'use strict';
// What Gallery would send, with hot-shots: the API process (users, assets, faces), the microservices
// process (its queues), and two workers of the machine-learning service. Under trouble jobs fail and
// wait for hours, searches lack embeddings, and predictions are slow or fail.
const { fork } = require('child_process');
const StatsD = require('hot-shots');

const usage = `usage: emitter.js [--socket PATH] [--seconds N | --rounds N] [--trouble]
  --socket PATH  the daemon's socket; else $STATGATE_SOCKET, else the default places
  --seconds N    end after N seconds; else by Ctrl-C
  --rounds N     N rounds of each process without pauses; then all stay until standard input is closed
  --trouble      a load that the alerts are for
`;

const parse = (args) => {
  const options = { socket: '', seconds: 0, rounds: 0, trouble: false };
  for (let i = 0; i < args.length; i += 1) {
    const name = args[i].slice(2);
    if (args[i] === '--trouble') {
      options.trouble = true;
    } else if (args[i] === '--socket' && args[i + 1]) {
      options.socket = args[i += 1];
    } else if (['--seconds', '--rounds'].includes(args[i]) && /^[0-9]{1,9}$/.test(args[i + 1])) {
      options[name] = Number(args[i += 1]);
    } else {
      process.stderr.write(usage);
      process.exit(2);
    }
  }
  return options;
};

// The place of the socket as other clients look for it; hot-shots takes it as an option.
const defaultSocket = () => {
  const { existsSync } = require('fs');
  const places = ['/run/statgate/statgate.sock', `${process.env.XDG_RUNTIME_DIR || ''}/statgate.sock`,
    `/tmp/statgate-${process.getuid()}/statgate.sock`];
  return process.env.STATGATE_SOCKET || places.find(existsSync) || places[0];
};

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// ---- what a process sends by ----

class Metrics {
  constructor(options) {
    this.waiting = 0;
    this.lost = 0;
    // Without a buffer each call says when its sample was taken, or why not.
    this.client = new StatsD({ protocol: 'uds', path: options.socket, maxBufferSize: 0, errorHandler: () => {} });
    this.taken = (error) => {
      this.waiting -= 1;
      if (error) this.lost += 1;
    };
  }

  // One of hot-shots' calls: gauge, increment, histogram.
  send(call, name, value, labels = {}) {
    this.waiting += 1;
    this.client[call](name, value, labels, this.taken);
  }

  // Until the kernel has taken, or refused, all that was sent.
  async delivered() {
    while (this.waiting > 0) await sleep(1);
  }
}

// The same numbers in each run: a linear congruential generator (Numerical Recipes' constants).
const chanceFrom = (seed) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
};

// ---- the API process: counts from its database, sent from time to time ----

const users = ['7c9e6679-7425-40de-944b-e07fc1f90ae7', '16fd2706-8baf-433b-82eb-8c7fada847da',
  '886313e1-3b8a-5372-9b90-0c9aee199e5d'];
const bytesEach = { image: 3.5e6, video: 9e7, audio: 4e6, other: 2e5 };

const api = ({ metrics, trouble }) => (round) => {
  const total = { image: 0, video: 0, audio: 0, other: 0 };
  users.forEach((user, i) => {
    const has = { image: 4000 * (i + 1) + 3 * round, video: 300 * (i + 1) + round, audio: 7, other: 2 };
    for (const [type, count] of Object.entries(has)) {
      metrics.send('gauge', 'immich_users_assets_total', count, { user_id: user, type });
      metrics.send('gauge', 'immich_users_storage_bytes', count * bytesEach[type], { user_id: user, type });
      total[type] += count;
    }
  });
  let eligible = 0;
  for (const [type, count] of Object.entries(total)) {
    metrics.send('gauge', 'immich_assets_total', count, { type });
    metrics.send('gauge', 'immich_assets_storage_bytes', count * bytesEach[type], { type });
    eligible += type === 'image' || type === 'video' ? count : 0;
  }
  metrics.send('gauge', 'immich_users_total', users.length);
  metrics.send('gauge', 'immich_search_embedding_coverage_ratio', trouble ? 0.4 : 1 - 40 / eligible);
  metrics.send('gauge', 'immich_faces_total', 2 * total.image);
  metrics.send('gauge', 'immich_people_total', 180 + round % 20);
  // Gauges, whatever their names: the trash is emptied.
  metrics.send('gauge', 'immich_assets_trash_total', 60 - 5 * (round % 12));
  metrics.send('gauge', 'immich_assets_external_total', 1200);
};

// ---- the microservices process: its queues, sent as they are ----

// Those that work steadily, and how much of each status they have.
const queues = { thumbnailGeneration: 4, metadataExtraction: 3, smartSearch: 3, faceDetection: 2,
  facialRecognition: 1, videoConversion: 1, backgroundTask: 0, library: 0 };

const microservices = ({ metrics, trouble, chance }) => (round) => {
  const age = 'immich_queues_oldest_job_age_seconds';
  Object.entries(queues).forEach(([queue, load], i) => {
    const jobs = { active: Math.min(load, 2), completed: load * round, delayed: load > 2 ? 1 : 0,
      failed: trouble ? 40 + load * round : 0, paused: 0,
      waiting: trouble ? 5000 + 100 * load * round : Math.floor(load * 8 * chance()) };
    for (const [status, count] of Object.entries(jobs)) {
      metrics.send('gauge', 'immich_queues_jobs', count, { queue, status });
    }
    // The age of the oldest of none is 0, and that is no age.
    const oldest = (status, seconds) => metrics.send('gauge', age, jobs[status] > 0 ? seconds : 0, { queue, status });
    oldest('waiting', trouble ? 7200 + round : 1 + Math.floor(30 * chance()));
    oldest('delayed', (trouble ? 25200 : 60) + 10 * i);
    oldest('failed', 86400 + round);
  });
};

// ---- a worker of the machine-learning service ----

const models = [['clip', 'visual', 120], ['clip', 'textual', 25], ['facial-recognition', 'detection', 90],
  ['facial-recognition', 'recognition', 60], ['ocr', 'detection', 200], ['ocr', 'recognition', 150],
  ['classification', 'classification', 80], ['pet-detection', 'detection', 70]];

const ml = ({ metrics, trouble, chance }) => (round) => {
  const duration = (median) => median * (trouble ? 25 : 1) * 4 ** (2 * chance() - 1);
  // Requests of the round before end, others begin, so that some always run.
  metrics.send('increment', 'immich_ml_active_requests', round === 0 ? 2 : 1);
  for (const [task, type, median] of models) {
    // Loaded by the first request, and again after it was thrown out.
    if (round % 12 === 0) {
      const status = trouble && chance() < 0.5 ? 'error' : 'success';
      metrics.send('histogram', 'immich_ml_model_load_duration_ms', duration(1500), { task, type, status });
    }
    metrics.send('gauge', 'immich_ml_model_cache_entries', 1, { task, type });
    for (let i = 0; i < 3; i += 1) {
      const status = chance() < (trouble ? 0.3 : 0.002) ? 'error' : 'success';
      metrics.send('increment', 'immich_ml_requests_total', 1, { task, type, status });
      metrics.send('histogram', 'immich_ml_request_duration_ms', duration(median), { task, type, status });
    }
  }
  metrics.send('increment', 'immich_ml_active_requests', -1);
};

// ---- processes ----

const roles = {
  api: { processes: 1, periodMs: 1000, rounds: api },
  microservices: { processes: 1, periodMs: 1000, rounds: microservices },
  ml: { processes: 2, periodMs: 500, rounds: ml },
};

// In a process of Gallery: until its parent says so, or is gone.
const live = async (name, index, options) => {
  const metrics = new Metrics(options);
  const seed = [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), index + 1);
  const next = roles[name].rounds({ metrics, trouble: options.trouble, chance: chanceFrom(seed) });
  let ended = false;
  let wake = () => {};
  const end = () => {
    ended = true;
    wake();
  };
  process.on('disconnect', end);
  process.on('SIGTERM', end);
  process.on('SIGINT', () => {}); // Ctrl-C is for the parent
  let rounds = 0;
  for (; !ended && (options.rounds === 0 || rounds < options.rounds); rounds += 1) {
    next(rounds);
    await metrics.delivered();
    if (options.rounds === 0 && !ended) {
      await new Promise((resolve) => {
        wake = resolve;
        setTimeout(resolve, roles[name].periodMs);
      });
    }
  }
  if (process.connected) process.send({ rounds, lost: metrics.lost });
  if (!ended) await new Promise((resolve) => { wake = resolve; });
  metrics.client.close(() => process.exit(0));
};

const run = (options) => {
  const children = [];
  let reports = 0;
  let rounds = 0;
  let lost = 0;
  let ending = false;
  let failed = false;
  const printTotals = () => console.log(`sent ${rounds} rounds of ${children.length} processes, ${lost} samples lost`);
  const end = () => {
    if (ending) return;
    ending = true;
    for (const child of children) child.kill('SIGTERM');
    setTimeout(() => {
      failed = true;
      for (const child of children) child.kill('SIGKILL');
    }, 10000).unref();
  };
  const took = (sent) => {
    reports += 1;
    rounds += sent.rounds;
    lost += sent.lost;
    if (options.rounds > 0 && reports === children.length) {
      printTotals();
      process.stdin.on('end', end).on('error', end).resume();
    }
  };
  let alive = 0;
  for (const [name, role] of Object.entries(roles)) {
    for (let i = 0; i < role.processes; i += 1) {
      const child = fork(__filename, process.argv.slice(2), { env: { ...process.env, GALLERY_ROLE: `${name} ${i}` } });
      alive += 1;
      child.on('message', took);
      child.on('exit', (code) => {
        alive -= 1;
        if (code !== 0 || !ending) {
          console.error(`a process (${name}) ended without a request to`);
          failed = true;
          end();
        }
        if (alive > 0) return;
        if (options.rounds === 0) printTotals();
        process.exit(failed || (options.rounds > 0 && lost > 0) ? 1 : 0);
      });
      children.push(child);
    }
  }
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (options.seconds > 0) setTimeout(end, options.seconds * 1000);
};

const options = parse(process.argv.slice(2));
options.socket = options.socket || defaultSocket();
if (process.env.GALLERY_ROLE) {
  const [name, index] = process.env.GALLERY_ROLE.split(' ');
  live(name, Number(index), options);
} else {
  run(options);
}
