// SPDX-License-Identifier: MIT
// dom.js - elements from values, and a tree that takes over another without losing what the reader opened, chose or scrolled to.

const SVG = 'http://www.w3.org/2000/svg';

// What a reader would not see, or what changes how other text is shown: controls, marks of direction, characters without width.
const UNSEEN = /[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

// A stranger's text, with what is unseen written out: \x1b, \u202e.
export function visible(text) {
  return String(text).replace(UNSEEN, found => {
    const code = found.codePointAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

function make(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false)
    .map(child => child instanceof Node ? child : visible(child)));
  return element;
}

export const h = (tag, attributes, ...children) => make(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) => make(document.createElementNS(SVG, tag), attributes, children);

// A stranger's text in an element of its own, so that its direction of writing ends with it.
export const isolated = text => h('bdi', null, text);

// ---- taking over ----

const keyOf = node => node.nodeType === 1 ? node.dataset.key : undefined;
const isSame = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

function takeAttributes(old, now) {
  const kept = name => (name === 'open' && old.nodeName === 'DETAILS');
  for (const {name} of [...old.attributes]) if (!now.hasAttribute(name) && !kept(name)) old.removeAttribute(name);
  for (const {name, value} of now.attributes) if (!kept(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
}

function takeNode(old, now) {
  if (old.nodeType === 1) {
    takeAttributes(old, now);
    takeChildren(old, now);
  } else if (old.data !== now.data) {
    old.data = now.data;
  }
}

// Make the children of `old` those of `now`. Items with keys are found again wherever they are, others by their place.
export function takeChildren(old, now) {
  const keyed = new Map();
  for (const child of old.children) if (keyOf(child)) keyed.set(keyOf(child), child);
  let at = old.firstChild;
  for (const child of [...now.childNodes]) {
    const match = keyOf(child) ? keyed.get(keyOf(child)) : at;
    keyed.delete(keyOf(child)); // one that is there twice is made again
    if (!match || !isSame(match, child)) {
      old.insertBefore(child, at);
      continue;
    }
    if (match === at) at = match.nextSibling;
    else old.insertBefore(match, at);
    takeNode(match, child);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}
