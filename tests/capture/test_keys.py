"""Keys that cannot carry a capture are refused before anything is created: with a deferrable one,
capture's publication would break the application's own UPDATE."""

from __future__ import annotations

import psycopg
import pytest

from tests.capture.judged import capture, faults, refused
from tests.capture.published import expected, published, settle
from tests.capture.running import RunningCapture

__all__ = ["capture"]


def test_a_deferrable_primary_key(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE seats (id int PRIMARY KEY DEFERRABLE, n int)",
                    "INSERT INTO seats VALUES (1, 1), (2, 2)")  # fmt: skip
    error = refused(capture, "public.seats")
    assert error.message.startswith("Table public.seats has a deferrable primary key (id)")
    capture.execute("UPDATE seats SET n = 3", "DELETE FROM seats WHERE id = 2")
    # One statement moves keys between rows: a key's last record may be a delete.
    capture.execute("ALTER TABLE seats REPLICA IDENTITY FULL")
    error = refused(capture, "public.seats")
    assert "deferrable" in error.message
    capture.execute(error.fix)
    assert not faults(capture, "public.seats")
    with capture:
        capture.wait_until_following()
        capture.execute("UPDATE seats SET n = 4")
        capture.catch_up()
    assert capture.rows("seats") == {'{"id":1}': {"id": 1, "n": 4}}


def test_a_deferrable_key_beside_another_unique_index(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TABLE seats (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED,"
        ' "Code" text NOT NULL, part text NOT NULL)',
        'CREATE UNIQUE INDEX "some seats" ON seats ("Code") WHERE part = \'a\'',
        'CREATE UNIQUE INDEX "zz Seats" ON seats ("Code")',
        "INSERT INTO seats VALUES (1, 'a', 'a'), (2, 'b', 'b')",
    )
    error = refused(capture, "public.seats")
    assert error.fix == 'ALTER TABLE public.seats REPLICA IDENTITY USING INDEX "zz Seats"'
    capture.execute(error.fix)
    assert not faults(capture, "public.seats")
    with capture:
        capture.wait_until_following()
        capture.execute("UPDATE seats SET id = 3 - id")
        capture.catch_up()
    rows = capture.rows("seats")
    assert {key: row["id"] for key, row in rows.items()} == {'{"Code":"a"}': 2, '{"Code":"b"}': 1}


@pytest.mark.parametrize("index", [
    "CREATE UNIQUE INDEX u ON t (code) WHERE id > 0",
    "CREATE UNIQUE INDEX u ON t (lower(code))",
    "ALTER TABLE t ADD CONSTRAINT u UNIQUE (code) DEFERRABLE",
    "CREATE UNIQUE INDEX u ON t (loose)",
])  # fmt: skip
def test_indexes_that_postgresql_takes_for_no_identity(capture: RunningCapture, index: str) -> None:
    """So check never proposes them either."""
    capture.execute("CREATE TABLE t (id int, code text NOT NULL, loose text)", index)
    with pytest.raises(psycopg.Error):
        capture.execute("ALTER TABLE t REPLICA IDENTITY USING INDEX u")
    error = refused(capture, "public.t")
    assert error.message == "Table public.t has no primary key."
    assert error.fix == "ALTER TABLE public.t ADD PRIMARY KEY (…)"


def test_the_identitys_index_is_gone(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY, code text NOT NULL)",
                    "CREATE UNIQUE INDEX by_code ON t (code)",
                    "ALTER TABLE t REPLICA IDENTITY USING INDEX by_code")  # fmt: skip
    assert not faults(capture, "public.t")
    capture.execute("DROP INDEX by_code")
    error = refused(capture, "public.t")
    assert error.message == "Table public.t has lost the index of its replica identity."
    capture.execute(error.fix)
    assert not faults(capture, "public.t")


def test_identity_nothing(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)", "ALTER TABLE t REPLICA IDENTITY NOTHING")
    error = refused(capture, "public.t")
    assert error.message == "Table public.t has REPLICA IDENTITY NOTHING."
    capture.execute(error.fix)
    assert not faults(capture, "public.t")


def test_a_generated_column_in_the_key(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TABLE t (a int NOT NULL, b int GENERATED ALWAYS AS (a + 1) STORED, n int,"
        " PRIMARY KEY (a, b))",
        "INSERT INTO t VALUES (1, DEFAULT, 1)",
    )
    for identity in ("DEFAULT", "FULL"):
        capture.execute(f"ALTER TABLE t REPLICA IDENTITY {identity}")
        error = refused(capture, "public.t")
        assert "has the generated column b in its key" in error.message
        capture.execute("UPDATE t SET n = n + 1")
    capture.execute("CREATE UNIQUE INDEX u ON t (a)")
    error = refused(capture, "public.t")
    capture.execute(error.fix)
    assert faults(capture, "public.t").keys() <= {"generated columns"}


def test_a_keyless_table_under_a_wildcard(capture: RunningCapture) -> None:
    """Under a wildcard it is left out with a warning, and the application can use it; named exactly
    it is refused. A captured table that loses its key stops alone, and goes on once repaired."""
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)",
                    "CREATE TABLE import_tmp (id int, n int)")  # fmt: skip
    found = faults(capture)["table public.import_tmp"]
    assert not found.is_fatal and found.fix == "ALTER TABLE public.import_tmp ADD PRIMARY KEY (…)"
    assert refused(capture, "public.t", "public.import_tmp").message == (
        "Table public.import_tmp has no primary key."
    )
    with capture.with_settings(tables=("public.*",)):
        capture.wait_until_following()
        capture.execute("INSERT INTO import_tmp VALUES (1, 1)", "UPDATE import_tmp SET n = 2")
        capture.execute("INSERT INTO t VALUES (1)")
        capture.catch_up()
    assert capture.schemas().keys() == {"public.t"} and len(capture.rows("t")) == 1
    capture.execute("CREATE TABLE other (id int PRIMARY KEY)",
                    "ALTER TABLE t DROP CONSTRAINT t_pkey")  # fmt: skip
    assert faults(capture)["table public.t"].is_fatal
    with capture:
        capture.wait_for(lambda: capture.schemas().keys() == {"public.other"})
        capture.execute("UPDATE t SET id = 7", "INSERT INTO other VALUES (1)")
        settle(capture)
        assert len(capture.rows("other")) == 1
        capture.execute("ALTER TABLE t ADD PRIMARY KEY (id)")
        capture.wait_for(lambda: capture.schemas().keys() == {"public.t", "public.other"})
        settle(capture)
    assert list(capture.rows("t")) == ['{"id":7}']


def test_partitions_that_log_another_key(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TABLE parts (id int PRIMARY KEY, code int NOT NULL) PARTITION BY RANGE (id)",
        "CREATE TABLE leaf PARTITION OF parts FOR VALUES FROM (0) TO (10)",
        "CREATE UNIQUE INDEX by_code ON leaf (code)",
    )
    assert not faults(capture)
    for before, words in (
        ("ALTER TABLE parts REPLICA IDENTITY FULL", "its partition public.leaf has not"),
        ("ALTER TABLE leaf REPLICA IDENTITY NOTHING", "partition public.leaf, which has REPLICA"),
        ("ALTER TABLE leaf REPLICA IDENTITY USING INDEX by_code", "public.leaf (code)"),
    ):
        capture.execute(before)
        error = refused(capture, "public.parts")
        assert words in error.message
        capture.execute(error.fix)
        assert not faults(capture, "public.parts")
        capture.execute("ALTER TABLE parts REPLICA IDENTITY DEFAULT")


def test_a_key_without_overlaps(capture: RunningCapture) -> None:
    """Its index is no B-tree, but identifies rows."""
    if capture.database.info.server_version < 180_000:
        return
    capture.execute("CREATE EXTENSION btree_gist",
                    "CREATE TABLE stays (room int, during daterange, body text, n int,"
                    " PRIMARY KEY (room, during WITHOUT OVERLAPS))")  # fmt: skip
    assert not faults(capture, "public.stays")
    with capture:
        capture.wait_until_following()
        long = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 400) AS i)"
        capture.execute(f"INSERT INTO stays VALUES (1, '[2024-01-01, 2024-02-01)', {long}, 0),"
                        " (1, '[2024-02-01, 2024-03-01)', 'short', 0)")  # fmt: skip
        capture.execute("UPDATE stays SET n = 1")
        capture.execute("DELETE FROM stays WHERE during @> DATE '2024-02-02'")
        capture.catch_up()
        (row,) = capture.rows("stays").values()
    assert (row["n"], len(row["body"])) == (1, 400 * 32)


def test_a_key_declared_in_the_project(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TABLE readings (sensor int NOT NULL, at int NOT NULL, v int, note text)",
        "INSERT INTO readings SELECT i % 3, i, i, 'x' FROM generate_series(1, 30) i",
    )
    capture.with_settings(keys={"public.readings": ("sensor", "at")})
    error = refused(capture, "public.readings")
    assert "without FULL" in error.message
    capture.execute(error.fix)
    with capture:
        capture.wait_until_following()
        capture.execute("UPDATE readings SET v = 0 WHERE at = 5",
                        "UPDATE readings SET at = 100 WHERE at = 7",
                        "DELETE FROM readings WHERE at = 6")  # fmt: skip
        capture.catch_up()
    assert published(capture, "readings") == expected(capture, "readings")
    capture.with_settings(keys={"public.readings": ("sensor", "v")})
    assert "no column v that is NOT NULL" in faults(capture, "public.readings")[
        "table public.readings"
    ].message  # fmt: skip


def test_a_parent_is_published_without_its_children(capture: RunningCapture) -> None:
    """The application can still update a child that has no key."""
    capture.execute(
        "CREATE TABLE parent (id int PRIMARY KEY, n int)",
        "CREATE TABLE kid (extra int) INHERITS (parent)",
        "INSERT INTO parent VALUES (1, 1)", "INSERT INTO kid VALUES (2, 2, 2)",
    )  # fmt: skip
    with capture.with_settings(tables=("public.parent",)):
        capture.wait_until_following()
        capture.execute("UPDATE parent SET n = n + 1", "DELETE FROM kid WHERE id = 7")
        capture.catch_up()
    assert capture.rows("parent") == {'{"id":1}': {"id": 1, "n": 2}}
