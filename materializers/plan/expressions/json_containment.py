"""`value @> constant` of jsonb, as conditions on what stands at each path (manual, "jsonb
Containment and Existence")."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlglot import exp

from materializers.plan.expressions.json_operators import jsonb
from materializers.plan.expressions.translating import Translating
from materializers.plan.macros.json import MARK
from materializers.plan.types import json_text
from materializers.plan.types.expression import Expression, Words, text_literal
from materializers.plan.types.sql_type import BOOLEAN


def contains(
    translate: Translating, whole: Expression, part: Expression, node: exp.Expr
) -> Expression:
    """`whole @> part`, `part` a constant."""
    if part.literal is None:
        fix = "write the right side as a constant"
        raise translate.fail("@> of jsonb is supported with a constant only", node, fix=fix)
    whole = jsonb(translate, whole, node)
    try:
        wanted = json_text.load(part.literal)
    except ValueError as error:
        raise translate.fail(f"invalid input syntax for type json: {error}", node) from error
    value = f"pg_json_comparable({whole.sql})"
    test = _test("v", wanted, 0)
    if not isinstance(wanted, (dict, list)):
        # An array contains a scalar (the manual's special exception)
        test = f"({test} OR {_test('v', [wanted], 0)})"
    sql = f"list_transform([CAST({value} AS JSON)], lambda v: {test})[1]"
    return Words(
        f"CASE WHEN {whole.sql} IS NOT NULL THEN coalesce({sql}, false) END",
        BOOLEAN,
        whole.nullable,
    )


def _test(value: str, wanted: Any, depth: int) -> str:
    """A condition that is true where the JSON value contains what is wanted."""
    if isinstance(wanted, dict):
        parts = [f"json_type({value}) = 'OBJECT'"]
        for name, member in wanted.items():
            path = text_literal(_key_path(name))
            parts.append(_test(f"json_extract({value}, {path})", member, depth))
        return f"({' AND '.join(parts)})"
    if isinstance(wanted, list):
        parts = [f"json_type({value}) = 'ARRAY'"]
        element = f"e{depth}"
        for member in wanted:
            tests = (
                f"list_transform(json_extract({value}, '$[*]'),"
                f" lambda {element}: {_test(element, member, depth + 1)})"
            )
            parts.append(f"list_contains({tests}, true)")
        return f"({' AND '.join(parts)})"
    return f"(CAST({value} AS VARCHAR) = {text_literal(_scalar(wanted))})"


def _key_path(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'$."{escaped}"'


def _scalar(wanted: Any) -> str:
    if isinstance(wanted, Decimal):
        return f'"{MARK}{json_text.plain_number(wanted)}"'
    return json_text.dump(wanted)
