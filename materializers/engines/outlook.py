"""What becomes of a view that has stopped, as its failure tells."""

from __future__ import annotations

BUILT_ANEW = "it is built anew"
"""How the failure of a view that goes on by itself ends."""


def is_built_anew(failure: str) -> bool:
    """Whether a view that stopped because of that goes on by itself."""
    return failure.endswith(BUILT_ANEW)
