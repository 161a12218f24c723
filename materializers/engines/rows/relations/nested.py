"""Nested SELECTs in expressions: functions of the row of the outer query."""

from __future__ import annotations

from collections.abc import Callable

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.relations.compiling import Compiling
from materializers.engines.rows.row_key import row_key
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.sql.relations.nested import AnyRow, Exists, InRows, Nested, OnlyValue

Answer = Callable[[Row], Value]


def _rows(node: Nested, scope: Compiling) -> Callable[[Row], list[Row]]:
    rows = scope.once(node.relation)
    return lambda row: rows(row[0].inside(row[1:]))


def exists(node: Exists, scope: Compiling) -> Answer:
    rows = _rows(node, scope)
    return lambda row: bool(rows(row))


def only_value(node: OnlyValue, scope: Compiling) -> Answer:
    rows = _rows(node, scope)

    def answer(row: Row) -> Value:
        rows_found = rows(row)
        if len(rows_found) > 1:
            raise EvaluationError("more than one row returned by a subquery used as an expression")
        return rows_found[0][0] if rows_found else None

    return answer


def in_rows(node: InRows, scope: Compiling) -> Answer:
    rows, value = _rows(node, scope), scope.values([node.value], ())
    key = row_key([node.value.type])

    def answer(row: Row) -> bool | None:
        members = rows(row)
        if not members:
            return False
        wanted = key(value(row))
        if None in wanted:
            return None
        keys = [key(each) for each in members]
        return True if wanted in keys else None if (None,) in keys else False

    return answer


def any_row(node: AnyRow, scope: Compiling) -> Answer:
    rows, test = _rows(node, scope), scope.values([node.test], node.names)
    decisive = not node.is_all

    def answer(row: Row) -> bool | None:
        tests = {test(row + each)[0] for each in rows(row)}
        return decisive if decisive in tests else None if None in tests else not decisive

    return answer
