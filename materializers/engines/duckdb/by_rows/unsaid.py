"""Finds expressions without a form in DuckDB's SQL: calculations with wide numerics, parts of a
json, and changes of a jsonb. The row engine computes them.

DuckDB stores wide numerics as texts, compares them by keys, and sums them in parts; it has no other
function of them. A part of a json would lose the blanks that PostgreSQL leaves in it, because
DuckDB writes it anew; a jsonb's blanks are known. A change of a jsonb would take macros over lists
of its members, whose SQL grows with each change inside another: planning took a second and more.
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
_GRIDS = frozenset(
    {"grid subscript", "grid slice", "grid elements", "grid of list", "grid of", "grid cat",
     "grid size", "grid subscripts"}
)  # fmt: skip
"""Functions that read or construct arrays of several dimensions."""
_PARTS = frozenset({"->", "->>", "#>", "#>>", "json elements", "json values"})
_CHANGES = frozenset(
    {"jsonb_set", "jsonb_insert", "jsonb_strip_nulls", "jsonb ||", "jsonb -", "#-"}
)
WITHOUT_RENDERING = _GRIDS | _CHANGES
"""Functions that never have a form in DuckDB's SQL, whatever their arguments are."""


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
    if node.name in _OF_ELEMENTS and _has_keyed_elements(node.arguments[0].type):
        return True
    is_wide = node.type.is_wide or any(each.type.is_wide for each in node.arguments)
    return is_wide or reason_unsaid(node) is not None


def reason_unsaid(node: Expression) -> str | None:
    """What the node has no form for in DuckDB's SQL, apart from numerics."""
    if not isinstance(node, Apply):
        return None
    if node.name in _GRIDS:
        return "arrays of several dimensions"
    if node.name in _CHANGES:
        return "changes of a jsonb"
    is_part = node.name in _PARTS and node.arguments[0].type.name == "json"
    return "parts of a json" if is_part else None


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
