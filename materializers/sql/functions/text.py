"""Text functions (manual, "String Functions and Operators")."""

from __future__ import annotations

from materializers.sql.functions.call import ARGUMENTS_MAX, Call, Function, Functions
from materializers.sql.functions.pattern import substring_by_pattern
from materializers.sql.types.expression import Apply, Constant, Expression
from materializers.sql.types.output import element_text
from materializers.sql.types.sql_type import BOOLEAN, BYTEA, INTEGER, TEXT, UNKNOWN, SqlType

MADE_CHARACTERS_MAX = 10_000_000


def _integer(call: Call, index: int) -> Expression:
    argument = call.arguments[index]
    if not argument.type.is_integer:
        raise call.fail(f"{call.name}() takes an integer, not {argument.type.name}")
    return argument


def _bounded(call: Call, count: Expression) -> Expression:
    """`count` with a limit: else each row could build gigabytes of text, and stopping the process
    would have to wait for it."""
    plain = count.text or "" if isinstance(count, Constant) else ""
    if plain.isdigit() and int(plain) > MADE_CHARACTERS_MAX:
        raise call.fail(f"{call.name}() makes texts of up to {MADE_CHARACTERS_MAX:,} characters")
    return count


def _repeat(call: Call) -> Expression:
    call.expect(2)
    return call.apply(TEXT, call.as_text(0), _bounded(call, _integer(call, 1)))


def _plain(texts: int, integers: int = 0, kind: SqlType = TEXT) -> Function:
    """A function with `texts` text parameters, then `integers` integer ones."""

    def bind(call: Call) -> Expression:
        call.expect(texts + integers)
        parts = [call.as_text(index) for index in range(texts)]
        parts += [_integer(call, texts + index) for index in range(integers)]
        return call.apply(kind, *parts)

    return bind


def _trim(call: Call) -> Expression:
    call.expect(1, 2)
    characters = call.as_text(1) if len(call.arguments) > 1 else Constant(" ", TEXT)
    return call.apply(TEXT, call.as_text(0), characters)


def _substring(call: Call) -> Expression:
    call.expect(2, 3)
    if len(call.arguments) == 2 and call.arguments[1].type == UNKNOWN:
        return substring_by_pattern(call)
    if not all(a.type.name in ("smallint", "integer") for a in call.arguments[1:]):
        raise call.fail(f"{call.name}() takes places as integers")
    return Apply("substring", (call.as_text(0), *call.arguments[1:]), TEXT, call.nullable)


def _concat(call: Call) -> Expression:
    call.expect(1, ARGUMENTS_MAX)
    parts = [element_text(argument) for argument in call.arguments]
    if None in parts:
        raise call.fail("concat() of this type is not supported")
    return Apply("concat", tuple(part for part in parts if part is not None), TEXT, False)


def _concat_ws(call: Call) -> Expression:
    call.expect(2, ARGUMENTS_MAX)
    parts = [element_text(argument) for argument in call.arguments[1:]]
    if None in parts:
        raise call.fail("concat_ws() of this type is not supported")
    texts = (call.as_text(0), *(part for part in parts if part is not None))
    return Apply("concat_ws", texts, TEXT, call.arguments[0].nullable)


def _pad(call: Call) -> Expression:
    call.expect(2, 3)
    fill = call.as_text(2) if len(call.arguments) > 2 else Constant(" ", TEXT)
    return call.apply(TEXT, call.as_text(0), _bounded(call, _integer(call, 1)), fill)


def _split_part(call: Call) -> Expression:
    call.expect(3)
    return call.apply(TEXT, call.as_text(0), call.as_text(1), call.arguments[2])


def _overlay(call: Call) -> Expression:
    call.expect(3, 4)
    return call.apply(TEXT, call.as_text(0), call.as_text(1), *call.arguments[2:])


def _length(call: Call) -> Expression:
    call.expect(1)
    if call.name == "length" and call.arguments[0].type == BYTEA:
        return Apply("octet_length", call.arguments, INTEGER, call.nullable)
    return call.apply(INTEGER, call.as_text(0))


def _md5(call: Call) -> Expression:
    call.expect(1)
    value = call.arguments[0]
    return call.apply(TEXT, value if value.type == BYTEA else call.as_text(0))


TEXT_FUNCTIONS: Functions = {
    "lower": _plain(1),
    "upper": _plain(1),
    "initcap": _plain(1),
    "overlay": _overlay,
    "translate": _plain(3),
    "length": _length,
    "char_length": _length,
    "character_length": _length,
    "reverse": _plain(1),
    "replace": _plain(3),
    "repeat": _repeat,
    "strpos": _plain(2, kind=INTEGER),
    "starts_with": _plain(2, kind=BOOLEAN),
    "md5": _md5,
    "trim": _trim,
    "btrim": _trim,
    "ltrim": _trim,
    "rtrim": _trim,
    "substring": _substring,
    "substr": _substring,
    "left": _plain(1, 1),
    "right": _plain(1, 1),
    "lpad": _pad,
    "rpad": _pad,
    "split_part": _split_part,
    "concat": _concat,
    "concat_ws": _concat_ws,
}
