"""From a failed batch to the rows that are to blame: halved until they stand alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pyarrow as pa

# Data that does not fit, a constraint, WITH CHECK OPTION, a limit of PostgreSQL (the size of an
# index's entry), RAISE in a trigger: about one row. Everything else is about the table or server.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_OF_A_ROW = ("22", "23", "44", "54", "P0001")

Refuse = Callable[[pa.RecordBatch, psycopg.Error], None]


def is_of_a_row(error: psycopg.Error) -> bool:
    """Whether it may be one row that the server refuses."""
    return bool(error.sqlstate) and str(error.sqlstate).startswith(_OF_A_ROW)


def isolated(
    connection: psycopg.Connection[Any],
    batch: pa.RecordBatch,
    apply: Callable[[pa.RecordBatch], None],
    refuse: Refuse,
) -> None:
    """Apply a batch but for the rows that `refuse` is told of, one by one. Runs in the caller's
    transaction, in savepoints. Raises every error that is not about a row."""
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
