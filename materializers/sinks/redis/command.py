"""Redis commands in wire format (RESP), packed from ready buffers, and their answers.

redis-py packs each argument by itself (7 µs a row). Here DuckDB writes the rows' arguments, and a
command is a head and a slice.
https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import redis

Part = bytes | memoryview


def argument(text: str | bytes) -> bytes:
    """A packed argument."""
    data = text.encode() if isinstance(text, str) else text
    return b"$%d\r\n%b\r\n" % (len(data), data)


def argument_sql(text: str) -> str:
    """SQL that packs a text expression as an argument."""
    return f"'$', strlen({text}), chr(13), chr(10), {text}, chr(13), chr(10)"


def row_sql(texts: Sequence[str]) -> str:
    """SQL that packs the arguments of one row."""
    return f"concat({', '.join(argument_sql(text) for text in texts)})"


def evaluate(script: str, fixed: Sequence[str], rows: Part = b"", count: int = 0) -> list[Part]:
    """EVAL with `fixed` arguments, then `count` packed ones.

    The script's text is sent with every command (a thousand rows each): EVALSHA could find the
    script missing in the middle of a MULTI, when half of it is done."""
    head = b"".join(map(argument, ("EVAL", script, "0", *fixed)))
    return [b"*%d\r\n" % (3 + len(fixed) + count), head, rows]


@cache
def _digest(script: str) -> str:
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


def plain(*words: str) -> list[Part]:
    return [b"*%d\r\n" % len(words), *map(argument, words)]


class Wire:
    """One connection of the client's pool, for the length of one step."""

    def __init__(self, client: redis.Redis) -> None:
        self._pool = client.connection_pool
        self._connection: Any = self._pool.get_connection()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            # Answers or half a command may be in transit: the connection cannot be reused.
            self._connection.disconnect()
        self._pool.release(self._connection)

    def send(self, command: Iterable[Part]) -> None:
        """Send without waiting for the answer."""
        self._connection.send_packed_command([bytes(part) for part in command])

    def run(self, script: str, arguments: bytes, count: int) -> Any:
        """Run a script by its hash, or by its text if the server does not have it. Raises
        redis.ResponseError."""
        for name, text in (("EVALSHA", _digest(script)), ("EVAL", script)):
            head = b"".join(map(argument, (name, text, "0")))
            self.send([b"*%d\r\n" % (3 + count), head, arguments])
            try:
                return self.receive()
            except redis.exceptions.NoScriptError:
                if name == "EVAL":
                    raise
        raise AssertionError

    def receive(self) -> Any:
        """The next answer. Raises redis.ResponseError if it is an error."""
        return self._connection.read_response()
