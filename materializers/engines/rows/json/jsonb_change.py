"""Changes of a jsonb value at a path (jsonfuncs.c, setPath)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from materializers.engines.rows.digits import counted
from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.json.json_depth import all_within_depth
from materializers.engines.rows.json.json_value import Json, dump, load
from materializers.engines.rows.meaning import Chosen, Function
from materializers.sql.types.expression import Apply

_INDEX = re.compile(r"\s*[-+]?\d+", re.ASCII)
_INDEX_MAX = 2**31 - 1

Change = Literal["create", "replace", "before", "after", "delete"]
"""create: replace or add; replace: only an existing member; before, after: insert an element;
delete."""
_ADDING = ("create", "before", "after")


@dataclass(frozen=True, slots=True)
class _Path:
    """A change at the end of a path."""

    steps: tuple[str, ...]
    change: Change

    def applied(self, value: Json, new: Json, level: int = 0) -> Json:
        if isinstance(value, dict):
            return self._in_object(value, new, level)
        return self._in_array(value, new, level) if isinstance(value, list) else value

    def _is_last(self, level: int) -> bool:
        return level == len(self.steps) - 1

    def _in_object(self, value: dict[str, Json], new: Json, level: int) -> dict[str, Json]:
        key, changed = self.steps[level], dict(value)
        if not self._is_last(level):
            if key in changed:
                changed[key] = self.applied(changed[key], new, level + 1)
        elif key in changed:
            if self.change in ("before", "after"):
                raise EvaluationError("cannot replace existing key")
            if self.change == "delete":
                del changed[key]
            else:
                changed[key] = new
        elif self.change in _ADDING:
            changed[key] = new
        return changed

    def _in_array(self, value: list[Json], new: Json, level: int) -> list[Json]:
        changed, size = list(value), len(value)
        place = self._place(level)
        is_before_all = place < -size
        place = place + size if place < 0 else min(place, size)
        if not self._is_last(level):
            if 0 <= place < size:
                changed[place] = self.applied(changed[place], new, level + 1)
        elif 0 <= place < size:
            changed[place : place + 1] = self._replaced(changed[place], new)
        elif self.change in _ADDING:
            changed.insert(0 if is_before_all else size, new)
        return changed

    def _place(self, level: int) -> int:
        step = self.steps[level]
        if not _INDEX.fullmatch(step) or abs(counted(step.strip())) > _INDEX_MAX:
            raise EvaluationError(
                f'path element at position {level + 1} is not an integer: "{step}"'
            )
        return int(step)

    def _replaced(self, old: Json, new: Json) -> list[Json]:
        if self.change == "delete":
            return []
        if self.change == "before":
            return [new, old]
        return [old, new] if self.change == "after" else [new]


def _changing(node: Apply, change: Change, scalar: str) -> Callable[[str, str], str]:
    path = _Path(tuple(str(step) for step in node.options[1:]), change)

    def changed(target: str, new: str) -> str:
        value = load(target)
        if not isinstance(value, (dict, list)):
            raise EvaluationError(scalar)
        if not path.steps or (change == "replace" and not value):
            return target
        return dump(path.applied(value, load(new)))

    return changed


def _set(node: Apply) -> Function:
    return _changing(node, "create" if node.options[0] else "replace", "cannot set path in scalar")


def _insert(node: Apply) -> Function:
    return _changing(node, "after" if node.options[0] else "before", "cannot set path in scalar")


def _without_path(node: Apply) -> Callable[[str], str]:
    path = _Path(tuple(map(str, node.options)), "delete")

    def without(target: str) -> str:
        value = load(target)
        if not isinstance(value, (dict, list)):
            raise EvaluationError("cannot delete path in scalar")
        return dump(path.applied(value, None)) if path.steps and value else target

    return without


def _minus(node: Apply) -> Function:
    kind = node.arguments[1].type
    if kind.is_integer:
        return _without_place
    return _without_key if kind.is_text else _without_keys


def _without_place(target: str, place: int) -> str:
    value = load(target)
    if isinstance(value, dict):
        raise EvaluationError("cannot delete from object using integer index")
    if not isinstance(value, list):
        raise EvaluationError("cannot delete from scalar")
    if -len(value) <= place < len(value):
        del value[place]
    return dump(value)


def _without_key(target: str, key: str) -> str:
    return _without_keys(target, (key,))


def _without_keys(target: str, keys: tuple[str | None, ...]) -> str:
    value = load(target)
    if isinstance(value, dict):
        return dump({name: each for name, each in value.items() if name not in keys})
    if not isinstance(value, list):
        raise EvaluationError("cannot delete from scalar")
    return dump([each for each in value if not (isinstance(each, str) and each in keys)])


def _concatenated(one: str, two: str) -> str:
    """`||`: merges two objects, else concatenates arrays; another value counts as an array of
    itself."""
    first, second = load(one), load(two)
    if isinstance(first, dict) and isinstance(second, dict):
        return dump(first | second)
    lists = [each if isinstance(each, list) else [each] for each in (first, second)]
    return dump(lists[0] + lists[1])


def _strip_nulls(value: str) -> str:
    return dump(_stripped(load(value)))


def _stripped(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _stripped(each) for name, each in value.items() if each is not None}
    return [_stripped(each) for each in value] if isinstance(value, list) else value


JSONB_CHANGES = all_within_depth(
    {
        "jsonb_set": Chosen(_set),
        "jsonb_insert": Chosen(_insert),
        "jsonb_strip_nulls": _strip_nulls,
        "jsonb ||": _concatenated,
        "jsonb -": Chosen(_minus),
        "#-": Chosen(_without_path),
    }
)
