// What the page of statgate does beyond being read: it keeps itself up to date, draws how values change while it is open,
// and copies. Without this script it says the same.
'use strict';
(() => {
  const EVERY_MS = 2000, CURVES = 50, POINTS = 60;
  const SVG = 'http://www.w3.org/2000/svg';

  // ---- what is there becomes what the daemon says now; what the reader opened, chose or focused stays ----

  const keyOf = node => node.nodeType === 1 ? node.dataset.key || node.id : '';
  const isOwn = node => node.nodeType === 1 && node.hasAttribute('data-own');
  const isSame = (a, b) => a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

  function takeAttributes(old, now) {
    const kept = name => (name === 'open' && old.nodeName === 'DETAILS') || (name === 'value' && old.nodeName === 'INPUT');
    for (const {name} of [...old.attributes]) if (!now.hasAttribute(name) && !kept(name)) old.removeAttribute(name);
    for (const {name, value} of now.attributes) {
      if (!kept(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  function takeNode(old, now) {
    if (old.nodeType === 1) {
      takeAttributes(old, now);
      takeChildren(old, now);
    } else if (old.data !== now.data) {
      old.data = now.data;
    }
  }

  // Items with keys are found again wherever they are; others by their place.
  function takeChildren(old, now) {
    const keyed = new Map();
    for (const child of old.children) if (keyOf(child)) keyed.set(keyOf(child), child);
    let at = old.firstChild;
    const next = () => {
      while (at && isOwn(at)) at = at.nextSibling;
      return at;
    };
    for (const child of [...now.childNodes]) {
      const match = keyOf(child) ? keyed.get(keyOf(child)) : next();
      keyed.delete(keyOf(child)); // one that is there twice is written anew
      if (!match || !isSame(match, child)) {
        old.insertBefore(child, next());
        continue;
      }
      if (match === next()) at = match.nextSibling;
      else old.insertBefore(match, next());
      takeNode(match, child);
    }
    while (next()) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  }

  // ---- curves of values, from what this page has seen ----

  const seen = new Map(); // by the key of the value: numbers, the oldest first

  function draw(element, values) {
    let svg = element.previousElementSibling;
    if (!svg || !isOwn(svg)) {
      svg = document.createElementNS(SVG, 'svg');
      svg.setAttribute('class', 'spark');
      svg.setAttribute('data-own', '');
      svg.setAttribute('aria-hidden', 'true');
      svg.setAttribute('preserveAspectRatio', 'none');
      svg.setAttribute('viewBox', `0 0 ${POINTS - 2} 20`);
      svg.append(document.createElementNS(SVG, 'path'));
      element.before(svg);
    }
    const low = Math.min(...values), range = Math.max(...values) - low;
    const from = POINTS - 1 - values.length;
    svg.firstChild.setAttribute('d', values.map((value, i) =>
      `${i ? 'L' : 'M'}${from + i} ${(range ? 19 - (value - low) / range * 18 : 10).toFixed(1)}`).join(''));
  }

  function sample() {
    const present = new Set();
    for (const element of [...document.querySelectorAll('data.v')].slice(0, CURVES)) {
      const row = element.closest('[data-key]');
      const key = (row ? row.dataset.key : '') + element.dataset.of;
      const values = seen.get(key) || [];
      present.add(key);
      seen.set(key, values);
      values.push(Number(element.value));
      if (values.length > POINTS) values.shift();
      // Of what only grows, how fast it did.
      const shown = element.dataset.of === 'total' ? values.slice(1).map((value, i) => Math.max(0, value - values[i]))
        : values.slice(1);
      if (shown.length > 1) draw(element, shown);
    }
    for (const key of seen.keys()) if (!present.has(key)) seen.delete(key);
  }

  // ---- copying ----

  async function copy(button, text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Only pages of a secure origin may; elsewhere a selection can still be copied.
      const field = document.createElement('textarea');
      field.value = text;
      button.after(field);
      field.select();
      document.execCommand('copy');
      field.remove();
      button.focus();
    }
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  }

  function addButtons() {
    for (const box of document.querySelectorAll('.copyable')) {
      if (box.querySelector('button')) continue;
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = 'Copy';
      button.setAttribute('aria-label', `Copy ${box.dataset.what}`);
      button.setAttribute('data-own', '');
      button.addEventListener('click', () => copy(button, box.querySelector('pre').textContent));
      box.append(button);
    }
  }

  // ---- keeping up to date ----

  const written = new Map(); // what the daemon wrote of each part, by its id
  let timer = 0, asking = false;

  // Parts are the sections and what stands above them; one that did not change is not touched.
  const parts = root => root.querySelectorAll('#truth, #main');

  function take(now) {
    document.title = now.title;
    for (const part of parts(now)) {
      const text = part.innerHTML, old = document.getElementById(part.id);
      if (!old || written.get(part.id) === text) continue;
      takeChildren(old, part);
      written.set(part.id, text);
    }
    addButtons();
    sample();
  }

  // The line of truth is true no longer.
  function say(trouble) {
    const verdict = document.querySelector('.verdict');
    if (verdict.dataset.trouble === trouble) return;
    verdict.innerHTML = '<span class="state bad"></span> <span class="quiet"></span>';
    verdict.firstChild.textContent = trouble;
    verdict.lastChild.textContent = `what you see is from ${new Date(asked).toLocaleTimeString()}`;
    verdict.dataset.trouble = trouble;
    written.delete('truth');
  }
  let asked = Date.now();

  async function update() {
    clearTimeout(timer);
    if (asking || document.visibilityState !== 'visible') return;
    asking = true;
    try {
      const answer = await fetch(location.href, {cache: 'no-store', headers: {accept: 'text/html'}, signal: AbortSignal.timeout(10000)});
      if (!answer.ok && answer.status !== 404) throw new Error(`The daemon answers ${answer.status}`);
      take(new DOMParser().parseFromString(await answer.text(), 'text/html'));
      asked = Date.now();
    } catch (error) {
      say(error.message.startsWith('The daemon') ? error.message : 'The daemon does not answer');
    }
    asking = false;
    timer = setTimeout(update, EVERY_MS);
  }

  // ---- begin ----

  addEventListener('keydown', event => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.nodeName);
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      document.getElementById('q').select();
    }
  });
  document.addEventListener('visibilitychange', update);
  for (const part of parts(document)) written.set(part.id, part.innerHTML);
  addButtons();
  sample();
  timer = setTimeout(update, EVERY_MS);
})();
