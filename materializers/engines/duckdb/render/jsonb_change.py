"""Renders functions that change jsonb. A path is constant, and each of its steps is an
expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.sql.types.expression import Apply, text_literal

Change = Callable[[str, str], str]
"""SQL of a container changed at one step; arguments: the container and the step."""


@dataclass(frozen=True, slots=True)
class _Changed:
    """`in_object`, `in_array`: the change at the last step."""

    in_object: Change
    in_array: Change

    def at(self, value: str, path: list[str]) -> str:
        """The changed value; a path that does not exist changes nothing."""
        if not path:
            return value
        root = "error('cannot change a path in a scalar')"
        sql = self._step("j0", path, 0, root)
        return f"list_transform([{value}], lambda j0: CASE WHEN j0 IS NOT NULL THEN {sql} END)[1]"

    def _step(self, name: str, path: list[str], depth: int, scalar: str) -> str:
        step, is_last = path[depth], depth == len(path) - 1
        key, place = text_literal(step), _place(step)
        if is_last:
            in_object = self.in_object(name, key)
            in_array = self.in_array(name, place) if place is not None else _no_place(depth, step)
        else:
            child = f"pg_json_key({name}, {key})"
            in_object = self._inner(name, child, path, depth, f"pg_jsonb_put({name}, {key}, ")
            in_array = _no_place(depth, step)
            if place is not None:
                child, put = f"'$[' || {place} || ']'", f"pg_jsonb_put_at({name}, {place}, "
                in_array = self._inner(name, child, path, depth, put)
        return (
            f"CASE {name}[1] WHEN '{{' THEN {in_object} WHEN '[' THEN {in_array} ELSE {scalar} END"
        )

    def _inner(self, name: str, child: str, path: list[str], depth: int, put: str) -> str:
        below = f"j{depth + 1}"
        changed = self._step(below, path, depth + 1, below)
        return (
            f"list_transform([pg_jsonb_child({name}, {child})], lambda {below}:"
            f" CASE WHEN {below} IS NULL THEN {name} ELSE {put}{changed}, false) END)[1]"
        )


def _place(step: str) -> str | None:
    return str(int(step)) if re.fullmatch(r"\s*[-+]?\d{1,9}\s*", step) else None


def _no_place(depth: int, step: str) -> str:
    message = f"path element at position {depth + 1} is not an integer: {step}"
    return f"error({text_literal(message)})"


def _set(node: Apply) -> str:
    (target, new), (flag, *path) = node.arguments, node.options
    adds = "true" if flag else "false"
    changed = _Changed(
        lambda j, key: f"pg_jsonb_put({j}, {key}, {words_of(new)}, {adds})",
        lambda j, place: f"pg_jsonb_put_at({j}, {place}, {words_of(new)}, {adds})",
    )
    return _unless_null(words_of(new), changed.at(words_of(target), [str(step) for step in path]))


def _insert(node: Apply) -> str:
    (target, new), (after, *path) = node.arguments, node.options
    there = "error('cannot replace existing key')"
    changed = _Changed(
        lambda j, key: (
            f"CASE WHEN list_contains(json_keys({j}), {key}) THEN {there}"
            f" ELSE pg_jsonb_put({j}, {key}, {words_of(new)}, true) END"
        ),
        lambda j, place: f"pg_jsonb_insert_at({j}, {place}, {words_of(new)}, {after})",
    )
    return _unless_null(words_of(new), changed.at(words_of(target), [str(step) for step in path]))


def _unless_null(new: str, sql: str) -> str:
    return f"CASE WHEN {new} IS NOT NULL THEN {sql} END"


def _without_path(node: Apply) -> str:
    changed = _Changed(
        lambda j, key: f"pg_jsonb_without({j}, [{key}])",
        lambda j, place: f"pg_jsonb_without_place({j}, {place})",
    )
    return changed.at(words_of(node.arguments[0]), [str(step) for step in node.options])


def _minus(node: Apply) -> str:
    value, what = node.arguments
    if what.type.is_integer:
        return f"pg_jsonb_without_place({words_of(value)}, {words_of(what)})"
    keys = words_of(what)
    if what.type.is_text:
        keys = f"CASE WHEN {keys} IS NOT NULL THEN [{keys}] END" if what.nullable else f"[{keys}]"
    return f"pg_jsonb_without({words_of(value)}, {keys})"


JSONB_CHANGE: Renderings = {
    "jsonb_set": _set,
    "jsonb_insert": _insert,
    "jsonb_strip_nulls": "pg_jsonb_strip_nulls({0})",
    "jsonb ||": "pg_jsonb_concat({0}, {1})",
    "jsonb -": _minus,
    "#-": _without_path,
}
