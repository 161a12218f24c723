"""The engine that works row by row keeps the contract of engines."""

import pytest

from materializers.engines.engine import OpenEngine
from materializers.engines.row_engine.engine import RowEngine
from tests.contracts.engine_contract import EngineContract


class TestRowEngine(EngineContract):
    @pytest.fixture
    def open_at(self) -> OpenEngine:
        return RowEngine.open
