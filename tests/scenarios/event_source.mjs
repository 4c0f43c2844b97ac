// SPDX-License-Identifier: MIT
// A client of /debug/events as browsers have one (EventSource, WHATWG HTML 9.2), for Node:
//
//   node event_source.mjs URL COUNT    print so many events as `ID KIND NAME`; URL may have filters and ?after=
//
// When the stream ends it comes again after the time that the server named, with the last id in Last-Event-ID.
import http from 'node:http';

const [url, count] = process.argv.slice(2);
let left = Number(count), lastId = '', retry = 3000, event = {};

function take(line) {
  if (line === '') {
    if (event.data !== undefined) show(event);
    event = {};
    return;
  }
  const colon = line.indexOf(':');
  if (colon === 0) return; // a comment
  const field = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
  if (field === 'id') event.id = lastId = value;
  else if (field === 'event') event.type = value;
  else if (field === 'data') event.data = event.data === undefined ? value : event.data + '\n' + value;
  else if (field === 'retry' && /^[0-9]+$/.test(value)) retry = Number(value);
}

function show({id, type, data}) {
  const told = JSON.parse(data);
  if (String(told.id) !== id || told.event !== type) throw new Error(`${id} ${type} differs from ${data}`);
  console.log(id, type, told.name);
  if (--left === 0) process.exit(0);
}

function open() {
  const headers = {Accept: 'text/event-stream', 'Cache-Control': 'no-store'};
  if (lastId !== '') headers['Last-Event-ID'] = lastId;
  const request = http.get(url, {headers, agent: false}, (answer) => {
    if (answer.statusCode !== 200) {
      answer.resume();
      if (answer.statusCode === 503) again();
      else throw new Error(`status ${answer.statusCode}`);
      return;
    }
    console.log('following');
    let text = '';
    event = {};
    answer.setEncoding('utf8');
    answer.on('data', (piece) => {
      const lines = (text + piece).split('\n');
      text = lines.pop();
      lines.forEach(take);
    });
    answer.on('close', again);
    answer.on('error', () => {}); // close follows
  });
  request.on('error', again);
}

let timer;
function again() {
  clearTimeout(timer);
  timer = setTimeout(open, retry);
}

open();
