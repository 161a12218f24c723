"""Number functions and the conditional ones (manual, "Mathematical Functions and Operators",
"Conditional Expressions")."""

from __future__ import annotations

from functools import reduce

from materializers.plan.arithmetic import calculate
from materializers.plan.call import Call, Functions
from materializers.plan.expression import Expression
from materializers.plan.sql_type import DOUBLE, SqlType, as_numeric, common, numeric


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
    digits = _constant(call, 1) if len(call.arguments) > 1 else 0
    source = as_numeric(value.type)
    if digits >= source.scale:
        return value.cast(source)
    if digits < 0:
        raise call.fail("round() to digits before the point is not supported")
    kind = numeric(source.precision - source.scale + digits + 1, digits)
    return call.result(f"round({value.cast(source).sql}, {digits})", kind)


def _floor_or_ceil(call: Call) -> Expression:
    call.expect(1)
    value = _number(call)
    name = "floor" if call.name == "floor" else "ceil"
    if value.type.name != "numeric":
        return call.result(f"{name}({value.sql})", DOUBLE)
    kind = numeric(value.type.precision - value.type.scale + 1, 0)
    return call.result(f"{name}({value.sql})", kind)


def _trunc(call: Call) -> Expression:
    call.expect(1)
    value = _number(call)
    kind = DOUBLE
    if value.type.name == "numeric":
        kind = numeric(value.type.precision - value.type.scale + 1, 0)
    sql = f"CASE WHEN {value.sql} < 0 THEN ceil({value.sql}) ELSE floor({value.sql}) END"
    return call.result(sql, kind)


def _mod(call: Call) -> Expression:
    call.expect(2)
    result = calculate("%", call.arguments[0], call.arguments[1])
    if result is None:
        raise call.fail("mod() takes two numbers")
    return result


def _sqrt(call: Call) -> Expression:
    call.expect(1)
    value = _number(call)
    if value.type.name == "numeric":
        raise call.fail("sqrt(numeric) is not supported; cast to double precision")
    return call.result(f"sqrt(CAST({value.sql} AS DOUBLE))", DOUBLE)


def unify(call: Call, arguments: tuple[Expression, ...]) -> tuple[SqlType, list[str]]:
    """The arguments in the one type they share; refused where there is none."""
    kinds = [argument.type for argument in arguments]

    def merge(first: SqlType, second: SqlType) -> SqlType:
        merged = common(first, second)
        if merged is None:
            raise call.fail(f"{call.name.upper()} cannot match {first.name} and {second.name}")
        return merged

    kind = reduce(merge, kinds)
    return kind, [argument.cast(kind).sql for argument in arguments]


def _coalesce(call: Call) -> Expression:
    kind, parts = unify(call, call.arguments)
    nullable = all(argument.nullable for argument in call.arguments)
    return Expression(f"coalesce({', '.join(parts)})", kind, nullable)


def _greatest_or_least(call: Call) -> Expression:
    kind, parts = unify(call, call.arguments)
    nullable = all(argument.nullable for argument in call.arguments)
    return Expression(f"{call.name}({', '.join(parts)})", kind, nullable)


def _nullif(call: Call) -> Expression:
    call.expect(2)
    _, (first, second) = unify(call, call.arguments)
    value = call.arguments[0]
    return Expression(
        f"CASE WHEN {first} = {second} THEN NULL ELSE {value.sql} END", value.type, True
    )


NUMBER_FUNCTIONS: Functions = {
    "abs": _abs,
    "sign": _sign,
    "round": _round,
    "floor": _floor_or_ceil,
    "ceil": _floor_or_ceil,
    "ceiling": _floor_or_ceil,
    "trunc": _trunc,
    "mod": _mod,
    "sqrt": _sqrt,
    "coalesce": _coalesce,
    "greatest": _greatest_or_least,
    "least": _greatest_or_least,
    "nullif": _nullif,
}
