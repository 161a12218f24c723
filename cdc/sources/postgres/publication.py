"""The publication: which tables' changes the server sends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import sql

from cdc.config import Source
from cdc.sources.postgres.catalog import Connection
from cdc.sources.postgres.connection import source_errors
from cdc.sources.postgres.writers import wait_for_writers


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication as the server has it. `is_ours`: this user may alter it."""

    covers_all: bool
    has_all_changes: bool
    is_ours: bool
    tables: frozenset[str]

    def covers(self, table: str) -> bool:
        return self.covers_all or table in self.tables


def find_publication(connection: Connection, name: str) -> Publication | None:
    """The publication of that name, or None."""
    row = connection.execute(
        "SELECT puballtables, pubinsert AND pubupdate AND pubdelete AND pubtruncate,"
        " pg_has_role(pubowner, 'USAGE') FROM pg_publication WHERE pubname = %s",
        [name],
    ).fetchone()
    if row is None:
        return None
    tables = connection.execute(
        "SELECT schemaname || '.' || tablename FROM pg_publication_tables WHERE pubname = %s",
        [name],
    )
    return Publication(row[0], row[1], row[2], frozenset(table for (table,) in tables))


def ensure_publication(source: Source, connection: Connection, tables: Iterable[str]) -> bool:
    """Make the publication, or add the tables it lacks; True where it was made anew."""
    name, wanted = source.publication_name, sorted(tables)
    found = find_publication(connection, name)
    missing = [table for table in wanted if found is None or not found.covers(table)]
    if found is not None and not missing:
        return False
    if found is None:
        command = sql.SQL(
            "CREATE PUBLICATION {} FOR TABLE {} WITH (publish_via_partition_root = true)"
        )
    else:
        command = sql.SQL("ALTER PUBLICATION {} ADD TABLE {}")
    names = sql.SQL(", ").join(sql.Identifier(*table.split(".", 1)) for table in missing)
    with source_errors(source, "make the publication of"):
        connection.execute(command.format(sql.Identifier(name), names))
    return found is None


def publish_later_changes(source: Source, connection: Connection, table: str) -> None:
    """Add a table to the publication, so that every transaction that a query behind this does not
    see is published whole: those that write to the table now are waited for."""
    found = find_publication(connection, source.publication_name)
    if found is not None and found.covers(table):
        return wait_for_writers(source, connection, table)
    lock = sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE")
    with source_errors(source, f"add {table} to the publication of"), connection.transaction():
        connection.execute(lock.format(sql.Identifier(*table.split(".", 1))))
        ensure_publication(source, connection, [table])


def drop_publication(source: Source, connection: Connection) -> None:
    """Remove the publication if it is there."""
    command = sql.SQL("DROP PUBLICATION IF EXISTS {}")
    with source_errors(source, "drop the publication of"):
        connection.execute(command.format(sql.Identifier(source.publication_name)))
