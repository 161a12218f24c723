"""Argument types of functions as in PostgreSQL's catalogue (pg_proc), for functions whose own
binding would accept more.

Of several matching signatures, the one with most exact matches is chosen, the first of equals. A
bare constant takes the type of its parameter (manual, "Type Conversion", "Functions").
"""

from __future__ import annotations

from dataclasses import replace

from materializers.errors import ViewError
from materializers.sql.functions.call import Call
from materializers.sql.types.expression import Expression
from materializers.sql.types.sql_type import UNKNOWN, SqlType

_WIDENING = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_MOMENTS = ("date", "timestamp without time zone", "timestamp with time zone")
_BINS = tuple(("interval", kind, kind) for kind in reversed(_MOMENTS[1:]))
_INTEGERS = ("integer",) * 6

_SIGNATURES: dict[str, tuple[tuple[str, ...], ...]] = {
    "chr": (("integer",),),
    "date_bin": _BINS,
    **dict.fromkeys(("left", "right", "repeat"), (("text", "integer"),)),
    **dict.fromkeys(("lpad", "rpad"), (("text", "integer"), ("text", "integer", "text"))),
    "make_date": (("integer",) * 3,),
    "make_time": (("integer", "integer", "double precision"),),
    "make_interval": (
        *(_INTEGERS[:count] for count in range(7)),
        (*_INTEGERS, "double precision"),
    ),
    "overlay": (("text", "text", "integer"), ("text", "text", "integer", "integer")),
    "substr": (("text", "integer"), ("text", "integer", "integer")),
    "split_part": (("text", "text", "integer"),),
    "to_timestamp": (("double precision",), ("text", "text")),
}


def settled(call: Call) -> Call:
    """The call with a type for each bare constant; raises ViewError where no signature matches."""
    signatures = _SIGNATURES.get(call.name)
    if signatures is None or call.named:
        return call
    fitting = [
        kinds
        for kinds in signatures
        if len(kinds) == len(call.arguments) and all(map(_takes, kinds, call.arguments))
    ]
    if not fitting:
        raise nonexistent(call)
    names = [each.type.name for each in call.arguments]
    best = max(fitting, key=lambda kinds: sum(map(str.__eq__, kinds, names)))
    return replace(call, arguments=tuple(map(_typed, best, call.arguments)))


def nonexistent(call: Call) -> ViewError:
    """The error for a call that matches no signature."""
    names = ", ".join(each.type.name for each in call.arguments)
    return call.fail(f"function {call.name}({names}) does not exist or is not supported")


def _takes(kind: str, argument: Expression) -> bool:
    """Whether PostgreSQL casts the argument to that type implicitly."""
    given = argument.type
    if given == UNKNOWN or given.name == kind or (kind == "text" and given.is_text):
        return True
    for order in (_WIDENING, _MOMENTS):
        if kind in order and given.name in order:
            return order.index(given.name) <= order.index(kind)
    return kind == "interval" and given.name == "time without time zone"


def _typed(kind: str, argument: Expression) -> Expression:
    is_typed = (
        kind == "text" or argument.type != UNKNOWN
    )  # a text stays: a function may need a constant
    return argument if is_typed else argument.cast(SqlType(kind))
