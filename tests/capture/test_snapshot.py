"""The first copy: complete, as of one position, joined to the stream without gap or overlap."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

import psycopg
import pytest

from cdc.contract.topics import table_topic
from cdc.errors import PreflightError, SourceError
from tests.capture.held import Held
from tests.capture.running import PARTITIONS, TIMEOUT_S, RunningCapture
from tests.many_files import many_files

ITEMS = "CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL, note text)"


def written_beside(
    dsn: str, write: Callable[[psycopg.Connection, int], None]
) -> Callable[[], None]:
    """Call `write` again and again in a thread; the result stops it."""
    stop = threading.Event()

    def run() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            turn = 0
            while not stop.is_set():
                write(connection, turn)
                turn += 1

    thread = threading.Thread(target=run)
    thread.start()

    def finish() -> None:
        stop.set()
        thread.join()

    return finish


def churn(connection: psycopg.Connection, turn: int) -> None:
    with connection.transaction():
        connection.execute("INSERT INTO items VALUES (%s, 0, 'new')", [1_000_000 + turn])
        connection.execute("UPDATE items SET n = n + 1 WHERE id = %s", [turn * 7919 % 60_000 + 1])
        connection.execute("DELETE FROM items WHERE id = %s", [turn * 104_729 % 60_000 + 1])


def table_rows(capture: RunningCapture) -> dict[str, dict[str, object]]:
    rows = capture.database.execute("SELECT id, n, note FROM items")
    return {f'{{"id":{i}}}': {"id": i, "n": n, "note": note} for i, n, note in rows}


def test_snapshot_and_stream_join_under_writes(capture: RunningCapture) -> None:
    capture.execute(
        ITEMS, "INSERT INTO items SELECT i, 0, NULL FROM generate_series(1, 60000) AS i"
    )
    finish = written_beside(str(capture.source.dsn), churn)
    try:
        with capture.with_settings(transaction_rows_max=5_000, snapshot_connections=3):
            capture.wait_until_following()
            finish()
            capture.catch_up()
    finally:
        finish()
    assert capture.rows("items") == table_rows(capture)
    read = [r for r in capture.records("items") if r.value and r.value["op"] == "r"]
    assert len({r.key["id"] for r in read}) == len(read) > 50_000
    first_complete = next(cut for cut in capture.cuts() if cut.snapshot is None)
    assert all(r.value["source"]["commit_lsn"] < first_complete.lsn for r in read)
    progress = [cut.snapshot for cut in capture.cuts() if cut.snapshot is not None]
    assert [p.rows for p in progress] == sorted(p.rows for p in progress)
    assert progress[0].rows == 0 and len(progress) > 5


def test_text_survives_the_copy_format(capture: RunningCapture) -> None:
    texts = ["tab\there", "line\nend\r", "back\\slash\\N", "\\N", "", "\b\f\v", "é€𝄞", '{"a":1}']
    capture.execute(ITEMS)
    with capture.database.cursor() as cursor:
        cursor.executemany("INSERT INTO items VALUES (%s, 0, %s)", list(enumerate(texts)))
    with capture:
        capture.catch_up()
        with capture.database.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO items VALUES (%s, 0, %s)", list(enumerate(texts, start=100))
            )
        capture.catch_up()
    assert capture.rows("items") == table_rows(capture)


def test_copy_with_more_files_open_than_select_takes(capture: RunningCapture) -> None:
    capture.execute(
        ITEMS, "INSERT INTO items SELECT i, 0, NULL FROM generate_series(1, 20000) AS i"
    )
    with many_files(), capture:
        capture.catch_up()
    assert capture.rows("items") == table_rows(capture)


def test_empty_and_many_tables(capture: RunningCapture) -> None:
    capture.execute(
        ITEMS, *(f"CREATE TABLE t{i} (id int PRIMARY KEY)" for i in range(5)),
        "INSERT INTO t3 SELECT generate_series(1, 10)",
    )  # fmt: skip
    with capture:
        capture.catch_up()
    assert [len(capture.rows(f"t{i}")) for i in range(5)] == [0, 0, 0, 10, 0]
    assert len(capture.schemas()) == 6


def test_partitioned_table_is_one_table(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TABLE days (day int, n int, PRIMARY KEY (day)) PARTITION BY RANGE (day)",
        "CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM (10) TO (20)",
        "INSERT INTO days SELECT i, 0 FROM generate_series(0, 19) AS i",
    )
    with capture:
        capture.wait_until_following()
        capture.execute("UPDATE days SET n = 1 WHERE day > 15", "DELETE FROM days WHERE day < 3")
        capture.catch_up()
    assert set(capture.schemas()) == {"public.days"}
    rows = {row["day"]: row["n"] for row in capture.rows("days").values()}
    assert rows == {day: int(day > 15) for day in range(3, 20)}


def test_new_snapshot_empties_what_was_before(capture: RunningCapture) -> None:
    capture.execute(ITEMS, "INSERT INTO items SELECT i, 0, '' FROM generate_series(1, 100) i")
    with capture:
        capture.catch_up()
    slot = f"slot_name = '{capture.source.slot_name}'"
    capture.wait_for(
        lambda: not capture.one(f"SELECT active FROM pg_replication_slots WHERE {slot}")
    )
    capture.execute(
        f"SELECT pg_drop_replication_slot('{capture.source.slot_name}')",
        "DELETE FROM items WHERE id > 50",
    )
    with capture:
        error = capture.ended()
    assert isinstance(error, PreflightError) and "is gone" in error.message
    assert "--resnapshot" in error.fix
    capture.resnapshot = True
    with capture:
        capture.catch_up()
    assert capture.rows("items") == table_rows(capture)
    emptied = capture.schemas()["public.items"].emptied
    assert emptied is not None and sum(emptied.offsets) >= 100


def test_stop_in_the_middle_leaves_no_slot_and_begins_anew(capture: RunningCapture) -> None:
    capture.execute(ITEMS, "INSERT INTO items SELECT i, 0, '' FROM generate_series(1, 200000) i")
    with capture.with_settings(transaction_rows_max=1_000):
        capture.wait_for(lambda: any(p.rows_done > 2_000 for p in capture.progress))
    assert not capture.one(
        "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"
    )
    newest = capture.cuts()[-1].snapshot
    assert newest is not None and not newest.is_complete
    with capture.with_settings(transaction_rows_max=20_000):
        capture.catch_up()
    assert len(capture.rows("items")) == 200_000


def test_topics_are_created_as_the_contract_says(capture: RunningCapture) -> None:
    capture.execute(ITEMS)
    with capture:
        capture.catch_up()
    name = capture.source.name
    partitions = capture.topic_client().partitions()
    table = table_topic(name, "public.items")
    assert (partitions[table], partitions[f"{name}.cuts"], partitions[f"{name}.schemas"]) == (
        PARTITIONS, 1, 1,
    )  # fmt: skip
    settings = capture.topic_client().settings_of([table, f"{name}.cuts", f"{name}.schemas"])
    for found in settings.values():
        assert found["cleanup.policy"] == "compact"
        assert found["min.compaction.lag.ms"] == "3600000"
        assert found["delete.retention.ms"] == "604800000"


@pytest.mark.parametrize("connections", [1, 4])
def test_rows_that_span_many_ranges(
    capture: RunningCapture, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdc.sources.postgres.copying.snapshot.PAGES_PER_RANGE", 7)
    capture.execute(ITEMS, "INSERT INTO items SELECT i, i, '' FROM generate_series(1, 20000) i")
    with capture.with_settings(snapshot_connections=connections):
        capture.catch_up()
    assert capture.rows("items") == table_rows(capture)
    assert len(capture.records("items")) == 20_000


CHANGED_MEANWHILE = {
    "retyped": "ALTER TABLE other ALTER n TYPE bigint USING n * 10",
    "rewritten": "VACUUM FULL other",
    "truncated": "TRUNCATE other",
    "renamed": "ALTER TABLE other RENAME n TO m",
    "swapped": "ALTER TABLE other RENAME n TO x; ALTER TABLE other RENAME note TO n;"
    " ALTER TABLE other RENAME x TO note",
    "dropped": "DROP TABLE other",
}


@pytest.mark.parametrize("change", CHANGED_MEANWHILE)
def test_a_table_that_changes_while_it_waits_to_be_copied(
    capture: RunningCapture, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It waits for another table's copy; its rows are those after the change, or of a copy started
    again."""
    capture.execute(
        "CREATE TABLE first (id int PRIMARY KEY, note text)",
        "INSERT INTO first SELECT i, repeat('x', 100) FROM generate_series(1, 5000) i",
        "CREATE TABLE other (id int PRIMARY KEY, n text, note text)",
        "INSERT INTO other SELECT i, i::text, 'a' FROM generate_series(1, 100) i",
    )
    if change == "retyped":
        capture.execute("ALTER TABLE other ALTER n TYPE int USING n::int")
    held = Held(capture).with_settings(transaction_rows_max=500, snapshot_connections=1)
    with closing(held.database), held:
        assert held.is_copying.wait(TIMEOUT_S)
        capture.execute(*CHANGED_MEANWHILE[change].split(";"))
        held.go_on.set()
        if change in ("renamed", "dropped"):
            held.wait_for(lambda: held.error is not None or held.is_following())
        else:
            held.catch_up()
            assert "while it was copied; the copy starts again" in caplog.text
        if isinstance(held.error, SourceError):
            assert "\n" not in str(held.error)
            held.error = None
    with capture:
        capture.catch_up()
    if change == "dropped":
        assert "public.other" not in capture.schemas()
        return
    rows = capture.database.execute("SELECT to_jsonb(o) FROM other o").fetchall()
    assert sorted(capture.rows("other").values(), key=by_id) == sorted(
        (r for (r,) in rows), key=by_id
    )


def by_id(row: dict[str, int]) -> int:
    return row["id"]
