"""Functions of bytes, codes and quoting (manual, "Binary String Functions and Operators")."""

from __future__ import annotations

import re

from materializers.sql.functions.call import ARGUMENTS_MAX, Call, Functions
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.output import as_text, element_text
from materializers.sql.types.sql_type import BYTEA, INTEGER, TEXT, SqlType

_SPECIFIER = re.compile(r"%(?:(\d+)\$)?([sL%])|%|[^%]+")


def _bytes(call: Call) -> Expression:
    value = call.arguments[0]
    if value.literal is None and value.type != BYTEA:
        raise call.fail(f"{call.name}() takes bytea, not {value.type.name}")
    return value.cast(BYTEA)


def _octet_length(call: Call) -> Expression:
    call.expect(1)
    value = call.arguments[0]
    if value.type == BYTEA:
        return call.apply(INTEGER, value)
    if value.type.name == "character" and call.name == "octet_length":
        filled = element_text(value)  # bit_length() has no form for it, so takes the text
        assert filled is not None, "a character(n) has a text"
        return call.apply(INTEGER, filled)
    return call.apply(INTEGER, call.as_text(0))


def _encode(call: Call) -> Expression:
    call.expect(2)
    form = (call.arguments[1].literal or "").lower()
    if form not in ("hex", "base64"):
        raise call.fail("encode() knows hex and base64 only")
    return call.apply(TEXT, _bytes(call), options=(form,))


def _decode(call: Call) -> Expression:
    call.expect(2)
    form = (call.arguments[1].literal or "").lower()
    if form not in ("hex", "base64"):
        raise call.fail("decode() knows hex and base64 only")
    return call.apply(BYTEA, call.as_text(0), options=(form,))


def _convert_to(call: Call) -> Expression:
    call.expect(2)
    if (call.arguments[1].literal or "").upper() not in ("UTF8", "UTF-8"):
        raise call.fail("convert_to() knows UTF8 only")
    return call.apply(BYTEA, call.as_text(0))


def _sha256(call: Call) -> Expression:
    call.expect(1)
    return call.apply(BYTEA, _bytes(call))


def _to_hex(call: Call) -> Expression:
    call.expect(1)
    value = call.arguments[0]
    if value.type.name not in ("integer", "bigint"):
        raise call.fail(f"function to_hex({value.type.name}) does not exist or is not unique")
    return call.apply(TEXT, value)


def _ascii(call: Call) -> Expression:
    call.expect(1)
    return call.apply(INTEGER, call.as_text(0))


def _chr(call: Call) -> Expression:
    call.expect(1)
    return call.apply(TEXT, call.arguments[0].cast(INTEGER))


def _known(call: Call, text: Expression | None, kind: SqlType) -> Expression:
    if text is None:
        raise call.fail(f"the text of {kind.name} is not supported in {call.name}()")
    return text


def _quote(call: Call) -> Expression:
    call.expect(1)
    value = call.arguments[0]
    text = _known(call, as_text(value), value.type)
    is_null = call.nullable and call.name != "quote_nullable"
    return Apply(call.name, (text,), TEXT, is_null)


def _format(call: Call) -> Expression:
    """`format(constant, …)` with %s, %L, %% and positions. Each of the node's options is `%s` or
    `%L`, for one argument, or `'` and a literal text."""
    call.expect(1, ARGUMENTS_MAX)
    pattern, place = call.arguments[0].literal, 0
    if pattern is None:
        raise call.fail("the first argument of format() must be a constant")
    pieces: list[str] = []
    texts: list[Expression] = []
    for match in _SPECIFIER.finditer(pattern):
        if match[0] == "%":
            raise call.fail("format() knows %s, %L, %% and places such as %1$s only")
        if match[2] in (None, "%"):
            pieces.append("'" + (match[2] or match[0]))
            continue
        place = int(match[1]) if match[1] else place + 1
        if not 1 <= place < len(call.arguments):
            raise call.fail("too few arguments for format()")
        pieces.append("%" + match[2])
        value = call.arguments[place]
        texts.append(_known(call, element_text(value), value.type))
    return Apply("format", tuple(texts), TEXT, False, tuple(pieces))


def _count_nulls(call: Call) -> Expression:
    call.expect(1, ARGUMENTS_MAX)
    return Apply(call.name, call.arguments, INTEGER, False)


BINARY_FUNCTIONS: Functions = {
    "octet_length": _octet_length,
    "bit_length": _octet_length,
    "encode": _encode,
    "decode": _decode,
    "convert_to": _convert_to,
    "sha256": _sha256,
    "to_hex": _to_hex,
    "ascii": _ascii,
    "chr": _chr,
    "quote_literal": _quote,
    "quote_nullable": _quote,
    "format": _format,
    "num_nulls": _count_nulls,
    "num_nonnulls": _count_nulls,
}
