"""A new topic has as many partitions as its table's size warrants, or as the project says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cdc.contract.topics import PARTITION_BYTES, PARTITIONS_MAX, TopicSettings
from tests.capture.running import RunningCapture

BLOCK_BYTES = 8192
TABLES = """
CREATE TABLE small (id int PRIMARY KEY);
CREATE TABLE large (id int PRIMARY KEY) WITH (autovacuum_enabled = false);
CREATE TABLE long_values (id int PRIMARY KEY, body text) WITH (autovacuum_enabled = false);
CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (9);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (9) TO (MAXVALUE);
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent);
"""


def grow(capture: RunningCapture, table: str, size: float) -> None:
    """Let the planner's estimate of a table be so many times PARTITION_BYTES."""
    pages = int(size * PARTITION_BYTES / BLOCK_BYTES)
    capture.execute(f"UPDATE pg_class SET relpages = {pages} WHERE oid = {table}")


def partitions(capture: RunningCapture) -> dict[str, int]:
    prefix = f"{capture.source.name}.public."
    found = capture.topic_client().partitions().items()
    return {name.removeprefix(prefix): n for name, n in found if name.startswith(prefix)}


@pytest.mark.parametrize(
    ("size", "expected"), [(0, 1), (0.99, 1), (1, 2), (3.5, 4), (100, PARTITIONS_MAX)]
)
def test_by_size(size: float, expected: int) -> None:
    assert TopicSettings().partitions_of(int(size * PARTITION_BYTES)) == expected
    assert TopicSettings(partitions=12).partitions_of(int(size * PARTITION_BYTES)) == 12


def test_by_the_estimates_of_the_source(capture: RunningCapture) -> None:
    capture.kafka = replace(capture.kafka, topics=TopicSettings())
    capture.execute(TABLES)
    grow(capture, "'large'::regclass", 1.5)
    toast = "(SELECT reltoastrelid FROM pg_class WHERE oid = 'long_values'::regclass)"
    grow(capture, toast, 2.5)
    grow(capture, "'parted_1'::regclass", 2)
    grow(capture, "'parted_2'::regclass", 2)
    grow(capture, "'child'::regclass", 3)
    expected = {
        "small": 1, "large": 2, "long_values": 3, "parted": 5, "parent": 1, "child": 4,
    }  # fmt: skip
    with capture:
        capture.catch_up()
        assert partitions(capture) == expected
        capture.execute("BEGIN", "CREATE TABLE late (id int PRIMARY KEY)")
        grow(capture, "'late'::regclass", 1)
        capture.execute("COMMIT")
        capture.wait_for(lambda: "late" in partitions(capture))
        capture.catch_up()
    assert partitions(capture) == {**expected, "late": 2}
    grow(capture, "'small'::regclass", 9)
    with capture:  # existing topics stay as they are
        capture.catch_up()
    assert partitions(capture)["small"] == 1
