"""Functions with regular expressions (manual, "POSIX Regular Expressions"). Where the result
depends on which of several matches is chosen, only a pattern that matches in one way is allowed."""

from __future__ import annotations

import re

from materializers.sql.functions.call import Call, Functions
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.posix_pattern import (
    groups,
    is_unambiguous,
    matches_nothing,
    translated,
)
from materializers.sql.types.sql_type import BOOLEAN, CITEXT, INTEGER, TEXT, UNKNOWN, array_of

_OF_CITEXT = (
    "regexp_match", "regexp_matches", "regexp_replace", "regexp_split_to_array",
    "regexp_split_to_table",
)  # fmt: skip
_FIX = (
    "a constant pattern that matches in one way: no lazy quantifiers, and the next character"
    " decides between its alternatives, and whether a group is repeated,"
)


def _pattern(call: Call, index: int = 1, *, is_test: bool = False) -> str:
    pattern = call.arguments[index].literal
    if pattern is None:
        raise call.fail(f"{call.name}() is supported with a constant pattern only")
    if translated(pattern) is None or not (is_test or is_unambiguous(pattern)):
        raise call.fail(f"{call.name}() is supported with {_FIX} only, not {pattern!r}")
    return pattern


def _never_empty(call: Call) -> str:
    pattern = _pattern(call)
    if matches_nothing(pattern):
        raise call.fail(f"the pattern of {call.name}() must not match nothing")
    return pattern


def _options(call: Call, index: int, allowed: str) -> str:
    """The constant flags; with `i` for the functions that citext overloads."""
    flags = call.arguments[index].literal if len(call.arguments) > index else ""
    if flags is None or any(letter not in allowed for letter in flags):
        raise call.fail(f"{call.name}() knows the flags {allowed} only")
    is_own = call.arguments[0].type == CITEXT and call.arguments[1].type in (CITEXT, UNKNOWN)
    return f"{flags}i" if is_own and call.name in _OF_CITEXT and "i" not in flags else flags


def _replace(call: Call) -> Expression:
    call.expect(3, 4)
    flags, pattern = _options(call, 3, "gi"), _pattern(call)
    new = call.arguments[2].literal
    if new is None or re.search(r"\\[^\d&\\]|\\$|\\0", new):
        raise call.fail(r"the replacement must be a constant with \1 to \9, \& and \\ only")
    if any(int(n) > groups(pattern) for n in re.findall(r"\\(\d)", new)):
        raise call.fail("the replacement names a group that the pattern does not have")
    return call.apply(TEXT, call.as_text(0), options=(pattern, flags, new))


def _match(call: Call) -> Expression:
    call.expect(2, 3)
    options = _pattern(call), _options(call, 2, "i")
    return Apply("regexp_match", (call.as_text(0),), array_of(TEXT), True, options)


def matches(call: Call) -> Expression:
    """The rows of `regexp_matches` as an array: the groups of the first match, or of all with flag
    g."""
    call.expect(2, 3)
    flags = _options(call, 2, "gi")
    pattern = _never_empty(call) if "g" in flags else _pattern(call)
    text = call.as_text(0)
    return Apply("regexp_matches", (text,), array_of(array_of(TEXT)), True, (pattern, flags))


def _substr(call: Call) -> Expression:
    """The match, or the pattern's first group for `substring(text from pattern)`."""
    call.expect(2)
    pattern, text = _pattern(call), call.as_text(0)
    group = 1 if groups(pattern) and call.name == "substring" else 0
    return Apply("regexp_substr", (text,), TEXT, True, (pattern, group))


def _like(call: Call) -> Expression:
    call.expect(2, 3)
    options = _pattern(call, is_test=True), _options(call, 2, "i")
    return call.apply(BOOLEAN, call.as_text(0), options=options)


def _count(call: Call) -> Expression:
    call.expect(2)
    return call.apply(INTEGER, call.as_text(0), options=(_never_empty(call),))


def _instr(call: Call) -> Expression:
    """The start of the first match, which is the same for all ways to match."""
    call.expect(2)
    return call.apply(INTEGER, call.as_text(0), options=(_pattern(call, is_test=True),))


def _split(call: Call) -> Expression:
    call.expect(2, 3)
    if groups(_pattern(call)):
        raise call.fail("regexp_split_to_array() is supported without groups only")
    options = _never_empty(call), _options(call, 2, "i")
    return call.apply(array_of(TEXT), call.as_text(0), options=options)


substring_by_pattern = _substr

PATTERN_FUNCTIONS: Functions = {
    "regexp_replace": _replace,
    "regexp_match": _match,
    "regexp_substr": _substr,
    "regexp_like": _like,
    "regexp_count": _count,
    "regexp_instr": _instr,
    "regexp_split_to_array": _split,
}
