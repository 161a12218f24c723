"""A text of an expression, and how tightly it holds together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

OR, AND, NOT, IS, COMPARISON, IN, OTHER, SUM, PRODUCT, POWER, CAST, ATOM = range(12)
"""PostgreSQL's operator precedence, the loosest first (manual, "Operator Precedence")."""


@dataclass(frozen=True, slots=True)
class Said:
    """`strength`: what precedence its outermost operator has."""

    text: str
    strength: int = ATOM

    def within(self, strength: int) -> str:
        """The text as an operand of something that strong."""
        return self.text if self.strength >= strength else f"({self.text})"


Names = Callable[[str], Said]
"""Name of a column in the plan -> what a reader knows it by."""
