# SPDX-License-Identifier: MIT
"""As by_requests.py, with Chromium: the URL, and a folder for its files."""
import os
import sys
from urllib.parse import urljoin

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', '..', 'support'))
from browser import Browser

with Browser(sys.argv[2]) as browser:
    page = browser.page()
    page.go(urljoin(sys.argv[1], '/'))
    print(page.ask('''(async () => {
        const answer = await fetch(%r);
        const bytes = await answer.arrayBuffer();
        const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        const hex = Array.from(sum, (byte) => byte.toString(16).padStart(2, '0')).join('');
        return `${answer.headers.get('content-encoding') ?? 'identity'} ${hex} ${bytes.byteLength}`;
    })()''' % sys.argv[1]))
