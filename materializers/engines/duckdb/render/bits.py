"""Renders `& | # ~ << >>` of integers."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings, cast
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply

_WIDTHS = {"smallint": 16, "integer": 32, "bigint": 64}


def _shift(node: Apply) -> str:
    """A shift; PostgreSQL takes the distance modulo the width, and drops bits."""
    value, right = (words_of(each) for each in node.arguments)
    bits = _WIDTHS[node.type.name]
    distance = f"({right} & {max(bits, 32) - 1})"
    if node.name == ">>":
        return f"CAST(CAST({value} AS BIGINT) >> {distance} AS {stored_type(node.type)})"
    moved = f"CAST({value} AS HUGEINT) * (1::HUGEINT << {distance})"
    half, whole = 2 ** (bits - 1), 2**bits
    wrapped = f"((({moved}) % {whole} + {whole} + {half}) % {whole} - {half})"
    return f"CAST({wrapped} AS {stored_type(node.type)})"


BITS: Renderings = {
    "&": cast("({0} & {1})"),
    "|": cast("({0} | {1})"),
    "#": cast("xor({0}, {1})"),
    "bitwise not": cast("-1 - {0}"),
    "<<": _shift,
    ">>": _shift,
}
