"""The result of applying a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Applied:
    """`changed`: rows per view; `seconds`: per phase; `failures`: views that stopped, and why."""

    changed: Mapping[str, int]
    seconds: Mapping[str, float]
    failures: Mapping[str, str]
