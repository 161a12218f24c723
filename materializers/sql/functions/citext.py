"""The functions that the extension citext overloads: they ignore case (manual, "citext";
citext--1.4.sql). For all others a citext is a text."""

from __future__ import annotations

import re
from dataclasses import replace as replaced

from materializers.sql.functions.call import Call, Function, Functions
from materializers.sql.functions.pattern import PATTERN_FUNCTIONS
from materializers.sql.types.comparison_key import lower_key
from materializers.sql.types.expression import Apply, Constant, Expression
from materializers.sql.types.sql_type import CITEXT, INTEGER, TEXT, UNKNOWN


def _strpos(call: Call) -> Expression:
    call.expect(2)
    return call.apply(INTEGER, *map(lower_key, call.arguments))


def _translate(call: Call) -> Expression:
    """translate(): lower-case letters first, then upper-case ones."""
    call.expect(3)
    text, old, new = (call.as_text(place) for place in range(3))
    once = call.apply(TEXT, text, lower_key(old), new)
    return call.apply(TEXT, once, Apply("upper", (old,), TEXT, old.nullable), new)


def _escaped(call: Call) -> Constant:
    """The second argument as an escaped pattern, as citext does it."""
    text = call.arguments[1].literal
    if not text:
        raise call.fail(f"{call.name}() of a citext takes a constant that is not empty")
    return Constant(re.sub(r"([^a-zA-Z_0-9])", r"\\\1", text))


def _replace(call: Call) -> Expression:
    call.expect(3)
    arguments = (call.as_text(0), _escaped(call), call.arguments[2], Constant("gi"))
    return PATTERN_FUNCTIONS["regexp_replace"](
        replaced(call, name="regexp_replace", arguments=arguments)
    )


def _split_part(call: Call) -> Expression:
    """split_part(): NULL beyond the last part."""
    call.expect(3)
    arguments = (call.as_text(0), _escaped(call), Constant("i"))
    name = "regexp_split_to_array"
    parts = PATTERN_FUNCTIONS[name](replaced(call, name=name, arguments=arguments))
    return Apply("subscript", (parts, call.arguments[2].cast(INTEGER)), TEXT)


_TEXTS: dict[str, int] = {"strpos": 2, "translate": 2, "replace": 3, "split_part": 2}
"""The number of leading arguments that must be citext, or constants."""

_FUNCTIONS: Functions = {
    "strpos": _strpos,
    "translate": _translate,
    "replace": _replace,
    "split_part": _split_part,
}


def citext_function(call: Call) -> Function | None:
    """citext's overload of the function for these arguments; None where it has none."""
    first = [argument.type for argument in call.arguments[: _TEXTS.get(call.name, 0)]]
    if CITEXT not in first or any(kind not in (CITEXT, UNKNOWN) for kind in first):
        return None
    return _FUNCTIONS[call.name]
