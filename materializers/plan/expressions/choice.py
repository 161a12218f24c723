"""CASE (manual, "Conditional Expressions")."""

from __future__ import annotations

from sqlglot import exp

from materializers.plan.expressions.comparisons import compare_values
from materializers.plan.expressions.translating import Translating
from materializers.plan.types.expression import Expression
from materializers.plan.types.sql_type import UNKNOWN, resulting


def case_(translate: Translating, node: exp.Case) -> Expression:
    """`CASE WHEN …` and `CASE operand WHEN …`."""
    operand = node.args.get("this")
    value = translate(operand) if operand is not None else None
    tests: list[str] = []
    results: list[Expression] = []
    for branch in node.args["ifs"]:
        if value is None:
            tests.append(translate.boolean(branch.this, "CASE WHEN").sql)
        else:
            tests.append(compare_values(translate, value, "=", translate(branch.this), node).sql)
        results.append(translate(branch.args["true"]))
    default = node.args.get("default")
    results.append(translate(default) if default is not None else Expression("NULL", UNKNOWN))
    kind, values = translate.unify(results, node, "CASE", resulting)
    whens = " ".join(f"WHEN {t} THEN {v}" for t, v in zip(tests, values, strict=False))
    sql = f"CASE {whens} ELSE {values[-1]} END"
    return Expression(f"({sql})", kind, any(r.nullable for r in results))
