"""What every session of ours sets, regardless of ALTER ROLE … SET and ALTER DATABASE … SET.

Start-up settings outrank those of role and database. But libpq appends PGTZ and PGDATESTYLE of the
environment, and a server refuses a connection over an unknown setting. So those two, and settings
of newer servers, are set after connecting.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import psycopg

from cdc.contract.values import SESSION_SETTINGS

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        **SESSION_SETTINGS,
        # A row security policy raises an error instead of hiding rows.
        "row_security": "off",
        # Only the administrator can create anything in this schema.
        "search_path": "pg_catalog",
        # A copy may take any time; queries that lock set limits of their own.
        "statement_timeout": "0",
        "lock_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        "idle_session_timeout": "0",
        # Commits of ours at the source need not wait for its standbys.
        "synchronous_commit": "local",
        "default_transaction_read_only": "off",
        "default_transaction_isolation": "read committed",
        "default_transaction_deferrable": "off",
        "standard_conforming_strings": "on",
        # format_type's output names columns' types: it must not depend on this setting.
        "quote_all_identifiers": "off",
        "client_min_messages": "warning",
        "exit_on_error": "off",
    }
)
_OVERRULED_BY_ENVIRONMENT = ("DateStyle", "TimeZone")
_TRANSACTION_TIMEOUT_VERSION = 170_000


def startup_options() -> str:
    """The settings in the form of libpq's `options` parameter, with spaces escaped."""
    return " ".join(f"-c {name}={_escaped(value)}" for name, value in SETTINGS.items())


def complete(connection: psycopg.Connection[Any]) -> None:
    """Set what the start-up packet cannot. Raises psycopg's errors."""
    late = [f"SET {name} = '{SETTINGS[name]}'" for name in _OVERRULED_BY_ENVIRONMENT]
    if connection.info.server_version >= _TRANSACTION_TIMEOUT_VERSION:
        late.append("SET transaction_timeout = 0")
    # One request without parameters: a walsender accepts no other kind.
    connection.execute("; ".join(late).encode())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")
