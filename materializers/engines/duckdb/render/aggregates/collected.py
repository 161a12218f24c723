"""Aggregates that collect values; recomputed for touched groups."""

from __future__ import annotations

from collections.abc import Mapping

from materializers.engines.duckdb.render.aggregates.accumulator import Accumulation, recomputed
from materializers.engines.duckdb.render.aggregates.call_words import CallWords, Maker, is_there
from materializers.engines.duckdb.render.order import direction_words
from materializers.engines.duckdb.render.words import words
from materializers.sql.types.comparison_key import enum_label, enum_place, numeric_key
from materializers.sql.types.expression import (
    Constant,
    Expression,
    Parameter,
    text_literal,
)
from materializers.sql.types.jsonb import as_jsonb
from materializers.sql.types.output import as_json
from materializers.sql.types.sort_key import SortKey
from materializers.sql.types.sql_type import INTEGER, JSONB, JSONB_TEXT, TEXT, SqlType


def _list(rendered: CallWords, *conditions: str) -> str:
    """SQL of the list of a group's values; NULL for no rows."""
    if rendered.call.distinct:
        return _distinct_list(rendered, *conditions)
    return rendered.filtered(f"list({rendered.value}{rendered.order})", *conditions)


def _distinct_list(rendered: CallWords, *conditions: str) -> str:
    """The list of a call with DISTINCT, sorted after the aggregate: in it, DuckDB accepts no ORDER
    BY of an expression that may raise an error. A character(n) sorts without trailing blanks."""
    value, by = rendered.arguments[0], rendered.call.order[0]
    if value.type.labels:
        return _distinct_labels(rendered, by, *conditions)
    is_filled = value.type.name == "character"
    sql = words(value.cast(TEXT) if is_filled else value)
    if value.type.is_wide:  # the shortest text represents equal numbers
        sql = f"{words(numeric_key(value))} || ' ' || pg_numeric_trim({sql})"
    listed = rendered.filtered(f"list(DISTINCT {sql})", *conditions)
    direction, nulls = direction_words(by)
    listed = f"list_sort({listed}, '{direction}', '{nulls}')"
    if value.type.is_wide:
        return f"list_transform({listed}, lambda v: split_part(v, ' ', 2))"
    if not is_filled:
        return listed
    return f"list_transform({listed}, lambda v: rpad(v, {value.type.precision}, ' '))"


def _distinct_labels(rendered: CallWords, by: SortKey, *conditions: str) -> str:
    value = rendered.arguments[0]
    listed = rendered.filtered(f"list(DISTINCT {words(enum_place(value))})", *conditions)
    direction, nulls = direction_words(by)
    label = words(enum_label(Parameter("place", INTEGER), value.type))
    sorted_ = f"list_sort({listed}, '{direction}', '{nulls}')"
    return f"list_transform({sorted_}, lambda place: {label})"


def _string_agg(rendered: CallWords) -> Accumulation:
    value, separator = rendered.arguments
    if not isinstance(separator, Constant) or separator.text is None:
        return _separated(rendered, separator)
    between = text_literal(separator.text)
    if rendered.call.distinct:
        sql = f"array_to_string({_list(rendered, is_there(value))}, {between})"
        return recomputed(rendered.call.type, sql)
    sql = rendered.filtered(f"string_agg({rendered.value}, {between}{rendered.order})")
    return recomputed(rendered.call.type, sql)


def _separated(rendered: CallWords, separator: Expression) -> Accumulation:
    """Each text after its own row's separator; the first one without."""
    text = rendered.value
    pair = f"{{'t': {text}, 's': coalesce({words(separator)}, '')}}"
    listed = rendered.filtered(f"list({pair}{rendered.order})", f"{text} IS NOT NULL")
    joined = "CASE WHEN i > 1 THEN p.s ELSE '' END || p.t"
    sql = f"array_to_string(list_transform({listed}, lambda p, i: {joined}), '')"
    return recomputed(rendered.call.type, sql)


def _array_agg(rendered: CallWords) -> Accumulation:
    return recomputed(rendered.call.type, _list(rendered))


def _member(value: Expression, kind: SqlType) -> str:
    """A value as an element of a collected `kind` (json or jsonb)."""
    member = as_jsonb(value) if kind == JSONB_TEXT else None
    return words(member or as_json(value))


def _json_agg(rendered: CallWords) -> Accumulation:
    value, kind = rendered.arguments[0], rendered.call.type
    is_structured = value.type.element is not None or value.type.name == "record"
    between = ", \n " if kind.name == "json" and is_structured else ", "
    if rendered.call.distinct:
        each = _member(Parameter("member", value.type), kind)
        listed = f"list_transform({_list(rendered)}, lambda member: {each})"
        return recomputed(kind, f"('[' || array_to_string({listed}, '{between}') || ']')")
    listed = rendered.filtered(f"string_agg({_member(value, kind)}, '{between}'{rendered.order})")
    return recomputed(kind, f"('[' || {listed} || ']')")


def _json_object_agg(rendered: CallWords) -> Accumulation:
    key, value = rendered.arguments
    kind, name = rendered.call.type, words(key)
    if key.nullable:
        missing = f"{name} IS NULL AND {rendered.filter or 'true'}"
        name = f"CASE WHEN {missing} THEN error('field name must not be null') ELSE {name} END"
    if kind in (JSONB, JSONB_TEXT):
        return _jsonb_object_agg(rendered, name)
    member = f"CAST(to_json({name}) AS VARCHAR) || ' : ' || {words(as_json(value))}"
    listed = rendered.filtered(f"string_agg({member}, ', '{rendered.order})")
    return recomputed(kind, f"('{{ ' || {listed} || ' }}')")


def _jsonb_object_agg(rendered: CallWords, name: str) -> Accumulation:
    """An object; jsonb has each key once, with its last value."""
    kind = rendered.call.type
    pair = f"{{'k': {name}, 'v': {_member(rendered.arguments[1], kind)}}}"
    listed = rendered.filtered(f"list({pair}{rendered.order})")
    return recomputed(kind, f"CASE WHEN {listed} IS NOT NULL THEN pg_jsonb_object({listed}) END")


def _any_value(rendered: CallWords) -> Accumulation:
    call = "list" if rendered.over else "first"
    value = rendered.arguments[0]
    sql = rendered.filtered(f"{call}({rendered.value}{rendered.order})", is_there(value))
    return recomputed(rendered.call.type, f"({sql})[1]" if rendered.over else sql)


COLLECTED_WORDS: Mapping[str, Maker] = {
    "string_agg": _string_agg,
    "array_agg": _array_agg,
    "json_agg": _json_agg,
    "jsonb_agg": _json_agg,
    "json_object_agg": _json_object_agg,
    "jsonb_object_agg": _json_object_agg,
    "any_value": _any_value,
}
