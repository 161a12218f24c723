"""`jsonb_set`, `jsonb_insert` and `jsonb_strip_nulls` (jsonfuncs.c, setPath). The path must be
constant."""

from __future__ import annotations

from collections.abc import Callable

from materializers.errors import ViewError
from materializers.sql.functions.call import Call, Function, Functions
from materializers.sql.types.array_text import parse_array
from materializers.sql.types.boolean_text import parse_boolean
from materializers.sql.types.expression import Apply, Constant, Expression
from materializers.sql.types.sql_type import BOOLEAN, JSONB_TEXT, TEXT, UNKNOWN, array_of


def own_text(value: Expression, fail: Callable[[str], ViewError]) -> Expression:
    """A jsonb in PostgreSQL's text; raises ViewError where that text is not known."""
    if value.type == UNKNOWN:
        return value.cast(JSONB_TEXT)
    if value.type.name != "jsonb":
        raise fail(f"this takes jsonb, not {value.type.name}")
    if not value.type.is_stored_as_text:
        raise fail(
            "a jsonb that the view builds of floats, records, json or numerics without a declared"
            " scale cannot be changed: cast these to numeric(p,s), jsonb or text"
        )
    return value


def constant_path(value: Expression) -> tuple[str, ...] | None:
    """The keys of a constant path, `'{a,b}'` or `ARRAY['a', 'b']`; else None."""
    steps: list[str | None] | None = None
    if isinstance(value, Constant) and value.text is not None:
        if value.type in (UNKNOWN, array_of(TEXT)):
            steps = parse_array(value.text)
    elif isinstance(value, Apply) and value.name == "array" and value.type == array_of(TEXT):
        steps = [each.text if isinstance(each, Constant) else None for each in value.arguments]
    if steps is None or None in steps:
        return None
    return tuple(step for step in steps if step is not None)


def _path(call: Call, value: Expression) -> tuple[str, ...]:
    path = constant_path(value)
    if path is None:
        raise call.fail(f"the path of {call.name}() must be a constant array of texts")
    return path


def _flag(call: Call, *, default: bool) -> int:
    """The last argument, a constant: 1 for true, 0 for false."""
    if len(call.arguments) < 4:
        return int(default)
    flag = call.arguments[3].cast(BOOLEAN)
    truth = parse_boolean(flag.text or "") if isinstance(flag, Constant) else None
    if truth is None:
        raise call.fail(f"the last argument of {call.name}() must be a constant")
    return int(truth)


def _changed(default: bool) -> Function:
    """jsonb_set and jsonb_insert: (jsonb, path, new value, flag)."""

    def bind(call: Call) -> Expression:
        call.expect(3, 4)
        target, new = (own_text(call.arguments[place], call.fail) for place in (0, 2))
        flag, path = _flag(call, default=default), _path(call, call.arguments[1])
        return call.apply(JSONB_TEXT, target, new, options=(flag, *path))

    return bind


def _strip_nulls(call: Call) -> Expression:
    call.expect(1)
    return call.apply(JSONB_TEXT, own_text(call.arguments[0], call.fail))


JSONB_CHANGES: Functions = {
    "jsonb_set": _changed(default=True),
    "jsonb_insert": _changed(default=False),
    "jsonb_strip_nulls": _strip_nulls,
}
