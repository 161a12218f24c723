"""variance and stddev of numerics from count, sum and sum of squares (numeric_stddev_internal)."""

from __future__ import annotations

import math
from decimal import Decimal

from materializers.engines.rows.meaning import Chosen, Function, Meanings
from materializers.engines.rows.numbers.numeric import EXACT, NAN, to_scale
from materializers.engines.rows.numbers.quotient import divide_to_scale, quotient_scale
from materializers.sql.types.expression import Apply


def deviation(
    rows: int, total: Decimal, squares: Decimal, is_sample: bool, is_root: bool
) -> Decimal:
    """The variance; with `is_sample` there must be more than one row."""
    count = Decimal(rows)
    above = EXACT.subtract(EXACT.multiply(count, squares), EXACT.multiply(total, total))
    if above <= 0:
        return Decimal(0)
    below = EXACT.multiply(count, count - is_sample)
    scale = quotient_scale(above, below)
    variance = divide_to_scale(above, below, scale)
    return _root(variance, scale) if is_root else variance


def _root(value: Decimal, scale: int) -> Decimal:
    # one more digit, truncated, suffices for rounding
    whole = int(EXACT.scaleb(value, 2 * scale + 2))
    return to_scale(EXACT.scaleb(Decimal(math.isqrt(whole)), -scale - 1), scale)


def _of_sums(node: Apply) -> Function:
    is_sample, is_root = (bool(each) for each in node.options)

    def result(rows: int, total: Decimal, squares: Decimal) -> Decimal | None:
        if rows <= is_sample:
            return None
        if not (total.is_finite() and squares.is_finite()):
            return NAN
        return deviation(rows, total, squares, is_sample, is_root)

    return result


DEVIATION: Meanings = {"wide deviation": Chosen(_of_sums)}
