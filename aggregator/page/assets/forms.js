// SPDX-License-Identifier: MIT
// forms.js - how numbers, times, processes, labels and curves are shown: one function each.
import {h, svg, isolated} from './dom.js';

const NONE = '\u2013';
const isKnown = value => value !== null && value !== undefined;

const grouped = new Intl.NumberFormat('en-US', {maximumFractionDigits: 3});
export const count = value => isKnown(value) ? grouped.format(value) : NONE;

// Three significant digits and a prefix: 31.4, 1.25 k, 3.1 M.
function stepped(value, step, words) {
  let at = 0;
  while (Math.abs(value) >= step * 0.9995 && at + 1 < words.length) {
    value /= step;
    at++;
  }
  const digits = Math.abs(value) >= 999.5 ? value.toFixed(0) : value.toPrecision(3);
  return `${Number(digits)}${words[at] ? `\u00a0${words[at]}` : ''}`;
}

export const short = value => isKnown(value) ? stepped(value, 1000, ['', 'k', 'M', 'G', 'T']) : NONE;
export const rate = value => isKnown(value) ? `${short(value)}/s` : NONE;
export const bytes = value => isKnown(value) ? stepped(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']) : NONE;
export const share = (part, whole) => whole > 0 ? `${Number((100 * part / whole).toFixed(1))}\u00a0%` : NONE;

// A duration in its two largest units: 250 ms, 3 min 20 s, 2 d 4 h.
export function span(seconds) {
  if (!isKnown(seconds)) return NONE;
  if (Math.abs(seconds) < 60) {
    const small = [[1, 's'], [1e3, 'ms'], [1e6, '\u00b5s'], [1e9, 'ns']];
    const [scale, word] = seconds === 0 ? small[0] : small.find(([of]) => Math.abs(seconds) * of >= 0.9995) ?? small[3];
    return `${Number((seconds * scale).toPrecision(3))}\u00a0${word}`;
  }
  const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const whole = Math.round(Math.abs(seconds)), at = units.findIndex(([of]) => whole >= of);
  const [of, word] = units[at], rest = whole % of;
  const next = units[at + 1];
  const more = next && rest >= next[0] ? ` ${Math.floor(rest / next[0])}\u00a0${next[1]}` : '';
  return `${seconds < 0 ? '\u2212' : ''}${grouped.format(Math.floor(whole / of))}\u00a0${word}${more}`;
}

// How long ago, in whole seconds; the moment itself is in the element.
export function ago(ms) {
  if (!isKnown(ms)) return h('span', {class: 'quiet'}, 'never');
  const past = Date.now() - ago.ahead - ms, whole = Math.floor(Math.abs(past) / 1000);
  const text = whole === 0 ? 'now' : past < 0 ? `in ${span(whole)}` : `${span(whole)} ago`;
  return h('time', {datetime: new Date(ms).toISOString(), title: new Date(ms).toLocaleString()}, text);
}
ago.ahead = 0; // by how much this clock is ahead of the daemon's

export function value(number, unit) {
  if (typeof number !== 'number') return isKnown(number) ? String(number) : NONE;
  return unit === 'seconds' ? span(number) : unit === 'bytes' ? bytes(number) : count(number);
}

// ---- texts ----

export const address = query => `./?${new URLSearchParams(query)}`;
export const link = (text, query) => h('a', {href: address(query)}, isolated(text));
export const service = name => isKnown(name) ? link(name, {service: name}) : NONE;
export const family = row => link(row.name ?? row.family, {service: row.service, family: row.name ?? row.family});

// A state: a shape and a word.
export const state = (look, word) => h('span', {class: `state ${look}`}, word);

export const labels = of => Object.entries(of ?? {}).map(([name, text]) =>
  [h('span', {class: 'label'}, `${name}=`, h('bdi', null, `"${text}"`)), ' ']);

export function process(who) {
  if (!isKnown(who)) return NONE;
  return h('span', {class: 'who'}, h('span', null, isolated(who.comm ?? 'a process')),
    who.pid > 0 && h('span', null, h('a', {href: address({pid: who.pid})}, `process ${who.pid}`)),
    isKnown(who.unit) && h('span', null, isolated(who.unit)));
}

// A line, with the byte at fault marked; bytes are those of UTF-8.
export function line(text, offset, cut) {
  const all = new TextEncoder().encode(text), decode = part => new TextDecoder().decode(part);
  let end = offset + 1;
  while (end < all.length && (all[end] & 0xc0) === 0x80) end++;
  return h('pre', {class: 'sample'}, h('bdi', null, decode(all.slice(0, offset)),
    h('mark', null, decode(all.slice(offset, end)) || '\u23ce'), decode(all.slice(end)), cut && '\u2026'),
  h('span', {class: 'quiet'}, ` byte ${offset + 1}`));
}

async function put(button) {
  const text = button.previousElementSibling.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Only pages of a secure origin may; elsewhere a selection can still be copied.
    const field = h('textarea', null, text);
    button.after(field);
    field.select();
    document.execCommand('copy');
    field.remove();
    button.focus();
  }
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = 'Copy'; }, 1500);
}

export const copyable = (what, text) => h('div', {class: 'copyable'}, h('pre', {class: 'copy'}, text),
  h('button', {type: 'button', 'aria-label': `Copy ${what}`, onclick: event => put(event.currentTarget)}, 'Copy'));

// ---- pictures: SVG without style, hidden from screen readers; words beside them say the same ----

export const bar = (part, whole, near) => svg('svg', {class: near ? 'bar near' : 'bar', viewBox: '0 0 100 6', preserveAspectRatio: 'none',
  'aria-hidden': 'true'}, svg('rect', {width: whole > 0 ? Math.min(100, 100 * part / whole).toFixed(1) : 0, height: 6}));

// A curve of values, the oldest first; null is a gap.
export function curve(values, look = 'spark', from = Math.min(0, ...values.filter(isKnown))) {
  const top = Math.max(from + 1e-9, ...values.filter(isKnown));
  let path = '', gap = true;
  values.forEach((of, i) => {
    if (isKnown(of)) path += `${gap ? 'M' : 'L'}${i} ${(19 - 18 * (of - from) / (top - from)).toFixed(1)}`;
    gap = !isKnown(of);
  });
  return svg('svg', {class: look, viewBox: `0 0 ${Math.max(1, values.length - 1)} 20`, preserveAspectRatio: 'none', 'aria-hidden': 'true'},
    svg('path', {d: path}));
}

// Buckets of equal width; the last is beyond all bounds. `marks` are in buckets from the left.
export function histogram(counts, marks) {
  const top = Math.max(1, ...counts), width = counts.length * 10;
  return svg('svg', {class: 'histogram', viewBox: `0 0 ${width} 100`, preserveAspectRatio: 'none', 'aria-hidden': 'true'},
    counts.map((of, i) => svg('path', {class: i + 1 === counts.length ? 'beyond' : null,
      d: `M${i * 10 + 0.5} 100v${(-100 * of / top).toFixed(1)}h9v${(100 * of / top).toFixed(1)}z`})),
    marks.map(at => svg('path', {class: 'mark', d: `M${(at * 10).toFixed(1)} 0V100`})));
}
