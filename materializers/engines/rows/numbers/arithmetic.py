"""`+ - * / %` of numbers (manual, "Mathematical Operators"; int.c, float.c, numeric.c)."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from materializers.engines.rows.failure import (
    EvaluationError,
    Unsupported,
    out_of_range,
    overflow,
)
from materializers.engines.rows.meaning import Chosen, Function, Meanings, Said, Source
from materializers.engines.rows.numbers.number_text import INTEGER_BITS
from materializers.engines.rows.numbers.numeric import (
    EXACT,
    NAN,
    checked,
    negative,
    scale_of,
    to_scale,
)
from materializers.engines.rows.numbers.quotient import divide
from materializers.engines.rows.numbers.single import to_single
from materializers.engines.rows.times.time_operations import TIME_OPERATIONS
from materializers.sql.types.expression import Apply
from materializers.sql.types.output import has_display_scale
from materializers.sql.types.sql_type import SqlType

_ZERO_DIVIDE = "division by zero"


def _calculated(node: Apply) -> Said:
    kinds = [each.type for each in node.arguments]
    if not all(kind.is_number or kind.name == "numeric" for kind in kinds):
        names = (node.name, *(kind.name for kind in kinds))
        if (result := TIME_OPERATIONS.get(names)) is None:
            raise Unsupported(" ".join(names))
        return result
    if node.type.name == "numeric":
        return _of_numerics(node.name, kinds)
    if node.type.is_float:
        return _of_floats(node.name, len(kinds), node.type.name)
    return _of_integers(node.name, len(kinds), node.type.name)


# integers


def _of_integers(sign: str, count: int, name: str) -> Said:
    bound = 2 ** (INTEGER_BITS[name] - 1)
    if sign == "%":
        return _remainder
    if sign == "/":
        return _integer_quotient(name, bound)
    result = f"{{0}} {sign} {{1}}" if count == 2 else "-{0}"
    bounds = f"{-bound} <= ({{t}} := {result}) <= {bound - 1}"
    return Source(f"{{t}} if {bounds} else {{overflow}}({name!r})", {"overflow": overflow})


def _integer_quotient(name: str, bound: int) -> Function:
    def quotient(one: int, two: int) -> int:
        """Truncated toward zero."""
        if two == 0:
            raise EvaluationError(_ZERO_DIVIDE)
        result = one // two if (one < 0) is (two < 0) else -(-one // two)
        if result == bound:
            raise out_of_range(name)
        return result

    return quotient


def _remainder(one: int, two: int) -> int:
    """With the sign of the dividend."""
    if two == 0:
        raise EvaluationError(_ZERO_DIVIDE)
    return one % abs(two) if one >= 0 else -(-one % abs(two))


# floats


def _of_floats(sign: str, count: int, name: str) -> Said:
    if count == 1:
        return Source("-{0}")
    result = _FLOATS[sign]
    if name == "real":
        return _in_single(result)
    if sign == "/":
        return result
    is_in_range = f"-{_GREATEST} <= ({{t}} := {{0}} {sign} {{1}}) <= {_GREATEST}"
    is_in_range += " and {t}" if sign == "*" else ""
    return Source(f"{{t}} if {is_in_range} else {{with_care}}({{0}}, {{1}})", {"with_care": result})


_GREATEST = "1.7976931348623157e+308"


def _in_single(calculate: Callable[[float, float], float]) -> Function:
    def calculated(one: float, two: float) -> float:
        exact = calculate(one, two)
        result = to_single(exact)
        if math.isinf(result) and math.isfinite(exact):
            raise EvaluationError("value out of range: overflow")
        if result == 0 and exact != 0:
            raise EvaluationError("value out of range: underflow")
        return result

    return calculated


def _finite(result: float, one: float, two: float) -> float:
    """The result; raises EvaluationError where it is infinite but no operand is."""
    if math.isinf(result) and not math.isinf(one) and not math.isinf(two):
        raise EvaluationError("value out of range: overflow")
    return result


def _float_sum(one: float, two: float) -> float:
    return _finite(one + two, one, two)


def _float_difference(one: float, two: float) -> float:
    return _finite(one - two, one, two)


def _float_product(one: float, two: float) -> float:
    result = _finite(one * two, one, two)
    if result == 0 and one != 0 and two != 0:
        raise EvaluationError("value out of range: underflow")
    return result


def _float_quotient(one: float, two: float) -> float:
    if two == 0:
        if one != one:
            return one
        raise EvaluationError(_ZERO_DIVIDE)
    result = one / two
    if math.isinf(result) and not math.isinf(one):
        raise EvaluationError("value out of range: overflow")
    if result == 0 and one != 0 and not math.isinf(two):
        raise EvaluationError("value out of range: underflow")
    return result


_FLOATS: dict[str, Callable[[float, float], float]] = {
    "+": _float_sum,
    "-": _float_difference,
    "*": _float_product,
    "/": _float_quotient,
}


# numerics


def _of_numerics(sign: str, kinds: list[SqlType]) -> Said:
    if len(kinds) == 1:
        return negative
    exact = _EXACTLY.get(sign)
    if exact is None:
        return _as_numerics(_NUMERICS[sign], [kind.is_integer for kind in kinds])
    if sign != "*":
        return exact
    # most products need no check: the declared scales bound theirs
    said = Source("({t} := {exact}({0}, {1})) or {t}.copy_abs()", {"exact": exact})
    return said if _is_short(kinds) else _product


_EXACTLY: dict[str, Function] = {
    "+": EXACT.add,
    "-": EXACT.subtract,
    "*": EXACT.multiply,
}


def _is_short(kinds: list[SqlType]) -> bool:
    return all(kind.is_integer or has_display_scale(kind) for kind in kinds)


def _product(one: Decimal, two: Decimal) -> Decimal:
    result = checked(EXACT.multiply(one, two))
    return result or result.copy_abs()


def _as_numerics(calculate: Callable[[Decimal, Decimal], Decimal], wide: list[bool]) -> Function:
    if not any(wide):
        return calculate
    if not wide[0]:
        return lambda one, two: calculate(one, Decimal(two))
    return lambda one, two: calculate(Decimal(one), Decimal(two))


def _numeric_remainder(one: Decimal, two: Decimal) -> Decimal:
    if one.is_nan() or two.is_nan():
        return NAN
    if not two:
        raise EvaluationError(_ZERO_DIVIDE)
    if one.is_infinite():
        return NAN
    if two.is_infinite():
        return one
    return to_scale(EXACT.remainder(one, two), max(scale_of(one), scale_of(two)))


_NUMERICS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "/": divide,
    "%": _numeric_remainder,
}

ARITHMETIC: Meanings = dict.fromkeys("+-*/%", Chosen(_calculated))
