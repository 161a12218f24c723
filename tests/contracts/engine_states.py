"""Helpers of the engines' contract: opened states, and rows as texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

from cdc.contract.cut import Cut
from materializers.engines.engine import Engine
from materializers.step import Step

OpenState = Callable[[str], Engine]
"""Opens or makes the state of that name; it is closed when the test ends."""

Values = tuple[Any, ...]


def _values(batches: Iterable[pa.RecordBatch]) -> list[Values]:
    found = [tuple(row.values()) for batch in batches for row in batch.to_pylist()]
    return sorted(tuple(map(str, row)) for row in found)


def shown(engine: Engine, view: str) -> list[Values]:
    """All rows of the view, as texts, in order."""
    return _values(engine.full(view).upserts)


def changed(step: Step | None) -> tuple[list[Values], list[Values]]:
    """A step's upserts and the keys of its deletes, as texts, in order."""
    assert step is not None
    return _values(step.upserts), _values(step.deletes)


def position(engine: Engine) -> tuple[Cut | None, bool]:
    """The last exact cut, and whether the rows are at it."""
    return engine.cut, engine.is_exact


def version_of(engine: Engine) -> int:
    """The version of the view's cut."""
    assert engine.cut is not None
    return engine.cut.version
