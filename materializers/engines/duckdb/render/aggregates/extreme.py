"""min and max: merged, and recomputed where the extreme may be deleted."""

from __future__ import annotations

from collections.abc import Mapping

from materializers.engines.duckdb.render.aggregates.accumulator import (
    Accumulation,
    Accumulator,
    as_stored,
    extreme,
    recomputed,
)
from materializers.engines.duckdb.render.aggregates.call_words import CallWords, Maker
from materializers.engines.duckdb.render.aggregates.results import INTERVAL_KEY_DIGITS
from materializers.engines.duckdb.render.words import words
from materializers.sql.types.comparison_key import (
    enum_label,
    enum_place,
    interval_key,
    lower_key,
    numeric_key,
)
from materializers.sql.types.expression import Apply, Expression, stored
from materializers.sql.types.sql_type import BIGINT, CITEXT, INTEGER, TEXT, SqlType


def _extreme(rendered: CallWords) -> Accumulation:
    value, kind = rendered.call.arguments[0], rendered.call.type
    if kind.name == "interval":
        return _of_intervals(rendered)
    if kind.name == "character":
        return _of_characters(rendered)
    if kind.labels:
        return _of_labels(rendered)
    if kind == CITEXT:
        return _of_citexts(rendered)
    if kind.is_wide:
        return _of_numerics(rendered)
    return Accumulation((_stored(rendered, words(value.cast(kind)), kind),), as_stored)


def _stored(rendered: CallWords, sql: str, kind: SqlType, function: str = "") -> Accumulator:
    return extreme(kind, rendered.masked(sql), function or rendered.call.name)


def _of_characters(rendered: CallWords) -> Accumulation:
    """character(n): stored without trailing blanks, which the result is padded with again."""
    value, kind = rendered.call.arguments[0], rendered.call.type
    text = _stored(rendered, words(value.cast(TEXT)), TEXT)
    length = _stored(rendered, f"length({words(value)})", BIGINT, "max")

    def read(text: Expression, length: Expression) -> Expression:
        return Apply("filled up", (text, length), kind)

    return Accumulation((text, length), read)


def _of_labels(rendered: CallWords) -> Accumulation:
    """Enums: stored as the labels' positions."""
    value, kind = rendered.call.arguments[0], rendered.call.type

    def read(place: Expression) -> Expression:
        return enum_label(place, kind)

    return Accumulation((_stored(rendered, words(enum_place(value)), INTEGER),), read)


def _of_citexts(rendered: CallWords) -> Accumulation:
    """citext: stored as the lower-case text, a character that no text contains, and the text."""
    value = rendered.call.arguments[0]
    sql = f"({words(lower_key(value))} || chr(0) || {words(value)})"

    def read(key: Expression) -> Expression:
        return Apply("citext behind its key", (key,), CITEXT)

    return Accumulation((_stored(rendered, sql, TEXT),), read)


def _of_intervals(rendered: CallWords) -> Accumulation:
    """Intervals: stored as digits that sort as intervals do, followed by the interval's text."""
    value, kind = stored(rendered.call.arguments[0]), rendered.call.type
    key = f"{words(interval_key(value))} + CAST('1{'0' * INTERVAL_KEY_DIGITS}' AS DECIMAL(38,0))"
    sql = f"(lpad(CAST({key} AS VARCHAR), {INTERVAL_KEY_DIGITS + 1}, '0') || {words(value)})"

    def read(key: Expression) -> Expression:
        return Apply("interval behind its key", (key,), kind)

    return Accumulation((_stored(rendered, sql, TEXT),), read)


def _of_numerics(rendered: CallWords) -> Accumulation:
    """Wide numerics: stored as the sort key, followed by the number's text."""
    value, kind = rendered.call.arguments[0], rendered.call.type
    sql = f"({words(numeric_key(value))} || ' ' || {words(value)})"

    def read(key: Expression) -> Expression:
        return Apply("behind its key", (key,), kind)

    return Accumulation((_stored(rendered, sql, TEXT),), read)


def _representative(rendered: CallWords) -> Accumulation:
    return Accumulation((extreme(rendered.call.type, rendered.value, "max"),), as_stored)


def _first(rendered: CallWords) -> Accumulation:
    return recomputed(
        rendered.call.type, rendered.filtered(f"first({rendered.value}{rendered.order})")
    )


EXTREMES: Mapping[str, Maker] = {
    "min": _extreme,
    "max": _extreme,
    "representative": _representative,
    "first": _first,
}
