"""Whether the publication sends all changes of the captured tables, or can be made to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cdc.check import Check
from cdc.config import Source
from cdc.sources.postgres.catalogue.publication import find_publication
from cdc.sources.postgres.catalogue.tables import Table
from cdc.sources.postgres.connection import Connection
from cdc.sources.postgres.fitness.candidates import Candidate, find_candidates

FILTERS_VERSION = 150_000
IDENTIFIER_BYTES_MAX = 63
_PRINT_SQL = "have an administrator run what `rederive check --print-sql` prints"

_VIA_ROOT = "SELECT pubviaroot FROM pg_publication WHERE pubname = %s"

_NARROWED = """
SELECT r.prrelid::int8, r.prqual IS NOT NULL FROM pg_publication_rel r
JOIN pg_publication p ON p.oid = r.prpubid
WHERE p.pubname = %s AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL)
"""

# Covered tables and partitions whose UPDATE and DELETE PostgreSQL refuses (CheckCmdReplicaIdentity)
# because they are published. From the catalogues alone: pg_publication_tables and
# pg_partition_tree wait for locks on the tables they list.
_HARMED = """
WITH RECURSIVE covered AS (
    SELECT c.oid, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname || '.' || c.relname = ANY (%s)
    UNION
    SELECT c.oid, c.relkind FROM covered p JOIN pg_inherits i ON i.inhparent = p.oid
    JOIN pg_class c ON c.oid = i.inhrelid WHERE p.relkind = 'p')
SELECT format('ONLY %%I.%%I', n.nspname, c.relname)
FROM covered JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relreplident <> 'f' AND c.relkind = 'r' AND NOT EXISTS (
    SELECT FROM pg_index i
    WHERE i.indrelid = c.oid AND i.indimmediate AND i.indisvalid
      AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident END)
ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The publication `name` (`quoted` for SQL) and the captured `tables`."""

    name: str
    quoted: str
    connection: Connection
    tables: Sequence[Candidate]


def check_publication(
    source: Source, connection: Connection, captured: Sequence[Table]
) -> list[Check]:
    """One check for each fault, or a good one. Raises psycopg's errors."""
    name = source.publication_name
    oids = {table.oid for table in captured}
    tables = [c for c in find_candidates(connection, ()) if c.oid in oids]
    asked = _Asked(name, '"' + name.replace('"', '""') + '"', connection, tables)
    faults = list(_faults(asked)) + list(_harm(asked))
    if any(check.is_fatal for check in faults):
        return faults
    exists = find_publication(connection, name) is not None
    can = f"can serve {len(tables)} tables" if exists else "is made when capture starts"
    return [Check("publication", True, f"publication {name} {can}"), *faults]


def _faults(asked: _Asked) -> Iterator[Check]:
    name, connection = asked.name, asked.connection
    if len(name.encode()) > IDENTIFIER_BYTES_MAX:
        yield _wrong(f"the name of publication {name} is longer than {IDENTIFIER_BYTES_MAX} bytes",
                     'give the source a shorter publication = "…"')  # fmt: skip
        return
    publication = find_publication(connection, name)
    if publication is None:
        yield from _faults_of_making(asked)
        return
    is_partitioned = any(table.kind == "p" for table in asked.tables)
    if publication.is_ours and not publication.is_whole(is_partitioned=is_partitioned):
        yield Check("publication", False, f"publication {name} leaves changes out",
                    "start capture, which mends it", level="warning")  # fmt: skip
        return
    if not publication.has_all_changes:
        publish = "'insert, update, delete, truncate'"
        yield _wrong(f"publication {name} leaves some kinds of change out",
                     f"ALTER PUBLICATION {asked.quoted} SET (publish = {publish})")  # fmt: skip
    partitioned = [table.name for table in asked.tables if table.kind == "p"]
    row = connection.execute(_VIA_ROOT, [name]).fetchone()
    if partitioned and row is not None and not row[0]:
        yield _wrong(
            f"publication {name} sends the changes of {', '.join(partitioned)} under the names of "
            "partitions",
            f"ALTER PUBLICATION {asked.quoted} SET (publish_via_partition_root = true)",
        )
        # The server lists the tables covered by their partitions' names too, then.
        return
    yield from _narrowed(asked)
    missing = [table for table in asked.tables if not publication.covers(table.name)]
    foreign = [table for table in missing if not (publication.is_ours and table.is_owned)]
    if foreign:
        names = ", ".join(table.name for table in foreign)
        is_ours = publication.is_ours
        whose = "cannot get it from this user" if is_ours else "belongs to another user"
        quoted = ", ".join(f"ONLY {table.quoted}" for table in foreign)
        yield _wrong(f"publication {name} lacks {names}, and {whose}",
                     f"as the owner: ALTER PUBLICATION {asked.quoted} ADD TABLE {quoted}"
                     )  # fmt: skip


def _faults_of_making(asked: _Asked) -> Iterator[Check]:
    row = asked.connection.execute(
        "SELECT has_database_privilege(current_database(), 'CREATE'), current_database()"
    ).fetchone()
    if row is not None and not row[0]:
        yield _wrong(f"publication {asked.name} does not exist, and this user may not create it in "
                     f"database {row[1]}", _PRINT_SQL)  # fmt: skip
    foreign = [table.name for table in asked.tables if not table.is_owned]
    if foreign:
        yield _wrong(f"publication {asked.name} does not exist, and only their owner can publish "
                     f"{', '.join(foreign)}", _PRINT_SQL)  # fmt: skip


def _narrowed(asked: _Asked) -> Iterator[Check]:
    if asked.connection.info.server_version < FILTERS_VERSION:
        return
    rows = asked.connection.execute(_NARROWED, [asked.name])
    narrowed: dict[int, bool] = {oid: has_filter for oid, has_filter in rows}
    for table in asked.tables:
        if table.oid in narrowed:
            what = "some rows" if narrowed[table.oid] else "some columns"
            yield _wrong(
                f"publication {asked.name} sends {what} only of {table.name}",
                f"ALTER PUBLICATION {asked.quoted} DROP TABLE {table.quoted}; "
                f"ALTER PUBLICATION {asked.quoted} ADD TABLE ONLY {table.quoted}",
            )


def _harm(asked: _Asked) -> Iterator[Check]:
    publication = find_publication(asked.connection, asked.name)
    covered = list(publication.members) if publication is not None else []
    names = [name for (name,) in asked.connection.execute(_HARMED, [covered])]
    bare = [name.removeprefix("ONLY ") for name in names]
    if names:
        yield Check(
            "publication", False, f"publication {asked.name} holds {', '.join(bare)}, without a "
            "usable key: PostgreSQL refuses the application's own UPDATE and DELETE of them",
            f"ALTER PUBLICATION {asked.quoted} DROP TABLE {', '.join(names)}, or give them a "
            "primary key", level="warning",
        )  # fmt: skip


def _wrong(message: str, fix: str) -> Check:
    return Check("publication", False, message, fix)
