"""Translates PostgreSQL's errors into one line with a fix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from cdc.postgres_tls import fault_of, settings_of
from cdc.tls import TlsFault, named
from materializers.errors import SinkError

# SQLSTATE (or its class of two letters) -> fix, and whether waiting may help.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_FIXES = {
    "28": ("correct user and password in the dsn of [sink.{name}].", False),
    "3D000": ("create the database, or correct the dsn of [sink.{name}].", False),
    "3F000": ("create the schema, or choose another with schema = '…'.", False),
    "42P01": ("none needed: what was removed is made again.", True),
    "42501": ("grant the sink's user CREATE on the schema and the database, and TEMP.", False),
    "2BP01": ("drop what depends on the sink's view; create it again after the switch.", False),
    "53100": ("free disk space on the database server.", True),
    "53": ("give the server more of what it lacks.", True),
    "57": ("", True),
    "58": ("look at the database server's log.", True),
    "40": ("", True),
    "55P03": ("wait for, or end, the long query that reads the sink's table.", True),
    "55": ("", True),
    "08": ("", True),
    "25006": ("connect to the primary: this server is read-only.", True),
}

# Messages of these classes show a value: one that does not fit, violates a constraint or a view's
# check, is too large, or was refused by a trigger.
VALUE_CLASSES = ("22", "23", "44", "54", "P0")


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raises SinkError for the driver's errors; `name` is the connection's."""
    try:
        yield
    except psycopg.Error as error:
        raise of_error(name, error) from error
    except Exception as error:
        driver = getattr(error, "orig", None)  # SQLAlchemy's wrapped error
        if not isinstance(driver, psycopg.Error):
            raise
        raise of_error(name, driver) from error


@contextmanager
def connecting(name: str, dsn: str, settings: Mapping[str, Any]) -> Iterator[None]:
    """Raises SinkError for failures of TLS, and for parameters that libpq cannot read."""
    place = f"the dsn of [sink.{name}]"
    try:
        given = conninfo_to_dict(dsn) | dict(settings)
        yield
    except (psycopg.ProgrammingError, UnicodeDecodeError, ValueError, TypeError) as error:
        raise SinkError(
            f"sink {name}: the dsn cannot be read: {' '.join(str(error).split())}.",
            fix=f"write {place} as postgresql://user:password@host:5432/database, and in the "
            "password @ : / ? # % and spaces by their codes, such as %40 for @.",
        ) from error
    except psycopg.OperationalError as error:
        if (fault := fault_of(error, given)) is None:
            raise
        raise SinkError(
            f"sink {name}: TLS to PostgreSQL fails: {named(fault, _first_line(error))}.",
            fix=f"{settings_of(place).fix(fault)}.",
            is_retryable=fault is TlsFault.EXPIRED,
        ) from error


def of_error(name: str, error: psycopg.Error) -> SinkError:
    """The SinkError for the driver's error."""
    reason = (error.diag.message_primary or _first_line(error)).rstrip(".")
    state = error.sqlstate or _state_of_connecting(reason)
    if not state:
        return _unreachable(name, error, reason)
    fix, is_retryable = _FIXES.get(state) or _FIXES.get(state[:2]) or ("", False)
    detail = f" ({error.diag.message_detail.rstrip('.')})" if error.diag.message_detail else ""
    answers = f"sink {name}: PostgreSQL answers {state}"
    translation = SinkError(
        f"{answers}: {reason}{detail}.", fix=fix.format(name=name), is_retryable=is_retryable
    )
    translation.without_values = f"{answers}: {reason}."
    if state.startswith(VALUE_CLASSES):
        translation.without_values = f"{answers} ({type(error).__name__})."
    return translation


def _unreachable(name: str, error: psycopg.Error, reason: str) -> SinkError:
    is_down = isinstance(error, psycopg.OperationalError)
    return SinkError(
        f"sink {name}: PostgreSQL cannot be reached: {reason}."
        if is_down
        else f"sink {name}: {reason}.",
        fix=f"start it, or correct the dsn of [sink.{name}]." if is_down else "",
        is_retryable=is_down,
    )


def _state_of_connecting(reason: str) -> str:
    """libpq gives no SQLSTATE for a refused connection, only the server's text."""
    if "authentication failed" in reason or "no password supplied" in reason:
        return "28P01"
    if "no pg_hba.conf entry" in reason or ("role" in reason and "does not exist" in reason):
        return "28000"
    return "3D000" if "database" in reason and "does not exist" in reason else ""


def _first_line(error: psycopg.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
