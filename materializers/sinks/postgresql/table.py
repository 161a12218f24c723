"""One generation's table: creates, loads, merges and drops it in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import psycopg
import pyarrow as pa

from materializers.errors import SinkError
from materializers.sinks.document import Expressions, quoted
from materializers.sinks.postgresql.column import column_type, copy_text
from materializers.sinks.postgresql.isolation import Refuse, isolated
from materializers.sinks.renderer import Renderer
from materializers.view import ViewSchema

COPY_BYTES_MAX = 1_000_000
NULLS_NOT_DISTINCT_VERSION = 150_000
_UPSERTS = "pg_temp.rederive_upserts"
_DELETES = "pg_temp.rederive_deletes"

Connection = psycopg.Connection[Any]


class Table:
    """The table of one generation, `schema.name`."""

    def __init__(self, schema: str, name: str, view: ViewSchema, renderer: Renderer) -> None:
        self.name = f"{quoted(schema)}.{quoted(name)}"
        self._view = view
        self._renderer = renderer
        self._columns = [column.name for column in view.columns]
        self._has_null_keys = False

    def create(self, connection: Connection, owner: str) -> None:
        """Create it empty, with the view's key as primary key."""
        columns = [f"{quoted(c.name)} {column_type(c.type_name)}" for c in self._view.columns]
        key = ", ".join(map(quoted, self._view.key))
        connection.execute(
            f"CREATE TABLE {self.name} ({', '.join(columns)}, PRIMARY KEY ({key}))".encode()
        )
        connection.execute(
            psycopg.sql.SQL("COMMENT ON TABLE {} IS {}").format(
                psycopg.sql.SQL(self.name), psycopg.sql.Literal(comment(owner))
            )
        )

    def drop(self, connection: Connection) -> None:
        connection.execute(f"DROP TABLE IF EXISTS {self.name}".encode())

    def load(
        self, connection: Connection, batches: Iterable[pa.RecordBatch], refuse: Refuse
    ) -> None:
        """Copy rows into the empty table, without refused ones, each of which `refuse` gets."""
        for batch in batches:
            self._prepare(connection, batch)
            isolated(
                connection,
                batch,
                lambda part: self._load_part(connection, part),
                refuse,
            )

    def _load_part(self, connection: Connection, part: pa.RecordBatch) -> None:
        self._copy(connection, lambda: self.name, [part])

    def move_each(
        self,
        connection: Connection,
        deletes: Iterable[pa.RecordBatch],
        upserts: Iterable[pa.RecordBatch],
        refuse: Refuse,
    ) -> None:
        """`remove` and `merge` for batches with refused rows. `refuse` gets each of those, and the
        row that the table has under its key is removed."""

        def refused(row: pa.RecordBatch, error: psycopg.Error) -> None:
            key = row.select(list(self._view.key))
            isolated(connection, key, lambda part: self._remove_part(connection, part), pass_over)
            refuse(row, error)

        for batch in deletes:
            self._prepare(connection, batch)
            isolated(connection, batch, lambda part: self._remove_part(connection, part), pass_over)
        for batch in upserts:
            self._prepare(connection, batch)
            isolated(connection, batch, lambda part: self._merge_part(connection, part), refused)

    def _remove_part(self, connection: Connection, part: pa.RecordBatch) -> None:
        self.remove(connection, [part])
        self._empty(connection, _DELETES)

    def _merge_part(self, connection: Connection, part: pa.RecordBatch) -> None:
        self.merge(connection, [part])
        self._empty(connection, _UPSERTS)

    def _empty(self, connection: Connection, scratch: str) -> None:
        connection.execute(f"DELETE FROM {self._scratch(connection, scratch)}".encode())

    def merge(self, connection: Connection, upserts: Iterable[pa.RecordBatch]) -> None:
        """Upsert rows."""
        others = [name for name in self._columns if name not in self._view.key]
        assignments = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in others)
        action = f"UPDATE SET {assignments}" if others else "NOTHING"
        key = ", ".join(map(quoted, self._view.key))
        if self._copy(connection, lambda: self._scratch(connection, _UPSERTS), upserts):
            connection.execute(
                f"INSERT INTO {self.name} SELECT * FROM {_UPSERTS} "
                f"ON CONFLICT ({key}) DO {action}".encode()
            )

    def remove(self, connection: Connection, deletes: Iterable[pa.RecordBatch]) -> None:
        """Delete rows by their key."""
        if not self._copy(connection, lambda: self._scratch(connection, _DELETES), deletes):
            return
        self._delete(connection, "=", "true")
        if self._has_null_keys:
            # Separately, as neither an index nor a hash join supports IS NOT DISTINCT FROM.
            is_null = " OR ".join(f"gone.{quoted(name)} IS NULL" for name in self._view.key)
            self._delete(connection, "IS NOT DISTINCT FROM", f"({is_null})")

    def _delete(self, connection: Connection, operator: str, condition: str) -> None:
        same = [f"held.{quoted(name)} {operator} gone.{quoted(name)}" for name in self._view.key]
        connection.execute(
            f"DELETE FROM {self.name} held USING {_DELETES} gone "
            f"WHERE {condition} AND {' AND '.join(same)}".encode()
        )

    def _allow_null_keys(self, connection: Connection) -> None:
        """A group's key may contain NULL, a primary key may not. From the first such row on, a
        unique constraint with NULLS NOT DISTINCT replaces it."""
        self._has_null_keys = True
        row = connection.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p'",
            (self.name,),
        ).fetchone()
        if row is None:
            return
        if connection.info.server_version < NULLS_NOT_DISTINCT_VERSION:
            raise SinkError(
                f"table {self.name}: a row has NULL in its key, which needs PostgreSQL 15.",
                fix="use coalesce() in the view's key, or a newer server.",
            )
        nullable = [f"ALTER COLUMN {quoted(name)} DROP NOT NULL" for name in self._view.key]
        key = ", ".join(map(quoted, self._view.key))
        drop = f"DROP CONSTRAINT {quoted(row[0])}"
        add = f"ADD UNIQUE NULLS NOT DISTINCT ({key})"
        for actions in ([drop], [*nullable, add]):
            connection.execute(f"ALTER TABLE {self.name} {', '.join(actions)}".encode())

    def _prepare(self, connection: Connection, batch: pa.RecordBatch) -> None:
        if not self._has_null_keys and any(batch[name].null_count for name in self._view.key):
            self._allow_null_keys(connection)

    def _scratch(self, connection: Connection, name: str) -> str:
        """A temporary table with the same columns, emptied at the end of every transaction."""
        connection.execute("SET LOCAL client_min_messages = warning")
        connection.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {name.removeprefix('pg_temp.')} "
            f"ON COMMIT DELETE ROWS AS SELECT * FROM {self.name} WITH NO DATA".encode()
        )
        return name

    def _copy(
        self, connection: Connection, target: Callable[[], str], batches: Iterable[pa.RecordBatch]
    ) -> bool:
        """Copy batches into the target, which is made for the first row. Returns whether there was
        a row."""
        is_any = False
        for batch in batches:
            if not batch.num_rows:
                continue
            self._prepare(connection, batch)
            expressions = self._renderer.expressions(batch)
            columns = ", ".join(map(quoted, expressions.types))
            place = target()
            with connection.cursor().copy(f"COPY {place} ({columns}) FROM STDIN".encode()) as copy:
                for lines in self._renderer.lines(batch, row_line(expressions)):
                    for _, part in lines.slices(COPY_BYTES_MAX):
                        copy.write(bytes(part))
            is_any = True
        return is_any


def pass_over(row: pa.RecordBatch, error: psycopg.Error) -> None:
    """Ignore a refused key: the table cannot contain it."""


def row_line(expressions: Expressions) -> str:
    """SQL for a row in COPY's text format."""
    texts = [copy_text(expressions, name) for name in expressions.types]
    return f"concat({', chr(9), '.join(texts)}, chr(10))"


def comment(owner: str) -> str:
    """The comment that marks a table or view as a sink's."""
    return f"kept by rederive, sink {owner}"
