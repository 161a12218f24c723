"""What every session of ours sets, whatever ALTER ROLE … SET or ALTER DATABASE … SET say.

Settings of the start-up packet outrank those of role and database. libpq adds PGTZ and PGDATESTYLE
of the environment behind them, and a server ends the connection over a name that it does not know:
so what the environment can overrule, and what only newer servers have, is set once connected.
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
        # A policy raises an error instead of hiding rows.
        "row_security": "off",
        # Names are looked up where nobody but the administrator can put anything.
        "search_path": "pg_catalog",
        # A copy lasts as long as it lasts; whoever locks sets a limit of his own.
        "statement_timeout": "0",
        "lock_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        "idle_session_timeout": "0",
        # What we commit at the source need not wait for its standbys.
        "synchronous_commit": "local",
        "default_transaction_read_only": "off",
        "default_transaction_isolation": "read committed",
        "default_transaction_deferrable": "off",
        "standard_conforming_strings": "on",
        # Decides what format_type writes, which names columns' types.
        "quote_all_identifiers": "off",
        "client_min_messages": "warning",
        "exit_on_error": "off",
    }
)
_OVERRULED_BY_ENVIRONMENT = ("DateStyle", "TimeZone")
_TRANSACTION_TIMEOUT_VERSION = 170_000


def startup_options() -> str:
    """The settings as libpq's `options` takes them (libpq, "options": a space is escaped)."""
    return " ".join(f"-c {name}={_escaped(value)}" for name, value in SETTINGS.items())


def complete(connection: psycopg.Connection[Any]) -> None:
    """Set what the start-up packet cannot. Raises psycopg's errors."""
    late = [f"SET {name} = '{SETTINGS[name]}'" for name in _OVERRULED_BY_ENVIRONMENT]
    if connection.info.server_version >= _TRANSACTION_TIMEOUT_VERSION:
        late.append("SET transaction_timeout = 0")
    # One request without parameters: a walsender takes no other kind.
    connection.execute("; ".join(late).encode())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")
