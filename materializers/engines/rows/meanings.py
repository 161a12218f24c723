"""Every function and operator that can be evaluated, by the name of its node."""

from __future__ import annotations

from materializers.engines.rows.arithmetic import ARITHMETIC
from materializers.engines.rows.comparison import COMPARISON
from materializers.engines.rows.meaning import Meanings
from materializers.engines.rows.value_text import VALUE_TEXTS

_FAMILIES = (
    ARITHMETIC,
    COMPARISON,
    VALUE_TEXTS,
)

MEANINGS: Meanings = {name: meaning for family in _FAMILIES for name, meaning in family.items()}

assert len(MEANINGS) == sum(map(len, _FAMILIES)), "two families mean one name"
