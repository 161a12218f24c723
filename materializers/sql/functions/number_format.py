"""`to_char(number, pattern)` with `9 0 , .` and `FM` (manual, "Template Patterns for Numeric
Formatting"), of integers and numerics."""

from __future__ import annotations

import re

from materializers.sql.types.sql_type import SqlType

_PATTERN = re.compile(r"(FM)?([90]+(?:,[90]+)*)(?:\.([90]+))?")


def number_pattern(kind: SqlType, pattern: str) -> tuple[str | int, ...]:
    """What stands before the point and behind it, and whether blanks fill it up (1 or 0); raises
    ValueError where the pattern is not supported."""
    found = _PATTERN.fullmatch(pattern)
    if found is None or not (kind.is_integer or kind.name == "numeric"):
        raise ValueError(pattern)
    return found[2], found[3] or "", 0 if found[1] else 1
