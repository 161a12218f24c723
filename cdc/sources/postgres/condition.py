"""Checks a user's condition over a table's key columns before it becomes part of a query."""

from __future__ import annotations

import re

import psycopg
from psycopg import errors, sql

from cdc.errors import PreflightError
from cdc.sources.postgres.catalogue.definition import Definition
from cdc.sources.postgres.connection import Connection, first_line

_FIX = 'such as --where "id BETWEEN 1 AND 1000"'
# Literals, quoted names, and every token that could end or hide a literal or parenthesis.
_PIECES = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--|/\*|[;\\$'\"()]")


def checked_condition(connection: Connection, definition: Definition, text: str) -> str:
    """`text`, if the server accepts it as a condition over the key. Raises PreflightError."""
    _check_parentheses(text)
    table = definition.table
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in definition.key_names)
    query = sql.SQL("SELECT FROM (SELECT {} FROM {} LIMIT 0) AS {} WHERE (\n{}\n)").format(
        columns,
        sql.Identifier(*table.split(".", 1)),
        sql.Identifier(table.partition(".")[2]),
        sql.SQL(text),
    )
    try:
        # A prepared statement is exactly one statement.
        connection.execute(query, prepare=True)
    except errors.UndefinedColumn as error:
        key = ", ".join(definition.key_names)
        raise PreflightError(
            f"The condition names more than the key of {table} ({key}): {first_line(error)}.",
            fix=f"use {key} alone, or refresh the whole table",
        ) from error
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise PreflightError(
            f"The condition cannot be used: {first_line(error)}.", fix=f"correct it, {_FIX}"
        ) from error
    return text


def _check_parentheses(text: str) -> None:
    """Raises PreflightError unless parentheses are balanced and nothing follows the condition."""
    depth = 0
    for piece in _PIECES.findall(text):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth < 0 or (len(piece) < 3 and piece not in ("(", ")", "''", '""')):
            raise PreflightError(
                f"The condition cannot be used: {piece!r} is out of place.",
                fix=f"write one expression without comments, {_FIX}",
            )
    if depth or not text.strip():
        raise PreflightError("The condition is not complete.", fix=f"complete it, {_FIX}")
