"""The rendering of a function: a template over its arguments, or a Python function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply, Expression

Rendering = str | Callable[[Apply], str]
"""A template has `{0}`, `{1}`, … for the arguments and `{type}` for the stored type of the
result."""

Renderings = Mapping[str, Rendering]
"""By the name of an `Apply`."""

NO_RENDERINGS: Renderings = MappingProxyType({})


def render(rendering: Rendering, node: Apply) -> str:
    """SQL of one call."""
    if callable(rendering):
        return rendering(node)
    return rendering.format(
        *(words_of(each) for each in node.arguments), type=stored_type(node.type)
    )


def typed(name: str) -> Rendering:
    """A function that DuckDB has under this name with the same meaning but a wider result type."""

    def render(node: Apply) -> str:
        return f"CAST({name}({listed(node.arguments)}) AS {stored_type(node.type)})"

    return render


def cast(template: str) -> Rendering:
    """A template whose value must be cast to the result's stored type."""
    return f"CAST({template} AS {{type}})"


def listed(arguments: Iterable[Expression]) -> str:
    """SQL of some nodes, separated by commas."""
    return ", ".join(words_of(each) for each in arguments)
