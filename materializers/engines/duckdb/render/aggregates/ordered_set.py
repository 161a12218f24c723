"""percentile_cont, percentile_disc and mode, worked out again for touched groups."""

from __future__ import annotations

from collections.abc import Mapping

from materializers.engines.duckdb.render.aggregates.accumulator import Accumulation, again
from materializers.engines.duckdb.render.aggregates.call_words import CallWords, Maker
from materializers.engines.duckdb.render.words import words

_NAMES = {"percentile_cont": "quantile_cont", "percentile_disc": "quantile_disc"}


def _percentile(said: CallWords) -> Accumulation:
    call, by = said.call, said.keys[0]
    fractions = ", ".join(f"CAST({each} AS DOUBLE)" for each in call.options)
    if call.type != by.value.type:  # an array of such values, as several were asked for
        fractions = f"[{fractions}]"
    value, direction = words(by.value), "DESC" if by.is_descending else "ASC"
    sql = f"{_NAMES[call.name]}({value}, {fractions} ORDER BY {value} {direction})"
    return again(call.type, said.filtered(sql))


def _mode(said: CallWords) -> Accumulation:
    by = said.keys[0]
    counted = f"map_entries({said.filtered(f'histogram({words(by.value)})')})"
    place = "-1" if by.is_descending else "1"
    most = "list_filter(l, lambda e: e.value = list_max(list_transform(l, lambda f: f.value)))"
    sql = f"(list_transform([{counted}], lambda l: ({most})[{place}].key)[1])"
    return again(said.call.type, sql)


ORDERED_SET_WORDS: Mapping[str, Maker] = {
    "percentile_cont": _percentile,
    "percentile_disc": _percentile,
    "mode": _mode,
}
