"""The owner of a sink's table: one row of `rederive.owners`.

A write locks that row's key until it commits, and a claim locks the whole row: so a claim happens
before or after a transaction, never during one. The former owner's sessions are ended first, so
that a process that hangs inside a transaction cannot keep the sink.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from materializers.errors import SinkError
from materializers.sinks.owner import Owner, claimed_meanwhile, lost_to, other_sinks
from materializers.writer import Writer

OWNERS_TABLE = "rederive.owners"
_END_TIMEOUT_MS = 5000
_TERMINATE = f"""
SELECT pg_terminate_backend(pid, {_END_TIMEOUT_MS}) FROM pg_stat_activity
WHERE application_name = %s AND datname = current_database() AND usename = current_user
AND pid <> pg_backend_pid()
"""


def application_name(writer: Writer | None) -> str:
    """The application_name by which a successor finds a run's connections."""
    return f"rederive {writer.run}" if writer is not None else "rederive"


@dataclass(frozen=True, slots=True)
class Ownership:
    """The owner of one target, `schema.table`, as seen by the sink `sink` opened by `writer`."""

    schema: str
    table: str
    sink: str
    writer: Writer | None

    @property
    def run(self) -> str:
        return self.writer.run if self.writer is not None else ""

    def read(self, connection: psycopg.Connection[Any]) -> Owner | None:
        """The owner, or None. Raises SinkError where the target is another sink's."""
        table = connection.execute("SELECT to_regclass(%s)", (OWNERS_TABLE,)).fetchone()
        if table is None or table[0] is None:
            return None
        row = connection.execute(
            "SELECT sink, writer, epoch, tenure, has_ended,"
            f" extract(epoch FROM clock_timestamp() - seen)::float8 FROM {OWNERS_TABLE}"
            " WHERE table_schema = %s AND table_name = %s",
            (self.schema, self.table),
        ).fetchone()
        if row is None:
            return None
        sink, writer, epoch, tenure, has_ended, silence_s = row
        if sink != self.sink:
            raise self._other_sinks()
        return Owner(Writer.from_json(writer), epoch, tenure, silence_s, has_ended)

    def _other_sinks(self) -> SinkError:
        return other_sinks(f"sink {self.sink}: {self.schema}.{self.table}", self.sink)

    def end_sessions(self, connection: psycopg.Connection[Any], over: Owner) -> None:
        """Terminate the former owner's sessions, and wait until they have ended: its next call then
        connects anew and learns of the claim, instead of failing in the middle of a statement."""
        if over.writer.run == self.run:
            return
        connection.execute(_TERMINATE, (application_name(over.writer),))

    def claim(self, connection: psycopg.Connection[Any], tenure: str, over: Owner | None) -> None:
        """See `Owned.claim`; in the caller's transaction."""
        assert self.writer is not None, "opened for reading"
        epoch = over.epoch if over is not None else 0
        # Waits for locks on the row's key; the update alone would not.
        connection.execute(
            f"SELECT FROM {OWNERS_TABLE} WHERE table_schema = %s AND table_name = %s FOR UPDATE",
            (self.schema, self.table),
        )
        row = connection.execute(
            f"INSERT INTO {OWNERS_TABLE} AS held"
            " (table_schema, table_name, sink, run, epoch, tenure, writer)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (table_schema, table_name)"
            " DO UPDATE SET run = excluded.run, epoch = excluded.epoch, tenure = excluded.tenure,"
            " writer = excluded.writer, seen = excluded.seen, has_ended = false"
            " WHERE held.epoch = %s AND held.sink = excluded.sink AND held.run <> excluded.run"
            " RETURNING run",
            (self.schema, self.table, self.sink, self.run, epoch + 1, tenure,
             self.writer.to_json(), epoch),
        ).fetchone()  # fmt: skip
        if row is None:
            present = self.read(connection)
            if present is None or present.writer.run != self.run:
                raise claimed_meanwhile(self.sink)

    def hold(self, connection: psycopg.Connection[Any]) -> None:
        """Prevent claims until the transaction ends. Raises NotOwner where somebody has claimed."""
        row = connection.execute(
            f"SELECT FROM {OWNERS_TABLE} WHERE table_schema = %s AND table_name = %s"
            " AND sink = %s AND run = %s FOR KEY SHARE",
            (self.schema, self.table, self.sink, self.run),
        ).fetchone()
        if row is None:
            raise lost_to(self.sink, self.read(connection))

    def view_oid(self, connection: psycopg.Connection[Any]) -> int | None:
        """The oid passed to `note_view`."""
        row = connection.execute(
            f"SELECT view_oid::bigint FROM {OWNERS_TABLE} WHERE table_schema = %s"
            " AND table_name = %s AND sink = %s",
            (self.schema, self.table, self.sink),
        ).fetchone()
        return row[0] if row is not None else None

    def note_view(self, connection: psycopg.Connection[Any], oid: int | None) -> None:
        """Record that the view with this oid is the sink's, whatever it shows."""
        connection.execute(
            f"UPDATE {OWNERS_TABLE} SET view_oid = %s WHERE table_schema = %s"
            " AND table_name = %s AND sink = %s",
            (oid, self.schema, self.table, self.sink),
        )

    def sign(self, connection: psycopg.Connection[Any], has_ended: bool) -> None:
        """Raises NotOwner."""
        changed = connection.execute(
            f"UPDATE {OWNERS_TABLE} SET seen = clock_timestamp(), has_ended = %s"
            " WHERE table_schema = %s AND table_name = %s AND sink = %s AND run = %s",
            (has_ended, self.schema, self.table, self.sink, self.run),
        )
        if not changed.rowcount:
            raise lost_to(self.sink, self.read(connection))
