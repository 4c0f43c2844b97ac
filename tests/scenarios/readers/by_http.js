// SPDX-License-Identifier: MIT
// As by_requests.py, with Node's http and zlib, as streams.
const { createHash } = require('node:crypto');
const http = require('node:http');
const { pipeline, Writable } = require('node:stream');
const { createGunzip } = require('node:zlib');

http.get(process.argv[2], { headers: { 'accept-encoding': 'gzip' } }, (answer) => {
  const hash = createHash('sha256');
  let length = 0;
  const sum = new Writable({
    write(piece, _, done) {
      hash.update(piece);
      length += piece.length;
      done();
    },
  });
  pipeline(answer, createGunzip(), sum, (error) => {
    if (error) throw error;
    console.log(answer.headers['content-encoding'], hash.digest('hex'), length);
  });
});
