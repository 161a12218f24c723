"""Regular expressions in DuckDB's words, which are RE2's."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.either_case import in_either_case
from materializers.sql.types.expression import Apply, text_literal
from materializers.sql.types.posix_pattern import groups, translated


def _re2(pattern: str | int, flags: str | int = "") -> str:
    """The pattern with its flags."""
    written = translated(str(pattern)) or ""
    return text_literal(f"(?s){in_either_case(written) if 'i' in str(flags) else written}")


def _numbers(pattern: str | int) -> range | tuple[int]:
    """The numbers of the groups, 0 for all of the match where there are none."""
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
    numbers = _numbers(node.options[0])
    found = ", ".join(f"regexp_extract({text}, {pattern}, {number})" for number in numbers)
    return f"CASE WHEN regexp_matches({text}, {pattern}) THEN [{found}] END"


def _matches(node: Apply) -> str:
    text, (pattern, flags) = words_of(node.arguments[0]), node.options
    if "g" not in str(flags):
        return f"list_filter([{_match(node)}], lambda m: m IS NOT NULL)"
    numbers, written = _numbers(pattern), _re2(pattern, flags)
    found = [f"regexp_extract_all({text}, {written}, {number})" for number in numbers]
    listed = ", ".join(f"({values})[i]" for values in found)
    return f"list_transform(range(1, len({found[0]}) + 1), lambda i: [{listed}])"


def _substr(node: Apply) -> str:
    text, (pattern, group) = words_of(node.arguments[0]), node.options
    found = f"regexp_extract({text}, {_re2(pattern)}, {group})"
    return f"CASE WHEN regexp_matches({text}, {_re2(pattern)}) THEN {found} END"


def _count(node: Apply) -> str:
    found = f"regexp_extract_all({words_of(node.arguments[0])}, {_re2(*node.options)})"
    return f"CAST(len({found}) AS {stored_type(node.type)})"


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
    "regexp_split_to_array": _split,
}
