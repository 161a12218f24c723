"""Whether a stopped view is built again by itself, which its failure message says."""

from __future__ import annotations

REBUILT = "it is rebuilt"
"""The end of the failure message of such a view."""


def is_rebuilt(failure: str) -> bool:
    """Whether a view with this failure message is built again by itself."""
    return failure.endswith(REBUILT)
