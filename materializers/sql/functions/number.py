"""Number functions and the conditional ones (manual, "Mathematical Functions and Operators",
"Conditional Expressions")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial, reduce

from materializers.sql.expressions.arithmetic import calculate, constant_integer
from materializers.sql.functions.call import Call, Functions
from materializers.sql.types.comparison_key import equality_key, is_keyed, order_key
from materializers.sql.types.expression import (
    Apply,
    Case,
    Constant,
    Expression,
    boolean,
    nullable_as,
)
from materializers.sql.types.sql_type import (
    DIGITS_MAX,
    DOUBLE,
    INTEGER,
    TEXT,
    UNKNOWN,
    WIDE,
    SqlType,
    as_numeric,
    common,
    numeric,
    resulting,
)


def _number(call: Call, index: int = 0) -> Expression:
    value = call.arguments[index]
    if value.type == UNKNOWN:  # the preferred type where several would do
        return value.cast(DOUBLE if len(call.arguments) == 1 else WIDE)
    if not value.type.is_number:
        raise call.fail(f"{call.name}() takes a number, not {value.type.name}")
    return value


def _constant(call: Call, index: int) -> int:
    digits = constant_integer(call.arguments[index])
    if digits is None:
        raise call.fail(f"the digits of {call.name}() must be a constant")
    return digits


def _abs(call: Call) -> Expression:
    call.expect(1)
    value = _number(call)
    return call.apply(value.type, value)


def _sign(call: Call) -> Expression:
    call.expect(1)
    value = _number(call)
    is_exact = value.type.name == "numeric"
    if value.type.is_wide:
        return call.apply(WIDE, value)
    return call.apply(numeric(1, 0) if is_exact else DOUBLE, value)


def _round(call: Call) -> Expression:
    """numeric: half away from zero; double precision: half to even."""
    call.expect(1, 2)
    value = _number(call)
    if len(call.arguments) == 1 and not value.type.name == "numeric":
        return call.apply(DOUBLE, value)
    if value.type.is_float:
        raise call.fail("round(double precision, integer) does not exist; cast to numeric first")
    return _to_digits(call, value)


def _to_digits(call: Call, value: Expression) -> Expression:
    """round() and trunc() of a numeric to a number of decimals; a negative one counts digits before
    the point."""
    digits = _constant(call, 1) if len(call.arguments) > 1 else 0
    source = as_numeric(value.type)
    if source.is_wide or digits >= DIGITS_MAX:
        return call.apply(WIDE, value.cast(WIDE), options=(digits,))
    kind = numeric(min(source.precision + 1 + max(digits, 0), DIGITS_MAX), max(digits, 0))
    if digits >= source.scale:
        kind = replace(kind, is_padded=source.is_padded)
    return call.apply(kind, value, options=(digits,))


def _floor_or_ceil(call: Call) -> Expression:
    call.expect(1)
    value = _number(call)
    if value.type.name != "numeric":
        return call.apply(DOUBLE, value)
    if value.type.is_wide:
        return call.apply(WIDE, value)
    return call.apply(numeric(value.type.precision - value.type.scale + 1, 0), value)


def _trunc(call: Call) -> Expression:
    call.expect(1, 2)
    if len(call.arguments) == 1 and call.arguments[0].type == UNKNOWN:
        raise call.fail("function trunc(unknown) is not unique")
    value = _number(call)
    if value.type.name == "numeric" or len(call.arguments) == 2:
        if value.type.is_float:
            raise call.fail("trunc(double precision, integer) does not exist; cast to numeric")
        return _to_digits(call, value)
    return call.apply(DOUBLE, value)


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
    if any(v.type.is_wide for v in call.arguments):
        return call.apply(WIDE, *(v.cast(WIDE) for v in call.arguments))
    return call.apply(numeric(DIGITS_MAX, 0), *(v.cast(as_numeric(v.type)) for v in call.arguments))


def _divisor(call: Call) -> Expression:
    """gcd and lcm."""
    call.expect(2)
    one, two = call.arguments
    if {one.type.name, two.type.name} <= {"smallint", UNKNOWN.name}:
        kinds = f"{one.type.name}, {two.type.name}"
        raise call.fail(f"function {call.name}({kinds}) is not unique; cast to integer")
    one = one.cast(two.type) if one.type == UNKNOWN else one
    two = two.cast(one.type) if two.type == UNKNOWN else two
    if not all(v.type.is_integer or v.type.name == "numeric" for v in (one, two)):
        raise call.fail(f"{call.name}() takes two integers or numerics")
    kind = common(common(one.type, two.type) or WIDE, INTEGER) or WIDE
    kind = kind if kind.is_integer else WIDE
    return call.apply(kind, one.cast(kind), two.cast(kind))


def _width_bucket(call: Call) -> Expression:
    call.expect(4)
    *bounds, count = call.arguments
    if not all(v.type.is_number for v in bounds) or not count.type.is_integer:
        raise call.fail("width_bucket() takes three numbers and an integer")
    if any(v.type.is_float for v in bounds):
        bounds = [v.cast(DOUBLE) for v in bounds]
    elif any(v.type.is_wide for v in bounds):
        bounds = [v.cast(WIDE) for v in bounds]
    return call.apply(INTEGER, *bounds, count)


def _unify(
    call: Call, into: Callable[[SqlType, SqlType], SqlType | None] = resulting
) -> tuple[SqlType, list[Expression]]:
    """The arguments' common type, and the arguments in it; raises ViewError where there is
    none."""

    def merge(first: SqlType, second: SqlType) -> SqlType:
        merged = into(first, second)
        if merged is None:
            raise call.fail(f"{call.name.upper()} cannot match {first.name} and {second.name}")
        return merged

    kind = reduce(merge, (argument.type for argument in call.arguments))
    return kind, [argument.cast(kind) for argument in call.arguments]


def _coalesce(call: Call) -> Expression:
    kind, parts = _unify(call)
    nullable = all(argument.nullable for argument in call.arguments)
    return Apply("coalesce", tuple(parts), kind, nullable)


def _greatest_or_least(call: Call) -> Expression:
    kind, parts = _unify(call)
    if (is_keyed(kind) and not kind.is_wide) or kind.name in ("interval", "character"):
        return reduce(partial(_further, call), parts)
    if not (kind.is_ordered and kind.is_comparable) and not kind.is_wide:
        raise call.fail(f"{call.name}() of {kind.name} is not supported")
    nullable = all(argument.nullable for argument in call.arguments)
    return Apply(call.name, tuple(parts), kind, nullable)


def _further(call: Call, best: Expression, value: Expression) -> Expression:
    """One step of greatest() or least(), by comparison keys: of equal values the first; NULL is
    ignored."""
    keys = order_key(value), order_key(best)
    assert keys[0] is not None and keys[1] is not None
    is_better = boolean(">" if call.name == "greatest" else "<", keys[0], keys[1])
    is_absent = boolean("is null", best, never_null=True)
    further = Case((is_absent, is_better), (value, value), best)
    return nullable_as(further, best.nullable and value.nullable)


def _nullif(call: Call) -> Expression:
    call.expect(2)
    kind, sides = _unify(call, common)
    elements = {each.type.element for each in call.arguments if each.type != UNKNOWN}
    if len(elements) > 1 and not all(each is not None and each.is_text for each in elements):
        raise call.fail("nullif() of unlike arrays does not exist")
    first, second = (equality_key(side) for side in sides)
    if first is None or second is None:
        raise call.fail(f"nullif() of {kind.name} is not supported")
    value = call.arguments[0].cast(_compared_as(call.arguments[0].type, call.arguments[1].type))
    return Case((boolean("=", first, second),), (Constant(None, value.type),), value)


def _compared_as(first: SqlType, second: SqlType) -> SqlType:
    """The result type of NULLIF: the type to which its comparison `=` converts the left side. With
    an operator for both types, it stays as it is."""
    if first.name == "unknown":
        return common(first, second) or first
    if first.is_number and second.is_float and not first.is_float:
        return DOUBLE
    if first.is_integer and second.name == "numeric":
        return as_numeric(first)
    if {first.name, second.name} == {"character", "text"}:
        return TEXT
    if first.name == "character varying" and second.name != "character":
        return TEXT
    is_padded = first.is_text and second.name == "character"
    return SqlType("character") if is_padded and first.name != "character" else first


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
