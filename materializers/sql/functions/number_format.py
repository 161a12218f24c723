"""`to_char(number, pattern)` with `9 0 , .` and `FM` (manual, "Template Patterns for Numeric
Formatting"), of integers and numerics."""

from __future__ import annotations

import re

from materializers.sql.types.sql_type import SqlType

_PATTERN = re.compile(r"(FM)?([90]+(?:,[90]+)*)(?:\.([90]+))?")


def number_pattern(kind: SqlType, pattern: str) -> tuple[str | int, ...]:
    """(pattern before the point, pattern after it, 1 if padded with blanks else 0). Raises
    ValueError for a pattern that is not supported."""
    match = _PATTERN.fullmatch(pattern)
    if match is None or not (kind.is_integer or kind.name == "numeric"):
        raise ValueError(pattern)
    return match[2], match[3] or "", 0 if match[1] else 1
