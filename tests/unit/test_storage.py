"""What `rederive status` and `rederive explain` say of the state."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import StringIO

from rich.console import Console

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.plan_lines import lines_of
from rederive.cli.tables import storage_table
from tests.unit.sharing_views import declare_all, fill
from tests.unit.shop import declare
from tests.views.feed import Feed


def test_every_table_is_counted_and_shared_state_is_named(engine: DuckDBEngine, feed: Feed) -> None:
    declare_all(engine, feed)
    fill(feed)
    engine.apply(feed.batch())
    found = engine.storage()
    assert found["file_bytes"] > 0
    assert found["inputs"]["public.orders"]["rows"] == 4
    assert found["views"]["names"]["rows"]["rows"] == 2
    (operator,) = found["views"]["plain"]["operators"]
    assert operator["rows"] == 3 and operator["shared_with"] == ["names", "shares"]
    assert operator["operator"].startswith("group by")
    console = Console(width=160, record=True, file=StringIO())
    console.print(storage_table({"storage": found}))
    shown = [line.split() for line in console.export_text().splitlines()]
    assert ["input", "public.orders", "4", "0.0"] in shown
    assert ["view", "names", "2", "0.0"] in shown
    assert sum("(shared" in line for line in shown) == 1, "shared state stands once"


def test_explain_shows_sizes_and_who_shares(engine: DuckDBEngine, feed: Feed) -> None:
    declare_all(engine, feed)
    fill(feed)
    engine.apply(feed.batch())
    lines = "\n".join(lines_of(engine.explain("names")))
    assert "shared with plain and shares" in lines
    assert lines.count("as above") == 1 and lines.count("scan orders") == 1


def test_it_is_told_while_views_come_and_go(engine: DuckDBEngine, feed: Feed) -> None:
    declare_all(engine, feed)
    fill(feed)
    engine.apply(feed.batch())
    guest = "SELECT id, sum(amount) OVER (ORDER BY id) AS sofar FROM orders"

    def ask() -> int:
        asked = 0
        while not is_over:
            assert engine.storage()["views"]["names"]["rows"]["rows"] == 2
            assert len(lines_of(engine.explain("names"))) > 5
            asked += 1
        return asked

    is_over: list[bool] = []
    with ThreadPoolExecutor() as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        for _ in range(40):
            declare(engine, feed, "guest", guest)
            engine.apply(feed.batch())
            engine.forget("guest")
        is_over.append(True)
        assert all(each.result() > 1 for each in asking)
