# SPDX-License-Identifier: MIT
"""An HTTP proxy for one target that asks for the Prometheus text format whatever its own client
accepts, since Prometheus 2.42 cannot be told not to prefer OpenMetrics.

    text_proxy.py PORT TARGET_URL
"""

import http.server
import sys
import urllib.request

TARGET = sys.argv[2]


class TextProxy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        request = urllib.request.Request(
            TARGET + self.path, headers={"Accept": "text/plain;version=0.0.4"}
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            body = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), TextProxy).serve_forever()
