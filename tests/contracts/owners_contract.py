"""What every sink promises where two processes write it; part of the sink contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa
import pytest

from materializers.errors import NotOwner, SinkError
from materializers.sinks.owner import Owner
from materializers.sinks.sink import Sink
from materializers.step import Step
from tests.contracts.opened_sinks import FIRST, SECOND
from tests.contracts.view_rows import ORDERS, cut_text, many_orders, order, scanned, step

OpenFor = Callable[..., Sink]
"""Opens a view's sink, by FIRST or by the writer given, and claims it if it has no owner."""


class OwnersContract:
    """Of two processes that write one sink, only the last to claim it can write. Subclasses define
    the fixture `open_for`: it opens a sink for a view, the same one for the same view, and removes
    it after the test. `rows_under_way`: so many that some reach the target before the step's
    iterator ends."""

    rows_under_way = 20_000

    @pytest.fixture
    def open_for(self) -> Iterator[OpenFor]:
        raise NotImplementedError

    @pytest.fixture
    def zombie(self, open_for: OpenFor) -> Sink:
        """FIRST's sink, with a live generation of two rows and another one that is being filled."""
        sink = open_for(ORDERS)
        for number in (1, 2):
            sink.create(number)
            sink.write(number, step(ORDERS, 5, [order(1), order(2)]))
        sink.switch(1)
        return sink

    @pytest.fixture
    def heir(self, open_for: OpenFor) -> Sink:
        """SECOND's sink, not claimed yet."""
        return open_for(ORDERS, SECOND)

    def test_each_claim_begins_an_epoch(self, zombie: Sink, heir: Sink) -> None:
        first = heir.owner()
        assert first is not None and first.writer == FIRST and first.tenure == FIRST.run
        zombie.claim("no other", first)
        assert _owner(zombie).epoch == first.epoch
        heir.claim("since then", first)
        second = zombie.owner()
        assert second is not None and second.writer == SECOND and second.tenure == "since then"
        assert second.epoch == first.epoch + 1 and not second.has_ended
        assert 0 <= second.silence_s < 30
        with pytest.raises(SinkError, match="another process claims it too") as late:
            zombie.claim("again", first)
        assert late.value.is_retryable and _owner(zombie).writer == SECOND

    def test_signs_of_life(self, zombie: Sink, heir: Sink) -> None:
        zombie.sign()
        assert not _owner(heir).has_ended
        zombie.sign(has_ended=True)
        assert _owner(heir).has_ended
        with pytest.raises(NotOwner):
            heir.sign()
        heir.claim(SECOND.run, heir.owner())
        assert not _owner(heir).has_ended
        with pytest.raises(NotOwner, match=r"pipeline second .*has taken it over.*--take-over"):
            zombie.sign(has_ended=True)
        assert not _owner(heir).has_ended

    def test_who_was_replaced_writes_no_more(self, zombie: Sink, heir: Sink) -> None:
        before = dict(zombie.generations())
        heir.claim(SECOND.run, heir.owner())
        attempts: list[Callable[[], None]] = [
            lambda: zombie.write(1, step(ORDERS, 9, [order(3)], [order(1)])),
            lambda: zombie.write(2, step(ORDERS, 9, [order(3)], [order(1)])),
            lambda: zombie.write(1, step(ORDERS, 9)),
            lambda: zombie.create(3),
            lambda: zombie.create(2),
            lambda: zombie.switch(2),
            lambda: zombie.rehearse(2),
            lambda: zombie.drop(2),
        ]
        for attempt in attempts:
            with pytest.raises(NotOwner, match=r"pipeline second .*has taken it over"):
                attempt()
            assert dict(heir.generations()) == before
        assert [row["id"] for row in scanned(heir, 1)] == [1, 2]
        assert [row["id"] for row in scanned(heir, 2)] == [1, 2]
        heir.write(1, step(ORDERS, 6, [order(7)]))
        heir.create(3)
        heir.write(3, step(ORDERS, 7, [order(8)]))
        heir.switch(3)
        heir.drop(2)
        assert [row["id"] for row in scanned(heir, 1)] == [1, 2, 7]
        assert {n: g.is_live for n, g in heir.generations().items()} == {1: False, 3: True}

    @pytest.mark.parametrize("number", [1, 2])
    def test_a_step_under_way_comes_to_nothing(self, zombie: Sink, heir: Sink, number: int) -> None:
        """The owner is replaced between its documents; its later ones arrive after the new
        owner's."""
        later = step(ORDERS, 20, [order(2, "of the heir"), order(4)])

        def upserts() -> Iterator[pa.RecordBatch]:
            yield from many_orders("of the zombie", self.rows_under_way)
            heir.claim(SECOND.run, heir.owner())
            heir.write(number, later)
            yield from many_orders("of the zombie", self.rows_under_way)

        before = zombie.generations()
        with pytest.raises(SinkError):
            zombie.write(number, Step(10, cut_text(10), upserts(), []))
        with pytest.raises(NotOwner):
            zombie.write(
                number,
                Step(30, cut_text(30), many_orders("of the zombie", self.rows_under_way), []),
            )
        after = dict(heir.generations())
        assert (after[number].version, after[number].cut) == (20, cut_text(20))
        assert after[3 - number] == before[3 - number]

    def test_a_live_generation_keeps_its_cut_until_the_switch(
        self, zombie: Sink, heir: Sink
    ) -> None:
        def upserts() -> Iterator[pa.RecordBatch]:
            yield from many_orders("of the zombie", self.rows_under_way)
            heir.claim(SECOND.run, heir.owner())
            yield from many_orders("of the zombie", self.rows_under_way)

        with pytest.raises(SinkError):
            zombie.write(1, Step(10, cut_text(10), upserts(), []))
        heir.create(3)
        heir.write(3, step(ORDERS, 4, [order(9)]))
        assert [row["id"] for row in scanned(heir, 1)] == [1, 2]
        heir.switch(3)
        assert [row["id"] for row in scanned(heir, 3)] == [9]

    def test_a_sink_opened_for_reading_writes_nothing(
        self, zombie: Sink, open_for: OpenFor
    ) -> None:
        reader = open_for(ORDERS, None)
        with pytest.raises(NotOwner):
            reader.write(1, step(ORDERS, 9, [order(3)]))
        assert [row["id"] for row in scanned(reader, 1)] == [1, 2]


def _owner(sink: Sink) -> Owner:
    owner = sink.owner()
    assert owner is not None
    return owner
