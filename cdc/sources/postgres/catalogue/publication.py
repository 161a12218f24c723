"""The publication: which tables' changes the server sends.

Changes of a table outside it are missing from the stream without any error. So each table's entry
has an identity (`Publication.members`) that differs after any change of the entry or of the
publication's options, even if both are changed back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from psycopg import errors, sql

from cdc.config import Source
from cdc.errors import PassingError, PreflightError
from cdc.sources.postgres.connection import Connection, source_errors

LOCK_TIMEOUT_MS = 2_000
"""A waiting lock makes others queue behind it, so give up soon and retry. Longer than the server's
deadlock_timeout, after which an autovacuum yields."""
_OPTIONS = "publish = 'insert, update, delete, truncate', publish_via_partition_root = true"
_WITH_GENERATED = ", publish_generated_columns = stored"
_HAS_GENERATED = 180000

_PUBLICATION = """
SELECT oid::int8, xmin::text, puballtables, pubinsert AND pubupdate AND pubdelete AND pubtruncate,
       pubviaroot, pg_has_role(pubowner, 'USAGE'), {}
FROM pg_publication WHERE pubname = %s
"""
# Not pg_publication_tables, which waits for the locks of the tables it lists.
_MEMBERS = """
SELECT n.nspname || '.' || c.relname, concat_ws('/', r.oid, r.xmin), {} FROM pg_publication_rel r
JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.prpubid = %(oid)s
"""
_ALL_TABLES = """
SELECT n.nspname || '.' || c.relname, {}, false FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace {}
WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND c.oid >= 16384
"""
_OF_SCHEMA = "JOIN pg_publication_namespace s ON s.pnnspid = n.oid AND s.pnpubid = %(oid)s"
_HAS_SCHEMAS = 150000
# `xmax` is the transaction that changed or removed a row still visible: it runs, or was rolled
# back. A dropped table's entry is no loss.
_MARK = """
SELECT concat_ws(',', oid, xmin, {schemas}
    (SELECT concat(count(*), ':', sum(xmin::text::int8)) FROM pg_publication_rel
     WHERE prpubid = p.oid)),
  ARRAY(SELECT p.xmax::text::int8 WHERE p.xmax <> 0 {changed_schemas} UNION ALL
    SELECT xmax::text::int8 FROM pg_publication_rel r WHERE prpubid = p.oid AND xmax <> 0
      AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = r.prrelid AND c.xmax = r.xmax))
FROM pg_publication p WHERE pubname = %s
"""
_SCHEMAS_MARK = {
    "schemas": "(SELECT concat(count(*), ':', sum(xmin::text::int8)) FROM pg_publication_namespace"
    " WHERE pnpubid = p.oid),",
    "changed_schemas": "UNION ALL SELECT xmax::text::int8 FROM pg_publication_namespace"
    " WHERE pnpubid = p.oid AND xmax <> 0",
}
_NO_SCHEMAS_MARK = {"schemas": "", "changed_schemas": ""}


@dataclass(frozen=True, slots=True)
class PublicationMark:
    """`text`: differs after any change of the publication, "" where it does not exist.
    `changed_by`: transactions whose changes to it are not visible: running or rolled back."""

    text: str
    changed_by: frozenset[int]


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication. `is_ours`: this role may alter it. `members`: covered table -> identity of
    its entry. `filtered`: tables of which only some rows or columns are sent. `has_generated`: it
    sends stored generated columns (from PostgreSQL 18 on)."""

    covers_all: bool
    has_all_changes: bool
    is_via_root: bool
    is_ours: bool
    has_generated: bool
    members: Mapping[str, str]
    filtered: frozenset[str]

    def covers(self, table: str) -> bool:
        """Whether the table's changes are sent; for a partitioned one see also `is_whole`."""
        return self.covers_all or table in self.members

    def is_whole(self, *, is_partitioned: bool) -> bool:
        """Whether it sends all kinds of change, and those of partitions under their root's name."""
        return self.has_all_changes and (self.is_via_root or not is_partitioned)


def find_publication(connection: Connection, name: str) -> Publication | None:
    """The publication, or None."""
    can_generated = connection.info.server_version >= _HAS_GENERATED
    query = _PUBLICATION.format("pubgencols = 's'" if can_generated else "false")
    row = connection.execute(query.encode(), [name]).fetchone()
    if row is None:
        return None
    oid, version, covers_all, has_all_changes, is_via_root, is_ours, has_generated = row
    entries: dict[str, tuple[str, bool]] = {}
    for query in _member_queries(connection, covers_all=covers_all):
        for table, entry, is_filtered in connection.execute(query.encode(), {"oid": oid}):
            # A table's entry may be filtered; an entry by schema as well sends it whole.
            is_whole = not is_filtered or not entries.get(table, ("", True))[1]
            entries[table] = (f"{oid}/{version}/{entry}", not is_whole)
    return Publication(
        covers_all, has_all_changes, is_via_root, is_ours, has_generated,
        {table: entry for table, (entry, _) in entries.items()},
        frozenset(table for table, (_, is_filtered) in entries.items() if is_filtered),
    )  # fmt: skip


def _member_queries(connection: Connection, *, covers_all: bool) -> list[str]:
    """Queries for the covered tables: name, entry, whether it is filtered."""
    has_schemas = connection.info.server_version >= _HAS_SCHEMAS
    if covers_all:
        return [_ALL_TABLES.format("'all'", "")]
    filtered = "r.prattrs IS NOT NULL OR r.prqual IS NOT NULL" if has_schemas else "false"
    listed = _MEMBERS.format(filtered)
    schemas = _ALL_TABLES.format("concat_ws('/', 's', s.oid, s.xmin)", _OF_SCHEMA)
    return [listed, schemas] if has_schemas else [listed]


def publication_options(connection: Connection) -> str:
    """The options of a publication that we make."""
    can_generated = connection.info.server_version >= _HAS_GENERATED
    return _OPTIONS + (_WITH_GENERATED if can_generated else "")


def publication_mark(connection: Connection, name: str) -> PublicationMark:
    """The publication's mark as of now."""
    has_schemas = connection.info.server_version >= _HAS_SCHEMAS
    query = _MARK.format(**(_SCHEMAS_MARK if has_schemas else _NO_SCHEMAS_MARK))
    row = connection.execute(query.encode(), [name], prepare=True).fetchone()
    return PublicationMark(row[0], frozenset(row[1])) if row else PublicationMark("", frozenset())


def ensure_publication(
    source: Source, connection: Connection, tables: Iterable[str], *, is_partitioned: bool
) -> bool:
    """Create, mend or complete the publication; True where it was created. `is_partitioned`: one of
    the tables is.

    Takes no lock that writers wait for. Raises PassingError where a lock is not granted within
    LOCK_TIMEOUT_MS, PreflightError where the publication belongs to another role.
    """
    name, wanted = source.publication_name, sorted(tables)
    publication = find_publication(connection, name)
    missing = [table for table in wanted if publication is None or not publication.covers(table)]
    commands = []
    if publication is None:
        options = publication_options(connection)
        commands.append(f"CREATE PUBLICATION {{}} FOR TABLE {{}} WITH ({options})")
    else:
        if not publication.is_whole(is_partitioned=is_partitioned):
            commands.append(f"ALTER PUBLICATION {{}} SET ({publication_options(connection)})")
        if missing:
            commands.append("ALTER PUBLICATION {} ADD TABLE {}")
    if not commands:
        return False
    _check_is_ours(source, publication, missing)
    names = sql.SQL(", ").join(
        sql.SQL("ONLY {}").format(sql.Identifier(*table.split(".", 1))) for table in missing
    )
    with source_errors(source, "make the publication of"):
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
                for command in commands:
                    connection.execute(sql.SQL(command).format(sql.Identifier(name), names))
        except errors.LockNotAvailable as error:
            raise PassingError(
                f"A lock of another session keeps publication {name} of source {source.name} from "
                "being changed.",
                fix="let the session end that alters or vacuums one of its tables",
            ) from error
    return publication is None


def _check_is_ours(source: Source, publication: Publication | None, missing: list[str]) -> None:
    if publication is None or publication.is_ours:
        return
    name = source.publication_name
    lacks = f"lacks {', '.join(missing)}" if missing else "leaves changes out"
    fix = f"ADD TABLE ONLY {', '.join(missing)}" if missing else f"SET ({_OPTIONS})"
    raise PreflightError(
        f"Publication {name} {lacks}, and belongs to another role: changes would be lost.",
        fix=f'as its owner: ALTER PUBLICATION "{name}" {fix}',
    )


def can_be_tried_again(error: BaseException | None) -> bool:
    """Whether to look at the publication again: a lock was not granted in time, or somebody else
    mended it or dropped one of the tables."""
    passing = (errors.LockNotAvailable, errors.DuplicateObject, errors.UndefinedTable)
    return isinstance(error, (*passing, errors.UndefinedObject))


def drop_publication(source: Source, connection: Connection) -> None:
    """Drop the publication, if it exists."""
    command = sql.SQL("DROP PUBLICATION IF EXISTS {}")
    with source_errors(source, "drop the publication of"):
        connection.execute(command.format(sql.Identifier(source.publication_name)))


def leave_out(source: Source, connection: Connection, table: str) -> None:
    """Take a table out, so that the application's UPDATE and DELETE do not fail because of us."""
    publication = find_publication(connection, source.publication_name)
    if publication is None or not publication.is_ours or publication.covers_all:
        return
    if not publication.covers(table):
        return
    command = sql.SQL("ALTER PUBLICATION {} DROP TABLE {}").format(
        sql.Identifier(source.publication_name), sql.Identifier(*table.split(".", 1))
    )
    with source_errors(source, f"take {table} out of the publication of"), connection.transaction():
        connection.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
        connection.execute(command)
