"""Control: how other commands talk to the running `materialize` process.

DuckDB lets one process into a state file, so the process that owns it answers for it, over a Unix
socket beside the state (in the temporary folder where that path is too long for a socket).
One JSON object a line: a request `{"command": …}`, then any number of answers, the last of which
has `"done": true`, or `"error"` and `"fix"`.
"""

from __future__ import annotations

import hashlib
import logging
import socket
import socketserver
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from cdc.errors import RederiveError
from cdc.unexpected import as_told
from materializers.errors import StateError

SOCKET_PATH_BYTES_MAX = 100
CONNECT_TIMEOUT_S = 5.0

log = logging.getLogger("rederive.control")

Answer = Mapping[str, Any]
Handler = Callable[[Mapping[str, Any]], Iterable[Answer]]


def socket_path(state: Path) -> Path:
    """Where the process that owns this state folder listens."""
    path = state.resolve() / "control.sock"
    if len(str(path).encode()) <= SOCKET_PATH_BYTES_MAX:
        return path
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"rederive-{digest}.sock"


class _RequestHandler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        line = self.rfile.readline()
        if not line:
            return  # `Control.connect` only looks whether somebody answers
        try:
            request = orjson.loads(line)
            for answer in self.server.answer(request):
                self._send(answer)
            self._send({"done": True})
        except BrokenPipeError:
            return  # the asker went away; what was begun goes on
        except RederiveError as error:
            self._send({"error": error.message, "fix": error.fix})
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            self._send({"error": f"The request was not understood: {error!r}", "fix": ""})
        except Exception as error:
            told = as_told(error)
            asked = line.decode(errors="replace").strip()
            log.error("a request failed: %s: %s", asked, told)
            self._send({"error": told.message, "fix": told.fix})

    def _send(self, answer: Answer) -> None:
        self.wfile.write(orjson.dumps(answer, default=str) + b"\n")
        self.wfile.flush()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path: Path, answer: Handler) -> None:
        self.answer = answer
        super().__init__(str(path), _RequestHandler)


class ControlServer:
    """Answers requests with `handler` in threads of its own, until closed."""

    def __init__(self, state: Path, handler: Handler) -> None:
        self._path = socket_path(state)
        self._path.unlink(missing_ok=True)  # the state's lock is held: a socket here is a leftover
        self._server = _Server(self._path, handler)
        self._path.chmod(0o600)
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="control", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering and remove the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)


class Control:
    """The asking side: `Control.connect(state)`, then `request` or `stream`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def connect(cls, state: Path) -> Control | None:
        """A client for the process that owns the state, or None where none runs."""
        path = socket_path(state)
        try:
            with _connected(path):
                return cls(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return None

    def stream(self, command: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        """The answers as they come; raises RederiveError with the other side's own words."""
        asked = orjson.dumps({"command": command, **arguments}, default=str)
        for line in self._lines(asked + b"\n"):
            answer = orjson.loads(line)
            if "error" in answer:
                raise RederiveError(answer["error"], fix=answer["fix"])
            if answer.get("done"):
                return
            yield answer
        raise _ended()

    def _lines(self, asked: bytes) -> Iterator[bytes]:
        try:
            with _connected(self._path) as client, client.makefile("rwb") as file:
                file.write(asked)
                file.flush()
                yield from (line for line in file if line.endswith(b"\n"))
        except OSError as error:
            raise _ended() from error

    def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The last answer to a request."""
        last: dict[str, Any] = {}
        for answer in self.stream(command, **arguments):
            last = answer
        return last


def _ended() -> StateError:
    return StateError(
        "The running materialize process ended before it answered.", fix="see its log"
    )


def _connected(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(CONNECT_TIMEOUT_S)
    try:
        client.connect(str(path))
    except OSError:
        client.close()
        raise
    client.settimeout(None)
    return client
