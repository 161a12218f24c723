"""A table that no reader knows is copied while changes and cuts of all others go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from cdc.contract.topics import schemas_topic, table_topic
from cdc.readings import Phase
from tests.capture.items import table_rows, topic_rows
from tests.capture.published import settle
from tests.capture.running import RunningCapture

ROWS = 60_000
LATER = "CREATE TABLE later (id int PRIMARY KEY, n int NOT NULL, note text)"
FILL = f"INSERT INTO later SELECT i, 0, repeat('x', 150) FROM generate_series(1, {ROWS}) AS i"
NAME = "public.later"


@contextmanager
def writing(capture: RunningCapture, *, to_later: bool = True) -> Iterator[None]:
    """Two sessions change, move, delete and insert rows all over both tables."""
    stop = threading.Event()

    def write(seed: int) -> None:
        with psycopg.connect(str(capture.source.dsn)) as connection:
            turn = seed
            while not stop.is_set():
                turn += 2
                row = turn * 7919 % ROWS + 1
                with connection.transaction():
                    connection.execute("UPDATE pairs SET n = n + 1")
                    if to_later:
                        connection.execute(
                            "UPDATE later SET n = n + 1, note = note || 'y' WHERE id = %s", [row]
                        )
                        connection.execute("DELETE FROM later WHERE id = %s", [row + 1])
                        connection.execute(
                            "INSERT INTO later VALUES (%s, 1, 'new')", [ROWS + 10 + turn]
                        )
                stop.wait(0.002)

    writers = [threading.Thread(target=write, args=(seed,)) for seed in (0, 1)]
    for writer in writers:
        writer.start()
    try:
        yield
    finally:
        stop.set()
        for writer in writers:
            writer.join()


def is_copied(capture: RunningCapture) -> bool:
    """Whether some pages of the table are copied, and not all."""
    readings = capture.progress[-1].readings
    return any(r.table == NAME and r.phase is Phase.COPIES and r.rows > 0 for r in readings)


def begin(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE pairs (id int PRIMARY KEY, n int NOT NULL)",
                    "INSERT INTO pairs VALUES (1, 0), (2, 0)")  # fmt: skip


@contextmanager
def under_capture(capture: RunningCapture) -> Iterator[None]:
    """While capture runs, the table is created with its rows, to be copied."""
    begin(capture)
    with capture:
        capture.catch_up()
        capture.execute(f"BEGIN; {LATER}; {FILL}; COMMIT")
        yield


def test_cuts_go_on_while_a_new_table_is_read(capture: RunningCapture) -> None:
    with under_capture(capture):
        with writing(capture):
            capture.wait_for(lambda: NAME in capture.schemas())
            capture.catch_up()
        settle(capture)
    topic, schemas = table_topic(capture.source.name, NAME), schemas_topic(capture.source.name)
    recorded = capture.cuts()[-1].offsets[schemas]
    begun = [cut for cut in capture.cuts() if sum(cut.offsets.get(topic, ())) > 0]
    meanwhile = [cut for cut in begun if cut.offsets[schemas] < recorded and cut.snapshot is None]
    assert len({cut.lsn for cut in meanwhile}) >= 3, "the copy held up the cuts"
    assert all(cut.snapshot is None for cut in begun)
    assert topic_rows(capture, "later") == table_rows(capture, "later")
    assert topic_rows(capture, "pairs") == table_rows(capture, "pairs")


def test_a_definition_that_changes_in_mid_copy_begins_it_anew(capture: RunningCapture) -> None:
    with under_capture(capture):
        with writing(capture):
            capture.wait_for(lambda: is_copied(capture))
            capture.execute("ALTER TABLE later ALTER n TYPE bigint USING n + 1000")
            capture.wait_for(lambda: NAME in capture.schemas())
        settle(capture)
    emptied = capture.schemas()[NAME].emptied
    assert emptied is not None and sum(emptied.offsets) > 0, "the copy was over too soon"
    assert topic_rows(capture, "later") == table_rows(capture, "later")


def test_a_truncation_in_mid_copy(capture: RunningCapture) -> None:
    with under_capture(capture):
        capture.wait_for(lambda: is_copied(capture))
        capture.execute("TRUNCATE later", "INSERT INTO later VALUES (1, 1, 'after')")
        settle(capture)
        capture.wait_for(lambda: NAME in capture.schemas())
    assert topic_rows(capture, "later") == table_rows(capture, "later")


def test_a_table_dropped_in_mid_copy_leaves_nothing(capture: RunningCapture) -> None:
    with under_capture(capture):
        capture.wait_for(lambda: is_copied(capture))
        capture.execute("DROP TABLE later")
        capture.execute("UPDATE pairs SET n = 7")
        settle(capture)
        assert NAME not in capture.schemas()
        capture.execute(LATER, "INSERT INTO later VALUES (5, 5, 'anew')")
        capture.wait_for(lambda: NAME in capture.schemas())
    assert topic_rows(capture, "later") == table_rows(capture, "later")
    assert topic_rows(capture, "pairs") == table_rows(capture, "pairs")


def test_a_copy_that_was_interrupted_counts_for_nothing(capture: RunningCapture) -> None:
    with under_capture(capture):
        with writing(capture, to_later=False):
            capture.wait_for(lambda: is_copied(capture))
    assert NAME not in capture.schemas(), "the copy was over before it could be interrupted"
    capture.execute("DELETE FROM later WHERE id % 3 = 0", "UPDATE later SET n = 5 WHERE id < 50")
    with capture:
        capture.wait_for(lambda: NAME in capture.schemas())
    emptied = capture.schemas()[NAME].emptied
    assert emptied is not None and sum(emptied.offsets) > 0
    assert topic_rows(capture, "later") == table_rows(capture, "later")


def test_a_table_forgotten_and_taken_up_again(capture: RunningCapture) -> None:
    """Its topic is full of records that no longer count."""
    begin(capture)
    capture.execute(LATER, "INSERT INTO later SELECT i, i, 'x' FROM generate_series(1, 100) AS i")
    with capture:
        capture.catch_up()
    with capture.with_settings(tables=("public.pairs",)):
        capture.wait_until_following()
        capture.wait_for(lambda: NAME not in capture.schemas())
    capture.execute("DELETE FROM later WHERE id > 10")
    with capture.with_settings(tables=("public.*",)):
        capture.wait_for(lambda: NAME in capture.schemas())
        settle(capture)
    assert topic_rows(capture, "later") == table_rows(capture, "later")
    assert len(capture.rows("later")) == 10
