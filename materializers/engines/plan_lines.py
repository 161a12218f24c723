"""A view's explained plan as lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OPERATOR_CHARACTERS = 160


def lines_of(explained: Mapping[str, Any]) -> list[str]:
    """For people: one line per operator, inputs indented below it, each with what it keeps; then
    what is stored."""
    key = ", ".join(explained["key"]) or "(one row)"
    size = f"{_shown(explained)} with its inputs" if explained["is_built"] else "not built yet"
    if explained["failure"]:
        size = f"stopped: {explained['failure']}"
    lines = [f"view {explained['view']}: key {key}, {size}", *_tree_lines(explained["tree"], 1)]
    if explained["tables"]:
        lines.append("kept in the state:")
        lines += [f"  {label}: {_shown(size)}" for label, size in explained["tables"].items()]
    return lines


def _tree_lines(node: Mapping[str, Any], depth: int) -> list[str]:
    what = node["operator"]
    if len(what) > _OPERATOR_CHARACTERS:
        what = f"{what[:_OPERATOR_CHARACTERS]}…"
    parts = [node["kept"], *(_state_shown(state) for state in node["state"])]
    line = f"{'  ' * depth}{what} [{', '.join(parts)}]"
    if node["is_above"]:
        return [f"{line}, as above"]
    return [line, *(each for child in node["inputs"] for each in _tree_lines(child, depth + 1))]


def _state_shown(state: Mapping[str, Any]) -> str:
    text = f"state {state['table']}" + (f": {_shown(state)}" if "rows" in state else "")
    others = state["shared_with"]
    return f"{text}, shared with {' and '.join(others)}" if others else text


def _shown(size: Mapping[str, Any]) -> str:
    return f"{size['rows']:,} rows, {size['bytes'] / 1e6:,.1f} MB"
