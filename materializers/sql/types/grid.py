"""Arrays of several dimensions as values: PostgreSQL's text, and what is made of it."""

from __future__ import annotations

from dataclasses import replace

from materializers.sql.types.expression import Apply, Constant, Expression
from materializers.sql.types.sql_type import UNKNOWN, SqlType, array_of, widened_type


def is_grid(kind: SqlType) -> bool:
    """Whether a type is an array of several dimensions."""
    return kind.dimensions > 0


def grid_type(kind: SqlType) -> SqlType:
    """The type of an array of any shape, of an array's elements."""
    return replace(kind, is_stored_as_text=True, dimensions=max(kind.dimensions, 2))


def member_type(kind: SqlType) -> SqlType:
    """The type of an array's elements; a numeric is of any size, for the text may hold NaN."""
    assert kind.element is not None
    return widened_type(kind.element)


def as_grid(value: Expression) -> Expression:
    """An array of one dimension as one of any shape; that is what the other ones are already."""
    if is_grid(value.type):
        return value
    kind = grid_type(value.type)
    if isinstance(value, Constant) and value.text is None:
        return Constant(None, kind)
    return Apply("grid of list", (value,), kind, value.nullable)


def members_of(value: Expression) -> Expression:
    """All elements of an array in one dimension, in the order in which they are stored."""
    if not is_grid(value.type):
        return value
    kind = array_of(member_type(value.type))
    return Apply("grid elements", (value,), kind, value.nullable)


def grid_beside(value: Expression, kind: SqlType) -> Expression | None:
    """A value as an array of several dimensions of that type; None where it is none."""
    if value.literal is not None or (isinstance(value, Constant) and value.text is None):
        return value.cast(kind) if value.type == UNKNOWN else None
    is_one = value.type.element is not None and value.type.element == kind.element
    return as_grid(value) if is_one else None
