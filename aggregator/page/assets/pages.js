// SPDX-License-Identifier: MIT
// pages.js - what each address shows: the views that it asks for, and the columns of its tables.
//
// A column is [title, cell of a row]; a title that begins with # is of numbers. The first column names the row; a third
// item is a class: `prose` for sentences. A page is {title, views, draw}: `views` are paths below debug/, asked for at each refresh (with `every`, less often),
// `more` those that depend on their answers; `draw` gets all answers. With the status these are at most four requests.
import {h, isolated} from './dom.js';
import {address, ago, bar, copyable, count, curve, family, histogram, labels, line, link, process, rate, service, share, short, span, state,
  value} from './forms.js';

const MANY = 60, FEW = 12;

// ---- pieces ----

const section = (id, title, ...children) =>
  h('section', {id, 'aria-labelledby': `${id}-title`}, h('h2', {id: `${id}-title`}, title), children);

function table(title, columns, rows, keyOf) {
  const isNumber = column => column[0][0] === '#';
  const head = columns.map(column => h('th', {scope: 'col', class: isNumber(column) ? 'n' : null}, column[0].replace('#', '')));
  const body = rows.map((row, index) => h('tr', {'data-key': keyOf ? keyOf(row) : String(index)}, columns.map((column, at) =>
    at === 0 ? h('th', {scope: 'row'}, column[1](row)) : h('td', {class: isNumber(column) ? 'n' : column[2]}, column[1](row)))));
  return h('div', {class: 'wide', role: 'group', 'aria-label': `Table: ${title}`, tabindex: 0},
    h('table', null, h('thead', null, h('tr', null, head)), h('tbody', null, body)));
}

// A list of a view: nothing if it has no rows and says nothing then.
function list(id, title, columns, rows, {keyOf, none, more} = {}) {
  if (!rows || rows.length === 0) return none ? section(id, title, h('p', {class: 'quiet'}, none)) : null;
  return section(id, title, table(title, columns, rows, keyOf), more);
}

const rest = (of, query) => of.next && h('p', null, h('a', {href: address({...query, after: of.next})}, 'The next ones'));
const all = (show, text) => h('p', null, h('a', {href: address({show})}, text));
const bad = number => number > 0 ? h('strong', {class: 'bad'}, count(number)) : count(number);

// What to do: a sentence a line.
const advice = (hint, isOpen) => h('details', {open: isOpen}, h('summary', null, 'What to do'),
  h('p', {class: 'hint'}, hint.split('\n').map((of, at) => [at > 0 && h('br'), of])));

// ---- columns ----

const fullness = row => h('span', {class: row.near ? 'of warn' : 'of'}, bar(row.series, row.bound, row.near), ' ',
  `${count(row.series)} of ${count(row.bound)}`);

const SERVICES = [
  ['Service', row => service(row.service)],
  ['Series, of its bound', fullness],
  ['#Now', row => [row.curve && curve(row.curve.samples), ' ', rate(row.samples_per_s)]],
  ['#Samples', row => count(row.samples)],
  ['#Rejected', row => bad(row.rejected)],
  ['#Folded', row => count(row.folded)],
  ['#Senders', row => count(row.senders)],
  ['#Last sample', row => ago(row.last_sample)],
];

const FAMILIES = [
  ['Family', row => family(row)],
  ['Type', row => row.type],
  ['Series, of its bound', fullness],
  ['#Rejected', row => bad(row.rejected)],
  ['#Folded', row => count(row.folded)],
  ['Help', row => [h('span', {class: 'help'}, row.help), row.exposed ? null : state('idle', 'not exposed')], 'prose'],
];

const LIVE = {true: ['good', 'alive'], false: ['idle', 'ended'], null: ['idle', 'not visible']};
const SENDERS = [
  ['Sender', row => process(row)],
  ['Service', row => [service(row.service), row.services > 1 && h('span', {class: 'quiet'}, ` and ${count(row.services - 1)} more`)]],
  ['State', row => state(...LIVE[row.alive])],
  ['#Samples =', row => count(row.samples)],
  ['#accepted +', row => count(row.accepted)],
  ['#folded +', row => count(row.folded)],
  ['#rejected +', row => bad(row.rejected)],
  ['#ignored', row => count(row.ignored)],
  ['#Lost', row => bad(row.lost)],
  ['#Last sample', row => ago(row.last_seen)],
];

const ENDED = [
  ['Process', row => process(row)],
  ['Service', row => service(row.service)],
  ['#Samples', row => count(row.samples)],
  ['#Values that went with it', row => count(row.took.parts)],
  ['#Jobs', row => bad(row.took.jobs)],
  ['#Ended', row => ago(row.at)],
];

const LOOKS = {
  breaker_opened: 'bad', breaker_would_open: 'warn', breaker_forced: 'warn', breaker_closed: 'good', job_lost: 'bad', table_full: 'bad', sender_loss: 'warn', family_rejected: 'bad',
  query_down: 'bad',
};
const words = name => name.replaceAll('_', ' ');
const EVENTS = [
  ['#When', row => ago(row.at)],
  ['Event', row => state(row.over ? 'good' : LOOKS[row.event] ?? 'idle', words(row.event))],
  ['Where', row => [row.family ? link(row.family, {service: row.service, family: row.family}) : row.service ? service(row.service) : null,
    !row.family && row.name && [' ', isolated(row.name)], row.labels && [' ', h('span', {class: 'label'}, isolated(row.labels))]]],
  ['What', row => [isolated(row.text), row.held_back > 0 && h('span', {class: 'quiet'}, ` and ${count(row.held_back)} more like it`)], 'prose'],
];

const LIGHTS = {closed: 'good', open: 'bad', half_open: 'warn'};
const BREAKERS = [
  ['Breaker', row => [family(row), ' ', labels(row.labels), row.state !== 'closed' && row.opened_by && h('div', {class: 'who'},
    h('span', null, 'opened ', ago(row.opened_by.at), ' by ', process(row.opened_by)),
    row.cooldown_ends && h('span', null, 'tries again ', ago(row.cooldown_ends))),
  row.forced && h('div', {class: 'who'}, h('span', null, 'forced ', ago(row.forced.at), ` by user ${row.forced.uid}`,
    row.forced.why && [': ', isolated(row.forced.why)]), row.forced.until && h('span', null, 'ends ', ago(row.forced.until))),
  row.attempts?.length > 0 && h('details', null, h('summary', null, 'Its last failures'), h('ol', {class: 'attempts'},
    row.attempts.map(of => h('li', null, isolated(of.outcome), ' ', ago(of.at), ' ', process(of)))))]],
  ['State', row => state(LIGHTS[row.state] ?? 'idle', words(row.state ?? 'none') + (row.forced ? ', forced'
    : row.mode === 'observe' ? `, on trial: ${words(row.judged)}` : ''))],
  ['#In the window', row => row.window && `${row.window.failed} of ${row.window.attempts} failed`
    + (row.window.timed > 0 ? `, ${row.window.slow} slow` : '')],
  ['#Changed', row => ago(row.since)],
  ['#Failures in a row', row => count(row.consecutive_failures)],
  ['#Opened', row => count(row.opened)],
  ['#Denied', row => count(row.denied)],
  ['#Last success', row => ago(row.last_success)],
  ['#Last failure', row => ago(row.last_error)],
];

const JOBS = [
  ['Live job', row => [family(row), ' ', labels(row.labels)]],
  ['Id', row => isolated(row.id)],
  ['State', row => state(row.state === 'running' ? 'good' : 'idle', row.state)],
  ['#For', row => span(row.age_s)],
  ['Process', row => row.pid === null ? process(null) : process(row)],
];
const OUTCOMES = {succeeded: 'good', lost: 'bad', failed: 'bad'};
const JOBS_WATCHED = [
  ['Job', row => [family(row), ' ', labels(row.labels)]],
  ['Is', row => row.problem ? state('bad', row.problem) : state('good', 'well')],
  ['#Failures in a row', row => count(row.failures)],
  ['#Next', row => row.late_s > 0 ? `${span(row.late_s)} late` : row.next_start && ago(row.next_start)],
  ['Last run', row => row.last_outcome && [state(OUTCOMES[row.last_outcome] ?? 'idle', row.last_outcome), row.last_exit && ` ${row.last_exit}`]],
  ['#Ran', row => span(row.last_ran_s)],
  ['#Ended', row => ago(row.last_end)],
  ['Process', row => row.last_owner && process(row.last_owner)],
];

const JOBS_ENDED = [
  ['Ended job', row => [family(row), ' ', labels(row.labels)]],
  ['Id', row => isolated(row.id)],
  ['Outcome', row => [state(OUTCOMES[row.outcome] ?? 'idle', row.outcome), row.exit && ` ${row.exit}`]],
  ['#Ran', row => span(row.ran_s)],
  ['#Ended', row => ago(row.at)],
  ['Process', row => process(row.owner)],
];

const QUERIES = [
  ['Query', row => [link(row.name, {service: row.service}), row.last_error && !row.up && h('div', {class: 'who'}, h('span', null,
    `${words(row.last_error.reason)}: `, isolated(row.last_error.message ?? row.last_error.sqlstate ?? '')))]],
  ['Service', row => service(row.service)],
  ['Database', row => row.database],
  ['State', row => row.up ? state('good', 'up') : row.runs === 0 ? state('idle', 'not run yet') : state('bad', 'down')],
  ['#Last run', row => ago(row.last_run)],
  ['#Took', row => row.runs > 0 ? span(row.duration_s) : '\u2013'],
  ['#Rows', row => count(row.rows)],
  ['#Last good', row => ago(row.last_good)],
];
const DATABASES = [
  ['Database', row => isolated(row.name)],
  ['Service', row => service(row.service)],
  ['#Connections', row => count(row.connected)],
  ['#Failures', row => bad(row.failures)],
  ['#Tries again', row => row.retry_at ? ago(row.retry_at) : '\u2013'],
  ['Message', row => row.message ? isolated(row.message) : row.silent ? 'does not answer' : ''],
];

const COUNTED = [
  ['#Samples', row => count(row.count)],
  ['#Now', row => rate(row.rate)],
  ['#First', row => ago(row.first_seen)],
  ['#Last', row => ago(row.last_seen)],
  ['Last by', row => process(row.last_sender)],
];
const REJECTED = [
  ['Family', row => [row.family ? family(row) : 'no family', row.label && [' ', h('span', {class: 'label'}, isolated(row.label))],
    row.hint && advice(row.hint)]],
  ['Reason', row => words(row.reason)],
  ...COUNTED,
];
const SPELLED = [
  ['Text', row => [row.family && [family(row), ' '], h('span', {class: 'label'}, row.label && `${row.label}=`, isolated(row.value ?? row.name))]],
  ...COUNTED,
];

const ENDPOINTS = [
  ['Metrics', row => [h('code', null, row.address ?? `closed by ${row.closed_by}`), ' ', h('code', null, row.path)]],
  ['Services', row => row.services.join(', ')],
  ['#Families', row => count(row.families)],
  ['#Answers', row => count(row.answers['200'])],
  ['#Others', row => bad(Object.entries(row.answers).reduce((sum, [status, of]) => sum + (status === '200' ? 0 : of), 0))],
  ['#Last scrape', row => ago(row.last_scrape?.at ?? row.last_scrape)],
];

// ---- problems ----

function problem(row, isOpen) {
  const look = row.severity === 'critical' ? 'bad' : 'warn';
  return h('li', {class: `problem ${look}`, 'data-key': [row.kind, row.service, row.family, row.label, row.reason, row.text.replace(/\d+/g, '')].join()},
    state(look, words(row.kind)), ' ', row.link?.startsWith('/') ? h('a', {href: `.${row.link}`}, isolated(row.text)) : isolated(row.text),
    h('div', {class: 'who'}, row.since !== null && h('span', null, 'began ', ago(row.since)), row.last !== null && h('span', null, 'last ', ago(row.last)),
      row.sender && h('span', null, 'by ', process(row.sender))),
    row.spelled?.length > 0 && h('ul', {class: 'spelled'}, row.spelled.map(of => h('li', null, h('code', null, isolated(of.text)), ` ${count(of.count)} `,
      h('span', {class: 'who'}, h('span', null, 'last ', ago(of.last_seen)), of.last_sender && h('span', null, 'by ', process(of.last_sender)))))),
    row.line && line(row.line.text, row.line.offset, row.line.cut),
    row.hint ? advice(row.hint, isOpen) : row.todo && h('p', {class: 'todo'}, isolated(row.todo)));
}

// Problems about the same follow each other; two or more of them get a heading.
function groups(rows) {
  const of = rows.map(row => row.about);
  return rows.flatMap((row, i) => [
    row.about && of[i - 1] !== row.about && of[i + 1] === row.about && h('li', {class: 'about', 'data-key': `about ${row.about}`}, h('h3', null, isolated(row.about))),
    problem(row, rows.length <= 3)]);
}

function problems(status, concerns) {
  const rows = status.problems.filter(concerns);
  if (rows.length === 0) return null;
  return section('problems', 'Problems', h('ol', {class: 'problems'}, groups(rows)),
    status.problems_left_out > 0 && h('p', null, `${count(status.problems_left_out)} more are in `, h('a', {href: './debug/status'}, '/debug/status')));
}

// ---- curves ----

// A curve from the first known point on, with its highest value; nothing while there are less than two points.
function chart(title, all, step_ms) {
  const values = all.slice(all.findIndex(of => of !== null)), step = step_ms / 1000;
  const most = Math.max(...values.filter(of => of !== null));
  return values.length > 1 && most > 0 && h('div', {class: 'curves', 'data-key': title},
    h('h3', null, title, h('span', {class: 'quiet'}, `at most ${rate(most / step)}`)),
    curve(values, 'curve', 0), h('p', {class: 'scale'}, h('span', null, `${span(values.length * step)} ago`), h('span', null, 'now')));
}

function curves(recent, history) {
  return h('div', {class: 'lately'}, recent && chart('samples, lately', recent.samples, recent.step_ms),
    history?.curves && ['samples', 'rejected', 'folded'].map(name => chart(name, history.curves[name], history.step_ms)));
}

// ---- one family ----

const LETTERS = {counter: '1|c', gauge: '1|g', updowncounter: '1|g', info: '1|g', stateset: '1|g', histogram: '0.25|h', summary: '0.25|h'};

// A line that the family accepts; null: none can be made up.
function sample(of, internal) {
  const what = of.type === 'attempts' ? `${of.success[0]}|a` : of.type === 'jobs' ? 'started|j' : LETTERS[of.type];
  if (!what || internal || of.source || of.query || of.labels.some(label => label.kind === 'pattern')) return null;
  const tags = of.labels.filter(label => label.kind !== 'const').map(label => `${label.name}:${label.values[0] ?? ''}`);
  return `${of.name}:${what}${tags.length ? `|#${tags.join(',')}` : ''}${of.type === 'jobs' ? '|i:7f3a' : ''}`;
}

function query(of) {
  const by = of.labels.length ? `by (${of.labels.map(label => label.name).join(', ')}) ` : '';
  if (of.type === 'counter') return `sum ${by}(rate(${of.name}[5m]))`;
  if (of.type === 'histogram') return `histogram_quantile(0.9, sum by (${['le', ...of.labels.map(label => label.name)].join(', ')}) (rate(${of.name}_bucket[5m])))`;
  return of.names ? null : `sum ${by}(${of.name})`;
}

function declaration(of, internal) {
  const bounds = of.labels.map(label => h('li', null, h('span', {class: 'label'}, label.name), ' ',
    label.kind === 'pattern' ? `up to ${count(label.max)} values` : label.values.slice(0, FEW).join(', '), label.values.length > FEW && ` and ${count(label.values.length - FEW)} more`,
    label.otherwise && ['; others count as ', isolated(label.otherwise)]));
  return section('family', 'This family', h('p', {class: 'help'}, of.help || 'It has no help text.'),
    h('p', null, `${of.type}${of.unit ? `, in ${of.unit}` : ''}, `, fullness(of), of.exposed ? null : [' ', state('idle', 'not exposed')]),
    bounds.length > 0 && h('ul', {class: 'spelled'}, bounds),
    of.names && h('p', null, 'Its families: ', Object.values(of.names).map((name, at) => [at > 0 && ', ', h('code', null, name)])),
    query(of) && [h('h3', null, 'For Prometheus'), copyable('the query', query(of))],
    sample(of, internal) && [h('h3', null, 'A line that it accepts'), copyable('the line', sample(of))]);
}

// The buckets of several series together: counts of each bucket, not cumulative.
function together(series) {
  const sums = series[0].buckets.map((_, at) => series.reduce((sum, of) => sum + of.buckets[at].count, 0));
  return sums.map((sum, at) => sum - (at > 0 ? sums[at - 1] : 0));
}

// Where a quantile is: [bucket and part of it, value], by the rule of Prometheus.
function quantile(counts, bounds, q) {
  const total = counts.reduce((sum, of) => sum + of, 0);
  let before = 0;
  for (let at = 0; at < counts.length; at++) {
    if (before + counts[at] >= q * total && counts[at] > 0) {
      if (at === bounds.length) return [at + 0.5, bounds[at - 1]];
      const part = (q * total - before) / counts[at], low = at > 0 ? bounds[at - 1] : Math.min(0, bounds[0]);
      return [at + part, low + (bounds[at] - low) * part];
    }
    before += counts[at];
  }
  return null;
}

function distribution(of, isPart) {
  const series = of.series.filter(row => row.buckets);
  if (series.length === 0) return null;
  const counts = together(series), bounds = series[0].buckets.slice(0, -1).map(bucket => Number(bucket.le));
  const total = counts.reduce((sum, one) => sum + one, 0);
  if (total === 0) return null;
  const found = [0.5, 0.9, 0.99].map(q => [q, quantile(counts, bounds, q)]).filter(([, at]) => at);
  return section('histogram', 'Observations', h('div', {class: 'large'}, histogram(counts, found.map(([, [at]]) => at)),
    h('div', {class: 'scale', 'aria-hidden': 'true'}, bounds.map(bound => h('span', null, short(bound))), h('span', null, '+\u221e'))),
  h('dl', {class: 'figures'}, [['Observations', count(total)], ...found.map(([q, [, at]]) => [`${q * 100} % up to`, value(at, of.unit)]),
    ['Beyond all bounds', share(counts.at(-1), total)]].map(([name, text]) => h('div', {class: name.startsWith('Beyond') && counts.at(-1) > total / 10 ? 'odd' : null},
    h('dt', null, name), h('dd', null, text)))), isPart && h('p', {class: 'quiet'}, 'Of the series below.'));
}

// What each series has done while the page was open: [ms, number], the oldest first.
const seen = new Map();
const POINTS = 90, RATE_MS = 10000;

function remember(key, number) {
  if (seen.size > 10 * MANY) seen.clear(); // of pages that were left
  const points = seen.get(key) ?? [];
  seen.set(key, points);
  if (typeof number === 'number') points.push([Date.now(), number]);
  if (points.length > POINTS) points.shift();
  return points;
}

// How fast a count grows, over the last ten seconds that were seen; null: it was seen only once.
function growth(points) {
  const [now, number] = points.at(-1) ?? [0, 0], [then, before] = points.find(([ms]) => now - ms <= RATE_MS) ?? [0, 0];
  return now > then ? Math.max(0, number - before) * 1000 / (now - then) : null;
}

function values(of, service) {
  const grows = ['counter', 'histogram', 'summary'].includes(of.type), isCounted = of.type === 'histogram' || of.type === 'summary';
  const keyOf = row => Object.entries(row.labels).flat().join('\u0000');
  const kept = new Map(of.series.map(row => [row, remember(`${service}\u0000${of.name}\u0000${keyOf(row)}`, row.value ?? row.count)]));
  const change = row => {
    const numbers = kept.get(row).map(([, number]) => number);
    const shown = grows ? numbers.slice(1).map((number, at) => Math.max(0, number - numbers[at])) : numbers;
    return shown.length > 1 ? curve(shown, 'spark', grows ? 0 : Math.min(...shown)) : null;
  };
  const columns = [
    ['Labels', row => Object.keys(row.labels).length ? labels(row.labels) : h('span', {class: 'quiet'}, 'no labels')],
    ['#Since you look', change],
    isCounted && ['#Observations', row => h('data', {value: row.count}, count(row.count))],
    isCounted ? ['#Sum', row => value(row.sum, of.unit)] : ['#Value', row => h('data', {value: row.value}, value(row.value, of.unit))],
    grows && ['#A second', row => rate(growth(kept.get(row)))],
    ['#Last sample', row => ago(row.written)],
  ];
  return {columns: columns.filter(Boolean), rows: of.series, keyOf};
}

// ---- pages ----

// The family of an answer about one.
const one = of => of.services[0]?.families[0];

// Those in trouble are one list, which has an end: all are in a list of their own.
const moreSenders = (of, query) => query.all ? rest(of, query) : of.senders.length === MANY &&
  h('p', null, h('a', {href: address({...query, all: 'yes'})}, 'All senders, a page at a time'));

const LISTS = {
  services: {path: 'services', title: 'Services', draw: (of, query) => list('services', 'Services', SERVICES, of.services, {keyOf: row => row.service, more: rest(of, query)})},
  breakers: {path: 'breakers', title: 'Breakers', draw: (of, query) => list('breakers', 'Breakers',
    BREAKERS, [...of.breakers].filter(row => row.declared).sort((a, b) => (a.state === 'closed') - (b.state === 'closed')),
    {none: 'No catalog declares breakers.', more: rest(of, query)})},
  jobs: {path: 'jobs', title: 'Jobs', draw: (of, query) => [
    of.watched.length > 0 && list('watched', 'Due', JOBS_WATCHED, [...of.watched].sort((a, b) => Boolean(b.problem) - Boolean(a.problem))),
    list('jobs', 'Jobs', JOBS, of.jobs, {none: of.families.length ? 'No job is live.' : 'No catalog declares jobs.', more: rest(of, query)}),
    list('ended', 'Ended', JOBS_ENDED, of.ended)]},
  queries: {path: 'queries', title: 'Queries', query: {limit: 0}, draw: of => of.queries ? [list('queries', 'Queries', QUERIES, of.queries), list('databases', 'Databases', DATABASES, of.databases)]
    : section('queries', 'Queries', h('p', {class: 'quiet'}, 'No catalog declares queries.'))},
  senders: {path: 'senders', title: 'Senders', query: {order: 'trouble'}, draw: (of, query) => [list('senders', 'Senders', SENDERS, of.senders, {none: 'Nobody has sent yet.', more: moreSenders(of, query)}),
    list('ended', 'Ended', ENDED, of.ended)]},
  rejections: {path: 'rejections', title: 'Rejections', draw: (of, query) => [list('rejections', 'Rejected', REJECTED, of.by_family, {none: 'No sample was rejected.', more: rest(of, query)}),
    list('names', 'Names that no catalog declares', SPELLED, of.unknown_names), list('folded', 'Folded', REJECTED, of.folded),
    list('values', 'Values that were folded', SPELLED, of.folded_values)]},
  events: {path: 'events', title: 'Events', draw: (of, query) => list('events', 'Events', EVENTS, of.events, {keyOf: row => String(row.id), none: 'Nothing has happened.', more: rest(of, query)})},
  endpoints: {path: 'endpoints', title: 'Endpoints', query: {limit: 0}, draw: of => list('endpoints', 'Endpoints', ENDPOINTS, of.endpoints)},
};
LISTS.folded = LISTS.rejections;
LISTS.problems = null;

export const NAVIGATION = ['services', 'breakers', 'jobs', 'queries', 'senders', 'rejections', 'events', 'endpoints'].map(show => [LISTS[show].title, {show}]);

const view = (path, query, every) => ({path: `./debug/${path}?${new URLSearchParams(Object.entries(query).filter(([, of]) => of))}`, every});

function overview() {
  return {
    title: '',
    views: {services: view('services', {order: 'trouble', limit: 20}), senders: view('senders', {order: 'trouble', limit: FEW}), events: view('events', {limit: FEW})},
    draw: ({status, services, senders, events}) => [
      problems(status, () => true) ?? section('problems', 'Problems', h('p', null, state('good', 'none'), ' Nothing needs attention.')),
      list('services', 'Services', SERVICES, services.services, {keyOf: row => row.service, more: services.services.length === 20 && all('services', 'All services')}),
      list('senders', 'Senders', SENDERS, senders.senders, {none: 'Nobody has sent yet.', more: senders.senders.length === FEW && all('senders', 'All senders')}),
      list('events', 'Events', EVENTS, events.events, {keyOf: row => String(row.id), more: events.next && all('events', 'All events')})],
  };
}

function listed(show, query) {
  const of = LISTS[show];
  return {
    title: of.title,
    views: {rows: view(of.path, {limit: MANY, ...(query.all ? {} : of.query), service: query.service, family: query.family, after: query.after})},
    draw: ({rows}) => of.draw(rows, query) ?? section(show, of.title, h('p', {class: 'quiet'}, 'There are none.')),
  };
}

function oneService(query) {
  const of = {service: query.service};
  return {
    title: query.service, path: [[query.service, of]],
    views: {services: view('services', of), families: view('families', {...of, limit: MANY, after: query.after})},
    more: ({services}) => services.services[0].internal ? {} : {history: view('history', {...of, span: '24h'}, 60000)}, // which takes no samples
    draw: ({status, services, families, history}) => [
      problems(status, row => row.service === query.service),
      section('service', 'This service', table('This service', SERVICES, services.services), curves(services.services[0].curve, history),
        h('p', null, 'Its ', ['breakers', 'jobs', 'queries', 'senders', 'rejections', 'events'].map((show, at) => [at > 0 && ', ', h('a', {href: address({show, ...of})}, show)])),
        h('p', {class: 'quiet'}, 'Declared in ', h('code', null, services.services[0].file))),
      list('families', 'Families', FAMILIES, families.families, {keyOf: row => row.name, more: rest(families, of)})],
  };
}

function oneFamily(query) {
  const of = {service: query.service, family: query.family};
  const machineOf = declared => ({attempts: 'breakers', jobs: 'jobs'})[declared.type];
  return {
    title: query.family, path: [[query.service, {service: query.service}], [query.family, of]],
    views: {catalog: view('catalog', of, 10000), rejections: view('rejections', {...of, limit: FEW})},
    more: ({catalog}) => ({rows: view(machineOf(one(catalog)) ?? 'series', {...of, limit: MANY, after: query.after})}),
    draw: ({status, catalog, rows, rejections}) => {
      const declared = one(catalog), machine = machineOf(declared);
      const numbers = !machine && one(rows) && values(one(rows), query.service);
      return [
        problems(status, row => row.family === query.family && row.service === query.service),
        declaration(declared, catalog.services[0].internal),
        machine && LISTS[machine].draw(rows, of),
        numbers && distribution(one(rows), rows.next !== null),
        !machine && list('series', 'Series', numbers?.columns, numbers?.rows, {keyOf: numbers?.keyOf, none: 'It has no series yet.', more: rest(rows, of)}),
        list('rejections', 'Rejected', REJECTED, rejections.by_family), list('folded', 'Folded', REJECTED, rejections.folded)];
    },
  };
}

function oneSender(query) {
  const of = {pid: query.pid};
  return {
    title: `process ${query.pid}`, path: [[`process ${query.pid}`, of]],
    views: {senders: view('senders', of), jobs: view('jobs', {...of, limit: MANY}), rejections: view('rejections', {...of, limit: MANY})},
    draw: ({senders, jobs, rejections}) => [
      list('senders', 'Sender', SENDERS, senders.senders, {none: 'No process with this number sends.'}), list('ended', 'Ended', ENDED, senders.ended),
      list('jobs', 'Jobs', JOBS, jobs.jobs), list('rejections', 'Rejected, the latest by this process', REJECTED, rejections.by_family)],
  };
}

function found(query) {
  const of = {q: query.q};
  return {
    title: `\u201c${query.q}\u201d`,
    views: {services: view('services', {...of, limit: FEW}), families: view('families', {...of, limit: MANY, after: query.after})},
    draw: ({services, families}) => [
      list('services', 'Services', SERVICES, services.services, {keyOf: row => row.service}),
      list('found', 'Families', [FAMILIES[0], ['Service', row => service(row.service)], ...FAMILIES.slice(1)], families.families,
        {keyOf: row => `${row.service} ${row.name}`, none: 'No family has this text in its name, an alias, its help or a label.', more: rest(families, of)})],
  };
}

// The page of an address.
export function pageOf(search) {
  const query = Object.fromEntries(new URLSearchParams(search));
  if (query.q) return found(query);
  if (query.show && Object.hasOwn(LISTS, query.show) && LISTS[query.show]) return listed(query.show, query);
  if (query.pid) return oneSender(query);
  if (query.service && query.family) return oneFamily(query);
  return query.service ? oneService(query) : overview();
}
