"""The engine that works row by row keeps the contract of engines."""

import pytest

from materializers.engines.engine import OpenEngine
from materializers.engines.row_engine.engine import RowEngine
from tests.contracts.engine_contract import EngineContract
from tests.contracts.misfits_contract import MisfitsContract
from tests.contracts.schemas_contract import SchemasContract
from tests.contracts.sharing_contract import SharingContract


class TestRowEngine(EngineContract, SchemasContract, MisfitsContract, SharingContract):
    @pytest.fixture
    def open_at(self) -> OpenEngine:
        return RowEngine.open
