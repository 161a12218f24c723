"""Compares a view in its sink with the same SQL run by PostgreSQL, row by row.

Both sides are brought to one canonical form by column type: numerics as exact decimals, times as
instants in UTC, JSON by value. Different texts of an equal float do not count. A row is stored as a
digest of 16 bytes, so that a whole index fits into memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import psycopg
from psycopg import sql

from materializers.view import ViewSchema

EXAMPLES_MAX = 5
FETCH_ROWS = 5_000

Row = Mapping[str, Any]


@dataclass(slots=True)
class Comparison:
    """`rows`: in the sink. `differences`: keys that are missing, unlike or too many in it.
    `examples`: the first few, as text."""

    rows: int = 0
    differences: int = 0
    examples: list[str] = field(default_factory=list)

    def note(self, what: str, key: bytes) -> None:
        """Count one difference."""
        self.differences += 1
        if len(self.examples) < EXAMPLES_MAX:
            self.examples.append(f"{what}: {key.decode()}")


def compare(
    expected: Iterable[Row],
    actual: Iterable[Row],
    schema: ViewSchema,
    on_rows: Callable[[int], None],
) -> Comparison:
    """Compare PostgreSQL's answer with a sink's rows; `on_rows` gets the number of rows done."""
    canonical = Canonical(schema)
    wanted: dict[bytes, bytes] = {}
    for number, row in enumerate(expected):
        key, digest = canonical.digest(row)
        wanted[key] = digest
        if number % FETCH_ROWS == 0:
            on_rows(number)
    result = Comparison()
    seen = len(wanted)
    for row in actual:
        key, digest = canonical.digest(row)
        result.rows += 1
        other = wanted.pop(key, None)
        if other is None:
            result.note("not in PostgreSQL's answer, or twice in the sink", key)
        elif other != digest:
            result.note("unlike", key)
        if result.rows % FETCH_ROWS == 0:
            on_rows(seen + result.rows)
    for key in wanted:
        result.note("missing in the sink", key)
    return result


def run_in_postgres(dsn: str, query: str) -> Iterator[Row]:
    """The rows of a view's SQL as PostgreSQL computes them now, with exact numbers."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute("SET extra_float_digits = 1")
        with connection.cursor(name="compare") as cursor:
            cursor.itersize = FETCH_ROWS
            whole = sql.SQL("SELECT row_to_json(v)::text FROM ({}) AS v")
            cursor.execute(whole.format(sql.SQL(query)))
            for (text,) in cursor:
                yield json.loads(text, parse_float=Decimal)


class Canonical:
    """Computes a row's key, and a digest of all its columns."""

    def __init__(self, schema: ViewSchema) -> None:
        self._columns = [(column.name, _rule(column.type_name)) for column in schema.columns]
        self._key = schema.key

    def digest(self, row: Row) -> tuple[bytes, bytes]:
        """Equal for two rows exactly if their keys and values are equal."""
        plain = {name: _value(rule, row.get(name)) for name, rule in self._columns}
        key = orjson.dumps([plain[name] for name in self._key])
        whole = orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)
        return key, hashlib.blake2b(whole, digest_size=16).digest()


def _value(rule: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else rule(value)


def _rule(type_name: str) -> Callable[[Any], Any]:
    if type_name.endswith("[]"):
        inner = _rule(type_name[:-2])
        return lambda value: [_value(inner, each) for each in _parsed(value)]
    return _RULES.get(type_name.partition("(")[0].strip(), _plain)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, bool)) else _json(value)


def _decimal(value: Any) -> str:
    number = Decimal(str(value))
    return format(number.normalize(), "f") if number.is_finite() else str(number)


def _instant(value: Any) -> str:
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC).isoformat()
    except ValueError:  # infinity, and years beyond Python's
        return str(value)


def _local_time(value: Any) -> str:
    try:
        return datetime.fromisoformat(str(value)).isoformat()
    except ValueError:
        return str(value)


def _nested(value: Any) -> Any:
    return _json(_parsed(value))


def _parsed(value: Any) -> Any:
    """A JSON value, which a sink may hold as text."""
    return json.loads(value, parse_float=Decimal) if isinstance(value, str) else value


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _json(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_json(each) for each in value]
    if isinstance(value, (Decimal, float, int)) and not isinstance(value, bool):
        return f"\0{_decimal(value)}"  # no text of PostgreSQL's contains NUL
    return value


_RULES: dict[str, Callable[[Any], Any]] = {
    "numeric": _decimal,
    "smallint": int,
    "integer": int,
    "bigint": int,
    "real": float,
    "double precision": float,
    "timestamp with time zone": _instant,
    "timestamp without time zone": _local_time,
    "json": _nested,
    "jsonb": _nested,
}
