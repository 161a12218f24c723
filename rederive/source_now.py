"""The present end of the source's log."""

from __future__ import annotations

import contextlib

import psycopg

from cdc.config import Source
from cdc.position import Lsn
from cdc.sources.postgres.connection import connect, log_end, source_errors

ANSWER_TIMEOUT_S = 5.0
PREFIX = "rederive"
"""Prefix of the logical message written into the log."""


def current_position(source: Source) -> Lsn:
    """The position after every transaction committed so far. Raises SourceError.

    Also writes a transaction after it that holds only a logical message. So capture receives
    something of its own database and its cut passes the position at once. Where that is not
    allowed, the cut passes with the next transaction or keepalive."""
    with (
        connect(source, answer_timeout_s=ANSWER_TIMEOUT_S) as connection,
        source_errors(source, "read the position of"),
    ):
        row = connection.execute(
            "SELECT pg_last_wal_replay_lsn()::text WHERE pg_is_in_recovery()"
        ).fetchone()
        if row is not None:
            return Lsn.parse(str(row[0]))
        position = log_end(connection)
        with contextlib.suppress(psycopg.Error):
            connection.execute("SELECT pg_logical_emit_message(true, %s, '')", [PREFIX])
        return position
