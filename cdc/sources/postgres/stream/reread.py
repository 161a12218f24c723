"""Completes a row whose unchanged TOASTed values the log does not hold.

Under REPLICA IDENTITY DEFAULT an update does not log TOASTed values that it leaves unchanged. After
compaction a row's last record must be complete, so the row is read by its key, as it is *now*:
perhaps later than the change. That is correct from position `Reread.not_before` on: the cut that
holds the change must reach it.

Why it is exact: a query may see a transaction a little later than the stream, so the change's own
transaction is waited for first. If that transaction wrote the row read, the value is the change's.
Otherwise a later transaction updated or deleted the row; its record lies after this one in the same
cut, and a reader takes the last record.
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
        """The row with its unchanged values filled in, by NULL where the row no longer exists."""
        self._visibility.wait()
        missing = [index for index, value in enumerate(values) if value is Unchanged.VALUE]
        stored = self._read(table, values, missing)
        if stored is None or stored[0] != b"%d" % xid:
            self.not_before = max(self.not_before, log_end(self._connection))
        whole = [None if isinstance(value, Unchanged) else value for value in values]
        if stored is not None:
            for index, value in zip(missing, stored[1:], strict=True):
                whole[index] = value
        return whole

    def _read(
        self, table: CapturedTable, values: Sequence[Value], missing: Sequence[int]
    ) -> list[bytes | None] | None:
        """xmin and the missing values of the row as it is now; None where it does not exist."""
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
        """Raises SourceError, unless the table or column is gone: then so is the row."""
        error = psycopg.errors.error_from_result(result)
        if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
            return
        with source_errors(self._source, f"re-read a row of {table.schema.table} in"):
            raise error
