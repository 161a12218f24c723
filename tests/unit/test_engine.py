"""The engine on its own: cuts, restarts, emptied tables, failing views, changed schemas."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from cdc.contract.schemas import TableSchema
from cdc.position import Lsn
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.plan_lines import lines_of
from materializers.errors import StateError, ViewError
from materializers.step import Step
from materializers.view import ViewDefinition
from tests.unit.shop import NAMES, ORDERS, TOTALS, declare, order, rows
from tests.views.feed import Feed, table_schema


def test_a_restart_goes_on_from_the_last_batch(feed: Feed, tmp_path: Path) -> None:
    path = tmp_path / "state.duckdb"
    engine = DuckDBEngine.open(path)
    declare(engine, feed, "totals", TOTALS)
    order(feed, 1, 5, "2.50")
    batch = feed.batch()
    engine.apply(batch)
    engine.close()

    engine = DuckDBEngine.open(path)
    assert engine.cut == batch.cut
    assert engine.offsets == batch.offsets
    assert engine.schemas["public.orders"] == ORDERS
    order(feed, 2, 5, "1.00")
    engine.apply(feed.batch())
    assert rows(engine, "totals") == [("5", "3.50")]
    assert engine.step("totals", batch.cut.version) is not None
    engine.close()


def test_a_second_process_is_refused(engine: DuckDBEngine) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from materializers.engines.duckdb.engine import DuckDBEngine\n"
        "try: DuckDBEngine.open(Path(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(engine.path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("StateError The state file")
    assert "in use by another process" in done.stdout


def test_parts_are_stored_and_nothing_is_shown_before_the_exact_one(
    engine: DuckDBEngine, feed: Feed
) -> None:
    declare(engine, feed, "totals", TOTALS)
    order(feed, 1, 5, "2.50")
    engine.apply(feed.batch(is_exact=False))
    assert rows(engine, "totals") == []
    order(feed, 1, 6, "4.00")
    batch = feed.batch()
    engine.apply(batch)
    assert engine.cut == batch.cut
    assert rows(engine, "totals") == [("6", "4.00")]


def test_an_inexact_batch_of_a_built_view_publishes_nothing(
    engine: DuckDBEngine, feed: Feed
) -> None:
    declare(engine, feed, "totals", TOTALS)
    order(feed, 1, 5, "2.50")
    first = feed.batch()
    engine.apply(first)
    order(feed, 2, 5, "1.00")
    engine.apply(feed.batch(is_exact=False))
    assert engine.step("totals", first.cut.version) is None
    assert engine.cut == first.cut and not engine.is_exact
    order(feed, 3, 5, "1.00")
    last = feed.batch()
    engine.apply(last)
    step = engine.step("totals", first.cut.version)
    assert step is not None and step.version == last.cut.version
    assert [row["customer"] for batch in step.upserts for row in batch.to_pylist()] == [5]


def test_only_used_columns_and_the_key_are_stored(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "totals", TOTALS)
    assert engine.views["totals"].plan.needs == {
        "public.orders": frozenset({"id", "customer", "amount"})
    }
    assert engine.tables_needed() == {"public.orders"}


def test_an_emptied_table_forgets_rows_and_older_records(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "totals", TOTALS)
    for number in range(6):
        order(feed, number, number % 2, "1.00")
    first = feed.batch()
    engine.apply(first)
    order(feed, 10, 7, "9.00")
    feed.truncate("public.orders")
    order(feed, 11, 8, "3.00")
    engine.apply(feed.batch())
    assert rows(engine, "totals") == [("8", "3.00")]
    step = engine.step("totals", first.cut.version)
    assert step is not None
    deleted = sorted(row["customer"] for b in step.deletes for row in b.to_pylist())
    assert deleted == [0, 1]


def test_the_last_record_of_a_key_wins_and_a_tombstone_deletes(
    engine: DuckDBEngine, feed: Feed
) -> None:
    declare(engine, feed, "totals", TOTALS)
    order(feed, 1, 5, "2.50")
    feed.delete("public.orders", {"id": 1})
    order(feed, 2, 5, "1.00")
    feed.delete("public.orders", {"id": 2})
    order(feed, 2, 6, "4.00")
    engine.apply(feed.batch())
    assert rows(engine, "totals") == [("6", "4.00")]


def test_an_update_that_changes_nothing_emits_nothing(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "totals", TOTALS)
    order(feed, 1, 5, "2.50", "one")
    engine.apply(feed.batch())
    order(feed, 1, 5, "2.50", "two")
    assert engine.apply(feed.batch()).changed == {"totals": 0}


def test_a_failing_view_stops_alone_at_its_last_cut(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "ratio", "SELECT id, 10 / customer AS share FROM orders")
    declare(engine, feed, "totals", TOTALS)
    order(feed, 1, 5, "2.50")
    engine.apply(feed.batch())
    order(feed, 2, 0, "1.00")
    applied = engine.apply(feed.batch())
    reason = "division by zero, at public.orders where id = 2"
    assert applied.failures == {"ratio": reason}
    assert engine.views["ratio"].failure == reason
    assert rows(engine, "ratio") == [("1", "2")]
    assert rows(engine, "totals") == [("0", "1.00"), ("5", "2.50")]
    assert engine.step("ratio", 0) is None
    order(feed, 3, 1, "1.00")
    assert engine.apply(feed.batch()).changed == {"totals": 1}


def test_a_key_that_is_not_unique_names_itself(engine: DuckDBEngine, feed: Feed) -> None:
    definition = ViewDefinition("v", "SELECT customer, id FROM orders", Path("v.sql"), 1)
    engine.declare(definition, feed.schemas, key=("customer",), generation=1)
    order(feed, 1, 5, "1")
    engine.apply(feed.batch())
    order(feed, 2, 5, "1")
    failure = engine.apply(feed.batch()).failures["v"]
    assert failure.startswith("view v: the key is not unique: two rows with customer = 5")


def test_a_dropped_column_stops_the_views_that_use_it(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "totals", TOTALS)
    declare(engine, feed, "names", NAMES)
    order(feed, 1, 5, "2.50")
    engine.apply(feed.batch())
    kept = tuple(c for c in ORDERS.columns if c.name != "amount")
    feed.alter(TableSchema("public.orders", kept, ("id",), Lsn(200)))
    feed.put("public.orders", {"id": 2, "customer": 5})
    applied = engine.apply(feed.batch())
    reason = "view totals: column public.orders.amount was dropped at 0/C8; until its SQL is edited"
    assert applied.failures["totals"].startswith(f"{reason} it cannot go on: views/shop.sql:7:")
    assert 'column "amount" does not exist' in applied.failures["totals"]
    assert rows(engine, "names") == [("1", "None"), ("2", "None")]


def test_an_added_column_is_ignored(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "totals", TOTALS)
    order(feed, 1, 5, "2.50")
    engine.apply(feed.batch())
    columns = [(c.name, c.type_name) for c in ORDERS.columns if c.name != "amount"]
    wider = table_schema("public.orders", [*columns, ("amount", "numeric(12,2)"), ("x", "text")],
                         ["id"], lsn=200)  # fmt: skip
    feed.alter(wider)
    feed.put("public.orders", {"id": 2, "customer": 5, "amount": "1.00", "x": "new"})
    assert engine.apply(feed.batch()).failures == {}
    assert rows(engine, "totals") == [("5", "3.50")]


def test_trimmed_changes_go_and_the_outbox_says_how_far_back_it_reaches(
    engine: DuckDBEngine, feed: Feed
) -> None:
    declare(engine, feed, "totals", TOTALS)
    versions = []
    for number in range(4):
        order(feed, number, number, "1.00")
        batch = feed.batch()
        engine.apply(batch)
        versions.append(batch.cut.version)
    assert engine.has_since("totals", versions[0])
    engine.trim("totals", versions[1])
    order(feed, 9, 9, "1.00")
    engine.apply(feed.batch())
    assert not engine.has_since("totals", versions[0])
    assert engine.has_since("totals", versions[1])
    with pytest.raises(StateError, match="no longer reaches back"):
        engine.step("totals", versions[0])
    step = engine.step("totals", versions[1])
    assert step is not None
    found = sorted(row["customer"] for b in step.upserts for row in b.to_pylist())
    assert found == [2, 3, 9]


def test_a_full_read_stays_at_its_cut_while_batches_go_on(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "totals", TOTALS)
    order(feed, 1, 5, "2.50")
    first = feed.batch()
    engine.apply(first)
    step = engine.full("totals")
    order(feed, 2, 6, "1.00")
    engine.apply(feed.batch())
    assert step.version == first.cut.version
    assert [row["customer"] for b in step.upserts for row in b.to_pylist()] == [5]


def test_a_full_read_waits_for_the_next_exact_cut(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "totals", TOTALS)
    order(feed, 1, 5, "2.50")
    engine.apply(feed.batch())
    order(feed, 2, 6, "1.00")
    engine.apply(feed.batch(is_exact=False))
    found: list[Step] = []
    reader = threading.Thread(target=lambda: found.append(engine.full("totals")))
    reader.start()
    last = feed.batch()
    engine.apply(last)
    reader.join(10)
    assert [step.version for step in found] == [last.cut.version]
    assert sum(batch.num_rows for batch in found[0].upserts) == 2


def test_a_view_with_a_new_column_of_a_filled_table_needs_a_rebuild(
    engine: DuckDBEngine, feed: Feed
) -> None:
    declare(engine, feed, "totals", TOTALS)
    order(feed, 1, 5, "2.50")
    engine.apply(feed.batch())
    with pytest.raises(StateError, match=r"without column note.*rebuild the view"):
        declare(engine, feed, "notes", "SELECT id, note FROM orders")
    declare(engine, feed, "same", "SELECT id, customer FROM orders")
    engine.apply(feed.batch())
    assert rows(engine, "same") == [("1", "5")]


def test_explain_says_how_each_operator_is_kept(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "names", NAMES)
    engine.apply(feed.batch())
    text = "\n".join(lines_of(engine.explain("names")))
    assert 'left join on ("c.id" = "o.customer") [delta]' in text
    assert "scan public.customers (id, name) [stored]" in text
    assert engine.sizes("names")["rows"].rows == 0


def test_a_table_without_a_key_is_refused(engine: DuckDBEngine) -> None:
    feed = Feed([table_schema("public.log", [("line", "text")], [])])
    with pytest.raises((StateError, ViewError), match="primary key"):
        definition = ViewDefinition("v", "SELECT line FROM log", Path("v.sql"), 1)
        engine.declare(definition, feed.schemas, key=("line",), generation=1)


def test_state_of_another_version_is_refused(feed: Feed, tmp_path: Path) -> None:
    path = tmp_path / "state.duckdb"
    engine = DuckDBEngine.open(path)
    declare(engine, feed, "totals", TOTALS)
    engine.apply(feed.batch())
    engine.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE rederive.format SET version = version - 1")
    with pytest.raises(StateError, match="another version of Rederive") as refused:
        DuckDBEngine.open(path)
    assert "remove the state folder" in refused.value.fix


def test_of_the_changes_in_parts_of_one_cut_the_last_counts(
    engine: DuckDBEngine, feed: Feed
) -> None:
    declare(engine, feed, "totals", TOTALS)
    for number in range(500):
        order(feed, number, number, "1")
    engine.apply(feed.batch())
    for amount in ("2", "3", "4"):
        for number in range(500):
            order(feed, number, number, amount)
        part = feed.batch(is_exact=amount == "4")
        engine.apply(replace(part, cut=replace(part.cut, lsn=Lsn(9000))))
    step = engine.step("totals", 110)
    assert step is not None
    totals = [row["total"] for batch in step.upserts for row in batch.to_pylist()]
    assert totals == [4] * 500


def test_state_that_was_planned_otherwise_is_refused(feed: Feed, tmp_path: Path) -> None:
    path = tmp_path / "state.duckdb"
    engine = DuckDBEngine.open(path)
    declare(engine, feed, "totals", TOTALS)
    engine.apply(feed.batch())
    (table,) = engine.views["totals"].plan.state()
    engine.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"DROP TABLE {table}")
    with pytest.raises(StateError, match="another version of Rederive"):
        DuckDBEngine.open(path)
