"""Finds the refused rows of a failed batch, by halving it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pyarrow as pa

# Values that do not fit, constraints, WITH CHECK OPTION, limits (an index entry's size), RAISE in a
# trigger: about one row. Everything else is about the table or the server.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_OF_A_ROW = ("22", "23", "44", "54", "P0001")

Refuse = Callable[[pa.RecordBatch, psycopg.Error], None]


def is_of_a_row(error: psycopg.Error) -> bool:
    """Whether the error may be about one row."""
    return bool(error.sqlstate) and str(error.sqlstate).startswith(_OF_A_ROW)


def isolated(
    connection: psycopg.Connection[Any],
    batch: pa.RecordBatch,
    apply: Callable[[pa.RecordBatch], None],
    refuse: Refuse,
) -> None:
    """Apply a batch without its refused rows, each of which `refuse` gets. Runs in savepoints of
    the caller's transaction. Raises every error that is not about a row."""
    try:
        with connection.transaction():
            apply(batch)
        return
    except psycopg.Error as error:
        if not is_of_a_row(error):
            raise
        reason = error
    if batch.num_rows == 1:
        refuse(batch, reason)
        return
    middle = batch.num_rows // 2
    for part in (batch.slice(0, middle), batch.slice(middle)):
        isolated(connection, part, apply, refuse)
