"""CASE (manual, "Conditional Expressions")."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.comparisons import compare_values
from materializers.sql.expressions.translating import Translating
from materializers.sql.types.expression import Case, Constant, Expression
from materializers.sql.types.sql_type import resulting


def case_(translate: Translating, node: exp.Case) -> Expression:
    """`CASE WHEN …` and `CASE operand WHEN …`."""
    operand = node.args.get("this")
    value = translate(operand) if operand is not None else None
    tests: list[Expression] = []
    default = node.args.get("default")
    # the type is chosen with ELSE first (parse_expr.c, transformCaseExpr)
    results = [translate(default) if default is not None else Constant(None)]
    for branch in node.args["ifs"]:
        if value is None:
            tests.append(translate.boolean(branch.this, "CASE WHEN"))
        else:
            tests.append(compare_values(translate, value, "=", translate(branch.this), node))
        results.append(translate(branch.args["true"]))
    _, (otherwise, *values) = translate.unify(results, node, "CASE", resulting)
    return Case(tuple(tests), tuple(values), otherwise)
