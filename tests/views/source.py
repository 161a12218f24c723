"""Tables of a real PostgreSQL as the source of a Feed: each transaction becomes one batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
import psycopg

from cdc.contract.schemas import Column, TableSchema
from cdc.contract.values import SESSION_SETTINGS, JsonEncoder, json_encoder, text
from cdc.position import Lsn
from materializers.intake.batch import Batch
from tests.views.feed import Feed

Connection = psycopg.Connection[tuple[Any, ...]]
Row = Mapping[str, bytes | None]

_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL), a.atttypid::int, a.atttypmod, NOT a.attnotnull,
       ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid IN (a.atttypid, t.typelem)
             ORDER BY enumsortorder),
       coalesce((SELECT collname::text FROM pg_collation c
                 WHERE c.oid = a.attcollation AND NOT collisdeterministic), ''),
       CASE WHEN a.attndims > 1 THEN a.attndims::int ELSE 0 END
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
_KEY = """
SELECT a.attname FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY k(number, place)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY k.place
"""


def schema_of(connection: Connection, table: str) -> TableSchema:
    """A table's schema from the catalog."""
    name = table.removeprefix("public.")
    rows = connection.execute(_COLUMNS, [f'"{name}"']).fetchall()
    columns = [
        Column(name, kind, oid, typmod, nullable, tuple(labels), collation, dimensions)
        for name, kind, oid, typmod, nullable, labels, collation, dimensions in rows
    ]
    key = [row[0] for row in connection.execute(_KEY, [f'"{name}"']).fetchall()]
    return TableSchema(f"public.{name}", tuple(columns), tuple(key), Lsn(1))


class Source:
    """Keeps the rows last seen of some tables, so that `batch` hands over what changed."""

    def __init__(self, connection: Connection, tables: Iterable[str]) -> None:
        self.connection = connection
        for name, value in SESSION_SETTINGS.items():
            connection.execute("SELECT set_config(%s, %s, false)", [name, value])
        self.schemas = [schema_of(connection, table) for table in tables]
        self.feed = Feed(self.schemas)
        self._rows: dict[str, dict[bytes, Row]] = {s.table: {} for s in self.schemas}

    def batch(self) -> Batch:
        """What changed since the last call, as one transaction."""
        for schema in self.schemas:
            before, now = self._rows[schema.table], self._read(schema)
            for key in before.keys() - now.keys():
                self.feed.delete(schema.table, fragments(before[key]))
            for key, row in now.items():
                if before.get(key) != row:
                    self.feed.put(schema.table, fragments(row))
            self._rows[schema.table] = now
        return self.feed.batch()

    def altered(self, *, is_told: bool = True) -> None:
        """The tables' definitions as they are now; where not `is_told` the rows alone show it."""
        self.schemas = [schema_of(self.connection, s.table) for s in self.schemas]
        for schema in self.schemas:
            before = self.feed.schemas[schema.table]
            if is_told and (schema.columns, schema.key) != (before.columns, before.key):
                self.feed.alter(replace(schema, emptied=before.emptied))

    def truncated(self, table: str) -> None:
        """A TRUNCATE within the transaction: what the table held before no longer counts."""
        self.feed.truncate(table)
        self._rows[table] = {}

    def _read(self, schema: TableSchema) -> dict[bytes, Row]:
        place, name = schema.table.split(".", 1)
        return self.rows_of(schema.key, schema.columns, f'{place}."{name}"')

    def rows_of(
        self, key: Sequence[str], columns: Sequence[Column], relation: str
    ) -> dict[bytes, Row]:
        """Rows of a relation, encoded as capture encodes them, by key."""
        encoders: list[JsonEncoder] = [
            text if c.dimensions else json_encoder(c.type_oid, c.type_name, c.typmod)
            for c in columns
        ]
        names = [c.name for c in columns]
        texts = ", ".join(_text(c) for c in columns)
        rows: dict[bytes, Row] = {}
        for values in self.connection.execute(f"SELECT {texts} FROM {relation}").fetchall():
            row = {
                name: encode(value.encode()) if value is not None else None
                for name, encode, value in zip(names, encoders, values, strict=True)
            }
            rows[b"|".join(row[name] or b"" for name in key)] = row
        return rows


_OUTPUT = {"boolean": "boolout", "character": "bpcharout"}
"""Types whose cast to text says something else than their output function, which capture reads."""


def _text(column: Column) -> str:
    """SQL of a value as its type's output function writes it."""
    name = column.name.replace('"', '""')
    if function := _OUTPUT.get(column.type_name):
        return f'textin({function}("{name}"))'
    return f'"{name}"::text'


def fragments(row: Row) -> dict[str, Any]:
    """A row of encoded values as a Feed takes it."""
    return {n: orjson.Fragment(v) if v is not None else None for n, v in row.items()}
