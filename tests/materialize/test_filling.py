"""A filling makes a generation beside the live one, and removes it unless it is switched to."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from materializers.engines.label import next_label
from materializers.errors import RebuildError, SinkError
from tests.materialize.memory_view import MemoryView, away, refused

NEXT = next_label("shown")
EDITED = "SELECT id, n + 1 AS n FROM items"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[MemoryView]:
    """With a second build beside the live one."""
    made = MemoryView(tmp_path)
    made.put({1: 10, 2: 20})
    made.build(EDITED, 2, is_next=True)
    yield made
    made.close()


def test_the_new_build_is_filled_while_the_live_one_goes_on(kept: MemoryView) -> None:
    counted: list[int] = []
    with kept.delivery() as delivery:
        kept.until_seen(delivery, {1: 10, 2: 20})
        with kept.filling(NEXT, {"shown_sink": delivery}) as filling:
            assert filling.version == -1
            filling.load([kept.definition], counted.append)
            (number,) = delivery.reserved
            assert sum(counted) == 2 and kept.rows(number) == {1: 11, 2: 21}
            version = kept.put({2: 30, 3: 0})
            delivery.notify()
            assert filling.deliver() and filling.version == version
            assert not filling.deliver()
            filling.rehearse()
            kept.until_seen(delivery, {1: 10, 2: 30, 3: 0})
            kept.engine.promote("shown")
        delivery.notify()
        kept.until_seen(delivery, {1: 11, 2: 31, 3: 1})
        assert delivery.status.generation == number and delivery.status.loads == 1
        assert not delivery.reserved


def test_what_was_not_switched_to_goes(kept: MemoryView) -> None:
    with kept.delivery() as delivery:
        kept.until_seen(delivery, {1: 10, 2: 20})
        with kept.filling(NEXT, {"shown_sink": delivery}) as filling:
            filling.load([kept.definition])
            assert len(kept.target.builds) == 2
            filling.discard()
        assert list(kept.target.builds) == [delivery.status.generation]


def test_a_sink_that_is_away_is_left_out_and_said(
    kept: MemoryView, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    kept.faults.append(away())
    with kept.filling(NEXT) as filling:
        filling.load([kept.definition])
        assert filling.version == -1
        filling.rehearse()
    (said,) = [record.getMessage() for record in caplog.records]
    assert "stands still from the switch until it answers and is filled" in said


def test_a_sink_that_goes_away_later_is_left_out_too(kept: MemoryView) -> None:
    with kept.filling(NEXT) as filling:
        filling.load([kept.definition])
        kept.faults.append(away())
        kept.put({3: 0})
        assert not filling.deliver() and filling.version == -1


@pytest.mark.parametrize("is_loaded", [False, True])
def test_a_sink_that_refuses_ends_it(kept: MemoryView, is_loaded: bool) -> None:
    (kept.unready if is_loaded else kept.faults).append(refused())
    with kept.filling(NEXT) as filling, pytest.raises(SinkError, match="it forbids this"):
        filling.load([kept.definition])
        assert is_loaded
        filling.rehearse()


def test_a_build_that_was_planned_anew_meanwhile_ends_it(kept: MemoryView) -> None:
    with kept.filling(NEXT) as filling:
        filling.load([kept.definition])
        kept.engine.forget(NEXT)
        kept.build(EDITED, 3, is_next=True)
        with pytest.raises(RebuildError, match="a table of the source changed"):
            filling.deliver()
