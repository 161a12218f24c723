"""The renderings of all functions and operators, by the name of the node."""

from __future__ import annotations

from materializers.engines.duckdb.render.aggregates.results import AGGREGATE_RESULTS
from materializers.engines.duckdb.render.arithmetic import ARITHMETIC
from materializers.engines.duckdb.render.array import ARRAYS
from materializers.engines.duckdb.render.array_shape import ARRAY_SHAPES
from materializers.engines.duckdb.render.binary import BINARY_WORDS
from materializers.engines.duckdb.render.bits import BITS
from materializers.engines.duckdb.render.cast import CASTS
from materializers.engines.duckdb.render.comparison import COMPARISON
from materializers.engines.duckdb.render.enum import ENUMS
from materializers.engines.duckdb.render.float import FLOAT_WORDS
from materializers.engines.duckdb.render.interval import INTERVAL_WORDS
from materializers.engines.duckdb.render.json_containment import JSON_CONTAINMENT
from materializers.engines.duckdb.render.json_path import JSON_PATHS
from materializers.engines.duckdb.render.json_text import JSON_TEXTS
from materializers.engines.duckdb.render.logic import LOGIC
from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.number import NUMBER_WORDS
from materializers.engines.duckdb.render.pattern import PATTERNS
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.engines.duckdb.render.sets import SETS
from materializers.engines.duckdb.render.text import TEXT_WORDS
from materializers.engines.duckdb.render.time import TIME_WORDS
from materializers.engines.duckdb.render.value_text import VALUE_TEXTS
from materializers.engines.duckdb.render.wide_numeric import WIDE_NUMERICS
from materializers.engines.duckdb.render.zone import ZONES
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply, text_literal


def _error(node: Apply) -> str:
    """An error that is raised where the value is read."""
    return f"CAST(error({text_literal(str(node.options[0]))}) AS {stored_type(node.type)})"


_GENERAL: Renderings = {
    "same": "{0}",
    "coalesce": lambda node: f"coalesce({', '.join(words_of(each) for each in node.arguments)})",
    "error": _error,
}

_FAMILIES = (
    _GENERAL,
    AGGREGATE_RESULTS,
    ARITHMETIC,
    ARRAYS,
    ARRAY_SHAPES,
    BINARY_WORDS,
    BITS,
    CASTS,
    COMPARISON,
    ENUMS,
    FLOAT_WORDS,
    INTERVAL_WORDS,
    JSON_CONTAINMENT,
    JSON_PATHS,
    JSON_TEXTS,
    LOGIC,
    NUMBER_WORDS,
    PATTERNS,
    SETS,
    TEXT_WORDS,
    TIME_WORDS,
    VALUE_TEXTS,
    WIDE_NUMERICS,
    ZONES,
)

RENDERINGS: Renderings = {
    name: rendering for family in _FAMILIES for name, rendering in family.items()
}

assert len(RENDERINGS) == sum(map(len, _FAMILIES)), "two families render one name"
