"""
The double of Stripe behind a port of its own, for a shop that runs in other processes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from tests.stripe.double import StripeDouble

_one_at_a_time = Lock()


class _Door(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer("get", None)

    def do_POST(self) -> None:
        self._answer("post", self.rfile.read(int(self.headers["Content-Length"])).decode())

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self, method: str, body: str | None) -> None:
        with _one_at_a_time:
            text, status, headers = StripeDouble().request(method, self.path, dict(self.headers), body)
        self.send_response(status)
        for name, value in (headers | {"Content-Type": "application/json"}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())


@contextmanager
def stripe_at_a_port() -> Iterator[str]:
    """Answer as Stripe would, and give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Door)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
