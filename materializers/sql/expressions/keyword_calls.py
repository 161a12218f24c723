"""Functions with a syntax of their own: `extract(… FROM …)`, `substring(… FROM … FOR …)`,
`trim(… FROM …)`, `position(… IN …)`, `AT TIME ZONE`."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.translating import Translating
from materializers.sql.functions.call import Call
from materializers.sql.functions.float import FLOAT_FUNCTIONS
from materializers.sql.functions.time import extract
from materializers.sql.functions.zone import at_zone
from materializers.sql.types.expression import Expression
from materializers.sql.types.sql_type import DOUBLE, UNKNOWN


def keyword_call(translate: Translating, node: exp.Func) -> Expression:
    """substring, ceil and floor."""
    names = ("this", "start", "length") if isinstance(node, exp.Substring) else ("this",)
    arguments = [node.args[n] for n in names if node.args.get(n) is not None]
    return translate.call(type(node).__name__.lower(), arguments, node)


def root_(translate: Translating, node: exp.Func) -> Expression:
    """`|/ x` and `||/ x`, which are of doubles alone."""
    value, name = translate(node.this), type(node).__name__.lower()
    if not value.type.is_number and value.type != UNKNOWN:
        sign = {"sqrt": "|/", "cbrt": "||/"}[name]
        raise translate.fail(f"operator does not exist: {sign} {value.type.name}", node)
    call = Call(name, (value.cast(DOUBLE),), lambda message: translate.fail(message, node))
    return FLOAT_FUNCTIONS[name](call)


def overlay_(translate: Translating, node: exp.Overlay) -> Expression:
    """`overlay(text PLACING new FROM place FOR length)`."""
    names = ("this", "expression", "from_", "for_")
    arguments = [node.args[n] for n in names if node.args.get(n) is not None]
    return translate.call("overlay", arguments, node)


def trim_(translate: Translating, node: exp.Trim) -> Expression:
    """`trim([leading | trailing | both] [characters] FROM text)`."""
    side = str(node.args.get("position") or "").lower()
    name = {"leading": "ltrim", "trailing": "rtrim"}.get(side, "trim")
    characters = node.args.get("expression")
    return translate.call(name, [node.this, *([characters] if characters else [])], node)


def position_(translate: Translating, node: exp.StrPosition) -> Expression:
    """`position(part IN text)`."""
    return translate.call("strpos", [node.this, node.args["substr"]], node)


def extract_(translate: Translating, node: exp.Extract) -> Expression:
    """`extract(field FROM value)`."""
    value = translate(node.expression)
    call = Call("extract", (value,), lambda message: translate.fail(message, node))
    return extract(call, node.this.name)


def at_time_zone_(translate: Translating, node: exp.AtTimeZone) -> Expression:
    """`value AT TIME ZONE zone`: a local time -> an instant, an instant -> a local time."""
    value, zone = translate(node.this), translate(node.args["zone"])
    if not value.type.is_timestamp:
        raise translate.fail(f"AT TIME ZONE needs a timestamp, not {value.type.name}", node)
    return at_zone(value, zone, lambda message: translate.fail(message, node))
