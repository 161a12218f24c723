"""Publishing one table anew while the stream goes on.

Needed where the rows already published cannot stand for the table as it is from here on: a table
that was not captured until now, or a change of its definition that rewrites rows without a change
of theirs in the log (a new column with a default, a renamed one, another type, another key).

The table is declared emptied, then read as it is *now*, which is later than the place where the
stream stands. `not_before` is the place where the answer is right; the cut must reach at least that
far. Why that is exact: a change between here and there follows the row read inside the same cut,
and brings it, step by step, to the very same state; a reader takes the last.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace

from psycopg import sql

from cdc.config import Source
from cdc.contract.envelope import Origin
from cdc.contract.schemas import Emptied, TableSchema
from cdc.position import Lsn
from cdc.publish import Publisher
from cdc.sources.postgres import catalog
from cdc.sources.postgres.catalog import Connection
from cdc.sources.postgres.connection import connect, log_end, source_errors
from cdc.sources.postgres.copy_text import row_values
from cdc.sources.postgres.relations import CapturedTable


class Refill:
    """Reads tables anew, each on a connection of its own."""

    def __init__(self, source: Source, publisher: Publisher) -> None:
        self._source, self._publisher = source, publisher
        self.not_before = Lsn(0)

    def refill(self, table: CapturedTable, lsn: Lsn) -> TableSchema:
        """Empty and publish the table as of `lsn`, within the open transaction.

        The schema recorded, which says where the table was emptied.
        """
        self._publisher.begin()
        self._publisher.flush()
        schema = replace(
            table.schema, lsn=lsn, emptied=Emptied(lsn, self._publisher.ends(table.topic))
        )
        self._publisher.schema(schema)
        with closing(connect(self._source)) as connection:
            with source_errors(self._source, f"read {schema.table} anew from"):
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                # Asked within the snapshot, so everything the snapshot sees lies before it.
                self.not_before = max(self.not_before, log_end(connection))
                self._copy(connection, table, lsn)
        return schema

    def _copy(self, connection: Connection, table: CapturedTable, lsn: Lsn) -> None:
        selected = _selected(connection, table)
        if selected is None:
            return
        now_us = time.time_ns() // 1000
        stamp = table.envelope.stamp(Origin(lsn, now_us, None, now_us, snapshot="true"))
        topic, position, rows = table.topic, b"%d" % lsn, 0
        with connection.cursor().copy(selected) as copy:
            for row in copy:
                key, value = table.envelope.whole(
                    row_values(bytes(row)), position, stamp, stamp.read
                )
                self._publisher.publish(topic, value, key)
                rows += 1
                if rows % 1_000 == 0:
                    self._publisher.serve()


def _selected(connection: Connection, table: CapturedTable) -> sql.Composed | None:
    """The table's columns as the stream has them now; one that is gone or of another type by the
    time of reading is NULL, for its own change of definition is still to come. None where the
    table itself is gone."""
    existing = catalog.all_tables(connection).get(table.schema.table)
    if existing is None or existing.oid != table.oid:
        return None
    now = catalog.table_schema(connection, existing, table.schema.lsn)
    types = {column.name: column.type_oid for column in now.columns}
    columns = sql.SQL(", ").join(
        sql.Identifier(column.name) if types.get(column.name) == column.type_oid else sql.NULL
        for column in table.schema.columns
    )
    if not set(table.schema.key) <= types.keys():
        return None
    # Without its partitions an ordinary table is itself alone; a partitioned one is all of them.
    only = sql.SQL("" if existing.kind == "p" else "ONLY ")
    name = sql.Identifier(*table.schema.table.split(".", 1))
    return sql.SQL("COPY (SELECT {} FROM {}{}) TO STDOUT").format(columns, only, name)
