"""A view's rows, and its outbox: their changes at each cut, stored until every sink has them."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from materializers.engines.duckdb.arrow import arrow_table
from materializers.engines.duckdb.operators.consolidated import consolidated
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
    """The quoted name of the table of a view's rows."""
    return f"views.{quote(name)}"


def outbox_table(name: str) -> str:
    """The quoted name of the table of a view's changes."""
    return f"outbox.{quote(name)}"


@dataclass(frozen=True, slots=True)
class _Counts:
    """Rows inserted and deleted, the most inserted for one key, and keys deleted for good."""

    inserted: int
    deleted: int
    inserted_per_key_max: int
    keys_deleted: int


class Outbox:
    """The two tables of one view. `columns`: the plan's, under their names in DuckDB; `label`: the
    tables' name, where it is not the view's."""

    def __init__(self, schema: ViewSchema, columns: tuple[Column, ...], label: str = "") -> None:
        self.schema = schema
        self.label = label or schema.name
        self.columns = columns
        self.listed = ", ".join(quote(c.name) for c in columns)
        self._names = [column.name for column in schema.columns]
        held = dict(zip(self._names, columns, strict=True))
        self._key = [held[name] for name in schema.key]
        self.key_listed = ", ".join(quote(c.name) for c in self._key)
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
        doubled = connection.execute(
            f"SELECT {keys} FROM ({rows}){by} HAVING sum({WEIGHT}) > 1 LIMIT 1"
        ).fetchone()
        if doubled is not None:
            raise self._not_unique(doubled)

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
        """Apply a delta to the view's rows and record the changes; returns (changed rows, growth).

        Raises ViewError where the key is not unique."""
        net = self._net(connection, delta)
        if net is None:
            return 0, 0
        table, plus = view_table(self.label), f"(SELECT * FROM {net} WHERE {WEIGHT} > 0)"
        minus = f"(SELECT * FROM {net} WHERE {WEIGHT} < 0)"
        counts = self._counts(connection, net)
        if counts.inserted_per_key_max > 1:
            self._refuse_doubles(connection, f"SELECT * FROM {plus}")
        gone = _count(connection, f"DELETE FROM {table} v USING {net} d WHERE {self._on('v', 'd')}")
        if gone != counts.deleted:
            self._explain_mismatch(connection, plus, minus, gone, counts.deleted)
        connection.execute(f"INSERT INTO {table} SELECT {self.listed} FROM {plus}")
        record = f"SELECT {version}, false, {self.listed} FROM {plus}"
        if counts.keys_deleted:
            record = f"{record} UNION ALL {self._deleted(plus, minus, version)}"
        self._forget_earlier_parts(connection, net, version)
        recorded = f"INSERT INTO {outbox_table(self.label)} {record}"
        return _count(connection, recorded), counts.inserted - counts.deleted

    def _forget_earlier_parts(
        self, connection: duckdb.DuckDBPyConnection, net: str, version: int
    ) -> None:
        """Leave one change for each key and version: all batches of one long cut have its version,
        and a table's rows have no order. Before the first `apply` the last version is not known."""
        if self._newest in (None, version):
            outbox = outbox_table(self.label)
            connection.execute(
                f"DELETE FROM {outbox} o USING {net} d"
                f" WHERE o.{VERSION} = {version} AND {self._on('o', 'd')}"
            )
        self._newest = version

    def _deleted(self, plus: str, minus: str, version: int) -> str:
        """The keys deleted for good, as rows of the outbox."""
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
            f"CREATE OR REPLACE TEMP TABLE {name} AS {consolidated(self.listed, delta)}",
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
        keys = ", ".join(f"p.{quote(c.name)}" for c in self._key) or "1"
        doubled = connection.execute(
            f"SELECT {keys} FROM {plus} p ANTI JOIN {minus} m ON {self._on('p', 'm')} LIMIT 1"
        ).fetchone()
        if gone > expected and doubled is not None:
            raise self._not_unique(doubled)
        raise ViewError(
            f"view {self.schema.name}: its delta deletes {expected} rows, of which {gone} exist",
            fix="rebuild the view, and report this: it is a fault of the engine",
        )

    # reading, from a sink's own cursor

    def changes(
        self, cursor: duckdb.DuckDBPyConnection, after: int, until: int
    ) -> tuple[list[pa.RecordBatch], list[pa.RecordBatch]]:
        """Upserts and deletes of the versions in (after, until], the last one of each key."""
        by = f"PARTITION BY {self.key_listed}" if self._key else ""
        newest = (
            f"SELECT * FROM {outbox_table(self.label)}"
            f" WHERE {VERSION} > {after} AND {VERSION} <= {until}"
            f" QUALIFY row_number() OVER ({by} ORDER BY {VERSION} DESC) = 1"
        )
        table = arrow_table(cursor, newest)
        is_deleted = table.column("#deleted")
        rows = table.select([c.name for c in self.columns]).rename_columns(self._names)
        upserts = rows.filter(pc.invert(is_deleted))
        deletes = rows.filter(is_deleted).select(list(self.schema.key))
        return (
            upserts.to_batches(max_chunksize=_ROWS_PER_BATCH),
            deletes.to_batches(max_chunksize=_ROWS_PER_BATCH),
        )

    def length(self, cursor: duckdb.DuckDBPyConnection) -> int:
        """The number of its changes."""
        row = cursor.execute(f"SELECT count(*) FROM {outbox_table(self.label)}").fetchone()
        return int(row[0]) if row else 0

    def reader(self, cursor: duckdb.DuckDBPyConnection) -> pa.RecordBatchReader:
        """The view's rows as they are in the cursor's transaction, streamed."""
        sql = f"SELECT {self.listed} FROM {view_table(self.label)}"
        cursor.complete()
        reader = cursor.sql(sql).to_arrow_reader(_ROWS_PER_BATCH)
        if reader.schema.names == self._names:
            return reader
        fields = zip(reader.schema, self._names, strict=True)
        schema = pa.schema([field.with_name(name) for field, name in fields])
        batches = (batch.rename_columns(self._names) for batch in reader)
        return pa.RecordBatchReader.from_batches(schema, batches)


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Run a statement; returns the number of rows it inserted, updated or deleted."""
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
