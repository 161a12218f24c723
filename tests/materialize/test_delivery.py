"""A delivery brings a sink to the view's cuts, whatever the sink had before and whatever fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from materializers.delivery.delivery import Phase
from materializers.errors import NotOwner
from tests.contracts.opened_sinks import SECOND
from tests.materialize.memory_view import MemoryView, away, refused


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[MemoryView]:
    made = MemoryView(tmp_path)
    yield made
    made.close()


def test_readers_see_each_cut_and_never_an_older_one(kept: MemoryView) -> None:
    kept.put({1: 10})
    with kept.delivery() as delivery:
        kept.until_seen(delivery, {1: 10})
        for n in range(11, 31):
            kept.put({1: n, 2: -n})
            delivery.notify()
        kept.until_seen(delivery, {1: 30, 2: -30})
    assert all(rows in ({1: 10}, {1: rows[1], 2: -rows[1]}) for rows in kept.seen)
    values = [rows[1] for rows in kept.seen]
    assert values == sorted(values)
    owner = kept.target.owner
    assert owner is not None and owner.has_ended


def test_a_restart_goes_on_where_the_sink_is(kept: MemoryView) -> None:
    kept.put({1: 10})
    with kept.delivery() as delivery:
        kept.until_seen(delivery, {1: 10})
    kept.put({1: 11})
    with kept.delivery() as again:
        kept.until_seen(again, {1: 11})
        assert (again.status.loads, again.status.generation) == (0, delivery.status.generation)


def test_what_the_outbox_no_longer_holds_is_filled_anew(
    kept: MemoryView, caplog: pytest.LogCaptureFixture
) -> None:
    kept.put({1: 10})
    with kept.delivery() as delivery:
        kept.until_seen(delivery, {1: 10})
    kept.engine.trim("shown", kept.put({1: 11, 2: 0}))
    kept.put({3: 0})
    with kept.delivery() as again:
        kept.until_seen(again, {1: 11, 2: 0, 3: 0})
        assert again.status.loads == 1
        assert again.status.generation > delivery.status.generation
    assert kept.seen[-2:] == [{1: 10}, {1: 11, 2: 0, 3: 0}], "readers see the old one until then"


def test_half_made_generations_go_and_others_stay(kept: MemoryView) -> None:
    kept.put({1: 10})
    with kept.delivery() as delivery:
        kept.until_seen(delivery, {1: 10})
    sink = kept.open(kept.engine.view("shown").schema)
    for number in (7, 8):
        sink.create(number)
    with kept.delivery(8) as again:
        kept.until_seen(again, {1: 10})
        assert set(kept.target.builds) == {delivery.status.generation, 8}


def test_a_passing_failure_is_tried_again_and_told_once(
    kept: MemoryView, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    kept.put({1: 10})
    with kept.delivery() as delivery:
        kept.until_seen(delivery, {1: 10})
        kept.faults += [away(), away(), away()]
        kept.put({1: 11})
        delivery.notify()
        kept.until_seen(delivery, {1: 11})
        assert delivery.status.loads == 1
    told = [record.getMessage() for record in caplog.records]
    assert sum("does not answer" in line for line in told) == 1
    assert sum("goes on after" in line for line in told) == 1


def test_what_needs_an_operator_is_said_and_does_not_end_it(kept: MemoryView) -> None:
    kept.faults.append(refused())
    kept.put({1: 10})
    with kept.delivery() as delivery:
        kept.until(lambda: delivery.status.phase is Phase.STOPPED)
        assert "it forbids this" in delivery.status.error and kept.rows() == {}
        assert delivery.is_alive()


def test_an_error_that_nobody_foresaw_ends_it_with_its_words(
    kept: MemoryView, caplog: pytest.LogCaptureFixture
) -> None:
    kept.put({1: 10})
    with kept.delivery() as delivery:
        kept.until_seen(delivery, {1: 10})
        kept.faults.append(ZeroDivisionError("division by zero"))
        kept.put({1: 11})
        delivery.notify()
        kept.until(lambda: not delivery.is_alive())
        assert (
            delivery.status.phase is Phase.STOPPED and "division by zero" in delivery.status.error
        )
    assert any("stops: " in record.getMessage() for record in caplog.records)


def test_who_was_replaced_stops_and_says_by_whom(kept: MemoryView) -> None:
    kept.put({1: 10})
    lost: list[NotOwner] = []
    with kept.delivery() as delivery:
        delivery.on_lost = lost.append
        kept.until_seen(delivery, {1: 10})
        heir = kept.heir()
        heir.claim(SECOND.run, heir.owner())
        kept.put({1: 11})
        delivery.notify()
        kept.until(lambda: not delivery.is_alive())
    assert kept.rows() == {1: 10} and "pipeline second" in str(lost[0])


def test_another_build_is_switched_to_in_one_step(kept: MemoryView) -> None:
    kept.put({1: 10, 2: 20})
    with kept.delivery() as delivery:
        kept.until_seen(delivery, {1: 10, 2: 20})
        kept.build("SELECT id, n + 1 AS n FROM items", 2, is_next=True)
        kept.engine.promote("shown")
        delivery.notify()
        kept.until_seen(delivery, {1: 11, 2: 21})
        kept.put({3: 0})
        delivery.notify()
        kept.until_seen(delivery, {1: 11, 2: 21, 3: 1})
    assert kept.seen == [{1: 10, 2: 20}, {1: 11, 2: 21}, {1: 11, 2: 21, 3: 1}]


SHARES = "SELECT id, 100 / n AS n FROM items"


def test_a_stopped_views_rows_are_of_the_cut_it_stopped_at(tmp_path: Path) -> None:
    """Also where the sink is filled again: it must not say that it is at a later cut."""
    kept = MemoryView(tmp_path, SHARES)
    good = kept.put({1: 10})
    with kept.delivery() as delivery:
        kept.until_seen(delivery, {1: 10})
        kept.put({2: 0})
        assert kept.engine.views["shown"].failure
        kept.put({3: 5})
        kept.target.builds.clear()
        kept.target.live = -1
        delivery.notify()
        kept.until(lambda: kept.rows() == {1: 10})
        kept.until(lambda: delivery.status.phase is Phase.FOLLOWING)
        assert delivery.status.version == delivery.status.visible == good
        kept.put({4: 5})
        delivery.notify()
    kept.close()
    assert kept.rows() == {1: 10} and kept.target.builds[kept.target.live].version == good


def test_a_view_that_stopped_between_two_cuts_fills_no_sink(tmp_path: Path) -> None:
    kept = MemoryView(tmp_path, SHARES)
    kept.put({1: 10})
    with kept.delivery() as delivery:
        kept.until_seen(delivery, {1: 10})
        kept.feed.put("public.items", {"id": 2, "n": 5})
        kept.engine.apply(kept.feed.batch(is_exact=False))
        kept.put({3: 0})
        kept.target.builds.clear()
        kept.target.live = -1
        delivery.notify()
        kept.until(lambda: "its rows are not exact" in delivery.status.error)
        assert delivery.is_alive() and kept.rows() == {}
    kept.close()
