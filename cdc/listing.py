"""Lists of names in a message."""

from __future__ import annotations

from collections.abc import Sequence

NAMES_MAX = 50


def listed(names: Sequence[str]) -> str:
    """The names, at most NAMES_MAX: `a, b and 7 more`."""
    rest = len(names) - NAMES_MAX
    shown = ", ".join(names[:NAMES_MAX])
    return f"{shown} and {rest:,} more" if rest > 0 else shown
