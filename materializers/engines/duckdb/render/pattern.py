"""Renders regular expressions, in RE2's syntax."""

from __future__ import annotations

import re

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.either_case import in_either_case
from materializers.sql.types.expression import Apply, text_literal
from materializers.sql.types.posix_pattern import groups, optional_groups, translated

_PIECE = re.compile(r"\[([a-zA-Z])([a-zA-Z])\]|\[\^?(?:\\.|[^\]\\])*\]|\\.|.", re.DOTALL)
_FOLDED = frozenset("KkSs")


def _re2(pattern: str | int, flags: str | int = "") -> str:
    """The pattern with its flags."""
    return text_literal(f"(?s){_written(pattern, flags)}")


def _written(pattern: str | int, flags: str | int = "") -> str:
    written = translated(str(pattern)) or ""
    return _PIECE.sub(_unfolded, in_either_case(written) if "i" in str(flags) else written)


def _unfolded(piece: re.Match[str]) -> str:
    """Prevent RE2 from matching other letters: it reads `[Kk]` as a case-insensitive letter, which
    in `[Aa]|[Kk]` matches the kelvin sign too, and `[Ss]` matches `ſ`."""
    low, high = piece[1] or "", piece[2] or ""
    return f"(?:{low}|{high})" if low in _FOLDED and high == low.swapcase() else piece[0]


def _numbers(pattern: str | int) -> range | tuple[int]:
    """The numbers of the groups; 0, the entire match, where there are none."""
    return range(1, groups(str(pattern)) + 1) or (0,)


def _test(node: Apply) -> str:
    pattern = _re2(node.options[0], "i" if node.name == "~*" else "")
    return f"regexp_matches({words_of(node.arguments[0])}, {pattern})"


def _like(node: Apply) -> str:
    test = f"regexp_matches({words_of(node.arguments[0])}, {_re2(*node.options)})"
    return f"CAST({test} AS {stored_type(node.type)})"


def _replace(node: Apply) -> str:
    pattern, flags, new = node.options
    written = text_literal(str(new).replace(r"\&", r"\0"))
    option = ", 'g'" if "g" in str(flags) else ""
    sql = (
        f"regexp_replace({words_of(node.arguments[0])}, {_re2(pattern, flags)}, {written}{option})"
    )
    return f"CAST({sql} AS {stored_type(node.type)})"


def _match(node: Apply) -> str:
    text, pattern = words_of(node.arguments[0]), _re2(*node.options)
    absent = optional_groups(str(node.options[0]))
    groups_of = [
        _or_null(f"regexp_extract({text}, {pattern}, {number})", number in absent)
        for number in _numbers(node.options[0])
    ]
    listed = ", ".join(groups_of)
    return f"CASE WHEN regexp_matches({text}, {pattern}) THEN [{listed}] END"


def _or_null(group: str, may_be_absent: bool) -> str:
    """A group's text; RE2 returns the empty text for a group that took no part in the match."""
    return f"nullif({group}, '')" if may_be_absent else group


def _matches(node: Apply) -> str:
    text, (pattern, flags) = words_of(node.arguments[0]), node.options
    if "g" not in str(flags):
        return f"list_filter([{_match(node)}], lambda m: m IS NOT NULL)"
    numbers, written = _numbers(pattern), _re2(pattern, flags)
    extracted = [f"regexp_extract_all({text}, {written}, {number})" for number in numbers]
    absent = optional_groups(str(pattern))
    pairs = zip(numbers, extracted, strict=True)
    listed = ", ".join(_or_null(f"({values})[i]", number in absent) for number, values in pairs)
    return f"list_transform(range(1, len({extracted[0]}) + 1), lambda i: [{listed}])"


def _substr(node: Apply) -> str:
    text, (pattern, group) = words_of(node.arguments[0]), node.options
    is_absent = int(group) in optional_groups(str(pattern))
    matched = _or_null(f"regexp_extract({text}, {_re2(pattern)}, {group})", is_absent)
    return f"CASE WHEN regexp_matches({text}, {_re2(pattern)}) THEN {matched} END"


def _instr(node: Apply) -> str:
    """The start of the first match, which does not depend on its length."""
    text, (pattern,) = words_of(node.arguments[0]), node.options
    before = text_literal(f"(?s)^(.*?)(?:{_written(pattern)})")
    place = f"length(regexp_extract({text}, {before}, 1)) + 1"
    sql = f"CASE WHEN regexp_matches({text}, {_re2(pattern)}) THEN {place} ELSE 0 END"
    whole = f"CASE WHEN {text} IS NOT NULL THEN {sql} END"
    return f"CAST({whole} AS {stored_type(node.type)})"


def _count(node: Apply) -> str:
    matches = f"regexp_extract_all({words_of(node.arguments[0])}, {_re2(*node.options)})"
    return f"CAST(len({matches}) AS {stored_type(node.type)})"


def _split(node: Apply) -> str:
    return f"string_split_regex({words_of(node.arguments[0])}, {_re2(*node.options)})"


PATTERNS: Renderings = {
    "~": _test,
    "~*": _test,
    "regexp_like": _like,
    "regexp_replace": _replace,
    "regexp_match": _match,
    "regexp_matches": _matches,
    "regexp_substr": _substr,
    "regexp_count": _count,
    "regexp_instr": _instr,
    "regexp_split_to_array": _split,
}
