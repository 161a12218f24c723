"""Opens the engine of a pipeline."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.engine import Engine
from materializers.engines.hybrid.checked import CheckedEngine
from materializers.engines.hybrid.engine import ROWS_SUFFIX, HybridEngine
from materializers.engines.row_engine.engine import RowEngine
from materializers.sql.catalogue import FunctionCatalogue

AUTO = "auto"

OpenBulk = Callable[[Path], DuckDBEngine]
OpenRows = Callable[[Path], RowEngine]


def bulk_opener(functions: FunctionCatalogue, memory_limit: str, threads: int) -> OpenBulk:
    """A function that opens a DuckDB state with these settings of `[pipeline]`."""
    return partial(
        DuckDBEngine.open, functions=functions, memory_limit=memory_limit, threads=threads
    )


def open_rows(functions: FunctionCatalogue) -> OpenRows:
    """A function that opens a state of the row engine's."""
    return partial(RowEngine.open, functions=functions)


def open_live(
    path: Path,
    engine: str,
    open_bulk: OpenBulk,
    functions: FunctionCatalogue,
    *,
    is_checked: bool = False,
) -> Engine:
    """Open or create a pipeline's state. `engine`: the setting under `[pipeline]`. A state with
    views in the row engine is opened with both engines. `is_checked`: both maintain each view, and
    are compared. Raises StateError."""
    if engine != AUTO and not path.with_suffix(ROWS_SUFFIX).exists():
        return open_bulk(path)
    kind = CheckedEngine if is_checked else HybridEngine
    return kind.open(path, open_bulk, open_rows(functions))
