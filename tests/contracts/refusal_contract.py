"""What every sink does with rows that its target refuses. A test file defines only `case`."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pytest

from materializers.errors import SinkError
from materializers.sinks.sink import Sink
from materializers.step import Refusals, Step
from materializers.view import ViewSchema
from tests.contracts.view_rows import Row, batch, cut_text


@dataclass
class Kept:
    """Refusals that are recorded. `is_settled`: the sink has settled the step."""

    rows: list[Row] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    is_settled: bool = False

    def add(self, row: pa.RecordBatch, error: SinkError) -> None:
        assert not self.is_settled
        self.rows += row.to_pylist()
        self.reasons.append(error.message)

    def settle(self) -> None:
        self.is_settled = True

    def ids(self) -> list[int]:
        return sorted(row["id"] for row in self.rows)


class _Full:
    """Accepts no row, and refuses to settle."""

    def add(self, row: pa.RecordBatch, error: SinkError) -> None:
        return

    def settle(self) -> None:
        raise SinkError("there is no room.")


@dataclass(frozen=True)
class Case:
    """`open`: a sink of the view `schema`, whose key is `id`. `fit` and `unfit` make rows that its
    target accepts and refuses."""

    open: Callable[[], Sink]
    schema: ViewSchema
    fit: Callable[[int], Row]
    unfit: Callable[[int], Row]

    def step(
        self,
        version: int,
        upserts: list[Row],
        refusals: Refusals,
        deletes: list[int] | None = None,
    ) -> Step:
        """Upserts in batches of 40 rows."""
        batches = [batch(self.schema, upserts[at : at + 40]) for at in range(0, len(upserts), 40)]
        gone = [batch(self.schema, [{"id": n} for n in deletes or []], ["id"])]
        return Step(version, cut_text(version), batches, gone, refusals)


class RefusalContract:
    """Subclasses define the fixture `case`."""

    @pytest.fixture
    def case(self) -> Case:
        raise NotImplementedError

    @pytest.mark.parametrize("is_live", [False, True])
    @pytest.mark.parametrize(
        ("size", "unfit"),
        [
            (100, {0}),
            (100, {99}),
            (100, {3, 4, 41, 77}),
            (100, set(range(20, 60))),
            (1200, {3, 999, 1001}),
        ],
    )
    def test_the_others_flow(self, case: Case, size: int, unfit: set[int], is_live: bool) -> None:
        sink = case.open()
        sink.create(1)
        for version, first in ((1, 0), (2, size)):
            rows = [
                case.unfit(first + at) if at in unfit else case.fit(first + at)
                for at in range(size)
            ]
            kept = Kept()
            sink.write(1, case.step(version, rows, kept))
            assert kept.ids() == sorted(first + at for at in unfit)
            assert kept.is_settled and all(kept.reasons)
            if is_live:
                sink.switch(1)
        expected = {first + at for first in (0, size) for at in range(size) if at not in unfit}
        assert {row["id"] for row in sink.scan(1)} == expected
        assert sink.generations()[1].version == 2

    def test_how_it_was_before_is_gone_and_a_fitting_version_comes_back(self, case: Case) -> None:
        sink = case.open()
        sink.create(1)
        sink.write(1, case.step(1, [case.fit(at) for at in range(5)], Kept()))
        sink.switch(1)
        kept = Kept()
        sink.write(1, case.step(2, [case.unfit(2), case.fit(7)], kept, [1]))
        assert kept.ids() == [2]
        assert {row["id"] for row in sink.scan(1)} == {0, 3, 4, 7}
        sink.write(1, case.step(3, [case.fit(2)], Kept()))
        assert {row["id"] for row in sink.scan(1)} == {0, 2, 3, 4, 7}

    def test_a_key_that_was_refused_can_be_deleted(self, case: Case) -> None:
        sink = case.open()
        sink.create(1)
        sink.write(1, case.step(1, [case.fit(1), case.unfit(2)], Kept()))
        sink.write(1, case.step(2, [], Kept(), [2]))
        assert [row["id"] for row in sink.scan(1)] == [1]

    def test_without_a_place_for_it_the_step_ends(self, case: Case) -> None:
        sink = case.open()
        sink.create(1)
        sink.write(1, case.step(1, [case.fit(1)], Kept()))
        sink.switch(1)
        before = sink.generations()[1]
        rows = [case.fit(2), case.unfit(3)]
        with pytest.raises(SinkError):
            sink.write(1, Step(2, cut_text(2), [batch(case.schema, rows)], []))
        assert sink.generations()[1] == before

    def test_the_cut_waits_until_all_is_settled(self, case: Case) -> None:
        sink = case.open()
        sink.create(1)
        sink.write(1, case.step(1, [case.fit(1)], Kept()))
        sink.switch(1)
        before = sink.generations()[1]
        with pytest.raises(SinkError, match="there is no room"):
            sink.write(1, case.step(2, [case.fit(2), case.unfit(3)], _Full()))
        assert sink.generations()[1] == before
        kept = Kept()
        sink.write(1, case.step(2, [case.fit(2), case.unfit(3)], kept))
        assert kept.ids() == [3] and {row["id"] for row in sink.scan(1)} == {1, 2}
