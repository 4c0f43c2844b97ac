// SPDX-License-Identifier: MIT
// Send metrics to this host's statgate daemon, over its stream input (statgated --unix-stream): Node has no Unix datagrams.
//
// A sample waits in a line of its series: counts add up, a gauge keeps its last value, observations follow one another. Frames of
// such lines are written one at a time; what a frame holds is kept until the kernel has taken all of it. Nothing here throws,
// waits, or writes a log.
"use strict";
const crypto = require("crypto");
const fs = require("fs");
const net = require("net");
const path = require("path");
const { Page } = require("./page");

const FRAME_BYTES = 16384;
const LINE_BYTES = 8192 - 64;
const REPORT_BYTES = 64;
const LINES_MAX = 4096;
const VALUES_MAX = 26214;
const METRICS_MAX = 65536;
const EXACT = 2 ** 53;
const BEAT_MS = 250;
const AWAY_MS = 50;
const EXIT_MS = 100;
const FULL = "the buffer is full: no daemon takes what waits";
const LETTERS = { counter: "c", updown: "c", gauge: "g", histogram: "h", attempts: "a", jobs: "j" };
const WORD = "the outcome, state or event is missing, or has ':', '|' or a newline";
const INSTANCE = "the job's id has not 1 to 64 bytes, or has '|' or a line end";

const sleeper = new Int32Array(new SharedArrayBuffer(4));

function numberOf(given) {
  try {
    return Number(given);
  } catch {
    return NaN; // a symbol, or an object without a value
  }
}

// A number as a text that reads back as it.
const text = (value) => (Object.is(value, -0) ? "0" : String(value));
const bytes = (string) => Buffer.byteLength(string);

// The stream beside the daemon's socket, unless the environment names one.
function streamOf(socket) {
  if (process.env.STATGATE_STREAM) return process.env.STATGATE_STREAM;
  return path.join(path.dirname(socket), "stream.sock");
}

class Client {
  #places;
  #socket = null;
  #connecting = false;
  #retryAt = 0;
  #service = "";
  #waiting = new Map(); // lines by letter, name and labels; words by a number
  #inFlight = null; // lines of the frame that is being written
  #values = 0; // observations that wait
  #words = 0;
  #delivered = 0;
  lost = 0;
  merged = 0;
  replaced = 0;
  #error = null;
  #closed = false;
  #metrics = new Map();
  #breakers = new Map();
  #beat = null;
  #soon = false;
  #atExit = () => this.#sendAtExit();

  constructor({ stream, socket, service } = {}) {
    this.socketPath = path.resolve(socket || process.env.STATGATE_SOCKET || "/run/statgate/statgate.sock");
    this.#places = path.resolve(stream || streamOf(this.socketPath));
    this.page = new Page(this.socketPath);
    this.handle = crypto.randomBytes(8).toString("hex");
    this.service(service || process.env.STATGATE_SERVICE);
    process.on("exit", this.#atExit);
    this.#connect();
  }

  // ---- single samples: each returns whether it was sent or waits, and false if it is lost ----

  count(name, n = 1, labels = {}) {
    return this.#put("c", name, n, labels);
  }

  add(name, delta, labels = {}) {
    return this.#put("c", name, delta, labels);
  }

  set(name, value, labels = {}) {
    return this.#put("g", name, value, labels);
  }

  observe(name, value, labels = {}) {
    return this.#put("h", name, value, labels);
  }

  info(name, labels = {}) {
    return this.#put("g", name, 1, labels);
  }

  state(name, state, labels = {}) {
    return this.#put("g", name, 1, { [name]: state, ...labels });
  }

  attempt(name, outcome, labels = {}) {
    return this.#putWord("a", name, outcome, labels, "");
  }

  circuit(name, state, labels = {}) {
    return this.#putWord("b", name, state, labels, "");
  }

  job(name, event, instance, labels = {}) {
    return isInstance(instance) ? this.#putWord("j", name, event, labels, `|i:${instance}`) : this._refuse(INSTANCE);
  }

  // Puts the label on each line from now on. False if the daemon would not take it for a name.
  service(name) {
    const good = !name || (typeof name === "string" && /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(name));
    if (good) this.#service = name ? `service:${name}` : "";
    return good;
  }

  // ---- prepared metrics: see below the class ----

  _prepare(kind, name, labels = {}) {
    const texts = this.#texts(name, labels);
    if (typeof texts === "string") {
      this.#error = texts;
      return new Metric(this, kind, null);
    }
    const key = `${kind}|${texts.name}${texts.labels}`;
    let metric = this.#metrics.get(key);
    if (metric === undefined) {
      metric = new Metric(this, kind, { ...texts, key: `${LETTERS[kind]}${texts.name}${texts.labels}` });
      if (this.#metrics.size < METRICS_MAX) this.#metrics.set(key, metric);
    }
    return metric;
  }

  // ---- circuit breakers ----

  // An Attempt, or null if the breaker denies it. Allowed where nothing is known of the breaker.
  begin(name, labels = {}) {
    const texts = this.#texts(name, labels);
    if (typeof texts === "string") return new Attempt(this, null, null);
    const key = texts.name + texts.labels;
    let breaker = this.#breakers.get(key);
    if (breaker === undefined) {
      breaker = this.page.breaker(texts.name, texts.labels);
      if (this.#breakers.size < 1024) this.#breakers.set(key, breaker);
    }
    const { allowed, mark } = breaker.ask();
    for (const [word, count] of breaker.denied()) this._word("a", texts, word, `|n:${count}`);
    return allowed ? new Attempt(this, texts, mark) : null;
  }

  // ---- what becomes of it ----

  // Sends what waits, for so many milliseconds. Resolves to whether nothing is left.
  flush(timeout = 0) {
    this.#send();
    if (this.#isIdle()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const until = Date.now() + timeout;
      const look = () => {
        this.#send();
        if (this.#isIdle() || Date.now() >= until) resolve(this.#isIdle());
        else setTimeout(look, 5);
      };
      setTimeout(look, Math.min(timeout, 5));
    });
  }

  // Sends once more what waits, and ends. Later calls do nothing.
  async close(timeout = 100) {
    await this.flush(timeout);
    this.#closed = true;
    process.off("exit", this.#atExit);
    clearTimeout(this.#beat);
    for (const line of this.#waiting.values()) this.lost += line.calls;
    this.#waiting.clear();
    if (this.#socket) this.#socket.destroy();
  }

  // Why the newest lost sample was lost; if none was, why none can be sent now; else null.
  get error() {
    if (this.#error !== null || this.#isConnected()) return this.#error;
    return `no daemon answers at ${this.#places}; samples wait until one does`;
  }

  // ---- lines ----

  _refuse(why) {
    this.lost++;
    this.#error = why;
    return false;
  }

  // Name and labels as they are written, or why they are not.
  #texts(name, labels) {
    try {
      return this.#checked(name, labels || {});
    } catch {
      return "a label's value is no text";
    }
  }

  #checked(name, labels) {
    if (typeof name !== "string" || name === "") return "the name is missing";
    if (/[:|\n]/.test(name)) return "the name has ':', '|' or a newline";
    const found = [];
    for (const [key, value] of Array.isArray(labels) ? labels : Object.entries(labels)) {
      if (key === "" || /[:,|\r\n]/.test(key) || value === null || value === undefined)
        return "a label has no value, or its key is missing or has ':', ',', '|' or a line end";
      const clean = String(value).replace(/[,|\r\n]/g, "_");
      if (clean !== String(value)) this.replaced++;
      found.push(`${key}:${clean}`);
    }
    if (this.#service && !found.some((label) => label.startsWith("service:"))) found.push(this.#service);
    const joined = found.length === 0 ? "" : `|#${found.join(",")}`;
    if (bytes(name) + bytes(joined) + 44 > LINE_BYTES) return "the line has more than 8 KiB";
    return { name, labels: joined };
  }

  #put(letter, name, value, labels) {
    if (this.#closed) return false;
    const texts = this.#texts(name, labels);
    const kept = typeof texts === "string" ? this._refuse(texts) : this._hold(letter, texts, value);
    this.#sendSoon();
    return kept;
  }

  #putWord(letter, name, word, labels, rest) {
    if (this.#closed) return false;
    const texts = this.#texts(name, labels);
    return typeof texts === "string" ? this._refuse(texts) : this._word(letter, texts, word, rest);
  }

  _hold(letter, texts, given) {
    const value = numberOf(given);
    if (this.#closed) return false;
    if (!Number.isFinite(value)) return this._refuse("the value is not finite");
    if (letter === "h" && this.#values >= VALUES_MAX) this.#drain();
    if (letter === "h" && this.#values >= VALUES_MAX) return this._refuse(FULL);
    const key = texts.key || `${letter}${texts.name}${texts.labels}`;
    let line = this.#waiting.get(key);
    if (line === undefined) {
      if (!this._hasRoom()) return this._refuse(FULL);
      line = { key, letter, texts, values: letter === "h" ? [] : null, up: null, down: null, calls: 0 };
      this.#waiting.set(key, line);
    }
    if (letter === "h") {
      line.values.push(text(value));
      this.#values++;
    } else if (letter === "g") {
      line.up = value;
      this.#waiting.delete(key); // of several states of a thing, the order shows which came last
      this.#waiting.set(key, line);
    } else {
      const side = value < 0 ? "down" : "up";
      const total = (line[side] || 0) + value;
      if (line[side] !== null && Math.abs(total) >= EXACT) {
        this.#waiting.delete(key); // a sum past this would not be exact
        line.key = ++this.#words;
        this.#waiting.set(line.key, line);
        return this._hold(letter, texts, value);
      }
      line[side] = total;
    }
    line.calls++;
    this.#needBeat();
    return true;
  }

  // A line of its own: words are never merged.
  _word(letter, texts, word, rest) {
    if (this.#closed) return false;
    if (typeof word !== "string" || word === "" || /[:|\n]/.test(word)) return this._refuse(WORD);
    if (!this._hasRoom()) return this._refuse(FULL);
    const labels = texts.labels + rest;
    if (bytes(texts.name) + bytes(labels) + bytes(word) + 4 > LINE_BYTES) return this._refuse("the line has more than 8 KiB");
    const key = ++this.#words;
    this.#waiting.set(key, { key, letter, texts: { name: texts.name, labels }, values: [word], up: null, down: null, calls: 1 });
    this.#sendSoon();
    return true;
  }

  // Whether one more line has room.
  _hasRoom() {
    if (this.#waiting.size >= LINES_MAX) this.#drain();
    return this.#waiting.size < LINES_MAX;
  }

  // ---- frames ----

  #isConnected() {
    return this.#socket !== null && !this.#connecting;
  }

  #isIdle() {
    return this.#waiting.size === 0 && this.#inFlight === null;
  }

  #connect() {
    if (this.#socket !== null || this.#closed || Date.now() < this.#retryAt) return;
    const socket = net.createConnection({ path: this.#places });
    this.#socket = socket;
    this.#connecting = true;
    socket.unref();
    socket.on("connect", () => {
      if (this.#socket !== socket) return;
      this.#connecting = false;
      this.#send();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#connecting = false;
      this.#retryAt = Date.now() + AWAY_MS;
      this.#takeBack();
      if (this.#waiting.size !== 0) this.#needBeat();
    });
    socket.resume();
  }

  // What was in a frame that nobody took whole waits again, before all else.
  #takeBack() {
    if (this.#inFlight === null) return;
    const newer = this.#waiting;
    this.#waiting = new Map();
    for (const line of this.#inFlight.lines) this.#waiting.set(typeof line.key === "number" ? line.key : ++this.#words, line);
    for (const [key, line] of newer) this.#waiting.set(key, line);
    this.#inFlight = null;
  }

  #sendSoon() {
    if (this.#soon) return;
    this.#soon = true;
    setImmediate(() => {
      this.#soon = false;
      this.#send();
    }).unref();
  }

  #needBeat() {
    if (this.#beat !== null || this.#closed) return;
    this.#beat = setTimeout(() => {
      this.#beat = null;
      this.#send();
      if (!this.#isIdle()) this.#needBeat();
    }, BEAT_MS);
    this.#beat.unref();
  }

  // Takes the oldest lines, as many as fit a frame, and writes them.
  #pack() {
    const lines = [];
    const texts = [];
    let size = REPORT_BYTES;
    let samples = 0;
    for (const [key, line] of this.#waiting) {
      const values = line.values !== null ? line.values : [line.up, line.down].filter((value) => value !== null).map(text);
      const frame = bytes(line.texts.name) + bytes(line.texts.labels) + 4;
      const most = Math.min(FRAME_BYTES, size + LINE_BYTES);
      let used = size + frame;
      let taken = 0;
      while (taken < values.length && (taken === 0 || used + values[taken].length + 1 <= most)) used += values[taken++].length + 1;
      if (lines.length !== 0 && (used > FRAME_BYTES || (taken < values.length && line.letter !== "h"))) break;
      texts.push(`${line.texts.name}:${values.slice(0, taken).join(":")}|${line.letter}${line.texts.labels}`);
      samples += taken;
      size = used;
      if (taken < values.length) {
        lines.push({ ...line, key: ++this.#words, values: line.values.splice(0, taken), calls: taken });
        line.calls -= taken;
        break;
      }
      lines.push(line);
      this.#waiting.delete(key);
    }
    texts[0] += `|q:${this.handle},${this.#delivered + samples + this.lost},${this.lost}`;
    const datagram = Buffer.from(texts.join("\n"));
    const data = Buffer.allocUnsafe(4 + datagram.length);
    data.writeUInt32LE(datagram.length, 0);
    datagram.copy(data, 4);
    return { lines, samples, data };
  }

  #send() {
    if (this.#closed || this.#inFlight !== null || this.#waiting.size === 0) return;
    if (!this.#isConnected()) {
      this.#connect();
      return;
    }
    this.#inFlight = this.#pack();
    this.#write(this.#inFlight.data);
  }

  #write(data) {
    const socket = this.#socket;
    const frame = this.#inFlight;
    socket.write(data, (error) => {
      if (this.#inFlight !== frame) return;
      if (error) {
        this.#takeBack();
        socket.destroy();
        return;
      }
      this.#settle(frame);
      this.#send();
    });
  }

  #settle(frame) {
    this.#inFlight = null;
    this.#delivered += frame.samples;
    for (const line of frame.lines) {
      if (line.letter === "h") this.#values -= line.values.length;
      else this.merged += line.calls - (line.values !== null ? 1 : (line.up !== null) + (line.down !== null));
    }
  }

  // Writes what waits as far as the kernel takes it at once, or until then. The kernel has connected the socket, if somebody listens,
  // before Node says so.
  #drain(until = 0, isAgain = false) {
    if (this.#socket !== null && this.#socket.errored) this.#connectAgain();
    const handle = this.#socket && this.#socket._handle;
    if (!handle || !(handle.fd >= 0) || (this.#inFlight !== null && until === 0)) return;
    let rest = this.#inFlight && this.#inFlight.data.subarray(this.#inFlight.data.length - handle.writeQueueSize);
    for (;;) {
      if (rest === null || rest.length === 0) {
        if (this.#inFlight !== null) this.#settle(this.#inFlight);
        if (this.#waiting.size === 0) return;
        this.#inFlight = this.#pack();
        rest = this.#inFlight.data;
      }
      try {
        rest = rest.subarray(fs.writeSync(handle.fd, rest));
      } catch (error) {
        if (error.code !== "EAGAIN") {
          this.#connectAgain();
          if (!isAgain) this.#drain(until, true);
        } else if (until === 0) {
          this.#write(rest);
        } else if (Date.now() < until) {
          Atomics.wait(sleeper, 0, 0, 1);
          continue;
        }
        return;
      }
    }
  }

  #connectAgain() {
    this.#takeBack();
    this.#socket.destroy();
    this.#socket = null;
    this.#connect();
  }

  // No callback comes any more.
  #sendAtExit() {
    this.#connect();
    this.#drain(Date.now() + EXIT_MS);
  }
}

for (const kind of Object.keys(LETTERS))
  Client.prototype[kind] = function (name, labels) {
    return this._prepare(kind, name, labels);
  };

function isInstance(instance) {
  return typeof instance === "string" && instance !== "" && bytes(instance) <= 64 && !/[|\r\n]/.test(instance);
}

// A prepared metric: its texts are checked once. What it is given is sent four times a second.
class Metric {
  #client;
  #kind;
  #texts;

  constructor(client, kind, texts) {
    this.#client = client;
    this.#kind = kind;
    this.#texts = texts;
  }

  #hold(kinds, given) {
    if (this.#texts === null) return false;
    const value = numberOf(given);
    if (!kinds.includes(this.#kind)) return this.#client._refuse("the metric is of another kind");
    if (this.#kind === "counter" && !(value >= 0)) return this.#client._refuse("the value is not finite, or negative for a counter");
    return this.#client._hold(LETTERS[this.#kind], this.#texts, value);
  }

  add(n = 1) {
    return this.#hold(["counter", "updown"], n);
  }

  set(value) {
    return this.#hold(["gauge"], value);
  }

  observe(value) {
    return this.#hold(["histogram"], value);
  }

  // The outcome of an attempt, or an event of the job with this id.
  report(word, instance) {
    if (this.#texts === null) return false;
    if (this.#kind === "attempts") return this.#client._word("a", this.#texts, word, "");
    if (this.#kind !== "jobs") return this.#client._refuse("the metric is of another kind");
    return isInstance(instance) ? this.#client._word("j", this.#texts, word, `|i:${instance}`) : this.#client._refuse(INSTANCE);
  }
}

// An attempt that the breaker allows.
class Attempt {
  #client;
  #texts;
  #mark;
  #begun = process.hrtime.bigint();

  constructor(client, texts, mark) {
    this.#client = client;
    this.#texts = texts;
    this.#mark = mark;
  }

  // It ended with this outcome; the seconds it took are measured unless they are given.
  report(outcome, seconds = Number(process.hrtime.bigint() - this.#begun) / 1e9) {
    const texts = this.#texts;
    this.#texts = null;
    if (texts === null) return false;
    const mark = this.#mark === null ? "" : `|p:${this.#mark}`;
    return this.#client._word("a", texts, outcome, mark + (typeof seconds === "number" && seconds >= 0 ? `|d:${text(seconds)}` : ""));
  }

  // It was not made, or its outcome means nothing.
  drop() {
    this.#texts = null;
  }
}

module.exports = { Attempt, Client, Metric };
