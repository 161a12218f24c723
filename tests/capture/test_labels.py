"""The schema record has the labels of enums and the collations, before a row needs them."""

from __future__ import annotations

import pytest

from cdc.contract.schemas import Column
from cdc.contract.topics import schemas_topic
from tests.capture.published import settle
from tests.capture.running import RunningCapture, read_topic

MOODS = ("CREATE TYPE mood AS ENUM ('bad', 'good')", "CREATE DOMAIN moody AS mood",
         "CREATE TABLE t (id int PRIMARY KEY, m mood, a mood[], d moody, s text)")  # fmt: skip


def test_labels_are_told_in_their_order(capture: RunningCapture) -> None:
    capture.execute(*MOODS)
    with capture:
        capture.catch_up()
        assert _labels(capture) == {name: ("bad", "good") for name in "mad"}
        capture.execute("ALTER TYPE mood ADD VALUE 'fair' BEFORE 'good'")
        settle(capture)
        assert _labels(capture) == {name: ("bad", "fair", "good") for name in "mad"}


@pytest.mark.parametrize("value", ["'fair', '{}'", "'bad', '{good,fair}'"])
def test_no_cut_holds_a_label_that_readers_have_not_heard_of(
    capture: RunningCapture, value: str
) -> None:
    """The look that finds the new label waits for no interval."""
    capture.execute(*MOODS, "INSERT INTO t VALUES (1, 'bad', '{}')")
    with capture.with_settings(commit_interval_ms=1):
        capture.wait_until_following()
        capture.execute("INSERT INTO t VALUES (9, 'bad', '{}')")  # no Relation message after it
        capture.catch_up()
        capture.execute("ALTER TYPE mood ADD VALUE 'fair' BEFORE 'good'")
        capture.execute(f"INSERT INTO t VALUES (2, {value})", "UPDATE t SET s = 'x' WHERE id = 2")
        settle(capture)
    topic, schemas = f"{capture.source.name}.public.t", schemas_topic(capture.source.name)
    row = next(r for r in capture.records("t") if r.key["id"] == 2)
    cut = next(c for c in capture.cuts() if c.offsets[topic][row.partition] > row.offset)
    told = [r for r in read_topic(capture.kafka, schemas) if r.value and "fair" in str(r.value)]
    assert told[0].offset < cut.offsets[schemas][0]


def _labels(capture: RunningCapture) -> dict[str, tuple[str, ...]]:
    columns = capture.schemas()["public.t"].columns
    return {column.name: column.labels for column in columns if column.labels}


def test_a_record_of_before_has_no_labels() -> None:
    """Records of this version and of older ones can be read."""
    column = Column("m", "mood", 99_999, labels=("bad", "good"), collation="blind")
    assert Column.from_json(column.to_json()) == column
    old = {"name": "m", "type": "mood", "oid": 99_999, "typmod": -1, "nullable": True}
    assert Column.from_json(old) == Column("m", "mood", 99_999)
    assert Column("m", "mood", 99_999).to_json() == old


def test_a_collation_is_told_where_unlike_texts_are_equal_by_it(
    older_capture: RunningCapture,
) -> None:
    older_capture.execute(
        "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2',"
        " deterministic = false)",
        'CREATE TABLE t (id int PRIMARY KEY, a text COLLATE blind, b text COLLATE "C", c text)',
    )
    with older_capture as capture:
        capture.catch_up()
        assert _collations(capture) == {"a": "blind"}
        capture.execute("ALTER TABLE t ALTER c TYPE text COLLATE blind")
        settle(capture)
        assert _collations(capture) == {"a": "blind", "c": "blind"}


def _collations(capture: RunningCapture) -> dict[str, str]:
    columns = capture.schemas()["public.t"].columns
    return {column.name: column.collation for column in columns if column.collation}


def test_an_array_of_several_dimensions_is_postgresqls_text(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TABLE t (id int PRIMARY KEY, a int[][], b int[])",
        "INSERT INTO t VALUES (1, '{{1,2},{3,4}}', '{1}')",
    )
    with capture:
        capture.wait_until_following()
        capture.execute("INSERT INTO t VALUES (2, '[0:1]={1,2}', '{2}'), (3, '{5}', '{3}')")
        capture.catch_up()
        rows = {row["id"]: (row["a"], row["b"]) for row in capture.rows("t").values()}
        assert rows == {1: ("{{1,2},{3,4}}", [1]), 2: ("[0:1]={1,2}", [2]), 3: ("{5}", [3])}
        capture.execute("ALTER TABLE t ALTER b TYPE int[][]")
        settle(capture)
        rows = {row["id"]: (row["a"], row["b"]) for row in capture.rows("t").values()}
        assert rows[3] == ("{5}", "{3}")
        columns = capture.schemas()["public.t"].columns
        assert {c.name: c.dimensions for c in columns} == {"id": 0, "a": 2, "b": 2}
