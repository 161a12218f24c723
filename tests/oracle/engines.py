"""The engines on which a session can run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.engine import Engine
from materializers.engines.hybrid.checked import CheckedEngine
from materializers.engines.hybrid.engine import HybridEngine
from materializers.engines.row_engine.engine import RowEngine


@dataclass(frozen=True, slots=True)
class Kind:
    """`open_rebuild`: opens the state in which a view of such an engine is rebuilt. `suffix`: of
    the states' files."""

    name: str
    suffix: str
    open: Callable[[Path], Engine]
    open_rebuild: Callable[[Path], Engine]


def _open_bulk(path: Path) -> DuckDBEngine:
    engine = DuckDBEngine.open(path, threads=1)
    engine.store.checks_nulls = True
    return engine


def _open_both(path: Path) -> HybridEngine:
    return HybridEngine.open(path, _open_bulk, RowEngine.open)


def _open_checked(path: Path) -> CheckedEngine:
    return CheckedEngine.open(path, _open_bulk, RowEngine.open)


BULK = Kind("DuckDB", ".duckdb", _open_bulk, _open_bulk)
ROWS = Kind("rows", ".rows", RowEngine.open, RowEngine.open)
BOTH = Kind("hand-overs", ".duckdb", _open_both, _open_bulk)
CHECKED = Kind("checked", ".duckdb", _open_checked, _open_bulk)
