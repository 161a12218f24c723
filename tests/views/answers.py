"""Rows of the engine and of PostgreSQL made comparable, and the view's answer from each side."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from cdc.contract.schemas import TableSchema
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.duckdb.plan import Planning, select_of, whole_relation
from materializers.engines.engine import Engine
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.planner import Planner
from materializers.sql.rules.rules import parsed
from materializers.sql.types.expression import quote
from materializers.sql.types.interval_text import parse_interval
from materializers.sql.types.sql_type import Outgrown
from tests.views.source import Connection

FLOAT_DIGITS = 11
REAL_DIGITS = 6
_AS_THEY_ARE = ("integer", "bigint", "smallint", "text", "boolean")
"""Types whose values are compared as they come."""


def frozen(value: Any, type_name: str = "") -> Any:
    """A value as something that can be compared and counted; numbers by value, not by scale."""
    if type_name == "numeric" and isinstance(value, str):
        value = Decimal(value)  # as wide ones are kept
    if isinstance(value, Decimal) and value.is_nan():
        return "NaN"
    if isinstance(value, str) and type_name in ("json", "jsonb"):
        return frozen(json.loads(value, parse_float=Decimal))
    if isinstance(value, str) and type_name == "interval":
        parts = parse_interval(value)
        return value if parts is None else (parts.months, parts.days, parts.micros)
    if isinstance(value, dict):
        return frozenset((name, frozen(member)) for name, member in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(frozen(member, type_name.removesuffix("[]")) for member in value)
    if isinstance(value, float):
        digits = REAL_DIGITS if type_name == "real" else FLOAT_DIGITS
        return Decimal(f"{value:.{digits}g}") if value == value else "NaN"
    if isinstance(value, UUID):
        return str(value)
    return value


def engine_rows(engine: DuckDBEngine, view: str) -> Counter[Any]:
    """The view's rows as the engine keeps them."""
    kept = engine.views[view]
    types = [c.type_name for c in kept.schema.columns]
    found: Counter[Any] = Counter()
    for batch in engine.rows(view):
        found.update(_frozen_rows([column.to_pylist() for column in batch.columns], types))
    return found


def _frozen_rows(columns: Iterable[Sequence[Any]], types: Sequence[str]) -> Iterable[Any]:
    """The rows of some columns, each value as `frozen` gives it."""
    changed = [
        column if kind in _AS_THEY_ARE else [frozen(value, kind) for value in column]
        for column, kind in zip(columns, types, strict=True)
    ]
    return zip(*changed, strict=True)


class Recomputed:
    """A view as DuckDB works it out from the input tables, without any state; planned once."""

    def __init__(self, engine: DuckDBEngine, view: str) -> None:
        self._types = [c.type_name for c in engine.views[view].schema.columns]
        self._planning = Planning(BUILT_IN)
        stored = engine.views[view].stored
        self._relation = whole_relation(
            stored.definition, _readable(engine, view), self._planning, is_wide=stored.is_wide
        )

    def rows(self, engine: DuckDBEngine) -> Counter[Any]:
        """Its rows now, in the engine that it was made for or in one that has the same state."""
        connection = engine.store.connection
        select = select_of(self._relation, self._planning, connection)
        rows = connection.execute(select).fetchall()
        columns = list(zip(*rows, strict=True)) or [()] * len(self._types)
        return Counter(_frozen_rows(columns, self._types))


def recomputed_rows(engine: DuckDBEngine, view: str) -> Counter[Any]:
    """The view's rows worked out by DuckDB from the input tables, without any state."""
    return Recomputed(engine, view).rows(engine)


def _readable(engine: DuckDBEngine, view: str) -> dict[str, TableSchema]:
    """The tables, with what is stored of them alone where the SELECT as it is written would read
    more than the plan does: a list in EXISTS needs no column."""
    stored, needs = engine.views[view].stored, engine.views[view].plan.needs
    planner = Planner(stored.definition, stored.schemas, BUILT_IN, is_wide=stored.is_wide)
    try:
        planner.view(parsed(planner.source, BUILT_IN), is_inline=True)
    except Outgrown:
        planner = Planner(stored.definition, stored.schemas, BUILT_IN, is_wide=True)
        planner.view(parsed(planner.source, BUILT_IN), is_inline=True)
    scans = planner.inline_scans
    if all(needs.get(s.table, frozenset()) >= {name for name, _ in s.listed} for s in scans):
        return dict(stored.schemas)
    return {
        table: replace(schema, columns=tuple(c for c in schema.columns if c.name in columns))
        for table, schema in stored.schemas.items()
        for columns in [needs.get(table, frozenset())]
    }


def postgres_rows(connection: Connection, select: str) -> Counter[Any]:
    """PostgreSQL's own answer; JSON as text, so that its numbers keep their digits, and
    intervals, so that a month is not 30 days."""
    cursor = connection.execute(select)
    assert cursor.description is not None
    names = {114: "json", 3802: "jsonb", 700: "real", 1186: "interval", 1187: "interval[]",
             23: "integer", 20: "bigint", 25: "text", 16: "boolean"}  # fmt: skip
    types = [names.get(column.type_code, "") for column in cursor.description]
    described = zip(cursor.description, types, strict=True)
    casts = [_cast(connection, column.type_code, kind) for column, kind in described]
    columns = ", ".join(
        f"q.{quote(c.name)}{cast}" for c, cast in zip(cursor.description, casts, strict=True)
    )
    rows = connection.execute(f"SELECT {columns} FROM ({select}) q").fetchall()
    return Counter(_frozen_rows(list(zip(*rows, strict=True)) or [()] * len(types), types))


def _cast(connection: Connection, oid: int, name: str) -> str:
    """What makes of a column's value something that can be read: psycopg knows no arrays of the
    types that a database has made."""
    if name in ("json", "jsonb", "interval"):
        return "::text"
    if name == "interval[]":
        return "::text[]"
    if connection.adapters.types.get(oid) is not None:
        return ""
    sql = "SELECT typcategory = 'A' FROM pg_type WHERE oid = %s"
    row = connection.execute(sql, [oid]).fetchone()
    return "::text[]" if row is not None and row[0] else ""


def difference(expected: Counter[Any], found: Counter[Any]) -> str:
    """The rows that are in one and not in the other; empty where they are the same."""
    if expected == found:
        return ""
    missing, extra = list((expected - found).elements()), list((found - expected).elements())
    return f"missing {missing[:3]} extra {extra[:3]}"


class Mirror:
    """A sink's copy of a view, moved by the engine's steps alone."""

    def __init__(self, engine: Engine, view: str) -> None:
        self.engine = engine
        self.view = view
        self.version = -1
        self.generation = engine.views[view].generation
        self.rows: dict[Any, Any] = {}

    def follow(self) -> None:
        """Take the next step, or everything at first."""
        schema = self.engine.views[self.view].schema
        types = {c.name: c.type_name for c in schema.columns}
        step = (
            self.engine.full(self.view)
            if self.version < 0
            else self.engine.step(self.view, self.version)
        )
        if step is None:
            return
        upserts = _rows(step.upserts, types)
        deletes = _rows(step.deletes, types)
        for row in deletes:
            # A row that came and went within one step was never here
            self.rows.pop(_key(row, schema.key), None)
        for row in upserts:
            self.rows[_key(row, schema.key)] = tuple(row.values())
        self.version = step.version

    def counted(self) -> Counter[Any]:
        return Counter(self.rows.values())


def _key(row: Mapping[str, Any], key: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in key)


def _rows(batches: Iterable[Any], types: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {name: frozen(value, types[name]) for name, value in row.items()}
        for batch in batches
        for row in batch.to_pylist()
    ]
