"""What PostgreSQL needs to be captured: its settings and rights, one check per fact."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from cdc.check import Check
from cdc.config import Source
from cdc.contract.cut import Cut
from cdc.errors import SourceError
from cdc.sources.postgres.checks.generated_check import check_generated
from cdc.sources.postgres.checks.publication_check import check_publication
from cdc.sources.postgres.checks.slot_check import check_slot
from cdc.sources.postgres.checks.toast_check import check_toast
from cdc.sources.postgres.connection import Connection, connect, source_errors
from cdc.sources.postgres.fitness.fitness import fitness
from cdc.sources.postgres.slot.slot import find_slot

VERSION_MIN = 140000


def check_source(
    source: Source, cut: Cut | None = None, known: Collection[str] = ()
) -> list[Check]:
    """Every check; only the failed connection where the server cannot be reached. `cut`: the newest
    one; `known`: the tables captured so far."""
    try:
        connection = connect(source)
    except SourceError as error:
        return [Check("source", False, error.message, error.fix)]
    try:
        with connection, source_errors(source, "examine"):
            checks = [Check("source", True, f"connected to {connection.info.dbname}")]
            checks += [check(source, connection) for check in _SERVER_CHECKS]
            if any(check.is_fatal for check in checks if check.name in ("version", "standby")):
                return checks
            fit = fitness(source, connection, known)
            checks.append(check_slot(source, connection, cut))
            checks += fit.checks
            if fit.captured:
                checks += check_publication(source, connection, fit.captured)
            checks += check_generated(source, connection, fit.captured)
            return [*checks, *check_toast(connection, fit.captured)]
    except SourceError as error:
        return [Check("source", False, error.message, error.fix)]


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
    name = f"PostgreSQL {version // 10000}.{version % 10000}"
    return Check("version", version >= VERSION_MIN, name, "upgrade the server to 14 or later")


def _primary(source: Source, connection: Connection) -> Check:
    is_standby = bool(_number(connection, "SELECT pg_is_in_recovery()::int"))
    role = "is a standby, which cannot hold the publication" if is_standby else "is a primary"
    return Check("standby", not is_standby, f"the server {role}", "connect to the primary")


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
        "SQL_ASCII does not say how text is encoded: move the data to a UTF8 database",
    )


def _idle_limit(source: Source, connection: Connection) -> Check:
    row = connection.execute(
        "SELECT coalesce(current_setting('idle_replication_slot_timeout', true), '0')"
    ).fetchone()
    limit = str(row[0]) if row else "0"
    is_off = limit in ("0", "0s", "0min")
    return Check(
        "idle slots",
        is_off,
        "a slot may be idle for as long as capture is stopped"
        if is_off
        else f"the slot is lost when idle for {limit} (idle_replication_slot_timeout)",
        "set idle_replication_slot_timeout = 0",
        level="warning",
    )


def _log_limit(source: Source, connection: Connection) -> Check:
    limit = _setting(connection, "max_slot_wal_keep_size")
    return Check(
        "log retained for slots",
        limit == "-1",
        "the log is retained as long as capture needs it"
        if limit == "-1"
        else f"the slot is lost when capture falls {limit} behind (max_slot_wal_keep_size)",
        "watch the lag, or set max_slot_wal_keep_size = -1 where the disk has room",
        level="warning",
    )


_SERVER_CHECKS: Sequence[Callable[[Source, Connection], Check]] = (
    _version, _primary, _wal_level, _slots, _senders, _privilege, _encoding, _log_limit,
    _idle_limit,
)  # fmt: skip
