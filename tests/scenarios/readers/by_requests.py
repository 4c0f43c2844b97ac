# SPDX-License-Identifier: MIT
"""What python-requests makes of a page: the URL; prints its coding, the SHA-256 and the length of its bytes."""
import hashlib
import sys

import requests

answer = requests.get(sys.argv[1], headers={'Accept-Encoding': 'gzip'}, timeout=120)
answer.raise_for_status()
print(answer.headers.get('Content-Encoding', 'identity'), hashlib.sha256(answer.content).hexdigest(), len(answer.content))
