"""Names of a view's columns in DuckDB, whose names ignore case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def duckdb_names(names: Sequence[str]) -> list[str]:
    """The columns' names where DuckDB holds them: their own; `#column` and the place for those that
    differ by case only, and for those that begin with `#`, as the engine's own do."""
    folded = Counter(name.lower() for name in names)
    return [
        f"#column {place}" if name.startswith("#") or folded[name.lower()] > 1 else name
        for place, name in enumerate(names)
    ]
