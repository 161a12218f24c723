"""Tables that went away at the source, or came back as others of the same name.

The log says nothing of DROP TABLE, RENAME and CREATE TABLE: a table that is gone merely changes no
more, and one made again is not in the publication. So the catalog is looked at now and then. What
it shows lies before the log's end as of then: it is published in a cut that reaches there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from cdc.config import Source
from cdc.position import Lsn
from cdc.publish import Publisher
from cdc.sources.postgres import catalog
from cdc.sources.postgres.catalog import Connection, Table
from cdc.sources.postgres.changes import Changes
from cdc.sources.postgres.connection import log_end, source_errors
from cdc.sources.postgres.publication import publish_later_changes

LOOK_INTERVAL_MAX_S = 10.0
_NONE = 0
"""No table has this oid."""
_logger = logging.getLogger("rederive.capture")


class Vanished:
    """Looks after `tables`, those that are captured."""

    def __init__(self, source: Source, connection: Connection, tables: Iterable[Table]) -> None:
        self._source, self._connection = source, connection
        self._oids = {table.name: table.oid for table in tables}
        self._gone: dict[str, Lsn] = {}
        self._interval_s = min(LOOK_INTERVAL_MAX_S, source.heartbeat_interval_s)
        self._due = time.monotonic() + self._interval_s

    def turn(self, reached: Lsn, changes: Changes, publisher: Publisher) -> None:
        """Between two transactions: look where it is time to, and publish what is gone once the
        log is read behind it; `reached`: so far it is read."""
        if time.monotonic() >= self._due:
            self._look(reached, changes)
            self._due = time.monotonic() + self._interval_s
        for name in [name for name, lsn in self._gone.items() if lsn <= reached]:
            del self._gone[name]
            publisher.begin()
            publisher.forget(name)

    def _look(self, reached: Lsn, changes: Changes) -> None:
        with source_errors(self._source, "look at the tables of"):
            present = catalog.all_tables(self._connection)
            end = log_end(self._connection)
        for name, oid in list(self._oids.items()):
            table = present.get(name)
            if table is not None and table.oid != oid:
                self._take_up(table, reached, changes)
            elif table is None and oid != _NONE:
                _logger.warning(
                    "Table %s is gone from source %s: the views that read it stop.",
                    name, self._source.name,
                )  # fmt: skip
                self._oids[name], self._gone[name] = _NONE, end

    def _take_up(self, table: Table, reached: Lsn, changes: Changes) -> None:
        """Publish a table that was made anew, from its beginning."""
        with source_errors(self._source, f"look at {table.name} of"):
            schema = catalog.table_schema(self._connection, table, reached)
        if not schema.key:
            return  # it may get its key by the next look; until then it counts as gone
        _logger.info("Table %s was made anew: it is published from its beginning.", table.name)
        publish_later_changes(self._source, self._connection, table.name)
        changes.take_up(schema, table.oid, reached)
        self._oids[table.name] = table.oid
        self._gone.pop(table.name, None)
