"""Every function and operator that DuckDB can be asked for, by the name of its node."""

from __future__ import annotations

from materializers.plan.render.aggregates.results import AGGREGATE_RESULTS
from materializers.plan.render.arithmetic import ARITHMETIC
from materializers.plan.render.array import ARRAYS
from materializers.plan.render.binary import BINARY_WORDS
from materializers.plan.render.bits import BITS
from materializers.plan.render.cast import CASTS
from materializers.plan.render.comparison import COMPARISON
from materializers.plan.render.float import FLOAT_WORDS
from materializers.plan.render.interval import INTERVAL_WORDS
from materializers.plan.render.json_containment import JSON_CONTAINMENT
from materializers.plan.render.json_path import JSON_PATHS
from materializers.plan.render.json_text import JSON_TEXTS
from materializers.plan.render.jsonb_change import JSONB_CHANGE
from materializers.plan.render.node_words import words_of
from materializers.plan.render.number import NUMBER_WORDS
from materializers.plan.render.pattern import PATTERNS
from materializers.plan.render.rendering import Renderings
from materializers.plan.render.sets import SETS
from materializers.plan.render.text import TEXT_WORDS
from materializers.plan.render.time import TIME_WORDS
from materializers.plan.render.value_text import VALUE_TEXTS
from materializers.plan.render.zone import ZONES
from materializers.plan.types.expression import Apply, text_literal


def _error(node: Apply) -> str:
    """The row stops whoever asks for its value."""
    return f"CAST(error({text_literal(str(node.options[0]))}) AS {node.type.duckdb})"


_GENERAL: Renderings = {
    "same": "{0}",
    "coalesce": lambda node: f"coalesce({', '.join(words_of(each) for each in node.arguments)})",
    "error": _error,
    "as compared": "pg_json_unmarked(pg_json_comparable({0}))",
}

_FAMILIES = (
    _GENERAL,
    AGGREGATE_RESULTS,
    ARITHMETIC,
    ARRAYS,
    BINARY_WORDS,
    BITS,
    CASTS,
    COMPARISON,
    FLOAT_WORDS,
    INTERVAL_WORDS,
    JSONB_CHANGE,
    JSON_CONTAINMENT,
    JSON_PATHS,
    JSON_TEXTS,
    NUMBER_WORDS,
    PATTERNS,
    SETS,
    TEXT_WORDS,
    TIME_WORDS,
    VALUE_TEXTS,
    ZONES,
)

RENDERINGS: Renderings = {name: said for family in _FAMILIES for name, said in family.items()}

assert len(RENDERINGS) == sum(map(len, _FAMILIES)), "two families render one name"
