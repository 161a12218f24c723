"""percentile_cont, percentile_disc and mode; recomputed for touched groups."""

from __future__ import annotations

from collections.abc import Mapping

from materializers.engines.duckdb.render.aggregates.accumulator import Accumulation, recomputed
from materializers.engines.duckdb.render.aggregates.call_words import CallWords, Maker
from materializers.engines.duckdb.render.words import words
from materializers.sql.types.comparison_key import numeric_key
from materializers.sql.types.expression import Expression

_NAMES = {"percentile_cont": "quantile_cont", "percentile_disc": "quantile_disc"}


def _percentile(rendered: CallWords) -> Accumulation:
    call, by = rendered.call, rendered.keys[0]
    fractions = ", ".join(f"CAST({each} AS DOUBLE)" for each in call.options)
    if call.type != by.value.type:  # several fractions give an array
        fractions = f"[{fractions}]"
    is_wide, direction = by.value.type.is_wide, "DESC" if by.is_descending else "ASC"
    value = _behind_key(by.value, words(by.value)) if is_wide else words(by.value)
    sql = rendered.filtered(
        f"{_NAMES[call.name]}({value}, {fractions} ORDER BY {value} {direction})"
    )
    if not is_wide:
        return recomputed(call.type, sql)
    if call.type == by.value.type:
        return recomputed(call.type, f"split_part({sql}, ' ', 2)")
    return recomputed(call.type, f"list_transform({sql}, lambda v: split_part(v, ' ', 2))")


def _behind_key(value: Expression, shown: str) -> str:
    """A wide numeric's sort key, followed by its text."""
    key = words(numeric_key(value))
    return f"CASE WHEN {words(value)} IS NOT NULL THEN {key} || ' ' || {shown} END"


def _mode(rendered: CallWords) -> Accumulation:
    by = rendered.keys[0]
    is_wide, value = by.value.type.is_wide, words(by.value)
    if is_wide:
        value = _behind_key(by.value, f"pg_numeric_trim({value})")
    counted = f"map_entries({rendered.filtered(f'histogram({value})')})"
    place = "-1" if by.is_descending else "1"
    most = "list_filter(l, lambda e: e.value = list_max(list_transform(l, lambda f: f.value)))"
    sql = f"(list_transform([{counted}], lambda l: ({most})[{place}].key)[1])"
    sql = f"split_part({sql}, ' ', 2)" if is_wide else sql
    return recomputed(rendered.call.type, sql)


ORDERED_SET_WORDS: Mapping[str, Maker] = {
    "percentile_cont": _percentile,
    "percentile_disc": _percentile,
    "mode": _mode,
}
