"""Renders `jsonb @> constant` as conditions on the values at its paths."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from materializers.engines.duckdb.macros.json import MARK
from materializers.engines.duckdb.render.json_path import key_path
from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.sql.types import json_text
from materializers.sql.types.expression import Apply, Constant, text_literal


def _contains(node: Apply) -> str:
    whole, part = node.arguments
    assert isinstance(part, Constant) and part.text is not None
    wanted = json_text.load(part.text)
    test = _test("v", wanted, 0)
    if not isinstance(wanted, (dict, list)):
        # an array contains a scalar (the manual's special exception)
        test = f"({test} OR {_test('v', [wanted], 0)})"
    value = f"pg_json_comparable({words_of(whole)})"
    sql = f"list_transform([CAST({value} AS JSON)], lambda v: {test})[1]"
    return f"CASE WHEN {words_of(whole)} IS NOT NULL THEN coalesce({sql}, false) END"


def _test(value: str, wanted: Any, depth: int) -> str:
    """SQL of the condition that the JSON value contains the wanted one."""
    if isinstance(wanted, dict):
        parts = [f"json_type({value}) = 'OBJECT'"]
        for name, member in wanted.items():
            path = text_literal(f"${key_path(name)}")
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


def _scalar(wanted: Any) -> str:
    if isinstance(wanted, Decimal):
        return f'"{MARK}{json_text.plain_number(wanted)}"'
    return json_text.dump(wanted)


JSON_CONTAINMENT: Renderings = {"jsonb @>": _contains}
