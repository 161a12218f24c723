"""One view in Redis.

Sink `orders_cache` with the pattern `order:{id}` stores generation 3 under `orders_cache:3:`, and
the pointer `orders_cache:live` holds that prefix. A reader gets the pointer, then prefix and key. A
switch is one SET, however many keys there are; renaming them to bare keys would block the server
for long, and would overwrite other users' keys. The hash `orders_cache:generations` has the owner
(`ownership.py`), and each generation's version begun, version reached and cut.

A short step is one script with its cut, a longer one to the live generation one MULTI: readers see
all of it or nothing. A longer one to another generation is sent in parts, its cut last. Redis
forgets deleted keys, so the guard against late writers is the generation's: every script first
compares the version begun.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import redis

from materializers.errors import SinkError
from materializers.sinks.connection import SinkConnection
from materializers.sinks.options import Options
from materializers.sinks.owner import Owner
from materializers.sinks.redis.command import Part, Wire, evaluate, plain
from materializers.sinks.redis.errors import refused, translated
from materializers.sinks.redis.expiry import KEYS, Expiry
from materializers.sinks.redis.ownership import Ownership
from materializers.sinks.redis.rows import RowArguments, whole
from materializers.sinks.redis.script import (
    BEGIN,
    CREATE,
    FORGET,
    REACH,
    REHEARSE,
    SCRIPTS,
    SWITCH,
    UNLINK,
)
from materializers.sinks.redis.shape import Shape
from materializers.sinks.redis.size import SizeLimit
from materializers.sinks.renderer import Renderer
from materializers.sinks.sink import Generation
from materializers.step import Step
from materializers.view import SinkDefinition, ViewSchema
from materializers.writer import Writer

ROWS_MAX = 1000
COMMAND_BYTES_MAX = 16_000_000
COMMANDS_UNANSWERED_MAX = 16
_NUMBER = re.compile(r"(0|[1-9]\d*):")
SCAN_KEYS = 1000
LOOK_KEYS = 10_000
SOCKET_TIMEOUT_S = 60


class RedisSink:
    """One view under one prefix. Options: key_pattern, type, ttl."""

    def __init__(
        self,
        definition: SinkDefinition,
        connection: SinkConnection,
        schema: ViewSchema,
        writer: Writer | None = None,
    ) -> None:
        options = Options(definition, ("key", "key_pattern", "type", "ttl"))
        self._name = connection.name
        self._owner = definition.name
        self._shape = Shape.of(options, schema)
        self._scripts = SCRIPTS[self._shape.type]
        self._ttl_s = options.seconds("ttl")
        self._pointer = f"{self._owner}:live"
        self._held = f"{self._owner}:generations"
        self._renderer = Renderer(schema)
        self._reached: dict[int, int] = {}
        self._looked = (-1, 0, False)
        with translated(self._name):
            self._client = _client(connection)
        self._ownership = Ownership(self._client, self._owner, writer)
        self._expiry = Expiry(self._client, self._ownership, self._owner, self._ttl_s)
        size = SizeLimit(self._client, self._renderer)
        self._rows = RowArguments(self._name, self._shape, size, self._renderer)

    def owner(self) -> Owner | None:
        with translated(self._name):
            self._refuse_foreign()
            return self._ownership.read()

    def claim(self, tenure: str, over: Owner | None) -> None:
        with translated(self._name):
            self._refuse_foreign()
            self._ownership.claim(tenure, over)

    def sign(self, *, has_ended: bool = False) -> None:
        with translated(self._name):
            self._ownership.sign(has_ended)

    def generations(self) -> Mapping[int, Generation]:
        with translated(self._name):
            pipeline = self._client.pipeline(transaction=True)
            pipeline.hgetall(self._held)
            pipeline.get(self._pointer)
            fields, live = pipeline.execute()
        texts = {name.decode(): value.decode() for name, value in fields.items()}
        numbers = {int(name.split(":")[0]) for name in texts if name.endswith(":begun")}
        shown = _NUMBER.fullmatch((live or b"").decode().removeprefix(f"{self._owner}:"))
        if shown is not None:
            numbers.add(int(shown[1]))  # its fields may be lost
        return {
            number: Generation(
                number,
                int(texts.get(f"{number}:version", -1)),
                texts.get(f"{number}:cut", ""),
                is_live=live == self._prefix(number).encode(),
            )
            for number in sorted(numbers)
        }

    def create(self, number: int) -> None:
        self._reached.pop(number, None)
        with translated(self._name):
            self._refuse_foreign()
        self._remove_unless_live(number)
        with translated(self._name):
            keys = f"{self._shape.keys} {self._ttl_s}"
            self._ownership.run_script(CREATE, str(number), KEYS, keys)

    def _refuse_foreign(self) -> None:
        expected = {self._pointer: b"string", self._held: b"hash"}
        for key, kind in expected.items():
            present: Any = self._client.type(key)
            if present not in (kind, b"none"):
                raise SinkError(
                    f"sink {self._name}: key {key!r} exists and is not of sink {self._owner}.",
                    fix=f"remove it, or rename sink {self._owner}.",
                )

    def _remove_unless_live(self, number: int) -> None:
        with translated(self._name):
            # First: then a late writer's scripts find no generation, and add no key after the scan.
            if not self._ownership.run_script(FORGET, *self._place(number)):
                raise SinkError(f"sink {self._name}: generation {number} of {self._owner} is live.")
            for keys in self._keys(number):
                for start in range(0, len(keys), ROWS_MAX):
                    self._ownership.run_script(UNLINK, *keys[start : start + ROWS_MAX])

    def _place(self, number: int) -> tuple[str, str, str]:
        return str(number), self._pointer, self._prefix(number)

    def write(self, number: int, step: Step) -> None:
        step, is_short = step.read_ahead(ROWS_MAX)
        with translated(self._name), Wire(self._client) as wire:
            if is_short and number in self._reached:
                self._write_short(wire, number, step)
                return
            if not self._begin(wire, number, step):
                return
            live = self._live(wire)
            is_live = live == self._prefix(number).encode()
            ttl_s = self._expiry.seconds(number, step.version, live)
            commands = self._commands(number, step, ttl_s)
            try:
                self._all_at_once(wire, commands) if is_live else self._in_parts(wire, commands)
            except redis.ResponseError as error:
                raise self._refused(number, error) from error
        self._reached[number] = step.version

    def _live(self, wire: Wire) -> bytes | None:
        """The prefix that readers are pointed to, or None."""
        wire.send(plain("GET", self._pointer))
        prefix: bytes | None = wire.receive()
        return prefix

    def _write_short(self, wire: Wire, number: int, step: Step) -> None:
        """Write a step by one script, which is atomic."""
        reached, ttl_s = self._reached.pop(number), self._ttl_s
        if ttl_s:
            ttl_s = self._expiry.seconds(number, step.version, self._live(wire))
        rows = list(self._rows.of(step, self._prefix(number)))
        step.refusals.settle()
        fixed = [*self._fixed(number, step)[:-1], str(ttl_s), str(reached), step.cut]
        try:
            wire.run(self._scripts.step, *whole(fixed, rows))
        except redis.ResponseError as error:
            raise self._refused(number, error) from error
        self._reached[number] = max(reached, step.version)

    def _begin(self, wire: Wire, number: int, step: Step) -> bool:
        """Claim the step's version. False: a newer one was begun."""
        reached = str(self._reached.pop(number, ""))
        wire.send(evaluate(BEGIN, [*self._fixed(number, step), reached]))
        try:
            return bool(wire.receive())
        except redis.ResponseError as error:
            raise self._refused(number, error) from error

    def _refused(self, number: int, error: redis.ResponseError) -> SinkError:
        self._ownership.raise_if_lost(error)
        if "no such generation" in str(error):
            return self._missing(number)
        if "steps are lost" not in str(error):
            return refused(self._name, error)
        # A restarted Redis may have lost its last second, rows and cut alike. Continuing at this
        # writer's version would leave a gap.
        return SinkError(
            f"sink {self._name}: Redis has lost the last steps of {self._owner}.",
            fix="none needed: the sink follows again from the cut that it still has.",
            is_retryable=True,
        )

    def _missing(self, number: int) -> SinkError:
        return SinkError(
            f"sink {self._name}: generation {number} of {self._owner} does not exist.",
            is_retryable=True,
        )

    def _commands(self, number: int, step: Step, ttl_s: int) -> Iterator[list[Part]]:
        fixed = [*self._fixed(number, step)[:-1], str(ttl_s)]
        for rows in self._rows.of(step, self._prefix(number)):
            script = self._scripts.upsert if rows.is_upsert else self._scripts.delete
            known = [*fixed, *rows.fields]
            for count, data in rows.lines.slices(COMMAND_BYTES_MAX, ROWS_MAX):
                yield evaluate(script, known, data, count * rows.width)
        step.refusals.settle()
        yield evaluate(REACH, [*fixed, step.cut])

    def _fixed(self, number: int, step: Step) -> list[str]:
        run = self._ownership.run
        return [self._held, run, str(number), str(step.version), str(self._ttl_s)]

    def _all_at_once(self, wire: Wire, commands: Iterable[list[Part]]) -> None:
        wire.send(plain("MULTI"))
        count = 1
        for command in commands:
            wire.send(command)
            count += 1
        wire.send(plain("EXEC"))
        for _ in range(count):
            wire.receive()
        for answer in wire.receive():
            if isinstance(answer, redis.ResponseError):
                raise answer

    def _in_parts(self, wire: Wire, commands: Iterable[list[Part]]) -> None:
        unanswered = 0
        for command in commands:
            wire.send(command)
            unanswered += 1
            if unanswered == COMMANDS_UNANSWERED_MAX:
                wire.receive()
                unanswered -= 1
        for _ in range(unanswered):
            wire.receive()

    def switch(self, number: int) -> None:
        with translated(self._name):
            self._expiry.inherit(number, self._client.get(self._pointer), self._keys(number))
            if not self._ownership.run_script(SWITCH, *self._place(number)):
                raise self._missing(number)

    def rehearse(self, number: int) -> None:
        with translated(self._name):
            if not self._ownership.run_script(REHEARSE, str(number)):
                raise self._missing(number)

    def drop(self, number: int) -> None:
        self._remove_unless_live(number)

    def holds_rows(self, number: int) -> bool:
        """Reads one page of SCAN per call. False once a whole pass found no key of the
        generation."""
        number_before, cursor, has_keys = self._looked
        if number_before != number or not cursor:
            has_keys = False
        with translated(self._name):
            answer: Any = self._client.scan(cursor, match=self._pattern(number), count=LOOK_KEYS)
        cursor, keys = answer
        has_keys = has_keys or bool(keys)
        self._looked = (number, 0 if has_keys else cursor, has_keys)
        return has_keys or bool(cursor)

    def scan(self, number: int) -> Iterable[Mapping[str, Any]]:
        if number not in self.generations():
            raise self._missing(number)
        with translated(self._name):
            seen: set[bytes] = set()
            for page in self._keys(number):
                keys = [key for key in page if key not in seen]
                seen.update(keys)
                yield from self._shape.read(self._client, keys) if keys else ()

    def _keys(self, number: int) -> Iterator[list[bytes]]:
        """The generation's keys by SCAN, some perhaps twice."""
        pattern = self._pattern(number)
        cursor: int = 0
        while True:
            answer: Any = self._client.scan(cursor, match=pattern, count=SCAN_KEYS)
            cursor, keys = answer
            if keys:
                yield keys
            if not cursor:
                return

    def _pattern(self, number: int) -> str:
        return re.sub(r"([\\*?\[\]^-])", r"\\\1", self._prefix(number)) + "*"

    def _prefix(self, number: int) -> str:
        return f"{self._owner}:{number}:"

    def close(self) -> None:
        self._renderer.close()
        self._client.close()


def _client(connection: SinkConnection) -> redis.Redis:
    settings = {"socket_timeout": SOCKET_TIMEOUT_S} | {
        name: str(value) if isinstance(value, str) else value
        for name, value in connection.settings.items()
    }
    settings["decode_responses"] = False
    url = settings.pop("url", "redis://localhost:6379/0")
    return redis.Redis.from_url(str(url), **settings)
