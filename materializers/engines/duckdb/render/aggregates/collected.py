"""Aggregates that collect values, worked out again for touched groups."""

from __future__ import annotations

from collections.abc import Mapping

from materializers.engines.duckdb.render.aggregates.accumulator import Accumulation, again
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


def _list(said: CallWords, *conditions: str) -> str:
    """SQL of the list of a group's values; NULL for no rows."""
    if said.call.distinct:
        return _distinct_list(said, *conditions)
    return said.filtered(f"list({said.value}{said.order})", *conditions)


def _distinct_list(said: CallWords, *conditions: str) -> str:
    """Sorted behind the aggregate: in one with DISTINCT, DuckDB does not take an ORDER BY of what
    may fail. The blanks that fill a character(n) do not count in its order."""
    value, by = said.arguments[0], said.call.order[0]
    if value.type.labels:
        return _distinct_labels(said, by, *conditions)
    is_filled = value.type.name == "character"
    sql = words(value.cast(TEXT) if is_filled else value)
    if value.type.is_wide:  # equal numbers are one, which the shortest text stands for
        sql = f"{words(numeric_key(value))} || ' ' || pg_numeric_trim({sql})"
    listed = said.filtered(f"list(DISTINCT {sql})", *conditions)
    direction, nulls = direction_words(by)
    listed = f"list_sort({listed}, '{direction}', '{nulls}')"
    if value.type.is_wide:
        return f"list_transform({listed}, lambda v: split_part(v, ' ', 2))"
    if not is_filled:
        return listed
    return f"list_transform({listed}, lambda v: rpad(v, {value.type.precision}, ' '))"


def _distinct_labels(said: CallWords, by: SortKey, *conditions: str) -> str:
    value = said.arguments[0]
    listed = said.filtered(f"list(DISTINCT {words(enum_place(value))})", *conditions)
    direction, nulls = direction_words(by)
    label = words(enum_label(Parameter("place", INTEGER), value.type))
    sorted_ = f"list_sort({listed}, '{direction}', '{nulls}')"
    return f"list_transform({sorted_}, lambda place: {label})"


def _string_agg(said: CallWords) -> Accumulation:
    value, separator = said.arguments
    if not isinstance(separator, Constant) or separator.text is None:
        return _separated(said, separator)
    between = text_literal(separator.text)
    if said.call.distinct:
        sql = f"array_to_string({_list(said, is_there(value))}, {between})"
        return again(said.call.type, sql)
    sql = said.filtered(f"string_agg({said.value}, {between}{said.order})")
    return again(said.call.type, sql)


def _separated(said: CallWords, separator: Expression) -> Accumulation:
    """Each text behind the separator of its own row; the first one without."""
    text = said.value
    pair = f"{{'t': {text}, 's': coalesce({words(separator)}, '')}}"
    listed = said.filtered(f"list({pair}{said.order})", f"{text} IS NOT NULL")
    joined = "CASE WHEN i > 1 THEN p.s ELSE '' END || p.t"
    sql = f"array_to_string(list_transform({listed}, lambda p, i: {joined}), '')"
    return again(said.call.type, sql)


def _array_agg(said: CallWords) -> Accumulation:
    return again(said.call.type, _list(said))


def _member(value: Expression, kind: SqlType) -> str:
    """A value inside of what is collected as `kind`."""
    member = as_jsonb(value) if kind == JSONB_TEXT else None
    return words(member or as_json(value))


def _json_agg(said: CallWords) -> Accumulation:
    value, kind = said.arguments[0], said.call.type
    between = ", " if kind == JSONB_TEXT else ","
    if said.call.distinct:
        each = _member(Parameter("member", value.type), kind)
        listed = f"list_transform({_list(said)}, lambda member: {each})"
        return again(kind, f"('[' || array_to_string({listed}, '{between}') || ']')")
    listed = said.filtered(f"string_agg({_member(value, kind)}, '{between}'{said.order})")
    return again(kind, f"('[' || {listed} || ']')")


def _json_object_agg(said: CallWords) -> Accumulation:
    key, value = said.arguments
    kind, name = said.call.type, words(key)
    if key.nullable:
        missing = f"{name} IS NULL AND {said.filter or 'true'}"
        name = f"CASE WHEN {missing} THEN error('field name must not be null') ELSE {name} END"
    if kind in (JSONB, JSONB_TEXT):
        return _jsonb_object_agg(said, name)
    member = f"CAST(to_json({name}) AS VARCHAR) || ':' || {words(as_json(value))}"
    listed = said.filtered(f"string_agg({member}, ','{said.order})")
    return again(kind, f"('{{' || {listed} || '}}')")


def _jsonb_object_agg(said: CallWords, name: str) -> Accumulation:
    """jsonb has each key once, with the last value."""
    kind = said.call.type
    pair = f"{{'k': {name}, 'v': {_member(said.arguments[1], kind)}}}"
    listed = said.filtered(f"list({pair}{said.order})")
    return again(kind, f"CASE WHEN {listed} IS NOT NULL THEN pg_jsonb_object({listed}) END")


def _any_value(said: CallWords) -> Accumulation:
    call = "list" if said.over else "first"
    value = said.arguments[0]
    sql = said.filtered(f"{call}({said.value}{said.order})", is_there(value))
    return again(said.call.type, f"({sql})[1]" if said.over else sql)


COLLECTED_WORDS: Mapping[str, Maker] = {
    "string_agg": _string_agg,
    "array_agg": _array_agg,
    "json_agg": _json_agg,
    "jsonb_agg": _json_agg,
    "json_object_agg": _json_object_agg,
    "jsonb_object_agg": _json_object_agg,
    "any_value": _any_value,
}
