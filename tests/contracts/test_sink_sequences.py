"""Random sequences of steps: after each step every sink has the rows of the reference."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from materializers.sinks.sink import Sink
from materializers.step import Step
from tests.contracts.opened_sinks import OpenedSinks, in_memory
from tests.contracts.view_rows import LINES, Row, batch, scanned

EXAMPLES = 15
Open = Callable[[], Sink]
Change = tuple[tuple[str, int], str | None, bool]

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)
keys = st.tuples(st.sampled_from(["a", "b:", "%", ""]) | texts, st.integers(-2, 2))
change = st.tuples(keys, st.none() | texts, st.booleans())
# A step: its changes, its distance from the step before (below 0: a replay of an older one),
# and where its iterator fails once before it is repeated.
steps = st.lists(
    st.tuples(st.lists(change, max_size=8), st.integers(-1, 3), st.none() | st.integers(0, 3)),
    max_size=6,
)


class _PowerCut(Exception):
    """The process' death in the middle of a step."""


@pytest.fixture
def elasticsearch(elasticsearch_url: str, index_prefix: str) -> Iterator[Open]:
    numbers = itertools.count()
    with ExitStack() as stack:
        sinks = OpenedSinks(stack, "elasticsearch", {"hosts": [elasticsearch_url]})
        yield lambda: sinks.open(LINES, "lines_i", {"index": f"{index_prefix}-{next(numbers)}"})


@pytest.fixture
def postgresql(postgres_dsn: str) -> Iterator[Open]:
    numbers = itertools.count()
    with ExitStack() as stack:
        sinks = OpenedSinks(stack, "postgresql", {"dsn": postgres_dsn})
        yield lambda: sinks.open(LINES, "lines_t", {"table": f"lines {next(numbers)}"})


def _redis(url: str, type_: str) -> Iterator[Open]:
    numbers = itertools.count()
    with ExitStack() as stack:
        sinks = OpenedSinks(stack, "redis", {"url": url})
        yield lambda: sinks.open(LINES, f"lines*[{next(numbers)}]", {"type": type_})


@pytest.fixture
def redis_json(redis_url: str) -> Iterator[Open]:
    yield from _redis(redis_url, "json")


@pytest.fixture
def redis_hash(redis_url: str) -> Iterator[Open]:
    yield from _redis(redis_url, "hash")


def test_any_sequence_of_steps_in_elasticsearch(elasticsearch: Open) -> None:
    _any_sequence(elasticsearch)


def test_any_sequence_of_steps_in_postgresql(postgresql: Open) -> None:
    _any_sequence(postgresql)


def test_any_sequence_of_steps_in_redis_as_json(redis_json: Open) -> None:
    _any_sequence(redis_json)


def test_any_sequence_of_steps_in_redis_as_hashes(redis_hash: Open) -> None:
    _any_sequence(redis_hash)


def _any_sequence(open_sink: Open) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        print_blob=True,
    )
    @given(steps, st.booleans())
    def same(sequence: list[tuple[list[Change], int, int | None]], is_live: bool) -> None:
        with closing(open_sink()) as sink:
            _play(sink, sequence, is_live)

    same()


def _play(sink: Sink, sequence: list[tuple[list[Change], int, int | None]], is_live: bool) -> None:
    reference = in_memory(LINES)
    for each in (sink, reference):
        each.create(1)
        if is_live:
            each.switch(1)
    version = 10
    for changes, later, fails_at in sequence:
        version += max(later, 0)
        upserts, deletes = _rows(changes)
        at = version + min(later, 0) * 5
        if fails_at is not None:
            with pytest.raises(_PowerCut):
                sink.write(1, _step(at, upserts, deletes, fails_at))
                raise _PowerCut  # the step was shorter, or ignored
        for each in (sink, reference):
            each.write(1, _step(at, upserts, deletes))
        assert scanned(sink, 1) == scanned(reference, 1)
        assert sink.generations()[1].version == reference.generations()[1].version


def _rows(changes: list[Change]) -> tuple[list[Row], list[Row]]:
    """Upserts and deletes; the last change of a key counts."""
    upserts: dict[tuple[str, int], Row] = {}
    deletes: dict[tuple[str, int], Row] = {}
    for (customer, position), note, is_delete in changes:
        key = (customer, position)
        upserts.pop(key, None)
        deletes.pop(key, None)
        row = {"customer": customer, "position": position, "note": note}
        (deletes if is_delete else upserts)[key] = row
    return [*upserts.values()], [*deletes.values()]


def _step(
    version: int, upserts: list[Row], deletes: list[Row], fails_at: int | None = None
) -> Step:
    def batches() -> Iterator[pa.RecordBatch]:
        for number, row in enumerate(upserts):
            if number == fails_at:
                raise _PowerCut
            yield batch(LINES, [row])

    gone = [batch(LINES, deletes, LINES.key)] if deletes else []
    return Step(version, f'{{"v":{version}}}', batches(), gone)
