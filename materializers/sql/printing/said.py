"""An expression's text with the precedence of its outermost operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

OR, AND, NOT, IS, COMPARISON, IN, OTHER, SUM, PRODUCT, POWER, CAST, ATOM = range(12)
"""PostgreSQL's operator precedence, the loosest first (manual, "Operator Precedence")."""


@dataclass(frozen=True, slots=True)
class Said:
    """`strength`: the precedence of its outermost operator."""

    text: str
    strength: int = ATOM

    def within(self, strength: int) -> str:
        """The text as an operand of an operator that strong, in parentheses where needed."""
        return self.text if self.strength >= strength else f"({self.text})"


Names = Callable[[str], Said]
"""A column's name in the plan -> its printed name."""
