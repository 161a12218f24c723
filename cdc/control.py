"""How other commands talk to a running process: over a Unix socket in its state folder.

One JSON object a line: a request `{"command": …}`, then answers, of which the last has
`"done": true`, or `"error"` and `"fix"`. Only the process's user and root can send requests: the
socket has mode 0600 before it accepts, in a folder of mode 0700, and the kernel gives the peer's
user id.
"""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from cdc.errors import RederiveError
from cdc.peer import may_ask, short_path, user_of
from cdc.private_folder import private_folder
from cdc.scrubber import scrubbed
from cdc.unexpected import as_rederive_error

CONNECT_TIMEOUT_S = 5.0

log = logging.getLogger("rederive.control")

Answer = Mapping[str, Any]
Handler = Callable[[Mapping[str, Any]], Iterable[Answer]]


def socket_path(folder: Path, process: str) -> Path:
    """The socket of the process of that name, inside its state folder."""
    return folder.resolve() / f"{process}.sock"


class _RequestHandler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        try:
            line = self.rfile.readline()
            if line:  # `Control.connect` only tests the connection
                self._answer(line)
        except (BrokenPipeError, ConnectionResetError):
            return  # the client went away; what was begun goes on

    def _answer(self, line: bytes) -> None:
        try:
            self._require_right()
            request = orjson.loads(line)
            for answer in self.server.answer(request):
                self._send(answer)
            self._send({"done": True})
        except (BrokenPipeError, ConnectionResetError):
            raise
        except RederiveError as error:
            self._send({"error": error.message, "fix": error.fix})
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            self._send({"error": f"The request was not understood: {error!r}", "fix": ""})
        except Exception as error:
            translated = as_rederive_error(error)
            asked = line.decode(errors="replace").strip()
            log.error("a request failed: %s: %s", asked, translated)
            self._send({"error": translated.message, "fix": translated.fix})

    def _require_right(self) -> None:
        if not may_ask(user := user_of(self.request)):
            log.warning("an order of user %d is refused, over %s", user, self.server.path)
            raise RederiveError(
                f"This process takes no orders of user {user}.", fix="ask as the user it runs as"
            )

    def _send(self, answer: Answer) -> None:
        self.wfile.write(orjson.dumps(scrubbed(answer), default=str) + b"\n")
        self.wfile.flush()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 128  # requests to a suspended process wait in this queue

    def __init__(self, path: Path, answer: Handler) -> None:
        self.answer, self.path = answer, path
        with short_path(path) as reachable:
            super().__init__(reachable, _RequestHandler, bind_and_activate=False)
            try:
                self.server_bind()
                path.chmod(0o600)
                self.server_activate()  # connections are refused until here
            except BaseException:
                self.server_close()
                raise


class ControlServer:
    """Answers requests with `handler`, each in its own thread, until closed. The caller must be the
    only process of its name in this folder: a socket already there is a leftover."""

    def __init__(self, folder: Path, process: str, handler: Handler) -> None:
        self._path = socket_path(private_folder(folder), process)
        self._path.unlink(missing_ok=True)
        self._server = _Server(self._path, handler)
        self._inode = self._path.stat().st_ino
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="control", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering and remove the socket, unless a successor has replaced it."""
        self._server.shutdown()
        self._server.server_close()
        try:
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()
        except FileNotFoundError:
            return


class Control:
    """The client: `Control.connect(folder, process)`, then `request` or `stream`."""

    def __init__(self, path: Path, process: str) -> None:
        self._path, self._process = path, process

    @classmethod
    def connect(cls, folder: Path, process: str) -> Control | None:
        """A client of the process of that name in this folder; None where none runs."""
        path = socket_path(folder, process)
        try:
            with _connected(path):
                return cls(path, process)
        except (FileNotFoundError, ConnectionRefusedError):
            return None

    def stream(
        self, command: str, *, silence_max_s: float | None = None, **arguments: Any
    ) -> Iterator[dict[str, Any]]:
        """The answers as they arrive. Raises RederiveError with the server's message, or after
        `silence_max_s` without an answer (None: no limit)."""
        asked = orjson.dumps({"command": command, **arguments}, default=str)
        for line in self._lines(asked + b"\n", silence_max_s):
            answer = orjson.loads(line)
            if "error" in answer:
                raise RederiveError(answer["error"], fix=answer["fix"])
            if answer.get("done"):
                return
            yield answer
        raise self._ended()

    def _lines(self, asked: bytes, silence_max_s: float | None) -> Iterator[bytes]:
        try:
            with _connected(self._path) as client, client.makefile("rwb") as file:
                client.settimeout(silence_max_s)
                file.write(asked)
                file.flush()
                yield from (line for line in file if line.endswith(b"\n"))
        except TimeoutError as error:
            raise RederiveError(
                f"The running {self._process} process does not answer.", fix="see its log"
            ) from error
        except OSError as error:
            raise self._ended() from error

    def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The last answer to a request."""
        last: dict[str, Any] = {}
        for answer in self.stream(command, **arguments):
            last = answer
        return last

    def _ended(self) -> RederiveError:
        return RederiveError(
            f"The running {self._process} process ended before it answered.", fix="see its log"
        )


def _connected(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(CONNECT_TIMEOUT_S)
    try:
        with short_path(path) as reachable:
            client.connect(reachable)
    except OSError:
        client.close()
        raise
    client.settimeout(None)
    return client
