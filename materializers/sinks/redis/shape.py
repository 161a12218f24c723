"""How a row is stored under its key: as a JSON document, a hash, or a member of a set."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import redis

from materializers.sinks.document import Expressions
from materializers.sinks.options import Options
from materializers.sinks.plain import PlainRow, parse_json, plain_document, plain_text
from materializers.sinks.redis.keypattern import KeyPattern
from materializers.view import ViewSchema

TYPES = ("json", "string", "hash", "set")


@dataclass(frozen=True, slots=True)
class Shape:
    """`type`: one of TYPES. `json` and `string` are the same: a string with JSON."""

    type: str
    view: ViewSchema
    pattern: KeyPattern

    @classmethod
    def of(cls, options: Options, view: ViewSchema) -> Shape:
        """The shape by the options `type` and `key_pattern`. Raises SinkError for a set whose
        members would all be equal, and for other types where rows would share a key."""
        shape = cls(options.choice("type", TYPES), view, KeyPattern.of(options, view))
        if shape.type != "set" and shape.members:
            raise options.error(
                f"key_pattern leaves out {', '.join(shape.members)}: rows would share a key",
                "name every column of the view's key; or give key = '…', where fewer are unique",
            )
        if shape.type == "set" and not shape.members:
            raise options.error(
                "type = 'set' needs a key column that is not in key_pattern, to be the member",
                "take one out of key_pattern, or use type = 'json'",
            )
        if shape.type == "set" and options.seconds("ttl"):
            raise options.error(
                "ttl with type = 'set': all members of a set would end at one time",
                "leave ttl out, or use type = 'json' with every key column in key_pattern",
            )
        return shape

    @property
    def keys(self) -> str:
        """Equal for two shapes that store rows under the same keys in the same way."""
        return json.dumps([self.type, self.pattern.literals, self.pattern.columns])

    @property
    def members(self) -> tuple[str, ...]:
        """The key columns that are not in the pattern: the members of a set."""
        return tuple(name for name in self.view.key if name not in self.pattern.columns)

    def upsert(self, expressions: Expressions, prefix: str) -> list[str]:
        """SQL for the texts of a row; the first is the key, after the generation's prefix."""
        key = self.pattern.expression(expressions, prefix)
        if self.type == "set":
            return [key, expressions.identifier(self.members)]
        if self.type == "hash":
            return [
                key,
                *(f"coalesce('+' || {expressions.text(n)}, '')" for n in expressions.types),
            ]
        return [key, expressions.document()]

    def delete(self, expressions: Expressions, prefix: str) -> list[str]:
        """SQL for the texts that identify a row to delete."""
        key = self.pattern.expression(expressions, prefix)
        return [key, expressions.identifier(self.members)] if self.type == "set" else [key]

    def fields(self, expressions: Expressions) -> list[str]:
        """What the script needs before the rows: the names of a hash's fields."""
        names = json.dumps([*expressions.types], ensure_ascii=False)
        return [names] if self.type == "hash" else []

    def read(self, client: redis.Redis, keys: list[bytes]) -> Iterator[Mapping[str, Any]]:
        """The rows under these keys, without keys that are gone. For a set, one row for each
        member: its key (`key`) and the member (`member`)."""
        if self.type == "hash":
            yield from self._hashes(client, keys)
        elif self.type == "set":
            yield from self._sets(client, keys)
        else:
            values: Iterable[bytes | None] = client.mget(keys)  # type: ignore[assignment]
            for value in values:
                if value is not None:
                    yield plain_document(self.view, parse_json(value))

    def _hashes(self, client: redis.Redis, keys: list[bytes]) -> Iterator[PlainRow]:
        pipeline = client.pipeline(transaction=False)
        for key in keys:
            pipeline.hgetall(key)
        for fields in pipeline.execute():
            if fields:
                texts = {name.decode(): value.decode() for name, value in fields.items()}
                yield self._row(texts)

    def _row(self, texts: Mapping[str, str]) -> PlainRow:
        return {
            c.name: plain_text(c.type_name, texts[c.name]) if c.name in texts else None
            for c in self.view.columns
        }

    def _sets(self, client: redis.Redis, keys: list[bytes]) -> Iterator[Mapping[str, Any]]:
        pipeline = client.pipeline(transaction=False)
        for key in keys:
            pipeline.smembers(key)
        for key, members in zip(keys, pipeline.execute(), strict=True):
            for member in members:
                yield {"key": key.decode(), "member": member.decode()}
