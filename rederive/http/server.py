"""A small HTTP server for health: GET only, a thread for each request, everything limited.

A request that takes longer than REQUEST_TIMEOUT_S to read or answer is dropped; beyond
CONNECTIONS_MAX connections further ones are closed. There is no password. On a loopback address it
answers only requests whose `Host` names this machine, so that no web page can reach it through a
domain name that resolves here.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from cdc.errors import RederiveError
from cdc.http_settings import Address
from cdc.scrubber import scrubbed
from cdc.unexpected import as_rederive_error

REQUEST_TIMEOUT_S = 10.0
CONNECTIONS_MAX = 64
JSON = "application/json"

log = logging.getLogger("rederive.http")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a request."""

    status: int
    body: bytes
    content_type: str = JSON

    @classmethod
    def of(cls, status: int, value: Mapping[str, Any]) -> Reply:
        """A JSON answer, without secrets."""
        body = orjson.dumps(scrubbed(value), option=orjson.OPT_INDENT_2, default=str)
        return cls(status, body + b"\n")


Route = Callable[[Mapping[str, str]], Reply]
"""From the query's parameters to the answer; runs in the request's thread."""


class HealthServer:
    """Answers by `routes` (path -> route) until closed. Raises RederiveError where the address is
    not available. `address`: the actual one."""

    def __init__(self, address: Address, routes: Mapping[str, Route]) -> None:
        try:
            self._server = _server(address, routes)
        except OSError as error:
            reason = error.strerror or str(error)
            raise RederiveError(
                f"Health cannot be served on {address}: {reason}.",
                fix="choose another address in [http], or by --listen",
            ) from error
        self.address = Address(address.host, self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, name="http", daemon=True).start()
        log.info("health and metrics on http://%s", self.address, extra={"event": "listens"})
        if not address.is_loopback:
            log.warning("whoever reaches %s reads it without a password", self.address)

    def close(self) -> None:
        """Stop answering; does not wait for open requests."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = REQUEST_TIMEOUT_S
    server_version, sys_version = "rederive", ""

    def do_GET(self) -> None:
        self._send(self._reply())

    do_HEAD = do_GET

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer other methods, and malformed requests, in the same form."""
        self.close_connection = True
        self._send(Reply.of(code, {"error": message or HTTPStatus(code).phrase}))

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def _reply(self) -> Reply:
        if not self._names_this_machine():
            return Reply.of(403, {"error": "Host is not this machine"})
        asked = urlsplit(self.path)
        route = self.server.routes.get(asked.path)
        if route is None:
            return Reply.of(404, {"error": "no such path", "paths": sorted(self.server.routes)})
        try:
            return route(dict(parse_qsl(asked.query)))
        except RederiveError as error:
            return Reply.of(503, {"error": error.message, "fix": error.fix})
        except Exception as error:
            failure = as_rederive_error(error)
            log.error("a request of %s failed: %s", asked.path, failure.logged)
            return Reply.of(500, {"error": failure.logged})

    def _names_this_machine(self) -> bool:
        if not self.server.is_loopback:
            return True
        host = urlsplit(f"//{self.headers.get('Host', 'localhost')}").hostname
        return host is not None and Address(host, 0).is_loopback

    def log_message(self, format: str, *values: object) -> None:
        log.debug(format, *values)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    routes: Mapping[str, Route]
    is_loopback: bool

    def __init__(self, family: socket.AddressFamily, place: Any) -> None:
        self.address_family = family
        self._free = threading.BoundedSemaphore(CONNECTIONS_MAX)
        super().__init__(place, _Handler)

    def server_bind(self) -> None:
        # HTTPServer's own asks the name service for this machine's name, which may hang
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("a client of the health server went away")


def _server(address: Address, routes: Mapping[str, Route]) -> _Server:
    addresses = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    server = _Server(addresses[0][0], addresses[0][4])
    server.routes, server.is_loopback = routes, address.is_loopback
    return server
