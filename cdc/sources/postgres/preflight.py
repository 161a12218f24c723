"""What PostgreSQL must grant and be set to before its log can be captured: a check per fact."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from cdc.check import Check
from cdc.config import Source
from cdc.contract.topics import is_topic_name, table_topic
from cdc.errors import SourceError
from cdc.sources.postgres import catalog
from cdc.sources.postgres.catalog import Connection, Table
from cdc.sources.postgres.connection import application_name, connect
from cdc.sources.postgres.publication import find_publication
from cdc.sources.postgres.slot import find_slot

VERSION_MIN = 140000


def check_source(source: Source) -> list[Check]:
    """Every check; where the server cannot be reached, that one alone."""
    try:
        connection = connect(source)
    except SourceError as error:
        return [Check("source", False, error.message, error.fix)]
    with connection:
        checks = [Check("source", True, f"connected to {connection.info.dbname}")]
        for check in _SERVER_CHECKS:
            checks.append(check(source, connection))
        return checks + list(_check_tables(source, connection))


def _setting(connection: Connection, name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def _number(connection: Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def _version(source: Source, connection: Connection) -> Check:
    version = connection.info.server_version
    found = f"PostgreSQL {version // 10000}.{version % 10000}"
    return Check("version", version >= VERSION_MIN, found, "upgrade the server to 14 or later")


def _wal_level(source: Source, connection: Connection) -> Check:
    level = _setting(connection, "wal_level")
    return Check(
        "wal_level",
        level == "logical",
        f"source {source.name} has wal_level {level}"
        + ("" if level == "logical" else ", not logical"),
        "ALTER SYSTEM SET wal_level = logical; then restart the server",
    )


def _slots(source: Source, connection: Connection) -> Check:
    most = int(_setting(connection, "max_replication_slots"))
    used = _number(connection, "SELECT count(*) FROM pg_replication_slots")
    own = find_slot(connection, source.slot_name) is not None
    return Check(
        "replication slots",
        own or used < most,
        f"{used} of {most} replication slots are taken",
        "raise max_replication_slots and restart the server, or drop a slot no longer needed",
    )


def _senders(source: Source, connection: Connection) -> Check:
    most = int(_setting(connection, "max_wal_senders"))
    used = _number(
        connection, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender'"
    )
    return Check(
        "walsenders",
        used < most,
        f"{used} of {most} walsenders are taken",
        "raise max_wal_senders and restart the server",
    )


def _privilege(source: Source, connection: Connection) -> Check:
    row = connection.execute(
        "SELECT current_user::text, rolreplication OR rolsuper FROM pg_roles"
        " WHERE rolname = current_user"
    ).fetchone()
    user, may = row if row else (connection.info.user, False)
    return Check(
        "replication privilege",
        may,
        f"user {user} may {'' if may else 'not '}replicate",
        f'ALTER ROLE "{user}" REPLICATION',
    )


def _encoding(source: Source, connection: Connection) -> Check:
    encoding = _setting(connection, "server_encoding")
    return Check(
        "encoding",
        encoding != "SQL_ASCII",
        f"the database is encoded in {encoding}",
        "SQL_ASCII says nothing of what its bytes mean: move the data to a UTF8 database",
    )


def _log_limit(source: Source, connection: Connection) -> Check:
    limit = _setting(connection, "max_slot_wal_keep_size")
    return Check(
        "log kept for slots",
        limit == "-1",
        "the log is kept for as long as capture needs it"
        if limit == "-1"
        else f"the slot is lost when capture falls {limit} behind (max_slot_wal_keep_size)",
        "watch the lag, or set max_slot_wal_keep_size = -1 where the disk has room",
        level="warning",
    )


def _slot(source: Source, connection: Connection) -> Check:
    slot, name = find_slot(connection, source.slot_name), source.slot_name
    if slot is None:
        return Check("slot", True, f"slot {name} is made when capture starts")
    if slot.plugin != "pgoutput":
        return Check(
            "slot", False, f"slot {name} belongs to plugin {slot.plugin}",
            f'give source {source.name} another slot = "…"',
        )  # fmt: skip
    if slot.active_pid and slot.reader == application_name(source):
        return Check("slot", True, f"slot {name} is read by capture, process {slot.active_pid}")
    if slot.active_pid:
        return Check(
            "slot", False, f"slot {name} is in use by process {slot.active_pid} ({slot.reader})",
            "stop the other capture of this source, or give it another slot name",
        )  # fmt: skip
    if slot.is_lost:
        return Check(
            "slot", False, f"the log that slot {name} needs is gone",
            "take a new snapshot: `rederive capture --resnapshot`",
        )  # fmt: skip
    return Check("slot", True, f"slot {name} is free, at {slot.confirmed}")


def _publication(source: Source, connection: Connection) -> Check:
    name = source.publication_name
    found = find_publication(connection, name)
    if found is None:
        may = bool(_number(
            connection, "SELECT has_database_privilege(current_database(), 'CREATE')::int"
        ))  # fmt: skip
        return Check(
            "publication", may, f"publication {name} "
            + ("is made when capture starts" if may else "does not exist and may not be created"),
            f'as an administrator: CREATE PUBLICATION "{name}" FOR TABLE …',
        )  # fmt: skip
    if not found.has_all_changes and not found.is_ours:
        return Check(
            "publication", False, f"publication {name} leaves some kinds of change out",
            f"ALTER PUBLICATION \"{name}\" SET (publish = 'insert, update, delete, truncate')",
        )  # fmt: skip
    tables = catalog.matching(catalog.all_tables(connection), source.tables)
    missing = [table.name for table in tables if not found.covers(table.name)]
    if missing and not found.is_ours:
        return Check(
            "publication", False, f"publication {name} lacks {', '.join(missing)}",
            f'ALTER PUBLICATION "{name}" ADD TABLE {", ".join(missing)}',
        )  # fmt: skip
    return Check("publication", True, f"publication {name} can serve {len(tables)} tables")


_SERVER_CHECKS: Sequence[Callable[[Source, Connection], Check]] = (
    _version, _wal_level, _slots, _senders, _privilege, _encoding, _log_limit, _slot, _publication,
)  # fmt: skip


def _check_tables(source: Source, connection: Connection) -> Iterator[Check]:
    tables = catalog.all_tables(connection)
    for pattern in source.tables:
        if not catalog.matching(tables, [pattern]):
            similar = [name for name in tables if name.rpartition(".")[2] in pattern]
            yield Check(
                f"table {pattern}", False,
                f"table {pattern} does not exist in source {source.name}",
                f"correct it; there is {similar[0]}" if similar
                else "create it, or take it out of the source's tables",
            )  # fmt: skip
    for table in catalog.matching(tables, source.tables):
        yield from _check_table(source, connection, table)


def _check_table(source: Source, connection: Connection, table: Table) -> Iterator[Check]:
    name = f"table {table.name}"
    if not is_topic_name(table_topic(source.name, table.name)):
        yield Check(name, False, f"{name} cannot name a topic: Kafka takes letters, digits, . _ -",
                    "rename it, or leave it out of the source's tables")  # fmt: skip
    if not table.is_logged:
        yield Check(name, False, f"{name} is unlogged: its changes are in no log",
                    f"ALTER TABLE {table.name} SET LOGGED")  # fmt: skip
    key = catalog.key_columns(connection, table.oid, table.identity)
    if not key:
        yield Check(name, False, f"{name} has no primary key",
                    f"ALTER TABLE {table.name} ADD PRIMARY KEY (…)")  # fmt: skip
    elif table.identity == "n":
        yield Check(name, False, f"{name} has REPLICA IDENTITY NOTHING",
                    f"ALTER TABLE {table.name} REPLICA IDENTITY DEFAULT")  # fmt: skip
    else:
        yield Check(name, True, f"{name} has the key ({', '.join(key)})")
    readable = connection.execute(
        "SELECT has_table_privilege(%s::oid, 'SELECT')", [table.oid]
    ).fetchone()
    if not (readable and readable[0]):
        yield Check(name, False, f"{name} may not be read by this user",
                    f"GRANT SELECT ON {table.name} TO the source's user")  # fmt: skip
    yield from _check_toast(connection, table)


def _check_toast(connection: Connection, table: Table) -> Iterator[Check]:
    if table.identity == "f":
        return
    columns = [a.name for a in catalog.attributes(connection, table.oid) if a.is_long]
    if columns:
        yield Check(
            f"long values in {table.name}", False,
            f"long values of {', '.join(columns)} are re-read where an update leaves them alone",
            f"ALTER TABLE {table.name} REPLICA IDENTITY FULL, where they often pass 2 kB",
            level="warning",
        )  # fmt: skip
