"""Finds expressions without a form in DuckDB's SQL: calculations with wide numerics, and parts of
a json.

DuckDB stores wide numerics as texts, compares them by keys, and sums them in parts. Every other
function of them is computed by the row engine. So is what takes a part out of a json, because
DuckDB writes it anew, without the blanks that PostgreSQL leaves in it; a jsonb's blanks are known.
"""

from __future__ import annotations

from collections.abc import Set

from materializers.sql.types.comparison_key import is_keyed
from materializers.sql.types.expression import Apply, Cast, Constant, Expression, Lambda
from materializers.sql.types.sql_type import SqlType

_SAID = frozenset(
    {"same", "coalesce", "text", "output", "json", "jsonb", "to_json", "to_jsonb", "numeric key",
     "trim scale", "is null", "is not null", "numeric sum", "behind its key", "by rows", "array",
     "subscript", "only element", "error", "record", "array_append", "array_prepend", "concat",
     "concat_ws", "json_build_array", "json_build_object", "jsonb_build_array",
     "jsonb_build_object", "num_nulls", "num_nonnulls", "object key", "quote_literal",
     "quote_nullable", "format"}
)  # fmt: skip
"""Functions that DuckDB can compute from the text of a numeric."""


_OF_ELEMENTS = frozenset(
    {"array_position", "array_positions", "array_remove", "array_replace", "array_sort"}
)
"""Functions that compare the elements of their first argument."""
GRIDS = frozenset(
    {"grid subscript", "grid slice", "grid elements", "grid of list", "grid of", "grid cat",
     "grid size", "grid subscripts"}
)  # fmt: skip
"""Functions that read or construct arrays of several dimensions."""
_PARTS = frozenset({"->", "->>", "#>", "#>>", "json elements", "json values"})


def is_unsaid(node: Expression) -> bool:
    """Whether the node itself has no form in DuckDB's SQL."""
    if isinstance(node, Cast):
        return _is_outside(node.value.type, node.type)
    if not isinstance(node, Apply):
        return False
    if any(isinstance(each, Lambda) for each in node.arguments):
        bodies = (each for each in node.arguments if isinstance(each, Lambda))
        return any(is_unsaid(inner) for body in bodies for inner in body.walk())
    if node.name in _SAID:
        return False
    if node.name in GRIDS or (
        node.name in _OF_ELEMENTS and _has_keyed_elements(node.arguments[0].type)
    ):
        return True
    return (
        takes_json_part(node)
        or node.type.is_wide
        or any(each.type.is_wide for each in node.arguments)
    )


def takes_json_part(node: Expression) -> bool:
    """Whether it takes a part out of a json."""
    if not isinstance(node, Apply) or node.name not in _PARTS:
        return False
    return node.arguments[0].type.name == "json"


def _has_keyed_elements(kind: SqlType) -> bool:
    """Whether elements are equal that are stored otherwise."""
    return kind.element is not None and not kind.labels and is_keyed(kind)


def _is_outside(source: SqlType, target: SqlType) -> bool:
    """Whether a cast reads a wide numeric, or converts a value that is no number to one."""
    one, two = source.element or source, target.element or target
    if one.is_wide:
        return not (two.is_wide or two.is_text)
    return two.is_wide and not (one.is_integer or one.name == "numeric")


def unsaid_within(expression: Expression, others: Set[int] = frozenset()) -> list[Expression]:
    """The uppermost nodes of an expression that have no form in DuckDB's SQL, or whose ids are
    among `others`."""
    unsaid, waiting = [], [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Constant):
            continue
        if id(node) in others or is_unsaid(node):
            unsaid.append(node)
        else:
            waiting += node.children
    return unsaid
