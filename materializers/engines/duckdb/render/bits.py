"""`& | # ~ << >>` of integers in DuckDB's words."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings, cast
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply

_WIDTH = 32


def _shift(node: Apply) -> str:
    """PostgreSQL shifts by the distance modulo the width, and lets bits fall off."""
    value, right = (words_of(each) for each in node.arguments)
    distance = f"(CAST({right} AS BIGINT) & {_WIDTH - 1})"
    if node.name == ">>":
        moved = f"CAST(floor(CAST({value} AS BIGINT) / (1::BIGINT << {distance})) AS BIGINT)"
    else:
        moved = f"CAST({value} AS HUGEINT) * CAST((1::BIGINT << {distance}) AS HUGEINT)"
    bits = 16 if node.type.name == "smallint" else _WIDTH
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
