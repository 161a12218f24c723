"""A view's rows and what changed in them at each cut, kept until every sink has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from materializers.engines.duckdb.operators.operator import WEIGHT
from materializers.engines.duckdb.stored_type import stored_type
from materializers.errors import ViewError
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import quote
from materializers.view import ViewSchema

VERSION = '"#version"'
DELETED = '"#deleted"'
_ROWS_PER_BATCH = 10_000


def view_table(name: str) -> str:
    """The quoted name of the table that holds a view's rows."""
    return f"views.{quote(name)}"


def outbox_table(name: str) -> str:
    """The quoted name of the table that holds a view's changes."""
    return f"outbox.{quote(name)}"


@dataclass(frozen=True, slots=True)
class _Counts:
    """Rows that came and left, the most that came for one key, and keys that left for good."""

    came: int
    left: int
    most: int
    deleted: int


class Outbox:
    """The two tables of one view. `columns` as its plan has them; `label`: what they are named
    by, where that is not the view's name."""

    def __init__(self, schema: ViewSchema, columns: tuple[Column, ...], label: str = "") -> None:
        self.schema = schema
        self.label = label or schema.name
        self.columns = columns
        self.listed = ", ".join(quote(c.name) for c in columns)
        self._key = [c for c in columns if c.name in schema.key]
        self.key_listed = ", ".join(quote(name) for name in schema.key)
        self._newest: int | None = None

    def create(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make both tables, empty."""
        name = self.label
        columns = ", ".join(f"{quote(c.name)} {stored_type(c.type)}" for c in self.columns)
        connection.execute(f"CREATE OR REPLACE TABLE {view_table(name)} ({columns})")
        connection.execute(
            f"CREATE OR REPLACE TABLE {outbox_table(name)}"
            f" ({VERSION} BIGINT, {DELETED} BOOLEAN, {columns})"
        )

    def drop(self, connection: duckdb.DuckDBPyConnection) -> None:
        for table in (view_table(self.label), outbox_table(self.label)):
            connection.execute(f"DROP TABLE IF EXISTS {table}")

    def build(self, connection: duckdb.DuckDBPyConnection, rows: str) -> int:
        """Fill the view's rows from a SELECT; raises ViewError where the key is not unique."""
        table = view_table(self.label)
        connection.execute(f"DELETE FROM {table}")
        counted = connection.execute(f"INSERT INTO {table} {rows}").fetchone()
        self._refuse_doubles(connection, f"SELECT *, 1 AS {WEIGHT} FROM {table}")
        return int(counted[0]) if counted else 0

    def _refuse_doubles(self, connection: duckdb.DuckDBPyConnection, rows: str) -> None:
        by = f" GROUP BY {self.key_listed}" if self._key else ""
        keys = self.key_listed or "'(no columns)'"
        found = connection.execute(
            f"SELECT {keys} FROM ({rows}){by} HAVING sum({WEIGHT}) > 1 LIMIT 1"
        ).fetchone()
        if found is not None:
            raise self._not_unique(found)

    def _not_unique(self, values: tuple[object, ...]) -> ViewError:
        named = zip(self.schema.key, values, strict=False)
        shown = ", ".join(f"{name} = {value!r}" for name, value in named) or "no column in the key"
        return ViewError(
            f"view {self.schema.name}: the key is not unique: two rows with {shown}",
            fix="choose a key that is unique, or group the view by it",
        )

    def _on(self, one: str, two: str) -> str:
        pairs = [
            f"{one}.{quote(c.name)} {'IS NOT DISTINCT FROM' if c.nullable else '='}"
            f" {two}.{quote(c.name)}"
            for c in self._key
        ]
        return " AND ".join(pairs) or "true"

    def apply(
        self, connection: duckdb.DuckDBPyConnection, delta: str, version: int
    ) -> tuple[int, int]:
        """Move the view's rows by a delta and record what changed; (changed rows, growth).

        Raises ViewError where the key turns out not to be unique."""
        net = self._net(connection, delta)
        if net is None:
            return 0, 0
        table, plus = view_table(self.label), f"(SELECT * FROM {net} WHERE {WEIGHT} > 0)"
        minus = f"(SELECT * FROM {net} WHERE {WEIGHT} < 0)"
        counts = self._counts(connection, net)
        if counts.most > 1:
            self._refuse_doubles(connection, f"SELECT * FROM {plus}")
        gone = _count(connection, f"DELETE FROM {table} v USING {net} d WHERE {self._on('v', 'd')}")
        if gone != counts.left:
            self._explain_mismatch(connection, plus, minus, gone, counts.left)
        connection.execute(f"INSERT INTO {table} SELECT {self.listed} FROM {plus}")
        record = f"SELECT {version}, false, {self.listed} FROM {plus}"
        if counts.deleted:
            record = f"{record} UNION ALL {self._deleted(plus, minus, version)}"
        self._forget_earlier_parts(connection, net, version)
        recorded = f"INSERT INTO {outbox_table(self.label)} {record}"
        return _count(connection, recorded), counts.came - counts.left

    def _forget_earlier_parts(
        self, connection: duckdb.DuckDBPyConnection, net: str, version: int
    ) -> None:
        """One change a key and version: the parts of a long way to a cut all bear its version, and
        rows of a table have no order. Before the first apply nothing is known of the last one."""
        if self._newest in (None, version):
            outbox = outbox_table(self.label)
            connection.execute(
                f"DELETE FROM {outbox} o USING {net} d"
                f" WHERE o.{VERSION} = {version} AND {self._on('o', 'd')}"
            )
        self._newest = version

    def _deleted(self, plus: str, minus: str, version: int) -> str:
        """The keys that left for good, as rows of the outbox."""
        left = ", ".join(
            f"m.{quote(c.name)}" if c in self._key else f"NULL AS {quote(c.name)}"
            for c in self.columns
        )
        return (
            f"SELECT {version}, true, {left} FROM {minus} m"
            f" ANTI JOIN {plus} p ON {self._on('m', 'p')}"
        )

    def _net(self, connection: duckdb.DuckDBPyConnection, delta: str) -> str | None:
        name = quote(f"net.{self.label}")
        count = _count(
            connection,
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {self.listed},"
            f" sum({WEIGHT})::BIGINT AS {WEIGHT} FROM {delta} GROUP BY {self.listed}"
            f" HAVING sum({WEIGHT}) <> 0",
        )
        return name if count else None

    def _counts(self, connection: duckdb.DuckDBPyConnection, net: str) -> _Counts:
        by = f" GROUP BY {self.key_listed}" if self._key else ""
        row = connection.execute(
            "SELECT sum(p)::BIGINT, sum(m)::BIGINT, max(p)::BIGINT,"
            " count(*) FILTER (WHERE p = 0) FROM (SELECT"
            f" sum(greatest({WEIGHT}, 0)) AS p, sum(greatest(-{WEIGHT}, 0)) AS m FROM {net}{by})"
        ).fetchone()
        assert row is not None
        return _Counts(*(int(value) for value in row))

    def _explain_mismatch(
        self,
        connection: duckdb.DuckDBPyConnection,
        plus: str,
        minus: str,
        gone: int,
        expected: int,
    ) -> None:
        keys = ", ".join(f"p.{quote(name)}" for name in self.schema.key) or "1"
        found = connection.execute(
            f"SELECT {keys} FROM {plus} p ANTI JOIN {minus} m ON {self._on('p', 'm')} LIMIT 1"
        ).fetchone()
        if gone > expected and found is not None:
            raise self._not_unique(found)
        raise ViewError(
            f"view {self.schema.name}: {expected} rows were to leave and {gone} were there;"
            " its delta does not match its rows",
            fix="rebuild the view, and report this: it is a fault of the engine",
        )

    # reading, from a sink's own cursor

    def changes(
        self, cursor: duckdb.DuckDBPyConnection, after: int, until: int
    ) -> tuple[list[pa.RecordBatch], list[pa.RecordBatch]]:
        """Upserts and deletes of the versions in (after, until], the last of each key."""
        by = f"PARTITION BY {self.key_listed}" if self._key else ""
        newest = (
            f"SELECT * FROM {outbox_table(self.label)}"
            f" WHERE {VERSION} > {after} AND {VERSION} <= {until}"
            f" QUALIFY row_number() OVER ({by} ORDER BY {VERSION} DESC) = 1"
        )
        table = cursor.sql(newest).to_arrow_table()
        is_deleted = table.column("#deleted")
        columns = [c.name for c in self.columns]
        upserts = table.filter(pc.invert(is_deleted)).select(columns)
        deletes = table.filter(is_deleted).select(list(self.schema.key))
        return (
            upserts.to_batches(max_chunksize=_ROWS_PER_BATCH),
            deletes.to_batches(max_chunksize=_ROWS_PER_BATCH),
        )

    def length(self, cursor: duckdb.DuckDBPyConnection) -> int:
        """How many changes it holds."""
        row = cursor.execute(f"SELECT count(*) FROM {outbox_table(self.label)}").fetchone()
        return int(row[0]) if row else 0

    def all_rows(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[pa.RecordBatch]:
        """The view's rows as they are in the cursor's transaction, streamed."""
        yield from self.reader(cursor)

    def reader(self, cursor: duckdb.DuckDBPyConnection) -> pa.RecordBatchReader:
        """The same, with their Arrow schema."""
        sql = f"SELECT {self.listed} FROM {view_table(self.label)}"
        return cursor.sql(sql).to_arrow_reader(_ROWS_PER_BATCH)


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Run a statement; the number of rows it made, changed or removed."""
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
