// SPDX-License-Identifier: MIT
// The page in which the daemon publishes its circuit breakers: proto/BREAKER_PAGE.md. Node can take no tickets, so while a breaker
// is half-open a process makes one attempt in each epoch, which it does not mark.
"use strict";
const fs = require("fs");

const PAGE_BYTES = 69632;
const SLOTS_AT = 4096;
const SLOTS = 4096;
const CLOSED = { allowed: true, mark: 0 };
const MASK = (1n << 64n) - 1n;

function fnv1a64(text) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  return hash;
}

function tagOf(name, labels) {
  let tag = fnv1a64(name);
  for (const label of labels.slice(2).split(",")) if (label !== "") tag += fnv1a64(label);
  tag &= MASK;
  return tag === 0n ? 1n : tag;
}

class Page {
  #path;
  #folder;
  #fd = null;
  #triedAt = -Infinity;
  #head = Buffer.alloc(64);

  constructor(socketPath) {
    this.#path = socketPath.replace(/\.sock$/, "") + ".breakers";
    this.#folder = socketPath.replace(/\/[^/]*$/, "/");
  }

  breaker(name, labels) {
    return new Breaker(this, tagOf(name, labels));
  }

  #open() {
    let fd = null;
    try {
      fd = fs.openSync(this.#path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
      const is = fs.fstatSync(fd);
      const owners = [0, process.geteuid(), fs.statSync(this.#folder).uid];
      fs.readSync(fd, this.#head, 0, 64, 0);
      const good = is.isFile() && is.size === PAGE_BYTES && (is.mode & 0o022) === 0 && owners.includes(is.uid);
      if (good && this.#head.toString("latin1", 0, 8) === "SGBREAKS" && this.#head.readUInt32LE(8) === 1) return fd;
    } catch (_) {
      /* no page */
    }
    if (fd !== null) fs.closeSync(fd);
    return null;
  }

  #read(into, at) {
    try {
      return fs.readSync(this.#fd, into, 0, into.length, at) === into.length;
    } catch (_) {
      return false;
    }
  }

  // The beat, the generation and whether denied attempts are counted; null if no daemon writes the page. Looks for another
  // one, at most once a second.
  live() {
    const now = Number(process.hrtime.bigint() / 1000000n);
    for (let i = 0; i < 2; i++) {
      if (this.#fd !== null && this.#read(this.#head, 0)) {
        const beat = Number(this.#head.readBigUInt64LE(24));
        if (beat !== 0 && now - beat >= -1000 && now - beat <= 3000)
          return { beat, generation: this.#head.readBigUInt64LE(40), counts: (this.#head.readUInt32LE(52) & 1) === 1 };
      }
      if (now - this.#triedAt < 1000) return null;
      this.#triedAt = now;
      if (this.#fd !== null) fs.closeSync(this.#fd);
      this.#fd = this.#open();
    }
    return null;
  }

  slot(at) {
    const slot = Buffer.alloc(16);
    return this.#read(slot, at) ? slot : null;
  }

  slots() {
    const slots = Buffer.alloc(SLOTS * 16);
    return this.#read(slots, SLOTS_AT) ? slots : null;
  }
}

// One breaker as this process sees it.
class Breaker {
  #page;
  #tag;
  #generation = null;
  #at = null;
  #epoch = 0; // in which an attempt was last allowed while it was half-open
  #denied = [0, 0, 0];
  #deniedBeat = 0;
  #beat = null;

  constructor(page, tag) {
    this.#page = page;
    this.#tag = tag;
  }

  #find(generation) {
    if (generation === this.#generation) return;
    const slots = this.#page.slots();
    this.#generation = generation;
    this.#at = null;
    this.#epoch = 0;
    const first = Number((this.#tag ^ (this.#tag >> 32n)) & BigInt(SLOTS - 1));
    for (let i = 0; slots !== null && i < SLOTS; i++) {
      const at = ((first + i) % SLOTS) * 16;
      const tag = slots.readBigUInt64LE(at);
      if (tag === this.#tag) this.#at = SLOTS_AT + at;
      if (tag === this.#tag || tag === 0n) return;
    }
  }

  ask() {
    const live = this.#page.live();
    this.#beat = live === null ? null : live.beat;
    if (live === null) return CLOSED;
    this.#find(live.generation);
    const slot = this.#at === null ? null : this.#page.slot(this.#at);
    if (slot === null || slot.readBigUInt64LE(0) !== this.#tag) return CLOSED;
    const state = slot.readUInt32LE(8) & 3;
    const epoch = slot.readUInt32LE(8) >>> 2;
    if (state === 0 || state === 3) return { allowed: true, mark: epoch };
    if (state === 2 && epoch !== this.#epoch) {
      this.#epoch = epoch;
      return { allowed: true, mark: null };
    }
    if (live.counts) {
      if (this.#denied.every((count) => count === 0)) this.#deniedBeat = live.beat;
      this.#denied[(slot.readUInt32LE(12) & 0x80000000) !== 0 ? 2 : state === 2 ? 1 : 0]++;
    }
    return { allowed: false, mark: null };
  }

  // What was denied before this beat, as words and numbers.
  denied() {
    if (this.#beat === this.#deniedBeat) return [];
    const counts = this.#denied;
    this.#denied = [0, 0, 0];
    return ["denied,open", "denied,half_open", "denied,forced"].map((word, i) => [word, counts[i]]).filter(([, count]) => count !== 0);
  }
}

module.exports = { Page };
