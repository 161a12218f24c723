"""Input tables: the current rows of each captured table that a view reads, and their deltas.

Only the key and the columns that some view reads are stored. The before image of a row comes from
here, never from an envelope's `before`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

import duckdb

from cdc.contract.schemas import Column, TableSchema
from materializers.engines.duckdb.operators.operator import WEIGHT
from materializers.engines.duckdb.operators.scan import input_table
from materializers.engines.duckdb.parse import DELETED, parse
from materializers.engines.duckdb.stored_name import stored_column, stored_name
from materializers.engines.duckdb.stored_type import stored_type
from materializers.engines.latest import latest
from materializers.errors import StateError
from materializers.intake.batch import Records
from materializers.sql.types.captured import captured_type, is_stored_as
from materializers.sql.types.expression import quote
from materializers.sql.types.sql_type import widened_type

_ROW = '"#row"'
_IS_THERE = '"#is_there"'
_MANY_TEXTS = re.compile("DECIMAL|DOUBLE|FLOAT")
"""Types with several texts for one value (1.0, 1.00). A change from one text to the other is a
deletion and an insertion, with different keys in Kafka but the same key here."""


@dataclass(frozen=True, slots=True)
class Change:
    """A batch's records of one table. `is_emptied`: all its stored rows are deleted first."""

    schema: TableSchema
    records: Records
    is_emptied: bool


class Tables:
    """The input tables of one state file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._stored: dict[str, dict[str, str]] = {}  # types of columns, by names in the state
        self.reload()

    def reload(self) -> None:
        """Read from the file which tables and columns are stored."""
        rows = self.connection.execute(
            "SELECT table_name, list(column_name ORDER BY column_index),"
            " list(data_type ORDER BY column_index) FROM duckdb_columns()"
            " WHERE schema_name = 'input' AND database_name = current_database()"
            " GROUP BY table_name"
        ).fetchall()
        self._stored = {t: dict(zip(names, kinds, strict=True)) for t, names, kinds in rows}

    def holds(self, table: str) -> bool:
        """Whether the table is stored."""
        return stored_name(table) in self._stored

    def width(self, table: str) -> int:
        """The number of its stored columns."""
        return len(self._stored[stored_name(table)])

    def lacking(self, table: str, columns: Iterable[str]) -> list[str]:
        """Those of the columns that are not stored."""
        stored = self._stored.get(stored_name(table), {})
        return [name for name in sorted(columns) if stored_name(name) not in stored]

    def make(self, needs: Mapping[str, frozenset[str]], schemas: Mapping[str, TableSchema]) -> None:
        """Create the needed tables that are missing. Raises StateError where a table has rows but
        lacks a needed column."""
        for table, columns in needs.items():
            schema = schemas[table]
            if not schema.key:
                raise StateError(
                    f"Table {table} has no primary key, so its rows cannot be stored.",
                    fix="add a primary key in the source",
                )
            wanted = [c for c in schema.columns if c.name in columns or c.name in schema.key]
            lacking = self.lacking(table, [c.name for c in wanted])
            if self.holds(table) and not lacking:
                continue
            if self.holds(table) and self._count(table):
                raise StateError(
                    f"The state holds table {table} without column {lacking[0]}.",
                    fix="rebuild the view",
                )
            wanted_names = {c.name for c in wanted}
            wanted = [
                c for c in schema.columns if c.name in wanted_names or self._has(table, c.name)
            ]
            listed = ", ".join(f"{stored_column(c.name)} {_stored(c)}" for c in wanted)
            self.connection.execute(f"CREATE OR REPLACE TABLE {input_table(table)} ({listed})")
            self._stored[stored_name(table)] = {stored_name(c.name): _stored(c) for c in wanted}

    def _has(self, table: str, column: str) -> bool:
        return stored_name(column) in self._stored.get(stored_name(table), {})

    def drop_all_but(self, needed: Set[str]) -> None:
        """Drop tables that no view reads: batches would not update them, and a later view must not
        see old rows."""
        for name in self._stored.keys() - {stored_name(table) for table in needed}:
            self.connection.execute(f"DROP TABLE input.{quote(name)}")
            del self._stored[name]

    def refit(self, before: TableSchema, now: TableSchema) -> None:
        """Drop the stored columns that the source dropped or retyped: the views that read them
        stop, and a later view must not see old values."""
        present = {c.name: c for c in now.columns}
        past = {c.name: c for c in before.columns}
        stored = [name for name in past if self._has(now.table, name)]
        gone = [n for n in stored if n not in present or not is_stored_as(past[n], present[n])]
        if not gone or before.key != now.key or set(gone) & set(now.key):
            return  # with another key every view of the table stops, so the table is dropped
        self.drop_columns(now.table, set(gone))

    def as_stored(self, schema: TableSchema) -> TableSchema:
        """The schema, with a column as nullable if it has a NULL: a NOT NULL constraint may not be
        validated, or the rows may be older than it."""
        strict = [c.name for c in schema.columns if not c.nullable and c.name not in schema.key]
        strict = [name for name in strict if self._has(schema.table, name)]
        if not strict:
            return schema
        tests = ", ".join(f"bool_or({stored_column(name)} IS NULL)" for name in strict)
        cursor = self.connection.execute(f"SELECT {tests} FROM {input_table(schema.table)}")
        row = cursor.fetchone() or ()
        for name in (name for name, is_null in zip(strict, row, strict=True) if is_null):
            schema = schema.with_null(name)
        return schema

    def drop_columns(self, table: str, columns: Set[str]) -> None:
        """Drop columns that no view reads."""
        stored, gone = stored_name(table), {stored_name(name) for name in columns}
        for name in [name for name in self._stored[stored] if name in gone]:
            self.connection.execute(f"ALTER TABLE {input_table(table)} DROP COLUMN {quote(name)}")
        left = {n: kind for n, kind in self._stored[stored].items() if n not in gone}
        self._stored[stored] = left

    def widen(self, schema: TableSchema, columns: Set[str]) -> None:
        """Store these columns of declared precision as wide numerics, which can be NaN. Views read
        them as either type (see `Scan`)."""
        for name in sorted(columns):
            if not self._has(schema.table, name) or self._is_wide(schema, name):
                continue
            kind = stored_type(widened_type(captured_type(schema.column(name))))
            table, column = input_table(schema.table), stored_column(name)
            self.connection.execute(f"ALTER TABLE {table} ALTER {column} TYPE {kind}")
            self._stored[stored_name(schema.table)][stored_name(name)] = kind

    def _is_wide(self, schema: TableSchema, name: str) -> bool:
        """Whether a column of declared precision is stored as wide numerics."""
        kind = captured_type(schema.column(name))
        wide = widened_type(kind)
        stored = self._stored[stored_name(schema.table)][stored_name(name)]
        return kind != wide and stored == stored_type(wide)

    def _count(self, table: str) -> int:
        row = self.connection.execute(f"SELECT count(*) FROM {input_table(table)}").fetchone()
        return int(row[0]) if row else 0

    def load(self, change: Change) -> None:
        """Store a table's records without a delta; no view was built from the table yet."""
        columns, listed = self._columns(change.schema)
        table = input_table(change.schema.table)
        if change.is_emptied:
            self.connection.execute(f"DELETE FROM {table}")
        if not len(change.records):
            return
        came = self._parsed(change, columns)
        on = _on(change.schema.key, "s", "n")
        self.connection.execute(f"DELETE FROM {table} s USING {came} n WHERE {on}")
        self.connection.execute(
            f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {came} WHERE NOT {DELETED}"
        )
        self.connection.execute(f"DROP TABLE {came}")

    def move(self, change: Change) -> tuple[str, int]:
        """Store a table's records. Returns SQL of a FROM item with the delta, and the number of
        changed rows.

        One join with the stored table gives each record's before image and its rowid, for the
        deletion and the delta. A record that changes no stored column is no change."""
        columns, listed = self._columns(change.schema)
        table = input_table(change.schema.table)
        pairs, count = self._paired(change, columns)
        came, left = f"FROM {pairs} WHERE {_IS_THERE}", f"FROM {pairs} WHERE {_ROW} IS NOT NULL"
        if count:
            self.connection.execute(f"DELETE FROM {table} WHERE rowid IN (SELECT {_ROW} {left})")
            self.connection.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} {came}")
        was = ", ".join(f"{_old(name)} AS {stored_column(name)}" for name in columns)
        return (
            f"(SELECT {listed}, 1::BIGINT AS {WEIGHT} {came}"
            f" UNION ALL SELECT {was}, -1::BIGINT {left})"
        ), count

    def _paired(self, change: Change, columns: list[str]) -> tuple[str, int]:
        """Create a temporary table of the records that change a stored column, each with its before
        image. Returns its name and length."""
        key, table = change.schema.key, input_table(change.schema.table)
        came, pairs = (
            self._parsed(change, columns),
            quote(f"pairs.{stored_name(change.schema.table)}"),
        )
        if any(_MANY_TEXTS.match(_stored(change.schema.column(n))) for n in key):
            by = ", ".join(stored_column(name) for name in key)
            first = f"row_number() OVER (PARTITION BY {by} ORDER BY {DELETED}) = 1"
            came = f"(SELECT * FROM {came} QUALIFY {first})"
        pairs_of = [(name, stored_column(name)) for name in columns]
        values = [f"n.{column}, s.{column} AS {_old(name)}" for name, column in pairs_of]
        is_other = " OR ".join(f"n.{c} IS DISTINCT FROM s.{c}" for _, c in pairs_of)
        counted = self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {pairs} AS SELECT {', '.join(values)},"
            f" coalesce(NOT n.{DELETED}, false) AS {_IS_THERE}, s.rowid AS {_ROW}"
            f" FROM {came} n {'FULL' if change.is_emptied else 'LEFT'} JOIN {table} s"
            f" ON {_on(key, 's', 'n')} WHERE CASE WHEN s.rowid IS NULL THEN NOT n.{DELETED}"
            f" ELSE coalesce(n.{DELETED}, true) OR {is_other} END"
        ).fetchone()
        return pairs, int(counted[0]) if counted else 0

    def _columns(self, schema: TableSchema) -> tuple[list[str], str]:
        """The stored columns that the source still has."""
        columns = [c.name for c in schema.columns if self._has(schema.table, c.name)]
        return columns, ", ".join(stored_column(name) for name in columns)

    def _parsed(self, change: Change, columns: list[str]) -> str:
        target = quote(f"came.{stored_name(change.schema.table)}")
        rows = latest(change.records, change.schema)
        wide = {name for name in columns if self._is_wide(change.schema, name)}
        parse(self.connection, rows, change.schema, columns, target, wide)
        return target


def _stored(column: Column) -> str:
    return stored_type(captured_type(column))


def _old(name: str) -> str:
    """The quoted name of a column of the before image."""
    return quote(f"#old.{stored_name(name)}")


def _on(key: tuple[str, ...], one: str, two: str) -> str:
    return " AND ".join(
        f"{one}.{stored_column(name)} = {two}.{stored_column(name)}" for name in key
    )
