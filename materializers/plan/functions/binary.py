"""Functions of bytes, codes and quoting (manual, "Binary String Functions and Operators")."""

from __future__ import annotations

import re

from materializers.plan.functions.call import Call, Functions
from materializers.plan.types.expression import Expression, Words, text_literal
from materializers.plan.types.render import element_text
from materializers.plan.types.sql_type import INTEGER, TEXT, SqlType

_BYTEA = SqlType("bytea")
_SPECIFIER = re.compile(r"%(?:(\d+)\$)?([sL%])|%|[^%]+")


def _bytes(call: Call, index: int = 0) -> str:
    value = call.arguments[index]
    if value.literal is None and value.type != _BYTEA:
        raise call.fail(f"{call.name}() takes bytea, not {value.type.name}")
    return value.cast(_BYTEA).sql


def _octet_length(call: Call) -> Expression:
    call.expect(1)
    if call.arguments[0].type == _BYTEA:
        size = f"octet_length({_bytes(call)})"
    elif call.arguments[0].type.name == "character":
        raise call.fail(
            f"{call.name}() of character(n) is not supported",
        )
    else:
        size = f"strlen({call.text(0)})"
    return call.result(f"{size} * 8" if call.name == "bit_length" else size, INTEGER)


def _encode(call: Call) -> Expression:
    call.expect(2)
    form = (call.arguments[1].literal or "").lower()
    if form == "hex":
        return call.result(f"lower(hex({_bytes(call)}))", TEXT)
    if form == "base64":
        # A line is broken after 76 characters
        sql = f"regexp_replace(to_base64({_bytes(call)}), '(.{{76}})', '\\1' || chr(10), 'g')"
        return call.result(sql, TEXT)
    raise call.fail("encode() knows hex and base64 only")


def _decode(call: Call) -> Expression:
    call.expect(2)
    form = (call.arguments[1].literal or "").lower()
    if form not in ("hex", "base64"):
        raise call.fail("decode() knows hex and base64 only")
    text = call.text(0)
    if form == "base64":
        return call.result(f"from_base64({text})", _BYTEA)
    # DuckDB would take a digit that is missing for 0
    digits = rf"regexp_replace({text}, '\s', '', 'g')"
    odd = "error('invalid hexadecimal data: odd number of digits')"
    sql = f"CASE WHEN length({digits}) % 2 = 1 THEN {odd} ELSE unhex({digits}) END"
    return call.result(sql, _BYTEA)


def _convert_to(call: Call) -> Expression:
    call.expect(2)
    if (call.arguments[1].literal or "").upper() not in ("UTF8", "UTF-8"):
        raise call.fail("convert_to() knows UTF8 only")
    return call.result(f"encode({call.text(0)})", _BYTEA)


def _sha256(call: Call) -> Expression:
    call.expect(1)
    return call.result(f"unhex(sha256({_bytes(call)}))", _BYTEA)


def _to_hex(call: Call) -> Expression:
    call.expect(1)
    value = call.arguments[0]
    if not value.type.is_integer:
        raise call.fail(f"to_hex() takes an integer, not {value.type.name}")
    whole = 2**64 if value.type.name == "bigint" else 2**32
    number = f"CAST({value.sql} AS HUGEINT)"
    sql = f"CASE WHEN {number} < 0 THEN {number} + {whole} ELSE {number} END"
    return call.result(f"lower(to_hex(CAST({sql} AS UBIGINT)))", TEXT)


def _ascii(call: Call) -> Expression:
    call.expect(1)
    text = call.text(0)
    return call.result(f"CASE WHEN {text} = '' THEN 0 ELSE unicode({text}) END", INTEGER)


def _chr(call: Call) -> Expression:
    call.expect(1)
    code = call.arguments[0].cast(INTEGER).sql
    bad = "error('requested character too large or null character not permitted')"
    return call.result(f"CASE WHEN {code} < 1 THEN {bad} ELSE chr({code}) END", TEXT)


def _quoted(text: str) -> str:
    """SQL of a text as PostgreSQL's literal."""
    inner = f"replace(replace({text}, '''', ''''''), '\\', '\\\\')"
    return f"(CASE WHEN contains({text}, '\\') THEN 'E''' ELSE '''' END || {inner} || '''')"


def _text(call: Call, value: Expression) -> str:
    text = element_text(value)
    if text is None:
        raise call.fail(f"the text of {value.type.name} is not supported in {call.name}()")
    return text.sql


def _quote(call: Call) -> Expression:
    call.expect(1)
    sql = _quoted(_text(call, call.arguments[0]))
    if call.name == "quote_nullable":
        return Words(f"coalesce({sql}, 'NULL')", TEXT, False)
    return call.result(sql, TEXT)


def _format(call: Call) -> Expression:
    """`format(constant, …)` with %s, %L, %% and places."""
    pattern, place = call.arguments[0].literal, 0
    if pattern is None:
        raise call.fail("the first argument of format() must be a constant")
    parts = []
    for found in _SPECIFIER.finditer(pattern):
        if not found[2]:
            if found[0] == "%":
                raise call.fail("format() knows %s, %L, %% and places such as %1$s only")
            parts.append(text_literal(found[0]))
            continue
        if found[2] == "%":
            parts.append("'%'")
            continue
        place = int(found[1]) if found[1] else place + 1
        if not 1 <= place < len(call.arguments):
            raise call.fail("too few arguments for format()")
        text = _text(call, call.arguments[place])
        parts.append(
            f"coalesce({text}, '')" if found[2] == "s" else f"coalesce({_quoted(text)}, 'NULL')"
        )
    return Words(f"({' || '.join(parts) or text_literal('')})", TEXT, False)


def _count_nulls(call: Call) -> Expression:
    test = "IS NULL" if call.name == "num_nulls" else "IS NOT NULL"
    parts = [f"CAST({value.sql} {test} AS INTEGER)" for value in call.arguments]
    return Words(f"({' + '.join(parts)})", INTEGER, False)


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
