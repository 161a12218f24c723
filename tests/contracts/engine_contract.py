"""What every engine promises. An implementation's test file defines only `open_at`."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from cdc.position import Lsn
from materializers.engines.engine import Engine, OpenEngine
from materializers.errors import OutboxTrimmed, StateError
from materializers.step import Step
from tests.contracts.engine_states import OpenState, changed, position, shown, version_of
from tests.contracts.view_builder_contract import ViewBuilderContract, view
from tests.unit.shop import CUSTOMERS, NAMES, ORDERS, TOTALS, declare, order
from tests.views.feed import Feed


def _refusal(open_at: OpenEngine, path: Path) -> str:
    """The error of opening that state; runs in a process of its own."""
    try:
        open_at(path).close()
    except StateError as error:
        return error.message
    return ""


class EngineContract(ViewBuilderContract):
    """`open_at` opens the state at a path; it can be sent to another process."""

    @pytest.fixture
    def open_state(self, open_at: OpenEngine, tmp_path: Path) -> Iterator[OpenState]:
        with ExitStack() as opened:
            yield lambda name: opened.enter_context(closing(open_at(tmp_path / name)))

    @pytest.fixture
    def feed(self) -> Feed:
        return Feed([ORDERS, CUSTOMERS])

    # the state

    def test_a_restart_goes_on_from_the_last_batch(
        self, engine: Engine, feed: Feed, open_state: OpenState
    ) -> None:
        declare(engine, feed, "totals", TOTALS)
        order(feed, 1, 5, "2.50")
        batch = feed.batch()
        engine.apply(batch)
        engine.close()
        again = open_state("live")
        assert (again.cut, again.offsets) == (batch.cut, batch.offsets)
        assert again.schemas["public.orders"] == ORDERS
        assert shown(again, "totals") == [("5", "2.50")]
        order(feed, 2, 5, "1.00")
        again.apply(feed.batch())
        assert changed(again.step("totals", batch.cut.version)) == ([("5", "3.50")], [])

    def test_a_second_process_is_refused(
        self, engine: Engine, open_at: OpenEngine, tmp_path: Path
    ) -> None:
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawned) as elsewhere:
            assert "in use" in elsewhere.submit(_refusal, open_at, tmp_path / "live").result()
            engine.close()
            assert not elsewhere.submit(_refusal, open_at, tmp_path / "live").result()

    def test_each_start_is_remembered_as_one_of_the_same_pipeline(
        self, engine: Engine, open_state: OpenState
    ) -> None:
        first = engine.begin_run()
        assert not first.former
        engine.close()
        second = open_state("live").begin_run()
        assert second.writer.pipeline == first.writer.pipeline
        assert second.former == {first.writer.run} and second.writer.run not in second.former
        assert open_state("beside").begin_run().writer.pipeline != first.writer.pipeline

    def test_a_state_that_was_removed_is_noticed(self, engine: Engine, tmp_path: Path) -> None:
        engine.require_state()
        (tmp_path / "live").rename(tmp_path / "elsewhere")
        with pytest.raises(StateError, match="removed while in use"):
            engine.require_state()

    def test_a_closed_engine_says_so(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "totals", TOTALS)
        engine.apply(feed.batch())
        engine.close()
        engine.close()
        for ask in (engine.full, engine.changes_waiting, engine.explain):
            with pytest.raises(StateError, match="closed"):
                ask("totals")

    # batches

    def test_parts_are_stored_and_nothing_is_shown_before_the_exact_one(
        self, engine: Engine, feed: Feed
    ) -> None:
        declare(engine, feed, "totals", TOTALS)
        order(feed, 1, 5, "2.50")
        part = feed.batch(is_exact=False)
        engine.apply(part)
        assert position(engine) == (None, False) and engine.offsets == part.offsets
        with pytest.raises(StateError, match="no exact cut came in time"):
            engine.whole("totals", timeout_s=0.0)
        order(feed, 1, 6, "4.00")
        batch = feed.batch()
        engine.apply(batch)
        assert position(engine) == (batch.cut, True)
        assert shown(engine, "totals") == [("6", "4.00")]

    def test_an_inexact_batch_of_a_built_view_publishes_nothing(
        self, engine: Engine, feed: Feed
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
        assert changed(step) == ([("5", "4.50")], [])

    def test_a_batch_repeated_changes_nothing(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "totals", TOTALS)
        declare(engine, feed, "names", NAMES)
        order(feed, 1, 5, "2.50")
        engine.apply(feed.batch())
        before = version_of(engine)
        order(feed, 2, 5, "1.00")
        feed.delete("public.orders", {"id": 1})
        batch = feed.batch()
        assert dict(engine.apply(batch).changed) == {"totals": 1, "names": 2}
        assert dict(engine.apply(batch).changed) == {"totals": 0, "names": 0}
        assert changed(engine.step("totals", before)) == ([("5", "1.00")], [])
        assert changed(engine.step("names", before)) == ([("2", "None")], [("1",)])

    def test_the_last_record_of_a_key_wins_and_a_tombstone_deletes(
        self, engine: Engine, feed: Feed
    ) -> None:
        declare(engine, feed, "totals", TOTALS)
        order(feed, 1, 5, "2.50")
        feed.delete("public.orders", {"id": 1})
        order(feed, 2, 5, "1.00")
        feed.delete("public.orders", {"id": 2})
        order(feed, 2, 6, "4.00")
        engine.apply(feed.batch())
        assert shown(engine, "totals") == [("6", "4.00")]

    def test_an_update_that_changes_nothing_emits_nothing(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "totals", TOTALS)
        order(feed, 1, 5, "2.50", "one")
        engine.apply(feed.batch())
        order(feed, 1, 5, "2.50", "two")
        assert engine.apply(feed.batch()).changed == {"totals": 0}

    def test_an_emptied_table_forgets_rows_and_older_records(
        self, engine: Engine, feed: Feed
    ) -> None:
        declare(engine, feed, "totals", TOTALS)
        for number in range(6):
            order(feed, number, number % 2, "1.00")
        first = feed.batch()
        engine.apply(first)
        order(feed, 10, 7, "9.00")
        feed.truncate("public.orders")
        order(feed, 11, 8, "3.00")
        engine.apply(feed.batch())
        assert shown(engine, "totals") == [("8", "3.00")]
        step = engine.step("totals", first.cut.version)
        assert changed(step) == ([("8", "3.00")], [("0",), ("1",)])

    def test_a_failing_view_stops_alone_at_its_last_cut(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "ratio", "SELECT id, 10 / customer AS share FROM orders")
        declare(engine, feed, "totals", TOTALS)
        order(feed, 1, 5, "2.50")
        first = feed.batch()
        engine.apply(first)
        order(feed, 2, 0, "1.00")
        failures = engine.apply(feed.batch()).failures
        assert set(failures) == {"ratio"} and failures["ratio"].startswith("division by zero")
        assert engine.views["ratio"].failure == failures["ratio"]
        assert engine.full("ratio").version == first.cut.version
        assert shown(engine, "ratio") == [("1", "2")]
        assert shown(engine, "totals") == [("0", "1.00"), ("5", "2.50")]
        assert engine.step("ratio", 0) is None
        order(feed, 3, 1, "1.00")
        assert engine.apply(feed.batch()).changed == {"totals": 1}

    # reading

    def test_trimmed_changes_go_and_how_far_back_they_reach_is_known(
        self, engine: Engine, feed: Feed
    ) -> None:
        declare(engine, feed, "totals", TOTALS)
        versions = []
        for number in range(4):
            order(feed, number, number, "1.00")
            engine.apply(feed.batch())
            versions.append(version_of(engine))
        assert engine.has_since("totals", versions[0])
        assert engine.changes_waiting("totals") == 3
        engine.trim("totals", versions[1])
        order(feed, 9, 9, "1.00")
        engine.apply(feed.batch())
        assert not engine.has_since("totals", versions[0])
        assert engine.has_since("totals", versions[1])
        assert engine.changes_waiting("totals") == 3
        with pytest.raises(OutboxTrimmed, match="no longer reaches back"):
            engine.step("totals", versions[0])
        upserts, _ = changed(engine.step("totals", versions[1]))
        assert upserts == [("2", "1.00"), ("3", "1.00"), ("9", "1.00")]

    def test_of_the_changes_in_parts_of_one_cut_the_last_counts(
        self, engine: Engine, feed: Feed
    ) -> None:
        declare(engine, feed, "totals", TOTALS)
        for number in range(500):
            order(feed, number, number, "1")
        engine.apply(feed.batch())
        before = version_of(engine)
        for amount in ("2", "3", "4"):
            for number in range(500):
                order(feed, number, number, amount)
            part = feed.batch(is_exact=amount == "4")
            engine.apply(replace(part, cut=replace(part.cut, lsn=Lsn(9000))))
        upserts, _ = changed(engine.step("totals", before))
        assert [total for _, total in upserts] == ["4.00"] * 500

    def test_a_full_read_stays_at_its_cut_while_batches_go_on(
        self, engine: Engine, feed: Feed
    ) -> None:
        declare(engine, feed, "totals", TOTALS)
        order(feed, 1, 5, "2.50")
        engine.apply(feed.batch())
        first, step, whole = version_of(engine), engine.full("totals"), engine.whole("totals", 1.0)
        order(feed, 2, 6, "1.00")
        engine.apply(feed.batch())
        assert step.version == whole.cut.version == first
        assert changed(step) == ([("5", "2.50")], [])
        assert pa.Table.from_batches(whole.batches, whole.types).num_rows == 1
        assert [column.name for column in whole.schema.columns] == ["customer", "total"]
        whole.close()

    def test_a_full_read_waits_for_the_next_exact_cut(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "totals", TOTALS)
        order(feed, 1, 5, "2.50")
        engine.apply(feed.batch())
        order(feed, 2, 6, "1.00")
        engine.apply(feed.batch(is_exact=False))
        found: list[Step] = []
        reader = threading.Thread(target=lambda: found.append(engine.full("totals")))
        reader.start()
        # By the time this finds none either, the reader has looked and waits.
        with pytest.raises(StateError, match="no exact cut came in time"):
            engine.whole("totals", timeout_s=0.5)
        last = feed.batch()
        engine.apply(last)
        reader.join(10)
        assert [step.version for step in found] == [last.cut.version]
        assert len(changed(found[0])[0]) == 2

    def test_further_rows_come_with_the_changes(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "totals", TOTALS)
        for customer in (5, 6, 7):
            order(feed, customer, customer, "1.00")
        engine.apply(feed.batch())
        before = version_of(engine)
        order(feed, 8, 7, "1.00")
        engine.apply(feed.batch())
        step = engine.again(
            "totals", before, 1, lambda upserts, rows: [b.slice(0, 1) for b in rows]
        )
        upserts, _ = changed(step)
        assert ("7", "2.00") in upserts and len(upserts) == 2

    def test_what_it_takes_is_told(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "totals", TOTALS)
        order(feed, 1, 5, "2.50")
        engine.apply(feed.batch())
        stored = engine.storage()
        assert stored["file_bytes"] > 0
        assert set(stored["inputs"]) == {"public.orders"}
        assert set(stored["views"]) == {"totals"}
        told = engine.explain("totals")
        assert (told["view"], told["key"], told["rows"]) == ("totals", ["customer"], 1)
        planned = engine.explain_definition(view("names", NAMES), feed.schemas, key=None)
        assert planned["key"] == ["id"] and not planned["is_built"]
        assert set(engine.views) == {"totals"}
