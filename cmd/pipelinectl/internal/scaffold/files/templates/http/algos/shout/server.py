"""Answers each record with its text in capitals. A record is the body of a POST, the result is the answer's."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Shout(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """The health check."""
        self.answer(b"ok\n")

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.answer(self.rfile.read(length).decode().upper().encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, *_):
        """Records are not worth a line each."""


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Shout).serve_forever()
