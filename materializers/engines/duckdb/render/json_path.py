"""Renders access to JSON: paths, keys and types.

Parts are taken out of a jsonb only: those of a json are computed by the row engine.
"""

from __future__ import annotations

import itertools
import re

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.sql.types.expression import Apply, Constant, Expression, text_literal
from materializers.sql.types.sql_type import INTEGER, TEXT, UNKNOWN

Step = str | int
_ARROWS = ("->", "->>")
_PATHS_MAX = 16
_ENDS = (0, -1)
_WILDCARDS = ("*", "")
"""Keys with another meaning inside a path; each needs a step of its own."""
_NUMBER = re.compile(r"[-+]?\d+")


def _arrow(node: Apply) -> str:
    """`->` and `->>`; a chain of constant steps becomes one path."""
    source, steps = _chain(node)
    if not steps:
        return _at(node, node.arguments[0], _unknown_path(*node.arguments))
    whens = []
    while steps and steps[-1] in _ENDS:
        # the first and the last element of a jsonb scalar are the scalar itself
        reached, steps = _at(node, source, _path(steps)), steps[:-1]
        is_inner = f"json_type({words_of(source)}, {_path(steps)}) IN ('OBJECT', 'ARRAY')"
        whens.append(f"WHEN {is_inner} THEN {reached}")
    last = _at(node, source, _path(steps))
    return f"(CASE {' '.join(whens)} ELSE {last} END)" if whens else last


def _chain(node: Apply) -> tuple[Expression, list[Step]]:
    steps: list[Step] = []
    value: Expression = node
    while isinstance(value, Apply) and value.name in _ARROWS:
        step = _step(value.arguments[1])
        if step is None or (value is not node and value.name == "->>"):
            break
        steps.insert(0, step)
        value = value.arguments[0]
    return value, steps


def _step(value: Expression) -> Step | None:
    if not isinstance(value, Constant) or value.text is None:
        return None
    if value.type == INTEGER and _NUMBER.fullmatch(value.text):
        return int(value.text)
    return value.text if value.type == UNKNOWN and value.text not in _WILDCARDS else None


def _path(steps: list[Step]) -> str:
    return text_literal("$" + "".join(map(_path_step, steps)))


def _path_step(step: Step) -> str:
    return f"[{step}]" if isinstance(step, int) else key_path(step)


def key_path(key: str) -> str:
    """A key as a step of a path."""
    return '."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unknown_path(source: Expression, step: Expression) -> str:
    if not step.type.is_integer:
        return f"pg_json_key({words_of(source)}, {words_of(step)})"
    return f"pg_json_index({words_of(source)}, {words_of(step)})"


def _at(node: Apply, value: Expression, path: str) -> str:
    macro = "pg_json_text_at" if node.type == TEXT else "pg_json_at"
    part = f"{macro}({words_of(value)}, {path})"
    # PostgreSQL's spaces after : and , inside objects and arrays, which DuckDB leaves out
    is_inner = f"json_type({words_of(value)}, {path}) IN ('OBJECT', 'ARRAY')"
    return f"(CASE WHEN {is_inner} THEN pg_json_spaced({part}) ELSE {part} END)"


def _hash_arrow(node: Apply) -> str:
    """The value at the first path that exists: a key that looks like a number may be an index."""
    value = node.arguments[0]
    choices: list[list[Step]] = [
        [key, int(key)] if _NUMBER.fullmatch(key) else [key] for key in map(str, node.options)
    ]
    paths = itertools.islice(itertools.product(*choices), _PATHS_MAX)
    members = [_at(node, value, _path(list(path))) for path in paths]
    return members[0] if len(members) == 1 else f"coalesce({', '.join(members)})"


def _has_keys(node: Apply) -> str:
    """`?|` and `?&`; NULL among the keys is ignored."""
    value, keys = (words_of(each) for each in node.arguments)
    tests = (
        f"list_transform(list_filter({keys}, lambda key: key IS NOT NULL),"
        f" lambda key: pg_json_has_key({value}, key))"
    )
    is_all = node.name == "?&"
    test = f"NOT list_contains({tests}, false)" if is_all else f"list_contains({tests}, true)"
    return f"(CASE WHEN {value} IS NOT NULL AND {keys} IS NOT NULL THEN {test} END)"


_TYPEOF = "CAST(pg_json_type({0}) AS VARCHAR)"
_LENGTH = "CAST(pg_json_length({0}) AS INTEGER)"

JSON_PATHS: Renderings = {
    **dict.fromkeys(_ARROWS, _arrow),
    **dict.fromkeys(("#>", "#>>"), _hash_arrow),
    "?": "pg_json_has_key({0}, {1})",
    **dict.fromkeys(("?|", "?&"), _has_keys),
    **dict.fromkeys(("json_typeof", "jsonb_typeof"), _TYPEOF),
    **dict.fromkeys(("json_array_length", "jsonb_array_length"), _LENGTH),
}
