"""A proxy before Elasticsearch that accepts short requests only, like many in front of a
cluster."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PASSED_ON = ("content-type", "accept")


@contextmanager
def narrow_proxy(url: str, body_bytes_max: int, *, is_silent: bool = False) -> Iterator[str]:
    """The address of a proxy that answers longer requests with 413, or (`is_silent`) not at all."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if len(body) > body_bytes_max and is_silent:
                ended.wait()
                return
            if len(body) > body_bytes_max:
                return self.answer(413, b"too large", {"content-type": "text/plain"})
            headers = {n: v for n, v in self.headers.items() if n.lower() in _PASSED_ON}
            asked = urllib.request.Request(
                url + self.path, body or None, headers, method=self.command
            )
            try:
                with urllib.request.urlopen(asked) as answer:
                    self.answer(answer.status, answer.read(), dict(answer.headers))
            except urllib.error.HTTPError as error:
                self.answer(error.code, error.read(), dict(error.headers))

        def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() in ("content-type", "x-elastic-product"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = forward

        def log_message(self, format: str, *arguments: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            ended.set()
        server.shutdown()
        thread.join()
