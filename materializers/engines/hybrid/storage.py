"""The sizes of both states, merged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def joined(bulk: Mapping[str, Any], rows: Mapping[str, Any]) -> dict[str, Any]:
    """The sizes of both; a table that both store counts twice. Any: it is printed as JSON."""
    inputs = {table: dict(size) for table, size in bulk["inputs"].items()}
    for table, size in rows["inputs"].items():
        known = inputs.get(table, {"rows": 0, "bytes": 0})
        rows_of = max(known["rows"], size["rows"])
        inputs[table] = {"rows": rows_of, "bytes": known["bytes"] + size["bytes"]}
    return {
        "file_bytes": bulk["file_bytes"] + rows["file_bytes"],
        "inputs": inputs,
        "views": {**bulk["views"], **rows["views"]},
    }
