"""Values as PostgreSQL writes them: as text, and inside JSON (manual, "Data Type Formatting
Functions", "JSON Functions")."""

from __future__ import annotations

from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import JSON, TEXT, SqlType


def has_display_scale(kind: SqlType) -> bool:
    """Whether a numeric's display scale is known, so that its text is PostgreSQL's."""
    return kind.has_display_scale


def as_text(value: Expression) -> Expression | None:
    """`value::text`; None where the text may differ from PostgreSQL's."""
    if value.type.name == "character":
        return value.cast(TEXT)
    return Apply("text", (value,), TEXT, value.nullable) if _has_text(value.type) else None


def element_text(value: Expression) -> Expression | None:
    """A value in its type's output form, as in an array's text and in `concat`. It differs from
    `::text` for boolean (`t`) and for char(n), whose blanks it keeps."""
    text = as_text(value)
    if text is None or value.type.name not in ("boolean", "character"):
        return text
    return Apply("output", (value,), TEXT, value.nullable)


def key_text(value: Expression) -> Expression | None:
    """A value as a JSON object's key; None where the text may differ from PostgreSQL's."""
    return element_text(value) if value.type.name == "character" else as_text(value)


def _has_text(kind: SqlType) -> bool:
    if kind.name == "numeric":
        return has_display_scale(kind)
    if kind.name == "jsonb":
        return kind.is_stored_as_text
    if kind.dimensions:
        return True
    if kind.element is not None:
        return not kind.is_stored_as_text and _has_text(kind.element)
    return kind.name not in ("record", "money")


def as_json(value: Expression) -> Expression:
    """`to_json(value)`, with the JSON `null` for NULL."""
    return Apply("json", (value,), JSON, False)


def record(names: list[str], values: list[Expression], *, nullable: bool) -> Expression:
    """A record of several values; if `nullable`, NULL where all of them are NULL."""
    fields = tuple((name, value.type) for name, value in zip(names, values, strict=True))
    return Apply("record", tuple(values), SqlType("record", fields=fields), nullable)
