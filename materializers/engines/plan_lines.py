"""A view's explained plan as lines for people.

A tree of relations, from the view's select list down to its tables, each with how the engine
maintains it. A relation with one input stands right above it; several inputs are branches.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_WIDTH = 100
_UPKEEP = {
    "delta": "deltas", "touched groups": "touched groups", "full": "recomputing", "stored": "table"
}  # fmt: skip
_UPKEEP_WIDTH, _ROWS_WIDTH, _SIZE_WIDTH = 14, 11, 8
_TEXT_WIDTH = _WIDTH - _UPKEEP_WIDTH - _ROWS_WIDTH - _SIZE_WIDTH - 1
_TEXT_MIN = 24
_GLUE = "\u00a0=\u00a0"
"""An equals sign with no-break spaces."""
_WIDE = "the digits of its numerics do not suffice: computed with numerics of any size"
_BY_ROWS = "maintained row by row, as its batches are small"
_COMPARED = "maintained by both engines, and compared at every cut"
_LINES_MAX = 6
"""Lines of one relation."""


def lines_of(explained: Mapping[str, Any]) -> list[str]:
    """The view's key and size, and a line for each relation of its plan: how it is maintained, and
    the rows and megabytes of its state."""
    key = ", ".join(explained["key"]) or "(one row)"
    state = "not built yet"
    if explained["is_built"]:
        state = f"{_rows(explained['rows'])}, {_megabytes(explained)} MB with its inputs"
    if explained["failure"]:
        state = f"stopped: {explained['failure']}"
    lines = [
        f"view {explained['view']}: key {key}, {state}",
        *([_WIDE] if explained["is_wide"] else []),
        *([_BY_ROWS] if explained.get("engine") == "rows" else []),
        *([_COMPARED] if explained.get("compared") else []),
        "",
        _beside("", "maintained by", "rows", "MB"),
    ]
    return lines + list(_tree_lines(explained["tree"], "", ""))


def _tree_lines(node: Mapping[str, Any], first: str, rest: str) -> Iterator[str]:
    """The lines of a node and all below it. `first`, `rest`: the prefixes of its first and its
    other lines."""
    inputs = node["inputs"]
    text = f"{node['relation']} (as above)" if node["is_above"] else node["relation"]
    below = rest + ("│  " if len(inputs) > 1 else "")
    yield from _node_lines(text, node["engine"], first, below)
    if len(inputs) == 1:
        yield from _tree_lines(inputs[0], rest, rest)
        return
    for each in inputs[:-1]:
        yield from _tree_lines(each, f"{rest}├─ ", f"{rest}│  ")
    for each in inputs[-1:]:
        yield from _tree_lines(each, f"{rest}└─ ", f"{rest}   ")


def _node_lines(
    text: str, engine: Mapping[str, Any] | None, first: str, below: str
) -> Iterator[str]:
    columns = _columns(engine) if engine is not None else ("", "", "")
    shown = _wrapped(text, len(first), below)
    yield _beside(f"{first}{shown[0]}", *columns)
    yield from (f"{below}    {line}" for line in shown[1:])
    for each in engine["beside"] if engine is not None else ():
        more = _wrapped(f"+ {each['relation']}", len(below) + 4, below)
        yield _beside(f"{below}    {more[0]}", *_columns(each))
        yield from (f"{below}      {line}" for line in more[1:])
    others = dict.fromkeys(name for s in _states(engine) for name in s["shared_with"])
    if others:
        yield f"{below}    shared with {' and '.join(others)}"


def _states(engine: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The operators' state tables. An input table is not listed: all its readers share it."""
    if engine is None or engine["upkeep"] == "stored":
        return []
    return [state for each in (engine, *engine["beside"]) for state in each["state"]]


def _columns(engine: Mapping[str, Any]) -> tuple[str, str, str]:
    upkeep = _UPKEEP[engine["upkeep"]]
    sizes = [state for state in engine["state"] if "rows" in state]
    if not sizes:
        return upkeep, "", ""
    rows = sum(size["rows"] for size in sizes)
    return upkeep, f"{rows:,}", _megabytes({"bytes": sum(size["bytes"] for size in sizes)})


def _wrapped(text: str, indent: int, below: str) -> Sequence[str]:
    width = max(_TEXT_WIDTH - max(indent, len(below) + 4), _TEXT_MIN)
    glued = text.replace(" = ", _GLUE)
    lines = [
        each.replace(_GLUE, " = ") for each in textwrap.wrap(glued, width, break_on_hyphens=False)
    ]
    return lines if len(lines) <= _LINES_MAX else [*lines[:_LINES_MAX], "…"]


def _beside(text: str, upkeep: str, rows: str, size: str) -> str:
    line = (
        f"{text:<{_TEXT_WIDTH}} {upkeep:<{_UPKEEP_WIDTH}}{rows:>{_ROWS_WIDTH}}{size:>{_SIZE_WIDTH}}"
    )
    return line.rstrip()


def _rows(count: int) -> str:
    return f"{count:,} row{'s' * (count != 1)}"


def _megabytes(size: Mapping[str, Any]) -> str:
    return f"{size['bytes'] / 1e6:,.1f}"
