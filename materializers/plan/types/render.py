"""Values as PostgreSQL writes them: as text, and inside JSON.

Sources: PostgreSQL manual, "Data Type Formatting Functions", "JSON Functions" (json.c:
`JsonEncodeDateTime`), float.c (shortest output, an exponent from 1e15 on).
"""

from __future__ import annotations

from materializers.plan.render.value_text import float_text
from materializers.plan.types.expression import Apply, Expression, Words, text_literal
from materializers.plan.types.sql_type import (
    DATE,
    INTERVAL,
    TEXT,
    TIMESTAMPTZ,
    UNBOUNDED_SCALE,
    UNKNOWN,
    SqlType,
)

_QUOTIENT_SCALE = 24


def has_display_scale(kind: SqlType) -> bool:
    """Whether a numeric's digits after the point are known, so that its text is PostgreSQL's."""
    if kind.is_padded:
        return False
    return kind.precision < 38 or kind.scale not in (UNBOUNDED_SCALE, _QUOTIENT_SCALE)


def as_text(value: Expression) -> Expression | None:
    """`value::text`; None where the text cannot be PostgreSQL's."""
    if value.type.name == "character":
        return value.cast(TEXT)
    return Apply("text", (value,), TEXT, value.nullable) if _has_text(value.type) else None


def element_text(value: Expression) -> Expression | None:
    """A value as an array's text and `concat` show it: as its type's output, which is not the cast
    of a boolean."""
    text = as_text(value)
    if text is None or value.type.name != "boolean":
        return text
    return Apply("output", (value,), TEXT, value.nullable)


def _has_text(kind: SqlType) -> bool:
    if kind.name == "numeric":
        return has_display_scale(kind)
    if kind.name == "jsonb":
        return kind.is_kept_as_text
    if kind.element is not None:
        return not kind.is_kept_as_text and _has_text(kind.element)
    return kind.name not in ("record", "money")


def as_json(value: Expression) -> str:
    """SQL of the value's JSON text; the text `null` for NULL, never NULL itself."""
    text = _json_text(value)
    return f"coalesce({text}, 'null')" if value.nullable else text


def _json_text(value: Expression) -> str:
    kind, sql = value.type, value.sql
    if kind.is_json or kind.is_integer or kind.name == "boolean":
        return f"CAST({sql} AS VARCHAR)"
    if kind.is_float:
        text = float_text(value.sql)
        return f"CASE WHEN isfinite({sql}) THEN {text} ELSE '\"' || {text} || '\"' END"
    if kind.name == "numeric":
        text = f"CAST({sql} AS VARCHAR)"
        return text if has_display_scale(kind) else trimmed(text)
    if kind.name.startswith("time "):
        return f"('\"' || CAST({sql} AS VARCHAR) || '\"')"
    if kind == DATE or kind.is_timestamp:
        text = f"regexp_replace(pg_moment_text(CAST({sql} AS VARCHAR)), ' ', 'T')"
        if kind == TIMESTAMPTZ:
            text = rf"regexp_replace({text}, '(\+00)( BC)?$', '\1:00\2')"
        text = f"pg_moment_text(CAST({sql} AS VARCHAR))" if kind == DATE else text
        return f"('\"' || {text} || '\"')"
    if kind == UNKNOWN and value.literal is None:
        return "'null'"
    if kind.name == "record":
        return sql
    if kind.name == "bytea":
        return f"('\"\\\\x' || lower(hex({sql})) || '\"')"
    if kind.name == "interval":
        return f"('\"' || pg_interval_text({value.cast(INTERVAL).sql}) || '\"')"
    if (element := kind.element) is not None and not kind.is_kept_as_text:
        members = f"list_transform({sql}, lambda e: {as_json(Words('e', element))})"
        return f"('[' || array_to_string({members}, ',') || ']')"
    return f"CAST(to_json({sql}) AS VARCHAR)"


def trimmed(number: str) -> str:
    """A decimal's text without the zeros that only its storage put there."""
    return f"regexp_replace({number}, '\\.?0+$', '')"


def json_object(pairs: list[tuple[str, Expression]]) -> str:
    """SQL of a JSON object's text; each name is SQL of a JSON string."""
    members = " || ',' || ".join(f"{name} || ':' || {as_json(v)}" for name, v in pairs)
    return f"('{{' || {members} || '}}')" if pairs else "'{}'"


def json_name(name: str) -> str:
    """A constant name as SQL of a JSON string."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return text_literal(f'"{escaped}"')


def record_json(names: list[str], fields: list[Expression]) -> str:
    """SQL of `row_to_json` of a record."""
    return json_object([(json_name(n), f) for n, f in zip(names, fields, strict=True)])
