"""Values as jsonb in PostgreSQL's own text (jsonb.c), so that equal values have equal texts."""

from __future__ import annotations

from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.output import has_display_scale
from materializers.sql.types.sql_type import JSONB_TEXT, SqlType


def has_jsonb_text(kind: SqlType) -> bool:
    """Whether `to_jsonb` of a value of this type has PostgreSQL's text here."""
    if kind.is_float or kind.name in ("json", "money"):
        return False
    if kind.name == "record":
        return all(has_jsonb_text(each) for _, each in kind.fields)
    if kind.is_stored_as_text:
        return True
    if kind.name == "jsonb":
        return False
    if kind.name == "numeric":
        return has_display_scale(kind)
    return kind.element is None or has_jsonb_text(kind.element)


def as_jsonb(value: Expression) -> Expression | None:
    """`to_jsonb(value)`, with the jsonb `null` for NULL; None where its text may differ from
    PostgreSQL's."""
    if not has_jsonb_text(value.type):
        return None
    return Apply("jsonb", (value,), JSONB_TEXT, False)
