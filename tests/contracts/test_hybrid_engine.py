"""Two engines as one keep the contract of engines: the views begin in bulk."""

from functools import partial

import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.engine import OpenEngine
from materializers.engines.hybrid.engine import HybridEngine
from materializers.engines.row_engine.engine import RowEngine
from tests.contracts.engine_contract import EngineContract


class TestHybridEngine(EngineContract):
    @pytest.fixture
    def open_at(self) -> OpenEngine:
        bulk = partial(DuckDBEngine.open, threads=1)
        return partial(HybridEngine.open, open_bulk=bulk, open_rows=RowEngine.open)
