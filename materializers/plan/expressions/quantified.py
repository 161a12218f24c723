"""`x IN (SELECT …)`, `x op ANY (SELECT …)` and `x op ALL (SELECT …)`, worked out in place.

A row that compares to NULL counts unless another one decides (manual, "Subquery Expressions").
DuckDB's own IN serves where it compares as PostgreSQL does: not for rows, in which NULL equals NULL
for it, and not for types whose equality is not that of their storage.
"""

from __future__ import annotations

from sqlglot import exp

from materializers.plan.expressions import comparisons
from materializers.plan.expressions.in_list import in_list_
from materializers.plan.expressions.translating import Translating
from materializers.plan.render.words import words
from materializers.plan.types.expression import Expression, Words, quote
from materializers.plan.types.sql_type import BOOLEAN, SqlType

SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}


def in_(translate: Translating, node: exp.In) -> Expression:
    """IN of a list or of a nested SELECT."""
    query = node.args.get("query")
    if query is None:
        return in_list_(translate, node)
    members = comparisons.row_members(node.this)
    sql, types = translate.subquery(query, translate.scope)
    if members is None and len(types) == 1:
        value = translate(node.this)
        if value.type == types[0] and value.type.is_comparable:
            return Words(f"({words(value)} IN ({sql}))", BOOLEAN, True)
    left = [node.this] if members is None else members
    return _in_place(translate, node, left, (sql, types))


def compare_(translate: Translating, node: exp.Binary) -> Expression:
    """A comparison, with ANY or ALL of a nested SELECT or without."""
    of = node.expression
    if not isinstance(of, (exp.Any, exp.All)) or not isinstance(of.this, exp.Query):
        return comparisons.compare_(translate, node)
    if type(node) not in SIGNS:
        raise translate.fail("IS DISTINCT FROM does not take ANY or ALL", node)
    members = comparisons.row_members(node.this) or [node.this]
    found = translate.subquery(of.this, translate.scope)
    return _in_place(translate, node, members, found)


def _in_place(
    translate: Translating,
    node: exp.Expr,
    members: list[exp.Expr],
    query: tuple[str, tuple[SqlType, ...]],
) -> Expression:
    sql, types = query
    if len(types) != len(members):
        raise translate.fail("subquery has another number of columns", node)
    sign = SIGNS.get(type(node), "=")
    if len(members) > 1 and sign != "=":
        raise translate.fail(f"rows are compared with a nested SELECT by = only, not {sign}", node)
    names = [quote(f"#{i}") for i in range(len(types))]
    tests = [
        words(
            comparisons.compare_values(
                translate, translate(member), sign, Words(f"q.{name}", kind), node
            )
        )
        for member, name, kind in zip(members, names, types, strict=True)
    ]
    test = f"({' AND '.join(tests)})"
    rows = f"SELECT 1 FROM ({sql}) q({', '.join(names)}) WHERE"
    is_all = isinstance(node.args.get("expression"), exp.All)
    decided, otherwise = (f"NOT {test}", "true") if is_all else (test, "false")
    result = "false" if is_all else "true"
    return Words(
        f"(CASE WHEN EXISTS ({rows} {decided}) THEN {result}"
        f" WHEN EXISTS ({rows} {test} IS NULL) THEN NULL ELSE {otherwise} END)",
        BOOLEAN,
        True,
    )
