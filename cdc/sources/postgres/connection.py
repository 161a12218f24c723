"""Connections to the source: our settings in every session, errors in one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cdc.bounded_connection import BoundedConnection
from cdc.config import Source
from cdc.contract.values import SESSION_SETTINGS
from cdc.errors import SourceError
from cdc.position import Lsn
from cdc.postgres_tls import fault_of, settings_of
from cdc.sources.postgres import session
from cdc.tls import named

Connection = psycopg.Connection[Any]

CONNECT_TIMEOUT_S = 10
VALUE_CLASSES = ("22", "23")
"""SQLSTATE classes (data exception, constraint violation) whose messages show values of rows."""
APPLICATION_NAME = "rederive"
# A peer that vanished is noticed within about a minute.
_KEEPALIVES = {
    "keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 4,
    "tcp_user_timeout": 60_000,
}  # fmt: skip
_PAGE_BYTES = 8192
_PAGE_HEADERS = (24, 40)

_FIXES = (
    ("refused", "start the server, or correct host and port in the source's dsn"),
    ("could not translate host name", "correct the host in the source's dsn"),
    ("failed to resolve host", "correct the host in the source's dsn"),
    ("timeout expired", "check that host and port can be reached from here"),
    ("authentication failed", "correct user and password in the source's dsn"),
    ("no password supplied", "give the password in the source's dsn"),
    ("no pg_hba.conf entry", "allow this host and user, for replication too, in pg_hba.conf"),
    ("denied to start WAL sender", "ALTER ROLE … REPLICATION for the user of the source's dsn"),
    ("permission denied", "run `rederive check`: it names the right that is missing"),
    ("row-level security", "run `rederive check`: it names the right that is missing"),
    ("must be owner of", "run `rederive check`: it names who can do it"),
    ("does not exist", "correct the name in the source's dsn"),
    ("too many", "raise max_connections, or close connections that are not needed"),
    ("max_wal_senders", "raise max_wal_senders and restart the server"),
)


def connect(
    source: Source, *, replication: bool = False, answer_timeout_s: float | None = None
) -> psycopg.Connection[tuple[object, ...]]:
    """An autocommit connection to the source; a walsender's where `replication` is set.

    `answer_timeout_s` bounds connecting and every request. Raises SourceError in one line.
    """
    try:
        given = conninfo_to_dict(str(source.dsn))
    except (psycopg.ProgrammingError, UnicodeDecodeError) as error:
        raise SourceError(
            f"The dsn of source {source.name} cannot be read: {first_line(error)}.",
            fix="write it as postgresql://user:password@host:5432/database, and in the password "
            "@ : / ? # % and spaces by their codes, such as %40 for @",
        ) from error
    defaults = {
        "connect_timeout": CONNECT_TIMEOUT_S, "application_name": APPLICATION_NAME, **_KEEPALIVES
    }  # fmt: skip
    forced = {"client_encoding": SESSION_SETTINGS["client_encoding"], "options": _options(given)}
    if replication:
        forced["replication"] = "database"
    if answer_timeout_s is not None:
        forced["connect_timeout"] = str(max(2, round(answer_timeout_s)))
    with source_errors(source, "connect to"):
        conninfo = make_conninfo("", **{**defaults, **given, **forced})  # type: ignore[arg-type]
        connection = _opened(source, conninfo, given, answer_timeout_s)
        try:
            session.complete(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _opened(
    source: Source, conninfo: str, given: Mapping[str, object], answer_timeout_s: float | None
) -> psycopg.Connection[Any]:
    try:
        if answer_timeout_s is None:
            return psycopg.connect(conninfo, autocommit=True)
        connection = BoundedConnection.connect(conninfo, autocommit=True)
        connection.answer_timeout_s = answer_timeout_s
        return connection
    except psycopg.OperationalError as error:
        if (fault := fault_of(error, given)) is None:
            raise
        reason = named(fault, first_line(error))
        raise SourceError(
            f"Cannot connect to source {source.name}: TLS fails: {reason}.",
            fix=settings_of("the source's dsn").fix(fault),
        ) from error


def application_name(source: Source) -> str:
    """The application_name of this source's connections, as pg_stat_activity shows it."""
    return str(conninfo_to_dict(str(source.dsn)).get("application_name") or APPLICATION_NAME)


def _options(given: Mapping[str, object]) -> str:
    """The user's options, then ours: the last setting wins."""
    return f"{given.get('options') or ''} {session.startup_options()}".strip()


def log_end(connection: psycopg.Connection[Any]) -> Lsn:
    """A position after every commit that a query on this connection has seen."""
    row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
    assert row is not None
    return without_page_header(row[0])


def without_page_header(text: str) -> Lsn:
    """The end of the log as the stream counts it, from the server's insert position."""
    lsn = Lsn.parse(text)
    # At the start of a page the insert position is after the page header. The walsender reports
    # the position before the header until a record is written there.
    over = lsn % _PAGE_BYTES
    return Lsn(lsn - over) if over in _PAGE_HEADERS else lsn


@contextmanager
def source_errors(source: Source, action: str) -> Iterator[None]:
    """Turns psycopg's errors into SourceError. `action` completes "Cannot … source shop"."""
    try:
        yield
    except psycopg.Error as error:
        message = first_line(error)
        fix = next((fix for part, fix in _FIXES if part in message), "")
        translated = SourceError(f"Cannot {action} source {source.name}: {message}.", fix=fix)
        if (error.sqlstate or "").startswith(VALUE_CLASSES):
            safe = f"Cannot {action} source {source.name}: {type(error).__name__}."
            translated.without_values = safe
        raise translated from error


def first_line(error: Exception) -> str:
    """The first line of an error's text, without its full stop."""
    text = str(error).strip() or type(error).__name__
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # For several addresses libpq writes a heading and one line each; the first one gives a reason.
    line = lines[1] if lines[0].endswith("Multiple connection attempts failed.") else lines[0]
    return line.removeprefix("connection failed: ").rstrip(".")
