"""Functions of doubles (float.c), and of numerics where the argument is one."""

from __future__ import annotations

import math
from collections.abc import Callable

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.meaning import Chosen, Function, Meanings, Source
from materializers.engines.rows.numbers.logarithm import (
    logarithm,
    logarithm_to,
    natural_logarithm,
)
from materializers.engines.rows.numbers.power import exponential, power, square_root
from materializers.sql.types.expression import Apply

RADIANS_A_DEGREE = 0.0174532925199432957692

COMPLEX = "a negative number raised to a non-integer power yields a complex result"
UNDEFINED = "zero raised to a negative power is undefined"
_OVERFLOW = "value out of range: overflow"
_UNDERFLOW = "value out of range: underflow"


def _square_root(value: float) -> float:
    if value < 0:
        raise EvaluationError("cannot take square root of a negative number")
    return math.sqrt(value)


def _exponential(value: float) -> float:
    try:
        result = math.exp(value)
    except OverflowError:
        raise EvaluationError(_OVERFLOW) from None
    if result == 0 and not math.isinf(value):
        raise EvaluationError(_UNDERFLOW)
    return result


def _logarithm(calculate: Callable[[float], float]) -> Callable[[float], float]:
    def of(value: float) -> float:
        if value == 0:
            raise EvaluationError("cannot take logarithm of zero")
        if value < 0:
            raise EvaluationError("cannot take logarithm of a negative number")
        return calculate(value)

    return of


def _within(calculate: Callable[[float], float], bound: float) -> Callable[[float], float]:
    """A function that is defined from `-bound` to `bound`."""

    def of(value: float) -> float:
        if abs(value) > bound or (math.isinf(value)):
            raise EvaluationError("input is out of range")
        return calculate(value)

    return of


def _degrees(value: float) -> float:
    result = value / RADIANS_A_DEGREE
    if math.isinf(result) and not math.isinf(value):
        raise EvaluationError(_OVERFLOW)
    return result


def _radians(value: float) -> float:
    result = value * RADIANS_A_DEGREE
    if result == 0 and value != 0:
        raise EvaluationError(_UNDERFLOW)
    return result


def _power(base: float, exponent: float) -> float:
    if base == 0 and exponent < 0:
        raise EvaluationError(UNDEFINED)
    if base < 0 and math.isfinite(exponent) and exponent != math.floor(exponent):
        raise EvaluationError(COMPLEX)
    try:
        result = math.pow(base, exponent)
    except OverflowError:
        raise EvaluationError(_OVERFLOW) from None
    if result == 0 and base != 0 and not (math.isinf(base) or math.isinf(exponent)):
        raise EvaluationError(_UNDERFLOW)
    return result


def _either(of_double: Function, of_numeric: Function) -> Chosen:
    def choose(node: Apply) -> Function:
        return of_numeric if node.arguments[0].type.name == "numeric" else of_double

    return Chosen(choose)


def _log(node: Apply) -> Function:
    """log(x): base 10; log(b, x): base b, of numerics."""
    if len(node.arguments) == 2:
        return logarithm_to
    return logarithm if node.type.name == "numeric" else _logarithm(math.log10)


_PI = repr(math.pi)

FLOATS: Meanings = {
    "sqrt": _either(_square_root, square_root),
    "exp": _either(_exponential, exponential),
    "ln": _either(_logarithm(math.log), natural_logarithm),
    "log10": _either(_logarithm(math.log10), logarithm),
    "log": Chosen(_log),
    **dict.fromkeys(("^", "power", "pow"), _either(_power, power)),
    "cbrt": math.cbrt,
    "sin": _within(math.sin, math.inf),
    "cos": _within(math.cos, math.inf),
    "tan": _within(math.tan, math.inf),
    "asin": _within(math.asin, 1),
    "acos": _within(math.acos, 1),
    "atan": math.atan,
    "atan2": math.atan2,
    "degrees": _degrees,
    "radians": _radians,
    "pi": Chosen(lambda node: Source(_PI)),
}
