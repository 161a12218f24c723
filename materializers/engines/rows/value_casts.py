"""Casts that change a value: to a length, a precision, a number's shortest text."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from materializers.engines.rows.failure import EvaluationError, fail
from materializers.engines.rows.meaning import Chosen, Function, Meanings, Source
from materializers.engines.rows.numbers.number_text import numeric_input
from materializers.engines.rows.numbers.numeric import to_scale
from materializers.sql.types.expression import Apply


def _padded(node: Apply) -> Function:
    length = int(node.options[0])
    return lambda text: text[:length].ljust(length)


def _cut(node: Apply) -> Source:
    return Source(f"{{0}}[:{node.options[0]}]")


def _precise(node: Apply) -> Callable[[Decimal], Decimal]:
    precision, scale = map(int, node.options)

    def precise(value: Decimal) -> Decimal:
        if not value.is_finite():
            if value.is_nan():
                return value
            raise EvaluationError("numeric field overflow")
        rounded = to_scale(value, scale)
        if rounded and rounded.adjusted() >= precision - scale:
            raise EvaluationError("numeric field overflow")
        return rounded

    return precise


def _of_float(node: Apply) -> Callable[[float], Decimal]:
    """By the text of as many digits as the type surely has."""
    digits = 6 if node.arguments[0].type.name == "real" else 15
    return lambda value: numeric_input(f"{value:.{digits}g}")


def _error(node: Apply) -> Source:
    """The row stops whoever asks for its value."""
    return Source("{fail}({message})", {"fail": fail, "message": str(node.options[0])})


VALUE_CASTS: Meanings = {
    "bpchar": Chosen(_padded),
    "varchar": Chosen(_cut),
    "numeric precision": Chosen(_precise),
    "numeric of float": Chosen(_of_float),
    "error": Chosen(_error, is_strict=False),
}
