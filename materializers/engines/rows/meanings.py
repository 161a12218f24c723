"""The meanings of all functions and operators, by the node's name."""

from __future__ import annotations

from materializers.engines.rows.arrays.array import ARRAYS
from materializers.engines.rows.arrays.array_shape import ARRAY_SHAPES
from materializers.engines.rows.arrays.grid import GRIDS
from materializers.engines.rows.arrays.sets import SETS
from materializers.engines.rows.comparison import COMPARISON
from materializers.engines.rows.json.json_access import JSON_ACCESS
from materializers.engines.rows.json.json_build import JSON_BUILDING
from materializers.engines.rows.json.jsonb_change import JSONB_CHANGES
from materializers.engines.rows.meaning import Chosen, Meanings, Said
from materializers.engines.rows.numbers.arithmetic import ARITHMETIC
from materializers.engines.rows.numbers.bits import BITS
from materializers.engines.rows.numbers.deviation import DEVIATION
from materializers.engines.rows.numbers.float_functions import FLOATS
from materializers.engines.rows.numbers.number import NUMBERS
from materializers.engines.rows.numbers.number_format import formatted_number
from materializers.engines.rows.texts.binary import BINARY
from materializers.engines.rows.texts.enum import ENUMS
from materializers.engines.rows.texts.pattern import PATTERNS
from materializers.engines.rows.texts.text import TEXTS
from materializers.engines.rows.times.time import TIMES
from materializers.engines.rows.times.time_format import moment_format
from materializers.engines.rows.value_casts import VALUE_CASTS
from materializers.engines.rows.value_text import VALUE_TEXTS
from materializers.sql.types.expression import Apply


def _to_char(node: Apply) -> Said:
    if node.arguments[0].type.is_number:
        return formatted_number(node)
    return moment_format(node)


_GENERAL: Meanings = {"to_char": Chosen(_to_char)}

_FAMILIES = (
    _GENERAL,
    ARITHMETIC,
    ARRAYS,
    ARRAY_SHAPES,
    GRIDS,
    BINARY,
    BITS,
    COMPARISON,
    DEVIATION,
    ENUMS,
    FLOATS,
    NUMBERS,
    PATTERNS,
    SETS,
    TEXTS,
    VALUE_CASTS,
    JSONB_CHANGES,
    JSON_ACCESS,
    JSON_BUILDING,
    TIMES,
    VALUE_TEXTS,
)

MEANINGS: Meanings = {name: meaning for family in _FAMILIES for name, meaning in family.items()}

assert len(MEANINGS) == sum(map(len, _FAMILIES)), "two families mean one name"
