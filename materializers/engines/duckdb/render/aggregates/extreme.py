"""min and max: merged, and worked out again where the extreme may have left."""

from __future__ import annotations

from collections.abc import Mapping

from materializers.engines.duckdb.render.aggregates.accumulator import (
    Accumulation,
    Accumulator,
    again,
    as_kept,
    extreme,
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


def _extreme(said: CallWords) -> Accumulation:
    value, kind = said.call.arguments[0], said.call.type
    if kind.name == "interval":
        return _of_intervals(said)
    if kind.name == "character":
        return _of_characters(said)
    if kind.labels:
        return _of_labels(said)
    if kind == CITEXT:
        return _of_citexts(said)
    if kind.is_wide:
        return _of_numerics(said)
    return Accumulation((_kept(said, words(value.cast(kind)), kind),), as_kept)


def _kept(said: CallWords, sql: str, kind: SqlType, function: str = "") -> Accumulator:
    return extreme(kind, said.kept_if(sql), function or said.call.name)


def _of_characters(said: CallWords) -> Accumulation:
    """character(n) is compared without the blanks it ends in, and has them again as an answer."""
    value, kind = said.call.arguments[0], said.call.type
    kept = _kept(said, words(value.cast(TEXT)), TEXT)
    length = _kept(said, f"length({words(value)})", BIGINT, "max")

    def read(text: Expression, length: Expression) -> Expression:
        return Apply("filled up", (text, length), kind)

    return Accumulation((kept, length), read)


def _of_labels(said: CallWords) -> Accumulation:
    """By the places of the labels."""
    value, kind = said.call.arguments[0], said.call.type

    def read(place: Expression) -> Expression:
        return enum_label(place, kind)

    return Accumulation((_kept(said, words(enum_place(value)), INTEGER),), read)


def _of_citexts(said: CallWords) -> Accumulation:
    """By the small letters, with the text behind them and the one letter that no text holds."""
    value = said.call.arguments[0]
    sql = f"({words(lower_key(value))} || chr(0) || {words(value)})"

    def read(kept: Expression) -> Expression:
        return Apply("citext behind its key", (kept,), CITEXT)

    return Accumulation((_kept(said, sql, TEXT),), read)


def _of_intervals(said: CallWords) -> Accumulation:
    """By digits that sort as intervals do, with the interval's text behind them."""
    value, kind = stored(said.call.arguments[0]), said.call.type
    key = f"{words(interval_key(value))} + CAST('1{'0' * INTERVAL_KEY_DIGITS}' AS DECIMAL(38,0))"
    sql = f"(lpad(CAST({key} AS VARCHAR), {INTERVAL_KEY_DIGITS + 1}, '0') || {words(value)})"

    def read(kept: Expression) -> Expression:
        return Apply("interval behind its key", (kept,), kind)

    return Accumulation((_kept(said, sql, TEXT),), read)


def _of_numerics(said: CallWords) -> Accumulation:
    """By the text that sorts as the number does, with the number's own behind it."""
    value, kind = said.call.arguments[0], said.call.type
    sql = f"({words(numeric_key(value))} || ' ' || {words(value)})"

    def read(kept: Expression) -> Expression:
        return Apply("behind its key", (kept,), kind)

    return Accumulation((_kept(said, sql, TEXT),), read)


def _representative(said: CallWords) -> Accumulation:
    return Accumulation((extreme(said.call.type, said.value, "max"),), as_kept)


def _first(said: CallWords) -> Accumulation:
    return again(said.call.type, said.filtered(f"first({said.value}{said.order})"))


EXTREMES: Mapping[str, Maker] = {
    "min": _extreme,
    "max": _extreme,
    "representative": _representative,
    "first": _first,
}
