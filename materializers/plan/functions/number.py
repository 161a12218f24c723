"""Number functions and the conditional ones (manual, "Mathematical Functions and Operators",
"Conditional Expressions")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce

from materializers.plan.expressions.arithmetic import calculate
from materializers.plan.functions.call import Call, Functions
from materializers.plan.types.comparison_key import equality_key
from materializers.plan.types.expression import Expression, Words
from materializers.plan.types.sql_type import (
    DIGITS_MAX,
    DOUBLE,
    INTEGER,
    SqlType,
    as_numeric,
    common,
    numeric,
    resulting,
)


def _number(call: Call, index: int = 0) -> Expression:
    value = call.arguments[index]
    if not value.type.is_number:
        raise call.fail(f"{call.name}() takes a number, not {value.type.name}")
    return value


def _constant(call: Call, index: int) -> int:
    try:
        return int(call.arguments[index].sql.strip("()"))
    except ValueError:
        raise call.fail(f"the digits of {call.name}() must be a constant") from None


def _abs(call: Call) -> Expression:
    call.expect(1)
    value = _number(call)
    return call.result(f"abs({value.sql})", value.type)


def _sign(call: Call) -> Expression:
    call.expect(1)
    value = _number(call)
    kind = DOUBLE if value.type.is_float or value.type.is_integer else numeric(1, 0)
    return call.result(f"sign({value.sql})", kind)


def _round(call: Call) -> Expression:
    """numeric: half away from zero; double precision: half to even."""
    call.expect(1, 2)
    value = _number(call)
    if len(call.arguments) == 1 and not value.type.name == "numeric":
        return call.result(f"round_even({value.sql}, 0)", DOUBLE)
    if value.type.is_float:
        raise call.fail("round(double precision, integer) does not exist; cast to numeric first")
    return _to_digits(call, value)


def _to_digits(call: Call, value: Expression) -> Expression:
    """round() and trunc() of a numeric to so many digits behind (before) the point."""
    digits = _constant(call, 1) if len(call.arguments) > 1 else 0
    source = as_numeric(value.type)
    kind = numeric(min(source.precision + 1 + max(digits, 0), DIGITS_MAX), max(digits, 0))
    if digits >= source.scale:
        # The zeros that this adds are PostgreSQL's, too
        return call.result(value.cast(source).sql, replace(kind, is_padded=source.is_padded))
    name = "round" if call.name == "round" else "trunc"
    unit = f"CAST({10 ** (source.scale - digits)} AS HUGEINT)"
    whole = _unscaled(value, source)
    half = f" + sign({whole}) * ({unit} // 2)" if name == "round" else ""
    places = f"(({whole}{half}) // {unit})"
    if digits < 0:
        return call.result(f"{places} * CAST({10**-digits} AS HUGEINT)", kind)
    factor = f"CAST({10**-digits:.{digits}f} AS DECIMAL({max(digits, 1)},{digits}))"
    return call.result(f"CAST({places} AS DECIMAL({DIGITS_MAX - digits},0)) * {factor}", kind)


def _floor_or_ceil(call: Call) -> Expression:
    call.expect(1)
    value = _number(call)
    name = "floor" if call.name == "floor" else "ceil"
    if value.type.name != "numeric":
        return call.result(f"{name}({value.sql})", DOUBLE)
    kind = numeric(value.type.precision - value.type.scale + 1, 0)
    return call.result(f"{name}({value.sql})", kind)


def _trunc(call: Call) -> Expression:
    call.expect(1, 2)
    value = _number(call)
    if value.type.name == "numeric" or len(call.arguments) == 2:
        if value.type.is_float:
            raise call.fail("trunc(double precision, integer) does not exist; cast to numeric")
        return _to_digits(call, value)
    return call.result(f"trunc({value.sql})", DOUBLE)


def _mod(call: Call) -> Expression:
    call.expect(2)
    result = calculate("%", call.arguments[0], call.arguments[1])
    if result is None:
        raise call.fail("mod() takes two numbers")
    return result


def _div(call: Call) -> Expression:
    call.expect(2)
    if any(v.type.is_float or not v.type.is_number for v in call.arguments):
        raise call.fail("div() takes two numerics")
    left, right = (v.cast(as_numeric(v.type)) for v in call.arguments)
    scale = max(left.type.scale, right.type.scale)
    kind = numeric(DIGITS_MAX, 0)
    wide = numeric(DIGITS_MAX, scale)
    one, two = (_unscaled(v, wide) for v in (left, right))
    sql = f"CASE WHEN {two} = 0 THEN error('division by zero') ELSE {one} // {two} END"
    return call.result(sql, kind)


def _unscaled(value: Expression, kind: SqlType) -> str:
    """SQL of a number, in a numeric type, without its point."""
    return f"CAST(replace(CAST({value.cast(kind).sql} AS VARCHAR), '.', '') AS HUGEINT)"


def _divisor(call: Call) -> Expression:
    """gcd and lcm of integers."""
    call.expect(2)
    if not all(v.type.is_integer for v in call.arguments):
        raise call.fail(f"{call.name}() is supported for integers only")
    kind = common(call.arguments[0].type, call.arguments[1].type)
    assert kind is not None
    parts = ", ".join(f"CAST({v.sql} AS HUGEINT)" for v in call.arguments)
    return call.result(f"{call.name}({parts})", kind)


def _width_bucket(call: Call) -> Expression:
    call.expect(4)
    *bounds, count = call.arguments
    if not all(v.type.is_number for v in bounds) or not count.type.is_integer:
        raise call.fail("width_bucket() takes three numbers and an integer")
    kind = DOUBLE if any(v.type.is_float for v in bounds) else None
    parts = [v.cast(kind).sql if kind else v.sql for v in bounds]
    if kind is None:
        # Exact, over unscaled integers
        wide = numeric(DIGITS_MAX, max(as_numeric(v.type).scale for v in bounds))
        parts = [_unscaled(v, wide) for v in bounds]
    return call.result(f"pg_width_bucket({', '.join(parts)}, {count.sql})", INTEGER)


def unify(
    call: Call,
    arguments: tuple[Expression, ...],
    into: Callable[[SqlType, SqlType], SqlType | None] = resulting,
) -> tuple[SqlType, list[str]]:
    """The arguments in the one type they share; refused where there is none."""
    kinds = [argument.type for argument in arguments]

    def merge(first: SqlType, second: SqlType) -> SqlType:
        merged = into(first, second)
        if merged is None:
            raise call.fail(f"{call.name.upper()} cannot match {first.name} and {second.name}")
        return merged

    kind = reduce(merge, kinds)
    return kind, [argument.cast(kind).sql for argument in arguments]


def _coalesce(call: Call) -> Expression:
    kind, parts = unify(call, call.arguments)
    nullable = all(argument.nullable for argument in call.arguments)
    return Words(f"coalesce({', '.join(parts)})", kind, nullable)


def _greatest_or_least(call: Call) -> Expression:
    kind, parts = unify(call, call.arguments)
    if not kind.is_ordered:
        raise call.fail(f"{call.name}() of {kind.name} is not supported")
    nullable = all(argument.nullable for argument in call.arguments)
    return Words(f"{call.name}({', '.join(parts)})", kind, nullable)


def _nullif(call: Call) -> Expression:
    call.expect(2)
    kind, sides = unify(call, call.arguments, common)
    keys = [equality_key(Words(sql, kind)) for sql in sides]
    if keys[0] is None or keys[1] is None:
        raise call.fail(f"nullif() of {kind.name} is not supported")
    first, second = keys[0].sql, keys[1].sql
    value = call.arguments[0]
    return Words(f"CASE WHEN {first} = {second} THEN NULL ELSE {value.sql} END", value.type, True)


NUMBER_FUNCTIONS: Functions = {
    "abs": _abs,
    "sign": _sign,
    "round": _round,
    "floor": _floor_or_ceil,
    "ceil": _floor_or_ceil,
    "ceiling": _floor_or_ceil,
    "trunc": _trunc,
    "mod": _mod,
    "div": _div,
    "gcd": _divisor,
    "lcm": _divisor,
    "width_bucket": _width_bucket,
    "coalesce": _coalesce,
    "greatest": _greatest_or_least,
    "least": _greatest_or_least,
    "nullif": _nullif,
}
