"""Values as PostgreSQL writes them: as text, and inside JSON.

Sources: PostgreSQL manual, "Data Type Formatting Functions", "JSON Functions" (json.c:
`JsonEncodeDateTime`), float.c (shortest output, an exponent from 1e15 on).
"""

from __future__ import annotations

from materializers.plan.types.expression import Expression, text_literal
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
    kind = value.type
    if kind.name == "character":
        return value.cast(TEXT)
    if kind.name == "real":
        sql = f"pg_real_text({value.sql}, CAST({value.sql} AS VARCHAR))"
    elif kind.is_float:
        sql = _float_text(value)
    elif kind.name == "numeric" and not has_display_scale(kind):
        return None
    elif kind.name == "interval":
        sql = f"pg_interval_text({value.cast(INTERVAL).sql})"
    elif kind == DATE or kind.is_timestamp:
        sql = f"pg_moment_text(CAST({value.sql} AS VARCHAR))"
    elif kind.name == "bytea":
        sql = f"('\\x' || lower(hex({value.sql})))"
    elif kind.name == "jsonb":
        if not kind.is_kept_as_text:
            return None
        sql = value.sql
    elif kind.element is not None and not kind.is_kept_as_text:
        return _array_text(value, kind.element)
    elif kind.name in ("record", "money") or kind.element is not None:
        return None
    else:
        sql = value.sql if kind.duckdb == "VARCHAR" else f"CAST({value.sql} AS VARCHAR)"
    return Expression(sql, TEXT, value.nullable)


def element_text(value: Expression) -> str | None:
    """An element as an array's text shows it: as its type's output, which is not the cast of a
    boolean."""
    text = as_text(value)
    if text is None:
        return None
    return f"left({text.sql}, 1)" if value.type.name == "boolean" else text.sql


def _array_text(value: Expression, element: SqlType) -> Expression | None:
    text = element_text(Expression("element", element))
    if text is None:
        return None
    sql = (
        f"('{{' || coalesce(array_to_string(list_transform({value.sql}, lambda element:"
        f" CASE WHEN element IS NULL THEN 'NULL' ELSE pg_array_element({text}) END), ','), '')"
        f" || '}}')"
    )
    return Expression(f"CASE WHEN {value.sql} IS NOT NULL THEN {sql} END", TEXT, value.nullable)


def _float_text(value: Expression) -> str:
    text = f"CAST({value.sql} AS VARCHAR)"
    digits = f"regexp_replace({text}, '\\.0$', '')"
    mantissa = f"regexp_replace(replace({text}, '.', ''), '^(-?\\d)(\\d+?)0*$', '\\1.\\2')"
    short = f"regexp_replace({mantissa}, '\\.0$', '') || 'e+15'"
    special = f"CASE {text} WHEN 'inf' THEN 'Infinity' WHEN '-inf' THEN '-Infinity' ELSE 'NaN' END"
    return (
        f"CASE WHEN NOT isfinite({value.sql}) THEN {special}"
        f" WHEN abs({value.sql}) >= 1e15 AND abs({value.sql}) < 1e16 THEN {short}"
        f" ELSE {digits} END"
    )


def as_json(value: Expression) -> str:
    """SQL of the value's JSON text; the text `null` for NULL, never NULL itself."""
    text = _json_text(value)
    return f"coalesce({text}, 'null')" if value.nullable else text


def _json_text(value: Expression) -> str:
    kind, sql = value.type, value.sql
    if kind.is_json or kind.is_integer or kind.name == "boolean":
        return f"CAST({sql} AS VARCHAR)"
    if kind.is_float:
        text = _float_text(value)
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
        members = f"list_transform({sql}, lambda e: {as_json(Expression('e', element))})"
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
