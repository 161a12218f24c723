"""Text functions (manual, "String Functions and Operators")."""

from __future__ import annotations

from materializers.plan.functions.call import Call, Function, Functions
from materializers.plan.functions.pattern import substring_by_pattern
from materializers.plan.types.expression import Expression
from materializers.plan.types.render import as_text, element_text
from materializers.plan.types.sql_type import BOOLEAN, INTEGER, TEXT, UNKNOWN, SqlType

MADE_CHARACTERS_MAX = 10_000_000


def _reverse(call: Call) -> Expression:
    """By code point, where DuckDB keeps together what is drawn as one."""
    call.expect(1)
    text = call.text(0)
    sql = f"array_to_string(list_reverse(regexp_extract_all({text}, '(?s).')), '')"
    return call.result(f"CASE WHEN {text} IS NOT NULL THEN coalesce({sql}, '') END", TEXT)


def _integer(call: Call, index: int) -> str:
    argument = call.arguments[index]
    if not argument.type.is_integer:
        raise call.fail(f"{call.name}() takes an integer, not {argument.type.name}")
    return argument.sql


def _bounded(call: Call, count: str, characters: str) -> str:
    """`count` where it asks for texts that can be made in a moment; each row could ask for
    gigabytes, and whoever stops the process would wait for them."""
    if count.isdigit() and int(count) > MADE_CHARACTERS_MAX:
        raise call.fail(f"{call.name}() makes texts of up to {MADE_CHARACTERS_MAX:,} characters")
    said = f"{call.name}() of more than {MADE_CHARACTERS_MAX} characters"
    return f"CASE WHEN {characters} > {MADE_CHARACTERS_MAX} THEN error('{said}') ELSE {count} END"


def _repeat(call: Call) -> Expression:
    call.expect(2)
    text, count = call.text(0), _integer(call, 1)
    characters = f"CAST(length({text}) AS HUGEINT) * {count}"
    return call.result(f"repeat({text}, {_bounded(call, count, characters)})", TEXT)


def _plain(name: str, texts: int, integers: int = 0, kind: SqlType = TEXT) -> Function:
    """A function that DuckDB has under `name` with the same meaning."""

    def translate(call: Call) -> Expression:
        call.expect(texts + integers)
        parts = [call.text(index) for index in range(texts)]
        parts += [_integer(call, texts + index) for index in range(integers)]
        return call.result(f"{name}({', '.join(parts)})", kind)

    return translate


def _trim(name: str) -> Function:
    def translate(call: Call) -> Expression:
        call.expect(1, 2)
        characters = call.text(1) if len(call.arguments) > 1 else "' '"
        return call.result(f"{name}({call.text(0)}, {characters})", TEXT)

    return translate


def _substring(call: Call) -> Expression:
    call.expect(2, 3)
    if len(call.arguments) == 2 and call.arguments[1].type == UNKNOWN:
        return substring_by_pattern(call)
    if not all(a.type.is_integer for a in call.arguments[1:]):
        raise call.fail("substring() takes places as integers")
    text, start = call.text(0), call.arguments[1].sql
    if len(call.arguments) == 2:
        return call.result(f"substring({text}, {_place(start)})", TEXT)
    length = call.arguments[2].sql
    end = f"(CAST({start} AS BIGINT) + {length})"
    # A start before the text uses up length; a negative length is an error in PostgreSQL
    sql = (
        f"CASE WHEN {length} < 0 THEN error('negative substring length not allowed') ELSE"
        f" substring({text}, {_place(start)},"
        f" CASE WHEN {end} < {_place(start)} THEN 0 ELSE {end} - {_place(start)} END) END"
    )
    return call.result(sql, TEXT)


def _place(start: str) -> str:
    """The first character of all where the place lies before it; NULL where it is NULL, which
    greatest() would pass over."""
    return f"CASE WHEN {start} < 1 THEN 1 ELSE {start} END"


def _concat(call: Call) -> Expression:
    texts = [as_text(argument) for argument in call.arguments]
    if any(text is None for text in texts):
        raise call.fail("concat() of this type is not supported")
    # PostgreSQL's concat writes booleans as t and f
    parts = [
        f"left({text.sql}, 1)" if argument.type == BOOLEAN else text.sql
        for argument, text in zip(call.arguments, texts, strict=True)
        if text is not None
    ]
    return Expression(f"concat({', '.join(parts)})", TEXT, False)


def _concat_ws(call: Call) -> Expression:
    parts = [element_text(argument) for argument in call.arguments[1:]]
    if None in parts:
        raise call.fail("concat_ws() of this type is not supported")
    listed = ", ".join([call.text(0), *(part for part in parts if part is not None)])
    return Expression(f"concat_ws({listed})", TEXT, call.arguments[0].nullable)


def _left_or_right(call: Call) -> Expression:
    call.expect(2)
    return call.result(f"{call.name}({call.text(0)}, {_integer(call, 1)})", TEXT)


def _pad(call: Call) -> Expression:
    call.expect(2, 3)
    fill = call.text(2) if len(call.arguments) > 2 else "' '"
    text, width = call.text(0), _integer(call, 1)
    short = f"left({text}, greatest({width}, 0))"
    padded = f"{call.name}({text}, {_bounded(call, width, width)}, {fill})"
    sql = f"CASE WHEN {fill} = '' THEN {short} ELSE {padded} END"
    return call.result(sql, TEXT)


def _split_part(call: Call) -> Expression:
    call.expect(3)
    text, separator, place = call.text(0), call.text(1), call.arguments[2].sql
    sql = (
        f"CASE WHEN {place} = 0 THEN error('field position must not be zero')"
        f" WHEN {separator} = '' THEN CASE WHEN {place} IN (1, -1) THEN {text} ELSE '' END"
        f" ELSE split_part({text}, {separator}, {place}) END"
    )
    return call.result(sql, TEXT)


def _upper(call: Call) -> Expression:
    """DuckDB makes a capital of ß, which PostgreSQL's default providers leave as it is."""
    call.expect(1)
    text = call.text(0)
    kept = f"replace(upper(replace({text}, 'ß', '\ue001')), '\ue001', 'ß')"
    return call.result(f"CASE WHEN contains({text}, 'ß') THEN {kept} ELSE upper({text}) END", TEXT)


def _initcap(call: Call) -> Expression:
    call.expect(1)
    words = f"regexp_extract_all({call.text(0)}, '[\\pL\\pN]+|[^\\pL\\pN]+')"
    first = "CASE WHEN w[1] = 'ß' THEN 'ß' ELSE upper(w[1]) END"
    parts = f"list_transform({words}, lambda w: {first} || lower(w[2:]))"
    sql = f"coalesce(array_to_string({parts}, ''), '')"
    return call.result(f"CASE WHEN {call.text(0)} IS NOT NULL THEN {sql} END", TEXT)


def _overlay(call: Call) -> Expression:
    call.expect(3, 4)
    text, new, start = call.text(0), call.text(1), call.arguments[2].sql
    length = call.arguments[3].sql if len(call.arguments) > 3 else f"length({new})"
    bad = "error('negative substring length not allowed')"
    sql = (
        f"CASE WHEN {start} <= 0 THEN {bad} ELSE left({text}, {start} - 1) || {new}"
        f" || substring({text}, greatest({start} + {length}, 1)) END"
    )
    return call.result(sql, TEXT)


_length = _plain("length", 1, kind=INTEGER)

TEXT_FUNCTIONS: Functions = {
    "lower": _plain("lower", 1),
    "upper": _upper,
    "initcap": _initcap,
    "overlay": _overlay,
    "translate": _plain("translate", 3),
    "length": _length,
    "char_length": _length,
    "character_length": _length,
    "reverse": _reverse,
    "replace": _plain("replace", 3),
    "repeat": _repeat,
    "strpos": _plain("strpos", 2, kind=INTEGER),
    "starts_with": _plain("starts_with", 2, kind=BOOLEAN),
    "md5": _plain("md5", 1),
    "trim": _trim("trim"),
    "btrim": _trim("trim"),
    "ltrim": _trim("ltrim"),
    "rtrim": _trim("rtrim"),
    "substring": _substring,
    "substr": _substring,
    "left": _left_or_right,
    "right": _left_or_right,
    "lpad": _pad,
    "rpad": _pad,
    "split_part": _split_part,
    "concat": _concat,
    "concat_ws": _concat_ws,
}
