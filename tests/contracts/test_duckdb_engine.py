"""The engine on DuckDB keeps the contract of engines."""

from functools import partial

import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.engine import OpenEngine
from tests.contracts.engine_contract import EngineContract
from tests.contracts.misfits_contract import MisfitsContract
from tests.contracts.schemas_contract import SchemasContract
from tests.contracts.sharing_contract import SharingContract


class TestDuckDBEngine(EngineContract, SchemasContract, MisfitsContract, SharingContract):
    @pytest.fixture
    def open_at(self) -> OpenEngine:
        return partial(DuckDBEngine.open, threads=1)
