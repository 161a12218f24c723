"""Casts with PostgreSQL's meaning (manual, "Type Casts"; utils/adt/*.c for the errors)."""

from __future__ import annotations

import re

from sqlglot import exp

from materializers.sql.types.expression import Apply, Constant, Expression, Lambda, Parameter
from materializers.sql.types.grid import grid_type, is_grid
from materializers.sql.types.output import as_text
from materializers.sql.types.sql_type import (
    BOOLEAN,
    CITEXT,
    DATE,
    DIGITS_MAX,
    INTERVAL,
    JSONB,
    JSONB_TEXT,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UNKNOWN,
    WIDE,
    SqlType,
    array_of,
    as_numeric,
    numeric,
)

_SEVERAL = re.compile(r"\s*(\[|\{\s*\{)")
"""How the text of an array of several dimensions, or of other bounds, begins."""
_PLAIN = re.compile(r"[-+]?(\d+)(?:\.(\d+))?", re.ASCII)
_NAMES = {
    "BIGINT": "bigint",
    "INT": "integer",
    "SMALLINT": "smallint",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "TEXT": "text",
    "VARCHAR": "character varying",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time without time zone",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMPNTZ": "timestamp without time zone",
    "TIMESTAMPTZ": "timestamp with time zone",
    "INTERVAL": "interval",
    "JSON": "json",
    "JSONB": "jsonb",
    "UUID": "uuid",
    "VARBINARY": "bytea",
}


def named_type(node: exp.DataType) -> SqlType | None:
    """The type a cast names; None where casts to it are not supported."""
    if node.this == exp.DType.ARRAY and len(node.expressions) == 1:
        element = named_type(node.expressions[0])
        if element is None or element.name == "character":
            return None
        if element.element is not None:
            return grid_type(element)
        return array_of(element)
    kind = node.this.value if hasattr(node.this, "value") else str(node.this)
    parameters = [int(p.name) for p in node.expressions if p.name.isdigit()]
    if kind == "DECIMAL":
        if not parameters:
            return WIDE
        scale = parameters[1] if len(parameters) > 1 else 0
        # numeric(3,3) allows no digit before the point; its DECIMAL here does
        is_narrow = scale < parameters[0] <= DIGITS_MAX
        return numeric(parameters[0], scale) if is_narrow else WIDE
    if kind == "CHAR":
        return SqlType("character", parameters[0] if parameters else 1)
    if kind == "FLOAT" and parameters and parameters[0] > 24:
        kind = "DOUBLE"
    if kind == "USER-DEFINED" and user_type_name(node).rpartition(".")[2] == CITEXT.name:
        return CITEXT
    return SqlType(_NAMES[kind]) if kind in _NAMES else None


def user_type_name(node: exp.DataType) -> str:
    """The written name of a user-defined type, `mood` or `ext.mood`; empty for PostgreSQL's own
    types."""
    kind = node.args.get("kind")
    if node.this != exp.DType.USERDEFINED or not isinstance(kind, exp.Expression):
        return ""
    parts = kind.flatten() if isinstance(kind, exp.Dot) else [kind]
    return ".".join(part.name if part.args.get("quoted") else part.name.lower() for part in parts)


def cast_to(value: Expression, node: exp.DataType) -> Expression | None:
    """The cast to a written type, with its length or precision; None where it is not supported."""
    target = named_type(node)
    result = cast(value, target) if target is not None else None
    if result is None or target is None:
        return result
    if target.name == "numeric":
        return _bounded(result, target, node)
    if target.name == "character":
        # an explicit cast truncates a longer text and pads a shorter one
        return Apply("bpchar", (result,), target, result.nullable, (target.precision,))
    parameters = [int(p.name) for p in node.expressions if p.name.isdigit()]
    if not parameters or target.is_float:
        return result
    if target.name == "character varying":
        return Apply("varchar", (result,), target, result.nullable, (parameters[0],))
    if target.is_timestamp and parameters[0] <= 6:
        return Apply("moment precision", (result,), target, result.nullable, (parameters[0],))
    return None


def _bounded(value: Expression, target: SqlType, node: exp.DataType) -> Expression:
    """A numeric with the declared precision and scale, if any."""
    options = tuple(int(p.name) for p in node.expressions if p.name.isdigit())
    if not options:
        return value
    if target.is_wide:
        value = value.cast(WIDE)
    options = options if len(options) > 1 else (*options, 0)
    return Apply("numeric precision", (value,), value.type, value.nullable, options)


def cast(value: Expression, target: SqlType) -> Expression | None:
    """`value::target`; None where PostgreSQL has no such cast, or it is not supported."""
    source = value.type
    if source == target or source.name == target.name == "jsonb":
        return value
    if value.literal is not None and target == JSONB:
        return value.cast(JSONB_TEXT)
    if value.literal is not None and target.name == "numeric":
        return _of_literal(value.literal, target)
    if is_grid(source) and target.element is not None:
        return value if target.element == source.element else None
    if is_grid(target) and (value.literal is None and source != UNKNOWN):
        return None
    if value.literal is not None and target.element and _SEVERAL.match(value.literal):
        return value.cast(grid_type(target))
    if value.literal is not None or source.name == "unknown":
        return value.cast(target)
    if target.is_wide and (source.is_integer or source.name == "numeric"):
        # an integer's digits are known, so the numeric is narrow
        return value.cast(as_numeric(source))
    if source.is_wide and target.name == "numeric":
        return value
    if source == TIMESTAMPTZ and target == TIME:
        value = value.cast(TIMESTAMP)
    if source.element is not None and target.element is not None:
        return _array(value, source.element, target)
    if target.is_text:
        text = as_text(value)
        return text.cast(target) if text else None
    if source.is_text and target.name == "numeric":
        return Apply("input", (value,), WIDE, value.nullable)
    if source.is_text:
        if target.labels and target.element is None:
            options = (target.name, *target.labels)
            return Apply("enum input", (value.cast(TEXT),), target, value.nullable, options)
        return _from_text(value, target)
    if source == TIME and target == INTERVAL:
        return Apply("interval of time", (value,), INTERVAL, value.nullable)
    if value.type == TIMESTAMP and target == TIME:
        # NULL for an infinite moment
        return Apply("time of moment", (value,), TIME)
    if source.name == target.name == "interval":
        return value.cast(target)
    if not _exists(source, target):
        return None
    if source.is_float and target.name == "numeric":
        # PostgreSQL goes through a text of 15 digits, 6 for a real
        return Apply("numeric of float", (value,), target, value.nullable)
    return value.cast(target)


def _of_literal(text: str, target: SqlType) -> Expression:
    """`'1.50'::numeric`: narrow where the text is plain digits that fit, else wide."""
    match = _PLAIN.fullmatch(text.strip())
    if match is None:
        return Constant(text).cast(WIDE)
    whole, decimals = match[1].lstrip("0") or "0", match[2] or ""
    kind = target
    if target.is_wide and len(whole) + len(decimals) <= DIGITS_MAX:
        kind = numeric(len(whole) + len(decimals), len(decimals))
    fits = len(whole) <= kind.precision - kind.scale
    return Constant(text.strip(), kind if fits else WIDE)


def _array(value: Expression, element: SqlType, target: SqlType) -> Expression | None:
    if value.type.is_stored_as_text or target.element is None:
        return None
    one, kind = Parameter("element", element), target.element
    if element.is_wide and kind.name == "numeric" and not kind.is_wide:
        options = kind.precision, kind.scale
        inner: Expression | None = Apply("numeric precision", (one,), WIDE, True, options)
        target = array_of(WIDE)
    else:
        inner = cast(one, kind)
    if inner is None:
        return None
    return Apply("each", (value, Lambda(one, inner)), target, value.nullable)


def _from_text(value: Expression, target: SqlType) -> Expression | None:
    """A text as the type's input function reads it."""
    if target.name in ("uuid", "interval", "bytea") or target.element is not None:
        return None
    return Apply("input", (value,), target, value.nullable)


def _exists(source: SqlType, target: SqlType) -> bool:
    if source.is_number and target.is_number:
        return True
    if target == TIME:
        return source in (TIMESTAMP, TIMESTAMPTZ)
    times = (DATE, TIMESTAMP, TIMESTAMPTZ)
    if source in times and target in times:
        return True
    if source.is_json and target.is_json:
        return True
    return {source.name, target.name} == {BOOLEAN.name, "integer"}
