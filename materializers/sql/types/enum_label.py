"""Enums: their values stand in the order of their labels, which `SqlType.labels` holds (manual,
"Enumerated Types")."""

from __future__ import annotations

from materializers.sql.types.array_text import parse_array
from materializers.sql.types.sql_type import SqlType


class InvalidInput(ValueError):
    """A constant that its type cannot read, in PostgreSQL's words."""


def check_labels(text: str, kind: SqlType) -> None:
    """Raises InvalidInput unless the constant `text` reads as a value of an enum, or of an array
    of one."""
    found = parse_array(text) if kind.element is not None else [text]
    if found is None:
        raise InvalidInput(f'malformed array literal: "{text}"')
    unknown = next((each for each in found if each is not None and each not in kind.labels), None)
    if unknown is not None:
        name = kind.name.removesuffix("[]")
        raise InvalidInput(f'invalid input value for enum {name}: "{unknown}"')
