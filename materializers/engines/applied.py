"""What applying a batch did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Applied:
    """Changed rows per view, seconds per phase, views that stopped and why."""

    changed: Mapping[str, int]
    seconds: Mapping[str, float]
    failures: Mapping[str, str]
