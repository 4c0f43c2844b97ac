// SPDX-License-Identifier: MIT
// main.js - shows the page of the address, and asks again every two seconds while somebody can see it.
import {h, isolated, takeChildren} from './dom.js';
import {address, ago, bytes, count, link, rate, share, state} from './forms.js';
import {NAVIGATION, pageOf} from './pages.js';

const EVERY_MS = 2000, PATIENCE_MS = 10000;

const at = id => document.getElementById(id);

// ---- asking ----

const kept = new Map(); // answers of views that are not asked for each time: path, {until, answer}

// No answer of the daemon's came: `said` is what the reader is told.
const silence = said => {
  throw Object.assign(new Error(said), {said});
};

async function ask({path, every}) {
  const old = kept.get(path);
  if (old && Date.now() < old.until) return old.answer;
  // A location that was opened with a user and password has them in what relative addresses become, which fetch refuses.
  const response = await fetch(new URL(path, location.origin + location.pathname), {cache: 'no-store', headers: {accept: 'application/json'}, signal: AbortSignal.timeout(PATIENCE_MS)}).catch(() => silence('The daemon does not answer'));
  if (response.status >= 500 || response.status === 401) silence(`The daemon answers ${response.status}`);
  const answer = await response.json().catch(error => silence(error instanceof SyntaxError ? 'What answers here is not the daemon' : 'The daemon does not answer'));
  // What is refused has a sentence that says why: it is shown in the page's place.
  if (!response.ok && response.status !== 404) throw Object.assign(new Error(answer.error), {isRefusal: true});
  for (const [other, {until}] of kept) if (Date.now() >= until) kept.delete(other);
  if (every) kept.set(path, {until: Date.now() + every, answer});
  return answer;
}

async function collect(views) {
  const names = Object.keys(views);
  const answers = await Promise.all(names.map(name => ask(views[name])));
  return Object.fromEntries(names.map((name, index) => [name, answers[index]]));
}

// ---- the head ----

function truth(status) {
  const most = status.problems.length + status.problems_left_out;
  const figures = [
    ['Samples', rate(status.samples_per_s)], ['Rejected', rate(status.rejected_per_s)], ['Folded', rate(status.folded_per_s)], ['Lost', count(status.lost)],
    ['Series', `${count(status.series)} of ${count(status.series_bound)}`], ['Queue', share(status.queue.most, status.queue.capacity)],
    ['Memory', [bytes(status.memory.resident_bytes), status.memory.bound_bytes && h('span', {class: 'quiet'}, ` of ${bytes(status.memory.bound_bytes)}`)]],
    ['Started', ago(status.started)], ['Catalogs read', ago(status.catalogs_loaded)],
  ];
  const most_folded = status.folded_most;
  return h('div', null,
    h('p', {class: 'verdict'}, h('a', {href: './#problems'}, most === 0 ? state('good', 'OK') : state('bad', `${count(most)} problem${most === 1 ? '' : 's'}`))),
    h('dl', {class: 'figures'}, figures.map(([name, text]) => h('div', null, h('dt', null, name), h('dd', null, text)))),
    most_folded && h('p', {class: 'folding quiet'}, 'Folds most: ', link(most_folded.family, {service: most_folded.service, family: most_folded.family}),
      most_folded.label && [' ', h('span', {class: 'label'}, isolated(most_folded.label))], ` ${rate(most_folded.rate)}`));
}

function navigation(page) {
  const show = new URLSearchParams(location.search).get('show');
  return h('div', null, h('a', {href: './', 'aria-current': location.search === '' ? 'page' : null}, 'Overview'),
    NAVIGATION.map(([title, query]) => [' ', h('a', {href: address(query), 'aria-current': query.show === show ? 'page' : null}, title)]),
    page.path && h('span', {class: 'crumbs'}, page.path.map(([name, query]) => [' \u203a ', link(name, query)])));
}

// ---- showing ----

let timer = 0, shown = null, answered = Date.now(), turn = 0;

// The line of truth is true no longer.
function say(trouble) {
  takeChildren(at('truth'), h('div', null, h('p', {class: 'verdict'}, state('bad', trouble), ' ',
    h('span', {class: 'quiet'}, `what you see is from ${new Date(answered).toLocaleTimeString()}`))));
}

function put(page, content) {
  document.title = [page.title, 'statgate'].filter(Boolean).join(' \u2013 ');
  takeChildren(at('nav'), navigation(page));
  // What the reader sees first stays where it is, whatever comes or goes above it.
  const first = scrollY > 0 && [...document.querySelectorAll('main section, .problem, tbody tr')].find(of => of.getBoundingClientRect().top >= 0);
  const top = first && first.getBoundingClientRect().top;
  takeChildren(at('main'), h('div', null, content));
  if (first?.isConnected) scrollBy(0, first.getBoundingClientRect().top - top);
  at('main').dataset.ready = 'yes';
}

async function update() {
  clearTimeout(timer);
  if (document.visibilityState !== 'visible') return;
  const mine = ++turn, search = location.search;
  const page = shown?.search === search ? shown.page : pageOf(search);
  try {
    const status = await ask({path: './debug/status'});
    if (mine !== turn) return; // the reader went on
    answered = Date.now();
    ago.ahead = Date.now() - status.now;
    at('host').textContent = [status.host, status.version].filter(Boolean).join(' ');
    takeChildren(at('truth'), truth(status));
    let content;
    try {
      const answers = await collect(page.views);
      if (page.more) Object.assign(answers, await collect(page.more(answers)));
      content = page.draw({status, ...answers});
    } catch (error) {
      if (!error.isRefusal) throw error;
      content = h('section', {id: 'missing'}, h('h2', null, 'Not found'), h('p', null, error.message));
    }
    if (mine !== turn) return;
    put(page, content);
    if (shown?.search !== search) arrive();
    shown = {search, page};
  } catch (error) {
    if (mine !== turn) return;
    say(error.said ?? 'This page has a fault, which the console of the browser shows');
    if (!error.said) console.error(error);
  }
  timer = setTimeout(update, EVERY_MS);
}

// A page was reached: what its address names is shown.
function arrive() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target) target.scrollIntoView();
  const field = at('q');
  if (document.activeElement !== field) field.value = new URLSearchParams(location.search).get('q') ?? '';
}

function go(url) {
  const isSame = url.search === location.search;
  history.pushState(null, '', url);
  if (isSame) return arrive();
  scrollTo(0, 0);
  update();
}

// ---- what the reader does ----

addEventListener('click', event => {
  const anchor = event.target.closest?.('a[href]');
  if (!anchor || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const url = new URL(anchor.href), here = new URL('./', location.href);
  if (url.origin !== here.origin || url.pathname !== here.pathname || anchor.classList.contains('skip')) return;
  event.preventDefault();
  go(url);
});

document.querySelector('form[role=search]').addEventListener('submit', event => {
  event.preventDefault();
  const text = at('q').value.trim();
  go(new URL(text ? address({q: text}) : './', location.href));
});

addEventListener('keydown', event => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.nodeName);
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    at('q').select();
  }
});

addEventListener('popstate', update);
document.addEventListener('visibilitychange', update);
update();
