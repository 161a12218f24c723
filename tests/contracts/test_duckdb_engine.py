"""The engine on DuckDB keeps the contract of engines."""

from functools import partial

import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.duckdb.store import Store
from materializers.engines.engine import Engine, OpenEngine
from tests.contracts.engine_contract import EngineContract
from tests.contracts.engine_states import changed, version_of
from tests.contracts.misfits_contract import MisfitsContract
from tests.contracts.schemas_contract import SchemasContract
from tests.contracts.sharing_contract import SharingContract
from tests.unit.shop import TOTALS, declare, order
from tests.views.feed import Feed


class TestDuckDBEngine(EngineContract, SchemasContract, MisfitsContract, SharingContract):
    @pytest.fixture
    def open_at(self) -> OpenEngine:
        return partial(DuckDBEngine.open, threads=1)

    @pytest.mark.parametrize("changes", [0, 1])
    def test_a_sink_of_an_unchanged_view_reads_nothing(
        self, engine: Engine, feed: Feed, changes: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        declare(engine, feed, "totals", TOTALS)
        order(feed, 1, 5, "2.50")
        engine.apply(feed.batch())
        for _ in range(changes):
            order(feed, 1, 5, "3.50")
            engine.apply(feed.batch())
        reached = version_of(engine)
        engine.apply(feed.batch())
        monkeypatch.delattr(Store, "reading")
        assert changed(engine.step("totals", reached)) == ([], [])
