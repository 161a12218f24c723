"""Changes of the catalogue that undo each other between two looks: records from between them do not
count in the end."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from tests.capture.march import (
    ATTACH,
    DETACH,
    FEWER,
    FILL,
    FILL_AGAIN,
    LIKE_SALES,
    OF_MARCH,
    at_once,
)
from tests.capture.published import MONTHS, expected, published, settle
from tests.capture.running import RunningCapture

LATER = {
    "sales": "(9000, '2026-01-02', 1)",
    "sales_3": "(9000, '2026-03-02', 1)",
    "t": "(9000, 'good')",
}
MOOD = (
    "CREATE TYPE mood AS ENUM ('bad', 'good')",
    "CREATE TABLE t (id int PRIMARY KEY, m mood)",
    "INSERT INTO t SELECT i, 'bad' FROM generate_series(1, 20) i",
)


@dataclass(frozen=True, slots=True)
class Undone:
    """`table`, created by `before`, and each transaction of `changes`."""

    table: str
    before: tuple[str, ...]
    changes: tuple[str, ...]


def months(*changes: str) -> Undone:
    return Undone("sales", (MONTHS,), changes)


UNDONE = {
    "attached, dropped": months(
        LIKE_SALES, "INSERT INTO sales_3 VALUES (1, '2026-03-02', 1), (2, '2026-03-02', 2)", ATTACH,
        "UPDATE sales SET n = n + 1 WHERE id = 1", "DROP TABLE sales_3",
    ),
    "made, detached": months(OF_MARCH, FILL, DETACH),
    "made, detached, at once": months(at_once(OF_MARCH, FILL, DETACH)),
    "made, dropped, made": months(OF_MARCH, FILL, "DROP TABLE sales_3", OF_MARCH, FILL_AGAIN),
    "made, dropped, made, at once": months(
        at_once(OF_MARCH, FILL, "DROP TABLE sales_3", OF_MARCH, FILL_AGAIN)
    ),
    "made, changed while detached": months(OF_MARCH, FILL, DETACH, FEWER, ATTACH),
    "made, changed while detached, at once": months(at_once(OF_MARCH, FILL, DETACH, FEWER, ATTACH)),
    "attached, changed while detached": months(LIKE_SALES, ATTACH, FILL, DETACH, FEWER, ATTACH),
    "made, truncated": months(OF_MARCH, FILL, "TRUNCATE sales_3"),
    "made, truncated, at once": months(at_once(OF_MARCH, FILL, "TRUNCATE sales_3")),
    "made, truncated, filled, at once": months(
        at_once(OF_MARCH, FILL, "TRUNCATE sales_3", FILL_AGAIN)
    ),
    "made, truncated at once, filled": months(
        at_once(OF_MARCH, FILL, "TRUNCATE sales_3"), FILL_AGAIN
    ),
    "of two levels": months(
        f"{OF_MARCH} PARTITION BY RANGE (id)",
        "CREATE TABLE deep PARTITION OF sales_3 FOR VALUES FROM (0) TO (2000)", FILL, DETACH,
        FEWER, ATTACH,
    ),
    "detached, changed, attached": Undone(
        "sales", (MONTHS, OF_MARCH, FILL), (DETACH, FEWER, ATTACH)
    ),
    "a table that was a partition": Undone(
        "sales_3", (MONTHS, LIKE_SALES, "INSERT INTO sales_3 VALUES (1, '2026-03-02', 1)"),
        (ATTACH, FILL, "UPDATE sales SET n = 7 WHERE id = 1", DETACH),
    ),
    "a partitioned table renamed": months(
        "ALTER TABLE sales RENAME TO u", "INSERT INTO u VALUES (600, '2026-01-02', 1)",
        "ALTER TABLE u RENAME TO sales", "INSERT INTO sales VALUES (601, '2026-01-02', 1)",
    ),
    "a label renamed, and renamed back": Undone(
        "t", MOOD, ("ALTER TYPE mood RENAME VALUE 'bad' TO 'poor'",
        "UPDATE t SET m = 'poor' WHERE id < 5", "ALTER TYPE mood RENAME VALUE 'poor' TO 'bad'"),
    ),
    "a column renamed, and renamed back": Undone(
        "t", MOOD, ("ALTER TABLE t RENAME m TO x", "UPDATE t SET x = 'good' WHERE id < 5",
        "ALTER TABLE t RENAME x TO m"),
    ),
    "renamed, and renamed back": Undone(
        "t", MOOD, ("ALTER TABLE t RENAME TO u", "UPDATE u SET m = 'good' WHERE id < 5",
        "INSERT INTO u VALUES (99, 'good')", "ALTER TABLE u RENAME TO t"),
    ),
}  # fmt: skip


def differences(capture: RunningCapture) -> dict[str, str]:
    """The cases whose topic and table differ."""
    found = {}
    for number, (name, undone) in enumerate(UNDONE.items()):
        table = f"case_{number}.{undone.table}"
        here, there = published(capture, table), expected(capture, table)
        if here != there:
            found[name] = f"published {here}, expected {there}"
    return found


def execute_in(capture: RunningCapture, number: int, *statements: str) -> None:
    capture.execute(f"SET search_path = case_{number}", *statements)


def test_what_was_undone_while_capture_was_down_leaves_nothing(capture: RunningCapture) -> None:
    check(capture.with_settings(ddl="poll"))


def test_nothing_is_left_where_triggers_tell_of_it(older_capture: RunningCapture) -> None:
    check(older_capture.with_settings(ddl="events"))


def check(capture: RunningCapture) -> None:
    """All cases side by side, each in a schema of its own."""
    for number, undone in enumerate(UNDONE.values()):
        capture.execute(f"CREATE SCHEMA case_{number}")
        execute_in(capture, number, *undone.before)
    tables = [f"case_{number}.{undone.table}" for number, undone in enumerate(UNDONE.values())]
    roots = [f"case_{number}.sales" for number, each in enumerate(UNDONE.values())
             if each.table == "sales_3"]  # fmt: skip
    with capture.with_settings(tables=(*tables, *roots)):
        settle(capture)
    for number, undone in enumerate(UNDONE.values()):
        execute_in(capture, number, *undone.changes)
    with capture:
        settle(capture)
        # Later changes are still decoded.
        for number, undone in enumerate(UNDONE.values()):
            row = LATER[undone.table]
            execute_in(capture, number, f"INSERT INTO {undone.table} VALUES {row}")
        settle(capture)
    assert not list(differences(capture))


def test_a_partition_attached_again_by_an_older_transaction(capture: RunningCapture) -> None:
    """Its number is less than that of the one that wrote to the partition before."""
    capture.execute(MONTHS)
    with capture:
        settle(capture)
    with psycopg.connect(str(capture.source.dsn)) as older:
        older.execute("SELECT pg_current_xact_id()")
        capture.execute(LIKE_SALES, ATTACH, FILL, DETACH, FEWER)
        older.execute(ATTACH)
    with capture:
        settle(capture)
    assert published(capture, "sales") == expected(capture, "sales")
