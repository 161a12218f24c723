"""Calls of one function with many arguments, evaluated by a server and by the row engine."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.scalar import compiled
from materializers.engines.rows.type_io import input_of, text_of
from materializers.sql.types.expression import Apply, ColumnRef
from materializers.sql.types.sql_type import SqlType
from tests.views.source import Connection

Row = tuple[str | None, ...]
SHOWN_MAX = 6


def literal(text: str | None, kind: str) -> str:
    """A text as a constant of a type."""
    if text is None:
        return f"NULL::{kind}"
    doubled = text.replace("'", "''")
    return f"'{doubled}'::{kind}"


@dataclass(frozen=True, slots=True)
class Call:
    """`sql`: the call with `{0}`, `{1}`, … for arguments of the types `kinds`; `name`, `options`:
    of its node; `result`: its type, where the server cannot tell it of a call with NULLs."""

    sql: str
    name: str
    kinds: tuple[str, ...]
    options: tuple[str | int, ...] = ()
    result: str = ""

    def written(self, row: Row) -> str:
        return self.sql.format(*map(literal, row, self.kinds))


class Server:
    """PostgreSQL's answers as texts, `#error` and the message for an error."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def answers(self, expressions: Sequence[str]) -> list[str | None]:
        query = (
            "SELECT attempt('SELECT (' || e || ')::text')"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS listed(e, n) ORDER BY n"
        )
        return [row[0] for row in self.connection.execute(query, [list(expressions)]).fetchall()]

    def type_of(self, call: Call) -> SqlType:
        """What the call gives."""
        if call.result:
            return SqlType(call.result)
        sql = f"SELECT pg_typeof({call.written(tuple([None] * len(call.kinds)))})::text"
        (name,) = self.connection.execute(sql.encode()).fetchall()[0]
        return SqlType(name)


def rows_of(pools: Sequence[Sequence[str]], count: int, choose: random.Random) -> list[Row]:
    """Combinations of the pools' texts, so many at most, and NULL once for each argument."""
    combined: list[Row] = list(itertools.product(*pools))
    rows = combined if len(combined) <= count else choose.sample(combined, count)
    none = [tuple(None if i == j else p[0] for j, p in enumerate(pools)) for i in range(len(pools))]
    return [*rows, *none]


def unlike(server: Server, call: Call, rows: Sequence[Row]) -> list[str]:
    """The rows of which the two give unlike answers or messages, with both; not all of them."""
    node = _node(call, server.type_of(call))
    expected = server.answers([call.written(row) for row in rows])
    found = answers(node, call.kinds, rows)
    return [
        f"{call.written(row)}: {one!r}, not {two!r}"
        for row, one, two in zip(rows, found, expected, strict=True)
        if one != two
    ][:SHOWN_MAX]


def _node(call: Call, kind: SqlType) -> Apply:
    columns = tuple(ColumnRef(f"c{i}", SqlType(name)) for i, name in enumerate(call.kinds))
    return Apply(call.name, columns, kind, True, call.options)


def answers(node: Apply, kinds: Sequence[str], rows: Sequence[Row]) -> list[str | None]:
    """The row engine's answers in the server's form."""
    evaluate = compiled([node], [f"c{place}" for place in range(len(kinds))])
    show, read = text_of(node.type), [input_of(SqlType(kind)) for kind in kinds]
    found: list[str | None] = []
    for row in rows:
        try:
            values = [None if t is None else r(t) for r, t in zip(read, row, strict=True)]
            (value,) = evaluate(tuple(values))
            found.append(None if value is None else show(value))
        except EvaluationError as error:
            found.append(f"#error {error}")
    return found
