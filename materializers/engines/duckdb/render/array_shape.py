"""The shape of an array of several dimensions, from PostgreSQL's text of it.

What parts the members of dimension k of n is a comma behind n - k closing braces. With one more
for each dimension in front, there are as many as members up to that dimension.
"""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply

_QUOTED = r'''"(?:[^"\\]|\\.)*"'''


def _shape(node: Apply) -> str:
    text, (name, place) = words_of(node.arguments[0]), node.options
    bare = f"regexp_replace({text}, '^\\[[^{{]*=', '')"
    given = (
        f"{{'s': regexp_replace({bare}, '(?s){_QUOTED}', 'q', 'g'),"
        f" 'b': CASE WHEN starts_with({text}, '[') THEN split_part({text}, '=', 1) ELSE '' END}}"
    )
    given = f"list_transform([{given}], lambda a: {{'s': a.s, 'b': a.b, 'n': {_NUMBER}}})"
    sql = f"list_transform({given}, lambda a: {_answer(str(name), int(place))})[1]"
    return f"CASE WHEN {text} IS NOT NULL THEN CAST({sql} AS {stored_type(node.type)}) END"


_NUMBER = "CASE WHEN a.s <> '{}' THEN length(regexp_extract(a.s, '^\\{+')) END"


def _answer(name: str, place: int) -> str:
    if name == "array_ndims":
        return "a.n"
    if name == "cardinality":
        return (
            "CASE WHEN a.n IS NULL THEN 0 ELSE 1 + length(a.s) - length(replace(a.s, ',', '')) END"
        )
    if name == "array_dims":
        each = f"'[' || {_lower('k')} || ':' || ({_lower('k')} + {_length('k')} - 1) || ']'"
        listed = f"list_transform(range(1, a.n + 1), lambda k: {each})"
        return f"CASE WHEN a.n IS NOT NULL THEN array_to_string({listed}, '') END"
    k = str(place)
    value = {
        "array_length": _length(k),
        "array_lower": _lower(k),
        "array_upper": f"{_lower(k)} + {_length(k)} - 1",
    }[name]
    return f"CASE WHEN {k} BETWEEN 1 AND a.n THEN {value} END"


def _members(k: str) -> str:
    """The number of elements of the first k dimensions together."""
    parts = "len(regexp_extract_all(a.s, '[^}]' || repeat('}', a.n - i) || ','))"
    return f"(1 + coalesce(list_sum(list_transform(range(1, {k} + 1), lambda i: {parts})), 0))"


def _length(k: str) -> str:
    return f"CAST({_members(k)} / {_members(f'({k} - 1)')} AS BIGINT)"


def _lower(k: str) -> str:
    bound = f"(regexp_extract_all(a.b, '\\[(-?[0-9]+):', 1))[{k}]"
    return f"coalesce(CAST({bound} AS BIGINT), 1)"


ARRAY_SHAPES: Renderings = {"array shape": _shape}
