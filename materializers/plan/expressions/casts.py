"""Casts with PostgreSQL's meaning (manual, "Type Casts"; utils/adt/*.c for what fails)."""

from __future__ import annotations

from sqlglot import exp

from materializers.plan.types.expression import Expression, Words
from materializers.plan.types.render import as_text, has_display_scale
from materializers.plan.types.sql_type import (
    BOOLEAN,
    DATE,
    DIGITS_MAX,
    INTERVAL,
    JSONB,
    JSONB_TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UNBOUNDED_SCALE,
    SqlType,
    array_of,
    numeric,
)

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
        if element is None or element.element is not None or element.name == "character":
            return None
        return array_of(element)
    kind = node.this.value if hasattr(node.this, "value") else str(node.this)
    parameters = [int(p.name) for p in node.expressions if p.name.isdigit()]
    if kind == "DECIMAL":
        if not parameters:
            return numeric(38, UNBOUNDED_SCALE)
        scale = parameters[1] if len(parameters) > 1 else 0
        # numeric(3,3) has no digit before the point, which its storage here has
        return numeric(parameters[0], scale) if scale < parameters[0] <= DIGITS_MAX else None
    if kind == "CHAR":
        return SqlType("character", parameters[0] if parameters else 1)
    if kind == "FLOAT" and parameters and parameters[0] > 24:
        kind = "DOUBLE"
    return SqlType(_NAMES[kind]) if kind in _NAMES else None


def cast_to(value: Expression, node: exp.DataType) -> Expression | None:
    """The cast to a type as it is written, with its length or precision."""
    target = named_type(node)
    result = cast(value, target) if target is not None else None
    if result is None or target is None or target.name == "numeric":
        return result
    if target.name == "character":
        # An explicit cast cuts what is too long, and fills up what is short
        sql = f"rpad(left({result.sql}, {target.precision}), {target.precision}, ' ')"
        return Words(sql, target, result.nullable)
    parameters = [int(p.name) for p in node.expressions if p.name.isdigit()]
    if not parameters or target.is_float:
        return result
    if target.name == "character varying":
        return Words(f"left({result.sql}, {parameters[0]})", target, result.nullable)
    if target.is_timestamp and parameters[0] <= 6:
        unit = 10 ** (6 - parameters[0])
        make = "make_timestamptz" if target == TIMESTAMPTZ else "make_timestamp"
        sql = f"{make}(pg_rounded(epoch_us({result.sql}), {unit}))"
        return Words(sql, target, result.nullable)
    return None


def cast(value: Expression, target: SqlType) -> Expression | None:
    """`value::target`; None where PostgreSQL has no such cast, or it is not supported."""
    source = value.type
    if source == target or source.name == target.name == "jsonb":
        return value
    if value.literal is not None and target == JSONB:
        return value.cast(JSONB_TEXT)
    if value.literal is not None or source.name == "unknown":
        return value.cast(target)
    if source == TIMESTAMPTZ and target == TIME:
        value = value.cast(TIMESTAMP)
    if source.element is not None and target.element is not None:
        return _array(value, source.element, target)
    if target.is_text:
        text = as_text(value)
        return text.cast(target) if text else None
    if source.is_text:
        return _from_text(value, target)
    if source == TIME and target == INTERVAL:
        sql = f"to_microseconds(pg_time_micros({value.sql}))"
        return Words(sql, INTERVAL, value.nullable)
    if source.name == target.name == "interval":
        return value.cast(target)
    if not _exists(source, target):
        return None
    if source.is_json and target.is_json:
        return Words(value.sql, target, value.nullable)
    if source.is_float and target.name == "numeric":
        return _numeric_of_float(value, target)
    sql = f"CAST({value.sql} AS {target.duckdb})"
    return Words(sql, target, value.nullable)


def _numeric_of_float(value: Expression, target: SqlType) -> Expression:
    """PostgreSQL goes by the text of 15 digits, of 6 for a real."""
    digits = 6 if value.type.name == "real" else 15
    text = f"format('{{:.{digits}g}}', {value.sql})"
    sql = f"CAST({text} AS {target.duckdb})"
    if not has_display_scale(target):
        sql = f"pg_fits({sql}, {text})"
    return Words(sql, target, value.nullable)


def _array(value: Expression, element: SqlType, target: SqlType) -> Expression | None:
    if value.type.is_kept_as_text or target.element is None:
        return None
    inner = cast(Words("element", element), target.element)
    if inner is None:
        return None
    sql = f"list_transform({value.sql}, lambda element: {inner.sql})"
    return Words(sql, target, value.nullable)


def _from_text(value: Expression, target: SqlType) -> Expression | None:
    if target.is_integer:
        # DuckDB would round '1.5'; PostgreSQL refuses it
        sql = (
            f"CASE WHEN regexp_full_match({value.sql}, '\\s*[-+]?\\d+\\s*')"
            f" OR {value.sql} IS NULL THEN CAST({value.sql} AS {target.duckdb})"
            f" ELSE error('invalid input syntax for type {target.name}') END"
        )
        return Words(sql, target, value.nullable)
    if target.name == "numeric":
        return _numeric_of_text(value, target)
    if target.name in ("uuid", "interval", "bytea") or target.element is not None:
        return None
    if target.is_json:
        invalid = f"error('invalid input syntax for type {target.name}')"
        sql = f"CASE WHEN NOT json_valid({value.sql}) THEN {invalid} ELSE {value.sql} END"
        return Words(sql, target, value.nullable)
    if target.is_timestamp:
        # DuckDB would take PST for Los Angeles, in summer too
        named = rf"regexp_matches({value.sql}, '(?i)\d\s*[a-z_/]+\s*$')"
        plain = rf"regexp_matches({value.sql}, '(?i)\d\s*(z|utc|bc|ad|am|pm)\s*$')"
        strange = "error('a text with the name of a time zone cannot be a moment here')"
        sql = f"CASE WHEN {named} AND NOT {plain} THEN {strange} ELSE {value.cast(target).sql} END"
        return Words(sql, target, value.nullable)
    return value.cast(target)


def _numeric_of_text(value: Expression, target: SqlType) -> Expression:
    sql, text = f"CAST({value.sql} AS {target.duckdb})", value.sql
    number = r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*"
    tests = f"regexp_full_match({text}, '{number}')"
    if not has_display_scale(target):
        sql = f"pg_fits({sql}, {text})"
        # A double has no more than 15 digits to tell by
        tests += rf" AND length(regexp_extract({text}, '\.(\d*?)0*\s*$', 1)) <= {UNBOUNDED_SCALE}"
    sql = (
        f"CASE WHEN {text} IS NULL OR {tests} THEN {sql}"
        f" ELSE error('this text cannot be a {target.name} here') END"
    )
    return Words(sql, target, value.nullable)


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
