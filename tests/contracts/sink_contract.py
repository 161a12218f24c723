"""What every sink promises. An implementation's test file defines only `open_for`."""

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from materializers.errors import SinkError
from materializers.sinks.sink import Sink
from materializers.step import Step
from tests.contracts.opened_sinks import in_memory
from tests.contracts.owners_contract import OpenFor, OwnersContract
from tests.contracts.view_rows import (
    EVERYTHING,
    LINES,
    ORDERS,
    Row,
    batch,
    cut_text,
    everything,
    in_order,
    line,
    many_orders,
    order,
    scanned,
    step,
    view,
)

ODD_TEXTS = [
    "", " ", "a/b", "a:b", "a%b", "%3A", 'a"b', "a'b", "a\\b", "a\tb\nc", "[", '["a",1]', "{id}",
    "null", "_id", "*", "?x=1&y=2#z", "Grüße", "日本語", "🚀", "e\u0301", "\u2028", "a,b", "\\N",
]  # fmt: skip


class _PowerCut(Exception):
    """The process' death in the middle of a step."""


class SinkContract(OwnersContract):
    """The promises of a sink with one writer."""

    @pytest.fixture
    def sink(self, open_for: OpenFor) -> Sink:
        return open_for(ORDERS)

    def test_nothing_is_there_at_first(self, sink: Sink) -> None:
        assert dict(sink.generations()) == {}

    def test_a_new_generation_is_empty_and_not_live(self, sink: Sink) -> None:
        sink.create(1)
        generation = sink.generations()[1]
        assert (generation.number, generation.version, generation.cut) == (1, -1, "")
        assert not generation.is_live
        assert scanned(sink, 1) == []

    def test_what_is_written_is_scanned(self, sink: Sink) -> None:
        sink.create(1)
        sink.write(1, step(ORDERS, 7, [order(1), order(2, "paid", None)]))
        assert scanned(sink, 1) == [
            {"id": 1, "status": "new", "total": Decimal("1.5")},
            {"id": 2, "status": "paid", "total": None},
        ]
        assert (sink.generations()[1].version, sink.generations()[1].cut) == (7, cut_text(7))

    def test_it_tells_whether_it_holds_rows(self, sink: Sink) -> None:
        sink.create(1)
        sink.write(1, step(ORDERS, 1, [order(1)]))
        assert sink.holds_rows(1) and sink.holds_rows(1)
        sink.write(1, step(ORDERS, 2, [], [order(1)]))
        assert not sink.holds_rows(1)

    def test_upserts_replace_and_deletes_remove(self, sink: Sink) -> None:
        sink.create(1)
        sink.write(1, step(ORDERS, 1, [order(1), order(2), order(3)]))
        sink.write(1, step(ORDERS, 2, [order(2, "paid"), order(4)], [order(1), order(9)]))
        assert [(row["id"], row["status"]) for row in scanned(sink, 1)] == [
            (2, "paid"), (3, "new"), (4, "new"),
        ]  # fmt: skip

    def test_a_deleted_row_comes_back(self, sink: Sink) -> None:
        sink.create(1)
        sink.write(1, step(ORDERS, 1, [order(1)]))
        sink.write(1, step(ORDERS, 2, [], [order(1)]))
        sink.write(1, step(ORDERS, 3, [order(1, "again")]))
        assert [row["status"] for row in scanned(sink, 1)] == ["again"]

    def test_a_value_that_becomes_null_is_null(self, sink: Sink) -> None:
        sink.create(1)
        sink.write(1, step(ORDERS, 1, [order(1)]))
        sink.write(1, step(ORDERS, 2, [{"id": 1}]))
        assert scanned(sink, 1) == [{"id": 1, "status": None, "total": None}]

    def test_a_repeated_step_changes_nothing(self, sink: Sink) -> None:
        sink.create(1)
        sink.write(1, step(ORDERS, 1, [order(1), order(2)]))
        for _ in range(3):
            sink.write(1, step(ORDERS, 2, [order(3)], [order(1)]))
        assert [row["id"] for row in scanned(sink, 1)] == [2, 3]

    def test_a_step_of_an_older_cut_is_ignored(self, sink: Sink, open_for: OpenFor) -> None:
        zombie = open_for(ORDERS)
        sink.create(1)
        sink.write(1, step(ORDERS, 5, [order(1, "old"), order(2)]))
        sink.write(1, step(ORDERS, 9, [order(1, "new")], [order(2)]))
        zombie.write(1, step(ORDERS, 5, [order(1, "old"), order(2), order(3)]))
        assert [(row["id"], row["status"]) for row in scanned(sink, 1)] == [(1, "new")]
        assert sink.generations()[1].version == 9

    def test_an_empty_step_moves_the_cut(self, sink: Sink) -> None:
        sink.create(1)
        sink.write(1, step(ORDERS, 1))
        sink.write(1, step(ORDERS, 2**62))
        assert sink.generations()[1].version == 2**62
        assert scanned(sink, 1) == []

    def test_batches_without_rows_are_fine(self, sink: Sink) -> None:
        sink.create(1)
        empty = batch(ORDERS, [])
        sink.write(1, Step(1, "{}", [empty, batch(ORDERS, [order(1)]), empty], []))
        sink.write(1, Step(2, "{}", [empty], [batch(ORDERS, [], ["id"])]))
        assert [row["id"] for row in scanned(sink, 1)] == [1]

    @pytest.mark.parametrize("is_live", [False, True])
    @pytest.mark.parametrize("is_first", [False, True])
    @pytest.mark.parametrize("size", [50, 2500])
    def test_a_step_cut_short_is_healed_by_repeating_it(
        self, open_for: OpenFor, is_live: bool, is_first: bool, size: int
    ) -> None:
        sink = open_for(ORDERS)
        sink.create(1)
        if not is_first:
            sink.write(1, step(ORDERS, 1, [order(number) for number in range(size)]))
        if is_live:
            sink.switch(1)
        before, half, end = sink.generations()[1], size // 2, size + size // 2
        gone = [batch(ORDERS, [order(number) for number in range(half)], ["id"])]
        paid = [order(at, "paid") for at in range(half, end)]
        new = [batch(ORDERS, paid[at : at + 100]) for at in range(0, len(paid), 100)]

        def dying() -> Iterator[pa.RecordBatch]:
            yield from new[:-1]
            raise _PowerCut

        with pytest.raises(_PowerCut):
            sink.write(1, Step(2, cut_text(2), dying(), gone))
        assert sink.generations()[1] == before
        sink.write(1, Step(2, cut_text(2), new, gone))
        assert [row["id"] for row in sorted(sink.scan(1), key=lambda r: r["id"])] == [
            *range(half, end)
        ]
        assert sink.generations()[1].version == 2

    def test_switch_and_drop(self, sink: Sink) -> None:
        for number in (1, 2):
            sink.create(number)
            sink.write(number, step(ORDERS, number, [order(number)]))
        sink.switch(1)
        sink.switch(2)
        sink.switch(2)
        assert {n: g.is_live for n, g in sink.generations().items()} == {1: False, 2: True}
        sink.drop(1)
        sink.drop(1)
        assert [*sink.generations()] == [2]
        assert [row["id"] for row in scanned(sink, 2)] == [2]

    def test_the_live_generation_is_neither_dropped_nor_made_anew(self, sink: Sink) -> None:
        sink.create(1)
        sink.switch(1)
        with pytest.raises(SinkError, match="is live"):
            sink.drop(1)
        with pytest.raises(SinkError, match="is live"):
            sink.create(1)

    def test_creating_again_empties(self, sink: Sink) -> None:
        sink.create(1)
        sink.write(1, step(ORDERS, 9, [order(1)]))
        sink.create(1)
        assert scanned(sink, 1) == []
        assert sink.generations()[1].version == -1
        sink.write(1, step(ORDERS, 3, [order(1, "anew")]))
        assert [row["status"] for row in scanned(sink, 1)] == ["anew"]
        assert sink.generations()[1].version == 3

    def test_a_generation_that_does_not_exist_is_refused(self, sink: Sink) -> None:
        sink.create(1)
        for attempt in (
            lambda: sink.write(2, step(ORDERS, 1, [order(1)])),
            lambda: sink.switch(2),
            lambda: list(sink.scan(2)),
        ):
            with pytest.raises(SinkError, match="does not exist"):
                attempt()
        assert [*sink.generations()] == [1]

    def test_composite_keys_do_not_run_together(self, open_for: OpenFor) -> None:
        sink = open_for(LINES)
        sink.create(1)
        rows = [line(text, at % 2, text) for at, text in enumerate(ODD_TEXTS)]
        rows += [line("a:1", 2), line("a", 12), line("a%3A1", 2)]
        sink.write(1, step(LINES, 1, rows))
        assert scanned(sink, 1) == in_order(rows)
        sink.write(1, step(LINES, 2, [], rows[::2]))
        assert scanned(sink, 1) == in_order(rows[1::2])

    def test_columns_of_any_name(self, open_for: OpenFor) -> None:
        odd = view(
            "odd", ["ID", "#"], **dict.fromkeys(("id", "#", "#deleted"), "text"), ID="bigint"
        )
        sink = open_for(odd)
        sink.create(1)
        rows = [{"id": "a", "#": str(at), "#deleted": None, "ID": at} for at in range(3)]
        sink.write(1, step(odd, 1, rows))
        assert scanned(sink, 1) == in_order(rows)
        changed = {**rows[1], "id": "b", "#deleted": "c"}
        sink.write(1, step(odd, 2, [changed], [rows[0]]))
        assert scanned(sink, 1) == in_order([changed, rows[2]])

    def test_odd_texts_as_the_only_key(self, open_for: OpenFor) -> None:
        notes = view("notes", ["name"], name="text", note="text")
        sink = open_for(notes)
        sink.create(1)
        rows = [{"name": text, "note": text} for text in ODD_TEXTS]
        sink.write(1, step(notes, 1, rows))
        assert scanned(sink, 1) == in_order(rows)
        sink.write(1, step(notes, 2, [], rows[1:]))
        assert scanned(sink, 1) == rows[:1]

    @pytest.mark.parametrize("key", [["a"], ["a", "b"]])
    def test_null_in_the_key(self, open_for: OpenFor, key: list[str]) -> None:
        groups = view("groups", key, a="text", b="integer", n="integer")
        sink = open_for(groups)
        sink.create(1)
        rows = [{"a": "x", "b": 1, "n": 1}, {"a": "null", "b": 2, "n": 2}]
        rows += [{"a": None, "b": 3, "n": 3}]
        sink.write(1, step(groups, 1, rows))
        sink.write(1, step(groups, 2, [{"a": None, "b": 3, "n": 4}]))
        rows[2]["n"] = 4
        assert scanned(sink, 1) == in_order(rows)
        sink.write(1, step(groups, 3, [{"a": None, "b": 3, "n": 5}], rows[:1]))
        sink.write(1, step(groups, 4, [], rows[2:]))
        assert scanned(sink, 1) == rows[1:2]

    def test_odd_column_names(self, open_for: OpenFor) -> None:
        odd = view(
            "odd", ['the "key"'], **{'the "key"': "text", "per cent %": "text", "é'": "text"}
        )
        sink = open_for(odd)
        sink.create(1)
        rows = [{'the "key"': "k", "per cent %": "50 %", "é'": "x"}]
        sink.write(1, step(odd, 1, rows))
        sink.write(1, step(odd, 2, rows))
        sink.switch(1)
        assert scanned(sink, 1) == rows

    def test_every_type_comes_back_exactly(self, open_for: OpenFor) -> None:
        sink, reference = open_for(EVERYTHING), in_memory(EVERYTHING)
        rows = [everything(1), everything(2, is_null=True), everything(2**53 + 1)]
        for each in (sink, reference):
            each.create(1)
            each.write(1, step(EVERYTHING, 1, rows[:1]))
            each.write(1, step(EVERYTHING, 2, rows))
        assert scanned(sink, 1) == scanned(reference, 1)
        # Long steps may take another way than short ones
        many = [everything(number, is_null=number % 7 == 0) for number in range(1500)]
        for each in (sink, reference):
            each.write(1, step(EVERYTHING, 3, many, rows[2:]))
        assert scanned(sink, 1) == scanned(reference, 1)

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), -0.5, 1e300])
    def test_floats_at_the_edge(self, open_for: OpenFor, value: float) -> None:
        floats = view("floats", ["id"], id="integer", x="double precision")
        sink, reference = open_for(floats), in_memory(floats)
        for each in (sink, reference):
            each.create(1)
            each.write(1, step(floats, 1, [{"id": 1, "x": value}]))
        assert scanned(sink, 1) == scanned(reference, 1)

    def test_a_large_step(self, sink: Sink) -> None:
        sink.create(1)
        sink.write(1, Step(1, "{}", many_orders("new"), []))
        sink.switch(1)
        sink.write(1, Step(2, "{}", many_orders("paid"), [batch(ORDERS, [order(20_001)], ["id"])]))
        assert {row["status"] for row in sink.scan(1)} == {"paid"}
        assert len({row["id"] for row in sink.scan(1)}) == 20_000

    def test_another_process_sees_the_same(self, sink: Sink, open_for: OpenFor) -> None:
        sink.create(1)
        sink.write(1, step(ORDERS, 4, [order(1)]))
        sink.switch(1)
        other = open_for(ORDERS)
        assert dict(other.generations()) == dict(sink.generations())
        other.write(1, step(ORDERS, 5, [order(2)]))
        assert scanned(sink, 1) == scanned(other, 1)


class ReadersContract(SinkContract):
    """For sinks whose readers do not go through the sink. Subclasses also define the fixture
    `read_live`: it makes a function that reads all rows of a view's live generation in one request,
    as an application does."""

    @pytest.fixture
    def read_live(self) -> Callable[[], list[Row]]:
        raise NotImplementedError

    def test_a_reader_never_sees_half_a_step(
        self, sink: Sink, read_live: Callable[[], list[Row]]
    ) -> None:
        """Every step gives all rows one status; each generation has another number of rows."""
        sink.create(1)
        sink.write(1, Step(1, "{}", many_orders("1", 200), []))
        sink.switch(1)
        seen: list[Any] = []
        is_over = threading.Event()
        reader = threading.Thread(target=_watch, args=(read_live, seen, is_over))
        reader.start()
        try:
            _busy_writer(sink)
        finally:
            is_over.set()
            reader.join()
        assert len(seen) > 3 and seen[-1] is not None
        for rows in seen:
            assert not isinstance(rows, Exception), rows
            assert len({row["status"] for row in rows}) == 1
            assert len(rows) in (200, 300)
        assert len(read_live()) == 300


def _watch(read: Callable[[], list[Row]], seen: list[Any], is_over: threading.Event) -> None:
    while not is_over.is_set():
        try:
            seen.append(read())
        except Exception as error:
            seen.append(error)
            return


def _busy_writer(sink: Sink) -> None:
    for version in range(2, 12):
        sink.write(1, Step(version, "{}", many_orders(str(version), 200), []))
    sink.create(2)
    sink.write(2, Step(12, "{}", many_orders("12", 300), []))
    sink.switch(2)
    for version in range(13, 20):
        sink.write(2, Step(version, "{}", many_orders(str(version), 300), []))
