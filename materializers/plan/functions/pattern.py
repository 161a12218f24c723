"""Functions with regular expressions (manual, "POSIX Regular Expressions"). Where it matters which
of several matches is taken, only patterns that can match in one way are allowed."""

from __future__ import annotations

import re

from materializers.plan.expressions.regular_expressions import groups, is_unambiguous, translated
from materializers.plan.functions.call import Call, Functions
from materializers.plan.types.expression import Expression, Words, text_literal
from materializers.plan.types.sql_type import BOOLEAN, INTEGER, TEXT, array_of

_FIX = (
    "a constant pattern without lazy quantifiers, repeated groups, and alternatives that are not"
    " plain texts apart from each other"
)


def _pattern(call: Call, index: int = 1, *, is_test: bool = False) -> str:
    """RE2's form of the pattern."""
    written = call.arguments[index].literal
    if written is None:
        raise call.fail(f"{call.name}() is supported with a constant pattern only")
    pattern = translated(written)
    if pattern is None or not (is_test or is_unambiguous(written)):
        raise call.fail(f"{call.name}() is supported with {_FIX} only, not {written!r}")
    return pattern


def _options(call: Call, index: int, allowed: str) -> str:
    """The letters of the flags, a constant."""
    if len(call.arguments) <= index:
        return ""
    flags = call.arguments[index].literal
    if flags is None or any(letter not in allowed for letter in flags):
        raise call.fail(f"{call.name}() knows the flags {allowed} only")
    return flags


def _prefixed(pattern: str, flags: str) -> str:
    return text_literal(f"(?{'i' if 'i' in flags else ''}s){pattern}")


def _replace(call: Call) -> Expression:
    call.expect(3, 4)
    flags, pattern = _options(call, 3, "gi"), _pattern(call)
    written = call.arguments[2].literal
    if written is None or re.search(r"\\[^\d&\\]|\\$|\\0", written):
        raise call.fail(r"the replacement must be a constant with \1 to \9, \& and \\ only")
    if any(int(n) > groups(pattern) for n in re.findall(r"\\(\d)", written)):
        raise call.fail("the replacement names a group that the pattern does not have")
    new = text_literal(written.replace(r"\&", r"\0"))
    option = ", 'g'" if "g" in flags else ""
    sql = f"regexp_replace({call.text(0)}, {_prefixed(pattern, flags)}, {new}{option})"
    return call.result(sql, TEXT)


def _match(call: Call) -> Expression:
    call.expect(2, 3)
    flags, pattern = _options(call, 2, "i"), _pattern(call)
    text, written = call.text(0), _prefixed(pattern, flags)
    numbers = range(1, groups(pattern) + 1) or (0,)
    found = ", ".join(f"regexp_extract({text}, {written}, {number})" for number in numbers)
    sql = f"CASE WHEN regexp_matches({text}, {written}) THEN [{found}] END"
    return Words(sql, array_of(TEXT), True)


def matches(call: Call) -> str:
    """SQL of the list of what `regexp_matches` gives: the groups of each match, or of the first."""
    call.expect(2, 3)
    flags = _options(call, 2, "gi")
    if "g" not in flags:
        return f"list_filter([{_match(call).sql}], lambda m: m IS NOT NULL)"
    _never_empty(call)
    pattern = _pattern(call)
    numbers = range(1, groups(pattern) + 1) or (0,)
    written = _prefixed(pattern, flags)
    found = [f"regexp_extract_all({call.text(0)}, {written}, {number})" for number in numbers]
    listed = ", ".join(f"({values})[i]" for values in found)
    return f"list_transform(range(1, len({found[0]}) + 1), lambda i: [{listed}])"


def _substr(call: Call) -> Expression:
    """The match; `substring(text from pattern)` gives the first group where there is one."""
    call.expect(2)
    pattern, text = _pattern(call), call.text(0)
    number = 1 if groups(pattern) and call.name == "substring" else 0
    written = _prefixed(pattern, "")
    found = f"regexp_extract({text}, {written}, {number})"
    return Words(f"CASE WHEN regexp_matches({text}, {written}) THEN {found} END", TEXT, True)


def _like(call: Call) -> Expression:
    call.expect(2, 3)
    flags, pattern = _options(call, 2, "i"), _pattern(call, is_test=True)
    return call.result(f"regexp_matches({call.text(0)}, {_prefixed(pattern, flags)})", BOOLEAN)


def _never_empty(call: Call) -> str:
    pattern = _pattern(call)
    if re.match(pattern.replace(r"\z", r"\Z"), "") is not None:
        raise call.fail(f"the pattern of {call.name}() must not match nothing")
    return _prefixed(pattern, "")


def _count(call: Call) -> Expression:
    call.expect(2)
    return call.result(f"len(regexp_extract_all({call.text(0)}, {_never_empty(call)}))", INTEGER)


def _split(call: Call) -> Expression:
    call.expect(2)
    if groups(_pattern(call)):
        raise call.fail("regexp_split_to_array() is supported without groups only")
    sql = f"string_split_regex({call.text(0)}, {_never_empty(call)})"
    return Words(sql, array_of(TEXT), call.nullable)


substring_by_pattern = _substr

PATTERN_FUNCTIONS: Functions = {
    "regexp_replace": _replace,
    "regexp_match": _match,
    "regexp_substr": _substr,
    "regexp_like": _like,
    "regexp_count": _count,
    "regexp_split_to_array": _split,
}
