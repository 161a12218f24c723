"""`& | # ~ << >>` of integers (int.c). A shift takes the distance modulo the width, and drops
bits."""

from __future__ import annotations

from materializers.engines.rows.meaning import Chosen, Function, Meanings, source
from materializers.engines.rows.numbers.number_text import INTEGER_BITS
from materializers.sql.types.expression import Apply


def _shift(node: Apply) -> Function:
    bits = INTEGER_BITS[node.type.name]
    half, whole = 1 << (bits - 1), 1 << bits
    distances = max(bits, 32) - 1
    is_left = node.name == "<<"

    def shifted(value: int, distance: int) -> int:
        distance &= distances
        moved = value << distance if is_left else value >> distance
        return (moved + half) % whole - half

    return shifted


BITS: Meanings = {
    "&": source("{0} & {1}"),
    "|": source("{0} | {1}"),
    "#": source("{0} ^ {1}"),
    "bitwise not": source("~{0}"),
    "<<": Chosen(_shift),
    ">>": Chosen(_shift),
}
