"""Texts of booleans (manual, "Boolean Type")."""

from __future__ import annotations

_TRUE = frozenset(("t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"))
_FALSE = frozenset(("f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0"))


def parse_boolean(text: str) -> bool | None:
    """The boolean that PostgreSQL reads from a text; None for an invalid text."""
    word = text.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None
