"""Completing a row whose unchanged TOASTed values the log does not hold.

Under REPLICA IDENTITY DEFAULT an update that leaves a TOASTed value alone logs no copy of it, and
after compaction the row's last record must stand alone. So the row is read by its key, as it is
*now*, which may be later than the change. `Reread.not_before` tells where in the log the answer is
right: the cut that holds the change must reach at least that far.

The change's own transaction is waited for first, as the stream tells of it a little before a query
sees it. Why the rest is exact: where the row found was written by that transaction, its value is
the change's. Otherwise a later transaction touched or removed the row; its record, and whatever
value it brings, then lie inside the same cut, behind this one, and a reader takes the last.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import pq, sql

from cdc.config import Source
from cdc.position import Lsn
from cdc.sources.postgres.catalogue.lookup import Lookup, find_lookup
from cdc.sources.postgres.connection import Connection, log_end, source_errors
from cdc.sources.postgres.stream.pgoutput import Unchanged, Value
from cdc.sources.postgres.stream.relations import CapturedTable
from cdc.sources.postgres.visibility import Visibility


class Reread:
    """Reads rows by key."""

    def __init__(self, source: Source, connection: Connection, visibility: Visibility) -> None:
        self._source, self._connection, self._visibility = source, connection, visibility
        self.not_before = Lsn(0)
        self._lookups: dict[tuple[int, tuple[str, ...]], Lookup] = {}

    def complete(
        self, table: CapturedTable, values: Sequence[Value], xid: int
    ) -> list[bytes | None]:
        """The row with its unchanged values filled in; NULL where the row is gone by now."""
        self._visibility.wait()
        missing = [index for index, value in enumerate(values) if value is Unchanged.VALUE]
        found = self._read(table, values, missing)
        if found is None or found[0] != b"%d" % xid:
            self.not_before = max(self.not_before, log_end(self._connection))
        whole = [None if isinstance(value, Unchanged) else value for value in values]
        if found is not None:
            for index, value in zip(missing, found[1:], strict=True):
                whole[index] = value
        return whole

    def _read(
        self, table: CapturedTable, values: Sequence[Value], missing: Sequence[int]
    ) -> list[bytes | None] | None:
        """The writing transaction and the missing values of the row as it is now."""
        columns, key = table.schema.columns, table.schema.key
        names = [column.name for column in columns]
        lookup = self._lookup(table)
        query = sql.SQL("SELECT xmin, {} FROM {}{} WHERE ").format(
            sql.SQL(", ").join(sql.Identifier(names[index]) for index in missing),
            lookup.only,
            sql.Identifier(*table.schema.table.split(".", 1)),
        )
        parameters = [values[names.index(name)] for name in key]
        result = self._connection.pgconn.exec_params(
            (query + lookup.condition).as_bytes(self._connection),
            [value if isinstance(value, bytes) else None for value in parameters],
        )
        if result.status != pq.ExecStatus.TUPLES_OK:
            self._check_is_gone(table, result)
            return None
        if result.ntuples == 0:
            return None
        return [result.get_value(0, column) for column in range(result.nfields)]

    def _lookup(self, table: CapturedTable) -> Lookup:
        place = table.oid, table.schema.key
        if place not in self._lookups:
            with source_errors(self._source, f"look at the key of {table.schema.table} in"):
                self._lookups[place] = find_lookup(self._connection, *place)
        return self._lookups[place]

    def _check_is_gone(self, table: CapturedTable, result: pq.abc.PGresult) -> None:
        """A table or column that is gone by now is as good as a row that is gone."""
        error = psycopg.errors.error_from_result(result)
        if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
            return
        with source_errors(self._source, f"re-read a row of {table.schema.table} in"):
            raise error
