// SPDX-License-Identifier: MIT
// As by_requests.py, with Node's fetch().
const { createHash } = require('node:crypto');

fetch(process.argv[2], { headers: { 'accept-encoding': 'gzip' } }).then(async (answer) => {
  const bytes = Buffer.from(await answer.arrayBuffer());
  console.log(answer.headers.get('content-encoding') ?? 'identity',
    createHash('sha256').update(bytes).digest('hex'), bytes.length);
});
