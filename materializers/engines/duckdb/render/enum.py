"""Renders functions of enums, which are stored as their labels' texts."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.sql.types.expression import Apply, text_literal


def _labels(labels: tuple[str | int, ...]) -> str:
    return f"[{', '.join(text_literal(str(label)) for label in labels)}]"


def _place(node: Apply) -> str:
    """The label's position. An unknown label is an error: the cut that adds it brings the new
    labels."""
    value, (name, *labels) = words_of(node.arguments[0]), node.options
    place = f"nullif(list_position({_labels(tuple(labels))}, {value}), 0)"
    strange = (
        f"error({text_literal(f'the labels of {name} that are known do not hold ')} || {value})"
    )
    return f"CASE WHEN {value} IS NOT NULL THEN coalesce({place}, {strange}) END"


def _label(node: Apply) -> str:
    return f"({_labels(node.options)})[{words_of(node.arguments[0])}]"


def _input(node: Apply) -> str:
    value, (name, *labels) = words_of(node.arguments[0]), node.options
    message = text_literal(f'invalid input value for enum {name}: "')
    is_known = f"{value} IS NULL OR list_contains({_labels(tuple(labels))}, {value})"
    return f"CASE WHEN {is_known} THEN {value} ELSE error({message} || {value} || '\"') END"


ENUMS: Renderings = {"enum place": _place, "enum label": _label, "enum input": _input}
