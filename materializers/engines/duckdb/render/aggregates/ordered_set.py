"""percentile_cont, percentile_disc and mode; recomputed for touched groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from materializers.engines.duckdb.render.aggregates.accumulator import Accumulation, recomputed
from materializers.engines.duckdb.render.aggregates.call_words import CallWords, Maker
from materializers.engines.duckdb.render.words import words
from materializers.sql.types.comparison_key import enum_place, lower_key, numeric_key
from materializers.sql.types.expression import Expression, Parameter, text_literal
from materializers.sql.types.sql_type import CITEXT, SqlType

_NAMES = {"percentile_cont": "quantile_cont", "percentile_disc": "quantile_disc"}


_MARK = "chr(0)"
"""Between a citext's key and its text: no text contains it."""


@dataclass(frozen=True, slots=True)
class _Sorted:
    """SQL by which values are sorted, where their storage does not sort as PostgreSQL does.
    `read` makes SQL of the value out of SQL of a sorted one."""

    sql: str
    read: Callable[[str], str]


def _sorted(value: Expression) -> _Sorted | None:
    """None where values are sorted by themselves."""
    shown = words(value)
    if value.type.is_wide:
        return _Sorted(_behind_key(value, shown), lambda sql: f"split_part({sql}, ' ', 2)")
    if value.type.labels:
        return _Sorted(words(enum_place(value)), lambda sql: _label(sql, value.type))
    if value.type == CITEXT:
        key = f"({words(lower_key(value))} || {_MARK} || {shown})"
        return _Sorted(key, lambda sql: f"split_part({sql}, {_MARK}, 2)")
    return None


def _label(place: str, kind: SqlType) -> str:
    labels = ", ".join(map(text_literal, kind.labels))
    return f"([{labels}])[{place}]"


def _behind_key(value: Expression, shown: str) -> str:
    """A wide numeric's sort key, followed by its text."""
    key = words(numeric_key(value))
    return f"CASE WHEN {words(value)} IS NOT NULL THEN {key} || ' ' || {shown} END"


def _percentile(rendered: CallWords) -> Accumulation:
    call, by = rendered.call, rendered.keys[0]
    fractions = ", ".join(f"CAST({each} AS DOUBLE)" for each in call.options)
    is_several = call.type != by.value.type  # several fractions give an array
    if is_several:
        fractions = f"[{fractions}]"
    keyed, direction = _sorted(by.value), "DESC" if by.is_descending else "ASC"
    value = words(by.value) if keyed is None else keyed.sql
    sql = rendered.filtered(
        f"{_NAMES[call.name]}({value}, {fractions} ORDER BY {value} {direction})"
    )
    if keyed is None:
        return recomputed(call.type, sql)
    if is_several:
        return recomputed(call.type, f"list_transform({sql}, lambda v: {keyed.read('v')})")
    return recomputed(call.type, keyed.read(sql))


def _mode(rendered: CallWords) -> Accumulation:
    by = rendered.keys[0]
    if by.value.type == CITEXT:
        return _mode_of_citexts(rendered)
    keyed, value = _sorted(by.value), words(by.value)
    if by.value.type.is_wide:
        value = _behind_key(by.value, f"pg_numeric_trim({value})")
    elif keyed is not None:
        value = keyed.sql
    sql = _most(rendered, value)
    return recomputed(rendered.call.type, sql if keyed is None else keyed.read(sql))


def _most(rendered: CallWords, value: str) -> str:
    """The first, in order, of the most frequent values."""
    counted = f"map_entries({rendered.filtered(f'histogram({value})')})"
    place = "-1" if rendered.keys[0].is_descending else "1"
    most = "list_filter(l, lambda e: e.value = list_max(list_transform(l, lambda f: f.value)))"
    return f"(list_transform([{counted}], lambda l: ({most})[{place}].key)[1])"


def _mode_of_citexts(rendered: CallWords) -> Accumulation:
    """Counted in lower case; the least of the texts that are equal by it is shown."""
    value = rendered.keys[0].value
    key, one = words(lower_key(value)), words(lower_key(Parameter("t", CITEXT)))
    texts = rendered.filtered(f"list({words(value)} ORDER BY {words(value)})")
    given = f"{{'m': {_most(rendered, key)}, 'l': {texts}}}"
    equal = f"list_filter(s.l, lambda t: {one} = s.m)[1]"
    return recomputed(rendered.call.type, f"(list_transform([{given}], lambda s: {equal})[1])")


ORDERED_SET_WORDS: Mapping[str, Maker] = {
    "percentile_cont": _percentile,
    "percentile_disc": _percentile,
    "mode": _mode,
}
