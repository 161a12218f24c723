"""jsonb with something in it changed: `jsonb_set`, `jsonb_insert`, `#-`, `jsonb_strip_nulls`
(jsonfuncs.c, setPath). The path is constant, so that each step is an expression of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from materializers.errors import ViewError
from materializers.plan.functions.call import Call, Functions
from materializers.plan.types.array_text import parse_array
from materializers.plan.types.expression import Expression, Words, text_literal
from materializers.plan.types.sql_type import BOOLEAN, JSONB_TEXT, UNKNOWN

Change = Callable[[str, str], str]
"""SQL of a container changed at one step, given the container and the step."""


def own_text(value: Expression, fail: Callable[[str], ViewError]) -> Expression:
    """A jsonb in PostgreSQL's own text."""
    if value.type == UNKNOWN:
        return value.cast(JSONB_TEXT)
    if value.type.name != "jsonb":
        raise fail(f"this takes jsonb, not {value.type.name}")
    if not value.type.is_kept_as_text:
        raise fail(
            "a jsonb that the view builds of floats, records, json or numerics without a declared"
            " scale cannot be changed: cast these to numeric(p,s), jsonb or text"
        )
    return value


def constant_path(value: Expression) -> list[str] | None:
    """The texts of a constant path."""
    found = parse_array(value.literal) if value.literal is not None else None
    if found is None:
        found = _listed(value.sql) if value.type.name == "text[]" else None
    if found is None or None in found:
        return None
    return [step for step in found if step is not None]


def _listed(sql: str) -> list[str | None] | None:
    """Of `ARRAY['a', 'b']`, as it was translated."""
    texts = re.findall(r"'((?:[^']|'')*)'", sql)
    rest = re.sub(r"'(?:[^']|'')*'", "", sql)
    if re.search(r"[^\[\], ()]", re.sub(r"CAST|AS VARCHAR|\bVARCHAR\b", "", rest)):
        return None
    return [text.replace("''", "'") for text in texts]


@dataclass(frozen=True, slots=True)
class Changed:
    """`in_object`, `in_array`: what happens at the last step."""

    in_object: Change
    in_array: Change

    def at(self, value: str, path: list[str]) -> str:
        """SQL of the value changed; a path that leads nowhere changes nothing."""
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


def _path(call: Call, value: Expression) -> list[str]:
    path = constant_path(value)
    if path is None:
        raise call.fail(f"the path of {call.name}() must be a constant array of texts")
    return path


def _flag(call: Call, *, default: str) -> str:
    if len(call.arguments) < 4:
        return default
    flag = call.arguments[3].cast(BOOLEAN).sql
    if flag.lower() not in ("true", "false"):
        raise call.fail(f"the last argument of {call.name}() must be a constant")
    return flag.lower()


def _set(call: Call) -> Expression:
    call.expect(3, 4)
    target, new = (own_text(call.arguments[i], call.fail) for i in (0, 2))
    adds = _flag(call, default="true")
    changed = Changed(
        lambda j, key: f"pg_jsonb_put({j}, {key}, {new.sql}, {adds})",
        lambda j, place: f"pg_jsonb_put_at({j}, {place}, {new.sql}, {adds})",
    )
    return _result(call, changed.at(target.sql, _path(call, call.arguments[1])), new)


def _insert(call: Call) -> Expression:
    call.expect(3, 4)
    target, new = (own_text(call.arguments[i], call.fail) for i in (0, 2))
    after = "1" if _flag(call, default="false") == "true" else "0"
    there = "error('cannot replace existing key')"
    changed = Changed(
        lambda j, key: (
            f"CASE WHEN list_contains(json_keys({j}), {key}) THEN {there}"
            f" ELSE pg_jsonb_put({j}, {key}, {new.sql}, true) END"
        ),
        lambda j, place: f"pg_jsonb_insert_at({j}, {place}, {new.sql}, {after})",
    )
    return _result(call, changed.at(target.sql, _path(call, call.arguments[1])), new)


def _result(call: Call, sql: str, new: Expression) -> Expression:
    return Words(f"CASE WHEN {new.sql} IS NOT NULL THEN {sql} END", JSONB_TEXT, call.nullable)


def without_path(value: Expression, path: list[str]) -> Expression:
    """`value #- path`."""
    changed = Changed(
        lambda j, key: f"pg_jsonb_without({j}, [{key}])",
        lambda j, place: f"pg_jsonb_without_place({j}, {place})",
    )
    return Words(changed.at(value.sql, path), JSONB_TEXT, value.nullable)


def _strip_nulls(call: Call) -> Expression:
    call.expect(1)
    value = own_text(call.arguments[0], call.fail)
    return Words(f"pg_jsonb_strip_nulls({value.sql})", JSONB_TEXT, value.nullable)


JSONB_CHANGES: Functions = {
    "jsonb_set": _set,
    "jsonb_insert": _insert,
    "jsonb_strip_nulls": _strip_nulls,
}
